"""Online Retail: the lines of a shop's invoices in one CSV (or XLSX) file a day."""

from ingestion import stores
from ingestion.environment import PROJECT
from ingestion.extract.files.drop_folder import FileSystem, Sample
from ingestion.extract.files.file_extraction import FileEntity
from ingestion.extract.formats import csv_or_xlsx
from ingestion.records.envelope import RecordShape
from ingestion.systems.online_retail.contract import InvoiceLine

SECOND_EDITION = {"Invoice": "InvoiceNo", "Price": "UnitPrice", "Customer ID": "CustomerID"}
"""Names of columns in UCI's Online Retail II."""

INVOICE_LINES = FileEntity(
    system="online_retail",
    entity="invoice_lines",
    scope="statement",
    part="InvoiceDate",
    shape=RecordShape(
        contract=InvoiceLine,
        natural_key=("InvoiceNo", "StockCode"),
        numbered=True,
        record_at="InvoiceDate",
        time_zone=lambda source: stores.time_zone("online_retail", source),
        subject="CustomerID",
    ),
    recognises=lambda head: b"Invoice" in head,
    read=csv_or_xlsx.reader(SECOND_EDITION),
)

SYSTEM = FileSystem(
    name="online_retail",
    entities=(INVOICE_LINES,),
    sample=Sample("uk", (PROJECT / "data" / "online_retail" / "uci_online_retail_by_day.tar.gz",)),
)
