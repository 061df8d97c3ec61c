"""XML feeds to bronze: any element survives, a feed lands whole or not at all, and nothing in it is executed."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stamina
from lakes import Lake
from shop_server import Reply, Shop, serving

from ingestion import environment as environments
from ingestion import run, systems
from ingestion.environment import PROJECT
from ingestion.extract import xml_feed
from ingestion.extract.http.client import RetryPolicy
from ingestion.pulls import Bounds
from ingestion.run import Outcome
from ingestion.systems.stock_feed import SYSTEM
from storelake.publishing import last_green_build

TABLE = "stock_feed__items"
GOOGLE = "{http://base.google.com/ns/1.0}"


def stock(*items: tuple[str, object], more: str = "") -> str:
    """A plain feed of SKUs and quantities at one place."""
    lines = (
        f'<item sku="{sku}"><location>x</location><quantity>{quantity}</quantity></item>' for sku, quantity in items
    )
    return f'<?xml version="1.0"?><stock>{"".join(lines)}{more}</stock>'


def _moments(pull: dict[str, Any]) -> list[str]:
    return [str(pull["window_start"]), str(pull["window_end"])]


class Feeds:
    """Sources by name, each a text that is served over HTTP, and the lake that they land in."""

    def __init__(self, shop: Shop, lake: Lake, folder: Path) -> None:
        self.shop, self.lake, self._folder = shop, lake, folder
        self.served: dict[str, Reply] = {}
        shop.spoil.append(lambda request: self.served[request.path.rpartition("/")[2]])

    def serve(self, content: str | bytes, name: str = "central", cut: int | None = None, **declared: Any) -> None:
        """Declare a source, and what its address answers."""
        self.served[name] = Reply(200, content, "application/xml", cut)
        self.declare({name: {"url": f"{self.shop.url}/{name}?token=hidden", **declared} for name in self.served})

    def declare(self, sources: dict[str, dict[str, Any]]) -> None:
        """Write the sources' file."""
        tables = (
            f"[stock_feed.{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in fields.items())
            for name, fields in sources.items()
        )
        (self._folder / "sources.toml").write_text("".join(tables))

    def outcomes(self, **bounds: Any) -> list[Outcome]:
        """One run."""
        return run.ingest(self.lake.environment, ["stock_feed"], bounds=Bounds(**bounds))

    def pull(self, **bounds: Any) -> dict[str, Any]:
        """One run that must not fail; the last pull's row in the ledger."""
        assert [outcome.error for outcome in self.outcomes(**bounds)] == [None] * len(self.served or [1])
        return self.lake.completed()[-1]

    def quantities(self) -> dict[str, str]:
        """What is live."""
        return {found["@sku"]: found["quantity"][0]["#text"] for found in self.lake.documents(TABLE)}


@pytest.fixture
def feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Feeds]:
    """No feeds yet; the books must balance at the end."""
    environment = environments.load(
        {
            "STORELAKE_LAKE": str(tmp_path / "lake"),
            "STORELAKE_SUBJECT_KEY": "k" * 40,
            "STORELAKE_SOURCES": str(tmp_path / "sources.toml"),
        }
    )
    system = replace(SYSTEM, retry_policy=RetryPolicy(silence=0.5, answer=5.0))
    monkeypatch.setattr(systems, "load_all", lambda: {"stock_feed": system})
    lake = Lake(environment, tmp_path / "files")
    with serving(Shop()) as shop, stamina.set_testing(True, attempts=4, cap=True):
        yield Feeds(shop, lake, tmp_path)
    lake.check()


def test_stock_that_goes_there_and_back_and_what_leaves(feeds: Feeds) -> None:
    """5, 3, 5 is three versions; an SKU that leaves the feed is gone; the same feed again is seen."""
    feeds.serve(stock(("A", 5), ("B", 1), ("C", 1)))
    assert feeds.pull()["records_landed"] == 3
    feeds.serve(stock(("A", 3), ("B", 1), ("C", 1)))
    assert feeds.pull()["records_landed"] == 1
    feeds.serve(stock(("A", 5), ("B", 1)))
    last = feeds.pull()
    assert (last["records_landed"], last["records_deleted"]) == (1, 1)
    assert feeds.quantities() == {"A": "5", "B": "1"}
    assert feeds.pull()["items_seen"] == 1


def test_a_key_that_a_feed_has_twice_counts_once_and_is_told(feeds: Feeds) -> None:
    """One of the two counts, the other is in quarantine; in whatever order they come again, nothing is new."""
    pair = (("A", 5), ("A", 7), ("B", 1))
    feeds.serve(stock(*pair, ("C", 1)))
    first = feeds.pull()
    assert (first["records_landed"], first["records_quarantined"]) == (3, 1)
    assert feeds.quantities() == {"A": "7", "B": "1", "C": "1"}
    (refused,) = feeds.lake.quarantine()
    assert (refused["rule"], ">5<" in refused["document"] or "5" in refused["document"]) == ("duplicate_key", True)
    for number, items in enumerate((pair, pair[1::-1] + pair[2:])):
        feeds.serve(stock(*items, more=f"<!-- {number} -->"))
        last = feeds.pull()
        assert (last["records_landed"], last["records_known"], last["records_quarantined"]) == (0, 2, 1)
        assert last["records_deleted"] == (number == 0), "a doubled key stops no deletes"
    feeds.serve(stock(("A", 5), ("A", 5), ("B", 1)))
    last = feeds.pull()
    assert (last["records_landed"], last["records_known"], last["records_quarantined"]) == (1, 2, 0)
    assert feeds.quantities() == {"A": "5", "B": "1"}


def test_content_that_comes_back_is_news(feeds: Feeds) -> None:
    """A feed whose every byte is an older one's states 5, 3, 5 anew; only the newest content was seen."""
    for quantity in (5, 3, 5):
        feeds.serve(stock(("A", quantity), ("B", 1)))
        last = feeds.pull()
        assert (last["items_seen"], last["records_read"]) == (0, 2), quantity
    assert [json.loads(row["_document"])["quantity"][0]["#text"] for row in feeds.lake.bronze(TABLE)] == [
        *("5", "1"),
        *("3", "5"),
    ]
    assert feeds.pull()["items_seen"] == 1


def test_a_feed_speaks_for_the_moment_of_its_answer(feeds: Feeds) -> None:
    """Stock is known as of what the sender's clock says: also where nothing changed, never where it is held."""
    feeds.shop.date = "Mon, 02 Feb 2026 23:30:00 GMT"
    feeds.serve(stock(*((f"S{n}", n) for n in range(10))))
    assert _moments(feeds.pull()) == ["2026-02-02 23:30:00+00:00"] * 2
    feeds.shop.date = "Tue, 03 Feb 2026 23:30:00 -0000"
    seen = feeds.pull()
    assert (seen["items_seen"], _moments(seen)) == (1, ["2026-02-03 23:30:00+00:00"] * 2)
    feeds.serve(stock(("S1", 1)))
    held = feeds.pull()
    assert (held["items_held"], _moments(held)) == (1, ["None"] * 2)


def test_the_first_look_of_a_day_is_news_to_gold(feeds: Feeds) -> None:
    """Stock that did not move is still told for a new day; looking again on that day builds nothing anew."""
    feeds.serve(stock(("A", 1)))
    made_of = []
    for date in ("Mon, 02 Feb 2026 08:00:00 GMT", "Mon, 02 Feb 2026 09:00:00 GMT", "Tue, 03 Feb 2026 00:00:00 GMT"):
        feeds.shop.date = date
        feeds.pull()
        made_of.append(last_green_build.build_inputs(feeds.lake.environment))
    assert made_of[0] == made_of[1] != made_of[2]


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Feb 2026 23:30:00 GMT", "Mon, 02 Feb 99999 23:30:00 GMT"])
def test_without_a_usable_date_a_feed_speaks_for_the_start_of_its_pull(feeds: Feeds, date: str) -> None:
    """A server that tells no time costs no snapshot."""
    feeds.shop.date = date
    feeds.serve(stock(("A", 1)))
    pull = feeds.pull()
    assert _moments(pull) == [str(pull["started_at"])] * 2


def test_a_file_speaks_for_the_moment_at_which_it_is_read(feeds: Feeds, tmp_path: Path) -> None:
    """A file has no clock of its own."""
    (tmp_path / "stock.xml").write_text(stock(("A", 1)))
    feeds.declare({"central": {"url": "stock.xml"}})
    pull = feeds.pull()
    assert pull["started_at"] <= pull["window_start"] == pull["window_end"] <= pull["finished_at"]


def test_any_element_survives(feeds: Feeds) -> None:
    """Attributes, repeated elements, CDATA, namespaces, mixed content and comments, by the rules for XML."""
    item = (
        '<item sku="A" x:n="1"><location>x</location><bin>1</bin><bin>2</bin><note><![CDATA[a <b>]]> &amp; c</note>'
        "<text>one <b>two</b> three</text><!-- no --><new><deep at='1'/></new></item>"
    )
    feeds.serve(f'<stock xmlns:x="urn:x">{item}</stock>')
    feeds.pull()
    (found,) = feeds.lake.documents(TABLE)
    assert found == {
        "@sku": "A",
        "@{urn:x}n": "1",
        "location": [{"#text": "x"}],
        "bin": [{"#text": "1"}, {"#text": "2"}],
        "note": [{"#text": "a <b> & c"}],
        "text": [{"#text": "one  three", "b": [{"#text": "two"}], "#content": ["one ", "b", " three"]}],
        "new": [{"deep": [{"@at": "1"}]}],
    }


def test_rss_and_atom_are_told_by_their_root(feeds: Feeds) -> None:
    """A product feed needs no declaration but its address; several feeds come at once."""
    feeds.serve(
        f'<rss version="2.0" xmlns:g="{GOOGLE[1:-1]}"><channel><title>t</title><item><g:id>1</g:id></item></channel></rss>',
        "merchant",
    )
    feeds.serve('<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><entry><id>urn:1</id></entry></feed>', "atom")
    feeds.serve(stock(("A", 1)))
    feeds.pull()
    assert {pull["source"]: pull["records_landed"] for pull in feeds.lake.completed()} == {
        "merchant": 1,
        "atom": 1,
        "central": 1,
    }


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">{}</feed>'


def test_an_entry_of_atom_is_named_by_its_id_else_by_googles(feeds: Feeds) -> None:
    """Google's Atom feeds have `g:id` alone; where both are there, keys stay those of Atom's."""
    feeds.serve(ATOM.format("<entry><g:id>A1</g:id></entry><entry><g:id>A2</g:id></entry>"))
    assert (feeds.pull()["records_landed"], feeds.lake.quarantine()) == (2, [])
    feeds.serve(ATOM.format("<entry><g:id>A1</g:id><g:title>x</g:title></entry><entry><g:id>A2</g:id></entry>"))
    pull = feeds.pull()
    assert [pull[f"records_{name}"] for name in ("landed", "known", "deleted")] == [1, 1, 0]
    feeds.serve(ATOM.format("<entry><id>tag:1</id><g:id>A1</g:id></entry>"), name="both")
    feeds.pull()
    feeds.serve(ATOM.format("<entry><id>tag:1</id><g:id>B7</g:id></entry>"), name="both")
    feeds.pull()
    assert sum(pull["records_deleted"] for pull in feeds.lake.completed()) == 0
    feeds.serve(ATOM.format("<entry><g:id>A1</g:id></entry><entry><g:id/></entry>"))
    feeds.pull()
    (refused,) = feeds.lake.quarantine()
    assert f"{{http://www.w3.org/2005/Atom}}id or {GOOGLE}id is empty" in refused["reason"]


@pytest.mark.parametrize("version", ['version="1.2"', 'version="1.01"', ""])
def test_older_bmecat_has_articles(feeds: Feeds, version: str) -> None:
    """BMEcat up to 1.2 says ARTICLE where 2005 says PRODUCT, in its own encoding."""
    text = (
        f'<?xml version="1.0" encoding="ISO-8859-1"?><BMECAT {version}><HEADER/><T_NEW_CATALOG><ARTICLE mode="new">'
        "<SUPPLIER_AID>Ä1</SUPPLIER_AID></ARTICLE><ARTICLE><SUPPLIER_AID>A2</SUPPLIER_AID></ARTICLE></T_NEW_CATALOG>"
        "</BMECAT>"
    )
    feeds.serve(text.encode("latin-1"))
    assert feeds.pull()["records_landed"] == 2
    assert feeds.lake.documents(TABLE)[0]["SUPPLIER_AID"] in ([{"#text": "Ä1"}], [{"#text": "A2"}])
    feeds.serve("<BMECAT><HEADER/></BMECAT>")
    (outcome,) = feeds.outcomes()
    assert "the feed holds no PRODUCT and no ARTICLE" in str(outcome.error)


@pytest.mark.parametrize("items", [1, 3])
def test_a_feed_of_which_nothing_can_be_used_fails(feeds: Feeds, items: int) -> None:
    """Where no record has the key, the declaration is wrong: an error that says so, never a green run."""
    text = f"<rss><channel>{'<item><title>x</title></item>' * items}</channel></rss>"
    feeds.serve(text)
    for said in (f"record 1: {GOOGLE}id is empty", "None of its records can be used. Name another"):
        (outcome,) = feeds.outcomes()
        assert said in str(outcome.error)
        assert "sources.toml, then: storelake replay stock_feed" in str(outcome.error)
    assert len(feeds.lake.quarantine()) == items, "and nothing is lost"
    feeds.serve(text, key=["title"])
    (replayed,) = run.replay(feeds.lake.environment, ["stock_feed"])
    assert (replayed.error, replayed.pulls[0].counts.quarantined) == (None, 0)
    assert feeds.outcomes()[0].error is None


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ("<item>\n<a>Soft&shy;chair</a></item>", ", line 2: the feed uses the entity &shy;, which XML does not know"),
        ("<item>\n<a b='&euro;'/></item>", ", line 2: the feed uses the entity &euro;"),
        ("<a>" * 300 + "</a>" * 300, "the feed may be well-formed, but nests its elements more than 256 deep"),
        (f"<item><a>{'x' * 10_100_000}</a></item>", "the feed may be well-formed, but holds a text of more than 10 MB"),
        (f"<item><a b='{'x' * 10_100_000}'/></item>", "the feed may be well-formed, but holds a start tag of more"),
        ("<item>\n\n<a></item>", ", line 3: the feed is broken or breaks off"),
    ],
)
def test_why_a_feed_cannot_be_read(feeds: Feeds, inside: str, says: str) -> None:
    """What is broken, what XML does not know and what is too much for the reader are told apart, with the line."""
    feeds.serve(stock(("A", 1), more=inside))
    (outcome,) = feeds.outcomes()
    assert says in str(outcome.error)
    assert feeds.lake.bronze(TABLE) == []


def test_a_prolog_without_end_is_a_limit(feeds: Feeds) -> None:
    """Comments of more than a megabyte before the root are too much, not broken."""
    feeds.serve(f"<!--{'x' * (3 << 20)}--><stock/>")
    (outcome,) = feeds.outcomes()
    assert "no element in its first 1 MB, which is the limit" in str(outcome.error)


def test_an_older_feed_in_a_file_is_held(feeds: Feeds, tmp_path: Path) -> None:
    """A file that is put back with its old time would take stock back; what is downloaded has no such time."""
    path = tmp_path / "stock.xml"
    feeds.declare({"central": {"url": str(path)}})
    for number, (quantity, at) in enumerate(((5, 2000), (3, 1000), (4, 3000))):
        path.write_text(stock(("A", quantity)))
        os.utime(path, (at, at))
        (outcome,) = feeds.outcomes()
        assert [item.status for item in outcome.pulls[0].items] == [["read", "held", "read"][number]]
    assert "it is older (1970-01-01 00:16:40 UTC) than 'stock.xml'" in str(
        [item["reason"] for item in feeds.lake.rows("ledger/pull_items")]
    )


def test_a_feed_may_declare_its_records_and_key(feeds: Feeds) -> None:
    """Another partner's XML is a declaration, not a program; the key may lie deep."""
    feeds.serve(
        "<a><rows><row><k><n v='1'/></k></row><row><k><n v='2'/></k></row></rows></a>", record="row", key=["k/n/@v"]
    )
    assert feeds.pull()["records_landed"] == 2


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.99])
def test_a_feed_that_breaks_off_lands_nothing(feeds: Feeds, keep: float) -> None:
    """Half a feed would delete the other half: the pull fails and says so, and what was there stays."""
    whole = stock(*((f"S{n}", n) for n in range(2000)))
    feeds.serve(stock(("A", 1)))
    feeds.pull()
    feeds.serve(whole[: int(len(whole) * keep)])
    (outcome,) = feeds.outcomes()
    assert "breaks off" in str(outcome.error)
    assert "Nothing of it was landed" in str(outcome.error)
    assert feeds.quantities() == {"A": "1"}
    assert [pull["status"] for pull in feeds.lake.rows("ledger/pulls", "status = 'failed'")] == ["failed"]


def test_a_connection_that_is_cut_lands_nothing(feeds: Feeds) -> None:
    """The same where the server closes in the middle."""
    feeds.serve(stock(*((f"S{n}", n) for n in range(2000))), cut=500)
    (outcome,) = feeds.outcomes()
    assert "cut in the middle" in str(outcome.error)
    assert "hidden" not in str(outcome.error)
    assert feeds.lake.bronze(TABLE) == []


def test_an_item_without_a_key_costs_itself_and_all_deletes(feeds: Feeds) -> None:
    """The others land; what is absent may be the one that could not be named, so nothing is gone."""
    feeds.serve(stock(("A", 1), ("B", 1), ("C", 1)))
    feeds.pull()
    feeds.serve(stock(("A", 2), ("B", 1), more='<item sku=""><location>x</location></item>'))
    last = feeds.pull()
    assert (last["records_landed"], last["records_quarantined"], last["records_deleted"]) == (1, 1, 0)
    (refused,) = feeds.lake.quarantine()
    assert (refused["rule"], refused["field"]) == ("missing", "@sku")
    assert "record 3" in refused["reason"]


def test_a_feed_that_shrank_waits_for_a_person(feeds: Feeds) -> None:
    """An empty export must not sell everything out."""
    feeds.serve(stock(*((f"S{n}", n) for n in range(10))))
    feeds.pull()
    feeds.serve(stock(("S1", 1)))
    assert (feeds.pull()["items_held"], len(feeds.quantities())) == (1, 10)
    name = next(name for name, item in feeds.lake.items().items() if item["status"] == "held")
    assert "hidden" not in name
    assert feeds.pull(accept=frozenset({name}))["records_deleted"] == 9


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE stock [<!ENTITY a "mark-1"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE stock SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE stock [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE stock>",
    ],
)
def test_a_doctype_is_refused(feeds: Feeds, prolog: str, encoding: str) -> None:
    """Bombs and files of this machine: no DOCTYPE, no entity, in whatever encoding."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>{prolog}<stock><item sku="&a;"/></stock>'
    feeds.serve(text.encode(encoding))
    (outcome,) = feeds.outcomes()
    assert "DOCTYPE" in str(outcome.error)
    assert feeds.lake.bronze(TABLE) == []


def test_known_bombs_are_refused(feeds: Feeds, shared: Callable[..., Path]) -> None:
    """The collection of defusedxml: nothing of it is landed, and none of it takes time."""
    for number, path in enumerate(sorted(shared("data", "bad_inputs", "xml_defusedxml").rglob("*.xml"))):
        feeds.serve(path.read_bytes(), f"bomb{number}", record="*", key=["@none"])
    assert all(outcome.error for outcome in feeds.outcomes() if b"DOCTYPE" in feeds.served[outcome.feed.source].body)
    assert feeds.lake.bronze(TABLE) == []


@pytest.mark.parametrize(
    ("folder", "name", "count"),
    [
        ("google_merchant", "meiro_demo_product-feed.xml", 42),
        ("google_merchant", "apparix_google-merchant-feed.xml", 4),
        ("bmecat", "WEI_BMECat_1351590000.xml", 1),
    ],
)
def test_feeds_of_the_field_land(feeds: Feeds, shared: Callable[..., Path], folder: str, name: str, count: int) -> None:
    """Real feeds, from a file: merchants' RSS and BMEcat, with nothing declared but where they are."""
    feeds.declare({"central": {"url": str(shared("data", "feeds", folder, name))}})
    assert feeds.pull()["records_landed"] == count


def test_memory_does_not_grow_with_a_feed(feeds: Feeds) -> None:
    """A feed is streamed: what one item needs, a million need."""
    # In a process of its own that never stops tracing: doing so while another thread frees memory ends Python 3.11.
    code = """
        import os, sys, tracemalloc
        from ingestion import run
        from ingestion.environment import load
        environment = load(dict(os.environ))
        tracemalloc.start()
        (outcome,) = run.ingest(environment, ["stock_feed"])
        print(outcome.error, outcome.pulls[-1].counts.read, tracemalloc.get_traced_memory()[1], flush=True)
        os._exit(0)
    """
    peaks = []
    for count in (5_000, 40_000):
        feeds.serve(stock(*((f"S{n}", n) for n in range(count))))
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
            env=os.environ | feeds.lake.environment.variables,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        error, read, peak = done.stdout.split()
        assert (error, read) == ("None", str(count)), done.stderr
        peaks.append(int(peak))
    assert peaks[0] > 1 << 20
    assert peaks[1] < peaks[0] * 2 + (8 << 20)


def test_a_long_feed_is_read_by_several_processes(feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    """As any other: places and refusals are those of the whole feed, and one that breaks off lands nothing."""
    monkeypatch.setattr(xml_feed, "LONG", 1)
    items = stock(*((f"S{number}" if number != 15_000 else "", number) for number in range(20_000)))
    feeds.serve(items)
    pull = feeds.pull()
    assert (pull["records_landed"], pull["records_quarantined"]) == (19_999, 1)
    (refused,) = feeds.lake.quarantine()
    assert refused["source_uri"].endswith("#record=15001")
    assert sorted(row["_position"] for row in feeds.lake.bronze(TABLE)) == [*range(1, 20_000)]

    feeds.serve(items[: len(items) * 2 // 3])
    (broken,) = feeds.outcomes()
    assert "breaks off" in str(broken.error)
    assert len(feeds.lake.bronze(TABLE)) == 19_999


def test_replay_reads_the_archived_feed(feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was declared wrongly is mended by replay, from the archive, without asking the partner again."""
    feeds.serve(stock(("A", 1), ("B", 2)), key=["@code"])
    (outcome,) = feeds.outcomes()
    assert outcome.pulls[0].counts.quarantined == 2
    feeds.serve(stock(("A", 1), ("B", 2)))
    feeds.shop.requests.clear()
    (outcome,) = run.replay(feeds.lake.environment)
    assert outcome.error is None
    # What is read again is no look at the stock of today.
    assert _moments(feeds.lake.completed()[-1]) == ["None"] * 2
    assert feeds.quantities() == {"A": "1", "B": "2"}
    assert feeds.shop.requests == []
    assert run.replay(feeds.lake.environment) == []
