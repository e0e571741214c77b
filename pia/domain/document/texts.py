"""The two texts of an answer: the reversible one per kind (`text_of`, `from_text`), on which the
変更箇所 table, JSON and the proof live; and the one for people (`shown_of`), in which every letter
is as it was typed.

Knows how each kind is written in one text. Must not know where an item stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import PiaError
from .blocks import join
from .form import FormNode
from .kinds import figure, plain, row, shape, table, text
from .tree import LEAVES, UNLOADED, Node, node

_INHERITED = "\\引継ぎ｜"  # no escaped cell begins so


def _escape(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("\n", "\\n").replace("｜", "\\｜")


def _cells(line: str) -> list[str]:
    out = []
    here = ""
    it = iter(line)
    for ch in it:
        if ch == "\\":
            nxt = next(it, "")
            if nxt == "n":
                here += "\n"
            else:
                here += nxt
        elif ch == "｜":
            out.append(here)
            here = ""
        else:
            here += ch
    return [*out, here]


def _note(words: str) -> str:
    """A note as it was typed; escaped, behind a sign, only where it would read back as something
    else.
    """
    if "\n" in words or words.startswith("\\") or words == "　":
        return f"\\{_escape(words)}｜"
    return words


def _noted(written: str) -> str:
    if written.startswith("\\"):
        return _cells(written[1:])[0]
    return written


def leaf_text(n: Node) -> str:
    """The reversible text of one content: a block, a row, a shape, or an item with one value."""
    value = n.value
    if value is UNLOADED:
        raise ValueError("content not loaded")
    if n.kind in LEAVES:
        return _text_of_leaf(n.kind, value)
    match n.kind:
        case "choice_one":
            return str(value["option"] or value["typed"])
        case "choice_many":
            return _choices_text(value, _note)
        case "number" | "date":
            return str(value["typed"])
        case "yes_no":
            return str(value.get("typed") or "[○]")
        case "text" if value:
            return "\n" * int(value["tail"])
        case "figure" if value and value.get("drawing"):
            return f"図面 {value['drawing']}"
    return ""


def _text_of_leaf(kind: str, value: Mapping[str, Any]) -> str:
    match kind:
        case "block":
            return str(value["text"])
        case "row":
            if value.get("inherited"):
                inherited = _INHERITED
            else:
                inherited = ""
            return inherited + "｜".join(map(_escape, value["cells"]))
        case "shape":
            frame = f"{value['x']},{value['y']},{value['w']},{value['h']}"
            return f"{value['type']}｜{frame}｜{_escape(value['text'])}"
    return ""


def _choices_text(value: Mapping[str, Any], written: Callable[[str], str]) -> str:
    """A line per option ticked, then a line per choice that is no option; `written` says how a
    note is written.
    """
    lines = []
    for label, note in value["options"]:
        if note:
            words = label.replace("　", written(note))
        else:
            words = label
        lines.append(f"[○] {words}")
    for words in value.get("typed", []):
        lines.append(f"[？] {written(words)}")
    return "\n".join(lines)


def text_of(n: Node | None) -> str:
    """The whole reversible text of an item, its leaves included (items below it are not)."""
    if n is None:
        return ""
    match n.kind:
        case "text":
            return join(n.leaves, (n.value or {}).get("tail", 0))
        case "table" | "figure":
            if n.kind == "figure":
                head = list(filter(None, [leaf_text(n)]))
            else:
                head = []
            return "\n".join(head + list(map(leaf_text, n.leaves)))
    if n.content:
        return leaf_text(n)
    return ""


BETWEEN = "　"  # what stands between the cells of a row where people read them


PIPED = "｜"  # what stood there until now: tables and papers of then are read with it


def shown(n: Node, columns: Sequence[str] = (), between: str = BETWEEN) -> str:
    """One content as a person reads it: every letter as it was typed, of a shape its words, of a
    row its cells, each behind the name of its column where `columns` are known. Does not read back:
    that is `leaf_text`.
    """
    value = n.value
    match n.kind:
        case "row":
            if value.get("inherited"):
                inherited = "（引継ぎ）"
            else:
                inherited = ""
            return inherited + between.join(_named(value["cells"], columns))
        case "shape":
            return str(value["text"])
        case "choice_many":
            return _choices_text(value, str)
        case "figure":
            if value and value.get("drawing"):
                return "取り込んだ図面"
            return ""
    return leaf_text(n)


def _named(cells: Sequence[str], columns: Sequence[str]) -> list[str]:
    """The cells with the names of their columns; without names as they are, empty ones in their
    place."""
    if len(columns) < len(cells):
        return list(cells)
    texts = []
    for column, cell in zip(columns, cells):
        if cell:
            texts.append(f"{column}：{cell}")
    return texts


def piped(text: str) -> str:
    """The rows of a reversible text as papers showed them until now: their cells with ｜
    between."""
    rows = []
    for line in text.split("\n"):
        kept = line.removeprefix(_INHERITED)
        cells = "｜".join(_cells(kept))
        if kept == line:
            rows.append(cells)
        else:
            rows.append(f"（引継ぎ）{cells}")
    return "\n".join(rows)


def shown_of(n: Node | None, columns: Sequence[str] = (), between: str = BETWEEN) -> str:
    """A whole item, or one content, as a person reads it; the items below it are not in it."""
    if n is None:
        return ""
    if n.kind in ("table", "figure"):
        return "\n".join(
            [*filter(None, [shown(n)]), *(shown(leave, columns, between) for leave in n.leaves)]
        )
    if n.kind == "text":
        return text_of(n)
    if n.content:
        return shown(n, columns, between)
    return ""


def one_line(words: str) -> str:
    """Words as a name or within a sentence: in one line, every other letter as it was typed."""
    return words.replace("\n", " ").strip()


_DRAWING = re.compile(r"^図面 [0-9a-f]{64}$", re.M)


def shown_beside(
    *nodes: Node | None, columns: Sequence[str] = (), between: str = BETWEEN
) -> tuple[str, ...]:
    """Answers of one item, or contents of one place, as a person compares them. Where two differ
    and would read alike (a blank in a cell and one between two cells, a part of a figure that only
    moved), all stand in their reversible texts: else nothing would be seen of the change.
    """
    read = [shown_of(each, columns, between) for each in nodes]
    exact = list(map(text_of, nodes))
    if len(set(read)) == len(set(exact)):
        return tuple(read)
    return _without_digests(exact)


def _without_digests(texts: Sequence[str]) -> tuple[str, ...]:
    """Texts that name drawings: each drawing by a number that tells it from the others, since the
    digest in a reversible text says nothing to a person."""
    seen: list[str] = []

    def called(match: re.Match[str]) -> str:
        if match.group() not in seen:
            seen.append(match.group())
        number = seen.index(match.group())
        return f"取り込んだ図面（その{number + 1}）"

    return tuple(_DRAWING.sub(called, text) for text in texts)


def from_text(
    line: FormNode,
    written: str,
    withheld: Iterable[Mapping[str, Any]] = (),
    children: Iterable[Node] = (),
) -> Node | None:
    """The inverse of `text_of`; None for an item without answer. PiaError when the text cannot be
    of that kind.
    """
    if written == "" and not tuple(children):
        return None
    if written:
        lines = written.split("\n")
    else:
        lines = []
    try:
        match line.kind:
            case "text":
                return text(line.key, written, withheld, children)
            case "choice_many":
                return plain(line, [_ticked(line, words) for words in lines], children)
            case "yes_no":
                return plain(line, bool(lines), children)
            case "table":
                return table(line.key, map(_row_of, lines))
            case "figure":
                return _figure_of(line.key, lines)
            case "group":
                return node(line.key, "group", None, children)
        return plain(line, written, children)
    except (ValueError, TypeError, KeyError) as entry:
        raise PiaError(
            f"{line.id}（{line.label}）の記載「{written[:30]}」を読み取れません。"
        ) from entry


def _row_of(written: str) -> Node:
    cells = written.removeprefix(_INHERITED)
    return row(_cells(cells), written.startswith(_INHERITED))


def _figure_of(key: str, lines: list[str]) -> Node:
    drawing = None
    if lines and lines[0].startswith("図面 "):
        drawing = lines.pop(0)[3:]
    shapes = []
    for words in lines:
        kind, frame, label = words.split("｜", 2)
        shapes.append(shape(kind, _cells(label)[0], *map(int, frame.split(","))))
    return figure(key, shapes, drawing)


def _ticked(line: FormNode, written: str) -> str | dict[str, str]:
    mark, _, label = written.partition("] ")
    if mark == "[？":
        return _noted(label)
    for option in line.options:
        before, after = option.around
        if (
            option.free
            and label != option.label
            and label.startswith(before)
            and label.endswith(after)
            and len(label) >= len(before) + len(after)
        ):
            return {option.label: _noted(label[len(before) : len(label) - len(after) or None])}
    return label
