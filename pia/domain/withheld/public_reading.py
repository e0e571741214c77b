"""The one reading of a document that may leave the house: without its 非公表部分
(規則第10条第1項・第2項), alone or beside the one before.

`PublicReading` is made here and nowhere else. Knows trees, marks and forms; nothing of who may see
what, nor where the words stand elsewhere (`occurrences`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any

from ..change.describe import Names, citation, label, names
from ..document import items, marked
from ..document.form import Form, FormNode
from ..document.marked import REDACTED
from ..document.tree import LEAVES, Node, Path, Tree, walk
from ..text.folding import found, without
from ..text.spans import Span, spans
from .kept import secrets, walked

_DOOR = object()
_SHORTEST = 2  # letters of a word that is looked for beyond the place it is marked in


@dataclass(frozen=True, slots=True, eq=False)
class PublicReading(Tree):
    """A document as anybody may read it. It cannot be made from a full document but by `public` and
    `side_by_side`: TypeError. `hidden` are the words it does not say, for what stands beside it
    (titles, sentences, names of files)."""

    hidden: frozenset[str] = field(default=frozenset(), repr=False)
    aliases: Mapping[str, str] = field(default_factory=dict, repr=False)
    door: InitVar[object] = None

    def __post_init__(self, door: object) -> None:
        if door is not _DOOR:
            raise TypeError("a PublicReading is made by pia.domain.withheld.public_reading alone")

    def without(self, text: str) -> str:
        """A text that stands beside the document, without the words the document hides."""
        if self.hidden:
            return without(text, sorted(self.hidden, key=lambda word: (-len(word), word)), REDACTED)
        return text

    def place(self, form: Form, path: Path) -> Path:
        """Where a place of the full document is in this reading: an entry whose name is withheld
        has another key."""
        return _renamed(form, path, self.aliases)


# ---- the public reading


@dataclass(frozen=True, slots=True)
class _Work:
    """What a reading is made with: the form, the words to take out of 変更箇所, other names for
    entries whose own name is withheld, and which drawings may go.
    """

    form: Form
    words: tuple[str, ...]
    aliases: Mapping[str, str]
    cited: frozenset[str]
    drawing: Callable[[str], bool]


def public(
    form: Form, tree: Tree, hidden: Iterable[str] = (), drawing: Callable[[str], bool] | None = None
) -> PublicReading:
    """The reading for the public (規則第10条第1項・第2項, through 第5条第2項, 第6条第3項,
    第7条第3項・第6項, 第14条第2項): what is marked says 【非公表】, however long it was, and so do
    the same words in the rows of 変更箇所. `hidden`: marked words of earlier versions, which 変更前
    may quote. `drawing` says of an imported drawing (by its digest) whether it may go out as its
    author drew it; without it none goes out of a document that hides anything.
    """
    if isinstance(tree, PublicReading) and set(hidden) <= tree.hidden:
        return tree
    return _made(form, tree, frozenset(hidden) | secrets(tree), _aliases(form, tree), drawing)


def nothing(beside: PublicReading) -> PublicReading:
    """What stands before a document that is new."""
    return PublicReading(beside.form, (), hidden=beside.hidden, aliases=beside.aliases, door=_DOOR)


def side_by_side(
    form: Form,
    old: Tree,
    new: Tree,
    hidden: Iterable[str] = (),
    drawing: Callable[[str], bool] | None = None,
) -> tuple[PublicReading, PublicReading]:
    """A document before and after, as anybody may read both beside each other. What is withheld now
    is not read in the text before either, although it was public then: no mark of a change says it.
    Such a place differs in that it was open before (`marked.sentence`: 非公表としました)."""
    known = frozenset(hidden) | secrets(old, new)
    aliases = _aliases(form, old, new)
    after = _made(form, new, known, aliases, drawing)
    laid, newly = _like(old, new)
    before = _made(form, laid, known, aliases, drawing, _also(form, secrets(new), after, aliases))
    return _opened(
        before, {(_renamed(form, texts, aliases), index) for texts, index in newly}
    ), after


def _made(
    form: Form,
    tree: Tree,
    hidden: frozenset[str],
    aliases: Mapping[str, str],
    drawing: Callable[[str], bool] | None,
    also: Callable[[Path, Any], Any] | None = None,
) -> PublicReading:
    whole = _whole(tree)
    if not hidden and not whole:
        return PublicReading(tree.form, tree.children, hidden=hidden, aliases=aliases, door=_DOOR)
    if whole:
        entry_names = names(form, tree)
    else:
        entry_names = {}
    cited = frozenset(map(items.folded, _citations(form, entry_names, whole)))
    words = tuple(sorted(hidden, key=lambda word: (-len(word), word)))
    work = _Work(form, words, aliases, cited, drawing or (lambda _: False))
    answers: list[tuple[Path, Any]] = []
    for path, answer in _readable_answers(work, tree, whole):
        spot = _renamed(form, path, aliases)
        answers.append((spot, also(spot, answer) if also is not None else answer))
    built = items.build(form, answers)
    return PublicReading(built.form, built.children, hidden=hidden, aliases=aliases, door=_DOOR)


def _citations(form: Form, entry_names: Names, whole: Iterable[Path]) -> Iterator[str]:
    """How rows of 変更箇所 may name a withheld item or entry, at length and short; and the entries
    it is in, whose rows may say all that is in them."""
    for path in whole:
        yield citation(form, path, entry_names)
        yield label(form, path, entry_names)
        for depth in range(2, len(path)):
            if items.is_entry(form, path[:depth]):
                yield label(form, path[:depth], entry_names)


def _whole(tree: Tree) -> list[Path]:
    """The items and entries that have a mark of their own."""
    paths = []
    for path, node in walk(tree):
        if node.kind not in LEAVES and marked.of_value(node.value):
            paths.append(path)
    return paths


def _readable_answers(work: _Work, tree: Tree, whole: Iterable[Path]) -> Iterator[tuple[Path, Any]]:
    """Every answer as anybody may read it; of a withheld entry one that stands for all."""
    closed = set()
    for path in whole:
        if items.is_entry(work.form, path):
            closed.add(path)
    paths: set[Path] = set()
    for path, answer in items.answers(tree):
        line = work.form.at(path)[0]
        if path in closed or line is None:
            continue
        entry = next((start for start in closed if path[: len(start)] == start), None)
        if entry is None:
            yield path, _read(work, line, answer)
        elif entry not in paths and _names_it(work.form, tree, entry, path):
            paths.add(entry)
            yield path, _redacted(line)


def _names_it(form: Form, tree: Tree, entry: Path, path: Path) -> bool:
    """Whether an answer is the one that stands for a whole withheld entry: its name, else its
    first."""
    line = form.at(entry)[0]
    if line is not None and line.named_by:
        named = form.by_id[line.named_by]
    else:
        named = None
    if named is None or line is None:
        return True
    below = tuple(
        parent.key for parent in (*named.parents, named) if parent not in (*line.parents, line)
    )
    node = tree.find((*entry, *below))
    return node is None or not (node.leaves or node.content) or path == (*entry, *below)


def _redacted(line: FormNode) -> Any:
    """What stands for a whole item that is withheld."""
    match line.kind:
        case "choice_many":
            return [REDACTED]
        case "table":
            return [{"cells": [REDACTED]}]
        case "figure":
            return {
                "shapes": [{"type": "label", "text": REDACTED, "x": 0, "y": 0, "w": 160, "h": 24}]
            }
    return REDACTED


def _read(work: _Work, line: FormNode, answer: Any) -> Any:
    """One answer as anybody may read it."""
    plain = marked.answer_of(answer)
    marks = marked.marks_of(answer)
    if any(not marked.place(mark) for mark in marks):
        return _redacted(line)
    match line.kind:
        case "text" if marks:
            return _blackened(plain, marks)
        case "choice_many":
            return _read_choices(plain, marks)
        case "table":
            rows = [_row(index, row, marks) for index, row in enumerate(plain)]
            if line is work.form.change_table:
                return [_quoted(work, row) for row in rows]
            return rows
        case "figure":
            return _figure(work, plain, marks)
    return plain


def _read_choices(answer: Iterable[Any], marks: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The choices; options without notes that read alike only once."""
    given = list(answer)
    choices = [_choice(choice, marks) for choice in given]
    if any(isinstance(choice, dict) for choice in given):
        return choices
    return list(dict.fromkeys(choices))


def _choice(given: Any, marks: Sequence[Mapping[str, Any]]) -> Any:
    if isinstance(given, Mapping):
        label, note = next(iter(given.items()))
    else:
        label = given
        note = ""
    mine = []
    for mark in marks:
        if mark.get("option") == label:
            mine.append(mark)
    if any("of" not in match for match in mine):
        return REDACTED
    if mine and note:
        return {label: REDACTED}
    return given


def _row(number: int, row: Mapping[str, Any], marks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    mine = []
    for mark in marks:
        if mark.get("row") == number:
            mine.append(mark)
    hit = []
    for index in range(len(row["cells"])):
        hit.append(any(match.get("cell", index) == index for match in mine))
    return {
        **row,
        "cells": [REDACTED if gone and cell else cell for cell, gone in zip(row["cells"], hit)],
    }


def _quoted(work: _Work, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of 変更箇所: it quotes the texts it is about, those of earlier versions too."""
    cells = []
    for cell in row["cells"]:
        cells.append(without(cell, work.words, REDACTED))
    if len(cells) > 3 and items.folded(row["cells"][1]) in work.cited:
        cells[2:4] = [REDACTED if cell else cell for cell in cells[2:4]]
    return {**row, "cells": cells}


def _figure(
    work: _Work, figure: Mapping[str, Any], marks: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    parts = []
    for index, shape in enumerate(figure["shapes"]):
        parts.append(_part(shape, [mark for mark in marks if mark.get("part") == index]))
    drawing = figure.get("drawing")
    keep = bool(drawing) and not marks and (not work.words or work.drawing(str(drawing)))
    if not parts and drawing and not keep:
        return dict(_redacted_figure())
    return {"shapes": parts, **({"drawing": drawing} if keep else {})}


def _redacted_figure() -> Mapping[str, Any]:
    return {"shapes": [{"type": "label", "text": REDACTED, "x": 0, "y": 0, "w": 160, "h": 24}]}


def _part(shape: Mapping[str, Any], mine: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A part of a figure; where the whole part is withheld not even its sort is told, only that
    there is something."""
    if not mine:
        return dict(shape)
    if all(match.get("of") == "words" for match in mine):
        return {**shape, "text": REDACTED}
    x = shape["x"]
    y = shape["y"]
    word = shape["w"]
    head = shape["h"]
    return {
        "type": "label",
        "text": REDACTED,
        "x": min(x, x + word),
        "y": min(y, y + head),
        "w": max(abs(word), 60),
        "h": max(abs(head), 18),
    }


def _blackened(text: str, ranges: Iterable[Mapping[str, Any]]) -> str:
    out = ""
    at = 0
    for range_ in sorted(ranges, key=lambda row: row["start"]):
        if range_["end"] > at:
            between = text[at : range_["start"]]
            # A mark over a block's border is kept as two with a line feed between them: to the
            # reader it is one.
            if out.endswith(REDACTED) and not between.strip("\n"):
                out += ""
            else:
                out += between + REDACTED
            at = range_["end"]
    return out + text[at:]


# ---- names of entries


def _aliases(form: Form, *trees: Tree) -> dict[str, str]:
    """Other keys for the entries whose name, or which, is withheld: a key is made from the name,
    and whoever guesses the name could tell."""
    out: dict[str, str] = {}
    for tree in trees:
        for path, node in walk(tree):
            if node.kind == "entry" and node.key not in out and _nameless(form, path, node):
                out[node.key] = f"withheld-{len(out) + 1}"
    return out


def _nameless(form: Form, path: Path, n: Node) -> bool:
    if marked.of_value(n.value):
        return True
    line = form.at(path)[0]
    if line is not None and line.named_by:
        named = form.by_id[line.named_by]
    else:
        named = None
    if named is not None:
        own = n.child(named.key)
    else:
        own = None
    return own is not None and marked.marked(own)


def _renamed(form: Form, path: Path, aliases: Mapping[str, str]) -> Path:
    """A path with the other keys of its entries."""
    _, entries, _ = form.at(path)
    if not aliases or not any(entry in aliases for entry in entries):
        return path
    out = list(path)
    level = form.by_key
    at = 0
    while at < len(path) and (line := level.get(path[at])) is not None:
        at += 1
        level = line.by_key
        if line.repeated and at < len(path):
            out[at] = aliases.get(path[at], path[at])
            at += 1
    return tuple(out)


# ---- the text before, beside the text after


def _like(old: Tree, new: Tree) -> tuple[Tree, set[tuple[Path, int]]]:
    """The earlier document with the marks of the later one laid over its own, and which leaves
    (path of the item and place among its leaves, -1 the item itself) were open until then."""
    newly: set[tuple[Path, int]] = set()

    def lay(n: Node, now: Node, path: Path) -> Node:
        marks = []
        for match in marked.of_value(now.value):
            if n.kind != "row" or match.get("cell", 0) < len(n.value["cells"]):
                marks.append(match)
        if not marks or (n.kind not in ("entry", "table", "text", "figure") and not n.content):
            return n
        if n.kind == "block":
            marks = _before(n.value["text"], now.value["text"], marks)
        own = marked.of_value(n.value)
        if not own or (n.kind == "block" and len(own) < len(marks)):
            newly.add((path, 0))
        return marked.put(n, [*own, *marks])

    alike = walked(old, new, lay, lambda *_: None)
    return alike, _placed(alike, {texts for texts, _ in newly})


def _before(old: str, new: str, marks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where marked words of the later text stood in the earlier one: with all that was deleted
    within them or beside them."""
    pieces = spans(old, new)
    moved = []
    for mark in marks:
        starts = []
        ends = []
        for piece in pieces:
            if not _touches(piece, mark) or piece.a1 == piece.a0:
                continue
            start, end = _old_range(piece, mark)
            starts.append(start)
            ends.append(end)
        if starts and min(starts) < max(ends):
            moved.append({**mark, "start": min(starts), "end": max(ends)})
    return moved


def _touches(piece: Span, mark: Mapping[str, Any]) -> bool:
    """Whether a piece overlaps a range of the new text, or was deleted in it or at its edge."""
    start: int = mark["start"]
    end: int = mark["end"]
    if piece.b0 == piece.b1:
        return start <= piece.b0 <= end
    return piece.b0 < end and piece.b1 > start


def _old_range(piece: Span, mark: Mapping[str, Any]) -> tuple[int, int]:
    """The range of the old text: of equal words those under the mark, of others all."""
    start = piece.a0
    end = piece.a1
    if piece.op == "equal":
        start += max(mark["start"] - piece.b0, 0)
        end -= max(piece.b1 - mark["end"], 0)
    return start, end


def _placed(tree: Tree, paths: set[Path]) -> set[tuple[Path, int]]:
    out: set[tuple[Path, int]] = set()
    for path, node in walk(tree):
        if path in paths and node.kind not in LEAVES:
            out.add((path, -1))
        out |= {
            (path, index) for index, leaf in enumerate(node.leaves) if (*path, leaf.key) in paths
        }
    return out


def _also(
    form: Form, words: frozenset[str], after: PublicReading, aliases: Mapping[str, str]
) -> Callable[[Path, Any], Any]:
    """Takes newly withheld words out of what was elsewhere before, unless the same item still says
    them."""
    sought = [
        word
        for word in sorted(words, key=lambda word: (-len(word), word))
        if len(word) >= _SHORTEST
    ]

    def taken(path: Path, answer: Any) -> Any:
        node = after.find(path)
        if node is not None:
            still = items.text_of(node)
        else:
            still = ""
        gone = []
        for word in sought:
            if not found(still, word):
                gone.append(word)
        if gone:
            return _mapped(answer, lambda text: without(text, gone, REDACTED))
        return answer

    return taken


def _mapped(answer: Any, change: Callable[[str], str]) -> Any:
    """An answer with every text a person wrote in it changed; labels of the form stay."""
    if isinstance(answer, str):
        return change(answer)
    if isinstance(answer, list):
        rows = []
        for first in answer:
            rows.append(_mapped_choice(first, change))
        return rows
    if isinstance(answer, Mapping) and "shapes" in answer:
        return {
            **answer,
            "shapes": [{**shape, "text": change(shape["text"])} for shape in answer["shapes"]],
        }
    return answer


def _mapped_choice(given: Any, change: Callable[[str], str]) -> Any:
    if isinstance(given, Mapping) and "cells" in given:
        return {**given, "cells": list(map(change, given["cells"]))}
    if isinstance(given, Mapping):
        choice = {}
        for key, value in given.items():
            choice[key] = change(value)
        return choice
    return given


def _opened(tree: PublicReading, newly: set[tuple[Path, int]]) -> PublicReading:
    """The earlier reading with those contents told apart that were open then."""
    if not newly:
        return tree
    children = tuple(_opened_node(child, (child.key,), newly) for child in tree.children)
    return PublicReading(tree.form, children, hidden=tree.hidden, aliases=tree.aliases, door=_DOOR)


def _opened_node(n: Node, path: Path, newly: set[tuple[Path, int]]) -> Node:
    """`newly`: (path of an item, index of a leaf) of what was open; -1 is the whole item."""
    whole = (path, -1) in newly
    children = []
    for index, child in enumerate(n.children):
        below = (*path, child.key)
        if child.kind in LEAVES:
            was_open = whole or (path, index) in newly
            if was_open and REDACTED in items.leaf_text(child):
                child = _open(child)
        elif any(start[: len(below)] == below for start, _ in newly):
            child = _opened_node(child, below, newly)
        children.append(child)
    opened = n.with_children(children)
    if whole and n.content and not n.leaves:
        return _open(opened)
    return opened


def _open(n: Node) -> Node:
    return n.with_value({**n.value, marked.OPEN: True})
