"""What people see in the terminal: progress, tables, the chart at the end of the demo."""

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from ingestion.pulls import Feed, Item
from ingestion.run import Outcome
from storelake.athena.scan_costs import Cost
from storelake.dbt_runner import runner
from storelake.publishing import published_gold
from storelake.sandbox import Ready
from storelake.status import FeedStatus
from storelake.terminal.printable import printable
from storelake.terminal.screen import Grid, Screen, number, styled

if TYPE_CHECKING:
    # They load DuckDB, 30 MB that a run which only ingests may do without.
    from storelake.ci.parity import Verdict
    from storelake.explain import Explanation

console = Screen(sys.stdout)
errors = Screen(sys.stderr)
RowsOf = Callable[[runner.Node], tuple[Sequence[str], Sequence[tuple[Any, ...]]]]
"""Names of columns and some of the rows that broke a test."""
_BARS = "▁▂▃▄▅▆▇█"
_LONGEST_GAP = 12
"""Months without revenue within one picture."""
_REVENUE = """
    select
        coalesce(c.country_name, l.ship_country_name) as country,
        cast(date_trunc('month', l.order_date) as date) as month,
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
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", style="dim", markup=False),
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
            self._bars.update(self._tasks[feed], advance=1, note=printable(item.name[:40]))


def building(bars: Progress) -> runner.Progress:
    """What dbt calls with each node that has ended."""
    task = bars.add_task("dbt build", total=None, note="starting")
    return lambda name, number, of: bars.update(task, completed=number, total=of, note=name)


def outcomes(found: Iterable[Outcome]) -> None:
    """Per source the records read, landed, known, quarantined and deleted, then whatever a person should know."""
    table = Grid("Ingested")
    table.column("source")
    table.column("new items", "seen", "read", "landed", "known", "quarantined", "deleted", justify="right")
    remarks: list[Text] = []
    nothing_new = True
    for outcome in found:
        for pull in outcome.pulls:
            c = pull.counts
            numbers = (c.items_read, c.items_seen, c.read, c.landed, c.known, c.quarantined, c.deleted)
            table.row(pull.feed, *(f"{count:,}" for count in numbers))
            nothing_new = nothing_new and not (c.landed or c.deleted or c.quarantined)
            for item in pull.items:
                if item.status in ("held", "refused"):
                    remarks.append(styled("[yellow]{}[/] {}: {}: {}", item.status, pull.feed, item.name, item.reason))
                if item.drift:
                    columns = ", ".join(item.drift)
                    remarks.append(styled("[cyan]drift[/] {}: {} has new columns: {}", pull.feed, item.name, columns))
            remarks += [styled("[yellow]note[/] {}: {}", pull.feed, note) for note in pull.notes]
        if outcome.error:
            remarks.append(styled("[red]failed[/] {}: {}", outcome.feed, outcome.error))
    table.show(console)
    if nothing_new and not remarks:
        console.say("Nothing new: all of it was there before.")
    for remark in remarks[:40]:
        console.print(remark)
    if len(remarks) > 40:
        console.say(f"… and {len(remarks) - 40} more: see storelake status and ops.pull_items")


def build(result: runner.Result, rows_of: RowsOf) -> None:
    """What a build did in one line, then which tests warned, and of which rows."""
    built = result.count("model", "success") + result.count("seed", "success")
    tests = result.count("test", "pass") + result.count("unit", "pass")
    warned = result.count("test", "warn")
    warning = f", [yellow]{warned} warned[/]" if warned else ""
    console.say(f"Built [bold]{built}[/] models and seeds; [bold green]{tests}[/] tests passed{warning}.")
    for node in result.nodes:
        if node.status == "warn":
            errors.say("[yellow]warned[/] {}: {}", node.name, node.description or node.message)
            _some_rows(node, rows_of)


def cost(found: list[Cost]) -> None:
    """What a build cost in one line."""
    statements, scanned = sum(one.statements for one in found), sum(one.megabytes for one in found)
    dollars = sum(one.dollars for one in found)
    console.say(f"Scanned {scanned:,.1f} MB in {statements:,} statements: ${dollars:,.4f} (see storelake costs).")


def costs(found: list[Cost]) -> None:
    """What each model cost; tests, seeds and hooks together by their kind."""
    if not found:
        console.say("Athena's history holds no build of this lake: run storelake build.")
        return
    table = Grid("The latest build on Athena")
    table.column("node")
    table.column("statements", "MB scanned", "rows", "seconds", "dollars", justify="right")
    grouped: dict[str, list[Cost]] = {}
    for one in found:
        kind, _, name = one.node.partition(".storelake.")
        grouped.setdefault(name if kind == "model" else f"all of kind {kind}", []).append(one)
    for name, ones in grouped.items():
        rows = f"{ones[0].rows:,}" if len(ones) == 1 and ones[0].rows is not None else ""
        table.row(
            name,
            f"{sum(one.statements for one in ones):,}",
            f"{sum(one.megabytes for one in ones):,.2f}",
            rows,
            f"{sum(one.seconds for one in ones):,.1f}",
            f"{sum(one.dollars for one in ones):.5f}",
        )
    table.show(console)
    cost(found)


def failures(result: runner.Result, rows_of: RowsOf) -> None:
    """Which tests failed, what each protects, and some of the rows that broke it."""
    if result.error:
        errors.print(styled("[red]dbt could not run:[/] ") + printable(result.error, lines=True))
    for node in result.failed:
        errors.print(
            styled("[red]{} {} failed:[/] ", node.kind, node.name) + printable(node.message.strip(), lines=True)
        )
        if node.kind == "test":
            if node.description:
                errors.say("  what it protects: {}", node.description)
            _some_rows(node, rows_of)
    skipped = result.count("model", "skipped")
    if skipped:
        errors.say(f"{skipped} models behind it were not built; what is published stays as it was.")


def _some_rows(node: runner.Node, rows_of: RowsOf) -> None:
    names, rows = rows_of(node)
    if rows:
        table = Grid("  some of the rows")
        table.column(*names)
        for row in rows:
            table.row(*(number(value) for value in row))
        table.show(errors)


def feeds(found: list[FeedStatus]) -> None:
    """The ledger as a table."""
    table = Grid()
    table.column("feed", "last pull (UTC)", "fresh", "status")
    table.column("pulls", "read", "landed", "known", "deleted", "waiting", "held", "open", justify="right")
    for one in found:
        when = one.last_completed_at.strftime("%Y-%m-%d %H:%M") if one.last_completed_at else "never"
        limit = f"{one.fresh_within_days} d"
        fresh = styled(
            f"[green]yes[/] (≤ {limit})"
            if one.is_fresh
            else f"[red]no[/] (> {limit}{', or all was refused' if one.quarantine_waiting else ''})"
        )
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
        table.row(
            f"{one.system}/{one.source}/{one.entity}", when, fresh, one.status, *(f"{count:,}" for count in numbers)
        )
    table.show(console)
    for one in found:
        name = f"{one.system}/{one.source}/{one.entity}"
        if one.error:
            console.say("[red]{}[/]: {}", name, one.error)
        for window in one.windows_open:
            console.say("[yellow]open[/] {}: {}; the next run asks for it again", name, window)


def explanation(found: "Explanation") -> None:
    """Gold's lines, then each record's versions with the pull and the raw line."""
    lines = Grid("In gold")
    lines.column("fact", "source", "day", "sku", "type")
    lines.column("quantity", "net", justify="right")
    lines.column("line")
    for line in found.lines:
        lines.row(
            line["fact"],
            f"{line['system']}/{line['source']}",
            line["order_date"],
            number(line["sku"]),
            line["line_type"],
            number(line["quantity"]),
            f"{number(line['net_amount'])} {number(line['currency'])}".strip(),
            line["order_line_id"][:8],
        )
    lines.show(console)
    versions = Grid("Where it comes from")
    versions.column("record", "version", "pull")
    versions.column("sequence", justify="right")
    versions.column("pulled (UTC)", "file", "raw")
    for version in found.versions:
        at = version["pulled_at"]
        versions.row(
            version["_record_key"][:8],
            version["_operation"],
            version["_pull_id"][:8],
            number(version["sequence"]),
            at.strftime("%Y-%m-%d %H:%M:%S") if isinstance(at, datetime) else "",
            version["file"] or "",
            version["_source_uri"] or "",
        )
    versions.show(console)


def refused(found: Sequence[Mapping[str, Any]]) -> None:
    """Records that wait in quarantine: what is wrong with each, where it came from, and the record as it came."""
    for one in found:
        console.say("[bold]{}/{}/{}[/]  {} UTC", *(one[name] for name in ("system", "source", "entity")), _second(one))
        console.say("  rule {}  field {}: {}", one["rule"], one["field"] or "-", one["reason"])
        console.say("  from {}", one["source_uri"] or "-")
        console.say("  {}", one["document"] if one["document"] is not None else "-")
    console.say(f"{len(found):,} shown.")


def _second(record: Mapping[str, Any]) -> str:
    return f"{record['quarantined_at']:%Y-%m-%d %H:%M:%S}"


def revenue(database: Any) -> None:
    """Revenue by country and month, less what was canceled or came back, in the reporting currency, as small bars."""
    canceled = {"fct_order_lines": "l.canceled_net_amount_reporting", "fct_return_lines": "0"}
    query = " union all ".join(_REVENUE.format(fact=fact, canceled=part) for fact, part in canceled.items())
    found = published_gold.rows(
        database,
        f"select country, month, sum(revenue) as revenue from ({query}) group by all order by country, month",
    )
    if not found:
        return
    currency = published_gold.rows(database, "select any_value(reporting_currency) as c from gold.fct_order_lines")[0][
        "c"
    ]
    for months in _runs({row["month"] for row in found}):
        _revenue_of(months, [row for row in found if months[0] <= row["month"] <= months[-1]], currency)
    missing = published_gold.rows(database, "select coalesce(sum(line_count), 0) as n from ops.missing_rates")[0]["n"]
    if missing:
        console.say(f"[yellow]{missing:,} lines have no amount in {currency}: a currency had no rate that day.[/]")


def _runs(months: Iterable[date]) -> list[list[date]]:
    """Months from first to last, in one list as long as no more than a year is without revenue: a picture each."""
    found: list[list[date]] = []
    for month in sorted(months):
        if found and _months_between(found[-1][-1], month) <= _LONGEST_GAP:
            found[-1] += _following(found[-1][-1], month)
        else:
            found.append([month])
    return found


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _following(first: date, last: date) -> list[date]:
    count = _months_between(first, last)
    return [
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(1, count + 1)
    ]


def _revenue_of(months: list[date], found: list[dict[str, Any]], currency: str) -> None:
    totals: dict[str, dict[date, Decimal]] = {}
    for row in found:
        totals.setdefault(row["country"], {})[row["month"]] = row["revenue"] or Decimal(0)
    ranked = sorted(totals, key=lambda country: -sum(totals[country].values()))
    table = Grid(f"Revenue after returns, {currency}, {months[0]:%b %Y} to {months[-1]:%b %Y}")
    table.column("country", "by month")
    table.column("total", justify="right")
    for country in ranked[:8]:
        values = [totals[country].get(month, Decimal(0)) for month in months]
        table.row(country, Text(_sparkline(values), style="cyan"), f"{sum(values):,.0f}")
    if len(ranked) > 8:
        others = [sum((totals[c].get(month, Decimal(0)) for c in ranked[8:]), Decimal(0)) for month in months]
        table.row(f"{len(ranked) - 8} others", Text(_sparkline(others), style="dim cyan"), f"{sum(others):,.0f}")
    table.show(console)


def next_steps(place: str) -> None:
    """Where gold is, and what to try."""
    text = styled(
        "{}\n"
        "Try next:\n"
        "  [bold].venv/bin/storelake status[/]          what was pulled, how fresh it is, what waits\n"
        "  [bold].venv/bin/storelake explain 536365[/]  an order, back to the raw line it came from\n"
        "  [bold]make docs[/]                           every model and column, and the lineage",
        place,
    )
    console.print(Panel(text, title="Done", title_align="left", border_style="green") if console.has_width else text)


def parity(verdicts: "list[Verdict]") -> None:
    """Each table with its rows on both engines, and where they differ."""
    table = Grid("DuckDB and Athena")
    table.column("table")
    table.column("DuckDB", "Athena", justify="right")
    table.column("verdict")
    for one in verdicts:
        ours, theirs = one.rows
        verdict = styled("[red]differs[/]") if one.differences else "equal"
        table.row(f"{one.table.schema}.{one.table.name}", f"{ours:,}", f"{theirs:,}", verdict)
    table.show(console)
    for one in verdicts:
        for said in one.differences:
            console.say("{}.{}: {}", one.table.schema, one.table.name, said)


def aws_ready(ready: Ready) -> None:
    """Where AWS is played, and what to type in another terminal to work there as in production."""
    console.say(f"S3, Glue and Athena are at [bold]{ready.url}[/] (Ctrl-C ends). In another terminal:")
    print()
    for name, value in ready.variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print(".venv/bin/storelake run", flush=True)


def sandbox_ready(ready: Ready) -> None:
    """Where the sandbox is, and what to type in another terminal."""
    console.say(f"Four shops and three feeds are at [bold]{ready.url}[/] (Ctrl-C ends). In another terminal:")
    print()
    for name, value in ready.variables.items():
        # Whole lines, for the clipboard.
        print(f"export {name}={shlex.quote(value)}")
    print(
        ".venv/bin/storelake run\n\n"
        f'curl -X POST {ready.url}/_sandbox/clock -d \'{{"now": "2026-02-01T00:00:00Z"}}\'\n'
        f'curl -X POST {ready.url}/_sandbox/scenario -d \'{{"name": "flaky"}}\'',
        flush=True,
    )


def _sparkline(values: list[Decimal]) -> str:
    top = max(max(values), Decimal(1))
    return "".join(_BARS[min(7, int(max(value, Decimal(0)) / top * 8))] for value in values)
