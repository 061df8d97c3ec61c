"""Statements to Athena, each until its end."""

import functools
import time
from typing import Any

from ingestion import aws
from ingestion.environment import Environment
from ingestion.errors import StorelakeError

_PATIENCE = 1800.0


def run(environment: Environment, statement: str) -> str:
    """Run one statement and return where its result is. Raises StorelakeError where it is not done."""
    athena = client()
    if environment.staging:
        place = {"OutputLocation": environment.staging}
        started = athena.start_query_execution(QueryString=statement, ResultConfiguration=place)
    else:
        started = athena.start_query_execution(QueryString=statement)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        execution = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        status = execution["Status"]
        if status["State"] == "SUCCEEDED":
            place_of_result: str = execution["ResultConfiguration"]["OutputLocation"]
            return place_of_result
        if status["State"] in ("FAILED", "CANCELLED"):
            raise StorelakeError(f"Athena could not do `{statement}`: {status.get('StateChangeReason')}")
        time.sleep(0.2)
    raise StorelakeError(f"Athena did not finish `{statement}` within {_PATIENCE:.0f} seconds.")


@functools.cache
def client() -> Any:
    """boto3's client for Athena; several threads may use it."""
    return aws.client("athena")
