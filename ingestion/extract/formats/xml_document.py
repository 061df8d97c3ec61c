"""Small XML files as JSON documents, with nothing dropped and nothing fetched.

Attributes are `@x`, text `#text`, children always lists, namespaces URIs in braces. Where text stands between
children, `#content` repeats all of it in its order.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from lxml import etree

from ingestion.errors import Refused
from ingestion.lake.raw import Content
from ingestion.records.text_rows import Documents

MAX_BYTES = 16 << 20


def reader(record: str) -> Any:
    """A reader of the elements that the XPath `record` finds, each a document."""

    find = cast(Callable[[etree._Element], list[object]], etree.XPath(record))

    def read(content: Content, required: list[str], scratch: Path) -> Documents:
        root = parse(content)
        found = [element for element in find(root) if isinstance(element, etree._Element)]
        if not found:
            raise Refused("no_records", "the XML holds no record of this entity")
        return Documents([(_line(element), document(element)) for element in found])

    return read


def parse(content: Content) -> etree._Element:
    """The root element. Raises Refused for broken XML, any DOCTYPE or entity, and more than `MAX_BYTES`."""
    if content.size_bytes > MAX_BYTES:
        raise Refused("too_large", f"the XML is larger than {MAX_BYTES >> 20} MB")
    with content.open() as stream:
        data = stream.read()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Refused("doctype", "the XML has a DOCTYPE or an entity; both are refused unread")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise why_malformed("the XML", error, parser.error_log) from error
    # In UTF-16 the search above finds neither; no entity was resolved, and none is accepted.
    about: Any = root.getroottree().docinfo
    if about.internalDTD is not None:
        raise Refused("doctype", "the XML has a DOCTYPE or an entity; both are refused unread")
    return root


_LIMITS = (
    ("depth", "nests its elements more than 256 deep"),
    ("Text node", "holds a text of more than 10 MB"),
    ("Buffer", "holds a start tag of more than 10 MB"),
    ("Name", "holds a name that is too long"),
)


def why_malformed(what: str, error: etree.XMLSyntaxError, log: Iterable[Any]) -> Refused:
    """The cause and the line of an error; `log` is that of its parser, which knows more than the error itself."""
    found = next(iter(log), None)
    code, message, line = (found.type, found.message, found.line) if found else (0, "", error.lineno)
    if code == etree.ErrorTypes.ERR_UNDECLARED_ENTITY:
        entity = re.search(r"'([\w.:-]{1,40})'", message)
        name = f" &{entity[1]};" if entity else ""
        reason = (
            f"{what} uses the entity{name}, which XML does not know and nothing declares: write the character itself"
        )
        return Refused("undeclared_entity", reason, line=line or None)
    if code in (etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG):
        limit = next((words for sign, words in _LIMITS if sign in message), "is too much for its reader")
        return Refused("xml_limit", f"{what} may be well-formed, but {limit}, which is the limit", line=line or None)
    return Refused("malformed_xml", f"{what} is broken or breaks off", line=line or None)


def _line(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 1


_FEW = 64
_ATTRIBUTES = etree.XPath("@*")


def _many_attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    """The same as `items`, which looks for each value by its name, in time that grows with their number alone."""
    found: Any = _ATTRIBUTES(element)
    return ((value.attrname, str(value)) for value in found)


def document(element: etree._Element) -> dict[str, Any]:
    """The element as JSON by the rules of this module."""
    result: dict[str, Any] = {}
    for name, value in element.items() if len(element.attrib) <= _FEW else _many_attributes(element):
        result["@" + str(name)] = value
    text = element.text
    if not len(element):
        if text:
            result["#text"] = text
        return result
    attributes = len(result)
    is_mixed = bool(text and not text.isspace())
    for child in element:
        tag, tail = child.tag, child.tail
        if is_mixed or type(tag) is not str or (tail and not tail.isspace()):
            return _mixed(element, dict(list(result.items())[:attributes]))
        # Most elements hold a text and nothing else.
        inner = {"#text": child.text} if not len(child) and not child.attrib and child.text else document(child)
        if tag in result:
            result[tag].append(inner)
        else:
            result[tag] = [inner]
    return result


def _mixed(element: etree._Element, result: dict[str, Any]) -> dict[str, Any]:
    """The same where text, comments or instructions stand between children."""
    children = [child for child in element if isinstance(child.tag, str)]
    texts = [element.text, *(child.tail for child in element)]
    text = "".join(part for part in texts if part)
    if text.strip() or (not children and element.text):
        result["#text"] = text
    for child in children:
        result.setdefault(str(child.tag), []).append(document(child))
    if children and text.strip():
        content = [element.text or ""]
        for child in element:
            if isinstance(child.tag, str):
                content += [child.tag, ""]
            content[-1] += child.tail or ""
        result["#content"] = content
    return result
