"""xml_document: nothing dropped, nothing fetched, nothing expanded."""

import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ingestion.errors import Refused
from ingestion.extract.formats import xml_document
from ingestion.lake.raw import Content
from ingestion.records.text_rows import Documents


def content(data: str | bytes) -> Content:
    """Bytes as they come out of the archive of files."""
    raw = data.encode() if isinstance(data, str) else data
    return Content("0" * 64, len(raw), raw, None)


def as_json(text: str) -> dict:
    """The root of a text of XML as a document."""
    return xml_document.document(xml_document.parse(content(text)))


RULES = {
    "attributes and text": ('<a x="1">text</a>', {"@x": "1", "#text": "text"}),
    "children are lists": ("<a><b/></a>", {"b": [{}]}),
    "in their order": ("<a><b>1</b><c/><b>2</b></a>", {"b": [{"#text": "1"}, {"#text": "2"}], "c": [{}]}),
    "namespaces are URIs": ('<n:a xmlns:n="u:v" n:x="1"><n:b/></n:a>', {"@{u:v}x": "1", "{u:v}b": [{}]}),
    "default namespaces too": ('<a xmlns="u:v"><b/></a>', {"{u:v}b": [{}]}),
    "numbers stay texts": ('<a x="1.50">007</a>', {"@x": "1.50", "#text": "007"}),
    "blanks between children are layout": ("<a>\n  <b/>\n</a>", {"b": [{}]}),
    "blanks alone are text": ("<a> </a>", {"#text": " "}),
    "CDATA is text": ("<a><![CDATA[<b>&]]></a>", {"#text": "<b>&"}),
    "mixed content keeps its order": (
        "<a>one<b/>two<c/>three</a>",
        {"#text": "onetwothree", "b": [{}], "c": [{}], "#content": ["one", "b", "two", "c", "three"]},
    ),
    "comments part no text": ("<a>one<!-- x -->two</a>", {"#text": "onetwo"}),
    "comments and instructions hide no text": (
        "<a>one<!-- x -->two<b/>three<?pi?>four</a>",
        {"#text": "onetwothreefour", "b": [{}], "#content": ["onetwo", "b", "threefour"]},
    ),
    "references are characters": ("<a>&#233;&lt;&amp;</a>", {"#text": "é<&"}),
}


@pytest.mark.parametrize("name", RULES)
def test_rules(name: str) -> None:
    """XML becomes JSON by the rules of the design, each of which silver relies on."""
    text, expected = RULES[name]
    assert as_json(text) == expected


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
TREES = st.recursive(
    st.tuples(
        st.sampled_from("bcd"), st.dictionaries(st.sampled_from("xyz"), WORDS, max_size=2), WORDS, st.just([]), WORDS
    ),
    lambda inner: st.tuples(
        st.sampled_from("bcd"),
        st.dictionaries(st.sampled_from("xyz"), WORDS, max_size=2),
        WORDS,
        st.lists(inner, max_size=3),
        WORDS,
    ),
    max_leaves=8,
)


def element(tree: tuple) -> etree._Element:
    """An element with its attributes, text, children and the text behind it."""
    tag, attributes, text, children, tail = tree
    made = etree.Element(tag, attributes)
    made.text, made.tail = text, tail
    made.extend(element(child) for child in children)
    return made


def texts(document: dict) -> str:
    """All characters of a document that are no layout, wherever they stand."""
    own = document.get("#text", "") + "".join(value for name, value in document.items() if name.startswith("@"))
    below = [child for name, value in document.items() if name[0] not in "@#" for child in value]
    return "".join(sorted("".join([own, *map(texts, below)]).replace(" ", "")))


@settings(max_examples=60, deadline=None)
@given(tree=TREES)
def test_nothing_is_dropped(tree: tuple) -> None:
    """Every character of every attribute and text, and every element, is in the document."""
    root = element(tree)
    root.tail = None
    document = as_json(etree.tostring(root, encoding="unicode"))
    said = "".join(root.itertext()) + "".join(value for one in root.iter() for value in one.attrib.values())
    assert texts(document).replace("\xa0", "") == "".join(sorted("".join(said.split(" ")))).replace("\xa0", "") or any(
        not (text or "x").strip() for one in root.iter() for text in (one.text, one.tail)
    )

    def count(node: dict) -> int:
        return 1 + sum(count(child) for name, value in node.items() if name[0] not in "@#" for child in value)

    assert count(document) == sum(1 for _ in root.iter())


REFUSED = ["cyclic", "dtd", "dtd_element", "external", "external_file", "quadratic", "xmlbomb", "xmlbomb2"]


@pytest.mark.parametrize("name", REFUSED)
def test_bombs_and_external_entities_are_refused(shared: Callable[..., Path], name: str) -> None:
    """Every document type and entity is refused unread: neither bombs nor other people's files come in."""
    data = shared("data", "bad_inputs", "xml_defusedxml", "xmltestdata", f"{name}.xml").read_bytes()
    with pytest.raises(Refused) as refused:
        xml_document.parse(content(data))
    assert refused.value.rule == "doctype"


@pytest.mark.parametrize("name", ["simple", "simple-ns"])
def test_harmless_neighbours_are_read(shared: Callable[..., Path], name: str) -> None:
    """The refusals are not bought with harmless files."""
    path = shared("data", "bad_inputs", "xml_defusedxml", "xmltestdata", f"{name}.xml")
    assert xml_document.document(xml_document.parse(content(path.read_bytes())))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("place", ["element", "attribute"])
def test_files_of_this_machine_are_never_read(encoding: str, place: str, tmp_path: Path) -> None:
    """An external entity is refused in every encoding, and what it names is not opened."""
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    body = "<a>&e;</a>" if place == "element" else '<a x="&e;"/>'
    text = f'<?xml version="1.0" encoding="{encoding[:6]}"?><!DOCTYPE a [<!ENTITY e SYSTEM "file://{secret}">]>{body}'
    with pytest.raises(Refused) as refused:
        xml_document.parse(content(text.encode(encoding)))
    assert "SECRET" not in refused.value.reason
    assert refused.value.rule in ("doctype", "malformed_xml")


def test_inclusions_and_stylesheets_are_not_followed(tmp_path: Path) -> None:
    """XInclude and processing instructions name files; they stay names."""
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    document = as_json(
        f'<?xml-stylesheet href="file://{secret}"?>'
        f'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="file://{secret}" parse="text"/></a>'
    )
    assert document == {"{http://www.w3.org/2001/XInclude}include": [{"@href": f"file://{secret}", "@parse": "text"}]}


MALFORMED = {
    "broken off": "<a><b></b>",
    "empty": "",
    "no XML": "a,b\n1,2\n",
    "a NUL byte": "<a>\x00</a>",
    "an unknown encoding": '<?xml version="1.0" encoding="nonsense"?><a/>',
    "an attribute twice": '<a x="1" x="2"/>',
    "an unknown entity": "<a>&nbsp;</a>",
    "two roots": "<a/><b/>",
    "too deep": "<a>" * 5000 + "</a>" * 5000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_broken_xml_is_refused(name: str) -> None:
    """Broken XML is one refusal that names no value of it."""
    with pytest.raises(Refused) as refused:
        xml_document.parse(content(MALFORMED[name]))
    rules = {"an unknown entity": "undeclared_entity", "too deep": "xml_limit"}
    assert refused.value.rule == rules.get(name, "malformed_xml")


def test_spoilt_bytes_are_read_or_refused() -> None:
    """Whatever bytes a file holds, it never breaks a run."""
    chance = random.Random(7)
    whole = '<?xml version="1.0" encoding="UTF-8"?><a x="é"><b>1</b>text<c/></a>'.encode()
    for _ in range(500):
        spoilt = bytearray(whole)
        for _ in range(chance.choice([1, 2, 5])):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        with contextlib.suppress(Refused):
            xml_document.document(xml_document.parse(content(bytes(spoilt))))


def test_the_size_is_bounded_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by the size that is allowed."""
    monkeypatch.setattr(xml_document, "MAX_BYTES", 100)
    with pytest.raises(Refused) as refused:
        xml_document.parse(content("<a>" + " " * 100 + "</a>"))
    assert refused.value.rule == "too_large"


def test_a_reader_says_where_each_record_began(tmp_path: Path) -> None:
    """A document leads back to its line."""
    found = xml_document.reader("//r")(content("<a>\n<r x='1'/>\n\n<r x='2'/></a>"), [], tmp_path)
    assert isinstance(found, Documents)
    assert found.records == [(2, {"@x": "1"}), (4, {"@x": "2"})]


def test_a_file_without_records_is_refused(tmp_path: Path) -> None:
    """An answer that holds none of what it should is a fault, not an empty day."""
    with pytest.raises(Refused) as refused:
        xml_document.reader("//r")(content("<a/>"), [], tmp_path)
    assert refused.value.rule == "no_records"


@pytest.mark.parametrize("number", [1, 64, 65, 66, 200_000])
def test_an_element_may_have_any_number_of_attributes(number: int) -> None:
    """Each value found by its name takes minutes for 200,000 of them, in which nothing else is read."""
    names = [f'a{n}="{n}&amp;"' for n in range(number)]
    root = etree.fromstring(f'<r xmlns:q="urn:q" q:z="1" {" ".join(names)}/>', etree.XMLParser(huge_tree=True))
    assert xml_document.document(root) == {"@{urn:q}z": "1", **{f"@a{n}": f"{n}&" for n in range(number)}}
