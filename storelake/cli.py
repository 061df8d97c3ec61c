"""The command line.

Exit codes: 0 done; 1 something failed (a feed, a build, a gate); 2 the command was wrong; 3 done, but with
`--strict` something waits for a person (held files, quarantine); 130 interrupted.
"""

import enum
import json
import os
import sys
import traceback
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingestion import environment as environments
from ingestion import times
from ingestion.environment import Environment
from ingestion.errors import Damaged, StorelakeError, explain
from ingestion.skipped_imports import leave_out
from storelake.terminal.printable import printable

if TYPE_CHECKING:
    from storelake.dbt_runner.runner import Result
    from storelake.dbt_runner.worker import DbtProcess

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Commerce data from outside systems to a tested star schema.",
)
quarantine = typer.Typer(no_args_is_help=True, help="Look at refused records, which the lake keeps, and close them.")
app.add_typer(quarantine, name="quarantine")


class Sandbox(enum.StrEnum):
    """What the sandbox plays."""

    SHOPS = "shops"
    AWS = "aws"


Systems = Annotated[list[str] | None, typer.Argument(metavar="[SYSTEM…]", help="Systems; all of them by default.")]
Source = Annotated[str | None, typer.Option(help="Only this source of a system.")]
Entity = Annotated[str | None, typer.Option(help="Only this entity of a system, such as orders.")]
Strict = Annotated[bool, typer.Option(help="Exit with 3 where files are held or records quarantined.")]


@app.command()
def ingest(
    systems: Systems = None,
    source: Source = None,
    entity: Entity = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day before which to stop.")] = None,
    path: Annotated[Path | None, typer.Option(help="A folder of files; needs a --source of its own.")] = None,
    accept: Annotated[list[str] | None, typer.Option(help="Take this file although it is held (name or hash).")] = None,
    workers: Annotated[int, typer.Option(min=1, max=32, help="Feeds and files read side by side.")] = 2,
    strict: Strict = False,
) -> None:
    """Land what is new in bronze."""
    environment = _environment()
    if since and until and since >= until:
        raise StorelakeError("--since must be before --until.")
    outcomes = _ingest(environment, systems, source, path, since, until, accept, workers, entity)
    _end_ingest("ingest", outcomes, strict)


@app.command()
def replay(systems: Systems = None, source: Source = None, strict: Strict = False) -> None:
    """Read again what is in quarantine, with today's contracts."""
    from ingestion import run  # noqa: PLC0415
    from storelake import report  # noqa: PLC0415
    from storelake.interruption import ends_soon  # noqa: PLC0415

    environment = _environment()
    with ends_soon():
        outcomes = run.replay(environment, systems or (), source=source)
    if not outcomes:
        report.console.print("Nothing in quarantine can be replayed: it is empty, or newer files have replaced it.")
        return
    report.outcomes(outcomes)
    _end_ingest("replay", outcomes, strict)


@quarantine.command(name="show")
def show_quarantine(
    systems: Systems = None,
    source: Source = None,
    entity: Entity = None,
    limit: Annotated[int, typer.Option(min=1, help="How many of them, the newest.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one record a line.")] = False,
) -> None:
    """Show records that wait in quarantine as they came, personal values included: they are published nowhere."""
    from storelake import refused, report  # noqa: PLC0415

    found = refused.refused(_environment(), systems or (), source, entity)[-limit:]
    if as_json:
        for one in found:
            typer.echo(json.dumps(one, default=str))
    else:
        report.refused(found)


@quarantine.command(name="close")
def close_quarantine(
    systems: Systems = None,
    source: Source = None,
    entity: Entity = None,
    file: Annotated[str | None, typer.Option(help="Only what this file brought, by its name.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that waits, of every feed.")] = False,
) -> None:
    """Close what waits in quarantine and will not be read again; the records stay in the lake."""
    from ingestion import run  # noqa: PLC0415
    from storelake import report  # noqa: PLC0415

    if not (systems or source or entity or file or everything):
        raise StorelakeError("Say what to close: a system, --source, --entity or --file; --all closes all that waits.")
    closed = run.close(_environment(), systems or (), source=source, entity=entity, name=file)
    for feed, count in closed.items():
        report.console.print(f"{feed}: {count:,} refused record(s) closed")
    if not closed:
        report.console.print("Nothing of that waits in quarantine.")


@app.command()
def build(
    select: Annotated[list[str] | None, typer.Option("--select", "-s", help="dbt's selection of nodes.")] = None,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Build everything anew.")] = False,
    unit_tests: Annotated[bool, typer.Option("--unit-tests", help="Also run the unit tests of the models.")] = False,
) -> None:
    """Build silver and gold with dbt, test them, and publish what is green."""
    from storelake.dbt_runner.worker import DbtProcess  # noqa: PLC0415

    environment = _environment()
    with DbtProcess() as dbt:
        _build(environment, dbt, select or [], full_refresh, unit_tests)


@app.command()
def run(workers: Annotated[int, typer.Option(min=1, max=32)] = 2, strict: Strict = False) -> None:
    """Ingest everything, then build: what a scheduler calls."""
    outcomes = _ingest_and_build(_environment(), workers)
    _end_ingest("run", outcomes, strict)


@app.command()
def demo(
    orders: Annotated[
        int, typer.Option(help="Orders that the sandbox's four shops have; 0 leaves shops and feeds out.")
    ] = 20_000,
) -> None:
    """Ingest the data that ships with the project, and the sandbox's shops and feeds; build, publish, and show it."""
    from storelake import report  # noqa: PLC0415
    from storelake import sandbox as stand_in  # noqa: PLC0415
    from storelake.publishing import published_gold  # noqa: PLC0415
    from storelake.publishing.duckdb_file import published_file  # noqa: PLC0415

    environment = _environment()
    if orders:
        with stand_in.running(_sandbox_options(environment, orders)) as ready:
            report.console.print(f"Four shops and their feeds are played at {ready.url}.")
            shops = environments.load({**os.environ, **ready.variables})
            outcomes = _ingest_and_build(shops, 2)
    else:
        outcomes = _ingest_and_build(environment, 2)
    with published_gold.revenue_tables(environment) as database:
        report.revenue(database)
    if environment.bucket:
        report.next_steps(f"Gold is in the database {environment.catalog_prefix}_gold; ask Athena for it.")
    else:
        report.next_steps(f"Gold is in {published_file(environment)}; DuckDB 1.4 or newer opens it, read-only.")
    _end_ingest("demo", outcomes, False)


@app.command()
def publish(
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to what was published before.")] = False,
    to: Annotated[int | None, typer.Option(help="With --rollback: the number to go back to.")] = None,
) -> None:
    """Publish what was built, where all gates are green over it; or go back to what was published before."""
    from storelake import report  # noqa: PLC0415
    from storelake.locking.build_lock import build_lock  # noqa: PLC0415
    from storelake.publishing import athena_views  # noqa: PLC0415
    from storelake.publishing import duckdb_file as publishing  # noqa: PLC0415

    environment = _environment()
    if to is not None and not rollback:
        raise StorelakeError("--to is for --rollback.")
    with build_lock(environment, report.console.print):
        if not rollback:
            _publish(environment)
        elif environment.bucket:
            shown = athena_views.roll_back(environment, to).shows
            report.console.print(f"Readers see set {shown} again, until the next build.")
        else:
            number = int(publishing.roll_back(environment, to).stem)
            report.console.print(f"Readers see file {number} again, until the next build.")


@app.command()
def costs() -> None:
    """Show what the latest build cost on Athena, by model: bytes scanned, rows, seconds, dollars."""
    from storelake import report  # noqa: PLC0415
    from storelake.athena import scan_costs as costing  # noqa: PLC0415

    environment = _environment()
    if not environment.bucket:
        raise StorelakeError("Only Athena has costs: STORELAKE_ENV=prod and a bucket are needed.")
    report.costs(costing.of_build(environment))


@app.command()
def slim(
    label: Annotated[str, typer.Option("--name", help="What is built, such as pr-17; else the commit.")] = "",
    sweep: Annotated[bool, typer.Option("--sweep", help="Only remove what earlier runs have left.")] = False,
    keep_hours: Annotated[int, typer.Option(min=0, help="How old what a run left must be to be removed.")] = 6,
) -> None:
    """Build and test on Athena what a change makes others, beside production and of its data; then remove it again."""
    from storelake import report  # noqa: PLC0415
    from storelake.ci import slim as slimming  # noqa: PLC0415

    environment = _environment()
    if not environment.bucket:
        raise StorelakeError("Slim CI is for Athena: STORELAKE_ENV=prod and a bucket are needed.")
    for name in slimming.sweep(environment, timedelta(hours=keep_hours)):
        report.console.print(f"Removed what a run left: {name}")
    if sweep:
        return
    started = _by_athenas_clock()
    slim_environment = slimming.new_environment(environment, label)
    report.console.print(f"Building in {slim_environment.name}.")
    try:
        with report.progress("Building what changed …") as bars:
            result = slimming.build(environment, slim_environment, report.building(bars))
        if not result.is_green:
            report.failures(result, lambda node: ([], []))
            raise typer.Exit(1)
        if not result.nodes:
            report.console.print("Nothing is others than in production.")
            return
        report.build(result, lambda node: ([], []))
        report.console.print(f"Others than in production: {', '.join(slimming.changed(result)) or 'tests alone'}.")
        _keep_to_budgets(slim_environment.environment(environment), result, started)
    finally:
        slimming.remove(environment, slim_environment)


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """Show the ledger: last pulls, freshness, counts, quarantine."""
    from storelake import report  # noqa: PLC0415
    from storelake import status as statuses  # noqa: PLC0415

    found = statuses.status(_environment())
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in found], indent=2))
    elif found:
        report.feeds(found)
    else:
        report.console.print("Nothing was pulled yet: run storelake ingest (or make ingest).")


@app.command()
def check(
    quick: Annotated[bool, typer.Option(help="Look at sizes, counts and logs, and not at every value.")] = False,
) -> None:
    """Verify the lake: logs, files, the ledger against bronze, the archive, the published file."""
    import itertools  # noqa: PLC0415

    from ingestion.maintenance import check as checking  # noqa: PLC0415
    from storelake.publishing import duckdb_file as publishing  # noqa: PLC0415

    environment, problems = _environment(), 0
    for problem in itertools.chain(checking.check(environment, quick=quick), publishing.check(environment)):
        problems += 1
        _say(f"{problem.place}: {problem.what}. {problem.advice}", err=True)
    if problems:
        raise typer.Exit(1)
    _say("The lake is whole.")


@app.command()
def repair() -> None:
    """Mend what can be mended safely: ledger, logs, data files of which the rows still exist. Nothing else may run."""
    from ingestion.maintenance import repair as repairing  # noqa: PLC0415

    done = 0
    for sentence in repairing.repair(_environment()):
        done += 1
        _say(sentence)
    if not done:
        _say("There was nothing to mend; storelake check tells whether the lake is whole.")


@app.command()
def maintain(
    keep_hours: Annotated[int, typer.Option(min=1, help="How long what is of no use stays for who reads it.")] = 168,
    rekey: Annotated[
        bool, typer.Option("--rekey", help="Give what has landed the subject keys that it would get today.")
    ] = False,
) -> None:
    """Put small files together, and remove files that no version needs; no row changes but for --rekey.

    Of a bucket: remove what dbt's tables have left there, and sets that nobody goes back to any more.
    """
    from ingestion.maintenance import compact  # noqa: PLC0415
    from storelake.publishing import vacuum as tidying  # noqa: PLC0415

    environment, keep = _environment(), timedelta(hours=keep_hours)
    if rekey:
        _rekey(environment)
    if environment.bucket:
        for sentence in tidying.vacuum(environment, keep):
            _say(f"removed: {sentence}")
        _say("What dbt built is in order; bronze in a bucket is left as it is.")
        return
    for kept in compact.maintain(environment, keep):
        if kept.files_before != kept.files_after or kept.removed or kept.overtaken:
            files = f"{kept.files_before} files are {kept.files_after}" if kept.files_before else "no table"
            busy = f", {kept.overtaken} partitions left to who was faster" if kept.overtaken else ""
            _say(f"{kept.name}: {files}, {kept.removed} removed ({kept.freed:,} bytes){busy}")
    _say("The lake is in order.")


def _rekey(environment: Environment) -> None:
    from ingestion.maintenance import rekey  # noqa: PLC0415

    done = rekey.rekey(environment)
    for table in done:
        _say(f"{table.name}: {table.rows:,} rows have new subject keys")
    if any(table.rows for table in done):
        _say("Silver holds the old keys until it is built anew: storelake build --full-refresh")


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="The folder for the files.")] = Path("export"),
    schema: Annotated[str, typer.Option(help="gold, silver or ops.")] = "gold",
) -> None:
    """Write published tables as parquet files, for tools without a DuckDB driver."""
    from storelake import report  # noqa: PLC0415
    from storelake.publishing import export as exporting  # noqa: PLC0415

    for table, rows in exporting.export(_environment(), to, schema).items():
        report.console.print(f"{to / table}.parquet  {rows:,} rows")


@app.command(name="explain")
def explain_order(order_id: Annotated[str, typer.Argument(metavar="ORDER_ID")]) -> None:
    """Follow an order from gold back to versions, pulls and raw files."""
    from storelake import explain as explaining  # noqa: PLC0415
    from storelake import report  # noqa: PLC0415

    report.explanation(explaining.explain(_environment(), order_id))


@app.command()
def docs(
    port: Annotated[int, typer.Option(help="Where to serve.")] = 8080,
    serve: Annotated[bool, typer.Option(help="Serve the site, or only write it.")] = True,
) -> None:
    """Write the dbt docs site with the lineage, and serve it."""
    import functools  # noqa: PLC0415
    import http.server  # noqa: PLC0415

    from storelake import report  # noqa: PLC0415
    from storelake.dbt_runner import runner  # noqa: PLC0415

    environment = _environment()
    result = runner.run(environment, ["docs", "generate", "--static"])
    if result.error:
        raise StorelakeError(f"dbt could not write the docs: {result.error}")
    site = runner.target(environment)
    report.console.print(f"Written: {site / 'static_index.html'}")
    if serve:
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
        with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
            report.console.print(f"The docs are at http://127.0.0.1:{port}/static_index.html (Ctrl-C ends).")
            server.serve_forever()


@app.command()
def parity(
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Build DuckDB's side anew.")] = False,
) -> None:
    """Build a bucket's bronze on DuckDB, too, and compare silver and gold with Athena's, cell by cell."""
    from storelake import report  # noqa: PLC0415
    from storelake.ci import parity as parities  # noqa: PLC0415

    environment = _environment()
    if not environment.bucket:
        raise StorelakeError("There is nothing to compare with: STORELAKE_ENV=prod and a bucket are needed.")
    file, tables = parities.on_duckdb(environment, full_refresh=full_refresh)
    verdicts = parities.compare(environment, file, tables, environment.work / "parity-rows")
    report.parity(verdicts)
    if any(verdict.differences for verdict in verdicts):
        raise typer.Exit(1)


@app.command()
def sandbox(
    what: Annotated[Sandbox, typer.Argument(help="What to play: shops, or AWS.")] = Sandbox.SHOPS,
    orders: Annotated[int, typer.Option(help="Orders of all four shops together.")] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed and size, the same data.")] = 7,
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    scenario: Annotated[str, typer.Option(help="Faults: none, flaky or hostile.")] = "none",
    magento: Annotated[str, typer.Option(help="Behave like 2.3 or 2.4.")] = "2.4",
    truth: Annotated[Path | None, typer.Option(help="Write what a perfect pipeline would know here.")] = None,
) -> None:
    """Play four Magento shops and three feeds, or AWS with Athena, on this machine, until Ctrl-C.

    All options but --port are for the shops.
    """
    from storelake import report  # noqa: PLC0415
    from storelake import sandbox as stand_in  # noqa: PLC0415

    if what is Sandbox.AWS:
        report.console.print("Starting AWS on this machine: half a minute, and longer the first time …")
        if code := stand_in.serve("sandbox.aws", [f"--port={port}"], report.aws_ready):
            raise typer.Exit(code)
        return
    options = _sandbox_options(_environment(), orders)
    options += [f"--seed={seed}", f"--port={port}", f"--scenario={scenario}", f"--magento={magento}"]
    options += [f"--truth={truth.resolve()}"] if truth else []
    code = stand_in.serve("sandbox", options, report.sandbox_ready)
    if code:
        raise typer.Exit(code)


def main() -> None:
    """Run the command line and leave with its exit code."""
    leave_out("pandas")
    # Files of a lake are for their owner and group: refused records and raw files hold personal values.
    os.umask(os.umask(0o077) | 0o007)
    try:
        app()
    except Damaged as error:
        _debug()
        _say(f"error: {error}", err=True)
        _tell(sys.argv[1] if len(sys.argv) > 1 else "", [str(error)])
        sys.exit(1)
    except StorelakeError as error:
        _debug()
        _say(f"error: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        # While the command line was being read; after that, typer says the same.
        sys.exit(130)
    except Exception as error:
        _debug()
        _say(f"error: {explain(error)} (STORELAKE_DEBUG=1 shows more)", err=True)
        _tell(sys.argv[1] if len(sys.argv) > 1 else "", [explain(error)])
        sys.exit(1)


def _say(text: str, err: bool = False) -> None:
    typer.echo(printable(text), err=err)


def _environment() -> Environment:
    return environments.load(os.environ)


def _sandbox_options(environment: Environment, orders: int) -> list[str]:
    return [f"--orders={orders}", f"--sources={environment.lake / 'sandbox' / 'sources.toml'}"]


def _ingest_and_build(environment: Environment, workers: int) -> list[Any]:
    from storelake.dbt_runner.worker import DbtProcess  # noqa: PLC0415

    with DbtProcess() as dbt:
        outcomes = _ingest(environment, None, None, None, None, None, None, workers)
        _build(environment, dbt, [], False, False, only_news=True)
    return outcomes


def _ingest(
    environment: Environment,
    systems: list[str] | None,
    source: str | None,
    path: Path | None,
    since: datetime | None,
    until: datetime | None,
    accept: list[str] | None,
    workers: int,
    entity: str | None = None,
) -> list[Any]:
    from ingestion import run as ingestion  # noqa: PLC0415
    from ingestion.pulls import Bounds  # noqa: PLC0415
    from storelake import report  # noqa: PLC0415
    from storelake.interruption import ends_soon  # noqa: PLC0415

    bounds = Bounds(_day(since), _day(until), frozenset(accept or ()))
    with ends_soon(), report.progress("Ingesting …") as bars:
        outcomes = ingestion.ingest(
            environment,
            systems or (),
            source=source,
            entity=entity,
            folder=path,
            bounds=bounds,
            workers=workers,
            progress=report.IngestProgress(bars),
        )
    report.outcomes(outcomes)
    return outcomes


def _end_ingest(command: str, outcomes: list[Any], strict: bool) -> None:
    errors = [f"{outcome.feed}: {outcome.error}" for outcome in outcomes if outcome.error]
    if errors:
        for outcome in outcomes:
            if outcome.exception is not None:
                _debug(outcome.exception)
        _tell(command, errors)
        raise typer.Exit(1)
    waiting = sum(p.counts.quarantined + p.counts.items_held for outcome in outcomes for p in outcome.pulls)
    if strict and waiting:
        raise typer.Exit(3)


def _build(
    environment: Environment,
    dbt: "DbtProcess",
    select: list[str],
    full_refresh: bool,
    unit_tests: bool,
    *,
    only_news: bool = False,
) -> None:
    from storelake import report  # noqa: PLC0415
    from storelake.locking.build_lock import build_lock  # noqa: PLC0415

    with build_lock(environment, report.console.print):
        _build_alone(environment, dbt, select, full_refresh, unit_tests, only_news)


def _build_alone(
    environment: Environment,
    dbt: "DbtProcess",
    select: list[str],
    full_refresh: bool,
    unit_tests: bool,
    only_news: bool,
) -> None:
    from storelake import report  # noqa: PLC0415
    from storelake.athena import query_history  # noqa: PLC0415
    from storelake.ci import production_state  # noqa: PLC0415
    from storelake.dbt_runner.affected_models import Changes  # noqa: PLC0415
    from storelake.dbt_runner.runner import failing_rows  # noqa: PLC0415
    from storelake.publishing import athena_views, last_green_build  # noqa: PLC0415

    if environment.bucket:
        query_history.settle(environment, report.console.print)
        athena_views.finish(environment)
    started = _by_athenas_clock()
    # Before dbt looks: what lands meanwhile is for the next build.
    made_of = last_green_build.build_inputs(environment) if environment.name == "dev" else None
    changes = None
    if made_of is not None and not (select or unit_tests):
        # A build that is asked for makes all that there is anything of; a run, what its news can reach.
        changes = (
            last_green_build.changes(environment, made_of)
            if only_news
            else Changes(frozenset(made_of.tables), is_all_new=True)
        )
        if not (changes.tables or changes.is_all_new):
            report.console.print("Nothing new for silver and gold since the last green build: only the ledger is told.")
    arguments = ["build"]
    if select:
        # Whatever looks at a part is tested with it; before everything was green once, what has all its inputs.
        was_whole = (
            production_state.is_kept(environment) if environment.bucket else last_green_build.is_remembered(environment)
        )
        tests = "eager" if was_whole else "buildable"
        arguments += ["--select", *select, "open_gates", "model_code", "--indirect-selection", tests]
    arguments += ["--full-refresh"] if full_refresh else []
    arguments += [] if unit_tests else ["--exclude-resource-type", "unit_test"]
    with report.progress("Building …") as bars:
        result = dbt.run(arguments, report.building(bars), changes)
    for sentence in result.said:
        report.console.say("{}", sentence)
    if not result.is_green:
        report.failures(result, lambda node: failing_rows(environment, node))
        _tell("build", [f"{node.kind} {node.name}" for node in result.failed] or [result.error or "dbt failed"])
        raise typer.Exit(1)
    report.build(result, lambda node: failing_rows(environment, node))
    if environment.bucket:
        _keep_to_budgets(environment, result, started)
    _publish(environment)
    if select:
        return
    if environment.bucket:
        production_state.keep(environment)
    elif made_of is not None:
        last_green_build.record(environment, made_of)


def _by_athenas_clock() -> datetime:
    """No later than now on Athena, whose clock need not be this one."""
    return times.now() - timedelta(minutes=5)


def _keep_to_budgets(environment: Environment, result: "Result", since: datetime) -> None:
    from storelake import report  # noqa: PLC0415
    from storelake.athena import scan_costs  # noqa: PLC0415

    found = scan_costs.of_build(environment, result.invocation, since)
    report.cost(found)
    if exceeded := scan_costs.over_budget(found, result.nodes):
        for sentence in exceeded:
            _say(f"over budget: {sentence}", err=True)
        _tell("build", exceeded)
        raise typer.Exit(1)


def _publish(environment: Environment) -> None:
    from storelake import report  # noqa: PLC0415
    from storelake.publishing import athena_views, gates  # noqa: PLC0415
    from storelake.publishing import duckdb_file as publishing  # noqa: PLC0415

    try:
        if environment.bucket:
            published, new = athena_views.publish(environment)
            report.console.print(f"Published set {published.number}: {new} of {len(published.tables)} tables are new.")
        elif environment.name == "dev":
            report.console.print(f"Published {publishing.publish(environment)}")
    except gates.NotGreen as error:
        _say(f"error: {error}", err=True)
        _tell("publish", [str(error)])
        raise typer.Exit(1) from None


def _tell(command: str, errors: list[str]) -> None:
    from storelake import notify  # noqa: PLC0415

    try:
        problem = notify.failed(_environment(), os.environ, command, errors)
    except StorelakeError:
        return
    if problem:
        _say(f"warning: {problem}", err=True)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _debug(error: BaseException | None = None) -> None:
    if os.environ.get("STORELAKE_DEBUG"):
        lines = traceback.format_exception(error) if error else [traceback.format_exc()]
        typer.echo(printable("".join(lines), lines=True), err=True)
