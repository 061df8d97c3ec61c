"""The parameter `fields`: an answer with only what it names."""

import re
from typing import Any

Mask = dict[str, "Mask | None"]


def parse_fields(text: str) -> Mask:
    """`items[increment_id],total_count` as a tree: what is None is taken whole."""
    place = 0

    def level() -> Mask:
        nonlocal place
        found: Mask = {}
        while place < len(text):
            name = re.match(r"[^\[\],]*", text[place:])
            word = name[0].strip() if name else ""
            place += len(name[0]) if name else 0
            if place < len(text) and text[place] == "[":
                place += 1
                found[word] = level()
            elif word:
                found[word] = None
            if place < len(text) and text[place] == ",":
                place += 1
                continue
            if place < len(text) and text[place] == "]":
                place += 1
                return found
        return found

    return level()


def trim(value: Any, mask: Mask) -> Any:
    """Only what the mask names, in every element of a list."""
    if isinstance(value, list):
        return [trim(one, mask) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: held if (inner := mask[name]) is None else trim(held, inner)
        for name, held in value.items()
        if name in mask
    }
