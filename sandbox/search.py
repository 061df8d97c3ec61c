"""Magento's search criteria: what a query asks for, and the page that answers it."""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from sandbox.tables import Collection, Numbers
from sandbox.times import seconds

LIMIT = 300
"""The largest page where input limits are on."""
DEFAULT_SIZE = 20
_TIMES = {"created_at", "updated_at"}
_KEPT_SEARCHES = 32


class BadRequest(Exception):
    """A query that Magento answers with 400: its message and the parameters of it."""

    def __init__(self, message: str, parameters: Any = None) -> None:
        """Both as they go into the answer."""
        super().__init__(message)
        self.message, self.parameters = message, parameters


@dataclass(frozen=True)
class Filter:
    """One condition."""

    field: str
    value: str
    condition: str


@dataclass(frozen=True)
class Criteria:
    """What a query asks for. Filters of a group are alternatives, groups must all hold."""

    groups: tuple[tuple[Filter, ...], ...] = ()
    sorts: tuple[tuple[str, str], ...] = ()
    page_size: int | None = None
    current_page: int = 1

    def echo(self) -> dict[str, Any]:
        """As Magento repeats it in its answer."""
        found: dict[str, Any] = {
            "filter_groups": [
                {
                    "filters": [
                        {"field": one.field, "value": one.value, "condition_type": one.condition} for one in group
                    ]
                }
                for group in self.groups
            ]
        }
        if self.sorts:
            found["sort_orders"] = [{"field": name, "direction": direction} for name, direction in self.sorts]
        if self.page_size is not None:
            found["page_size"] = self.page_size
            found["current_page"] = self.current_page
        return found


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[1].lower(), name)


def parse(query: Sequence[tuple[str, str]]) -> Criteria:
    """The criteria in a query's parameters; names may be in camel case."""
    filters: dict[tuple[int, int], dict[str, str]] = {}
    sorts: dict[int, dict[str, str]] = {}
    numbers: dict[str, int] = {}
    is_there = False
    for name, value in query:
        top, _, rest = name.partition("[")
        if _snake(top) != "search_criteria":
            continue
        is_there = True
        path = [_snake(part) for part in rest.rstrip("]").split("][")] if rest else []
        match path:
            case ["filter_groups", group, "filters", number, what] if group.isdigit() and number.isdigit():
                filters.setdefault((int(group), int(number)), {})[what] = value
            case ["sort_orders", number, what] if number.isdigit():
                sorts.setdefault(int(number), {})[what] = value
            case ["page_size" | "current_page" as name]:
                if not re.fullmatch(r"-?\d+", value):
                    raise BadRequest(
                        'Error occurred during "%fieldName" processing. %details',
                        {
                            "fieldName": name,
                            "details": f'The "{value}" value\'s type is invalid. The "int" type was expected.',
                        },
                    )
                numbers[name] = int(value)
    if not is_there:
        raise BadRequest('"%fieldName" is required. Enter and try again.', {"fieldName": "searchCriteria"})
    groups: dict[int, list[Filter]] = {}
    for (place, _), parts in sorted(filters.items()):
        if "field" in parts:
            condition = parts.get("condition_type", "eq")
            if condition not in CONDITIONS:
                raise BadRequest(f"Invalid condition type: {condition}")
            groups.setdefault(place, []).append(Filter(parts["field"], parts.get("value", ""), condition))
    size = numbers.get("page_size")
    return Criteria(
        groups=tuple(tuple(group) for group in groups.values()),
        sorts=tuple(
            (parts["field"], parts.get("direction", "DESC").upper())
            for _, parts in sorted(sorts.items())
            if "field" in parts
        ),
        page_size=size if size and size > 0 else None,
        current_page=max(1, numbers.get("current_page", 1)),
    )


# ---------- conditions ----------


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _compared(held: Any, value: str) -> int:
    one, other = _number(held), _number(value)
    if one is not None and other is not None:
        return (one > other) - (one < other)
    first, second = str(held).casefold(), value.casefold()
    return (first > second) - (first < second)


def _like(held: Any, value: str) -> bool:
    pattern = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in value)
    return re.fullmatch(pattern, str(held), re.IGNORECASE | re.DOTALL) is not None


CONDITIONS: dict[str, Callable[[Any, str], bool]] = {
    "eq": lambda held, value: _compared(held, value) == 0,
    "neq": lambda held, value: _compared(held, value) != 0,
    "gt": lambda held, value: _compared(held, value) > 0,
    "gteq": lambda held, value: _compared(held, value) >= 0,
    "moreq": lambda held, value: _compared(held, value) >= 0,
    "from": lambda held, value: _compared(held, value) >= 0,
    "lt": lambda held, value: _compared(held, value) < 0,
    "lteq": lambda held, value: _compared(held, value) <= 0,
    "to": lambda held, value: _compared(held, value) <= 0,
    "in": lambda held, value: any(_compared(held, one.strip()) == 0 for one in value.split(",")),
    "nin": lambda held, value: not any(_compared(held, one.strip()) == 0 for one in value.split(",")),
    "like": _like,
    "nlike": lambda held, value: not _like(held, value),
    "finset": lambda held, value: value in str(held).split(","),
    "nfinset": lambda held, value: value not in str(held).split(","),
    "null": lambda held, value: False,
    "notnull": lambda held, value: True,
}
"""By name: whether a value that is there meets the condition. One that is missing meets only `null`."""

_VECTORS: dict[str, Callable[[Numbers, Any], Any]] = {
    "eq": np.equal,
    "neq": np.not_equal,
    "gt": np.greater,
    "gteq": np.greater_equal,
    "moreq": np.greater_equal,
    "from": np.greater_equal,
    "lt": np.less,
    "lteq": np.less_equal,
    "to": np.less_equal,
}


def _vector(one: Filter, column: Numbers) -> Any | None:
    """Which of a column's numbers meet the condition, or None where it takes a look at the documents."""

    def number(value: str) -> int:
        return seconds(value) if one.field in _TIMES else int(value)

    try:
        if one.condition in ("in", "nin"):
            found = np.isin(column, [number(value.strip()) for value in one.value.split(",")])
            return found if one.condition == "in" else ~found
        if one.condition in _VECTORS:
            return _VECTORS[one.condition](column, number(one.value))
    except ValueError:
        return None
    return None


# ---------- answers ----------


@dataclass
class Searcher:
    """Searches one collection; what was found for the last searches is kept."""

    collection: Collection
    magento: str
    limit: int | None
    _kept: OrderedDict[Any, Numbers] = field(default_factory=OrderedDict)
    _moment: int = -1

    def page(self, moment: int, criteria: Criteria) -> tuple[Criteria, Numbers, int]:
        """(the criteria as they were taken, the page's rows, the count of all rows)."""
        size = criteria.page_size
        if self.limit:
            if size is not None and size > self.limit:
                raise BadRequest(f"Maximum SearchCriteria pageSize is {self.limit}")
            size = size or DEFAULT_SIZE
        criteria = Criteria(criteria.groups, criteria.sorts, size, criteria.current_page)
        rows = self._rows(moment, criteria)
        if size is None:
            return criteria, rows, len(rows)
        page = criteria.current_page
        if self.magento == "2.3":
            # Until 2.3 the last page came again and again.
            page = min(page, max(1, -(-len(rows) // size)))
        return criteria, rows[(page - 1) * size : page * size], len(rows)

    def _rows(self, moment: int, criteria: Criteria) -> Numbers:
        # Rows that a sort leaves equal stand in no order that holds from page to page, nor do rows without a sort.
        turn = criteria.current_page % 2
        if moment != self._moment:
            self._kept.clear()
            self._moment = moment
        key = (criteria.groups, criteria.sorts, turn)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        rows = self.collection.current(moment)
        columns = self.collection.columns
        names = {one.field for group in criteria.groups for one in group} | {name for name, _ in criteria.sorts}
        loaded: list[dict[str, Any]] | None = None
        for group in criteria.groups:
            found: Any = None
            for one in group:
                mask = _vector(one, columns[one.field][rows]) if one.field in columns else None
                if mask is None:
                    loaded = loaded or self._load(rows, names)
                    mask = np.array([self._meets(record, one) for record in loaded], bool)
                found = mask if found is None else found | mask
            rows = rows[found]
            loaded = [record for record, is_in in zip(loaded, found, strict=True) if is_in] if loaded else None
        rows = self._sorted(rows, criteria.sorts, names, turn)
        self._kept[key] = rows
        if len(self._kept) > _KEPT_SEARCHES:
            self._kept.popitem(last=False)
        return rows

    def _sorted(self, rows: Numbers, sorts: tuple[tuple[str, str], ...], names: set[str], turn: int) -> Numbers:
        keys: list[Numbers] = []
        for name, direction in sorts:
            if name in self.collection.columns:
                column = self.collection.columns[name][rows]
            else:
                texts = [record.get(name) for record in self._load(rows, names)]
                distinct = sorted(set(texts), key=lambda value: (value is not None, _number(value) or 0, str(value)))
                order = {value: place for place, value in enumerate(distinct)}
                column = np.array([order[value] for value in texts], np.int64)
            keys.append(column if direction == "ASC" else -column)
        held = self.collection.columns.get(self.collection.key)
        numbers = rows if held is None else held[rows]
        keys.append(numbers if turn else numbers * 2_654_435_761 % 2**32)
        return rows[np.lexsort(keys[::-1])]

    def _load(self, rows: Numbers, names: set[str]) -> list[dict[str, Any]]:
        """The named fields of documents."""
        found = []
        for row in rows:
            record = orjson.loads(self.collection.documents([int(row)])[0])
            found.append({name: record[name] for name in names if name in record})
        return found

    @staticmethod
    def _meets(record: dict[str, Any], one: Filter) -> bool:
        held = record.get(one.field)
        if isinstance(held, (dict, list)):
            raise BadRequest(f"Column not found: 1054 Unknown column '{one.field}' in 'where clause'")
        if held is None:
            return one.condition == "null"
        return CONDITIONS[one.condition](held, one.value)
