"""Reading what is published, wherever it is: amounts stay decimals on their way out of Athena's files."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from storelake import report
from storelake.publishing import published_gold

COUNTRIES = ["AT", "BE", "DE", "FR", "GB", "IE", "IT", "NA", "PL", "US"]
LINES = "is_revenue,order_date,ship_country,ship_country_name,reporting_currency,net_amount_reporting,canceled_net_amount_reporting"


def _as_athena_writes(header: str, rows: list[list[str | None]]) -> str:
    """All values in quotes, but for a NULL."""
    lines = [",".join(f'"{name}"' for name in header.split(","))]
    lines += [",".join("" if value is None else f'"{value}"' for value in row) for row in rows]
    return "\n".join(lines) + "\n"


def test_revenue_is_shown_of_athenas_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo's last screen in production: countries that have a month without revenue, and more than eight of them."""
    sold: list[list[str | None]] = [
        ["true", f"2011-0{1 + number % 3}-05", code, code, "EUR", f"{100 * (number + 1)}.1000", "0.1000"]
        for number, code in enumerate(COUNTRIES)
    ]
    files = {
        "gold.fct_order_lines": _as_athena_writes(LINES, sold),
        "gold.fct_return_lines": _as_athena_writes(LINES, [["true", "2011-02-06", "US", "US", "EUR", "-1.0000", "0"]]),
        "gold.dim_country": _as_athena_writes(
            "country_code,country_name", [[code, f"in {code}"] for code in COUNTRIES]
        ),
        "ops.missing_rates": _as_athena_writes("line_count", [["3"]]),
    }
    with duckdb.connect() as database:
        for name, text in files.items():
            file = tmp_path / "rows.csv"
            file.write_text(text, "utf-8")
            database.execute(f"create schema if not exists {name.split('.')[0]}")
            published_gold.load_result(database, name, file)
        [total] = published_gold.rows(database, "select sum(net_amount_reporting) as amount from gold.fct_order_lines")
        assert (total["amount"], type(total["amount"])) == (Decimal("5501.0000"), Decimal)
        report.revenue(database)
    said = " ".join(capsys.readouterr().out.split())
    assert "Jan 2011 to Mar 2011" in said
    assert "2 others" in said
    assert "in US" in said
    assert "999" in said
    assert "3 lines have no amount" in said
