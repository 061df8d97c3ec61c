"""Work on several things at once, a few ahead of the one that is needed, in their order."""

import atexit
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from ingestion import duckdb_engine
from ingestion.errors import StorelakeError
from ingestion.skipped_imports import leave_out

In = TypeVar("In")
Out = TypeVar("Out")
_ENOUGH = 3
"""Things that wait for each process, before the run does some itself: with fewer they are through before it is."""
_AHEAD = 16
"""Results that may wait for one that takes long."""


def in_order(
    work: Callable[[In], Out],
    things: Iterable[In],
    workers: int,
    ahead: int,
    *,
    weight: Callable[[In], int] = lambda thing: 1,
    light: int = 0,
) -> Iterator[Out]:
    """The results of `work`; at most `ahead` of them wait to be taken, or more that together weigh up to `light`.

    Who takes them is never kept waiting by many small things.
    """
    weights: deque[int] = deque()

    def start(thing: In, _: deque[Future[Out]]) -> Future[Out]:
        weights.append(weight(thing))
        return pool.submit(work, thing)

    def is_due(waiting: deque[Future[Out]]) -> bool:
        while len(weights) > len(waiting):
            weights.popleft()
        return len(waiting) > ahead and sum(weights) > light

    with ThreadPoolExecutor(workers, thread_name_prefix="read") as pool:
        yield from _ordered(start, things, is_due)


class Processes:
    """Processes that work beside a run, for what would keep one core busy: Python runs one thread at a time.

    They start when they are first needed, and end with the run, however that ends.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._users = 0
        self._lock = threading.Lock()

    def in_order(self, work: Callable[[In], Out], things: Iterable[In]) -> Iterator[Out]:
        """The results of `work`, a function of a module; it is given, and gives back, what can be sent.

        This thread works as well whenever they have enough to do.
        """
        with self._in_use() as pool:

            def start(thing: In, waiting: deque[Future[Out]]) -> Future[Out]:
                if sum(not future.done() for future in waiting) <= _ENOUGH * self._workers:
                    return pool.submit(work, thing)
                done: Future[Out] = Future()
                done.set_result(work(thing))
                return done

            yield from _ordered(start, things, lambda waiting: waiting[0].done() or len(waiting) > _AHEAD)

    def end_idle(self) -> None:
        """Give back the memory of processes that nobody uses: landing a long feed needs it."""
        with self._lock:
            idle = None if self._users else self._pool
            self._pool = self._pool if self._users else None
        if idle is not None:
            # What comes next shall not have to share memory with a process that ends.
            idle.shutdown()
            duckdb_engine.release_memory()

    def close(self) -> None:
        """End them."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    @contextmanager
    def _in_use(self) -> Iterator[ProcessPoolExecutor]:
        with self._lock:
            if self._pool is None:
                # A fork would copy the locks that threads hold.
                spawn = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(self._workers, mp_context=spawn, initializer=_begin)
            pool = self._pool
            self._users += 1
        try:
            yield pool
        except BrokenProcessPool:
            with self._lock:
                if self._pool is pool:
                    self._pool = None
            raise StorelakeError("A process that read for this run was ended. Run the same command again.") from None
        finally:
            with self._lock:
                self._users -= 1


def _begin() -> None:
    """Stay small, leave interruptions to the run, and do not outlive it."""
    leave_out("pandas")
    duckdb_engine.limit_memory_growth()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Nothing is left to be done at the end: taking all modules apart costs a fifth of a second.
    atexit.register(os._exit, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ordered(
    start: Callable[[In, deque[Future[Out]]], Future[Out]],
    things: Iterable[In],
    is_due: Callable[[deque[Future[Out]]], bool],
) -> Iterator[Out]:
    """What was started, in its order, the first as soon as it `is_due`; what nobody takes any more is not begun."""
    waiting: deque[Future[Out]] = deque()
    try:
        for thing in things:
            waiting.append(start(thing, waiting))
            while waiting and is_due(waiting):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
