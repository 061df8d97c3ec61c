"""dbt in a process of its own: it loads and reads the project beside what else is going on, and then runs commands."""

import atexit
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from multiprocessing import connection
from types import TracebackType
from typing import Any

import typer

from ingestion import environment as environments
from storelake.dbt_runner.affected_models import Changes
from storelake.dbt_runner.runner import Progress, Result


class DbtProcess(AbstractContextManager["DbtProcess"]):
    """A dbt on the lake that the environment names, which gets ready as soon as it is made: ingestion need not wait."""

    def __init__(self) -> None:
        # Nothing is inherited by a spawned process: a fork of one with threads (DuckDB, Arrow) may hang.
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), name="dbt", daemon=True)
        self._process.start()
        there.close()

    def run(
        self, arguments: Sequence[str], progress: Progress = lambda name, n, of: None, changes: Changes | None = None
    ) -> Result:
        """Run one dbt command, where news is given on what it reaches. Never raises for what a model or a test does."""
        try:
            self._here.send((list(arguments), changes))
            while True:
                said = self._here.recv()
                if isinstance(said, Result):
                    return said
                progress(*said)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._process.join()
            return Result(error=f"dbt's process ended with exit code {self._process.exitcode}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._here.close()
        # It ends by itself where nothing is left to do, also where a command has failed.
        if kind not in (None, typer.Exit):
            self._process.terminate()
        self._process.join()


def _serve(pipe: Any) -> None:
    """The process: answers each list of arguments with progress and a `Result`, until nobody asks any more."""
    threading.Thread(target=_follow_parent, daemon=True).start()
    # Ctrl-C reaches both processes: who asked says it, and ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Last of all, what there is to tidy being tidied: taking dbt's interpreter apart would cost half a second.
    atexit.register(os._exit, 0)
    # A project as dbt reads it is a million objects that live until the end: looking through them for cycles, again
    # and again, took an eighth of a build.
    gc.disable()
    from storelake.dbt_runner import runner  # noqa: PLC0415

    environment = environments.load(os.environ)
    parsed = runner.parse(environment)
    while True:
        try:
            arguments, changes = pipe.recv()
        except EOFError:
            break
        pipe.send(runner.run(environment, arguments, lambda *said: pipe.send(said), parsed=parsed, changes=changes))


def _follow_parent() -> None:
    """End with the process that asked: a build that nobody waits for would only hold the work file."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
