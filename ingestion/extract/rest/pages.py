"""Pages of a searchable list, and every way in which they can be wrong; a window's records, or why there are none."""

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.extract.base.windows import Window
from ingestion.extract.http.client import Broken, Client, Fault, PageSizeLimit, TooSlow
from ingestion.records.json_documents import DocumentReader, UnusableDocument
from ingestion.records.spool import Spool

UNREADABLE = "unreadable_page"
UNDATED = "without a time of change"
"""The name of an item that is no window: records that no window finds."""
MAX_RESTARTS = 10
MAX_BROKEN = 50
MAX_SLOW = 3
MAX_SETBACKS = 48
"""Faults in a row, without an answer between them, after which a window is given up: halving it takes 20."""
NOT_SENT = 1_000_000_000
"""From this number on, places stand for records that were never sent."""
MAX_IN_VAIN = 5
"""Readings in a row that bring no record that is missing, after which it counts as not sent."""
MAX_READINGS = 25
DATED = Window(datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
"""Times of change that a record can have. Anything else costs that record, and is in no window."""
_TIME = "%Y-%m-%d %H:%M:%S"


class _Page(msgspec.Struct):
    items: list[msgspec.Raw] | None = None
    total_count: Any = None


_decode_page = msgspec.json.Decoder(_Page).decode
_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True)
class Listing:
    """A list of an API: where it is, and how it is searched. An array comes whole, with nothing to search by."""

    path: str
    cursor: str | None = "updated_at"
    tie_breakers: tuple[str, ...] = ("entity_id",)
    store_field: str | None = None
    is_array: bool = False

    def parameters(
        self, window: Window | None, page: int, size: int, stores: tuple[int, ...], direction: str = "ASC"
    ) -> dict[str, str]:
        """One page of one window as search criteria."""
        if self.is_array:
            return {}
        conditions = []
        if window is not None:
            conditions.append((self.cursor, "gteq", f"{window.start:{_TIME}}"))
            conditions.append((self.cursor, "lt", f"{window.end:{_TIME}}"))
        if stores and self.store_field:
            conditions.append((self.store_field, "in", ",".join(map(str, stores))))
        found = {}
        for group, condition in enumerate(conditions):
            for name, value in zip(("field", "condition_type", "value"), (condition[0], *condition[1:]), strict=True):
                found[f"searchCriteria[filter_groups][{group}][filters][0][{name}]"] = str(value)
        for place, name in enumerate(filter(None, (self.cursor, *self.tie_breakers))):
            found[f"searchCriteria[sortOrders][{place}][field]"] = name
            found[f"searchCriteria[sortOrders][{place}][direction]"] = direction
        return found | {"searchCriteria[pageSize]": str(size), "searchCriteria[currentPage]": str(page)}


@dataclass
class Reading:
    """What came of one window: prepared records and what was refused, or the problem that left it open."""

    window: Window | None
    spool: Spool
    refused: list[UnusableDocument] = field(default_factory=list)
    records: int = 0
    distinct: int = 0
    """Of a whole list, how many different records came; `records` counts what was read twice twice."""
    size_bytes: int = 0
    newest: str | None = None
    said_at: datetime | None = None
    problem: str | None = None
    notes: list[str] = field(default_factory=list)
    content_hash: str = ""
    """Tells what came of this window from what came of any other, or of it at another time."""

    def forget(self) -> None:
        """Begin anew."""
        self.spool.forget()
        self.refused, self.records, self.newest, self.said_at, self.notes = [], 0, None, None, []

    @property
    def newest_at(self) -> datetime | None:
        """The latest time of change of its records."""
        return datetime.fromisoformat(self.newest).replace(tzinfo=UTC) if self.newest else None


@dataclass(frozen=True)
class Answer:
    """A page: its documents, how many there are on all pages, and when it was made, by the sender's clock."""

    items: list[msgspec.Raw]
    total: int
    size_bytes: int
    said_at: datetime | None = None


def places(window: Window | None, offset: int) -> Iterator[str]:
    """Where records stood: the window that was asked for, and their numbers in it, behind `offset` others."""
    prefix = f"{window or 'everything'},"
    return (f"{prefix}{number}" for number in count(offset + 1))


def place(window: Window | None, offset: int) -> str:
    """Where one record stood."""
    return next(places(window, offset))


class PageReader:
    """Reads windows of one list of one source. Several threads may use it at once."""

    def __init__(
        self,
        client: Client,
        url: str,
        listing: Listing,
        stores: tuple[int, ...],
        page_size: int,
        documents: DocumentReader,
        spool: Callable[[], Spool],
    ) -> None:
        self._client = client
        self._url = url
        self._listing = listing
        self._stores = stores
        self._page_size = page_size
        self._documents = documents
        self._spool = spool
        self._lock = threading.Lock()
        self.total = self.dated = 0
        """How many records there are, once they were counted, and how many of them have a time of change."""
        self.passed_over = 0
        """How many records beyond the oldest or newest that was last asked for could not be read."""
        self.said_at: datetime | None = None
        """What the sender's clock said when the newest was asked for."""

    def count(self) -> int:
        """How many records there are, whether or not they have a time of change; 0 where that cannot be told."""
        try:
            self.total = self.ask(None, 1, 1, direction="DESC").total
        except (Broken, TooSlow):
            self.total = 0
        return self.total

    def oldest(self, window: Window = DATED) -> datetime | None:
        """The time of change of the oldest record of a window that can be read, None where there is none."""
        return self._edge(window, "ASC")[0]

    def newest(self) -> datetime | None:
        """The time of change of the newest record that can be read, None where there is none."""
        newest, answer = self._edge(DATED, "DESC")
        self.dated, self.said_at = answer.total, answer.said_at
        self.total = max(self.total, self.dated)
        return newest

    def _edge(self, window: Window, direction: str) -> tuple[datetime | None, Answer]:
        slow = 0
        for page in range(1, MAX_BROKEN):
            try:
                answer = self.ask(window, page, 1, direction=direction, broken=None if page == 1 else 2)
                if page > answer.total:
                    return None, answer
                found = self._time(answer)
                self.passed_over = page - 1
                return found, answer
            except (Broken, TooSlow) as one:
                # One that takes too long is passed over as well; a shop that is slow for all is not asked on.
                fault: Fault = one
                slow += isinstance(one, TooSlow)
                if slow > MAX_SLOW:
                    break
        raise fault

    def _time(self, answer: Answer) -> datetime:
        if not answer.items:
            raise Broken("the oldest or newest record is counted and not sent")
        found = self.time_of(answer.items[0])
        if found is None:
            raise Broken("the oldest or newest record has no time of change")
        return found

    def time_of(self, document: msgspec.Raw) -> datetime | None:
        """A document's time of change; None where it has none that a window can find."""
        try:
            text = msgspec.json.decode(document)[self._listing.cursor]
            found = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError):
            return None
        return found if DATED.start <= found < DATED.end else None

    def read_undated(self, number: int) -> Reading:
        """The records, at most so many, whose time of change no window finds: they stand at an end of the list."""
        reading = Reading(None, self._spool())
        found: list[tuple[str, msgspec.Raw]] = []
        try:
            for direction in ("ASC", "DESC"):
                found += self._undated_at(direction, number - len(found))
            table, reading.refused = self._documents.read(found)
            reading.spool.add(table)
        except Fault as fault:
            reading.problem = str(fault)
        reading.spool.close()
        reading.records = len(found)
        reading.size_bytes = sum(len(bytes(document)) for _, document in found)
        texts = sorted(bytes(document) for _, document in found)
        reading.content_hash = hashlib.sha256(b"undated" + b"\n".join(texts)).hexdigest()
        return reading

    def _undated_at(self, direction: str, number: int) -> Iterator[tuple[str, msgspec.Raw]]:
        """Records at one end of the list, up to the first that has a time of change."""
        for page in count(1):
            if number <= 0:
                return
            answer = self.ask(None, page, size := min(number, self.page_size), direction=direction)
            for place_, document in enumerate(answer.items, (page - 1) * size + 1):
                if number <= 0 or self.time_of(document) is not None:
                    return
                number -= 1
                yield f"{UNDATED},{direction.lower()},{place_}", document
            if page * size >= answer.total or not answer.items:
                return

    def read(self, window: Window | None) -> Reading:
        """All records of a window, or of the whole list. What stopped it stands in the reading's `problem`."""
        reading = Reading(window, self._spool())
        try:
            _WindowReader(self, reading).read()
        except Fault as fault:
            reading.problem = str(fault)
            reading.spool.discard()
        except BaseException:
            reading.spool.discard()
            raise
        reading.spool.close()
        return reading

    @property
    def is_array(self) -> bool:
        """True where the list comes whole."""
        return self._listing.is_array

    @property
    def attempts(self) -> int:
        """How often the server is asked for one record before that is given up."""
        return self._client.attempts_alone

    @property
    def page_size(self) -> int:
        """As many records a page as the server is known to allow."""
        return self._page_size

    def lower_page_size(self, limit: int) -> None:
        """Ask for at most `limit` records a page from now on."""
        with self._lock:
            self._page_size = max(1, min(self._page_size, limit))

    def restore_page_size(self, size: int) -> None:
        """Ask for `size` records a page again: what looked like a limit was none."""
        with self._lock:
            self._page_size = max(self._page_size, size)

    def prepare(self, answer: Answer, window: Window | None, offset: int) -> tuple[pa.Table, list[UnusableDocument]]:
        """The records of a page that begins behind `offset` others."""
        return self._documents.read(zip(places(window, offset), answer.items, strict=False))

    def ask(
        self, window: Window | None, page: int, size: int, *, direction: str = "ASC", broken: int | None = None
    ) -> Answer:
        parameters = self._listing.parameters(window, page, size, self._stores, direction)
        answer, said_at = self._client.json(self._url, parameters, self._parse, broken=broken)
        return replace(answer, said_at=said_at)

    def _parse(self, body: bytes) -> Answer:
        try:
            if self._listing.is_array:
                items = _decode_array(body)
                return Answer(items, len(items), len(body))
            answer = _decode_page(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # What Python's lenient reader can take apart, costs only the records that break a rule.
            answer = _Page(*_taken_apart(body))
        total = _whole_number(answer.total_count)
        if total is None:
            raise Broken("the answer has no total_count")
        if answer.items is None and total:
            raise Broken("the answer counts records and has no list of items")
        return Answer(answer.items or [], total, len(body))


def _whole_number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    return value if type(value) is int and value >= 0 else None


class _Restart(Exception):
    """Records moved while they were read: what is left begins at this second."""

    def __init__(self, since: datetime | None) -> None:
        self.since = since


_BLANK = re.compile(r"[ \t\r\n]*")
_LENIENT = json.JSONDecoder()


def _taken_apart(body: bytes) -> tuple[list[msgspec.Raw] | None, Any]:
    """The texts of the items of a page, and its count. Raises Broken where it is no JSON at all.

    Items may be an object whose values are the records: PHP writes a list so that has lost its first number.
    """
    try:
        text = body.decode()
        page = json.loads(text)
        items = page["items"]
        is_list = isinstance(items, list)
        if not is_list and not isinstance(items, dict):
            return None, page.get("total_count")
        start = text.index("[" if is_list else "{", _after(text, "items"))
    except (ValueError, RecursionError, KeyError, TypeError):
        raise Broken("the answer is broken JSON", body=body.decode(errors="backslashreplace")) from None
    found = []
    for _ in items:
        start = _skipped(text, start + 1)
        if not is_list:
            start = _skipped(text, _skipped(text, _LENIENT.raw_decode(text, start)[1]) + 1)
        end = _LENIENT.raw_decode(text, start)[1]
        found.append(msgspec.Raw(text[start:end]))
        start = _skipped(text, end)
    return found, page.get("total_count")


def _after(text: str, name: str) -> int:
    """Where the value of a key of the outermost object begins."""
    here = _skipped(text, _skipped(text, 0) + 1)
    while True:
        key, here = _LENIENT.raw_decode(text, here)
        here = _skipped(text, _skipped(text, here) + 1)
        if key == name:
            return here
        here = _LENIENT.raw_decode(text, here)[1]
        here = _skipped(text, _skipped(text, here) + 1)


def _skipped(text: str, start: int) -> int:
    found = _BLANK.match(text, start)
    return found.end() if found else start


@dataclass(frozen=True)
class _Taken:
    """What two pages in a row are compared by: their times of change, and their content."""

    oldest: str | None
    newest: str | None
    digest: bytes


class _Coverage:
    """Which different records of a window came, in one reading of it or in several."""

    def __init__(self) -> None:
        self._keys = np.empty(0, np.uint64)
        self._refused: set[tuple[str, int]] = set()
        self._texts: Counter[str] = Counter()

    def begin(self) -> None:
        """Another reading begins."""
        self._texts.clear()

    def add(self, table: pa.Table, refused: list[UnusableDocument]) -> list[UnusableDocument]:
        """Take what came on a page; which of the refused came for the first time, told apart by text and number."""
        self._keys = np.union1d(self._keys, _key_numbers(table))
        fresh = []
        for one in refused:
            identity = (one.document, self._texts[one.document])
            self._texts[one.document] += 1
            if identity not in self._refused:
                self._refused.add(identity)
                fresh.append(one)
        return fresh

    def add_place(self, where: str) -> None:
        """Take a record that cannot be read, by its place."""
        self._refused.add((where, 0))

    def has_all(self, table: pa.Table) -> bool:
        """Whether all records of a page came before."""
        return bool(np.isin(_key_numbers(table), self._keys).all())

    @property
    def records(self) -> int:
        """How many different records came."""
        return len(self._keys) + len(self._refused)


def _key_numbers(table: pa.Table) -> npt.NDArray[np.uint64]:
    keys = table["_record_key"].to_pylist()
    return np.fromiter((int(key[:16], 16) for key in keys), np.uint64, len(keys))


class _WindowReader:
    """One reading of one window."""

    def __init__(self, pages: PageReader, reading: Reading) -> None:
        self._pages = pages
        self._reading = reading
        self._restarts = self._setbacks = self._broken = 0
        self._digest = hashlib.sha256()
        self._coverage = _Coverage()
        self._limited_from: int | None = None
        self._accepts_short = False
        """Whether pages may have fewer records than they should: it is told at the end which are missing."""

    def read(self) -> None:
        """Read it all, or raise Fault."""
        window = self._reading.window
        self._span(window)
        self._reading.distinct = self._coverage.records
        self._reading.content_hash = hashlib.sha256(f"{window}{self._digest.hexdigest()}".encode()).hexdigest()

    def _span(self, window: Window | None) -> None:
        try:
            self._read_pages(window)
        except TooSlow:
            if window is None or window.seconds < 2:
                raise
            for half in window.halves():
                self._span(half)

    def _read_pages(self, window: Window | None) -> None:
        """Read until as many different records came as the server counts, or until what is missing does not come.

        A server that breaks ties differently on each page sends some records twice and others not; one that lost
        a record counts it and never sends it. Both look alike in one reading.
        """
        self._coverage = _Coverage()
        in_vain, missing_before = 0, 0
        for _ in range(MAX_READINGS):
            window, counted = self._counted(window)
            if counted is None:
                return
            missing = max(0, counted - self._coverage.records)
            if not missing:
                return
            in_vain = in_vain + 1 if missing == missing_before else 1
            missing_before = missing
            if in_vain >= MAX_IN_VAIN:
                break
        self._not_sent(window, missing_before)

    def _counted(self, window: Window | None) -> tuple[Window | None, int | None]:
        """Read what is left of a window once; how many records the server counts in it, None where parts were read."""
        while True:
            size = self._pages.page_size
            self._coverage.begin()
            try:
                return window, self._walk(window, size)
            except PageSizeLimit as limit:
                if limit.limit >= size:
                    raise
                self._pages.lower_page_size(limit.limit)
            except _Restart as restart:
                self._restarts += 1
                if self._restarts > MAX_RESTARTS:
                    if self._accepts_short:
                        raise Fault("its records change faster than they can be read") from None
                    self._accepts_short, self._restarts = True, 0
                self._coverage = _Coverage()
                if window is None:
                    self._reading.forget()
                elif restart.since:
                    window = Window(max(window.start, restart.since), window.end)

    def _not_sent(self, window: Window | None, missing: int) -> None:
        """Records that the server counts and does not send cost themselves."""
        self._broken += missing
        if self._broken > MAX_BROKEN:
            raise Fault(f"the server counts {missing:,} records more than it sends, however often it is asked")
        for number in range(missing):
            self._reading.records += 1
            where = place(window, NOT_SENT + number)
            self._digest.update(where.encode())
            self._reading.refused.append(
                UnusableDocument(
                    where, UNREADABLE, None, "is counted by the server and was not sent, however often it was asked", ""
                )
            )
        self._reading.notes.append(f"{missing} record(s) are counted by the server and were not sent")

    def _walk(self, window: Window | None, size: int) -> int | None:
        """All pages of `size` records, and how many there are by the server's count.

        The stop rule holds also where a server repeats its last page for ever. A full last page is not believed to
        be the last: some servers count the page alone.
        """
        offset, total = 0, None
        before: _Taken | None = None
        while total is None or offset < total:
            try:
                answer = self._ask(window, offset // size + 1, size)
            except Broken:
                if window is None:
                    raise
                if total is None:
                    return self._narrow(window, size)
                self._divide(window, offset, size, total)
            else:
                self._check(answer, offset, size, total, before.newest if before else None)
                total = answer.total
                taken = self._take(answer, window, offset)
                if before and answer.items:
                    self._compare(before, taken)
                before = taken
                if offset == 0 and size == len(answer.items) == total and not self._pages.is_array:
                    return max(total, self._uncounted(window, size, size))
            offset += max(size, total if self._pages.is_array and total else 0)
        return total

    def _uncounted(self, window: Window | None, offset: int, size: int) -> int:
        """Read on behind what the server counts; how many records there are then, 0 where no other ones come."""
        first = offset
        while True:
            try:
                answer = self._ask(window, offset // size + 1, size)
            except Broken:
                return 0
            table, refused = self._pages.prepare(answer, window, offset)
            if not answer.items or (not refused and self._coverage.has_all(table)):
                return offset if offset > first else 0
            self._take(answer, window, offset)
            offset += len(answer.items)
            if len(answer.items) < size:
                self._reading.notes.append("the server counts the records of each page alone")
                return offset

    @staticmethod
    def _compare(before: _Taken, taken: _Taken) -> None:
        if before.digest == taken.digest:
            raise Fault("the server sends the same page again and again")
        if before.newest and taken.oldest and taken.oldest < before.newest:
            raise Fault("the server does not sort, so that records may be missing")

    def _check(self, answer: Answer, offset: int, size: int, total: int | None, last_seen: str | None) -> None:
        expected = max(0, min(size, answer.total - offset))
        found = len(answer.items)
        if found > size and not self._pages.is_array:
            raise Fault("the server does not keep to the page size")
        if self._accepts_short and found < expected and (total is None or answer.total >= total):
            return
        if 0 < found < expected and offset == 0:
            if self._limited_from is None:
                # Perhaps a limit that the server keeps to without a word: then pages of that size are full.
                self._limited_from = size
                raise PageSizeLimit(found)
            self._accepts_short = True
            self._pages.restore_page_size(self._limited_from)
            raise _Restart(None)
        if self._accepts_short and found > expected:
            raise Fault("the server sends more records than it counts")
        if found != expected or (total is not None and answer.total < total):
            raise _Restart(_second(last_seen))

    def _take(self, answer: Answer, window: Window | None, offset: int) -> _Taken:
        reading = self._reading
        table, refused = self._pages.prepare(answer, window, offset)
        digest = _digest(table, refused)
        self._digest.update(digest)
        refused = self._coverage.add(table, refused)
        reading.spool.add(table)
        reading.refused += refused
        reading.said_at = reading.said_at or answer.said_at
        reading.records += table.num_rows + len(refused)
        reading.size_bytes += answer.size_bytes
        times = pc.min_max(table["recorded_at"]).as_py()
        reading.newest = max(filter(None, (reading.newest, times["max"])), default=None)
        return _Taken(times["min"], times["max"], digest)

    # ---------- where a record breaks its page ----------

    def _narrow(self, window: Window, size: int) -> int | None:
        """Not even the first page can be read: find one that can, by size or by time. How many records are counted,
        None where parts of the window were read."""
        total = self._total(window, 1) if size > 1 else None
        if total is not None:
            self._divide_all(window, 0, size, total)
            return total
        if window.seconds > 1:
            for half in window.halves():
                self._span(half)
        else:
            self._divide(window, 0, 1, 1)
            # Where this too is broken, nothing tells whether the second holds another record.
            total = self._total(window, 2)
            self._divide_all(window, 1, 1, total or 0)
        return None

    def _total(self, window: Window, page: int) -> int | None:
        try:
            return self._ask(window, page, 1).total
        except Broken:
            return None

    def _divide_all(self, window: Window, first: int, size: int, total: int) -> None:
        for offset in range(first, total, size):
            self._divide(window, offset, size, total)

    def _divide(self, window: Window, offset: int, size: int, total: int) -> None:
        """The records from `offset` on, in smaller and smaller pages, until what is broken stands alone."""
        try:
            answer = self._ask(window, offset // size + 1, size, thorough=size == 1)
        except Broken as broken:
            if size == 1:
                self._unreadable(window, offset, broken)
                return
            part = size // _smallest_factor(size)
            for at in range(offset, min(offset + size, total), part):
                self._divide(window, at, part, total)
        else:
            self._check(answer, offset, size, total, None)
            self._take(answer, window, offset)

    def _unreadable(self, window: Window, offset: int, broken: Broken) -> None:
        self._broken += 1
        if self._broken > MAX_BROKEN:
            raise Fault(f"more than {MAX_BROKEN} of its records cannot be read ({broken})")
        self._reading.records += 1
        self._coverage.add_place(place(window, offset))
        self._digest.update(place(window, offset).encode())
        self._reading.refused.append(
            UnusableDocument(place(window, offset), UNREADABLE, None, f"cannot be read: {broken}", broken.body)
        )

    def _ask(self, window: Window | None, page: int, size: int, *, thorough: bool = False) -> Answer:
        # What was broken once is soon divided; a record on its own gets every chance before it is given up.
        attempts = self._pages.attempts if thorough else 2 if self._setbacks else None
        try:
            answer = self._pages.ask(window, page, size, broken=attempts)
        except (Broken, TooSlow) as fault:
            self._setbacks += 8 if isinstance(fault, TooSlow) else 1
            if self._setbacks > MAX_SETBACKS:
                raise Fault(f"nothing of it can be read, however little is asked for ({fault})") from None
            raise
        self._setbacks = 0
        return answer


def _digest(table: pa.Table, refused: list[UnusableDocument]) -> bytes:
    """Tells what one page holds from what any other does."""
    found = hashlib.sha256("".join(table["_document_hash"].to_pylist()).encode())
    for one in refused:
        found.update(one.document.encode(errors="backslashreplace"))
    return found.digest()


def _second(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _smallest_factor(number: int) -> int:
    return next((factor for factor in range(2, int(number**0.5) + 1) if number % factor == 0), number)
