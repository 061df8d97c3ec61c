"""dbt's events for debugging, of which a node fires dozens: nobody hears them here, so they are not put into words."""

from typing import Any

from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager


def leave_out_debugging() -> None:
    """Let dbt's commands do so in this process. All other events, and what is fired as another level, are as ever.

    Made into messages of protobuf, twice each, they took a third of what dbt itself needs for a node.
    """
    DebugLevel.__init__ = _remember  # type: ignore[assignment,method-assign]
    DebugLevel.__getattr__ = _say  # type: ignore[assignment,method-assign]
    ctx_set_event_manager(_Manager())


class _Manager(EventManager):
    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        is_debugging = isinstance(e, DebugLevel) and level in (None, EventLevel.DEBUG)
        if not is_debugging or force_warn_or_error_handling:
            super().fire_event(e, level, node, force_warn_or_error_handling)


def _remember(event: DebugLevel, *words: Any, **said: Any) -> None:
    object.__setattr__(event, "_said", (words, said))


def _say(event: DebugLevel, name: str) -> Any:
    """The event's own attribute: only now it becomes a message."""
    if "pb_msg" not in vars(event):
        words, said = vars(event)["_said"]
        BaseEvent.__init__(event, *words, **said)
    return BaseEvent.__getattr__(event, name)  # type: ignore[no-untyped-call]
