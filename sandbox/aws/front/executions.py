"""Executions: started, followed, stopped, and told; all of them are remembered until the front ends."""

import datetime as dt
import json
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from sandbox.aws.front import errors, statements, values
from sandbox.aws.front.engine import Engine, Failed, Progress
from sandbox.aws.front.errors import Failure, Invalid, Refused
from sandbox.aws.front.results import Results

_AT_ONCE = 20
"""Statements that run side by side; more of them wait (Athena's quota for DML is 20 and more)."""
_ENGINE = {"SelectedEngineVersion": "Athena engine version 3", "EffectiveEngineVersion": "Athena engine version 3"}


@dataclass
class Execution:
    """One statement, from its submission to its end."""

    query: str
    database: str
    group: str
    location: str
    cutoff: int | None
    parameters: tuple[str, ...] = ()
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "QUEUED"
    reason: str = ""
    failure: Failure | None = None
    kind: str = "DML"
    output: str = ""
    has_header: bool = False
    is_stopped: bool = False
    submitted: float = field(default_factory=time.time)
    started: float = 0.0
    ended: float = 0.0
    scanned_bytes: int = 0
    progress: Progress = field(default_factory=Progress)
    results: Results = field(default_factory=Results)

    def as_json(self) -> dict[str, Any]:
        """The `QueryExecution` of the API."""
        now = self.ended or time.time()
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.ended:
            status["CompletionDateTime"] = self.ended
        if self.reason:
            status["StateChangeReason"] = self.reason
        if self.failure:
            status["AthenaError"] = self.failure.as_json()
        return {
            "QueryExecutionId": self.identity,
            "Query": self.query,
            "StatementType": self.kind,
            "ResultConfiguration": {"OutputLocation": self.output or self.location},
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": {"Database": self.database, "Catalog": "awsdatacatalog"},
            "Status": status,
            "Statistics": {
                "DataScannedInBytes": self.scanned_bytes,
                "EngineExecutionTimeInMillis": self.progress.engine_ms,
                "QueryPlanningTimeInMillis": self.progress.planning_ms,
                "QueryQueueTimeInMillis": int(1000 * ((self.started or now) - self.submitted)),
                "TotalExecutionTimeInMillis": int(1000 * (now - self.submitted)),
                "ServiceProcessingTimeInMillis": 0,
                "ResultReuseInformation": {"ReusedPreviousResult": False},
            },
            "WorkGroup": self.group,
            "EngineVersion": _ENGINE,
            "SubstatementType": self.query.split(None, 1)[0].upper() if self.query.split() else "",
            **({"ExecutionParameters": list(self.parameters)} if self.parameters else {}),
        }


class Executions:
    """All executions of one front."""

    def __init__(self, engine: Engine, aws: str, region: str) -> None:
        """With the engine that runs them, and where S3, Glue and the work groups are."""
        self._engine = engine
        # The sandbox's own services: whoever has real credentials at hand must not use them here.
        own: dict[str, Any] = {
            "aws_access_key_id": "sandbox",
            "aws_secret_access_key": "sandbox",
            "region_name": region,
        }
        self._s3 = boto3.client("s3", endpoint_url=aws, **own)
        self._glue = boto3.client("glue", endpoint_url=aws, **own)
        self._athena = boto3.client("athena", endpoint_url=aws, **own)
        self._known: dict[str, Execution] = {}
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="execution")

    # ---------- what the API asks for ----------

    def start(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`StartQueryExecution`."""
        query = asked.get("QueryString") or ""
        if not query.strip():
            raise Invalid("queryString must not be empty")
        token = asked.get("ClientRequestToken")
        with self._lock:
            if token and token in self._tokens:
                before = self._known[self._tokens[token]]
                if before.query != query:
                    raise Invalid("Idempotent parameters do not match")
                return {"QueryExecutionId": before.identity}
        context = asked.get("QueryExecutionContext") or {}
        if context.get("Catalog", "awsdatacatalog").lower() != "awsdatacatalog":
            raise Invalid(f"Catalog {context['Catalog']} does not exist")
        group, location, cutoff = self._group(asked)
        execution = Execution(
            query,
            context.get("Database", "default"),
            group,
            location,
            cutoff,
            tuple(asked.get("ExecutionParameters") or ()),
        )
        with self._lock:
            self._known[execution.identity] = execution
            if token:
                self._tokens[token] = execution.identity
        self._pool.submit(self._run, execution)
        return {"QueryExecutionId": execution.identity}

    def get(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`GetQueryExecution`."""
        return {"QueryExecution": self._named(asked).as_json()}

    def get_batch(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`BatchGetQueryExecution`."""
        wanted = asked.get("QueryExecutionIds") or []
        if not 1 <= len(wanted) <= 50:
            raise Invalid("queryExecutionIds must have 1 to 50 members")
        unknown = [one for one in wanted if one not in self._known]
        return {
            "QueryExecutions": [self._known[one].as_json() for one in wanted if one in self._known],
            "UnprocessedQueryExecutionIds": [
                {"QueryExecutionId": one, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "QueryExecution was not found"}
                for one in unknown
            ],
        }

    def stop(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`StopQueryExecution`: what has ended stays as it is."""
        self._named(asked).is_stopped = True
        return {}

    def history(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`ListQueryExecutions`: the newest first, of one work group."""
        group = asked.get("WorkGroup", "primary")
        with self._lock:
            found = [one.identity for one in reversed(self._known.values()) if one.group == group]
        start, number = int(asked.get("NextToken") or 0), int(asked.get("MaxResults") or 50)
        if not 0 <= number <= 50:
            raise Invalid("maxResults must be 0 to 50")
        more = {"NextToken": str(start + number)} if start + number < len(found) else {}
        return {"QueryExecutionIds": found[start : start + number], **more}

    def page(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`GetQueryResults`."""
        execution = self._named(asked)
        if execution.state in ("QUEUED", "RUNNING"):
            raise Invalid(f"Query has not yet finished. Current state: {execution.state}")
        if execution.state != "SUCCEEDED":
            raise Invalid(f"Query did not finish successfully. Final query state: {execution.state}")
        number = asked.get("MaxResults") or 1000
        if not 1 <= number <= 1000:
            raise Invalid("maxResults must be 1 to 1000")
        rows, following = execution.results.page(asked.get("NextToken"), number, has_header=execution.has_header)
        data = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in rows]
        about = {"ColumnInfo": execution.results.columns}
        more = {"NextToken": following} if following else {}
        changed = execution.progress.update_count or 0
        return {"ResultSet": {"Rows": data, "ResultSetMetadata": about}, "UpdateCount": changed, **more}

    # ---------- inside ----------

    def _named(self, asked: Mapping[str, Any]) -> Execution:
        identity = asked.get("QueryExecutionId", "")
        if identity not in self._known:
            raise Invalid(f"QueryExecution {identity} was not found")
        return self._known[identity]

    def _group(self, asked: Mapping[str, Any]) -> tuple[str, str, int | None]:
        """The work group, where it lets results go, and how many bytes it lets a statement scan."""
        name = asked.get("WorkGroup") or "primary"
        # moto answers with nothing where there is none.
        group = self._athena.get_work_group(WorkGroup=name).get("WorkGroup")
        if group is None:
            raise Invalid(f"WorkGroup {name} is not found.")
        if group.get("State") == "DISABLED":
            raise Invalid(f"WorkGroup {name} is disabled.")
        settings: Mapping[str, Any] = group.get("Configuration") or {}
        asked_for = (asked.get("ResultConfiguration") or {}).get("OutputLocation")
        of_group = (settings.get("ResultConfiguration") or {}).get("OutputLocation")
        location = (of_group or asked_for) if settings.get("EnforceWorkGroupConfiguration") else (asked_for or of_group)
        if not location:
            raise Invalid(
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input."
            )
        if not re.fullmatch(r"s3://[^/]+(/.*)?", location):
            raise Invalid(f"outputLocation is not a valid S3 path: {location}")
        return name, location.rstrip("/") + "/", settings.get("BytesScannedCutoffPerQuery") or None

    def _run(self, execution: Execution) -> None:
        execution.started = time.time()
        try:
            if not execution.is_stopped:
                execution.state = "RUNNING"
                self._carry_out(execution)
            state = "CANCELLED" if execution.is_stopped else "SUCCEEDED"
        except Failed as error:
            state, execution.failure = "FAILED", error.failure
        except Refused as error:
            state, execution.failure = "FAILED", errors.of_refusal(error)
        except Exception as error:
            state, execution.failure = "FAILED", errors.of_fault(error)
        if execution.failure:
            execution.reason = execution.failure.reason
        elif state == "CANCELLED" and not execution.reason:
            execution.reason = "Query cancelled by user"
        execution.ended = time.time()
        # Last: who sees the state may ask for everything else.
        execution.state = state

    def _carry_out(self, execution: Execution) -> None:
        plan = statements.plan(execution.query)
        execution.kind = plan.kind
        execution.has_header = plan.has_result and plan.kind == "DML"
        if plan.iceberg_query:
            self._check_types(execution, plan.iceberg_query)
        for statement in plan.statements:
            if execution.parameters:
                text = statement.replace("'", "''")
                statement = f"execute immediate '{text}' using {', '.join(execution.parameters)}"
            self._feed(execution, statement, keeps_rows=plan.has_result)
            if execution.is_stopped:
                return
        if plan.table_properties:
            schema, table, properties = plan.table_properties
            self._alter(schema or execution.database, table, dict(properties))
        if plan.view:
            self._tell_columns(execution, *plan.view)
        execution.results.flush()
        self._write(execution, plan)

    def _feed(self, execution: Execution, statement: str, *, keeps_rows: bool) -> None:
        progress = Progress()
        before = execution.scanned_bytes

        def is_unwanted() -> bool:
            execution.scanned_bytes = before + progress.scanned_bytes
            if execution.cutoff and execution.scanned_bytes > execution.cutoff:
                execution.reason = "Query cancelled! : Bytes scanned limit was exceeded"
                execution.is_stopped = True
            return execution.is_stopped

        signatures: list[dict[str, Any]] = []
        for row in self._engine.run(statement, execution.database, progress, is_unwanted):
            if keeps_rows:
                signatures = signatures or [one["typeSignature"] for one in progress.columns]
                execution.results.add([values.text(*pair) for pair in zip(row, signatures, strict=True)])
        # What was scanned last is known only with the last answer.
        is_unwanted()
        execution.progress = progress
        if keeps_rows:
            execution.results.columns = [values.column_info(one) for one in progress.columns]

    def _check_types(self, execution: Execution, query: str) -> None:
        """Athena's Iceberg tables hold timestamps of microseconds only; Trino would take others and widen them."""
        for column in self._columns(execution, f"({query}\n)"):
            if found := re.search(r"timestamp\((?!6\))(\d+)\)", column["type"]):
                raise Refused(
                    f"NOT_SUPPORTED: Timestamp precision ({found[1]}) not supported for Iceberg. "
                    f'Use "timestamp(6)" instead. (column {column["name"]})'
                )
            if re.search(r"\b(char|tinyint|smallint|json|unknown)\b(?!\()|\bchar\(", column["type"]):
                raise Refused(f"NOT_SUPPORTED: Type not supported for Iceberg: {column['type']} ({column['name']})")

    def _columns(self, execution: Execution, relation: str) -> list[dict[str, Any]]:
        """What a relation's columns are, as Trino tells."""
        progress = Progress()
        for _ in self._engine.run(f"select * from {relation} limit 0", execution.database, progress, lambda: False):
            pass
        return progress.columns

    def _tell_columns(self, execution: Execution, schema: str, view: str) -> None:
        """Write a view's columns into Glue, as Athena does; Trino reads them out of the view's query."""
        schema = schema or execution.database
        found = self._columns(execution, f'"{schema}"."{view}"')
        columns = [{"Name": one["name"], "Type": values.hive_type(one["typeSignature"])} for one in found]
        self._alter(schema, view, {}, columns)

    def _alter(
        self, schema: str, table: str, properties: dict[str, str], columns: list[dict[str, str]] | None = None
    ) -> None:
        try:
            held = self._glue.get_table(DatabaseName=schema, Name=table)["Table"]
        except self._glue.exceptions.EntityNotFoundException:
            raise Refused(f"FAILED: SemanticException table {schema}.{table} not found") from None
        if properties and held.get("Parameters", {}).get("table_type") == "ICEBERG":
            raise Refused("NOT_SUPPORTED: properties of an Iceberg table are set when it is made, in this front")
        kept = ["Name", "Description", "StorageDescriptor", "PartitionKeys", "TableType"]
        kept += ["ViewOriginalText", "ViewExpandedText"]
        renewed: Any = {name: value for name, value in held.items() if name in kept}
        renewed["Parameters"] = {**held.get("Parameters", {}), **properties}
        if columns is not None:
            renewed["StorageDescriptor"] = {**held["StorageDescriptor"], "Columns": columns}
        self._glue.update_table(DatabaseName=schema, TableInput=renewed)

    def _write(self, execution: Execution, plan: statements.Plan) -> None:
        """The result, and what its columns are, where the work group lets them go."""
        bucket, _, prefix = execution.location.removeprefix("s3://").partition("/")
        name = f"{prefix}{execution.identity}"
        with tempfile.TemporaryDirectory(prefix="storelake-front-") as folder:
            if plan.has_result and plan.kind == "DML":
                file, name = Path(folder) / "rows", f"{name}.csv"
                execution.results.as_csv(file, has_header=True)
                self._s3.upload_file(str(file), bucket, name)
            else:
                name = f"{name}.txt"
                self._s3.put_object(Bucket=bucket, Key=name, Body=execution.results.as_text().encode())
        about = {
            "columns": execution.results.columns,
            "rows": len(execution.results),
            "finished": dt.datetime.now(dt.UTC).isoformat(),
        }
        self._s3.put_object(Bucket=bucket, Key=f"{name}.metadata", Body=json.dumps(about).encode())
        execution.output = f"s3://{bucket}/{name}"
