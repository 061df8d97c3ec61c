"""The Arrow schemas of everything that ingestion writes into the lake.

Bronze has one envelope for every entity of every system; the ledger has four small tables. Times are
UTC in whole milliseconds, though the type says microseconds: Delta knows no other, and Trino rounds.
"""

import pyarrow as pa

UTC = pa.timestamp("us", tz="UTC")

ENVELOPE = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("pulldate", pa.date32(), nullable=False),
        pa.field("_record_key", pa.string(), nullable=False),
        pa.field("_document_hash", pa.string()),
        pa.field("_operation", pa.string(), nullable=False),
        pa.field("_record_at", UTC),
        pa.field("_subject_key", pa.string()),
        pa.field("_pull_id", pa.string(), nullable=False),
        pa.field("_position", pa.int64(), nullable=False),
        pa.field("_ingested_at", UTC, nullable=False),
        pa.field("_source_uri", pa.string()),
        pa.field("_document", pa.string()),
    ]
)
"""Bronze: one row per version of a record. A delete has neither document nor hash."""

PARTITION = ("pulldate", "source")
"""By which bronze's files are told apart; they hold neither."""

BRONZE_FILE = pa.schema([field for field in ENVELOPE if field.name not in PARTITION])
"""What one of bronze's files holds."""

PULLS = pa.schema(
    [
        pa.field("pull_id", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("sequence", pa.int64()),
        pa.field("system", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("entity", pa.string(), nullable=False),
        pa.field("scope", pa.string(), nullable=False),
        pa.field("window_start", UTC),
        pa.field("window_end", UTC),
        pa.field("pulldate", pa.date32(), nullable=False),
        pa.field("records_read", pa.int64()),
        pa.field("records_landed", pa.int64()),
        pa.field("records_known", pa.int64()),
        pa.field("records_quarantined", pa.int64()),
        pa.field("records_deleted", pa.int64()),
        pa.field("items_read", pa.int64()),
        pa.field("items_seen", pa.int64()),
        pa.field("items_held", pa.int64()),
        pa.field("items_refused", pa.int64()),
        pa.field("bytes_read", pa.int64()),
        pa.field("requests", pa.int64()),
        pa.field("retries", pa.int64()),
        pa.field("bronze_transaction", pa.int64()),
        pa.field("notes", pa.string()),
        pa.field("error", pa.string()),
        pa.field("code_version", pa.string()),
        pa.field("host", pa.string()),
        pa.field("process", pa.int64()),
        pa.field("started_at", UTC, nullable=False),
        pa.field("finished_at", UTC),
        pa.field("recorded_at", UTC, nullable=False),
    ]
)
"""Ledger: one row per event of a pull; `status` is `running`, `completed` or `failed`."""

PULL_ITEMS = pa.schema(
    [
        pa.field("pull_id", pa.string(), nullable=False),
        pa.field("system", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("entity", pa.string(), nullable=False),
        pa.field("item", pa.int64(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("content_hash", pa.string()),
        pa.field("size_bytes", pa.int64()),
        pa.field("modified_at", UTC),
        pa.field("records_read", pa.int64(), nullable=False),
        pa.field("records_quarantined", pa.int64(), nullable=False),
        pa.field("parts", pa.string()),
        pa.field("drift", pa.string()),
        pa.field("raw_uri", pa.string()),
        pa.field("recorded_at", UTC, nullable=False),
    ]
)
"""Ledger: one row per file (or page, or offset range) of a pull; `status` is `read`, `seen`, `held` or `refused`."""

QUARANTINE = pa.schema(
    [
        pa.field("pull_id", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("system", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("entity", pa.string(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("field", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("document", pa.string()),
        pa.field("source_uri", pa.string()),
        pa.field("content_hash", pa.string()),
        pa.field("quarantined_at", UTC, nullable=False),
    ]
)
"""Ledger: one row per refused record (or refused file), as it came, with the rule it broke."""

QUARANTINE_REPLAYS = pa.schema(
    [
        pa.field("pull_id", pa.string(), nullable=False),
        pa.field("content_hash", pa.string()),
        pa.field("replay_pull_id", pa.string(), nullable=False),
        pa.field("replayed_at", UTC, nullable=False),
    ]
)
"""Ledger: one row per replay of what a pull had refused of one item; it counts once that pull completed."""

LEDGER = ("pulls", "pull_items", "quarantine", "quarantine_replays")
"""The names of the ledger's tables."""
