"""The blacked-out copy of a record, or of all records of a 開示請求, as PDF.

Knows how texts and marks become the lines of a copy. Must not hand a blacked-out word to what draws
it: not in a label, a title or a file name either. The original is not touched; the copy is made
anew each time, and the same marks give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...documents.papers import blacked
from ...documents.papers.blacked import BlackedCopy, BlackedText
from ...domain.act import By
from ...domain.errors import Refused
from ...domain.text.folding import without
from ...domain.withheld import blacking
from ...store.ledger import log
from ..kept import blackouts
from ..kept.blackouts import COVER
from ..workplace import Workplace

ALL = "all"


def make(wp: Workplace, by: By, number: int, record: str) -> tuple[bytes, str]:
    """(PDF, file name) of the copy of one record, or of `ALL`; on record. Refused while a proposal
    waits for an answer, and for a record that is not disclosed."""
    now = blackouts.case(wp, number, by.day)
    blackouts.must_be_ready(now, "" if record == ALL else record)
    order = {}
    for place, copied in enumerate(now.listed, 1):
        order[copied.record] = place
    if record == ALL:
        wanted = now.listed
    else:
        wanted = (now.of(record),)
    given = []
    for copied in wanted:
        if copied.texts and copied.whole is None:
            given.append(copied)
    if not given:
        raise Refused("写しにする記録がありません。開示しない記録の写しは作りません。")
    words = now.words()
    pages = []
    for copied in given:
        pages.append(_page(now, copied, order[copied.record], words))
    if record == ALL:
        name = "写し一式"
    else:
        name = f"写し{order[record]}"
    data = blacked.write(pages, name, own=wp.press.fonts)
    with wp.store.begin() as session:
        log.entry(session, by, "disclosure.copy", f"{number} {record}")
    return data, f"{name}.pdf"


def _page(
    now: blackouts.Case, copied: blackouts.Copied, order: int, words: Sequence[str]
) -> BlackedCopy:
    note = (
        "黒い箱は開示しない部分です。箱の番号は「墨塗り一覧」の番号で、箱の幅は字数を表しません。"
    )
    lines = []
    for text in copied.texts:
        lines.append(_line(now, text, words))
    return blacked.BlackedCopy(f"写し{order}　{copied.kept.kind_name}", (note,), tuple(lines))


def _line(now: blackouts.Case, text: blacking.Text, words: Sequence[str]) -> BlackedText:
    pieces: list[str | int] = []
    for letters, place in blacking.pieces(text, now.black):
        if place is None:
            pieces.append(letters)
        else:
            pieces.append(now.numbers[place])
    return blacked.BlackedText(without(text.where, words, COVER), tuple(pieces))
