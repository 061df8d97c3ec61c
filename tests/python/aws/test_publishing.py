"""Publishing on Athena, going back, and tidying up: readers see audited states, whole; foreign objects stay."""

import threading
from collections.abc import Callable
from datetime import timedelta

import boto3
import pytest

from ingestion import times
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import athena, bucket
from sandbox.aws import stack
from sandbox.aws.stack import Stack
from storelake.athena import glue_tables
from storelake.publishing import athena_views, gates
from storelake.publishing.vacuum import needs_vacuum, vacuum

pytestmark = pytest.mark.trino
UUID = "11111111-2222-3333-4444-{:012}"
ROWS = 400


@pytest.fixture
def lake(lake: Environment) -> Environment:
    """With a database to build in, and nothing in it."""
    athena.run(lake, f"create schema `{lake.catalog_prefix}_work_gold`")
    athena.run(lake, f"create schema `{lake.catalog_prefix}_ops`")
    athena.run(
        lake,
        f'create table "{lake.catalog_prefix}_ops"."open_gates" with (table_type = \'iceberg\', is_external = false, '
        f"location = '{lake.root}/build/{lake.catalog_prefix}_ops/open_gates/{UUID.format(0)}', format = 'parquet') as "
        "select cast('test' as varchar) as kind, cast('a' as varchar) as name, cast('fail' as varchar) as status where 1 = 0",
    )
    return lake


def test_what_is_not_green_is_not_published(lake: Environment, ask: Callable[[str], list[list[str]]]) -> None:
    """Readers keep what they have as long as a gate is open over what was built, or nothing tells that none is."""
    prefix = lake.catalog_prefix
    _make(lake, "fct_x", 0, 1)
    _make(lake, "fct_x__new_1", 1, 2)
    athena_views.publish(lake)
    _replace(lake, "fct_x", "fct_x__new_1")
    athena.run(
        lake,
        f"insert into \"{prefix}_ops\".\"open_gates\" values ('test', 'a, \"b\"', 'fail'), ('model', 'c', 'skipped')",
    )
    with pytest.raises(gates.NotGreen, match=r'test a, "b" \(fail\), model c \(skipped\)'):
        athena_views.publish(lake)
    assert ask(f"select max(value) from {prefix}_gold.fct_x") == [["0"]]
    athena.run(lake, f'delete from "{prefix}_ops"."open_gates"')
    assert athena_views.publish(lake)[1] == 1
    assert ask(f"select max(value) from {prefix}_gold.fct_x") == [["1"]]
    [books] = glue_tables.tables(lake, "ops")
    glue_tables.forget(books)
    with pytest.raises(gates.NotGreen, match="does not tell"):
        athena_views.publish(lake)


def _make(environment: Environment, table: str, value: int, place: int) -> None:
    """A table as dbt-athena makes one: `ROWS` rows that all say the same."""
    database = f"{environment.catalog_prefix}_work_gold"
    location = f"{environment.root}/build/{database}/{table.partition('__')[0]}/{UUID.format(place)}"
    athena.run(
        environment,
        f'create table "{database}"."{table}" with (table_type = \'iceberg\', is_external = false, '
        f"location = '{location}', format = 'parquet') as "
        f"select cast(n as integer) as n, cast({value} as integer) as value from unnest(sequence(1, {ROWS})) as t (n)",
    )


def _replace(environment: Environment, table: str, by: str) -> None:
    """What `replace_table` does: one entry of Glue points to where another one's metadata is."""
    found = {one.name: one for one in glue_tables.tables(environment, "work_gold")}
    about = found[by].about
    kept = {name: about[name] for name in ("StorageDescriptor", "TableType", "Parameters")}
    glue_tables.glue().update_table(DatabaseName=found[by].database, TableInput={"Name": table, **kept})


def test_readers_see_audited_states_only_and_whole(lake: Environment, ask: Callable[[str], list[list[str]]]) -> None:
    """Tables are replaced, changed in place and half deleted behind 50 publishes: a reader meets none of it."""
    prefix = lake.catalog_prefix
    for value in (1, 2):
        _make(lake, f"fct_x__new_{value}", value, value)
    _make(lake, "fct_x", 0, 3)
    _make(lake, "dim_y", 0, 4)
    published, new = athena_views.publish(lake)
    assert (published.number, new, sorted(published.tables)) == (1, 2, ["dim_y", "fct_x"])
    seen: list[list[str]] = []
    failed: list[BaseException] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            try:
                seen.extend(ask(f"select count(*), min(value), max(value) from {prefix}_gold.fct_x"))
            except BaseException as error:
                failed.append(error)
                return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(50):
            if number == 20:
                # Behind the views, nobody sees it: neither half a table nor what has not been audited.
                athena.run(lake, f'delete from "{prefix}_work_gold"."dim_y" where n > {ROWS // 2}')
                assert ask(f"select count(*) from {prefix}_gold.dim_y") == [[str(ROWS)]]
            _replace(lake, "fct_x", f"fct_x__new_{1 + number % 2}")
            published, new = athena_views.publish(lake)
            assert new == (2 if number == 20 else 1)
    finally:
        is_over.set()
        reader.join()
    assert failed == []
    assert {tuple(row) for row in seen} <= {(str(ROWS), str(value), str(value)) for value in (0, 1, 2)}
    assert len(seen) >= 5, "the reader hardly read"
    assert published.number == 51
    # Nothing new: no set is added.
    assert athena_views.publish(lake) == (published, 0)
    assert ask(f"select count(*), min(value), max(value) from {prefix}_gold.fct_x") == [[str(ROWS), "2", "2"]]
    assert ask(f"select count(*) from {prefix}_gold.dim_y") == [[str(ROWS // 2)]]
    # Back to the set before, then to the first one, whose tables were replaced and changed since.
    assert athena_views.roll_back(lake).shows == 50
    assert ask(f"select max(value) from {prefix}_gold.fct_x") == [["1"]]
    assert athena_views.roll_back(lake).shows == 49
    assert athena_views.roll_back(lake, 1).shows == 1
    assert ask(f"select count(*), max(value) from {prefix}_gold.fct_x") == [[str(ROWS), "0"]]
    assert ask(f"select count(*) from {prefix}_gold.dim_y") == [[str(ROWS)]]
    with pytest.raises(StorelakeError, match="no earlier set"):
        athena_views.roll_back(lake)
    with pytest.raises(StorelakeError, match="no set 999"):
        athena_views.roll_back(lake, 999)
    # The next build publishes what it made.
    assert athena_views.publish(lake)[0].shows == 55
    assert ask(f"select max(value) from {prefix}_gold.fct_x") == [["2"]]


def test_who_is_stopped_while_publishing_is_finished_by_the_next(
    lake: Environment, ask: Callable[[str], list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record without its views is a decision: the next call carries it out. Of two with one number one is made."""
    prefix = lake.catalog_prefix
    _make(lake, "fct_x", 1, 1)
    _make(lake, "fct_x__new_2", 2, 2)
    athena_views.publish(lake)
    _replace(lake, "fct_x", "fct_x__new_2")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(athena_views, "apply", stop)
        with pytest.raises(KeyboardInterrupt):
            athena_views.publish(lake)
    assert ask(f"select max(value) from {prefix}_gold.fct_x") == [["1"]]
    athena_views.finish(lake)
    assert ask(f"select max(value) from {prefix}_gold.fct_x") == [["2"]]
    # Another run takes the number between looking and writing: this one looks again.
    [first, second] = athena_views.records(lake)
    looks = iter([first, second, second])
    with monkeypatch.context() as overtaken:
        overtaken.setattr(athena_views, "newest", lambda environment: next(looks))
        published, _ = athena_views.publish(lake)
    assert published.number == 2
    assert [one.number for one in athena_views.records(lake)] == [1, 2]


def test_tidying_removes_what_is_of_no_use_and_nothing_else(
    lake: Environment, ask: Callable[[str], list[list[str]]]
) -> None:
    """Replaced tables, left tables and forgotten sets go with their files; foreign objects beside them never do."""
    prefix = lake.catalog_prefix
    for value in (1, 2, 3):
        _make(lake, "fct_x" if value == 1 else f"fct_x__new_{value}", value, value)
        if value > 1:
            _replace(lake, "fct_x", f"fct_x__new_{value}")
        athena_views.publish(lake)
    # A run that was killed: its table is in Glue, or only its files are there.
    _make(lake, "fct_x__dbt_tmp_4", 4, 4)
    root = f"{lake.root}/build/{prefix}_work_gold/fct_x"
    orphan = f"{root}/{UUID.format(9)}/data/left.parquet"
    foreign = [
        f"{root}/notes.txt",
        f"{root}/{UUID.format(9)}/notes.txt",
        f"{root}/{UUID.format(9)}0/data/x.parquet",
        f"{root}_copy/x.parquet",
        f"{root}/mine/data/x.parquet",
        f"{lake.root}/build/other_work_gold/fct_x/{UUID.format(9)}/data/x.parquet",
        f"{lake.root}/raw/x",
        f"{lake.root}2/build/{prefix}_work_gold/fct_x/{UUID.format(9)}/data/x.parquet",
        f"s3://{stack.LAKE}/elsewhere/{prefix}",
    ]
    for uri in [orphan, *foreign]:
        assert bucket.write_new(uri, b"x")
    places = [f"{root}/{UUID.format(value)}" for value in (1, 2, 3, 4)]

    def held() -> list[bool]:
        return [any(True for _ in bucket.objects(place)) for place in places]

    # Young things stay: somebody may be making or reading them.
    assert list(vacuum(lake, timedelta(hours=1))) == []
    assert held() == [True, True, True, True]
    # A day later, with sets kept for two: one can still go back.
    later = times.now() + timedelta(days=1)
    assert len(list(vacuum(lake, timedelta(hours=12), later - timedelta(hours=18)))) == 0
    removed = list(vacuum(lake, timedelta(hours=12), later))
    assert len(removed) == 3, removed
    # The set that readers see stays, with its files, however old; all else that was made here is gone.
    assert held() == [False, False, True, False]
    assert not bucket.has(orphan)
    assert [uri for uri in foreign if not bucket.has(uri)] == []
    assert {one.name for one in glue_tables.tables(lake, "work_gold")} == {"fct_x"}
    assert len(glue_tables.tables(lake, "published")) == 1
    assert ask(f"select count(*), max(value) from {prefix}_gold.fct_x") == [[str(ROWS), "3"]]
    assert ask(f"select count(*), max(value) from {prefix}_work_gold.fct_x") == [[str(ROWS), "3"]]
    assert [one.number for one in athena_views.records(lake)] == [3]
    assert list(vacuum(lake, timedelta(hours=12), later)) == []


def test_old_snapshots_go_unless_readers_have_them(lake: Environment, ask: Callable[[str], list[list[str]]]) -> None:
    """VACUUM goes by age alone: it is not called where it would take what a view reads."""
    _make(lake, "fct_x", 1, 1)
    athena_views.publish(lake)
    athena.run(lake, f'delete from "{lake.catalog_prefix}_work_gold"."fct_x" where n > 10')
    later = times.now() + timedelta(days=6)
    keep = timedelta(days=30)
    assert list(vacuum(lake, keep, later)) == []
    athena_views.publish(lake)
    for one in athena_views.records(lake)[:-1]:
        athena_views.forget(lake, one)
    assert list(vacuum(lake, keep, later)) == ["old snapshots of 1 table"]
    assert ask(f"select count(*) from {lake.catalog_prefix}_gold.fct_x") == [["10"]]


def test_what_vacuum_would_take() -> None:
    """Old and not current: that goes. One such snapshot that is pinned keeps VACUUM from the table."""
    now = times.now()
    day = 86_400_000
    stamp = int(now.timestamp() * 1000)
    about = {
        "current-snapshot-id": 3,
        "snapshots": [
            {"snapshot-id": 1, "timestamp-ms": stamp - 9 * day},
            {"snapshot-id": 2, "timestamp-ms": stamp - 4 * day},
            {"snapshot-id": 3, "timestamp-ms": stamp - 6 * day},
        ],
    }
    assert needs_vacuum(about, set(), now)
    assert needs_vacuum(about, {2, 3}, now)
    assert not needs_vacuum(about, {1}, now)
    assert not needs_vacuum(about, set(), now - timedelta(days=5))
    assert not needs_vacuum({}, set(), now)


def test_one_bucket_call_removes_only_what_it_names(production: Stack) -> None:
    """No prefix is ever deleted."""
    client = boto3.client("s3")
    for name in ("a", "ab", "a/b"):
        client.put_object(Bucket=stack.LAKE, Key=f"names/{name}", Body=b"")
    bucket.delete([f"s3://{stack.LAKE}/names/a"])
    assert sorted(one.uri.rsplit("names/", 1)[1] for one in bucket.objects(f"s3://{stack.LAKE}/names")) == ["a/b", "ab"]
