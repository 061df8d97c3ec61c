"""The front's door: Athena's statements are executed here, all other requests go on to moto."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.aws.front.errors import Invalid
from sandbox.aws.front.executions import Executions

_JSON = "application/x-amz-json-1.1"
_METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"]
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "expect", "host"})
_CONDITIONS = ("if-match", "if-none-match")


def application(executions: Executions, moto: str) -> Starlette:
    """The front before one moto."""
    actions: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
        "StartQueryExecution": executions.start,
        "GetQueryExecution": executions.get,
        "BatchGetQueryExecution": executions.get_batch,
        "GetQueryResults": executions.page,
        "StopQueryExecution": executions.stop,
        "ListQueryExecutions": executions.history,
    }
    client = httpx.AsyncClient(timeout=300, limits=httpx.Limits(max_connections=200))
    # moto looks and writes in two steps, so that two conditional writes at once could both find nothing.
    one_at_a_time = asyncio.Lock()

    async def answer(request: Request) -> Response:
        service, _, action = request.headers.get("x-amz-target", "").partition(".")
        if service == "AmazonAthena" and action in actions:
            return await _answer(request, actions[action])
        if service == "AWSGlue" and "ColumnStatistics" in action:
            return _json(_no_statistics(action))
        if service == "AWSGlue" and action in ("GetTable", "GetTables"):
            return _with_partition_keys(await _pass_on(request, client, moto))
        if request.method in ("PUT", "POST") and any(name in request.headers for name in _CONDITIONS):
            async with one_at_a_time:
                return await _pass_on(request, client, moto)
        return await _pass_on(request, client, moto)

    return Starlette(routes=[Route("/{path:path}", answer, methods=_METHODS)])


async def _answer(request: Request, action: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Response:
    try:
        return _json(await run_in_threadpool(action, json.loads(await request.body() or b"{}")))
    except (Invalid, ValueError) as error:
        said = {"__type": "InvalidRequestException", "Message": str(error), "AthenaErrorCode": "INVALID_INPUT"}
        return _json(said, 400)
    except Exception as error:
        # In the shape that clients retry, as they do on AWS.
        return _json({"__type": "InternalServerException", "Message": f"{type(error).__name__}: {error}"}, 500)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type=_JSON)


def _with_partition_keys(response: Response) -> Response:
    """Glue names the partition keys of every table, also none; moto leaves them out where there are none."""
    if response.status_code != 200:
        return response
    said = json.loads(bytes(response.body))
    for table in [said["Table"]] if "Table" in said else said["TableList"]:
        table.setdefault("PartitionKeys", [])
    return _json(said)


def _no_statistics(action: str) -> dict[str, Any]:
    """moto keeps no statistics of columns: there are none."""
    return {} if action.startswith("Delete") else {"ColumnStatisticsList": [], "Errors": []}


async def _pass_on(request: Request, client: httpx.AsyncClient, moto: str) -> Response:
    path = request.scope["raw_path"].decode("ascii")
    query = request.scope["query_string"].decode("ascii")
    headers = [(name, value) for name, value in request.headers.items() if name not in _HOP]
    async with client.stream(
        request.method,
        httpx.URL(f"{moto}{path}" + (f"?{query}" if query else "")),
        headers=headers,
        content=await request.body(),
    ) as said:
        body = b"".join([block async for block in said.aiter_raw()])
        response = Response(body, said.status_code)
        response.raw_headers = [
            (name.lower(), value) for name, value in said.headers.raw if name.lower().decode() not in _HOP
        ]
        return response
