"""`python -m sandbox`: make a world, write its truth and its sources if asked, and serve it until told to stop."""

import argparse
import asyncio
import gc
import json
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.faults import SCENARIOS, lost_orders
from sandbox.times import END, SETUP, iso, seconds

if TYPE_CHECKING:
    from starlette.applications import Starlette


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="Magento installations and stock feeds to try out.")
    parser.add_argument("--seed", type=int, default=7, help="the same seed and number of orders, the same data")
    parser.add_argument("--orders", type=int, default=2000, help="orders of all installations together")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--scenario", choices=SCENARIOS, default="none", help="which faults are played")
    parser.add_argument("--magento", choices=["2.3", "2.4"], default="2.4", help="what comes behind the last page")
    parser.add_argument("--page-limit", type=int, default=300, help="the largest page; 0 sets no limit")
    parser.add_argument("--now", default=iso(END), help="where the clock stands at first")
    parser.add_argument("--truth", type=Path, help="write the truth as of the clock into this folder")
    parser.add_argument("--snapshots", help="moments, with commas, at which a pipeline looked; default: each day's end")
    parser.add_argument("--sources", type=Path, help="write the file of sources for the pipeline here")
    parser.add_argument("--lean", action="store_true", help="orders with the fields that a connector would ask for")
    parser.add_argument(
        "--warm", nargs="*", metavar="PATH", help="render documents before the first question: all, or of some paths"
    )
    parser.add_argument("--no-serve", action="store_true", help="only write what was asked for")
    found = parser.parse_args(words)
    try:
        found.now = seconds(found.now)
        found.snapshots = [seconds(one) for one in found.snapshots.split(",")] if found.snapshots else None
    except ValueError:
        parser.error("write moments as 2026-02-01 or 2026-02-01T10:00:00Z")
    if not SETUP <= found.now <= END:
        parser.error(f"--now must lie between {iso(SETUP)} and {iso(END)}")
    return found


def main(words: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT."""
    options = _arguments(words)
    # Orders are made and dropped by the thousand: looking for garbage after each few hundred objects takes a quarter.
    gc.set_threshold(50_000, 20, 50)
    from sandbox import sources, truth  # noqa: PLC0415
    from sandbox.server import Sandbox  # noqa: PLC0415
    from sandbox.world import World  # noqa: PLC0415

    try:
        world = World(options.seed, options.orders)
    except ValueError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    if options.truth:
        lost = lost_orders(world, options.now) if options.scenario == "hostile" else {}
        truth.write(world, options.truth, options.now, options.snapshots, lost)
    if options.no_serve:
        return 0
    sandbox = Sandbox(
        world,
        scenario=options.scenario,
        magento=options.magento,
        limit=options.page_limit or None,
        is_lean=options.lean,
        now=options.now,
    )
    if options.warm is not None:
        for site in sandbox.sites.values():
            site.warm(options.warm)
    # asyncio sends small answers at once only where the socket says that it is TCP.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", options.port))
        except OSError as error:
            print(f"sandbox: port {options.port} cannot be used: {error.strerror}", file=sys.stderr)
            return 2
        listener.listen(128)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if options.sources:
            sources.write(options.sources, url)
        secrets = sources.secrets(options.seed)
        place = {"STORELAKE_SOURCES": str(options.sources.resolve())} if options.sources else {}
        ready = json.dumps({"url": url, "secrets": secrets, "variables": place | secrets})
        asyncio.run(_serve(sandbox.application, listener, ready))
    return 0


async def _serve(application: "Starlette", listener: socket.socket, ready: str) -> None:
    """Serve until a signal, and say so when it can be asked. A signal is no failure: the exit code stays 0."""
    import uvicorn  # noqa: PLC0415

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            for one in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(one, self.handle_exit, one, None)
            print(ready, flush=True)
            yield

    await Server(
        uvicorn.Config(
            application,
            log_level="critical",
            date_header=False,
            server_header=False,
            lifespan="off",
            access_log=False,
            # A client that pauses must not meet a closed connection where no faults are played.
            timeout_keep_alive=600,
            timeout_graceful_shutdown=2,
        )
    ).serve(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
