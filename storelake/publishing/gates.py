"""What must be green before what was built may be published: `ops.open_gates`, which dbt's own runs write."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.errors import StorelakeError

QUERY = """
    select kind, name, status from {}
    order by case when status in ('fail', 'error') then 1 else 2 end, kind, name
"""
NEVER_BUILT = "What was built does not tell whether it is green: storelake build builds and tests everything."
_NAMED = 5


@dataclass(frozen=True)
class Gate:
    """A model, seed or test that is not green over what was built, and how it ended."""

    kind: str
    name: str
    status: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} ({self.status})"


class NotGreen(StorelakeError):
    """What was built stays unpublished; readers keep what they have."""

    def __init__(self, gates: Sequence[Gate] = ()) -> None:
        named = ", ".join(str(gate) for gate in gates[:_NAMED])
        more = f" and {len(gates) - _NAMED} more" if len(gates) > _NAMED else ""
        why = f"Not green over what was built: {named}{more}. storelake build builds and tests everything."
        super().__init__(f"Nothing is published. {why if gates else NEVER_BUILT}")
        self.gates = gates
