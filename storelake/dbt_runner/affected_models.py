"""How far new data reaches: the models that a build has to make, when the rest is as the last green one left it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Models that tell of the ledger are made by every build. What is made of data as well does not wait for them: a pull
# that changes data is in the table that it landed in, too.
_LEDGER_ROOM = "ops"


@dataclass(frozen=True)
class Changes:
    """What a build is told of: bronze tables by name, and whether seeds and the project itself are new to it.

    Where they are (`is_all_new`), a table that is not named is one in which nothing ever landed.
    """

    tables: frozenset[str]
    is_all_new: bool


def affected(manifest: Any, changes: Changes) -> Iterator[str]:
    """Names of the seeds and models of dbt's manifest that the changes reach."""
    known: dict[str, bool] = {}
    for identifier, node in sorted(manifest.nodes.items()):
        is_built = node.resource_type in ("model", "seed")
        if is_built and (_reads_only_the_ledger(node) or _is_reached(manifest, changes, identifier, known)):
            yield node.name


def _is_reached(manifest: Any, changes: Changes, identifier: str, known: dict[str, bool]) -> bool:
    if identifier not in known:
        known[identifier] = _look(manifest, changes, identifier, known)
    return known[identifier]


def _look(manifest: Any, changes: Changes, identifier: str, known: dict[str, bool]) -> bool:
    if identifier in manifest.sources:
        return manifest.sources[identifier].identifier in changes.tables
    every = manifest.nodes[identifier].depends_on_nodes
    # Rows of nothing are none, whatever else is told about them.
    told_of = manifest.nodes[identifier].config.meta.get("rows_of", [])
    if (
        changes.is_all_new
        and told_of
        and not any(_is_reached(manifest, changes, p, known) for p in _named(every, told_of))
    ):
        return False
    data = [
        parent for parent in every if parent not in manifest.nodes or not _reads_only_the_ledger(manifest.nodes[parent])
    ]
    if not data:
        # Of nothing but the books: each pull is news to it.
        return changes.is_all_new or bool(every)
    return any(_is_reached(manifest, changes, parent, known) for parent in data)


def _named(identifiers: list[str], names: list[str]) -> Iterator[str]:
    return (identifier for identifier in identifiers if identifier.split(".")[-1] in names)


def _reads_only_the_ledger(node: Any) -> bool:
    return node.resource_type == "model" and _LEDGER_ROOM in node.fqn[:-1]
