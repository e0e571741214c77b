"""Which fields of an opinion and of a file that came with one may be put right by hand, and when
they may be taken back (規則第7条第1項).

Knows rows and what must hold of them. What a person sent is never rewritten: it is taken back and
recorded anew. How a correction is kept is no matter of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By, day_in_japan
from ...domain.errors import Unfit
from ...domain.procedure.opinions import FIELDS
from ...domain.wareki import written
from ...store import queries
from ...store.rows import consultations
from ..access.names import document_names
from . import closing
from .field_kinds import Field, Kind, Values

ITSELF = "（この意見だけで答える）"
ANOTHER = "（ほかの意見とは別の人）"


def _fields(session: Session, row: consultations.Opinion) -> Sequence[Field]:
    con = session.get_one(consultations.Consultation, row.consultation_id)
    named = document_names(session, closing.keys_of(session, con))
    about = (
        Field("channel", "受付の方法", "choice", options=closing.CHANNELS),
        Field("received", "受け付けた日", "day"),
        Field("postmarked", "消印の日", "day", False),
        Field("item", "どの項目について", "line", False),
        Field("keys", "どの評価書について", "many", False, options=dict(sorted(named.items()))),
    )
    counting = (
        Field("later", "件数に入れず、分けて残す", "ticked", False),
        Field("counting", "数え方の理由", "area", False),
        Field("recalled", "出した人が取り下げた日", "day", False),
    )
    like = {"": ITSELF, **_others(session, row, likes=True)}
    if row.letter_id is not None:
        return (*about, *counting, Field("like", "まとめて答える意見", "choice", options=like))
    same = {"": ANOTHER, **_others(session, row, likes=False)}
    return (
        *about,
        *counting,
        Field("like", "まとめて答える意見", "choice", options=like),
        Field("same_person", "同じ人の意見", "choice", options=same),
    )


def _others(session: Session, row: consultations.Opinion, *, likes: bool) -> dict[str, str]:
    """The opinions one may be answered with, or the letters that may be of the same person: those
    that point at no other."""
    others = {}
    points = {each.letter_id for each in _of(session, row)}
    for other in _of(session, row):
        gone = other.withdrawn is not None or other.recalled is not None
        fits = other.like_id is None and other.id not in points and not other.later
        if not likes:
            fits = other.same_person_id is None and other.letter_id is None
        chosen = str(other.id) == (row.like if likes else row.same_person)
        if other.id != row.id and (chosen or (fits and not gone)):
            others[str(other.id)] = f"意見{other.number}"
    return others


def _of(session: Session, row: consultations.Opinion) -> list[consultations.Opinion]:
    return queries.opinions.of_consultation(session, row.consultation_id)


def arrival_of(values: Values, row: consultations.Opinion) -> closing.Arrival:
    """How an opinion came, as its record is put right to say. What it said of its sender is not
    asked again."""
    return closing.Arrival(
        values["received"], values["channel"], values["postmarked"], frozenset(FIELDS)
    )


def _check(session: Session, by: By, row: consultations.Opinion, values: Values) -> None:
    con = session.get_one(consultations.Consultation, row.consultation_id)
    arrival = arrival_of(values, row)
    closing.must_have_come(arrival, by.day)
    why = closing.is_outside(con, arrival)
    if why and not values["later"] and not (values["counting"] or "").strip():
        raise Unfit("counting", f"{why}件数に入れるときは、数え方の理由を入力してください。")
    gone = values["recalled"]
    if gone is not None and not values["received"] <= gone <= by.day:
        raise Unfit(
            "recalled",
            f"取り下げた日（{written(gone)}）は、受け付けた日から今日までの日を入力してください。",
        )
    together = queries.opinions.answered_with(session, row.id)
    if together and (values["like"] or gone is not None or values["later"]):
        named = "・".join(f"意見{other.number}" for other in together)
        raise Unfit("like", f"{named}の答えを兼ねています。先に、その意見の記録を直してください。")
    newly = values["like"] and values["like"] != row.like
    if newly and queries.opinions.responses_to(session, row.id):
        raise Unfit("like", "この意見には、市の考え方が記録されています。")


def _follows(session: Session, row: consultations.Opinion) -> Sequence[str]:
    told = []
    if queries.opinions.is_adopted(session, row.id):
        told.append("この意見を受けて、評価書の案を直しています。")
    for point in queries.opinions.points_of(session, [row.id]):
        told.append(f"意見{point.number}に分けています。先に、分けた意見を取り消してください。")
    for other in queries.opinions.answered_with(session, row.id):
        told.append(
            f"意見{other.number}の答えを兼ねています。先に、その意見の記録を直してください。"
        )
    return told


def must_be_cleaned_on(by: By, row: consultations.OpinionAttachment, day: date) -> None:
    """Unfit for a 無害化 before the file came, or one that is still to come."""
    if day > by.day:
        raise Unfit("cleaned", f"無害化した日（{written(day)}）がまだ来ていません。")
    came = day_in_japan(row.at)
    if day < came:
        raise Unfit(
            "cleaned",
            f"無害化した日（{written(day)}）が、ファイルを預かった日（{written(came)}）より前です。",
        )


def _attachment_fields(session: Session, row: consultations.OpinionAttachment) -> Sequence[Field]:
    if row.cleaned is None:
        return ()
    return (
        Field("cleaned", "無害化した日", "day", False),
        Field("cleaned_how", "無害化の方法", "line", False),
    )


def _check_attachment(
    session: Session, by: By, row: consultations.OpinionAttachment, values: Values
) -> None:
    day = values["cleaned"]
    if day is None:
        return
    must_be_cleaned_on(by, row, day)
    if not (values["cleaned_how"] or "").strip():
        raise Unfit("cleaned_how", "「無害化の方法」を入力してください。")


def _follows_nothing(session: Session, row: consultations.OpinionAttachment) -> Sequence[str]:
    return ()


KINDS = (
    Kind("opinion", consultations.Opinion, "意見", _fields, _check, _follows),
    Kind(
        "opinion_attachment",
        consultations.OpinionAttachment,
        "意見の添付ファイル",
        _attachment_fields,
        _check_attachment,
        _follows_nothing,
    ),
)
