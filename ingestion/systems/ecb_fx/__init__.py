"""ECB euro reference rates: the whole history as one CSV in a zip, and each day's rates as XML."""

import re

from ingestion.environment import PROJECT
from ingestion.extract.files.drop_folder import FileSystem, Sample
from ingestion.extract.files.file_extraction import FileEntity
from ingestion.extract.formats import csv_or_xlsx, xml_document
from ingestion.records.envelope import RecordShape
from ingestion.systems.ecb_fx.contract import DailyRates, HistoryRates

_NAMESPACE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref"

HISTORY_RATES = FileEntity(
    system="ecb_fx",
    entity="history_rates",
    scope="full",
    shape=RecordShape(contract=HistoryRates, natural_key=("Date",)),
    recognises=lambda head: re.match(rb"(\xef\xbb\xbf)?Date,([A-Z]{3},)+", head) is not None,
    read=csv_or_xlsx.read,
    shrink_limit=0.01,
    newest="Date",
)

DAILY_RATES = FileEntity(
    system="ecb_fx",
    entity="daily_rates",
    scope="window",
    shape=RecordShape(contract=DailyRates, natural_key=("@time",)),
    recognises=lambda head: _NAMESPACE.encode() in head,
    read=xml_document.reader("//*[local-name() = 'Cube'][@time]"),
)

SYSTEM = FileSystem(
    name="ecb_fx",
    entities=(HISTORY_RATES, DAILY_RATES),
    sample=Sample(
        "ecb",
        (
            PROJECT / "data" / "ecb_fx" / "eurofxref-hist.zip",
            PROJECT / "data" / "ecb_fx" / "eurofxref-daily.xml",
        ),
    ),
    fresh_within_days=4,
)
