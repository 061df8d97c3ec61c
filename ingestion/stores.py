"""The time zone of a source's files, as the seed `stores` says it: for dbt's days and for landing's alike."""

import csv
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingestion.environment import PROJECT
from ingestion.errors import StorelakeError

STORES = PROJECT / "seeds" / "stores.csv"


def time_zone(system: str, source: str) -> str | None:
    """The zone of the times in the files of a source; None where no row of the seed names it."""
    return _zones(STORES, STORES.stat().st_mtime_ns if STORES.exists() else None).get((system, source))


@lru_cache(maxsize=1)
def _zones(path: Path, changed: int | None) -> dict[tuple[str, str], str]:
    if changed is None:
        raise StorelakeError(f"seeds/{path.name} is missing: it names the time zones of sources.")
    found: dict[tuple[str, str], str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if missing := {"system", "source", "time_zone"}.difference(rows.fieldnames or ()):
            raise StorelakeError(f"seeds/{path.name} has no column {', '.join(sorted(missing))}.")
        for row in rows:
            zone, source = row["time_zone"], (row["system"], row["source"])
            place = f"seeds/{path.name}, line {rows.line_num}: time_zone"
            if not zone:
                continue
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise StorelakeError(f"{place} '{zone}' is no time zone; write one like Europe/Berlin.") from None
            if found.setdefault(source, zone) != zone:
                raise StorelakeError(
                    f"{place} '{zone}' is another than '{found[source]}', which {'/'.join(source)} has above: the "
                    "times in its files would mean two things. Make two sources of it."
                )
    return found
