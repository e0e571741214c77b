"""A whole assessment on paper as the official form prints it: cover, 項目一覧, boxed parts, every
answer copyable, and the page every item stands on.

Council work is done by page number, so the page map is part of the result. Our own layout, marked
確認用 unless a stamp says otherwise. Knows forms and trees (also one whose withheld parts were
blacked out); nothing of rounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reportlab.platypus import Flowable, NextPageTemplate, PageBreak, Spacer

from ...domain.change.describe import Names, label, names
from ...domain.document.form import Form, FormNode
from ...domain.document.items import text_of
from ...domain.document.tree import LEAVES, Node, Path, Tree
from .archive import Attached, archive
from .fonts import NO_OWN, OwnFonts, Typeface, typeface
from .points import Here
from .rows import Rows
from .text import PageKind, build

# one more whenever a page may break elsewhere: page maps of another layout are not used again
LAYOUT = 3
MARK = "確認用（提出用ではありません）"


@dataclass(frozen=True, slots=True)
class Paper:
    """The bytes, the page of every item, how many pages there are, and the characters no typeface
    had (with the item they stand in): then there are no bytes.
    """

    data: bytes
    pages: Mapping[Path, int]
    count: int
    missing: tuple[tuple[str, str], ...] = field(default=())


def write(
    tree: Tree,
    form: Form,
    *,
    title: str,
    stamp: str = MARK,
    own: OwnFonts = NO_OWN,
    attached: Attached | None = None,
    drawings: Mapping[str, bytes] | None = None,
) -> Paper:
    """PDF/A-3b, A4. `stamp` stands above the title and at the head of every page: MARK, （素案）,
    （案） or nothing. `attached` is the document as data; `drawings` imported figures as one-page
    PDFs by the digest of the drawing (else the shapes are drawn). Equal input gives equal bytes.
    """
    entry_names = names(form, tree)
    texts = list(map(text_of, _all(tree)))
    named = [name for _, name in entry_names.values()]
    letters = [title, stamp, form.printed_title, *texts, *_printed(form), *named]
    face = typeface(letters, own)
    missing = _missing(tree, form, entry_names, face, [title, *texts])
    if missing:
        return Paper(b"", {}, 0, missing)
    pages: dict[Path, int] = {}
    rows = Rows(form, tree, entry_names, face, pages, drawings or {})
    sheets = {
        "cover": PageKind(bare=True),
        "upright": PageKind(),
        "table": PageKind(wide=True, heading=rows.table_heads()),
    }
    count: dict[Path, int] = {}
    story = [*_cover(rows, stamp), *_parts(rows), Here(count, ("end",))]
    data = build(story, face, title=title, header=title, stamp=stamp, sheets=sheets)
    return Paper(
        archive(data, attached=[attached] if attached else [], placed=rows.placed),
        pages,
        count["end",],
    )


def _missing(
    tree: Tree, form: Form, entry_names: Names, face: Typeface, texts: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """(letter, where it stands) of the letters people wrote that no typeface has."""
    missing = []
    for letter in sorted(face.missing):
        if not any(letter in text for text in texts):
            continue
        where = "表題"
        for path, node in _answered(tree):
            if letter in text_of(node):
                where = label(form, path, entry_names)
                break
        missing.append((letter, where))
    return tuple(missing)


def _all(n: Tree | Node) -> Iterator[Node]:
    """Every node that is no leaf, in the order of the form."""
    for _, node in _answered(n):
        yield node


def _answered(n: Tree | Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """The same with its path."""
    for child in n.children:
        if child.kind not in LEAVES:
            below = (*path, child.key)
            yield below, child
            yield from _answered(child, below)


def _printed(form: Form) -> Iterator[str]:
    """The words the form itself prints, and the signs of ours."""
    for line in form.walk():
        yield from (line.number, line.label, line.mark)
        yield from (line.heading_note, line.printed_note, line.fixed_text)
        yield from line.entries
        yield from line.columns
        for option in line.options:
            yield option.label
    yield (
        "＜選択肢＞［］[]（記載なし）連番項目一覧頁※〔〕○？①②。："
        "・／　0123456789０１２３４５６７８９．－【追加】【削除】【変更】【移動】図"
    )


def _cover(rows: Rows, stamp: str) -> list[Flowable]:
    """The first page, where the form has one."""
    part = rows.form.by_role.get("cover")
    if part is not None:
        return rows.cover(part, rows.tree.find((part.key,)), stamp)
    return []


def _parts(rows: Rows) -> list[Flowable]:
    """Every part of the form after the cover, each on a new page."""
    out: list[Flowable] = []
    for part in rows.form.parts:
        node = rows.tree.find((part.key,))
        if part.role == "cover":
            continue
        if part.entries:
            out += [NextPageTemplate("upright"), PageBreak(), *rows.contents(part)]
        elif part.kind == "table":
            out += [NextPageTemplate("table"), PageBreak(), *rows.change_table(part, node)]
        else:
            out += [NextPageTemplate("upright"), *_part_pages(rows, part, node)]
    return out


def _part_pages(rows: Rows, part: FormNode, node: Node | None) -> list[Flowable]:
    """A part on a new page, a repeated one with an entry after the other. The 計画管理書 has a line
    for each 事務: those follow each other, parts of an assessment begin a page.
    """
    if not part.repeated:
        return [PageBreak(), *rows.part(part, (part.key,), node, 0)]
    if node is None or not node.children:
        return [PageBreak(), *rows.part(part, (part.key,), None, 0)]
    out: list[Flowable] = []
    for index, entry in enumerate(node.children):
        out.append(PageBreak() if part.number or not index else Spacer(1, 14))
        out += rows.part(part, (part.key, entry.key), entry, index + 1)
    return out
