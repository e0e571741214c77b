"""Bytes on the disk: one codec byte, then the body. Knows compression and the compact manifest of a
tree; must not know tables.

A manifest is nested JSON arrays [key, kind, content id, extra, children], shortened where the tail
is empty. Content ids instead of digests keep it to a few kilobytes; two manifests compare as plain
lists, so equal subtrees cost nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from ..domain.document.tree import LEAVES, Node

RAW = 0
DEFLATED = 1
PROSE = 2
# A kind is stored as its place in this list: only ever append.
KINDS = (
    "group",
    "repeat",
    "entry",
    "section",
    "text",
    "choice_one",
    "choice_many",
    "number",
    "date",
    "yes_no",
    "table",
    "figure",
    "block",
    "row",
    "shape",
)
_CODE = {kind: index for index, kind in enumerate(KINDS)}
_LEAF = frozenset(_CODE[leave] for leave in LEAVES)
_SECTION = _CODE["section"]
_WHOLE = _LEAF | {_SECTION}
_ENTRY = _CODE["entry"]
# the content id of a stub: some content, the same on both sides. Entries have no content, so their
# stubs have none
EQUAL = -1
Line = list[Any]
NONE_SHARED: Mapping[int, Line] = {}


@cache
def _prose() -> bytes:
    """Labels, options and turns of phrase that recur in every 評価書. Given to zlib beforehand they
    halve short texts. The file may never change: a better one gets a file and a codec of its own.
    """
    return Path(__file__).with_name("prose.dict").read_bytes()


@cache
def _primed() -> Any:
    return zlib.compressobj(6, wbits=-15, zdict=_prose())


def pack(body: bytes, prose: bool = False) -> bytes:
    """The body with its codec. `prose`: it is text of a document, likely to share wording with
    others.
    """
    if prose:
        deflate = _primed().copy()
    else:
        deflate = zlib.compressobj(6, wbits=-15)
    small = deflate.compress(body) + deflate.flush()
    if len(small) < len(body):
        return bytes([PROSE if prose else DEFLATED]) + small
    return bytes([RAW]) + body


def unpack(stored: bytes) -> bytes:
    """ValueError when the bytes are not what `pack` made."""
    codec = stored[:1]
    body = memoryview(stored)[1:]
    if codec == b"\x00":
        return bytes(body)
    if codec not in (b"\x01", b"\x02"):
        raise ValueError("unknown codec")
    if codec == b"\x02":
        inflate = zlib.decompressobj(wbits=-15, zdict=_prose())
    else:
        inflate = zlib.decompressobj(wbits=-15)
    try:
        whole = inflate.decompress(body)
    except zlib.error as entry:
        raise ValueError(str(entry)) from entry
    if not inflate.eof or inflate.unused_data:
        raise ValueError("cut or followed by something else")
    return whole


def laid_out(
    children: Iterable[Node], ids: Mapping[str, int], shared: Mapping[int, Line] = NONE_SHARED
) -> list[Line]:
    """The lines of some nodes whose contents have these ids. `shared`: the lines of nodes known
    from another tree (`same_lines`), by the identity of the node."""
    out = []
    for node in children:
        line = shared.get(id(node))
        if line is None:
            line = _laid_out(node, ids, shared)
        out.append(line)
    return out


def _laid_out(node: Node, ids: Mapping[str, int], shared: Mapping[int, Line]) -> Line:
    own = ids[node.content] if node.content else 0
    line: Line = [node.key, _CODE[node.kind]]
    if own or node.extra or node.children:
        line.append(own)
    if node.extra or node.children:
        line.append(node.extra)
    if node.children:
        line.append(laid_out(node.children, ids, shared))
    return line


def same_lines(
    children: Iterable[Node], others: Iterable[Node], lines: list[Line]
) -> dict[int, Line]:
    """The lines of the nodes that are the very same in another tree, by their identity; of what
    lies below such a node nothing is said. `lines` are those of `others`."""
    beside = {}
    for other, line in zip(others, lines, strict=True):
        beside[other.slot] = (other, line)
    found = {}
    for node in children:
        other, line = beside.get(node.slot, (None, []))
        if other is node:
            found[id(node)] = line
        elif other is not None and node.children and other.children:
            found |= same_lines(node.children, other.children, line[4])
    return found


def manifest(lines: list[Line]) -> bytes:
    """A manifest as it is stored."""
    return pack(orjson.dumps(lines))


def lines(stored: bytes) -> list[Line]:
    """The lines of a stored manifest."""
    manifest: list[Line] = orjson.loads(unpack(stored))
    return manifest


def used(level: list[Line], into: set[int] | None = None) -> set[int]:
    """The content ids of some lines and all below them."""
    if into is None:
        out: set[int] = set()
    else:
        out = into
    for line in level:
        if len(line) > 2 and line[2] > 0:
            out.add(line[2])
        if len(line) > 4:
            used(line[4], out)
    return out


def nodes(
    level: list[Line], contents: Mapping[int, tuple[str, Any]], side: str = ""
) -> tuple[Node, ...]:
    """The nodes of some lines; `contents` gives digest and value (or UNLOADED) of every id used,
    and of EQUAL. `side` stands for the digest of every node with something below it, where lines
    come from `unequal` and so are known to differ: hashing them would only say so again. Sections
    are matched by their digest and keep their own.
    """
    out = []
    for line in level:
        size = len(line)
        if size > 2 and line[2]:
            content, value = contents[line[2]]
        else:
            content = None
            value = None
        node = Node(
            line[0],
            KINDS[line[1]],
            content,
            value,
            nodes(line[4], contents, side) if size > 4 else (),
            line[3] if size > 3 else 0,
        )
        if side and size > 4 and line[1] != _SECTION:
            node.known_as(side)
        out.append(node)
    return tuple(out)


def unequal(old: list[Line], new: list[Line]) -> tuple[list[Line], list[Line]]:
    """Both sides without what lies below equal nodes that keep their place by key: such a pair
    becomes two equal stubs, and where a level has the same nodes in the same order it is left out.
    `compare` says the same about the result as about the whole. Leaves stay whole: their digests
    may match leaves elsewhere; and so do sections, which are matched by digest.
    """
    if _in_step(old, new):
        pairs = [_inside(*pair) for pair in zip(old, new) if pair[0] != pair[1]]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    theirs = {(line[0], line[1]): line for line in new}
    left = []
    paired: dict[tuple[str, int], Line] = {}
    for line in old:
        name = (line[0], line[1])
        other = theirs.get(name)
        if other is None or line[1] in _WHOLE:
            left.append(line)
        elif line == other:
            paired[name] = stub = _stub(line)
            left.append(stub)
        else:
            mine, paired[name] = _inside(line, other)
            left.append(mine)
    return left, [paired.get((line[0], line[1]), line) for line in new]


def _in_step(old: list[Line], new: list[Line]) -> bool:
    """Whether both sides have the same nodes in the same order, none of which is matched by what it
    says."""
    if len(old) != len(new):
        return False
    for line, other in zip(old, new):
        if line[0] != other[0] or line[1] != other[1] or line[1] in _WHOLE:
            return False
    return True


def _inside(line: Line, other: Line) -> tuple[Line, Line]:
    """Two unequal nodes of one name with what is unequal below them."""
    if len(line) < 5 or len(other) < 5:
        return line, other
    first, second = unequal(line[4], other[4])
    return [*line[:4], first], [*other[:4], second]


def _stub(line: Line) -> Line:
    """A node without what is below it; an entry says nothing of its own."""
    content = EQUAL
    if line[1] == _ENTRY:
        content = 0
    return [*line[:2], content, *(line[3:4] or [0])]
