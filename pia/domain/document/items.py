"""Answers of items: from what a person wrote to a node, and back to one reversible text per kind.

Every kind has a reversible text (`text_of`, `from_text`): the 変更箇所 table, JSON and the proof live on it; and one for people (`shown_of`), in which every
letter is as it was typed. What was typed is kept; what can be derived from it (an ISO date, a number, the option meant) stands beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .. import wareki
from ..canonical import clean
from ..errors import PiaError
from ..withheld import marked
from . import flow
from .blocks import join, keyed, split
from .form import Form, FormNode
from .tree import LEAVES, UNLOADED, Node, Path, Tree, node, pruned, walk

_INHERITED = "\\引継ぎ｜"  # no escaped cell begins so
SHAPES = ("box", "label", "arrow")
_SHEET = 1_000_000  # points; no sheet is larger
_OLD_ROW = ("date", "item", "before", "after", "timing", "explanation")


def folded(text: str) -> str:
    """Text for comparing labels and choices: width, spaces and line feeds do not count."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def option_of(line: FormNode, typed: str) -> str | None:
    """The option meant by what was typed, with or without its printed number; None when it is none or more than one."""
    want = folded(typed)
    hits = []
    for index, option in enumerate(line.options, 1):
        if want in (folded(option.label), folded(f"{index}){option.label}")):
            hits.append(option.label)
    if len(hits) == 1:
        return hits[0]
    return None


def text(
    key: str, body: str, withheld: Iterable[Mapping[str, Any]] = (), children: Iterable[Node] = ()
) -> Node:
    """A text item: its blocks, the line feeds after the last one, and the items below it."""
    blocks, tail = split(clean(body), [dict(each_row) for each_row in withheld])
    return node(key, "text", {"tail": tail} if tail else None, (*blocks, *children))


def choice_one(line: FormNode, typed: str) -> Node:
    typed = clean(typed)
    if not typed:
        return node(line.key, "choice_one")
    option = option_of(line, typed)
    return node(
        line.key, "choice_one", {"option": option} if option else {"option": None, "typed": typed}
    )


def choice_many(line: FormNode, chosen: Iterable[str | Mapping[str, str]]) -> Node:
    """Chosen options in the form's order; an option with free text as {label: text}; wording that is no option is kept as typed."""
    picked: dict[str, str] = {}
    other: list[str] = []
    for letter in chosen:
        if isinstance(letter, Mapping):
            label, note = next(iter(letter.items()))
        else:
            label = letter
            note = ""
        option = option_of(line, label)
        if option is None:
            other.append(clean(str(label)))
        else:
            picked[option] = clean(str(note))
    value: dict[str, Any] = {
        "options": [
            [each_option.label, picked[each_option.label]]
            for each_option in line.options
            if each_option.label in picked
        ]
    }
    if other:
        value["typed"] = other
    return node(line.key, "choice_many", value if picked or other else None)


def number(line: FormNode, typed: str) -> Node:
    typed = clean(typed)
    if not typed:
        return node(line.key, "number")
    found = re.search(r"\d+", unicodedata.normalize("NFKC", typed).replace(",", ""))
    return node(
        line.key, "number", {"typed": typed, "value": int(found.group()) if found else None}
    )


def day(line: FormNode, typed: str) -> Node:
    typed = clean(typed)
    return node(
        line.key, "date", None if not typed else {"typed": typed, "value": wareki.parse(typed)}
    )


def row(cells: Iterable[str], inherited: bool = False) -> Node:
    value: dict[str, Any] = {"cells": [clean(cell) for cell in cells]}
    return node("", "row", {**value, "inherited": True} if inherited else value)


def table(key: str, rows: Iterable[Node]) -> Node:
    """A table; rows without any text are not stored."""
    return node(
        key, "table", None, keyed(each_row for each_row in rows if any(each_row.value["cells"]))
    )


def shape(kind: str, words: str, x: int, y: int, w: int, h: int) -> Node:
    """One part of a figure; place and size in points on the sheet. An arrow runs from (x, y) to (x + w, y + h)."""
    if kind not in SHAPES:
        raise PiaError(f"図の部品の種類「{kind}」は使えません（{'、'.join(SHAPES)}のいずれか）。")
    return node("", "shape", {"type": kind, "text": clean(words), "x": x, "y": y, "w": w, "h": h})


def figure(key: str, shapes: Iterable[Node], drawing: str | None = None) -> Node:
    """A figure: its shapes, and the digest of the imported drawing they were read from, if any."""
    return node(key, "figure", {"drawing": drawing} if drawing else None, keyed(shapes))


def plain(line: FormNode, answer: Any, children: Iterable[Node] = ()) -> Node:
    """A node from an answer as the fixtures and the interchange write it (see docs/contracts.md). PiaError when it does not fit the kind."""
    made: Node
    match line.kind, answer:
        case _, {"answer": said, "withheld": list(withheld)} if len(answer) == 2:
            return _with_marks(line, plain(line, said, children), withheld)
        case "text", str():
            return text(line.key, answer, (), children)
        case "text", {"text": str(body), "withheld": list(withheld)}:
            return text(
                line.key,
                body,
                [_range(line, each_row, len(clean(body))) for each_row in withheld],
                children,
            )
        case "choice_one", str():
            made = choice_one(line, answer)
        case "choice_many", list() if all(_option(cell) for cell in answer):
            made = choice_many(line, answer)
        case "number", str() | int() if not isinstance(answer, bool):
            made = number(line, str(answer))
        case "date", str():
            made = day(line, answer)
        case "yes_no", bool():
            made = node(line.key, "yes_no", {"checked": True} if answer else None)
        case "yes_no", marked.REDACTED:
            made = node(
                line.key, "yes_no", {"checked": False, "typed": answer}
            )  # only a public reading says so
        case "table", list():
            made = table(line.key, [_row(line, one_row) for one_row in answer])
        case "figure", {"flow": described} if set(answer) == {"flow"}:
            made = figure(
                line.key, [_part(line, each_shape) for each_shape in flow.shapes(described)]
            )
        case "figure", {"shapes": list(shapes)} if (
            _drawing(answer.get("drawing")) and "flow" not in answer
        ):
            made = figure(
                line.key, [_part(line, one_shape) for one_shape in shapes], answer.get("drawing")
            )
        case _:
            raise PiaError(f"{line.id}（{line.label}）の記載が、種類（{line.kind}）に合いません。")
    return replace(made, children=(*made.children, *children), _digest=[])


def _unfit(line: FormNode, what: str) -> PiaError:
    return PiaError(f"{line.id}（{line.label}）の記載のうち、{what}の形が正しくありません。")


def _option(given: Any) -> bool:
    """A choice as it may be written: its label, or {label: free text}."""
    return isinstance(given, str) or (
        isinstance(given, Mapping)
        and len(given) == 1
        and all(isinstance(x, str) for pair in given.items() for x in pair)
    )


def _drawing(given: Any) -> bool:
    return given is None or (
        isinstance(given, str) and re.fullmatch(r"[0-9a-f]{64}", given) is not None
    )


def _whole(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _with_marks(line: FormNode, made: Node, marks: Iterable[Any]) -> Node:
    """An answer with its marks of 非公表部分, each with a reason and in its place. PiaError for one that is not: no mark is ever dropped."""
    given = []
    for mark in marks:
        if isinstance(mark, Mapping) and marked.fits(made, mark):
            given.append(mark)
    if len(given) < len(list(marks)) or not given or not (made.content or made.leaves):
        raise _unfit(line, "非公表部分（reason・ground と、その場所）")
    return marked.on_item(made, given)


def _range(line: FormNode, given: Any, length: int) -> Mapping[str, Any]:
    """A withheld range that lies within its text and says why; with the lawful ground where one is recorded."""
    match given:
        case {"start": int(start), "end": int(end), "reason": str(reason)} if (
            _whole(start) and _whole(end) and 0 <= start < end <= length and reason
        ):
            if isinstance(given.get("ground", ""), str):
                return given
    raise _unfit(line, "非公表部分（start・end・reason・ground）")


def _part(line: FormNode, given: Any) -> Node:
    """A shape; its place and size may be written as decimals, and must lie on a sheet."""
    match given:
        case {"type": str(kind), "x": x, "y": y, "w": w, "h": h} if (
            isinstance(given.get("text", ""), str) and marked.KEY not in given
        ):
            size = (x, y, w, h)
            if all(
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and abs(value) <= _SHEET
                for value in size
            ):
                return shape(kind, given.get("text", ""), *map(int, size))
    raise _unfit(line, "図の部品（type・text・x・y・w・h）")


def _row(line: FormNode, given: Any) -> Node:
    cells: Any = given
    kept = False
    match given:
        case str():
            cells = [given]
        case {"cells": cells} if marked.KEY not in given:
            kept = bool(given.get("inherited"))
        case Mapping() if set(given) <= set(_OLD_ROW):
            cells = []
            for key in _OLD_ROW:
                cells.append(given.get(key, ""))
            kept = True
    if not isinstance(cells, list | tuple) or not all(isinstance(cell, str) for cell in cells):
        raise _unfit(line, "表の行")
    return row(cells, kept)


def to_plain(n: Node) -> Any:
    """The inverse of `plain` for one node's own answer, with its marks; None where it has none. `marked.answer_of` takes the marks off again."""
    if n.kind == "entry":
        if marked.of_value(n.value):
            return {marked.KEY: marked.of_value(n.value)}
        return None
    if not n.content and not n.leaves:
        return None
    return marked.with_marks(_unmarked(n), marked.of_item(n))


def _unmarked(n: Node) -> Any:
    match n.kind:
        case "text":
            return join(n.leaves, (n.value or {}).get("tail", 0))
        case "choice_one":
            return n.value["option"] or n.value["typed"]
        case "choice_many":
            return [
                {label: note} if note else label for label, note in n.value["options"]
            ] + n.value.get("typed", [])
        case "number" | "date":
            return n.value["typed"]
        case "yes_no":
            return n.value.get("typed") or True
        case "table":
            found = []
            for leave in n.leaves:
                found.append(_plain_value(leave.value))
            return found
        case "figure":
            return {
                "shapes": [_plain_value(each_leave.value) for each_leave in n.leaves],
                **_plain_value(n.value),
            }
    return None


def _plain_value(value: Mapping[str, Any] | None) -> dict[str, Any]:
    each_values = {}
    for key, each_value in (value or {}).items():
        if key != marked.KEY:
            each_values[key] = each_value
    return each_values


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
    """A note as it was typed; escaped, behind a sign, only where it would read back as something else."""
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
    match n.kind:
        case "block":
            return value["text"]
        case "row":
            return (_INHERITED if value.get("inherited") else "") + "｜".join(
                map(_escape, value["cells"])
            )
        case "shape":
            return f"{value['type']}｜{value['x']},{value['y']},{value['w']},{value['h']}｜{_escape(value['text'])}"
        case "choice_one":
            return value["option"] or value["typed"]
        case "choice_many":
            ticked = []
            for label, note in value["options"]:
                ticked.append("[○] " + (label.replace("　", _note(note)) if note else label))
            return "\n".join(
                ticked + [f"[？] {_note(each_text)}" for each_text in value.get("typed", [])]
            )
        case "number" | "date":
            return value["typed"]
        case "yes_no":
            return value.get("typed") or "[○]"
        case "text":
            if value:
                return "\n" * value["tail"]
            return ""
        case "figure":
            if value and value.get("drawing"):
                return f"図面 {value['drawing']}"
            return ""
    return ""


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
            return "\n".join(head + [leaf_text(leave) for leave in n.leaves])
    if n.content:
        return leaf_text(n)
    return ""


BETWEEN = "　"  # what stands between the cells of a row where people read them
PIPED = "｜"  # what stood there until now: tables and papers of then are read with it


def shown(n: Node, columns: Sequence[str] = (), between: str = BETWEEN) -> str:
    """One content as a person reads it: every letter as it was typed, of a shape its words, of a
    row its cells, each behind the name of its column where
    `columns` are known. Does not read back: that is `leaf_text`."""
    value = n.value
    match n.kind:
        case "row":
            return ("（引継ぎ）" if value.get("inherited") else "") + between.join(
                _named(value["cells"], columns)
            )
        case "shape":
            return value["text"]
        case "choice_many":
            ticked = []
            for label, note in value["options"]:
                ticked.append("[○] " + (label.replace("　", note) if note else label))
            return "\n".join(ticked + [f"[？] {each_text}" for each_text in value.get("typed", [])])
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
    """The rows of a reversible text as papers showed them until now: their cells with ｜ between."""
    said = []
    for line in text.split("\n"):
        kept = line.removeprefix(_INHERITED)
        cells = "｜".join(_cells(kept))
        if kept == line:
            said.append(cells)
        else:
            said.append(f"（引継ぎ）{cells}")
    return "\n".join(said)


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


def shown_beside(
    *nodes: Node | None, columns: Sequence[str] = (), between: str = BETWEEN
) -> tuple[str, ...]:
    """Answers of one item, or contents of one place, as a person compares them. Where two differ
    and would read alike (a blank in a cell and one between two
    cells, a part of a figure that only moved), all stand in their reversible texts: else nothing
    would be seen of the change."""
    read = []
    for one_node in nodes:
        read.append(shown_of(one_node, columns, between))
    exact = []
    for each_node in nodes:
        exact.append(text_of(each_node))
    return tuple(read if len(set(read)) == len(set(exact)) else exact)


def from_text(
    line: FormNode,
    written: str,
    withheld: Iterable[Mapping[str, Any]] = (),
    children: Iterable[Node] = (),
) -> Node | None:
    """The inverse of `text_of`; None for an item without answer. PiaError when the text cannot be of that kind."""
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
                return plain(line, [_ticked(line, one) for one in lines], children)
            case "yes_no":
                return plain(line, bool(lines), children)
            case "table":
                marked = []
                for one in lines:
                    marked.append((one.removeprefix(_INHERITED), one.startswith(_INHERITED)))
                return table(line.key, [row(_cells(one), inherited) for one, inherited in marked])
            case "figure":
                if lines and lines[0].startswith("図面 "):
                    drawing = lines.pop(0)[3:]
                else:
                    drawing = None
                parts = []
                for one in lines:
                    kind, place, words = one.split("｜", 2)
                    parts.append(shape(kind, _cells(words)[0], *map(int, place.split(","))))
                return figure(line.key, parts, drawing)
            case "group":
                return node(line.key, "group", None, children)
        return plain(line, written, children)
    except (ValueError, TypeError, KeyError) as entry:
        raise PiaError(
            f"{line.id}（{line.label}）の記載「{written[:30]}」を読み取れません。"
        ) from entry


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


def build(form: Form, answers: Iterable[tuple[Path, Any]]) -> Tree:
    """A tree from (path, plain answer) pairs. Fixed nodes stand in the form's order, entries in the order they first appear."""
    root: dict[str, Any] = {}
    for path, answer in answers:
        line, _, rest = form.at(path)
        entry = is_entry(form, path) and _entry_marks(answer)
        if line is None or rest or not (line.answerable or entry):
            raise PiaError(f"様式（{form.id}）に、項目 {'/'.join(path)} はありません。")
        if line.prints_stamp and answer == line.fixed_text:
            continue  # the form's own stamp is what the tree says it is written on, not an answer
        here = root
        for key in path:
            here = here.setdefault(key, {})
        if "" in here:
            raise PiaError(
                f"{line.id}（{line.label}）の記載（{'/'.join(path)}）が、2回出てきます。1つにしてください。"
            )
        here[""] = answer

    def fixed(lines: Iterable[FormNode], level: dict[str, Any]) -> list[Node]:
        out = []
        for line in lines:
            below = level.get(line.key)
            if below is None:
                continue
            if line.repeated:
                entries = []
                for each_key, value in below.items():
                    if each_key:
                        entries.append(
                            node(each_key, "entry", value.get(""), fixed(line.children, value))
                        )
                out.append(node(line.key, "repeat", None, entries))
            elif line.answerable and "" in below:
                out.append(plain(line, below[""], fixed(line.children, below)))
            else:
                out.append(node(line.key, line.node_kind, None, fixed(line.children, below)))
        return out

    return pruned(Tree(form.id, tuple(fixed(form.parts, root))))


def is_entry(form: Form, path: Path) -> bool:
    """Whether a path names an entry of a repeated part."""
    line, _, rest = form.at(path)
    return (
        line is not None
        and not rest
        and line.repeated
        and len(path) > 1
        and form.at(path[:-1])[0] is line
    )


def _entry_marks(answer: Any) -> bool:
    """Whether an answer is the marks of a whole entry."""
    if isinstance(answer, Mapping) and set(answer) == {marked.KEY}:
        found = marked.marks_of(answer)
    else:
        found = []
    return bool(found) and all(marked.fits(node("", "entry"), match) for match in found)


def answers(tree: Tree) -> list[tuple[Path, Any]]:
    """The inverse of `build`: every item that holds something, with its path, in order; an entry that is marked as a whole, with its marks alone."""
    pairs = []
    for path, each_node in walk(tree):
        if each_node.kind not in LEAVES and (value := to_plain(each_node)) is not None:
            pairs.append((path, value))
    return pairs


def item_at(form: Form, path: Path) -> FormNode:
    """The form's item at a path. PiaError when the form has none there that takes an answer."""
    line, _, rest = form.at(path)
    if line is None or rest or not line.answerable:
        raise PiaError(f"項目 {'/'.join(path)} は、この様式（{form.id}）にありません。")
    return line


def with_answer(form: Form, tree: Tree, path: Path, written: str) -> Tree:
    """The tree with one item's answer replaced (its reversible text; "" removes it); only the nodes on the way are made anew. PiaError when the form has no
    such item."""
    item_at(form, path)

    def level(lines: Iterable[FormNode], nodes: tuple[Node, ...], way: Path) -> tuple[Node, ...]:
        order = {}
        for index, line in enumerate(lines):
            order[line.key] = index
        here = next(line for line in lines if line.key == way[0])
        old = next((n for n in nodes if n.key == here.key and n.kind not in LEAVES), None)
        if old:
            below = old.children
        else:
            below = ()
        if here.repeated:
            entry = next(
                (that_node for that_node in below if that_node.key == way[1]), None
            ) or node(way[1], "entry")
            new = replace(entry, children=level(here.children, entry.children, way[2:]), _digest=[])
            if any(node_here is entry for node_here in below):
                kids = []
                for one_node in below:
                    if one_node is entry:
                        kids.append(new)
                    else:
                        kids.append(one_node)
            else:
                kids = [*below, new]
            kids = [kid for kid in kids if kid.children]
            made = node(here.key, "repeat", None, kids)
        elif len(way) == 1:
            kept = []
            for each_node in below:
                if each_node.kind not in LEAVES:
                    kept.append(each_node)
            made = from_text(here, written, (), kept) or node(here.key, here.node_kind)
        else:
            under = level(here.children, below, way[1:])
            if old:
                made = replace(old, children=under, _digest=[])
            else:
                made = node(here.key, here.node_kind, None, under)
        leaves = []
        for n in nodes:
            if n.kind in LEAVES:
                leaves.append(n)
        fixed = []
        for n in nodes:
            if n.kind not in LEAVES and n is not old:
                fixed.append(n)
        if (
            made.content or made.children
        ):  # an empty answer is the same as none, and so is what only held it
            fixed.append(made)
        return (*leaves, *sorted(fixed, key=lambda this_node: order.get(this_node.key, len(order))))

    return Tree(form.id, level(form.parts, tree.children, path))
