"""A whole assessment on paper: the official numbering and boxes, every answer copyable, an outline, and the page every item stands on.

Council work is done by page number, so the page map is part of the result. Our own layout, marked 確認用 unless a stamp says otherwise. Knows forms and trees;
nothing of rounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reportlab.graphics.shapes import Drawing, Line, Polygon, Rect, String
from reportlab.lib import colors
from reportlab.platypus import CondPageBreak, Flowable, PageBreak, Spacer, Table, TableStyle

from ..domain.describe import label, names
from ..domain.figure import extent
from ..domain.form import Form, FormNode
from ..domain.items import text_of
from ..domain.tree import LEAVES, Node, Path, Tree
from .fonts import Typeface, typeface
from .pdf import build, chunks, marked, paragraphs, style

_WIDTH = 504.0
_LABEL = 128.0
_LINE = colors.HexColor("#555555")
_SHADE = colors.HexColor("#E9EDF2")
_PALE = colors.HexColor("#F6F7F9")
MARK = "確認用（提出用ではありません）"


@dataclass(frozen=True, slots=True)
class Paper:
    """The bytes, the page of every item, how many pages there are, and the characters no typeface had (with the item they stand in)."""

    data: bytes
    pages: Mapping[Path, int]
    count: int
    missing: tuple[tuple[str, str], ...]


class _Here(Flowable):
    """A point in the text: notes the page an item begins on and puts it into the outline."""

    def __init__(self, pages: dict[Path, int], path: Path, title: str = "", level: int = 0):
        super().__init__()
        self.pages, self.path, self.title, self.level = pages, path, title, level
        self.width = self.height = 0

    def wrap(self, *_: Any) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        self.pages.setdefault(self.path, self.canv.getPageNumber())
        if self.title:
            key = "/".join(self.path)
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(self.title, key, self.level, closed=self.level > 0)


def write(tree: Tree, form: Form, *, title: str, stamp: str = MARK, regular: str | None = None, bold: str | None = None) -> Paper:
    """A4 upright. `stamp` stands at the head of every page: MARK, （素案）, （案） or nothing. Equal input gives equal bytes."""
    found = names(form, tree)
    texts = [text_of(n) for n in _all(tree)]
    face = typeface([title, stamp, form.printed_title, *texts, *_printed(form), *(x for _, x in found.values())], regular, bold)
    pages: dict[Path, int] = {}
    work = _Sheet(form, tree, found, face, pages)
    story = work.story(title)
    count = [0]
    data = build([*story, _Here(_Count(count), ())], face, title=title, header=f"{title}　{stamp}".strip())
    missing = tuple(
        (c, next((label(form, p, found) for p, n in _answered(tree) if c in text_of(n)), "")) for c in sorted(face.missing) if any(c in t for t in texts)
    )
    return Paper(data, pages, count[0], missing)


class _Count(dict[Path, int]):
    """Takes the last page's number."""

    def __init__(self, count: list[int]):
        super().__init__()
        self.count = count

    def setdefault(self, key: Path, default: int = 0) -> int:
        self.count[0] = default
        return default


def _all(n: Tree | Node) -> list[Node]:
    return [x for c in n.children if c.kind not in LEAVES for x in (c, *_all(c))]


def _answered(n: Tree | Node, path: Path = ()) -> list[tuple[Path, Node]]:
    return [x for c in n.children if c.kind not in LEAVES for x in (((*path, c.key), c), *_answered(c, (*path, c.key)))]


def _printed(form: Form) -> list[str]:
    return [x for line in form.walk() for x in (line.number, line.label, *(o.label for o in line.options), *line.columns)] + [
        "＜選択肢＞［］（記載なし）連番※〔〕○？①②。：・　0123456789０１２３４５６７８９．－"
    ]


class _Sheet:
    def __init__(self, form: Form, tree: Tree, found: Any, face: Typeface, pages: dict[Path, int]):
        self.form, self.tree, self.found, self.face, self.pages = form, tree, found, face, pages
        self.body, self.small = style(face, 9.5), style(face, 7.5, lead=1.45)
        self.bold, self.part = style(face, 9.5, bold=True), style(face, 14, bold=True)
        self.box = [
            ("GRID", (0, 0), (-1, -1), 0.5, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("FONT", (0, 0), (-1, -1), face.regular, 9),
            ("LINEBELOW", (0, "inrowsplitstart"), (-1, "inrowsplitstart"), 0.5, _LINE),
            ("LINEABOVE", (0, "inrowsplitend"), (-1, "inrowsplitend"), 0.5, _LINE),
        ]

    def story(self, title: str) -> list[Any]:
        out: list[Any] = [Spacer(1, 30), *paragraphs([marked(self.form.printed_title)], style(self.face, 17, bold=True)), Spacer(1, 18)]
        below = {n.key: n for n in self.tree.children}
        for line in self.form.parts:
            n = below.get(line.key)
            if n is None:
                continue
            if line.repeated:
                for e in n.children:
                    out += self._part(line, (line.key, e.key), e, label(self.form, (line.key, e.key), self.found))
            else:
                out += self._part(line, (line.key,), n, f"{line.number}　{line.label}" if line.number else line.label)
        return out

    def _part(self, line: FormNode, path: Path, n: Node, title: str) -> list[Any]:
        out: list[Any] = [] if line.key == "C" else [PageBreak()]
        out += [_Here(self.pages, path, title), *paragraphs([marked(title)], self.part), Spacer(1, 6)]
        if line.answerable:
            out += self._answer(line, path, n)
        return out + self._level(line.children, n, path)

    def _level(self, lines: tuple[FormNode, ...], n: Node, path: Path) -> list[Any]:
        below = {c.key: c for c in n.children if c.kind not in LEAVES}
        out: list[Any] = []
        for line in lines:
            c = below.get(line.key)
            if c is None:
                continue
            here = (*path, line.key)
            if line.repeated:
                for e in c.children:
                    spot = (*here, e.key)
                    said = label(self.form, spot, self.found).split("．")[-1]
                    # A figure's heading and title stay with its drawing.
                    out += [CondPageBreak(330)] if any(c.kind == "figure" for c in e.children) else []
                    out += [*self._heading(spot, said, len(path)), *self._level(line.children, e, spot)]
            elif line.answerable:
                out += [*self._answer(line, here, c), *self._level(line.children, c, here)]
            else:
                out += [*self._heading(here, f"{line.number}{line.label}{line.mark and '　' + line.mark}", len(path)), *self._level(line.children, c, here)]
        return out

    def _heading(self, path: Path, said: str, depth: int) -> list[Any]:
        table = Table([[paragraphs([marked(said)], self.bold)]], colWidths=[_WIDTH], style=TableStyle([*self.box, ("BACKGROUND", (0, 0), (-1, -1), _SHADE)]))
        return [CondPageBreak(60), _Here(self.pages, path, said if depth <= 1 or "リスク" in said else "", 1), table]

    def _answer(self, line: FormNode, path: Path, n: Node) -> list[Any]:
        if not (n.content or n.leaves):
            return []
        name = f"{line.number}{line.label}{line.mark and '　' + line.mark}"
        here = _Here(self.pages, path)
        if n.kind == "figure":
            return [here, *self._figure(n), Spacer(1, 6)]
        if n.kind == "table":
            return [here, *self._rows(line, n)]
        cells = self._cells(line, n)
        widths = [_LABEL, _WIDTH - _LABEL] if len(cells) == 1 else [_LABEL, 170.0, _WIDTH - _LABEL - 170.0]
        table = Table(
            [[paragraphs([marked(name)], self.body), *cells]],
            colWidths=widths,
            splitInRow=1,
            style=TableStyle([*self.box, ("BACKGROUND", (0, 0), (0, -1), _PALE)]),
        )
        return [CondPageBreak(40), here, table]

    def _cells(self, line: FormNode, n: Node) -> list[Any]:
        if n.kind == "choice_one":
            options = "＜選択肢＞\n" + "　".join(f"{i}) {o.label}" for i, o in enumerate(line.options, 1))
            return [paragraphs([marked(f"［　{text_of(n)}　］")], self.bold), paragraphs([marked(options)], self.small)]
        if n.kind == "choice_many":
            chosen = {x: note for x, note in n.value["options"]}
            lines = [f"[{'○' if o.label in chosen else '　'}] {o.label.replace('　', chosen.get(o.label) or '　')}" for o in line.options]
            lines += [f"[？] {t}" for t in n.value.get("typed", ())]
            return [paragraphs([marked(x) for x in lines], self.body)]
        return [paragraphs([marked(x) for x in chunks(text_of(n))], self.body)]

    def _rows(self, line: FormNode, n: Node) -> list[Any]:
        rows = [list(r.value["cells"]) for r in n.leaves]
        if len(line.columns) > 2:
            widths = [58.0, 92.0, 130.0, 130.0, 38.0, 56.0]
            head = [[paragraphs([marked(c)], self.small) for c in line.columns]]
            body = [[paragraphs([marked(p) for p in chunks(c)], self.small) for c in (r + [""] * 6)[:6]] for r in rows]
            heads = Table(head, colWidths=widths, style=TableStyle([*self.box, ("BACKGROUND", (0, 0), (-1, -1), _SHADE)]))
            return [heads, *(Table([r], colWidths=widths, splitInRow=1, style=TableStyle(self.box)) for r in body)]
        said = [f"{i}．{r[-1]}" if len(r) == 1 and not r[0][:1].isdigit() else "　".join(r) for i, r in enumerate(rows, 1)]
        thirds = [said[i : i + 3] + [""] * (3 - len(said[i : i + 3])) for i in range(0, len(said), 3)]
        body = [[paragraphs([marked(p) for p in chunks(c)], self.small) for c in r] for r in thirds]
        return [Table(body, colWidths=[_WIDTH / 3] * 3, splitInRow=1, style=TableStyle(self.box))] if body else []

    def _figure(self, n: Node) -> list[Any]:
        left, top, right, bottom = extent(n)
        scale = min(1.0, (_WIDTH - 10) / max(1, right - left + 12), 560 / max(1, bottom - top + 12))
        drawing = Drawing((right - left + 12) * scale, (bottom - top + 12) * scale)

        def x(v: float) -> float:
            return (v - left + 6) * scale

        def y(v: float) -> float:
            return (bottom - v + 6) * scale

        for s in n.leaves:
            v = s.value
            if v["type"] == "arrow":
                self._arrow(drawing, x(v["x"]), y(v["y"]), x(v["x"] + v["w"]), y(v["y"] + v["h"]))
                continue
            if v["type"] == "box":
                drawing.add(
                    Rect(x(v["x"]), y(v["y"] + v["h"]), v["w"] * scale, v["h"] * scale, fillColor=_PALE, strokeColor=_LINE, strokeWidth=0.7, rx=2, ry=2)
                )
            size = 12 * scale
            per_line = max(2, int(abs(v["w"]) // 12))
            words = [part[i : i + per_line] for part in v["text"].split("\n") for i in range(0, max(len(part), 1), per_line)] if v["text"] else []
            middle = y(v["y"] + v["h"] / 2) + (len(words) - 1) * size * 0.6 - size * 0.36
            for i, word in enumerate(words):
                drawing.add(String(x(v["x"] + v["w"] / 2), middle - i * size * 1.2, word, fontName=self.face.regular, fontSize=size, textAnchor="middle"))
        return [drawing]

    def _arrow(self, drawing: Drawing, x1: float, y1: float, x2: float, y2: float) -> None:
        drawing.add(Line(x1, y1, x2, y2, strokeColor=_LINE, strokeWidth=1))
        length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 0.1)
        dx, dy = (x2 - x1) / length * 6, (y2 - y1) / length * 6
        drawing.add(
            Polygon([x2, y2, x2 - dx - dy / 2, y2 - dy + dx / 2, x2 - dx + dy / 2, y2 - dy - dx / 2], fillColor=_LINE, strokeColor=_LINE, strokeWidth=0.3)
        )
