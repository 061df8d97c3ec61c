"""The clients that people have, as they are: PyAthena, the AWS command line, and dbt-athena."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws import stack
from sandbox.aws.stack import Stack

pytestmark = pytest.mark.trino
PLACE = f"s3://{stack.RESULTS}/clients/"
BIN = Path(sys.executable).parent


def test_pyathena_reads_types_and_errors(production: Stack) -> None:
    """Values come back as Python's own, by page and by file; an error is an error."""
    from pyathena import connect
    from pyathena.error import OperationalError
    from pyathena.pandas.cursor import PandasCursor

    query = (
        "select 1 as a, decimal '1.50' as b, true as c, timestamp '2026-01-02 03:04:05.678' as d, "
        "cast(null as varchar) as e, array[1, 2] as f union all select 2, decimal '-2.00', false, null, 'x', null order by 1"
    )
    connection = connect(s3_staging_dir=PLACE, poll_interval=0.1)
    rows = connection.cursor().execute(query).fetchall()
    assert rows[0][:5] == (1, Decimal("1.50"), True, datetime(2026, 1, 2, 3, 4, 5, 678000), None)  # noqa: DTZ001
    assert rows[1] == (2, Decimal("-2.00"), False, None, "x", None)
    assert len(connection.cursor(PandasCursor).execute(query).as_pandas()) == 2
    assert connection.cursor().execute("select ? as a", ["'it''s'"], paramstyle="qmark").fetchone() == ("it's",)
    with pytest.raises(OperationalError, match="SCHEMA_NOT_FOUND"):
        connection.cursor().execute("select * from nobody.nowhere")


def test_the_aws_command_line_starts_waits_and_reads(production: Stack) -> None:
    """`aws athena …` and `aws s3 …`, as a person types them."""

    def aws(*words: str) -> Any:
        done = subprocess.run(
            [BIN / "aws", *words, "--output", "json"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, **production.variables},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip().startswith("{") else done.stdout

    started = aws(
        "athena", "start-query-execution", "--query-string", "select 'é' as a",
        "--result-configuration", f"OutputLocation={PLACE}",
    )["QueryExecutionId"]  # fmt: skip
    while (found := aws("athena", "get-query-execution", "--query-execution-id", started)["QueryExecution"])["Status"][
        "State"
    ] not in ("SUCCEEDED", "FAILED"):
        time.sleep(0.2)
    assert found["Status"]["State"] == "SUCCEEDED"
    rows = aws("athena", "get-query-results", "--query-execution-id", started)["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "é"}]
    assert aws("s3", "cp", found["ResultConfiguration"]["OutputLocation"], "-") == '"a"\n"é"\n'


PROJECT = {
    "dbt_project.yml": """
name: small
version: "1.0.0"
profile: small
models: {small: {+table_type: iceberg}}
seeds: {small: {+table_type: iceberg}}
""",
    "profiles.yml": f"""
small:
  target: prod
  outputs:
    prod: {{type: athena, region_name: {stack.REGION}, database: awsdatacatalog, schema: clients, threads: 2,
      s3_staging_dir: "{PLACE}", s3_data_dir: "s3://{stack.LAKE}/clients/", poll_interval: 0.1}}
""",
    "seeds/numbers.csv": "n,name\n1,one\n2,\n",
    "models/m.sql": """
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='n') }}
select n, name, cast('2026-01-01 00:00:00' as timestamp(6)) as at from {{ ref('numbers') }}
{% if is_incremental() %} where n > 1 union all select 3, 'three', null {% endif %}
""",
    "models/v.sql": "{{ config(materialized='view') }} select count(*) as n from {{ ref('m') }}",
    "models/t.sql": "select * from {{ ref('v') }}",
    "models/schema.yml": """
models:
  - name: m
    columns: [{name: n, data_tests: [unique, not_null]}]
""",
}


def test_dbt_athena_builds_twice(production: Stack, tmp_path: Path) -> None:
    """Its own materializations, without a change to the adapter: seed, table, view, merge, tests; then once more."""
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for rows in (2, 3):
        done = subprocess.run(
            [BIN / "dbt", "build", "--profiles-dir", tmp_path, "--project-dir", tmp_path],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env={**os.environ, **production.variables},
        )
        assert done.returncode == 0, done.stdout
        from pyathena import connect

        found = connect(s3_staging_dir=PLACE, poll_interval=0.1).cursor().execute("select n from clients.t").fetchall()
        assert found == [(rows,)]
