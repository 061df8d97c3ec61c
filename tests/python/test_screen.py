"""What people see: text from outside can do nothing to a terminal, and no number is cut, however narrow it is."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from ingestion.environment import Environment
from ingestion.pulls import Counts, Feed, Item, Pull
from ingestion.run import Outcome
from storelake import notify, report
from storelake.dbt_runner import runner
from storelake.status import FeedStatus
from storelake.terminal.printable import printable
from storelake.terminal.screen import Grid, Screen, number, styled

ODD = "[/x] [bold]a[red]\x1b[31m\x07\u202e\udc80\x9b:smile: {}\nerror: b\ue000"
SHOWN = r"[/x] [bold]a[red]\x1b[31m\x07\u202e\udc80\x9b:smile: {}\nerror: b" + "\ue000"


class Pipe(io.StringIO):
    """What a command prints into."""

    def screen(self, width: int | None = None) -> Screen:
        return Screen(self, width=width)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Shows a report on a terminal of a width, or in a pipe; what came out."""

    def show(what: Any, *arguments: Any, width: int | None = None) -> str:
        out = Pipe()
        monkeypatch.setattr(report, "console", out.screen(width))
        monkeypatch.setattr(report, "errors", out.screen(width))
        what(*arguments)
        return out.getvalue()

    return show


def _outcome() -> Outcome:
    feed = Feed("online_retail", "uk", "invoice_lines")
    pull = Pull(feed, "full", 0, notes=[ODD], counts=Counts(read=1_234_567, landed=1_234_567))
    pull.items.append(Item(ODD, "refused", reason=ODD, drift=[ODD]))
    return Outcome(feed, [pull], ODD)


def _status(number: int = 0) -> FeedStatus:
    return FeedStatus(
        *("a_partner_system_of_long_name", f"source_{number}", "inventory_source_items", "completed"),
        *(datetime(2026, 11, 28, 18, 47, tzinfo=UTC), 1, True, 1_234, 123_456_789, 123_456_788, 1, 2, 3, 41, 5),
        *(["2026-01-01 to 2026-02-01"], ODD),
    )


def test_text_from_outside_is_shown_as_it_is(shown: Any) -> None:
    """Protects the report and the terminal: markup, control characters, surrogates and lines of names do nothing."""
    node = runner.Node(ODD, "test", "fail", 0.1, ODD, ODD)
    failed = runner.Result([node], error=ODD)
    refused = {"system": "s", "source": "x", "entity": "e", "quarantined_at": datetime(2026, 1, 1, tzinfo=UTC)}
    refused |= dict.fromkeys(("rule", "field", "reason", "source_uri", "document"), ODD)
    version = {"_record_key": ODD, "_operation": ODD, "_pull_id": ODD, "sequence": 1, "pulled_at": None}
    line = dict.fromkeys(("fact", "system", "source", "sku", "line_type", "currency", "order_line_id"), ODD)
    line |= {"order_date": date(2026, 1, 1), "quantity": Decimal(1), "net_amount": Decimal(1)}
    explained = SimpleNamespace(lines=[line], versions=[version | {"file": ODD, "_source_uri": ODD}])
    for what, arguments in (
        (report.outcomes, [[_outcome()]]),
        (report.feeds, [[_status()]]),
        (report.failures, [failed, lambda node: ([ODD], [(ODD,)])]),
        (
            report.build,
            [runner.Result([runner.Node(ODD, "test", "warn", 0.1, ODD, ODD)]), lambda node: ([ODD], [(ODD,)])],
        ),
        (report.refused, [[refused]]),
        (report.explanation, [explained]),
        (report.next_steps, [ODD]),
    ):
        for width in (None, 80):
            out = shown(what, *arguments, width=width)
            assert not set(out) & set("\x1b\x07\u202e\udc80\x9b"), what
            assert "[/x] [bold]a[red]" in " ".join(out.split()), what
            if width is None and what not in (report.failures, report.build, report.explanation):
                assert SHOWN in out, what


def test_a_test_that_warns_names_what_it_warns_of(environment: Environment, shown: Any) -> None:
    """A country without a code is told by its name, so that somebody can map it; a person's name is never told."""
    query = "select 'Narnia' as ship_country_name, 3 as line_count, 'Lucy' as customer_number"
    node = runner.Node("assert_country_names_are_known", "test", "warn", 0.1, description="Warns of …", compiled=query)
    runner.work_file(environment).parent.mkdir(parents=True, exist_ok=True)
    duckdb.connect(str(runner.work_file(environment))).close()
    said = shown(report.build, runner.Result([node]), lambda one: runner.failing_rows(environment, one))
    assert "Narnia" in said
    assert "Lucy" not in said


def test_text_from_outside_calls_nobody_in_a_chat(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects whoever is on call: a name of a file is no link and no mention, and none keeps the message from leaving."""
    import httpx

    told: list[Any] = []
    monkeypatch.setattr(
        httpx,
        "post",
        lambda url, json, timeout: (
            told.append(httpx.Request("POST", url, json=json)) or httpx.Response(200, request=told[-1])
        ),
    )
    url = {"STORELAKE_WEBHOOK_URL": "http://127.0.0.1:1/x"}
    assert notify.failed(environment, url, "ingest", [f"<!channel> <http://x|y> {ODD}"]) is None
    body = told[0].content.decode()
    assert "&lt;!channel&gt; &lt;http://x|y&gt;" in body
    assert "\\u001b" not in body


def test_numbers_dates_and_names_are_whole_at_any_width(shown: Any) -> None:
    """Protects who reads them: where a table is too wide, rows are stacked; a pipe has no width at all."""
    found = [_status(n) for n in range(2)]
    for width in (None, 40, 80, 100, 120, 200):
        out = shown(report.feeds, found, width=width)
        for whole in ("123,456,789", "123,456,788", "2026-11-28 18:47", "1,234", "41", "completed"):
            assert out.count(whole) == 2, (width, whole, out)
        assert "…" not in out
        assert out.replace("\n", "").count("a_partner_system_of_long_name/source_1/inventory_source_items") >= 1
        assert "a_partner_system_of_long_name/source_1/inventory_source_items" in out or width == 40
        ingested = shown(report.outcomes, [_outcome()], width=width)
        assert ingested.count("1,234,567") == 2, (width, ingested)
        if width is not None and width >= 80:
            table = out[: out.index("open a_partner")]
            assert max(map(len, table.splitlines())) <= width
    # One line a feed, and one for each remark: what greps a log finds all of it.
    piped = shown(report.outcomes, [_outcome()])
    assert [line for line in piped.splitlines() if line.startswith("failed")] == [
        f"failed online_retail/uk/invoice_lines: {SHOWN}"
    ]


def test_columns_that_say_nothing_go_first(shown: Any) -> None:
    """Protects the table at 80: it stays one where what it says fits."""
    grid = Grid()
    grid.column("name")
    grid.column("none", "some", justify="right")
    grid.row("a" * 60, "0", "1,234,567,890")
    out = Pipe()
    grid.show(out.screen(80))
    assert "none" not in out.getvalue()
    assert max(map(len, out.getvalue().splitlines())) <= 80
    assert len([line for line in out.getvalue().splitlines() if "aaa" in line and "1,234,567,890" in line]) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E+1", "10"), ("10.0000", "10"), ("1E-9", "0.000000001"), ("0E-4", "0"), ("-2.5000", "-2.5"), ("120", "120")],
)
def test_numbers_are_written_as_people_do(value: str, text: str) -> None:
    """Protects who reads a quantity: 10 is not 1E+1."""
    assert number(Decimal(value)) == text


def test_a_template_takes_values_as_they_are() -> None:
    """Protects our own markup: a value that looks like a template or a style is none."""
    text = styled("[red]{}[/] and {}", "{}[/]\ue000", "[b]")
    assert text.plain == "{}[/]\ue000 and [b]"
    assert printable("a\tb\nc", lines=True) == "a\tb\nc"


def test_years_without_revenue_are_no_months_side_by_side(shown: Any) -> None:
    """Protects who looks at the chart: 2011 and 2025 are two pictures; a month without revenue is a low bar."""
    with duckdb.connect() as database:
        database.execute("""
            create schema gold;
            create schema ops;
            create table ops.missing_rates as select 0 as line_count;
            create table gold.dim_country as select 'GB' as country_code, 'United Kingdom' as country_name;
            create table gold.fct_order_lines as
            select 'GB' as ship_country, cast(null as varchar) as ship_country_name, day as order_date, true as is_revenue,
                'EUR' as reporting_currency, 100.0 as net_amount_reporting, 0.0 as canceled_net_amount_reporting
            from (values (date '2010-11-05'), (date '2011-02-05'), (date '2025-12-05'), (date '2026-01-05')) as t (day);
            create table gold.fct_return_lines as from gold.fct_order_lines limit 0;
        """)
        out = shown(report.revenue, database)
    assert "Nov 2010 to Feb 2011" in out
    assert "Dec 2025 to Jan 2026" in out
    assert "█▁▁█" in out
    assert out.count("200") == 2
