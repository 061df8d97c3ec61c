"""One run of ingestion: which feeds, side by side, each pulled until nothing waits."""

import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ingestion import duckdb_engine, scratch, sources, systems
from ingestion.environment import Environment
from ingestion.errors import Overtaken, StorelakeError, explain
from ingestion.extract.base.jobs import Context, Extraction, Job, Progress, System
from ingestion.extract.base.parallel import Processes
from ingestion.lake import bucket, delta, glue, schemas
from ingestion.load import dlt_pipeline
from ingestion.load.landing import Landing
from ingestion.load.ledger import Ledger
from ingestion.load.quarantine import Quarantine
from ingestion.pulls import Bounds, DeleteScope, Feed, Pull

_ATTEMPTS = 50
"""Each attempt that is overtaken means that another run has got on, so that two runs at once both end."""


@dataclass
class Outcome:
    """How one feed fared: its completed pulls, and what ended it or stays open, if anything does."""

    feed: Feed
    pulls: list[Pull]
    error: str | None = None
    exception: BaseException | None = None


def ingest(
    environment: Environment,
    system_names: Iterable[str] = (),
    *,
    source: str | None = None,
    entity: str | None = None,
    folder: Path | None = None,
    bounds: Bounds | None = None,
    workers: int = 2,
    progress: Progress = lambda feed, item, total: None,
) -> list[Outcome]:
    """Pull all feeds that are asked for (all there are, by default); one that fails does not stop the others."""
    duckdb_engine.limit_memory_growth()
    sources.check_names(environment.sources, systems.load_all())
    chosen = _chosen(system_names)
    context = _context(environment, bounds or Bounds(), workers, progress)
    try:
        jobs = _jobs(context, chosen, source, entity, folder)
        if environment.bucket:
            bucket.probe(environment.bucket)
        _tidy(environment)
        landing = Landing(environment)
        with ThreadPoolExecutor(workers, thread_name_prefix="pull") as pool:
            outcomes = list(pool.map(lambda job: _until_nothing_waits(job, context, landing), jobs))
        if environment.bucket:
            glue.register(environment, _tables(environment, chosen))
        return outcomes
    finally:
        context.processes.close()
        scratch.remove(context.scratch)


def replay(environment: Environment, system_names: Iterable[str] = (), *, source: str | None = None) -> list[Outcome]:
    """Read again, with today's contracts, what is in quarantine."""
    chosen = _chosen(system_names)
    _tidy(environment)
    context = _context(environment, Bounds(), 2, lambda feed, item, total: None)
    landing = Landing(environment)
    outcomes: dict[Feed, Outcome] = {}
    try:
        for system in chosen:
            for job in system.replays(context, source):
                outcome = outcomes.setdefault(job.feed, Outcome(job.feed, []))
                if outcome.error is None:
                    _pull_once(job, outcome, context, landing)
    finally:
        context.processes.close()
        scratch.remove(context.scratch)
    return list(outcomes.values())


def close(
    environment: Environment,
    system_names: Iterable[str] = (),
    *,
    source: str | None = None,
    entity: str | None = None,
    name: str | None = None,
) -> dict[Feed, int]:
    """Close what waits in quarantine without reading it again, that of one file only where `name` says so.

    Returns how many refused records were closed of each feed. They stay in the lake.
    """
    wanted = [system.name for system in _chosen(system_names)]
    _tidy(environment)
    ledger, landing, quarantine = Ledger(environment), Landing(environment), Quarantine(environment)
    feeds = {Feed(pull["system"], pull["source"], pull["entity"]) for pull in ledger.pulls()}
    closed = {}
    for feed in sorted(feeds, key=str):
        if feed.system not in wanted or source not in (None, feed.source) or entity not in (None, feed.entity):
            continue
        waiting = quarantine.open_items(feed)
        if name is not None:
            named = {
                (item["pull_id"], item["content_hash"]) for item in ledger.items_done(feed) if item["name"] == name
            }
            waiting = {item: count for item, count in waiting.items() if item in named}
        if not waiting:
            continue
        pull = Pull(feed, "window", landing.begin(feed), replays=list(waiting))
        closed[feed] = sum(waiting.values())
        pull.notes.append(f"{closed[feed]:,} refused record(s) closed by a person")
        ledger.start(pull)
        try:
            landing.land(pull, None, DeleteScope())
        except BaseException as error:
            ledger.fail(pull, error)
            raise
    return closed


def _context(environment: Environment, bounds: Bounds, workers: int, progress: Progress) -> Context:
    # The run itself keeps a core busy.
    folder, processes = environment.scratch(), Processes(max(1, workers - 1))
    return Context(environment, Ledger(environment), bounds, workers, folder, progress, processes)


def _chosen(names: Iterable[str]) -> list[System]:
    known = systems.load_all()
    return [_named(known, name) for name in names] or list(known.values())


def _jobs(
    context: Context, chosen: Iterable[System], source: str | None, entity: str | None, folder: Path | None
) -> list[Job]:
    """The feeds that are asked for; an error names what is not known."""
    jobs = [job for system in chosen for job in system.jobs(context, source, folder)]
    if jobs and entity:
        known = sorted({job.feed.entity for job in jobs})
        jobs = [job for job in jobs if job.feed.entity == entity]
        if not jobs:
            raise StorelakeError(f"There is no entity '{entity}'. Known are: {', '.join(known)}.")
    if not jobs:
        raise StorelakeError(
            f"No source '{source}' is known: put its files into lake/drop/<system>/{source}, or declare it in the "
            "file that STORELAKE_SOURCES names."
        )
    return jobs


def _tables(environment: Environment, chosen: Iterable[System]) -> list[tuple[str, str]]:
    """The tables that there are: those of the ledger, and of the entities of some systems."""
    named = [("bronze", f"{system.name}__{entity.entity}") for system in chosen for entity in system.entities]
    named += [("ledger", name) for name in schemas.LEDGER]
    return [(room, name) for room, name in named if delta.exists(f"{environment.root}/{room}/{name}")]


def _named(known: Mapping[str, System], name: str) -> System:
    if name not in known:
        raise StorelakeError(f"There is no system '{name}'. Known are: {', '.join(known)}.")
    return known[name]


def _tidy(environment: Environment) -> None:
    """Settle what processes left that were stopped: their pulls, and their scratch space."""
    ledger = Ledger(environment)
    for pull_id, feed in ledger.abandoned():
        # What it committed is completed; only what it did not commit has failed.
        Landing(environment).begin(feed)
        ledger.close_abandoned(pull_id)
    scratch.remove_left(environment.work)


def _until_nothing_waits(job: Job, context: Context, landing: Landing) -> Outcome:
    """Pull one feed until no item waits for a pull of its own."""
    outcome = Outcome(job.feed, [])
    while _pull_once(job, outcome, context, landing):
        pass
    return outcome


def _pull_once(job: Job, outcome: Outcome, context: Context, landing: Landing) -> bool:
    """One pull, noted in `outcome`; True where items wait for a pull of their own."""
    try:
        pull, extraction = _with_retries(job, context, landing)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # A panic in deltalake is no Exception, and must not cost what the other feeds did.
        outcome.error, outcome.exception = explain(error), error
        return False
    outcome.pulls.append(pull)
    outcome.error = extraction.problem
    return extraction.deferred > 0


def _with_retries(job: Job, context: Context, landing: Landing) -> tuple[Pull, Extraction]:
    for attempt in range(_ATTEMPTS):
        try:
            return _pull(job, context, landing)
        except Overtaken:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def _pull(job: Job, context: Context, landing: Landing) -> tuple[Pull, Extraction]:
    pull = Pull(job.feed, job.scope, landing.begin(job.feed))
    folder = context.scratch / pull.pull_id
    extraction = job.extraction(pull, folder)
    context.ledger.start(pull)
    try:
        folder.mkdir(parents=True)
        pull.rejects.folder = folder

        def land(staged: Path | None) -> None:
            pull.window_start, pull.window_end = extraction.window
            pull.replays = extraction.replays
            landing.land(pull, staged, extraction.delete_scope)

        dlt_pipeline.run_pipeline(job.feed, extraction.batches(), land, folder / "dlt")
    except BaseException as error:
        context.ledger.fail(pull, error)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return pull, extraction
