"""Which fields of a notice about a consultation may be put right by hand, when it may be taken
back, and what a notice may change (規則第7条第1項; 指針第5の3, unread).

Knows rows and what must hold of their days. How a correction is kept is no matter of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Refused, Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows import consultations
from .field_kinds import Field, Kind, Values

EXTENDED = "extended"
CORRECTED = "corrected"
CANCELLED = "cancelled"
STOPPED = "announcement_cancelled"  # the event of a round whose consultation was cancelled
KINDS_OF_NOTICE = {
    EXTENDED: "期間の延長",
    CORRECTED: "公示の訂正",
    CANCELLED: "意見募集の中止",
}
# What a 訂正 may say anew: field → what it is called.
CORRECTABLE = {"title": "件名", "method": "意見の出し方", "contact": "提出先・問合せ先"}


def must_be_open(con: consultations.Consultation) -> None:
    """Refused for a consultation that is closed, taken back or cancelled."""
    running = any(round_.state == "CONSULTING" for round_ in con.rounds)
    if con.withdrawn is not None or not running:
        raise Refused(
            "この意見募集は終わっているため、延長・訂正・中止の告示はできません。",
            ("書き間違いは「この記録を直す・取り消す」で直せます。",),
        )


def must_be_days(by: By, con: consultations.Consultation, day: date, decided: date | None) -> None:
    """Unfit for a notice before the one it is about, or one that is still to come; and for a
    決裁 after it."""
    first = con.announced or con.start
    if day > by.day:
        raise Unfit("notice_day", f"告示した日（{written(day)}）がまだ来ていません。")
    if day < first:
        raise Unfit(
            "notice_day",
            f"告示した日（{written(day)}）が、公示日（{written(first)}）より前です。",
        )
    if decided is not None and decided > day:
        raise Unfit("decided", f"決裁日（{written(decided)}）が、告示した日より後です。")


def _fields(session: Session, row: consultations.ConsultationNotice) -> Sequence[Field]:
    return (
        Field("notice_day", "告示した日", "day", column="day"),
        Field("document_number", "文書番号", "line", False),
        Field("decided", "決裁日", "day", False),
        Field("reason", "理由", "area"),
    )


def _check(session: Session, by: By, row: consultations.ConsultationNotice, values: Values) -> None:
    con = session.get_one(consultations.Consultation, row.consultation_id)
    must_be_days(by, con, values["notice_day"], values["decided"])


def _follows(session: Session, row: consultations.ConsultationNotice) -> Sequence[str]:
    told = []
    standing = queries.consultations.notices(session, [row.consultation_id])
    if standing and standing[-1].id != row.id:
        told.append("この後に、別の告示があります。先に、後の告示を取り消してください。")
    con = session.get_one(consultations.Consultation, row.consultation_id)
    if row.kind == CANCELLED:
        told += _begun_again(session, con)
    elif not any(round_.state == "CONSULTING" for round_ in con.rounds):
        told.append("意見募集の次の手続へ進んでいます。")
    return told


def _begun_again(session: Session, con: consultations.Consultation) -> Sequence[str]:
    """Why a cancelled consultation does not go on: its documents went on without it."""
    for round_ in con.rounds:
        last = queries.rounds.events_of(session, round_.id)[-1]
        if round_.state != "WITHDRAWN" and last.event != STOPPED:
            return ("中止した後に、手続が進んでいます。",)
    return ()


KINDS = (
    Kind(
        "consultation_notice",
        consultations.ConsultationNotice,
        "意見募集の告示",
        _fields,
        _check,
        _follows,
    ),
)
