"""In which order dbt takes the nodes that are ready: first what the longest chain of others waits for.

By itself dbt hands out each node as soon as it is ready, level by level, so that a build waits for its widest tables
while nothing else is left to do, and does the small ones, one by one, before it begins with them.
"""

from typing import Any

from dbt.adapters.factory import FACTORY
from dbt.graph import selector
from dbt.graph.queue import GraphQueue


def longest_chain_first() -> None:
    """Let dbt's builds do so in this process. A gate still comes before what it guards: only ties are decided anew."""
    selector.GraphQueue = ChainsFirst  # type: ignore[attr-defined]


class ChainsFirst(GraphQueue):
    """dbt's queue of nodes, which gives one away only when it can be taken soon: until then a better one may come."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next node; blocks until there is one, and while as many as dbt has threads, and one, are not done."""
        adapters: list[Any] = list(FACTORY.adapters.values())
        most = 1 + max((adapter.config.threads for adapter in adapters), default=1)
        with self.some_task_done:
            self.some_task_done.wait_for(lambda: len(self.in_progress) < most)
        return super().get(block, timeout)

    def _get_scores(self, graph: Any) -> dict[str, int]:
        return scores(graph)


def scores(graph: Any) -> dict[str, int]:
    """Each node's score, of which the lowest goes first: how many nodes follow one another behind it, below zero.

    The graph is dbt's (of networkx), and has no cycle.
    """
    behind: dict[str, int] = {}

    def score(node: str) -> int:
        if node not in behind:
            behind[node] = min((score(child) - 1 for child in graph.successors(node)), default=0)
        return behind[node]

    return {node: score(node) for node in graph}
