"""What makes an item of a feed usable: its key alone, which each format names."""

from ingestion.records.contracts import Contract


class FeedItem(Contract):
    """Any element of a feed; all that it says is read in silver."""
