"""`python -m benchmarks.partitions`: what partitions and orders of the facts' rows cost and save on Athena.

In the lake that the environment names, after `storelake build`, it copies the facts that have partitions once for
each way of laying them out, asks the questions of `benchmarks.bi` of the copies, and merges a day's order
lines into them once more, as an increment does. The copies are in a database of their own, removed in the end.
"""

import argparse
import os
import re
import sys
import time
from dataclasses import dataclass

from benchmarks import bi
from ingestion import environment
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import athena, bucket

FACTS = {
    "fct_order_lines": "order_date",
    "fct_return_lines": "order_date",
    "fct_orders": "order_date",
    "fct_inventory_daily": "date_day",
}
_MOST_PARTITIONS = 100
"""What a statement may write to."""
_HEADS = (
    *("partitions", "files", "MB stored", "statements to write", "seconds"),
    *("KB of 20 questions", "of these, for days", "seconds", "KB of a merge by key", "by order and key"),
)
_OF_DAYS = re.compile("last 30 days|today|this month")


@dataclass(frozen=True)
class Layout:
    """Partitions by a transform of the fact's date, or none, and what rows are sorted by, if by anything."""

    name: str
    transform: str | None
    sort: str | None = None


LAYOUTS = [
    Layout("none", None),
    Layout("none, sorted by date", None, "order_date"),
    Layout("months", "month"),
    Layout("months, sorted by date", "month", "order_date"),
    Layout("months, sorted by product", "month", "sku"),
    Layout("days", "day"),
]


@dataclass
class Figures:
    """Of one layout: files and bytes of the facts, bytes that questions and an increment scan, and seconds."""

    files: int = 0
    stored: int = 0
    writing_seconds: float = 0.0
    writing_statements: int = 0
    scanned: int = 0
    scanned_for_days: int = 0
    question_seconds: float = 0.0
    by_key: int = 0
    by_order: int = 0

    def line(self) -> str:
        """Its cells of the table."""
        return (
            f"{self.files:,} | {self.stored / 1e6:,.1f} | {self.writing_statements} | {self.writing_seconds:,.1f} "
            f"| {self.scanned / 1e3:,.0f} | {self.scanned_for_days / 1e3:,.0f} | {self.question_seconds:,.1f} "
            f"| {self.by_key / 1e3:,.0f} | {self.by_order / 1e3:,.0f}"
        )


def main(words: list[str] | None = None) -> int:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(prog="benchmarks.partitions")
    parser.add_argument("--only", nargs="*", help="names of layouts")
    parser.add_argument("--today", help="the questions' day, and the one that is merged; default: the last one")
    parser.add_argument("--copies", type=int, default=1, help="of each row of the facts, under keys of their own")
    options = parser.parse_args(words)
    lake = environment.load(os.environ)
    if not lake.bucket:
        raise StorelakeError("Build a bucket's lake first: storelake build.")
    schema = f"{lake.catalog_prefix}_layouts{int(time.time())}"
    chosen = [layout for layout in LAYOUTS if not options.only or layout.name in options.only]
    query = f'select max(order_date) from "{lake.catalog_prefix}_work_gold".fct_order_lines'
    day = options.today or bi.rows(lake, query)[0][0]
    athena.run(lake, f"create schema `{schema}`")
    try:
        print(f"| {' | '.join(_HEADS)} |\n| --- |{' --: |' * (len(_HEADS) - 1)}")
        for layout in chosen:
            figures = _measure(lake, schema, layout, day, options.copies)
            print(f"| {layout.name} | {figures.line()} |", flush=True)
    finally:
        athena.run(lake, f"drop schema if exists `{schema}` cascade")
        _remove(lake, schema)
    return 0


def _measure(lake: Environment, schema: str, layout: Layout, day: str, copies: int) -> Figures:
    figures = Figures()
    prefix = f"{lake.catalog_prefix}_work_gold"
    columns = {fact: _columns(lake, prefix, fact) for fact in FACTS}
    for fact, date in FACTS.items():
        table = f'"{schema}".{fact}'
        for number, part in enumerate(_parts(lake, f'"{prefix}".{fact}', date, layout)):
            statement = _query(_copied(f'"{prefix}".{fact}', columns[fact], copies), columns[fact], date, layout, part)
            if number:
                statement = f"insert into {table} {statement}"
            else:
                partitioning = f", partitioning = array['{layout.transform}({date})']" if layout.transform else ""
                place = f"{_place(lake, schema)}/{layout.name.replace(' ', '_').replace(',', '')}/{fact}"
                properties = f"table_type = 'iceberg', is_external = false, location = '{place}'{partitioning}"
                statement = f"create table {table} with ({properties}) as {statement}"
            figures.writing_seconds += bi.seconds(bi.ask(lake, statement))
            figures.writing_statements += 1
        files = bi.rows(lake, f'select count(*), sum(file_size_in_bytes) from "{schema}"."{fact}$files"')[0]
        figures.files, figures.stored = figures.files + int(files[0]), figures.stored + int(files[1])
    today = f"date '{day}'"
    for name, question in bi.QUESTIONS.items():
        of_copies = re.sub(rf"\{{gold\}}\.({'|'.join(FACTS)})\b", rf'"{schema}".\1', question)
        execution = bi.ask(lake, of_copies.format(gold=f'"{prefix}"', today=today))
        scanned = execution["Statistics"]["DataScannedInBytes"]
        figures.scanned += scanned
        figures.question_seconds += bi.seconds(execution)
        if _OF_DAYS.search(name):
            figures.scanned_for_days += scanned
    lines = f'"{schema}".fct_order_lines', f'"{prefix}".fct_order_lines', columns["fct_order_lines"], day
    figures.by_order, figures.by_key = (
        bi.ask(lake, _merge(*lines, key))["Statistics"]["DataScannedInBytes"]
        for key in (("order_line_key", "order_id"), ("order_line_key",))
    )
    for fact in FACTS:
        athena.run(lake, f"drop table `{schema}`.`{fact}`")
    return figures


def _columns(lake: Environment, schema: str, table: str) -> list[str]:
    where = f"table_schema = '{schema.lower()}' and table_name = '{table}'"
    query = f"select column_name from information_schema.columns where {where} order by ordinal_position"
    return [row[0] for row in bi.rows(lake, query)]


def _parts(lake: Environment, table: str, date: str, layout: Layout) -> list[tuple[str, str]]:
    """First day of each statement that writes and of the next: as few as the bound on partitions allows."""
    if layout.transform is None:
        return [("0001-01-01", "9999-12-31")]
    query = f"select distinct cast(date_trunc('{layout.transform}', {date}) as date) from {table} order by 1"
    firsts = [row[0] for row in bi.rows(lake, query)][::_MOST_PARTITIONS]
    return list(zip(firsts, [*firsts[1:], "9999-12-31"], strict=True))


def _query(gold: str, columns: list[str], date: str, layout: Layout, part: tuple[str, str]) -> str:
    listed = ", ".join(columns)
    source = f"{gold} where {date} >= date '{part[0]}' and {date} < date '{part[1]}'"
    if layout.sort is None:
        return f"select {listed} from {source}"
    sort = layout.sort if layout.sort in columns else date
    partition = f"partition by date_trunc('{layout.transform}', {date}) " if layout.transform else ""
    # The engine leaves out an ORDER BY of what is written; the order of a window's rows stays.
    window = f"row_number() over ({partition}order by {sort}) as place"
    return f"select {listed} from (select *, {window} from {source}) as placed where place > 0"


def _copied(table: str, columns: list[str], copies: int) -> str:
    """Something to select from that has each row so many times, the first as it is."""
    if copies == 1:
        return table
    other = {"order_line_key": "order_line_key + copy", "order_key": "order_key + copy"}
    other["order_id"] = "case when copy = 0 then order_id else order_id || '-' || cast(copy as varchar) end"
    listed = ", ".join(f"{other[one]} as {one}" if one in other else one for one in columns)
    return f"(select {listed} from {table} cross join unnest(sequence(0, {copies - 1})) as copies (copy)) as copied"


def _merge(table: str, gold: str, columns: list[str], day: str, key: tuple[str, ...]) -> str:
    listed = ", ".join(columns)
    return (
        f"merge into {table} as target using (select {listed} from {gold} where order_date = date '{day}') as src "
        f"on {' and '.join(f'target.{one} = src.{one}' for one in key)} "
        f"when matched then update set {', '.join(f'{one} = src.{one}' for one in columns if one not in key)} "
        f"when not matched then insert ({listed}) values ({', '.join(f'src.{one}' for one in columns)})"
    )


def _place(lake: Environment, schema: str) -> str:
    return f"{lake.root}/layouts/{schema}"


def _remove(lake: Environment, schema: str) -> None:
    bucket.delete(one.uri for one in bucket.objects(_place(lake, schema)))


if __name__ == "__main__":
    sys.exit(main())
