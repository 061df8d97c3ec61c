"""Locks: one build of a lake at a time, on one machine and on several."""
