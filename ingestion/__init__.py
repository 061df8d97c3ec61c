"""Extract and load: what outside systems send lands in bronze, exactly once, and the ledger says so."""
