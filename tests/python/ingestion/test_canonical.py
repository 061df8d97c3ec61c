"""The fast way to what is hashed must end in the same bytes as the slow one, or leave the document to it."""

import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.pulls import Feed
from ingestion.records.canonical_json import LESSONS_AT_ONCE, Sorter
from ingestion.records.contracts import Contract, Whole
from ingestion.records.envelope import RecordShape
from ingestion.records.json_documents import DocumentReader

SLOWLY = msgspec.json.Decoder(float_hook=msgspec.Raw).decode
SORTED = msgspec.json.Encoder(order="sorted").encode

names = st.sampled_from(["a", "b", "ab", "a_b", "Z", "ä", "items", "\x7f", 'q"', "{"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: str(number) != "-0.0"),
    st.text(st.sampled_from('aä{}[]":,\\/\n\x01\x7f€😀'), max_size=6),
    st.sampled_from(['{"a":1}', "{}", "\\u0041", "-0"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
documents = st.dictionaries(names, values, max_size=5)


def texts(document: Any) -> list[bytes]:
    """The same document as different senders write it."""
    tight = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return [
        tight.encode(),
        tight.replace("/", "\\/").encode(),
        json.dumps(document, separators=(",", ":")).encode(),
        json.dumps(document).encode(),
    ]


def short(value: Any) -> Any:
    """What is told of a wanted value: a scalar, and of a list or an object only which of them it is."""
    return [] if isinstance(value, list) else None if isinstance(value, dict) else value


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same with its keys in another order."""
    if isinstance(value, dict):
        return {name: shuffled(value[name], chance) for name in chance.sample(list(value), len(value))}
    return [shuffled(one, chance) for one in value] if isinstance(value, list) else value


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(documents, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_both_ways_end_in_the_same_bytes(seen: list[dict[str, Any]], chance: random.Random) -> None:
    """Whatever the first documents looked like, and however a later one is written."""
    sorter = Sorter(("a", "items"))
    lessons = [SLOWLY(texts(document)[0]) for document in seen]
    for number in range(LESSONS_AT_ONCE * len(lessons)):
        sorter.learn(lessons[number % len(lessons)])
    for document in seen:
        for text in texts(shuffled(document, chance)):
            found = sorter.sort(text)
            if found is not None:
                slow = SLOWLY(text)
                assert found[1] == SORTED(slow)
                assert found[0] == [short(slow.get(name, msgspec.UNSET)) for name in ("a", "items")]


def order(number: int) -> dict[str, Any]:
    """An order whose optional parts come and go."""
    return {
        "updated_at": "2025-01-07",
        "entity_id": number,
        "total": [10, 10.5, 0, 7.25][number % 4],
        "note": "Größe {4}\n" if number % 3 else None,
        "items": [{"sku": "A", "price": 1.5, "options": [{"b": 1, "a": "x/y"}] if number % 5 else []}],
        **({"customer_id": number} if number % 2 else {}),
    }


def test_documents_that_look_alike_are_sorted_at_once() -> None:
    """A sorter that gave up on each would be right, and slow."""
    sorter = Sorter(("entity_id",))
    for number in range(5 * LESSONS_AT_ONCE):
        sorter.learn(SLOWLY(texts(order(number))[0]))
    for number in range(100, 130):
        tight, slashed, ascii_only, spaced = texts(order(number))
        for text in (tight, slashed, ascii_only):
            found = sorter.sort(text)
            assert found is not None
            assert found == ([number], SORTED(SLOWLY(text)))
        assert sorter.sort(spaced) is None, "blanks are not what is hashed"


def test_what_is_deep_or_named_oddly_is_left_to_the_slow_way() -> None:
    """No document may keep others from being read, however it is made."""
    sorter = Sorter(())
    deep = b'{"a":' * 200 + b"1" + b"}" * 200
    for _ in range(LESSONS_AT_ONCE):
        sorter.learn({"b": 1})
    for text in (deep, b'{"q\\"":1}', b'{"\\n":1}', b'{"\\\\":1}'):
        for _ in range(LESSONS_AT_ONCE):
            sorter.learn(SLOWLY(text))
        assert sorter.sort(text) is None
    assert sorter.sort(b'{"b":1}') is not None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"b":2,"a":1,"a":1}', "a key twice, of which one is lost"),
        (b'{"b":{"z":1,"y":2},"a":1}', "an object where a number was"),
        (b'{"b":[{"z":1,"y":2}],"a":1}', "objects where a number was"),
        (b'{"b":2,"a":1,"new":3}', "a key that nobody saw"),
        (b'{"b":"\\ud800","a":1}', "half a character"),
        (b'{"b":2,"a":1} ', "a blank"),
        (b'{"b":NaN,"a":1}', "no JSON"),
        (b"[]", "no object"),
    ],
)
def test_what_does_not_fit_is_left_to_the_slow_way(text: bytes, why: str) -> None:
    """It would be sorted wrongly, or a rule that it breaks would go unseen."""
    sorter = Sorter(())
    for _ in range(LESSONS_AT_ONCE):
        sorter.learn(SLOWLY(b'{"b":2.5,"a":1}'))
    assert sorter.sort(b'{"b":3.25,"a":1}') == ([], b'{"a":1,"b":3.25}')
    assert sorter.sort(text) is None, why


@pytest.mark.parametrize("listed", ['["x", "y"]', "[1.5 ,2.5]", "[ null ]", "[[ 1]]", "[0,-1, 2]", '[[],["x" ]]'])
def test_blanks_in_lists_are_not_what_is_hashed(listed: str) -> None:
    """A list of scalars needs no sorting, and must not stay as it is for that."""
    tight = json.dumps(json.loads(listed), separators=(",", ":"))
    for form in ("%s", "[" * 40 + "1,%s" + "]" * 40):
        sorter = Sorter(())
        for _ in range(LESSONS_AT_ONCE):
            sorter.learn(SLOWLY(f'{{"b":[["y"]],"list":{form % listed}}}'.encode()))
        assert sorter.sort(b'{"list":[],"b":[["z",""]]}') == ([], b'{"b":[["z",""]],"list":[]}')
        assert sorter.sort(f'{{"list":{form % listed},"b":[]}}'.encode()) is None
        read = sorter.sort(f'{{"list":{form % tight},"b":[]}}'.encode())
        assert read == (([], f'{{"b":[],"list":{tight}}}'.encode()) if form == "%s" else None), "too deep"


class _Numbered(Contract):
    id: Whole


def test_a_page_is_hashed_the_same_wherever_a_document_stands() -> None:
    """The first documents of a page are read slowly, the others not; a -0 and odd bytes among them change nothing."""
    shape = RecordShape(_Numbered, ("id",), volatile=("seen",))
    page = [
        b'{"total":%d.50,"id":%d,"name":"x","seen":%d,"rate":%s}' % (n, n, n, b"-0" if n % 7 == 0 else b"1.5")
        for n in range(60)
    ]
    page += [b'{"total":1.50,"id":1000,"name":"\xff","rate":1.5}']
    reader = DocumentReader(Feed("shop", "de", "things"), shape, lambda body: "")
    table, unfit = reader.read((str(n), text) for n, text in enumerate(page))
    assert [(one.place, one.rule) for one in unfit] == [("60", "encoding")]
    for n in range(60):
        alone = DocumentReader(Feed("shop", "de", "things"), shape, lambda body: "")
        again = page[n].replace(b'"seen":%d' % n, b'"seen":77')
        single, _ = alone.read([("0", again)])
        assert single["_document_hash"][0] == table["_document_hash"][n]
        assert single["_record_key"][0] == table["_record_key"][n]


def test_a_document_like_others_that_breaks_a_rule_costs_itself() -> None:
    """Once a shape is known, a page is checked at once, and what is refused leaves the others as they are."""
    reader = DocumentReader(Feed("shop", "de", "things"), RecordShape(_Numbered, ("id",)), lambda body: "")
    page = [b'{"name":"x","id":%d}' % n for n in range(30)]
    before, _ = reader.read((str(n), text) for n, text in enumerate(page))
    wrong = {
        3: b'{"name":"x","id":"1e5"}',
        11: b'{"name":"x","id":null}',
        20: b'{"name":"x"}',
        29: b'{"name":"x","id":[1]}',
    }
    table, unfit = reader.read((str(n), wrong.get(n, text)) for n, text in enumerate(page))
    rules = {"3": "whole_number", "11": "string_type", "20": "missing", "29": "string_type"}
    assert {one.place: one.rule for one in unfit} == rules
    assert [one.document.encode() for one in unfit] == [*wrong.values()]
    assert table.to_pylist() == [row for n, row in enumerate(before.to_pylist()) if n not in wrong]
