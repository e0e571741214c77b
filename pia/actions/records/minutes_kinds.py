"""Which fields of a council, of its sittings' steps and of its members' coming and going may be put
right by hand (規則第7条第4項, 条例・運営要領 of the city).

Knows rows and what must hold of them. What was spoken is not here: a speech has its own editions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows import councils
from ...store.rows.minutes import Movement, SittingStep
from . import council_ways, minutes
from .field_kinds import Field, Kind, Values

CLOSINGS = {
    "": "（まだ決めていない）",
    "chair": "会長の確認で確定する",
    "signers": "会議録署名委員の署名で確定する",
    "office": "委員の確認の後に事務局が確定する",
}
STYLES = {"": "（まだ決めていない）", "full": "全文の記録", "summary": "要点の記録"}


def _council_fields(session: Session, row: councils.Council) -> Sequence[Field]:
    return (
        Field("name", "審議会の名称"),
        Field("way", "諮り方", "choice", False, "facts.way", council_ways.WAYS),
        Field("quorum", "定足数", "line", False, "facts.quorum"),
        Field("contact", "問合せ先（開催結果に印刷する）", "area", False, "facts.contact"),
        Field(
            "notice_days",
            "会議の開催を公表する日（会議の何日前か）",
            "line",
            False,
            "facts.notice_days",
        ),
        Field("closing", "会議録を確定する方法", "choice", False, "facts.closing", CLOSINGS),
        Field("appointer", "委員を委嘱する者", "line", False, "facts.appointer"),
        Field(
            "observer_rule", "会議の傍聴を定める規則・要領", "line", False, "facts.observer_rule"
        ),
        Field("observer_most", "傍聴者の定員", "line", False, "facts.observer_most"),
        Field("allowance", "出席1回の報酬の額（円）", "line", False, "facts.allowance"),
        Field("signers", "会議録署名委員の人数", "line", False, "facts.signers"),
        Field("style", "会議録の書き方", "choice", False, "facts.style", STYLES),
        Field(
            "publish_days",
            "会議録を公表するまでの日数（確定から）",
            "line",
            False,
            "facts.publish_days",
        ),
        Field("erase_rule", "録音を消去する日の決まり", "line", False, "facts.erase_rule"),
        Field(
            "remote_rule",
            "ウェブ会議での出席を認める条例・運営要領",
            "line",
            False,
            "facts.remote_rule",
        ),
        Field(
            "recusal_rule", "除斥・回避を定める条例・運営要領", "line", False, "facts.recusal_rule"
        ),
        *_meeting_rules(),
    )


def _meeting_rules() -> Iterator[Field]:
    """The article that allows each way of meeting that is off without one."""
    for way, words in council_ways.MEETINGS.items():
        name = council_ways.RULES[way]
        yield Field(name, f"{words}を認める条例・運営要領", "line", False, f"facts.{name}")


def _check_council(session: Session, by: By, row: councils.Council, values: Values) -> None:
    for name, label in (
        ("quorum", "定足数"),
        ("notice_days", "会議の開催を公表する日"),
        ("publish_days", "会議録を公表するまでの日数"),
        ("observer_most", "傍聴者の定員"),
        ("signers", "会議録署名委員の人数"),
        ("allowance", "出席1回の報酬の額"),
    ):
        given = values[name]
        if given and not (str(given).isascii() and str(given).isdecimal()):
            raise Unfit(name, f"「{label}」は数字で入力してください。")
    known = queries.councils.id_named(session, values["name"])
    if known is not None and known != row.id:
        raise Unfit("name", f"審議会「{values['name']}」は、もう登録されています。")


def _step_fields(session: Session, row: SittingStep) -> Sequence[Field]:
    return (
        Field("day", "日", "day"),
        Field("document_number", "文書番号", "line", False, "facts.document_number"),
        Field("answer", "返事", "line", False, "facts.answer"),
    )


def _check_step(session: Session, by: By, row: SittingStep, values: Values) -> None:
    if values["day"] > by.day:
        raise Unfit("day", f"その日（{written(values['day'])}）は、まだ来ていません。")


def _follows_step(session: Session, row: SittingStep) -> Sequence[str]:
    after = [step.kind for step in queries.minutes.steps(session, row.sitting_id)]
    if row.kind == minutes.SETTLED and minutes.ISSUED in after:
        return ("会議録が公表されています。先に、公表の記録を取り消してください。",)
    return ()


def _movement_fields(session: Session, row: Movement) -> Sequence[Field]:
    return (Field("clock", "時刻", "clock"),)


def _check_movement(session: Session, by: By, row: Movement, values: Values) -> None:
    sitting = session.get_one(councils.Sitting, row.sitting_id)
    if values["clock"] < sitting.opens:
        raise Unfit("clock", f"時刻が、開会の時刻（{sitting.opens:%H:%M}）より前です。")


def _follows_nothing(session: Session, row: Movement) -> Sequence[str]:
    return ()


KINDS = (
    Kind("council", councils.Council, "審議会", _council_fields, _check_council),
    Kind("sitting_step", SittingStep, "会議の手続", _step_fields, _check_step, _follows_step),
    Kind("movement", Movement, "委員の出入り", _movement_fields, _check_movement, _follows_nothing),
)
