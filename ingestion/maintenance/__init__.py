"""Maintenance of a lake: compaction, checks, repairs, scratch space of processes that were killed."""
