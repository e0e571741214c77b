"""What is done with opinions before they are answered: one letter split into points, opinions that
say the same answered once, one its sender took back (規則第7条第1項・第4項; 指針第5の3, unread).

Knows opinions by their number in a consultation. A letter stays as it came; its points say all of
its words and no others. Put right by `corrections`. Must not know pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.rows import consultations as rows
from ...store.rows import records
from ..records import closing
from ..workplace import Workplace, row_of

BETWEEN = "＝＝＝"  # a line of these stands between two points
_BETWEEN = re.compile(r"^[ 　]*[=＝]{3,}[ 　]*$", re.MULTILINE)


def points_in(text: str) -> list[str]:
    """The points of a letter in which lines of ＝＝＝ were put, in order."""
    return [point.strip() for point in _BETWEEN.split(text) if point.strip()]


def _words(text: str) -> str:
    return "".join(_BETWEEN.sub("", text).split())


def split(wp: Workplace, by: By, consultation: int, number: int, text: str) -> list[int]:
    """A letter becomes several opinions, each answered by itself: `text` is its text with a line of
    ＝＝＝ between two points. Their numbers; the letter stays as it came. Unfit where words are
    missing, added or changed, or there is only one point."""
    points = points_in(text)
    with wp.store.begin() as session:
        letter = _standing(session, consultation, number)
        _must_be_free(session, letter)
        if records.is_erased(letter):
            raise PiaError(f"意見{number}の文章は消されているため、分けられません。")
        if _words(text) != _words(letter.text):
            raise Unfit(
                "points",
                "届いた意見の言葉が、足りないか変わっています。"
                f"言葉はそのままにして、論点の間に「{BETWEEN}」の行だけを入れてください。",
            )
        if len(points) < 2:
            raise Unfit("points", f"論点の間に「{BETWEEN}」の行を入れて、2つ以上に分けてください。")
        numbers = []
        for point in points:
            row = rows.Opinion(
                consultation_id=consultation,
                number=rows.next_number(session, consultation),
                received=letter.received,
                channel=letter.channel,
                item=letter.item,
                keys=list(letter.keys),
                text=point,
                later=letter.later,
                letter_id=letter.id,
                anonymous=letter.anonymous,
                postmarked=letter.postmarked,
                counting=letter.counting,
            )
            session.add(row)
            session.flush()
            numbers.append(row.number)
        log.entry(session, by, "opinion.split", f"{consultation}/{number}", {"points": numbers})
        return numbers


def group(
    wp: Workplace, by: By, consultation: int, number: int, others: Sequence[int]
) -> list[int]:
    """Opinions that say the same as one are answered with it, once. The numbers of those that are
    now."""
    with wp.store.begin() as session:
        first = _standing(session, consultation, number)
        _must_be_counted(session, first)
        if first.like_id is not None:
            raise PiaError(f"意見{number}は、もう別の意見とまとめて答えることにしています。")
        if not others or number in others:
            raise Unfit("others", f"意見{number}とまとめて答える意見を選んでください。")
        for other in sorted(set(others)):
            row = _standing(session, consultation, other)
            _must_be_counted(session, row)
            _must_be_free(session, row)
            row.like_id = first.id
        about = {"others": sorted(set(others))}
        log.entry(session, by, "opinion.group", f"{consultation}/{number}", about)
        return sorted(set(others))


def recall(wp: Workplace, by: By, consultation: int, number: int, day: date, reason: str) -> None:
    """Its sender takes an opinion back: it stays on record, and is neither counted nor answered.
    With a letter its points go. Unfit for a day that cannot be; Refused once the results are
    fixed."""
    with wp.store.begin() as session:
        row = _standing(session, consultation, number)
        if queries.opinions.answered_with(session, row.id):
            raise Refused(
                f"意見{number}とまとめて答える意見があるため、取下げを記録できません。",
                ("先に、まとめた意見の受付の記録で「まとめて答える意見」を選び直してください。",),
            )
        if day > by.day:
            raise Unfit("day", f"取り下げられた日（{written(day)}）がまだ来ていません。")
        if day < row.received:
            raise Unfit(
                "day",
                f"取り下げられた日（{written(day)}）が、"
                f"受け付けた日（{written(row.received)}）より前です。",
            )
        for each in (row, *queries.opinions.points_of(session, [row.id])):
            each.recalled = day
        about = {"day": day.isoformat(), "reason": reason}
        log.entry(session, by, "opinion.recall", f"{consultation}/{number}", about)


def _standing(session: Session, consultation: int, number: int) -> rows.Opinion:
    """An opinion that stands, of a consultation that is not over."""
    con = row_of(session, rows.Consultation, consultation, "意見募集")
    closing.must_be_answering(session, con)
    row = queries.opinions.numbered(session, consultation, number)
    if row is None:
        raise PiaError(f"意見{number}はありません。一覧から選び直してください。")
    if row.withdrawn is not None:
        raise PiaError(f"意見{number}の記録は取り消されています。")
    if row.recalled is not None:
        raise PiaError(f"意見{number}は、出した人が取り下げています。")
    return row


def _must_be_counted(session: Session, row: rows.Opinion) -> None:
    """PiaError for an opinion that is kept apart, and for a letter that was split."""
    if row.later:
        raise PiaError(f"意見{row.number}は、件数に入れずに分けて残しています。")
    if queries.opinions.points_of(session, [row.id]):
        raise PiaError(f"意見{row.number}は分けています。分けた意見を選んでください。")


def _must_be_free(session: Session, row: rows.Opinion) -> None:
    """PiaError for an opinion that something rests on already: it is a point, is answered, or is
    answered together with others."""
    number = row.number
    if queries.opinions.points_of(session, [row.id]):
        raise PiaError(f"意見{number}は、もう分けています。")
    if queries.opinions.responses_to(session, row.id):
        raise PiaError(f"意見{number}には、市の考え方が記録されています。")
    if queries.opinions.is_adopted(session, row.id):
        raise PiaError(f"意見{number}を受けて、評価書の案を直しています。")
    if row.like_id is not None or queries.opinions.answered_with(session, row.id):
        raise PiaError(f"意見{number}は、ほかの意見とまとめて答えることにしています。")
