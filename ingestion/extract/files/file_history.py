"""What the ledger says of the files of a feed: which content was done, what it stated, and what has replaced it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ingestion.load.ledger import Ledger, Statement
from ingestion.pulls import Item


class Past:
    """The past of one feed. `items` are those of its completed pulls, oldest first.

    Where files state parts of their source (`states`), a file is replaced by another that states one of its parts;
    elsewhere by any file that was read after it.
    """

    def __init__(self, items: Iterable[dict[str, Any]], *, states: bool) -> None:
        self.states = states
        self._newest: dict[str, dict[str, Any]] = {}
        self._under: dict[str, tuple[str | None, set[datetime | None]]] = {}
        self._last: dict[str, Any] | None = None
        self._done: list[dict[str, Any]] = []
        done = self._done
        for item in items:
            if item["status"] == "held":
                continue
            content_hash, times = self._under.get(item["name"], (None, set()))
            times = times if content_hash == item["content_hash"] else set()
            self._under[item["name"]] = item["content_hash"], times | {item["modified_at"]}
            if item["status"] == "seen":
                continue
            done.append(item)
            self._newest[item["content_hash"]] = item
            if item["status"] == "read":
                self._last = item
        self.statements: dict[str, Statement] = Ledger.statements(done) if states else {}

    def knows(self, content_hash: str) -> bool:
        """Whether content was read or refused before."""
        return content_hash in self._newest

    def parts(self, content_hash: str) -> dict[str, int]:
        """What content that was done before stated."""
        return Ledger.parts(self._newest[content_hash]) if content_hash in self._newest else {}

    def is_useless(self, content_hash: str) -> bool:
        """Whether every record of content was refused when it was read last."""
        item = self._newest.get(content_hash)
        return item is not None and item["records_quarantined"] == item["records_read"] > 0

    def replaced(self, news: Iterable[Item]) -> set[tuple[str, str]]:
        """Pull id and content hash of items with refused records that files read later have replaced.

        A file that was refused whole stated nothing: one of the same name that is no older replaces it. Another is
        replaced where each of its parts was stated again. Files that add up replace nothing.
        """
        if not self.states:
            return set()
        read = [item for item in news if item.status == "read" and item.records_quarantined < item.records_read]
        names = {item.name: item.modified_at for item in read}
        parts = {part for item in read for part in item.parts}
        found = set()

        def has_come_again(item: dict[str, Any]) -> bool:
            came = names.get(item["name"])
            return came is not None and came >= item["modified_at"]

        for item in reversed(self._done):
            stated, is_refused = Ledger.parts(item), item["status"] == "refused"
            if item["records_quarantined"] and (
                has_come_again(item) if is_refused else stated and parts.issuperset(stated)
            ):
                found.add((item["pull_id"], item["content_hash"]))
            if not is_refused and item["records_quarantined"] < item["records_read"]:
                names.setdefault(item["name"], item["modified_at"])
                parts.update(stated)
        return found

    def is_old_drop(self, name: str, content_hash: str, modified_at: datetime) -> bool:
        """Whether the file was there before as it is now: the last content under its name, and the same time."""
        last, times = self._under.get(name, (None, set()))
        return last == content_hash and modified_at in times

    def replaced_by(self, content_hash: str) -> tuple[datetime | None, str] | None:
        """When the file came that has replaced this content, and its name; None where it still counts."""
        if not self.states:
            last = self._last
            if last is None or last["content_hash"] == content_hash or self._newest[content_hash]["status"] != "read":
                return None
            return last["modified_at"], last["name"]
        others = [
            (said.modified_at, said.name)
            for part in self.parts(content_hash)
            if (said := self.statements[part]).content_hash != content_hash
        ]
        return max(others, key=lambda other: (other[0] is not None, *other)) if others else None

    def came_after(
        self, name: str, content_hash: str, modified_at: datetime, other: tuple[datetime | None, str]
    ) -> bool:
        """Whether a file came after another: it is younger, or other content was under its name in between."""
        if name in self._under and self._under[name][0] != content_hash:
            return True
        return other[0] is None or (modified_at, name) > (other[0], other[1])
