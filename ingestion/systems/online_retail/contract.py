"""What makes a line of Online Retail usable; all else is silver's business."""

from pydantic import Field

from ingestion.records.contracts import Contract, Key, Money, Time, Whole


class InvoiceLine(Contract):
    """One line of an invoice; an invoice whose number begins with `C` is a cancellation."""

    invoice_number: Key = Field(alias="InvoiceNo")
    stock_code: Key = Field(alias="StockCode")
    quantity: Whole = Field(alias="Quantity")
    invoiced_at: Time = Field(alias="InvoiceDate")
    unit_price: Money = Field(alias="UnitPrice")
    description: str = Field("", alias="Description")
    customer_number: str = Field("", alias="CustomerID")
    country: str = Field("", alias="Country")
