"""Kinds of systems: how each is read. What differs between systems of a kind is declared in `systems/`."""
