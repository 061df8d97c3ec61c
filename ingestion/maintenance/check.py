"""Is the lake whole? The log against itself, files against the log, the ledger against bronze, the archive against it.

Nothing here writes. What is found is named, with the file, what is wrong with it and what to do.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deltalake import DeltaTable

from ingestion.environment import Environment
from ingestion.errors import Damaged
from ingestion.lake import delta
from ingestion.load import landing
from ingestion.load.ledger import Ledger
from ingestion.maintenance import restore
from ingestion.maintenance.compact import LEDGER

PULLS = "ledger/pulls"
REPAIR = "Run storelake repair."
_BACKUP = "Put this file back from a backup of the lake; nothing else holds it."
_READ_AGAIN = (
    "Put the lake's files back from one backup, all of the same moment; bronze, ledger and raw belong together."
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one part of the lake, and what to do about it."""

    place: str
    what: str
    advice: str


def check(environment: Environment, *, quick: bool = False) -> Iterator[Problem]:
    """All that is wrong with a lake. `quick` reads footers and not every value, and no archived file."""
    # Before bronze is read: what completes meanwhile is left to the next look.
    pulls = _completed(environment)
    whole = True
    brought: Counter[tuple[str, str]] = Counter()
    found: dict[str, DeltaTable] = {}
    for name in _expected(environment, bool(pulls)):
        table, problems = _table(environment, name)
        yield from problems
        if table is None:
            whole = False
            continue
        found[name] = table
        reading = restore.read(environment.lake / name, table, quick=quick)
        brought.update(reading.brought)
        for problem in _bad(environment, name, table, reading, pulls):
            whole = False
            yield problem
    if whole:
        yield from _books(environment, found, brought, pulls)
    else:
        yield Problem("the ledger against bronze", "could not be compared", "Mend what is told above, and check again.")
    if not quick and "ledger/pull_items" in found and whole:
        yield from _archive(environment)


def table_names(environment: Environment) -> list[str]:
    """The folders of Delta tables that hold anything; a first run that was stopped may have left empty ones."""
    bronze = [f"bronze/{path.name}" for path in sorted((environment.lake / "bronze").glob("*__*"))]
    return [name for name in [*bronze, *(f"ledger/{name}" for name in LEDGER)] if _holds(environment, name)]


def _expected(environment: Environment, is_used: bool) -> list[str]:
    """The tables that there are and those that there should be: a pull writes its items before it is complete."""
    names = table_names(environment)
    if is_used:
        names += [f"ledger/{name}" for name in LEDGER if f"ledger/{name}" not in names]
    elif PULLS not in names and any(
        name.startswith("bronze/") and _holds(environment, name, "parquet") for name in names
    ):
        names.append(PULLS)
    return names


def _holds(environment: Environment, name: str, *endings: str) -> bool:
    folder = environment.lake / name
    return any(next(folder.rglob(f"*.{ending}"), None) for ending in endings or ("json", "parquet"))


def _table(environment: Environment, name: str) -> tuple[DeltaTable | None, list[Problem]]:
    """The table, and what is wrong with its log."""
    folder = environment.lake / name
    log = folder / "_delta_log"
    entry = delta.bad_entry(log)
    if not any(log.glob("*.json")):
        advice = REPAIR if name == PULLS else _READ_AGAIN
        return None, [Problem(str(folder), "there is no table, or it has lost its log", advice)]
    if entry is not None:
        is_last = int(entry.split(".")[0]) == max(int(path.stem) for path in log.glob("*.json") if path.stem.isdigit())
        return None, [Problem(str(log), entry, REPAIR if is_last or name == PULLS else _BACKUP)]
    try:
        table = delta.opened(str(folder))
    except Damaged as error:
        return None, [Problem(str(folder), str(error).removesuffix(f". {delta.CHECK}"), _advice(name))]
    return table, []


def _advice(name: str) -> str:
    """What to do where a file of a table cannot be read: of all tables, only the ledger's pulls follow from others."""
    return REPAIR if name == PULLS else _BACKUP


def _bad(
    environment: Environment,
    name: str,
    table: DeltaTable,
    reading: restore.Reading,
    pulls: dict[str, dict[str, Any]],
) -> Iterator[Problem]:
    """The data files that cannot be read, and whether repair can bring back what they held."""
    root = environment.lake / name
    left = [bad for bad in reading.bad if restore.replaced(root, table, bad) is None]
    is_archived = name.startswith("bronze/") and not any(
        restore.obstacle(environment, pull) for pull in restore.lacking(name, reading.brought, pulls.values())
    )
    for bad in reading.bad:
        yield Problem(str(bad.place), bad.what, _advice(name) if bad in left and not is_archived else REPAIR)


def _completed(environment: Environment) -> dict[str, dict[str, Any]]:
    """The completed pulls by their ids; none where the ledger cannot be read, which is told elsewhere."""
    try:
        return {pull["pull_id"]: pull for pull in Ledger(environment).pulls() if pull["status"] == "completed"}
    except Damaged:
        return {}


def _books(
    environment: Environment,
    found: dict[str, DeltaTable],
    brought: Counter[tuple[str, str]],
    pulls: dict[str, dict[str, Any]],
) -> Iterator[Problem]:
    """What the ledger says of each pull is what bronze, items and quarantine hold of it."""
    place = str(environment.lake / "ledger" / "pulls")
    known = Ledger(environment).sequences()
    for name, table in found.items():
        if name.startswith("bronze/"):
            yield from _commits(name, table, pulls, known)
    sequences = sorted(known.values())
    if sequences != list(range(1, len(sequences) + 1)):
        yield Problem(place, "sequence numbers are missing or given twice", _READ_AGAIN)
    for pull_id in sorted({pull_id for pull_id, _ in brought} - known.keys()):
        yield Problem(place, f"bronze holds rows of pull {pull_id}, which the ledger does not know", REPAIR)
    items = _count(environment, "pull_items", "records_read")
    refused = _count(environment, "quarantine")
    for pull_id, pull in pulls.items():
        feed = f"{pull['system']}/{pull['source']}/{pull['entity']}"
        said = {
            "landed": (pull["records_landed"], brought[pull_id, "upsert"], "rows in bronze"),
            "deleted": (pull["records_deleted"], brought[pull_id, "delete"], "deletes in bronze"),
            "quarantined": (pull["records_quarantined"], refused[pull_id], "records in quarantine"),
            "read": (pull["records_read"], items[pull_id], "records in its items"),
        }
        for word, (counted, held, where) in said.items():
            if counted != held:
                what = f"pull {pull_id} of {feed} {word} {counted} records, and there are {held} {where}"
                yield Problem(place, what, _READ_AGAIN)
        if pull["records_read"] != pull["records_landed"] + pull["records_known"] + pull["records_quarantined"]:
            yield Problem(place, f"the counts of pull {pull_id} of {feed} do not add up", _READ_AGAIN)


def _commits(
    name: str, table: DeltaTable, pulls: dict[str, dict[str, Any]], known: dict[str, int]
) -> Iterator[Problem]:
    """Every commit of a pull is in the ledger, and every pull that committed has its commit."""
    committed = set()
    for said in landing.commits(table):
        committed.add(said["pull_id"])
        if said["pull_id"] not in known:
            yield Problem(name, f"pull {said['pull_id']} is committed, and the ledger does not know it", REPAIR)
    for pull_id, pull in pulls.items():
        is_here = f"bronze/{pull['system']}__{pull['entity']}" == name
        if is_here and pull_id not in committed and pull["records_landed"] + pull["records_deleted"]:
            yield Problem(name, f"the log has no commit of pull {pull_id}, which the ledger knows", _READ_AGAIN)


def _count(environment: Environment, table: str, column: str | None = None) -> Counter[str]:
    """How many rows, or the sum of a column, each pull has in a table of the ledger."""
    counted: Counter[str] = Counter()
    for row in delta.rows(environment.ledger(table), ["pull_id", *([column] if column else [])]):
        counted[row["pull_id"]] += row[column] if column else 1
    return counted


def _archive(environment: Environment) -> Iterator[Problem]:
    """Every file that was read is in the archive as it came: its content has the hash that is its name."""
    seen = set()
    for item in Ledger(environment).all_items():
        uri = item["raw_uri"]
        if uri is None or uri in seen:
            continue
        seen.add(uri)
        path = environment.lake / uri
        if not path.exists():
            yield Problem(str(path), "is missing", "Put it back from a backup, or drop the same file again.")
        elif restore.hash_of(path) != path.stem:
            yield Problem(str(path), "is damaged: its content has another hash", "Remove it, and drop the file again.")
