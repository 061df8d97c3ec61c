"""Refused records are read in the lake, as they came, whoever refused them."""

import json

import duckdb
from lakes import Lake, line, table

from storelake import refused
from storelake.publishing.duckdb_file import published_file

PERSON = "Jane Doe jane@example.org"


def test_refused_records_are_shown_as_they_came(lake: Lake) -> None:
    """Protects who mends data: what is published names field and reason, and the record is found by it."""
    lake.drop("a.csv", table(line(1, "A", PERSON, quantity="many"), line(2, "B", PERSON), line(3, "C", "another")))
    [pull] = lake.ingest()
    [waiting] = refused.refused(lake.environment)
    assert (waiting["field"], json.loads(waiting["document"])["Description"]) == ("Quantity", PERSON)
    [second] = [row for row in lake.bronze() if json.loads(row["_document"])["InvoiceNo"] == "2"]
    with duckdb.connect(str(published_file(lake.environment))) as database:
        database.execute("create schema ops")
        database.execute(
            """
            create table ops.silver_refusals as
            select ? as pull_id, 'online_retail' as system, 'shop' as source, 'invoice_lines' as entity, 'type' as rule,
                'unit_price' as field, 'unit_price: not a decimal' as reason, timestamp '2099-01-01' as quarantined_at,
                cast(? as bigint) as position, ? as _record_key
            """,
            [pull["pull_id"], second["_position"], second["_record_key"]],
        )
    for chosen in ([], ["online_retail"]):
        shown = refused.refused(lake.environment, chosen, "shop", "invoice_lines")
        assert [json.loads(one["document"])["InvoiceNo"] for one in shown] == ["1", "2"]
        assert shown[1]["source_uri"] == second["_source_uri"]
    assert refused.refused(lake.environment, ["magento"]) == []
    assert refused.refused(lake.environment, [], "another") == []
