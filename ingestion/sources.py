"""What is declared of sources: a TOML file with a table `[<system>.<source>]` for each that needs one."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from ingestion.errors import StorelakeError

NAME = r"[a-z0-9][a-z0-9_]{0,39}"


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PydanticCustomError("url", "must be an address like https://shop.example/")
    if parts.username is not None or parts.password is not None:
        raise PydanticCustomError("url", "must not hold a user or a password: name a secret")
    return text.rstrip("/")


def _place(text: str) -> str:
    return text if "://" not in text else _url(text)


def _day(value: Any) -> Any:
    # TOML has dates of its own; both ways of writing one are right.
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day", "must be a day like 2025-01-01") from None


def _realm(text: str) -> str:
    if not re.fullmatch(NAME, text):
        raise PydanticCustomError("realm", "must be lower case letters, digits and underscores")
    return text


Url = Annotated[str, AfterValidator(_url)]
Day = Annotated[date, BeforeValidator(_day)]


class _Source(BaseModel):
    """What any source may declare: `realm`, shared by sources in which one mail or number is one person."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    realm: Annotated[str, AfterValidator(_realm)] | None = None


class _AnySource(_Source):
    model_config = ConfigDict(extra="ignore")


class RestSource(_Source):
    """An API: its address, the name of its secret, which stores and lists of it are read, and its first day.

    `without` names the entities that this source does not have.
    """

    url: Url
    secret: str | None = None
    store_code: Annotated[str, AfterValidator(lambda text: text.strip("/"))] = "all"
    store_ids: tuple[int, ...] = ()
    without: tuple[str, ...] = ()
    since: Day | None = None
    page_size: Annotated[int, Field(ge=1)] | None = None


class FeedSource(_Source):
    """An XML feed: its address or file, the secret that opens it, its format or its records and their key."""

    url: Annotated[str, AfterValidator(_place)]
    secret: str | None = None
    format: str | None = None
    record: str | None = None
    key: tuple[str, ...] = ()


class FileSource(_Source):
    """A drop folder: whether files that state the same day or history are halves that add up, or replace each other."""

    files_add_up: bool = False


SourceT = TypeVar("SourceT", bound=_Source)


def realm(path: Path, system: str, source: str) -> str:
    """Within which one mail or number is one person: what the source declares, or else the source itself."""
    declared = read(path, system, _AnySource, source).get(source)
    return (declared and declared.realm) or f"{system}\x1f{source}"


def read(path: Path, system: str, kind: type[SourceT], only: str | None = None) -> Mapping[str, SourceT]:
    """The sources of a system by name and in its order, or `only` one of them; none where there is no file.

    An error names file, table and field, whichever source it is of.
    """
    declared = _tables(path).get(system, {})
    if not isinstance(declared, dict):
        raise StorelakeError(f"{path.name}: [{system}] must hold tables, one for each source.")
    found = {}
    for name, fields in declared.items():
        table = f"{path.name}: [{system}.{name}]"
        if not re.fullmatch(NAME, name):
            raise StorelakeError(f"{table}: a source's name is lower case letters, digits and underscores.")
        if not isinstance(fields, dict):
            raise StorelakeError(f"{table} must be a table.")
        try:
            found[name] = kind.model_validate(fields)
        except ValidationError as error:
            raise StorelakeError(f"{table} {_in_words(error, kind)}.") from None
    return {name: found[name] for name in sorted(found) if only in (None, name)}


_WORDS = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "tuple_type": "must be a list in brackets",
    "date_type": "must be a day like 2025-01-01",
    "date_from_datetime_inexact": "must be a day like 2025-01-01",
    "greater_than_equal": "must be at least 1",
}


def _in_words(error: ValidationError, kind: type[_Source]) -> str:
    """The first fault as field and rule, without what stands there: it may be a secret in the wrong place."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name, *places = first["loc"]
    field = f"{name}, entry {int(places[0]) + 1}" if places else str(name)
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(kind.model_fields, key=_Source.model_fields.__contains__))
        return f"{field}: is no field of such a source. Known are: {known}"
    ours = first["msg"] if first["type"] in ("url", "day", "realm") else "is not what it must be"
    return f"{field}: {_WORDS.get(first['type'], ours)}"


def check_names(path: Path, systems: Mapping[str, object]) -> None:
    """Raise an error where a table is of no system: a typing mistake would leave its sources out without a word."""
    for name in _tables(path):
        if name not in systems:
            raise StorelakeError(f"{path.name}: [{name}] is no system. Known are: {', '.join(systems)}.")


def _tables(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise StorelakeError(f"{path.name} cannot be read: {type(error).__name__}.") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StorelakeError(f"{path.name} is no TOML: {error}.") from None
