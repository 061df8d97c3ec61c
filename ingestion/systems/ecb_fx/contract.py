"""What makes a day of reference rates usable; each rate is read in silver, where a bad one has its reason."""

from typing import Any

from pydantic import Field

from ingestion.records.contracts import Contract, Day


class HistoryRates(Contract):
    """One line of the history: a day and a column for each currency, `N/A` where it was not quoted."""

    quoted_on: Day = Field(alias="Date")


class DailyRates(Contract):
    """One day of the daily XML: the day, and an element for each currency."""

    quoted_on: Day = Field(alias="@time")
    rates: list[dict[str, Any]] = Field(alias="{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube", min_length=1)
