"""UTC times in whole milliseconds, the one precision that Delta, DuckDB and Trino share."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, UTC, cut to milliseconds."""
    return from_timestamp(datetime.now(UTC).timestamp())


def from_timestamp(seconds: float) -> datetime:
    """The UTC time of `seconds` since the epoch, cut to milliseconds."""
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)
