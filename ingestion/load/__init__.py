"""The load: landing in bronze, the ledger of pulls, quarantine, and dlt's pipeline around them."""
