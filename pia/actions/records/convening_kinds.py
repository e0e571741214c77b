"""Which fields of a member, of an inquiry for days and of a 傍聴者 may be put right by hand
(条例・運営要領 of the city).

Knows rows and what must hold of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows import councils
from ...store.rows.convening import DateInquiry, Observer
from .field_kinds import Field, Kind, Values

# Fact of a member → what it is called on pages and papers.
MEMBER_FACTS = {
    "category": "区分（学識経験者・公募など）",
    "nominated_by": "推薦した団体",
    "position": "職業・所属",
    "left_reason": "退任した理由",
}


def _member_fields(session: Session, row: councils.Member) -> Sequence[Field]:
    return (
        Field("name", "委員の氏名"),
        Field("title", "役職（会長など）", "line", False),
        Field("since", "任期の始まり", "day"),
        Field("until", "任期の終わり", "day", False),
        Field("appointed", "委嘱した日", "day", False, "facts.appointed"),
        *(
            Field(name, label, "line", False, f"facts.{name}")
            for name, label in MEMBER_FACTS.items()
        ),
    )


def _check_member(session: Session, by: By, row: councils.Member, values: Values) -> None:
    if values["until"] is not None and values["until"] < values["since"]:
        raise Unfit("until", "任期の終わりが始まりより前です。")
    for sitting in queries.convening.attended(session, row.id):
        after = values["until"] is not None and sitting.day > values["until"]
        if after or sitting.day < values["since"]:
            raise Unfit(
                "until" if after else "since",
                f"{sitting.name}（{written(sitting.day)}）の出席が記録されています。"
                "その日が入る任期にしてください。",
            )


def _inquiry_fields(session: Session, row: DateInquiry) -> Sequence[Field]:
    return (
        Field("title", "会議の名称"),
        Field("place", "開催場所", "line", False),
        Field("until", "回答の期限", "day"),
    )


def _follows_inquiry(session: Session, row: DateInquiry) -> Sequence[str]:
    return ()


def _observer_fields(session: Session, row: Observer) -> Sequence[Field]:
    return (Field("came", "受け付けた時刻", "clock"),)


def _follows_observer(session: Session, row: Observer) -> Sequence[str]:
    if session.get_one(councils.Sitting, row.sitting_id).closes is not None:
        return ("閉会が記録されています。傍聴者の数は、会議のページで直してください。",)
    return ()


KINDS = (
    Kind("member", councils.Member, "委員の任期", _member_fields, _check_member),
    Kind(
        "date_inquiry",
        DateInquiry,
        "日程の照会",
        _inquiry_fields,
        follows=_follows_inquiry,
    ),
    Kind("observer", Observer, "傍聴の受付", _observer_fields, follows=_follows_observer),
)
