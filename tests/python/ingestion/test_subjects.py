"""One person has one subject key, however the mail or number was written, within the realm that sources declare."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lakes import Lake, line, table

from ingestion import sources, systems, times
from ingestion.errors import StorelakeError
from ingestion.pulls import Feed
from ingestion.records.contracts import Contract
from ingestion.records.envelope import EnvelopeWriter, Origin, RecordShape
from ingestion.records.json_documents import DocumentReader
from ingestion.records.subjects import subject_keys

KEY = b"k" * 40
SHAPES = [
    (system.name, entity.entity, entity.shape)
    for system in systems.load_all().values()
    for entity in system.entities
    if isinstance(getattr(entity, "shape", None), RecordShape) and entity.shape.subject  # type: ignore[attr-defined]
]


class _Anything(Contract):
    """Whatever comes."""


BLANKS = st.text(" \t\u00a0", max_size=2)


def keys(*people: str | None, realm: str = "r") -> list[str | None]:
    found: list[str | None] = subject_keys(KEY, realm, pa.array(people, pa.string())).to_pylist()
    return found


@settings(deadline=None)
@given(st.integers(0, 10**15), BLANKS, BLANKS, st.integers(0, 3))
def test_a_number_has_one_key_however_it_is_written(number: int, before: str, after: str, zeros: int) -> None:
    """Excel, pandas and people write the same customer as 13085, 13085.0 or with blanks."""
    written = f"{before}{number}{'.' + '0' * zeros if zeros else ''}{after}"
    assert len({*keys(written, str(number))}) == 1
    assert keys(str(number)) != keys(str(number + 1))


@settings(deadline=None, max_examples=50)
@given(st.emails(), BLANKS, BLANKS)
def test_a_mail_has_one_key_however_it_is_written(mail: str, before: str, after: str) -> None:
    """Mails are compared without case and without blanks around them."""
    assert len({*keys(mail.lower(), f"{before}{mail}{after}", mail.swapcase())}) == 1


def test_what_is_not_the_same_stays_apart() -> None:
    """Numbers with decimals, leading zeros or letters of another case may be other persons; blanks are nobody."""
    people = ["13085", "13085.5", "013085", "Ab1", "aB1", "1.0.0"]
    assert len({*keys(*people)}) == len(people)
    assert keys("", " \t", None) == [None, None, None]


def test_there_are_contracts_with_a_person() -> None:
    """The test below must not pass because it has nothing to look at."""
    assert {(system, entity) for system, entity, _ in SHAPES} >= {
        ("online_retail", "invoice_lines"),
        ("magento", "orders"),
        ("magento", "customers"),
    }


@pytest.mark.parametrize(("system", "entity", "shape"), SHAPES)
def test_every_contract_gives_a_person_one_key(lake: Lake, system: str, entity: str, shape: RecordShape) -> None:
    """Whichever way records come, tables or documents, what is hashed is normalised."""
    assert shape.subject
    feed = Feed(system, "shop", entity)
    scratch = lake.environment.scratch()
    writer = EnvelopeWriter(
        feed,
        "p",
        times.now(),
        RecordShape(_Anything, (shape.subject,), subject=shape.subject),
        KEY,
        "r",
        scratch,
        "96MB",
    )
    ways = [" 13085.0 ", "13085", "Mark@Example.test", "mark@example.test ", "", "13086"]
    documents = [(str(n), json.dumps({shape.subject: way}).encode()) for n, way in enumerate(ways)]
    prepared, _ = DocumentReader(
        feed, RecordShape(_Anything, (shape.subject,), subject=shape.subject), lambda _: ""
    ).read(documents)
    lines = pa.table({"c0": ways, "_line": [*range(6)], "_file": [0] * 6})
    (from_lines,) = writer.from_lines([shape.subject], lines, {0: Origin("", 0)})
    assert isinstance(from_lines, pa.Table)
    for found in (from_lines, writer.from_prepared(prepared.to_batches()[0], "", 0)):
        one, same, mail, same_mail, nobody, other = found["_subject_key"].to_pylist()
        assert one == same
        assert mail == same_mail
        assert nobody is None
        assert len({one, mail, other}) == 3
    writer.close()


def test_one_person_in_files_of_two_kinds_is_one_in_bronze(lake: Lake) -> None:
    """The same customer in a file with decimals and in one without."""
    lake.drop("1.csv", table(line(1, customer="13085.0")))
    lake.drop("2.csv", table(line(2, customer="13085", at="2011-01-05 10:00:00")))
    lake.ingest()
    assert len({row["_subject_key"] for row in lake.bronze()}) == 1


def test_sources_of_one_realm_share_persons(lake: Lake) -> None:
    """Two shops of one company may declare a realm; a source without one stands alone, as it always did."""
    place = lake.folder.parent / "sources.toml"
    lake.environment = replace(lake.environment, sources=place)
    place.write_text('[online_retail.one]\nrealm = "acme"\n[online_retail.two]\nrealm = "acme"\n')
    lake.drop("1.csv", table(line(1)))
    for source in ("one", "two", "alone"):
        lake.ingest(source=source)
    found = {row["source"]: row["_subject_key"] for row in lake.bronze()}
    assert found["one"] == found["two"] != found["alone"]
    assert [found["alone"]] == keys("17850", realm="online_retail\x1falone")


@pytest.mark.parametrize("kind", [sources.RestSource, sources.FeedSource, sources.FileSource])
def test_every_kind_of_source_can_declare_a_realm(tmp_path: Path, kind: type) -> None:
    """A wrong one is told by table, field and rule."""
    place = tmp_path / "sources.toml"
    place.write_text('[any.shop]\nurl = "https://shop.example"\nrealm = "acme"\n')
    if kind is sources.FileSource:
        place.write_text('[any.shop]\nrealm = "acme"\n')
    assert sources.read(place, "any", kind)["shop"].realm == "acme"
    assert sources.realm(place, "any", "shop") == "acme"
    place.write_text(place.read_text().replace("acme", "Acme Ltd"))
    with pytest.raises(StorelakeError, match=r"\[any.shop\] realm: must be lower case letters"):
        sources.read(place, "any", kind)
