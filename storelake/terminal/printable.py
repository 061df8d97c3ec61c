"""Text from outside (names of files, headers, records, what servers say), made fit for terminals and logs."""

import unicodedata

# They change the order in which a terminal shows what stands around them.
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")


def printable(text: object, *, lines: bool = False) -> str:
    """The text with control characters, lone surrogates and the like written as escapes (`\\x1b`).

    With `lines`, line ends and tabs stay as they are.
    """
    kept = "\n\t" if lines else ""
    return "".join(one if one in kept or _is_printable(one) else _escape(one) for one in str(text))


def _is_printable(character: str) -> bool:
    return character not in _REORDERING and unicodedata.category(character) not in _UNPRINTABLE


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
