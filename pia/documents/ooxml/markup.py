"""The markup of a package's parts: parsed without entities and network, names without namespaces.

Knows XML and nothing of what a part says.
"""

from __future__ import annotations

import re

from lxml import etree

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """_x000D_ and the like as the characters they stand for."""
    if "_x" not in text:
        return text
    out = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    return out.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def local(tag: object) -> str:
    """The name of an element or attribute without its namespace."""
    if isinstance(tag, str):
        return tag.rsplit("}", 1)[-1]
    return ""


def parse(data: bytes) -> etree._Element:
    """One whole part. Entities and network are off; broken markup is a ValueError."""
    try:
        return etree.fromstring(
            data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error


def first(parent: etree._Element, name: str) -> etree._Element | None:
    """The first child of a name."""
    for child in parent:
        if local(child.tag) == name:
            return child
    return None


def is_on(element: etree._Element | None) -> bool:
    """Whether a switch like <b/> or <strike val="1"/> is there and on."""
    return element is not None and element.get("val") not in ("0", "false")
