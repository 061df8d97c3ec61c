"""The server: Magento's REST paths of the four installations, the feeds, and the sandbox's own controls."""

from collections.abc import Collection
from email.utils import formatdate
from typing import Any

import numpy as np
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sandbox import documents, feeds
from sandbox.auth import Guard, Unauthorized, secret
from sandbox.faults import Faults, no_route
from sandbox.fields import parse_fields, trim
from sandbox.search import BadRequest, Criteria, Searcher, parse
from sandbox.tables import Spool, collections
from sandbox.times import END, SETUP, iso, seconds
from sandbox.world import Installation, World

WARM_STEP = 200
RESOURCES = {
    "orders": "Magento_Sales::actions_view",
    "invoices": "Magento_Sales::sales_invoice",
    "creditmemos": "Magento_Sales::sales_creditmemo",
    "shipments": "Magento_Sales::shipment",
    "products": "Magento_Catalog::products",
    "customers/search": "Magento_Customer::customer",
    "inventory/source-items": "Magento_InventoryApi::source",
    "inventory/sources": "Magento_InventoryApi::source",
    "inventory/stocks": "Magento_InventoryApi::stock",
    "store/storeConfigs": "Magento_Backend::store",
    "store/storeViews": "Magento_Backend::store",
    "store/websites": "Magento_Backend::store",
}
"""The right that each path takes; the paths that there are."""


class Clock:
    """The simulated time, which all installations and feeds share."""

    def __init__(self, moment: int = END) -> None:
        """It stands until somebody moves it."""
        self.moment = moment


def answer(body: Any, status: int = 200) -> Response:
    """JSON, as it is or as bytes that are rendered already."""
    return Response(
        body if isinstance(body, bytes) else orjson.dumps(body), status, media_type="application/json; charset=utf-8"
    )


def failure(status: int, message: str, parameters: Any = None) -> Response:
    """An error in Magento's shape."""
    return answer({"message": message} | ({"parameters": parameters} if parameters else {}), status)


class Site:
    """One installation on the net, below `/magento/<source>`."""

    def __init__(
        self,
        world: World,
        installation: Installation,
        clock: Clock,
        faults: Faults,
        *,
        magento: str,
        limit: int | None,
        is_lean: bool,
    ) -> None:
        """`limit` is the largest page, None without input limits."""
        self.installation, self._clock, self._faults = installation, clock, faults
        self.secret = secret(world.seed, installation.shop)
        self._guard = Guard(self.secret)
        self.collections = collections(world, installation, Spool(), is_lean)
        self._searchers = {path: Searcher(collection, magento, limit) for path, collection in self.collections.items()}
        self._codes = {"", "default", "all", *(view.code for view in installation.shop.views)}

    def respond(self, request: Request) -> Response:
        """The answer, with the faults of the scenario behind the doors of routes and rights."""
        code, _, path = str(request.path_params["path"]).rpartition("V1/")
        if path not in RESOURCES or code.removesuffix("/") not in self._codes:
            return no_route()
        query = request.query_params.multi_items()
        try:
            self._guard.check(
                request.method,
                str(request.url.replace(query=None)),
                query,
                request.headers.get("authorization", ""),
            )
        except Unauthorized as problem:
            return failure(401, str(problem), {"resources": RESOURCES[path]} if "%" in str(problem) else None)
        if request.method != "GET":
            return no_route()
        fields = request.query_params.get("fields")
        if path.startswith("store/"):
            found = answer(self._listed(path, request, fields))
        else:
            try:
                found = self._page(path, parse(query), fields)
            except BadRequest as problem:
                return failure(400, problem.message, problem.parameters)
        return self._faults.disturb(self.installation.shop.source, path, query, found)

    def _listed(self, path: str, request: Request, fields: str | None) -> list[documents.Json]:
        shop = self.installation.shop
        if path == "store/storeConfigs":
            found = documents.store_config_documents(shop, f"https://{shop.source}.shop.example.test")
        else:
            found = (documents.store_view_documents if path == "store/storeViews" else documents.website_documents)(
                shop
            )
        trimmed: list[documents.Json] = trim(found, parse_fields(fields)) if fields else found
        return trimmed

    def _page(self, path: str, criteria: Criteria, fields: str | None) -> Response:
        taken, rows, total = self._searchers[path].page(self._clock.moment, criteria)
        collection = self.collections[path]
        items = collection.documents(rows.tolist())
        if path == "orders":
            keys = collection.columns["entity_id"][rows].tolist()
            refusal = self._faults.refusal(
                self.installation.shop.source, keys, collection.columns["updated_at"][rows].tolist()
            )
            if refusal:
                return refusal
            items = list(map(self._faults.alter, keys, items))
        # A page of documents is large: it is put together once, and not copied again.
        tail = b'],"search_criteria":%s,"total_count":%d}' % (orjson.dumps(taken.echo()), total)
        items[:1] = [b'{"items":[' + (items[0] if items else b"")]
        items[-1] += tail
        body = b",".join(items)
        return answer(trim(orjson.loads(body), parse_fields(fields)) if fields else body)

    def warm(self, paths: Collection[str]) -> None:
        """Render what holds now, of these paths or of all."""
        rows = {
            path: np.array_split(collection.current(self._clock.moment), 1 + self.installation.orders // WARM_STEP)
            for path, collection in self.collections.items()
            if not paths or path in paths
        }
        # By and by for all paths: an order's documents lie at about the same place of each, and it is drawn once.
        for step in zip(*rows.values(), strict=True):
            for path, some in zip(rows, step, strict=True):
                self.collections[path].documents([int(row) for row in some])


class Sandbox:
    """All of it as one application."""

    def __init__(
        self,
        world: World,
        *,
        scenario: str = "none",
        magento: str = "2.4",
        limit: int | None = 300,
        is_lean: bool = False,
        now: int = END,
    ) -> None:
        """What the options of the command line say."""
        self.world, self.clock, self.faults = world, Clock(now), Faults(world, scenario)
        self.sites = {
            installation.shop.source: Site(
                world, installation, self.clock, self.faults, magento=magento, limit=limit, is_lean=is_lean
            )
            for installation in world.installations
        }
        self.application = Starlette(
            routes=[
                Route("/magento/{source}/rest/{path:path}", self._magento, methods=["GET", "POST", "PUT", "DELETE"]),
                Route("/feeds/{name}.xml", self._feed),
                Route("/_sandbox/clock", self._set_clock, methods=["POST"]),
                Route("/_sandbox/scenario", self._set_scenario, methods=["POST"]),
                Route("/_sandbox/health", self._health),
            ]
        )

    @property
    def _date(self) -> str:
        return formatdate(self.clock.moment, usegmt=True)

    async def _magento(self, request: Request) -> Response:
        site = self.sites.get(request.path_params["source"])
        found = site.respond(request) if site else Response("no such installation", 404)
        found.headers["date"] = self._date
        return found

    async def _feed(self, request: Request) -> Response:
        feed = feeds.FEEDS.get(request.path_params["name"])
        items = request.query_params.get("items")
        if feed is None:
            return Response("no such feed", 404)
        if items is not None and not items.isdigit():
            return Response("items must be a number", 400)
        return StreamingResponse(
            self.faults.feed(
                request.path_params["name"], feed(self.world, self.clock.moment, int(items) if items else None)
            ),
            media_type="application/xml",
            headers={"date": self._date},
        )

    async def _health(self, request: Request) -> Response:
        return answer(
            {
                "status": "ready",
                "now": iso(self.clock.moment),
                "scenario": self.faults.scenario,
                "played": dict(sorted(self.faults.played.items())),
            }
        )

    async def _set_scenario(self, request: Request) -> Response:
        try:
            self.faults.switch(str((await request.json())["name"]))
        except (KeyError, TypeError, ValueError):
            return answer(
                {"error": 'a scenario is set with {"name": "none"}, {"name": "flaky"} or {"name": "hostile"}'}, 400
            )
        return answer({"scenario": self.faults.scenario})

    async def _set_clock(self, request: Request) -> Response:
        try:
            moment = seconds(str((await request.json())["now"]))
        except (KeyError, TypeError, ValueError):
            return answer({"error": 'a clock is set with {"now": "2026-02-01T00:00:00Z"}'}, 400)
        if not SETUP <= moment <= END + 1:
            return answer({"error": f"the data goes from {iso(SETUP)} to {iso(END)}"}, 400)
        self.clock.moment = moment
        self.faults.forget()
        return answer({"now": iso(moment)})
