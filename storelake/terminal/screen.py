"""The terminal: whatever came from outside is shown as plain text, tables fit their width, and a pipe has none."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any, Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, JustifyMethod, OverflowMethod
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from storelake.terminal.printable import printable

_NO_WIDTH = 1_000_000
_HOLE = "\ue000"
"""Stands for a value in a template: a character that no text of ours has."""


class Screen(Console):
    """Prints text as it is: no markup in it is obeyed, and no control character reaches the terminal.

    A pipe or a log has no width: nothing is cut or broken there.
    """

    def __init__(self, file: IO[str], *, width: int | None = None) -> None:
        self.has_width = width is not None or file.isatty()
        super().__init__(
            file=None if file in (sys.stdout, sys.stderr) else file,
            stderr=file is sys.stderr,
            markup=False,
            emoji=False,
            highlight=False,
            width=width if self.has_width else _NO_WIDTH,
        )

    def render_str(
        self,
        text: str,
        *,
        style: Any = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        emoji: bool | None = None,
        markup: bool | None = None,
        highlight: bool | None = None,
        highlighter: Any = None,
    ) -> Text:
        """What every text goes through that is printed, also in tables."""
        return super().render_str(
            printable(text, lines=True),
            style=style,
            justify=justify,
            overflow=overflow,
            emoji=emoji,
            markup=markup,
            highlight=highlight,
            highlighter=highlighter,
        )

    def say(self, template: str, *values: object) -> None:
        """Print a line with markup of ours, `[red]{}[/]`, and values as the plain text that they are."""
        self.print(styled(template, *values), soft_wrap=not self.has_width)


def styled(template: str, *values: object) -> Text:
    """A text with markup of ours and values as they are, each on one line."""
    text = Text.from_markup(template.replace("{}", _HOLE), emoji=False)
    places = [place for place, character in enumerate(text.plain) if character == _HOLE]
    # From the last to the first: what is filled in moves no place that is still open.
    for place, value in reversed(list(zip(places, values, strict=True))):
        before, _, after = text.divide([place, place + 1])
        style = next((span.style for span in text.spans if span.start <= place < span.end), "")
        text = Text.assemble(before, (printable(value), style), after)
    return text


@dataclass
class Grid:
    """A table that is never cut: where it is wider than the terminal, empty columns go, then rows are stacked."""

    title: str | None = None
    names: list[str] = field(default_factory=list)
    rights: list[bool] = field(default_factory=list)
    rows: list[list[str | Text]] = field(default_factory=list)

    def column(self, *names: str, justify: Literal["left", "right"] = "left") -> None:
        """Add columns; numbers are justified to the right."""
        self.names += names
        self.rights += [justify == "right"] * len(names)

    def row(self, *cells: object) -> None:
        """Add a row; a text with styles is one of `styled`."""
        self.rows.append([cell if isinstance(cell, Text) else printable(cell) for cell in cells])

    def show(self, screen: Screen) -> None:
        """Print it as wide as it needs, or as narrow as the terminal is."""
        every = range(len(self.names))
        telling = [n for n in every if n == 0 or any(str(row[n]) not in ("", "0") for row in self.rows)]
        if self.title:
            screen.print(Text(self.title, style="italic"), soft_wrap=True)
        for columns in (every, telling):
            table = self._table(columns)
            if Measurement.get(screen, screen.options.update(width=_NO_WIDTH), table).maximum <= screen.width:
                screen.print(table)
                return
        self._stack(screen)

    def _table(self, columns: Sequence[int]) -> Table:
        table = Table(header_style="bold", box=box.SIMPLE_HEAD)
        for n in columns:
            table.add_column(self.names[n], justify="right" if self.rights[n] else "left", no_wrap=True)
        for row in self.rows:
            table.add_row(*(row[n] for n in columns))
        return table

    def _stack(self, screen: Screen) -> None:
        for row in self.rows:
            screen.print(Text.assemble((str(row[0]), "bold")), soft_wrap=True)
            parts = [
                Text.assemble((f"{name} ", "dim"), cell)
                for name, cell in zip(self.names[1:], row[1:], strict=True)
                if str(cell)
            ]
            for line in _lines(parts, screen.width):
                screen.print(line, soft_wrap=True)


def _lines(parts: Iterable[Text], width: int) -> Iterator[Text]:
    """Parts side by side, as many as a line holds; a longer one has a line of its own, which the terminal wraps."""
    line = Text()
    for part in parts:
        if line and cell_len(line.plain) + 3 + cell_len(part.plain) > width:
            yield line
            line = Text()
        line = Text.assemble(line, "   " if line else "  ", part)
    if line:
        yield line


def number(value: object) -> str:
    """A number as people write it: 10 and not 1E+1."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
