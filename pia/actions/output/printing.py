"""Printing a document once: the same text on the same layout is taken from the store, with the page
of every item (審議は「46ページ」で進む).

Knows what makes a printing another one: digest, projection, layout, title, stamp, typefaces. Must
not know how a page is laid out. Files without a store are printed each time.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path as File
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from ...domain.document.form import OPEN
from ...domain.document.tree import Path, walk
from ...domain.errors import PiaError
from ...store import nodes, queries
from ...store.rows import papers
from ...store.rows.assessments import Round, Version
from ..sources import Source
from ..workplace import Press, Workplace

if TYPE_CHECKING:
    from ...documents.pdf.assessment import Paper

_FINAL = ("REVIEWED", "SUBMITTED", "PUBLISHED")


def printing(
    where: Workplace | Press,
    source: Source,
    *,
    projection: str = "full",
    stamp: str | None = None,
) -> Paper:
    """The paper of a document: the stored one where it was printed before, else printed now and
    kept. `where` is the workplace, or what to draw with where nothing is kept.

    `projection` names the reading of it (full, public); `stamp` None means what the state of its
    round asks for. PiaError when it cannot be printed: a plain text, or a character no typeface
    has.
    """
    from ...documents.pdf import assessment

    if source.form is OPEN:
        raise PiaError("テキストの文書は、評価書のPDFに書き出せません。")
    if isinstance(where, Press) or source.version is None:
        press = where if isinstance(where, Press) else where.press
        return _print(source, assessment.MARK if stamp is None else stamp, press, None)
    wp = where
    if stamp is None:
        stamp = _stamp(wp, source.version)
    layout = layout_key(source, stamp, wp.press)
    with wp.store.read() as session:
        printed = papers.printed(session, source.tree.digest, projection, layout)
        if printed is not None:
            data = nodes.get_blob(session, printed.sha256)
            return assessment.Paper(data, _pages(printed), printed.count, ())
    paper = _print(source, stamp, wp.press, wp)
    try:
        with wp.store.begin() as session:
            papers.keep_printed(
                session,
                source.tree.digest,
                projection,
                layout,
                paper.data,
                paper.count,
                paper.pages,
            )
    except IntegrityError:
        # Somebody printed the same at the same time: equal bytes, kept once.
        pass
    return paper


def pages(wp: Workplace, source: Source, projection: str = "full") -> dict[Path, int] | None:
    """The page of every item as it was last printed on the present layout; None where it never was.

    The stamp moves no page.
    """
    from ...documents.pdf.assessment import LAYOUT

    with wp.store.read() as session:
        printed = queries.papers.last_printed_in(session, source.tree.digest, projection, LAYOUT)
        if printed is None:
            return None
        return _pages(printed)


def _pages(printed: papers.Printed) -> dict[Path, int]:
    values = {}
    for key, value in printed.pages.items():
        values[tuple(key.split("/"))] = value
    return values


def layout_key(source: Source, stamp: str, press: Press) -> str:
    """What besides the text decides the bytes: the layout's number, and a digest of title, key,
    stamp and the city's own typefaces.
    """
    from ...documents.pdf.assessment import LAYOUT

    drawn = bool(source.blobs) and press.libreoffice is not None
    parts = [_title(source), source.key, stamp, *fonts_mark(press), *(["office"] if drawn else [])]
    return f"{LAYOUT}:{sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:24]}"


def fonts_mark(press: Press) -> list[str]:
    """A digest of each typeface of the city's own; empty texts where it has none."""
    marks = []
    for font in press.fonts:
        if font and File(font).is_file():
            marks.append(sha256(File(font).read_bytes()).hexdigest())
        else:
            marks.append(font or "")
    return marks


def _title(source: Source) -> str:
    return source.title or source.ref


def _print(source: Source, stamp: str, press: Press, wp: Workplace | None) -> Paper:
    from ...documents.pdf import assessment
    from ...documents.pdf.archive import Attached
    from ...documents.text import interchange

    body = interchange.write(source.tree, key=source.key, title=source.title, blobs=source.blobs)
    data = Attached(
        "assessment.json", body, "application/json", "この評価書の交換用データ（pia-assessment/1）"
    )
    paper = assessment.write(
        source.tree,
        source.form,
        title=_title(source),
        stamp=stamp,
        own=press.fonts,
        attached=data,
        drawings=_drawings(wp, source, press),
    )
    if paper.missing:
        named = "、".join(
            f"「{cell}」（U+{ord(cell):04X}、{where}）" for cell, where in paper.missing[:5]
        )
        raise PiaError(
            f"書体にない文字があるため、PDFを作れません：{named}。"
            "文字を直すか、PIA_FONT_REGULAR に別の書体を指定してください。"
        )
    return paper


def _drawings(wp: Workplace | None, source: Source, press: Press) -> dict[str, bytes]:
    """The imported drawings as their authors made them, each made once and kept; those that cannot
    be shown so are left out.
    """
    from ...documents.pdf import libreoffice as shown
    from ...documents.pdf.assessment import LAYOUT

    program = press.libreoffice
    figures = {}
    for _, node in walk(source.tree):
        if node.kind == "figure" and node.value and node.value.get("drawing") in source.blobs:
            figures[node.value["drawing"]] = node
    out: dict[str, bytes] = {}
    for digest, node in figures.items() if program is not None else ():
        where = (node.digest, "drawing", f"{LAYOUT}:office")
        if wp is not None:
            with wp.store.read() as session:
                kept = papers.printed(session, *where)
                if kept is not None:
                    out[digest] = nodes.get_blob(session, kept.sha256)
                    continue
        image = shown.drawn(node, source.blobs[digest], program or "")
        if image is None:
            continue
        out[digest] = image
        if wp is not None:
            with wp.store.begin() as session:
                papers.keep_printed(session, *where, image, 1, {})
    return out


def _stamp(wp: Workplace, version: int) -> str:
    """（素案） while it is drafted, （案） until it is checked, nothing on what is final or was
    published.
    """
    from ...documents.pdf.assessment import MARK

    with wp.store.read() as session:
        printed = session.get_one(Version, version)
        if queries.filing.publication_of_version(session, version) is not None:
            return ""
        if printed.round_id:
            round_ = session.get(Round, printed.round_id)
        else:
            round_ = None
        if round_ is None or round_.state == "WITHDRAWN":
            return MARK
        if round_.state == "DRAFTING":
            return "（素案）"
        if round_.state in _FINAL and round_.head_id == version:
            return ""
        return "（案）"


def cited(pages: dict[Path, int], path: Path) -> int | None:
    """The page of an item, or of the nearest heading above it that was printed (an entry that is
    gone has none).
    """
    for index in range(len(path), 0, -1):
        if path[:index] in pages:
            return pages[path[:index]]
    return None
