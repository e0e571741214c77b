"""Which fields of a 年次見直し may be put right by hand: of its 照会, its answers and its 督促.

Knows rows and what must hold of them. How a correction is kept stands in `steps.corrections`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows.reviews import (
    CHANGED,
    ENDED,
    UNCHANGED,
    ReviewAnswer,
    ReviewCampaign,
    ReviewReminder,
)
from .field_kinds import Field, Kind, Values

ANSWERS = {UNCHANGED: "変更なし", CHANGED: "変更あり", ENDED: "廃止"}


def must_be_after(first: date, last: date, words: str) -> None:
    """Unfit at the field `until` for a last day before the first one, which `words` names."""
    if last < first:
        raise Unfit(
            "until", f"回答期限（{written(last)}）が、{words}（{written(first)}）より前です。"
        )


def _campaign_fields(session: Session, row: ReviewCampaign) -> Sequence[Field]:
    return (
        Field("document_number", "文書番号", "line", False),
        Field("issued", "照会の日", "day"),
        Field("until", "回答期限", "day"),
        Field("note", "照会文に書き添えること", "area", False),
    )


def _check_campaign(session: Session, by: By, row: ReviewCampaign, values: Values) -> None:
    must_be_after(values["issued"], values["until"], "照会の日")


def _follows_campaign(session: Session, row: ReviewCampaign) -> Sequence[str]:
    if queries.reviews.is_answered(session, row.id):
        return ("回答が記録されています。取り消さずに直してください。",)
    return ()


def _answer_fields(session: Session, row: ReviewAnswer) -> Sequence[Field]:
    fields = [
        Field("kind", "回答", "choice", options=ANSWERS),
        Field("note", "変わったこと・連絡事項", "area", False),
    ]
    if row.confirmed is not None:
        fields.append(Field("head", "確認した所属長"))
        fields.append(Field("confirmed", "所属長が確認した日", "day"))
    return fields


def _check_answer(session: Session, by: By, row: ReviewAnswer, values: Values) -> None:
    must_say_what(values["kind"], values["note"])
    confirmed = values.get("confirmed")
    campaign = session.get_one(ReviewCampaign, row.campaign_id)
    if confirmed is not None and not campaign.issued <= confirmed <= by.day:
        raise Unfit("confirmed", "照会の日から今日までの日にしてください。")


def must_say_what(kind: str, note: str | None) -> None:
    """Unfit for an answer that something changed or ended, and does not say what."""
    if kind == CHANGED and not (note or "").strip():
        raise Unfit("note", "変わったことを入力してください。")
    if kind == ENDED and not (note or "").strip():
        raise Unfit("note", "廃止の時期と理由を入力してください。")


def _reminder_fields(session: Session, row: ReviewReminder) -> Sequence[Field]:
    return (
        Field("document_number", "文書番号", "line", False),
        Field("day", "督促の日", "day"),
        Field("until", "新しい回答期限", "day"),
    )


def _check_reminder(session: Session, by: By, row: ReviewReminder, values: Values) -> None:
    must_be_after(values["day"], values["until"], "督促の日")


def _follows_nothing(session: Session, row: object) -> Sequence[str]:
    return ()


KINDS = (
    Kind(
        "review_campaign",
        ReviewCampaign,
        "年次見直しの照会",
        _campaign_fields,
        _check_campaign,
        _follows_campaign,
    ),
    Kind(
        "review_answer",
        ReviewAnswer,
        "年次見直しの回答",
        _answer_fields,
        _check_answer,
        _follows_nothing,
    ),
    Kind(
        "review_reminder",
        ReviewReminder,
        "年次見直しの督促",
        _reminder_fields,
        _check_reminder,
        _follows_nothing,
    ),
)
