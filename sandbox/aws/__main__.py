"""`python -m sandbox.aws`: start it, say where it is in one line of JSON, and stop it with SIGTERM or SIGINT."""

import argparse
import json
import os
import signal
import sys

from sandbox.aws import machine
from sandbox.aws.machine import Missing


def main(words: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; a signal is no failure."""
    parser = argparse.ArgumentParser(prog="sandbox.aws", description="AWS on this machine: S3, Glue and Athena.")
    parser.add_argument("--fetch", action="store_true", help="fetch what it needs, and end")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--memory", default="3G", help="what Trino may use, as Java writes it")
    options = parser.parse_args(words)
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, _end)
    try:
        if options.fetch:
            machine.java(os.environ)
            machine.trino(os.environ)
            return 0
        from sandbox.aws import stack  # noqa: PLC0415

        with stack.running(os.environ, port=options.port, memory=options.memory) as found:
            print(json.dumps({"url": found.url, "variables": found.variables}), flush=True)
            signal.pause()
    except ImportError as error:
        print(f"sandbox: {error.name} is missing: run `make setup`, which installs it.", file=sys.stderr)
        return 2
    except Missing as missing:
        print(f"sandbox: {missing}", file=sys.stderr)
        return 2
    except _Ended:
        pass
    return 0


class _Ended(BaseException):
    """A signal came: whatever was started is to be stopped."""


def _end(number: int, frame: object) -> None:
    for one in (signal.SIGTERM, signal.SIGINT):
        # What is being stopped now must not be stopped halfway.
        signal.signal(one, signal.SIG_IGN)
    raise _Ended


if __name__ == "__main__":
    sys.exit(main())
