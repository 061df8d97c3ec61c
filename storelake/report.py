"""What people see in the terminal: progress, tables, the chart at the end of the demo."""

import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ingestion.pulls import Feed, Item
from ingestion.run import Outcome
from storelake import dbt, gold
from storelake.costs import Cost
from storelake.sandbox import Ready
from storelake.status import FeedStatus

if TYPE_CHECKING:
    # They load DuckDB, 30 MB that a run which only ingests may do without.
    from storelake.explain import Explanation
    from storelake.parity import Verdict

_WIDTH = None if sys.stdout.isatty() else 140
console = Console(highlight=False, width=_WIDTH)
errors = Console(stderr=True, highlight=False, width=_WIDTH)
_BARS = "▁▂▃▄▅▆▇█"
_REVENUE = """
    select
        coalesce(c.country_name, l.ship_country_name) as country,
        date_trunc('month', l.order_date) as month,
        sum(l.net_amount_reporting - {canceled}) as revenue,
    from gold.{fact} as l
    left join gold.dim_country as c on l.ship_country = c.country_code
    where l.is_revenue
    group by all
"""


@contextmanager
def progress(text: str) -> Iterator[Progress]:
    """A progress display; on a pipe or in CI it stays silent but for `text`."""
    if not console.is_terminal:
        console.print(text)
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[note]}"),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bars:
        yield bars


class IngestProgress:
    """Shows each feed's files as they are read."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[Feed, Any] = {}

    def __call__(self, feed: Feed, item: Item | None, total: int) -> None:
        """Take note of a feed's beginning (no item) or of an item that is done."""
        if feed not in self._tasks:
            self._tasks[feed] = self._bars.add_task(str(feed), total=total, note="")
        if item is None:
            self._bars.update(self._tasks[feed], total=total, completed=0)
        else:
            self._bars.update(self._tasks[feed], advance=1, note=item.name[:40])


def building(bars: Progress) -> dbt.Progress:
    """What dbt calls with each node that has ended."""
    task = bars.add_task("dbt build", total=None, note="starting")
    return lambda name, number, of: bars.update(task, completed=number, total=of, note=name)


def outcomes(found: Iterable[Outcome]) -> None:
    """Per source the records read, landed, known, quarantined and deleted, then whatever a person should know."""
    table = _table("Ingested")
    table.add_column("source")
    for name in ("new items", "seen", "read", "landed", "known", "quarantined", "deleted"):
        table.add_column(name, justify="right")
    remarks: list[str] = []
    nothing_new = True
    for outcome in found:
        for pull in outcome.pulls:
            c = pull.counts
            numbers = (c.items_read, c.items_seen, c.read, c.landed, c.known, c.quarantined, c.deleted)
            table.add_row(str(pull.feed), *(f"{number:,}" for number in numbers))
            nothing_new = nothing_new and not (c.landed or c.deleted or c.quarantined)
            for item in pull.items:
                if item.status in ("held", "refused"):
                    remarks.append(f"[yellow]{item.status}[/] {pull.feed}: {item.name}: {item.reason}")
                if item.drift:
                    remarks.append(f"[cyan]drift[/] {pull.feed}: {item.name} has new columns: {', '.join(item.drift)}")
            remarks += [f"[yellow]note[/] {pull.feed}: {note}" for note in pull.notes]
        if outcome.error:
            remarks.append(f"[red]failed[/] {outcome.feed}: {outcome.error}")
    console.print(table)
    if nothing_new and not remarks:
        console.print("Nothing new: all of it was there before.")
    for remark in remarks[:40]:
        console.print(remark)
    if len(remarks) > 40:
        console.print(f"… and {len(remarks) - 40} more: see storelake status and ops.pull_items")


def build(result: dbt.Result) -> None:
    """What a build did in one line."""
    built = result.count("model", "success") + result.count("seed", "success")
    tests = result.count("test", "pass") + result.count("unit", "pass")
    warned = result.count("test", "warn")
    warning = f", [yellow]{warned} warned[/]" if warned else ""
    console.print(f"Built [bold]{built}[/] models and seeds; [bold green]{tests}[/] tests passed{warning}.")
    for node in result.nodes:
        if node.status == "warn":
            errors.print(f"[yellow]warned[/] {node.name}: {node.description or node.message}")


def cost(found: list[Cost]) -> None:
    """What a build cost in one line."""
    statements, scanned = sum(one.statements for one in found), sum(one.megabytes for one in found)
    dollars = sum(one.dollars for one in found)
    console.print(f"Scanned {scanned:,.1f} MB in {statements:,} statements: ${dollars:,.4f} (see storelake costs).")


def costs(found: list[Cost]) -> None:
    """What each model cost; tests, seeds and hooks together by their kind."""
    if not found:
        console.print("Athena's history holds no build of this lake: run storelake build.")
        return
    table = _table("The latest build on Athena")
    table.add_column("node")
    for name in ("statements", "MB scanned", "rows", "seconds", "dollars"):
        table.add_column(name, justify="right")
    grouped: dict[str, list[Cost]] = {}
    for one in found:
        kind, _, name = one.node.partition(".storelake.")
        grouped.setdefault(name if kind == "model" else f"all of kind {kind}", []).append(one)
    for name, ones in grouped.items():
        rows = f"{ones[0].rows:,}" if len(ones) == 1 and ones[0].rows is not None else ""
        table.add_row(
            name,
            f"{sum(one.statements for one in ones):,}",
            f"{sum(one.megabytes for one in ones):,.2f}",
            rows,
            f"{sum(one.seconds for one in ones):,.1f}",
            f"{sum(one.dollars for one in ones):.5f}",
        )
    console.print(table)
    cost(found)


def failures(result: dbt.Result, rows_of: Any) -> None:
    """Which tests failed, what each protects, and some of the rows that broke it."""
    if result.error:
        errors.print(f"[red]dbt could not run:[/] {result.error}")
    for node in result.failed:
        errors.print(f"[red]{node.kind} {node.name} failed:[/] {node.message.strip()}")
        if node.kind == "test":
            if node.description:
                errors.print(f"  what it protects: {node.description}")
            names, rows = rows_of(node)
            if rows:
                table = _table("  some of the rows")
                for name in names:
                    table.add_column(name)
                for row in rows:
                    table.add_row(*("" if value is None else str(value) for value in row))
                errors.print(table)
    skipped = result.count("model", "skipped")
    if skipped:
        errors.print(f"{skipped} models behind it were not built; what is published stays as it was.")


def feeds(found: list[FeedStatus]) -> None:
    """The ledger as a table."""
    table = _table()
    for name in ("feed", "last pull (UTC)", "fresh", "status"):
        table.add_column(name, no_wrap=True)
    for name in ("pulls", "read", "landed", "known", "deleted", "waiting", "held", "open"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        when = one.last_completed_at.strftime("%Y-%m-%d %H:%M") if one.last_completed_at else "never"
        limit = f"{one.fresh_within_days} d"
        fresh = f"[green]yes[/] (≤ {limit})" if one.is_fresh else f"[red]no[/] (> {limit})"
        numbers = (
            one.pulls,
            one.records_read,
            one.records_landed,
            one.records_known,
            one.records_deleted,
            one.quarantine_waiting,
            one.items_held,
            len(one.windows_open),
        )
        table.add_row(
            f"{one.system}/{one.source}/{one.entity}", when, fresh, one.status, *(f"{number:,}" for number in numbers)
        )
    console.print(table)
    for one in found:
        name = f"{one.system}/{one.source}/{one.entity}"
        if one.error:
            console.print(f"[red]{name}[/]: {one.error}")
        for window in one.windows_open:
            console.print(f"[yellow]open[/] {name}: {window}; the next run asks for it again")


def explanation(found: "Explanation") -> None:
    """Gold's lines, then each record's versions with the pull and the raw line."""
    lines = _table("In gold")
    for name in ("fact", "source", "day", "sku", "type", "quantity", "net", "line"):
        lines.add_column(name)
    for line in found.lines:
        net = f"{line['net_amount']} {line['currency']}"
        lines.add_row(
            line["fact"],
            f"{line['system']}/{line['source']}",
            str(line["order_date"]),
            line["sku"],
            line["line_type"],
            str(line["quantity"].normalize()) if isinstance(line["quantity"], Decimal) else str(line["quantity"]),
            net,
            line["order_line_id"][:8],
        )
    console.print(lines)
    versions = _table("Where it comes from")
    for name in ("record", "version", "pull", "sequence", "pulled (UTC)", "file", "raw"):
        versions.add_column(name, overflow="fold")
    for version in found.versions:
        at = version["pulled_at"]
        versions.add_row(
            version["_record_key"][:8],
            version["_operation"],
            version["_pull_id"][:8],
            str(version["sequence"]),
            at.strftime("%Y-%m-%d %H:%M:%S") if isinstance(at, datetime) else "",
            version["file"] or "",
            version["_source_uri"] or "",
        )
    console.print(versions)


def revenue(database: Any) -> None:
    """Revenue by country and month, less what was canceled or came back, in the reporting currency, as small bars."""
    canceled = {"fct_order_lines": "l.canceled_net_amount_reporting", "fct_return_lines": "0"}
    query = " union all ".join(_REVENUE.format(fact=fact, canceled=part) for fact, part in canceled.items())
    found = gold.rows(
        database,
        f"select country, month, sum(revenue) as revenue from ({query}) group by all order by country, month",
    )
    months = sorted({row["month"] for row in found})
    if not months:
        return
    totals: dict[str, dict[Any, Decimal]] = {}
    for row in found:
        totals.setdefault(row["country"], {})[row["month"]] = row["revenue"] or Decimal(0)
    ranked = sorted(totals, key=lambda country: -sum(totals[country].values()))
    currency = gold.rows(database, "select any_value(reporting_currency) as c from gold.fct_order_lines")[0]["c"]
    table = _table(f"Revenue after returns, {currency}, {months[0]:%b %Y} to {months[-1]:%b %Y}")
    table.add_column("country")
    table.add_column("by month")
    table.add_column("total", justify="right")
    for country in ranked[:8]:
        values = [totals[country].get(month, Decimal(0)) for month in months]
        table.add_row(country, Text(_sparkline(values), style="cyan"), f"{sum(values):,.0f}")
    if len(ranked) > 8:
        others = [sum((totals[c].get(month, Decimal(0)) for c in ranked[8:]), Decimal(0)) for month in months]
        table.add_row(f"{len(ranked) - 8} others", Text(_sparkline(others), style="dim cyan"), f"{sum(others):,.0f}")
    console.print(table)
    missing = gold.rows(database, "select coalesce(sum(line_count), 0) as n from ops.missing_rates")[0]["n"]
    if missing:
        console.print(f"[yellow]{missing:,} lines have no amount in {currency}: a currency had no rate that day.[/]")


def next_steps(place: str) -> None:
    """Where gold is, and what to try."""
    console.print(
        Panel(
            f"{place}\n"
            "Try next:\n"
            "  [bold].venv/bin/storelake status[/]          what was pulled, how fresh it is, what waits\n"
            "  [bold].venv/bin/storelake explain 536365[/]  an order, back to the raw line it came from\n"
            "  [bold]make docs[/]                           every model and column, and the lineage",
            title="Done",
            title_align="left",
            border_style="green",
        )
    )


def parity(verdicts: "list[Verdict]") -> None:
    """Each table with its rows on both engines, and where they differ."""
    table = _table("DuckDB and Athena")
    for name in ("table", "DuckDB", "Athena", ""):
        table.add_column(name, justify="right" if name in ("DuckDB", "Athena") else "left")
    for one in verdicts:
        ours, theirs = one.rows
        verdict = "[red]differs[/]" if one.differences else "equal"
        table.add_row(f"{one.table.schema}.{one.table.name}", f"{ours:,}", f"{theirs:,}", verdict)
    console.print(table)
    for one in verdicts:
        for said in one.differences:
            console.print(f"{one.table.schema}.{one.table.name}: {said}", markup=False, soft_wrap=True)


def aws_ready(ready: Ready) -> None:
    """Where AWS is played, and what to type in another terminal to work there as in production."""
    console.print(f"S3, Glue and Athena are at [bold]{ready.url}[/] (Ctrl-C ends). In another terminal:\n")
    for name, value in ready.variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print(".venv/bin/storelake run", flush=True)


def sandbox_ready(ready: Ready) -> None:
    """Where the sandbox is, and what to type in another terminal."""
    console.print(f"Four shops and three feeds are at [bold]{ready.url}[/] (Ctrl-C ends). In another terminal:\n")
    for name, value in ready.variables.items():
        # Whole lines, for the clipboard.
        print(f"export {name}={shlex.quote(value)}")
    print(
        ".venv/bin/storelake run\n\n"
        f'curl -X POST {ready.url}/_sandbox/clock -d \'{{"now": "2026-02-01T00:00:00Z"}}\'\n'
        f'curl -X POST {ready.url}/_sandbox/scenario -d \'{{"name": "flaky"}}\'',
        flush=True,
    )


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD)


def _sparkline(values: list[Decimal]) -> str:
    top = max(max(values), Decimal(1))
    return "".join(_BARS[min(7, int(max(value, Decimal(0)) / top * 8))] for value in values)
