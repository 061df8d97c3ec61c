"""What can be mended without guessing: the ledger from bronze's commits, a log whose last entry was cut off, and data
files that are lost, as long as the files that they had replaced, or the archive that their pulls had read, are there.

What is taken out is set aside in the lake's folder `damaged`, never removed. What cannot be mended safely is left as
it is: `storelake check` says where it must come from.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from ingestion import times
from ingestion.environment import Environment
from ingestion.errors import Damaged, StorelakeError
from ingestion.lake import delta
from ingestion.load import landing
from ingestion.load.ledger import Ledger
from ingestion.maintenance import check, restore
from ingestion.pulls import Feed


def repair(environment: Environment) -> Iterator[str]:
    """Mend what can be mended, and say what was done, a sentence each. No ingestion may run meanwhile."""
    for name in check.table_names(environment):
        yield from _cut_off(environment, name)
    for name in check.table_names(environment):
        yield from _replaced(environment, name)
    yield from _ledger(environment)
    for name in check.table_names(environment):
        if name.startswith("bronze/"):
            yield from _archived(environment, name)


def _replaced(environment: Environment, name: str) -> Iterator[str]:
    """Put files back that lost ones had replaced."""
    root = environment.lake / name
    for table in _opened(root):
        done: set[str] = set()
        for bad in restore.read(root, table).bad:
            found = restore.replaced(root, table, bad) if bad.path not in done else None
            if found:
                delta.exchange_files(DeltaTable(str(root)), found.partition, found.removed, found.added)
                done.update(found.removed)
                count = len(found.added)
                yield f"{name}: {bad.place.name} {bad.what}: the {count} files that it had replaced are back."
                yield from _kept_aside(environment, bad)


def _archived(environment: Environment, name: str) -> Iterator[str]:
    """Land again, from the archive, what lost files held; they go when all of it is there."""
    root = environment.lake / name
    for table in _opened(root):
        reading = restore.read(root, table)
        try:
            lacking = restore.lacking(name, reading.brought, Ledger(environment).pulls())
            reasons = [reason for pull in lacking if (reason := restore.obstacle(environment, pull))]
        except Damaged as error:
            reasons = [str(error).removesuffix(f". {delta.CHECK}")]
        if reasons:
            for bad in reading.bad:
                yield f"{name}: {bad.place.name} {bad.what}, and is left as it is, since {reasons[0]}."
            return
        for pull in lacking if reading.bad else ():
            try:
                rows = restore.land_again(environment, name, pull, reading)
            except StorelakeError as error:
                yield f"{name}: it has lost rows of pull {pull['pull_id']}, and is left as it is, since {error}."
                return
            yield f"{name}: {rows} rows of pull {pull['pull_id']} were read again from the archive."
            # The next one is compared with what this one has brought back.
        for bad in reading.bad:
            delta.exchange_files(DeltaTable(str(root)), bad.partition, [bad.path], [])
            yield f"{name}: {bad.place.name} {bad.what}: what it had held is there without it."
            yield from _kept_aside(environment, bad)


def _kept_aside(environment: Environment, bad: restore.Bad) -> Iterator[str]:
    if bad.place.exists():
        yield f"{bad.place.name} is set aside as {_set_aside(environment, bad.place)}."


def _opened(root: Path) -> Iterator[DeltaTable]:
    """The table, where there is one that can be opened."""
    try:
        table = delta.opened(str(root))
    except Damaged:
        return
    if table is not None:
        yield table


def _ledger(environment: Environment) -> Iterator[str]:
    """Complete what bronze has committed, and build the ledger's pulls anew where they cannot be read."""
    pulls = environment.lake / check.PULLS
    try:
        missing = delta.opened(str(pulls)) is None or not Ledger(environment).pulls()
    except Damaged:
        missing = True
    commits, unread = _commits(environment)
    if missing and unread:
        yield f"{check.PULLS} is built anew from bronze, and not all of it can be read: mend {', '.join(unread)} first."
        return
    if missing and commits:
        if pulls.exists():
            yield f"{check.PULLS} cannot be read: it is set aside as {_set_aside(environment, pulls)}."
        for said in commits:
            landing.Landing(environment).complete_from(said)
        yield (
            f"{check.PULLS} was built anew from the {len(commits)} commits in bronze. Sequence numbers may be others "
            "than before: run storelake ingest, which reads again what had brought nothing, and then "
            "storelake build --full-refresh."
        )
        return
    known = Ledger(environment).sequences()
    for said in commits:
        if said["pull_id"] not in known:
            sequence = landing.Landing(environment).complete_from(said)
            yield f"Pull {said['pull_id']} of {said['feed']} was committed; it has the sequence {sequence} now."


def _commits(environment: Environment) -> tuple[list[dict[str, Any]], list[str]]:
    """What all commits in bronze say, those of each feed in their order, and the tables that cannot be read."""
    found = []
    unread = []
    for name in check.table_names(environment):
        if not name.startswith("bronze/"):
            continue
        latest: dict[str, int] = {}
        try:
            table = delta.opened(str(environment.lake / name))
        except Damaged:
            unread.append(name)
            continue
        for said in landing.commits(table) if table else ():
            # A clock may have gone back between two commits.
            latest[said["feed"]] = max(latest.get(said["feed"], 0), said["committed_at"])
            found.append((latest[said["feed"]], said["feed"], said["transaction"], said))
    return [said for *_, said in sorted(found, key=lambda one: one[:3])], unread


def _cut_off(environment: Environment, name: str) -> Iterator[str]:
    """Set the newest entry of a log aside where it is empty or torn, if nothing that counts is lost with it."""
    folder = environment.lake / name
    log = folder / "_delta_log"
    entry = delta.bad_entry(log)
    numbers = [int(path.stem) for path in log.glob("*.json") if path.stem.isdigit()]
    if entry is None or not numbers or int(entry.split(".")[0]) != max(numbers) or "missing" in entry:
        return
    path = log / f"{max(numbers):020d}.json"
    # Before anything is moved: whoever stops here leaves the log as it was.
    if reason := _lost(environment, name, folder, max(numbers) - 1):
        yield f"{name}: {entry}, and is left as it is, since {reason}."
    else:
        yield f"{name}: {entry}. It had not counted yet, and is set aside as {_set_aside(environment, path)}."


def _lost(environment: Environment, name: str, folder: Path, before: int) -> str | None:
    """Why a table that has lost its newest commit, and is what it was before, is not whole; None where it is."""
    if before < 0:
        return "it is the only one"
    try:
        table = DeltaTable(str(folder), version=before)
        if name == check.PULLS:
            # A completion that was lost is made again from its commit; what had no commit is read again.
            return None
        pulls = [pull for pull in Ledger(environment).pulls() if pull["status"] == "completed"]
    except (Damaged, DeltaError):
        return "what it belongs to cannot be read either"
    if name.startswith("bronze/"):
        return _commit_that_counts(table, name, pulls)
    held = {row["pull_id"] for row in delta.rows_of(table, ["pull_id"])}
    expected = {
        "ledger/pull_items": ("items_read", "items_seen", "items_held", "items_refused"),
        "ledger/quarantine": ("records_quarantined",),
    }.get(name, ())
    if any(sum(pull[column] for column in expected) and pull["pull_id"] not in held for pull in pulls):
        return "a pull that is complete has lost its rows with it: put the entry back from a backup"
    return None


def _commit_that_counts(table: DeltaTable, name: str, pulls: list[dict[str, Any]]) -> str | None:
    for pull in pulls:
        feed = Feed(pull["system"], pull["source"], pull["entity"])
        if f"bronze/{feed.system}__{feed.entity}" == name:
            number = table.transaction_version(feed.transaction_id) or 0
            if (pull["bronze_transaction"] or 0) > number:
                return f"the ledger knows its pull {pull['pull_id']}: put the entry back from a backup"
    return None


def _set_aside(environment: Environment, path: Path) -> str:
    """Move a file or a folder into `damaged`, and return where it is now, relative to the lake."""
    stamp = f"{times.now():%Y%m%dT%H%M%S%f}"
    target = environment.lake / "damaged" / stamp / path.relative_to(environment.lake)
    target.parent.mkdir(parents=True)
    shutil.move(path, target)
    return str(target.relative_to(environment.lake))
