"""Athena's statements as Trino takes them. What is not known here is refused, never skipped.

Queries and changes of rows go to Trino as they were written: both read the same language. Statements about tables
are written in Hive's language, as on Athena, and are taken apart by sqlglot's tokenizer.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from sandbox.aws.front.errors import Refused
from sandbox.aws.trino import CATALOG, DELTA, ICEBERG

LONGEST = 262_144
"""Bytes of a statement (service quotas of Athena)."""
_BEGINNING = re.compile(r"(?:\s|/\*.*?\*/|--[^\n]*(?:\n|$))*(\w+|\()", re.DOTALL)
_QUOTES = ("'", '"', "`")
_TRINO_DDL = re.compile(
    r"\s+(table\s+(if\s+not\s+exists\s+)?[^\s(]+\s+(with|as)\b|(or\s+replace\s+)?view\b|create\s+view\b)", re.IGNORECASE
)
"""What follows where the language of a statement about tables is Trino's: a table from a query, and views."""
_TRINO = "select with values insert update delete merge explain"
_CTAS_HIVE = {
    "external_location": "external_location",
    "partitioned_by": "partitioned_by",
    "bucketed_by": "bucketed_by",
    "bucket_count": "bucket_count",
    "format": "format",
    "field_delimiter": "textfile_field_separator",
}
_CTAS_ICEBERG = {"location": "location", "partitioning": "partitioning", "format": "format"}
# Trino writes what Athena writes without being told so: these say nothing new.
_USUAL = {"write_compression": ("zstd", "snappy", "gzip"), "parquet_compression": ("zstd", "snappy", "gzip")}
_SERDES = {
    "org.apache.hadoop.hive.serde2.OpenCSVSerde": "CSV",
    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": "TEXTFILE",
    "org.openx.data.jsonserde.JsonSerDe": "OPENX_JSON",
    "org.apache.hive.hcatalog.data.JsonSerDe": "JSON",
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": "PARQUET",
    "org.apache.hadoop.hive.ql.io.orc.OrcSerde": "ORC",
}
_FORMATS = ("PARQUET", "ORC", "AVRO", "TEXTFILE", "JSON")
_VACUUM_AGE = "432000s"
"""How long VACUUM keeps snapshots where a table does not say (Athena: vacuum_max_snapshot_age_seconds)."""


@dataclass(frozen=True)
class Plan:
    """What to run, one after the other, and what kind of statement it was: DDL, DML or UTILITY."""

    statements: tuple[str, ...]
    kind: str
    has_result: bool = False
    """Whether it answers with rows that were asked for."""
    iceberg_query: str | None = None
    """The query of a new Iceberg table, whose types have to be looked at first."""
    view: tuple[str, str] | None = None
    """Schema and name of a new view, whose columns Glue is to be told."""
    table_properties: tuple[str, str, tuple[tuple[str, str], ...]] | None = None
    """Schema, table and properties to set in Glue, which Trino has no statement for."""


def plan(sql: str) -> Plan:
    """What Trino has to run for one of Athena's statements. Raises Refused."""
    if len(sql.encode()) > LONGEST:
        raise Refused(f"The statement has {len(sql.encode()):,} bytes: Athena takes {LONGEST:,}.")
    first, start = _first_word(sql)
    if first == "(" or first in _TRINO.split():
        return _query(sql, first, _words(sql, start, "trino"))
    starts: dict[str, Callable[[_Reader], Plan]] = {
        "create": _create,
        "drop": _drop,
        "alter": _alter,
        "msck": _repair,
        "optimize": _optimize,
        "vacuum": _vacuum,
        "show": _show,
        "describe": _describe,
        "desc": _describe,
    }
    if first not in starts:
        raise Refused(f"Queries of this type are not supported: {first.upper()}")
    is_trino = first in ("optimize", "vacuum") or _TRINO_DDL.match(sql, start)
    return starts[first](_Reader(sql, _words(sql, start, "trino" if is_trino else "hive")))


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int


def _first_word(sql: str) -> tuple[str, int]:
    """The word that a statement begins with, and where what is behind it starts."""
    found = _BEGINNING.match(sql)
    if not found:
        raise Refused("SYNTAX_ERROR: the statement is empty")
    return found[1].lower(), found.end(1) if found[1] != "(" else found.start(1)


def _words(sql: str, start: int, language: str) -> list[_Word]:
    """What stands behind the first word, without comments and without a semicolon at the end.

    That word is left out: sqlglot takes what is behind some of them as one piece.
    """
    try:
        tokens = sqlglot.tokenize(sql[start:], read=language)
    except SqlglotError as error:
        raise Refused(f"SYNTAX_ERROR: {error}") from None
    words = []
    for token in tokens:
        begin, end = start + token.start, start + token.end + 1
        if sql[begin] in _QUOTES:
            words.append(_Word(token.text, begin, end))
        else:
            # `partitioned by` is one token.
            words += [
                _Word(one[0], begin + one.start(), begin + one.end()) for one in re.finditer(r"\S+", sql[begin:end])
            ]
    while words and words[-1].text == ";":
        words.pop()
    if any(word.text == ";" and sql[word.start] == ";" for word in words):
        raise Refused("Only one sql statement is allowed.")
    return words


def _query(sql: str, first: str, words: list[_Word]) -> Plan:
    if not words:
        raise Refused("SYNTAX_ERROR: the statement ends too early")
    _keep_out_of_catalogs(words)
    text = sql[: words[-1].end]
    is_change = first in ("insert", "update", "delete", "merge")
    return Plan((text,), "UTILITY" if first == "explain" else "DML", has_result=not is_change)


def _keep_out_of_catalogs(words: Iterable[_Word]) -> None:
    for word in words:
        if word.text.lower() in (ICEBERG, DELTA):
            raise Refused(f"CATALOG_NOT_FOUND: Catalog '{word.text}' does not exist")


class _Reader:
    """The words of a statement behind its first one."""

    def __init__(self, sql: str, words: list[_Word]) -> None:
        self.sql = sql
        self._words = words
        self._at = 0

    @property
    def word(self) -> str:
        """The next word in lower case, or nothing."""
        return self._words[self._at].text.lower() if self._at < len(self._words) else ""

    def take(self, *words: str) -> bool:
        """Go on behind these words, if they come next."""
        found = [word.text.lower() for word in self._words[self._at : self._at + len(words)]]
        if found != list(words):
            return False
        self._at += len(words)
        return True

    def need(self, *words: str) -> None:
        """The same where nothing else may come."""
        if not self.take(*words):
            raise self.mistake()

    def end(self) -> None:
        """Nothing may be left over."""
        if self._at < len(self._words):
            raise self.mistake()

    def mistake(self) -> Refused:
        """What stands here is not understood."""
        if self._at >= len(self._words):
            return Refused("SYNTAX_ERROR: the statement ends too early")
        word = self._words[self._at]
        line = self.sql.count("\n", 0, word.start) + 1
        refused = Refused(f"FAILED: ParseException line {line} mismatched input '{word.text}'")
        refused.is_ddl = True
        return refused

    def raw(self) -> str:
        """The next word as it was written."""
        if self._at >= len(self._words):
            raise self.mistake()
        word = self._words[self._at]
        return self.sql[word.start : word.end]

    def rest(self) -> str:
        """All that is left, as it was written."""
        if self._at >= len(self._words):
            raise self.mistake()
        _keep_out_of_catalogs(self._words[self._at :])
        text = self.sql[self._words[self._at].start : self._words[-1].end]
        self._at = len(self._words)
        return text

    def part(self, *, hive: bool = True) -> str:
        """One name, quoted as that language does or not at all."""
        raw = self.raw()
        wrong = '"' if hive else "`"
        if raw.startswith((wrong, "'")) or not re.fullmatch(r'[`"]?[\w$-]+[`"]?', raw):
            raise self.mistake()
        self._at += 1
        return raw.strip('`"').lower()

    def name(self, *, hive: bool = True) -> tuple[str, str]:
        """A table: its schema (or nothing) and its name."""
        parts = [self.part(hive=hive)]
        while self.take("."):
            parts.append(self.part(hive=hive))
        if len(parts) == 3 and parts[0] == CATALOG:
            parts.pop(0)
        if len(parts) > 2:
            raise Refused(f"CATALOG_NOT_FOUND: Catalog '{parts[0]}' does not exist")
        return ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])

    def literal(self) -> str:
        """A text in quotes."""
        if not self.raw().startswith("'"):
            raise self.mistake()
        text = self._words[self._at].text
        self._at += 1
        return text

    def list_of(self) -> list[str]:
        """The parts of a list in brackets, as they were written, parted by its own commas."""
        self.need("(")
        depth, start, parts = 0, self._words[self._at].start, []
        while self._at < len(self._words):
            word = self._words[self._at]
            if word.text in (")", "]", ">") and depth:
                depth -= 1
            elif word.text == ")":
                parts.append(self.sql[start : word.start].strip())
                self._at += 1
                return parts
            elif word.text in ("(", "[", "<"):
                depth += 1
            elif word.text == "," and not depth:
                parts.append(self.sql[start : word.start].strip())
                start = word.end
            self._at += 1
        raise self.mistake()

    def pairs(self) -> dict[str, str]:
        """A list of properties: names in lower case, values as they were written."""
        found = {}
        for one in self.list_of():
            name, equals, value = one.partition("=")
            if not equals:
                raise Refused(f"SYNTAX_ERROR: '{one}' is no property")
            found[name.strip().strip("'").lower()] = value.strip()
        return found


def _create(reader: _Reader) -> Plan:
    if reader.take("schema") or reader.take("database"):
        return _create_schema(reader)
    if reader.take("external", "table"):
        return _create_external(reader)
    if reader.word in ("or", "view"):
        replace = "or replace " if reader.take("or", "replace") else ""
        reader.need("view")
        view = reader.name(hive=False)
        return Plan((f"create {replace}view {_quoted(view)} {reader.rest()}",), "DDL", view=view)
    reader.need("table")
    exists = _if_not_exists(reader)
    is_from_query = _TRINO_DDL.match(reader.sql, _first_word(reader.sql)[1])
    return _create_as(reader, exists) if is_from_query else _create_iceberg(reader, exists)


def _create_as(reader: _Reader, exists: str) -> Plan:
    schema, table = reader.name(hive=False)
    given = reader.pairs() if reader.take("with") else {}
    kind = given.pop("table_type", "'hive'").strip("'").lower()
    given.pop("is_external", None)
    if kind not in ("hive", "iceberg"):
        raise Refused(f"INVALID_TABLE_PROPERTY: table_type '{kind}'")
    known = _CTAS_ICEBERG if kind == "iceberg" else _CTAS_HIVE
    properties = {}
    for name, value in given.items():
        if name in _USUAL and value.strip("'").lower() in _USUAL[name]:
            continue
        if name not in known:
            raise Refused(f"INVALID_TABLE_PROPERTY: table property '{name}' does not exist")
        properties[known[name]] = value.upper() if name == "format" else value
    if kind == "iceberg" and "location" not in properties:
        raise Refused("INVALID_TABLE_PROPERTY: an Iceberg table needs a location")
    reader.need("as")
    query = reader.rest()
    if re.search(r"\bwith\s+no\s+data\s*$", query, re.IGNORECASE):
        raise Refused("NOT_SUPPORTED: WITH NO DATA is not known to this front")
    target = _quoted((schema, table), ICEBERG if kind == "iceberg" else "")
    # What Athena calls text, orc and so on, Trino does as well.
    text = f"create table {exists}{target} {_with(properties)} as {query}"
    return Plan((text,), "DDL", iceberg_query=query if kind == "iceberg" else None)


def _create_schema(reader: _Reader) -> Plan:
    exists = _if_not_exists(reader)
    name = reader.part()
    if reader.take("comment"):
        reader.literal()
    properties = {"location": _text(reader.literal())} if reader.take("location") else {}
    reader.end()
    return Plan((f"create schema {exists}{_name(name)} {_with(properties)}".strip(),), "DDL")


def _create_external(reader: _Reader) -> Plan:
    exists = _if_not_exists(reader)
    schema, table = reader.name()
    columns = [_column(one) for one in reader.list_of()] if reader.word == "(" else []
    properties: dict[str, str] = {}
    given: dict[str, str] = {}
    while reader.word:
        if reader.take("comment"):
            reader.literal()
        elif reader.take("partitioned", "by"):
            parts = [_column(one) for one in reader.list_of()]
            columns += parts
            properties["partitioned_by"] = "array[" + ", ".join(_text(name) for name, _ in parts) + "]"
        elif reader.take("row", "format", "serde"):
            serde = reader.literal()
            if serde not in _SERDES:
                raise Refused(f"The SerDe '{serde}' is not known to this front.")
            properties["format"] = _text(_SERDES[serde])
        elif reader.take("stored", "as"):
            stored = reader.word.upper()
            if stored not in _FORMATS or not reader.take(stored.lower()):
                raise reader.mistake()
            properties.setdefault("format", _text(stored))
        elif reader.take("location"):
            properties["external_location"] = _text(reader.literal())
        elif reader.take("tblproperties"):
            given = {name: value.strip("'") for name, value in reader.pairs().items()}
        else:
            raise reader.mistake()
    if "external_location" not in properties:
        raise Refused("SYNTAX_ERROR: an external table needs a LOCATION")
    if given.pop("table_type", "").lower() == "delta":
        if columns or exists or given:
            raise Refused("A Delta table has its columns and properties in its log: give only LOCATION and table_type.")
        where = f"{_text(schema)}, {_text(table)}, {properties['external_location']}"
        return Plan((f"call {DELTA}.system.register_table({where})",), "DDL")
    if lines := given.pop("skip.header.line.count", ""):
        properties["skip_header_line_count"] = lines
    given.pop("classification", None)
    if given:
        raise Refused(f"The table property '{next(iter(given))}' is not known to this front.")
    if not columns:
        raise Refused("SYNTAX_ERROR: a table needs columns")
    listed = ", ".join(f"{_name(name)} {kind}" for name, kind in columns)
    return Plan((f"create table {exists}{_quoted((schema, table))} ({listed}) {_with(properties)}",), "DDL")


def _create_iceberg(reader: _Reader, exists: str) -> Plan:
    """A table without a query: on Athena only an Iceberg table may be one without EXTERNAL."""
    table = reader.name()
    columns = [_column(one) for one in reader.list_of()]
    properties: dict[str, str] = {}
    given: dict[str, str] = {}
    while reader.word:
        if reader.take("partitioned", "by"):
            parts = [one.replace("`", "").lower() for one in reader.list_of()]
            properties["partitioning"] = "array[" + ", ".join(_text(one) for one in parts) + "]"
        elif reader.take("location"):
            properties["location"] = _text(reader.literal())
        elif reader.take("tblproperties"):
            given = {name: value.strip("'") for name, value in reader.pairs().items()}
        else:
            raise reader.mistake()
    if given.pop("table_type", "").lower() != "iceberg":
        raise Refused("FAILED: ParseException: CREATE TABLE needs EXTERNAL, or table_type ICEBERG")
    if "location" not in properties:
        raise Refused("INVALID_TABLE_PROPERTY: an Iceberg table needs a location")
    properties["format"] = _text(given.pop("format", "parquet").upper())
    given.pop("write_compression", None)
    if given:
        raise Refused(f"The table property '{next(iter(given))}' is not known to this front.")
    listed = ", ".join(f"{_name(name)} {kind}" for name, kind in columns)
    return Plan((f"create table {exists}{_quoted(table, ICEBERG)} ({listed}) {_with(properties)}",), "DDL")


def _drop(reader: _Reader) -> Plan:
    if reader.take("schema") or reader.take("database"):
        exists = "if exists " if reader.take("if", "exists") else ""
        name = reader.part()
        how = next((word for word in ("cascade", "restrict") if reader.take(word)), "")
        reader.end()
        return Plan((f"drop schema {exists}{_name(name)} {how}".strip(),), "DDL")
    kind = reader.word
    if not (reader.take("table") or reader.take("view")):
        raise reader.mistake()
    exists = "if exists " if reader.take("if", "exists") else ""
    table = reader.name(hive=kind == "table")
    reader.end()
    return Plan((f"drop {kind} {exists}{_quoted(table)}",), "DDL")


def _alter(reader: _Reader) -> Plan:
    reader.need("table")
    schema, table = reader.name()
    target = _quoted((schema, table))
    if reader.take("rename", "to"):
        new = reader.name()
        reader.end()
        return Plan((f"alter table {target} rename to {_quoted((new[0] or schema, new[1]))}",), "DDL")
    if reader.take("add", "columns"):
        columns = [_column(one) for one in reader.list_of()]
        reader.end()
        return Plan(tuple(f"alter table {target} add column {_name(name)} {kind}" for name, kind in columns), "DDL")
    if reader.take("drop", "column"):
        name = reader.part()
        reader.end()
        return Plan((f"alter table {target} drop column {_name(name)}",), "DDL")
    if reader.take("change"):
        reader.take("column")
        old = reader.part()
        new_name, kind = _column(reader.rest())
        if old != new_name:
            return Plan((f"alter table {target} rename column {_name(old)} to {_name(new_name)}",), "DDL")
        return Plan((f"alter table {target} alter column {_name(old)} set data type {kind}",), "DDL")
    if reader.take("set", "tblproperties"):
        given = tuple((name, value.strip("'")) for name, value in reader.pairs().items())
        reader.end()
        return Plan((), "DDL", table_properties=(schema, table, given))
    raise reader.mistake()


def _repair(reader: _Reader) -> Plan:
    reader.need("repair", "table")
    schema, table = reader.name()
    reader.end()
    return Plan((f"call {CATALOG}.system.sync_partition_metadata({_text(schema)}, {_text(table)}, 'ADD')",), "DDL")


def _optimize(reader: _Reader) -> Plan:
    target = _quoted(reader.name(hive=False), ICEBERG)
    reader.need("rewrite", "data", "using", "bin_pack")
    where = f" {reader.rest()}" if reader.word == "where" else ""
    reader.end()
    return Plan((f"alter table {target} execute optimize{where}",), "DML")


def _vacuum(reader: _Reader) -> Plan:
    target = _quoted(reader.name(hive=False), ICEBERG)
    reader.end()
    steps = (
        f"expire_snapshots(retention_threshold => '{_VACUUM_AGE}')",
        f"remove_orphan_files(retention_threshold => '{_VACUUM_AGE}')",
    )
    return Plan(tuple(f"alter table {target} execute {step}" for step in steps), "DML")


def _show(reader: _Reader) -> Plan:
    if reader.take("databases") or reader.take("schemas"):
        reader.end()
        return Plan(("show schemas",), "UTILITY", has_result=True)
    if reader.take("tables"):
        schema = f" from {_name(reader.part())}" if reader.take("in") or reader.take("from") else ""
        reader.end()
        return Plan((f"show tables{schema}",), "UTILITY", has_result=True)
    if reader.take("columns"):
        if not (reader.take("in") or reader.take("from")):
            raise reader.mistake()
        table = _quoted(reader.name())
        reader.end()
        return Plan((f"show columns from {table}",), "UTILITY", has_result=True)
    if reader.take("create", "view"):
        table = _quoted(reader.name(hive=False))
        reader.end()
        return Plan((f"show create view {table}",), "UTILITY", has_result=True)
    raise reader.mistake()


def _describe(reader: _Reader) -> Plan:
    table = _quoted(reader.name())
    reader.end()
    return Plan((f"describe {table}",), "UTILITY", has_result=True)


def _if_not_exists(reader: _Reader) -> str:
    return "if not exists " if reader.take("if", "not", "exists") else ""


def _column(text: str) -> tuple[str, str]:
    """A column of Hive's: its name, and its type as Trino has it."""
    found = re.fullmatch(
        r"(`[^`]+`|\w+)\s+(.+?)(\s+comment\s+'(?:[^']|'')*')?", text.strip(), re.IGNORECASE | re.DOTALL
    )
    if not found or re.search(r"\b(primary|not\s+null|default|references|constraint)\b", found[2], re.IGNORECASE):
        refused = Refused(f"FAILED: ParseException mismatched input in the column '{text}'")
        refused.is_ddl = True
        raise refused
    return found[1].strip("`").lower(), _type(found[2])


def _type(text: str) -> str:
    if re.search(r"\bvarchar\b(?!\s*\()", text, re.IGNORECASE):
        refused = Refused("FAILED: ParseException: varchar needs a length in DDL; string has none")
        refused.is_ddl = True
        raise refused
    try:
        kind = exp.DataType.build(text.strip(), dialect="hive")
    except SqlglotError:
        raise Refused(f"FAILED: ParseException: '{text}' is no type") from None
    for one in kind.find_all(exp.DataType):
        if one.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ) and not one.expressions:
            one.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(6))])
    return kind.sql(dialect="trino").lower()


def _with(properties: dict[str, str]) -> str:
    if not properties:
        return ""
    return "with (" + ", ".join(f"{name} = {value}" for name, value in properties.items()) + ")"


def _quoted(table: tuple[str, str], catalog: str = "") -> str:
    schema, name = table
    if catalog and not schema:
        raise Refused("Name the database of an Iceberg table: database.table")
    return ".".join(_name(one) for one in (catalog, schema, name) if one)


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
