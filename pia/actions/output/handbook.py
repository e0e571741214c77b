"""The handbook as files: a role's 操作マニュアル as Word file or PDF and its 早見表 on one page.

Reads only. Must not know pages.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ... import manual
from ...documents import rehearsal
from ...documents.papers import handbook
from ...documents.pdf.fonts import OwnFonts
from ...documents.word import as_pdf, writer
from ...domain.errors import PiaError
from ...manual import Chapter
from ..records import council_ways
from ..workplace import Workplace

FORMATS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
WHOLE = "all"  # the handbook of everybody


def title(name: str, sheet: bool = False) -> str:
    """What a printed handbook is called."""
    kind = manual.SHEET if sheet else "操作マニュアル"
    if name == WHOLE:
        return kind
    return f"{kind}（{manual.chapter(name).title}）"


def told(wp: Workplace, chapter: Chapter) -> Chapter:
    """A chapter in the words of this house: one whose councils hear a 議案 has no 諮問."""
    return _told(chapter, _by_bill(wp))


def _by_bill(wp: Workplace) -> bool:
    with wp.store.read() as session:
        return council_ways.only_by_bill(session)


def _told(chapter: Chapter, bill: bool) -> Chapter:
    if not bill:
        return chapter
    sections = []
    for section in chapter.sections:
        heading = council_ways.said(section.heading, bill)
        body = council_ways.said(section.body, bill)
        sections.append(replace(section, heading=heading, body=body))
    return replace(chapter, sections=tuple(sections))


def printed(wp: Workplace, name: str, fmt: str) -> bytes:
    """The 操作マニュアル of a role's chapter, of one chapter, or of all (`WHOLE`)."""
    return _printed(name, fmt, wp.press.fonts, (rehearsal.words(), _by_bill(wp)))


@lru_cache(maxsize=32)
def _printed(name: str, fmt: str, own: OwnFonts, house: tuple[str, bool]) -> bytes:
    chapters = manual.chapters() if name == WHOLE else manual.handbook(name)
    paper = handbook.manual(title(name), [_told(chapter, house[1]) for chapter in chapters])
    if fmt == "docx":
        return writer.write(as_pdf.with_pages(paper, own))
    return as_pdf.write(paper, own=own)


def sheet(wp: Workplace, name: str) -> bytes:
    """The 早見表 of a role, a PDF of one page. PiaError where the chapter has none."""
    if manual.chapter(name).sheet is None:
        raise PiaError("この章には、早見表がありません。役割の章から選んでください。")
    return _sheet(name, wp.press.fonts, (rehearsal.words(), _by_bill(wp)))


@lru_cache(maxsize=16)
def _sheet(name: str, own: OwnFonts, house: tuple[str, bool]) -> bytes:
    chapter = _told(manual.chapter(name), house[1])
    return as_pdf.write(handbook.sheet(title(name, True), chapter), own=own)
