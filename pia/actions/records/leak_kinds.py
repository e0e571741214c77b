"""Which fields of what is recorded of a case of 漏えい等 may be put right by hand, and what may be
taken back. A fact is not rewritten: it is said anew, and the one before stays.

Knows rows and what must hold of them. Must not know how a correction is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows.leaks import (
    ADDED,
    FINAL,
    FIRST,
    ONLINE,
    PAPER,
    LeakCase,
    LeakEffect,
    LeakGiven,
    LeakQuestion,
    LeakReply,
    LeakReport,
)
from .field_kinds import Field, Kind, Values

BOTH = "both"
KINDS_OF_REPORT = {FIRST: "速報", FINAL: "確報", BOTH: "速報を兼ねる確報", ADDED: "追完"}
LAWS = {"appi": "個人情報保護法", "number": "番号法", "both": "両方の法律"}
WAYS = {
    ONLINE: "委員会の入力画面",
    PAPER: "別記様式による報告書（入力画面を使えないとき）",
    "other": "委員会が別に定める方法",
}


def _no_fields(session: Session, row: object) -> Sequence[Field]:
    return ()


def _case_fields(session: Session, row: LeakCase) -> Sequence[Field]:
    return (
        Field("major_reason", "重大事故かどうかの判断の理由", "area", False),
        Field("closed", "完結した日", "day", False),
    )


def _check_case(session: Session, by: By, row: LeakCase, values: Values) -> None:
    closed = values["closed"]
    if closed is not None and closed > by.day:
        raise Unfit("closed", f"完結した日（{written(closed)}）が、まだ来ていません。")


def _follows_case(session: Session, row: LeakCase) -> Sequence[str]:
    told = []
    if queries.leaks.reports(session, [row.id]):
        told.append("委員会への報告が記録されています。先に、その記録を取り消してください。")
    if queries.leaks.given_of_case(session, row.id):
        told.append("審議会に報告しています。先に、その記録を取り消してください。")
    if row.incident_id is not None:
        told.append("重大事故として記録しています。重大事故の画面で、先に取り消してください。")
    return told


def _report_fields(session: Session, row: LeakReport) -> Sequence[Field]:
    return (
        Field("day", "報告した日", "day"),
        Field("hour", "報告した時刻", "clock"),
        Field("receipt", "受付番号", "line", False),
        Field("entered", "入力した人"),
        Field("laws", "どの法律による報告か", "choice", options=LAWS),
        Field("way", "報告の方法", "choice", options=WAYS),
        Field("way_reason", "入力画面を使えない理由", "area", False),
        Field("open", "足りない項目を追完する", "ticked", False),
    )


def _check_report(session: Session, by: By, row: LeakReport, values: Values) -> None:
    others = [each for each in _reports(session, row.case_id) if each.id != row.id]
    must_be_report_day(by, row.kind, values["day"], values["hour"], others)
    must_say_way(values["way"], values["way_reason"] or "")


def _reports(session: Session, case_id: int) -> list[LeakReport]:
    return queries.leaks.reports(session, [case_id]).get(case_id, [])


def must_say_way(way: str, reason: str) -> None:
    """Unfit for a report that did not go through the commission's form without its lawful reason
    (個人情報保護法施行規則第44条第3項, 漏えい等報告規則第3条第3項)."""
    if way != ONLINE and not reason.strip():
        raise Unfit(
            "way_reason",
            "入力画面を使えない理由（電気通信回線の故障、災害など）を入力してください。",
        )


def must_be_report_day(
    by: By, kind: str, day: date, hour: time, others: Sequence[LeakReport]
) -> None:
    """Unfit for a report that is still to come, or out of its order: 速報, 確報, 追完."""
    if day > by.day:
        raise Unfit("day", f"報告した日（{written(day)}）が、まだ来ていません。")
    at = (day, hour)
    order = (FIRST, FINAL, BOTH, ADDED)
    ranks = {FIRST: 0, FINAL: 1, BOTH: 1, ADDED: 2}
    assert kind in order
    for each in others:
        there = (each.day, each.hour)
        words = KINDS_OF_REPORT[each.kind]
        if ranks[each.kind] < ranks[kind] and there > at:
            raise Unfit("day", f"{words}（{written(each.day)}）より前の日時です。")
        if ranks[each.kind] > ranks[kind] and there < at:
            raise Unfit("day", f"{words}（{written(each.day)}）より後の日時です。")


def _follows_report(session: Session, row: LeakReport) -> Sequence[str]:
    later = [each for each in _reports(session, row.case_id) if each.id > row.id]
    if later:
        words = KINDS_OF_REPORT[later[-1].kind]
        return (f"この後の報告（{words}）が記録されています。先に取り消してください。",)
    return ()


def _given_fields(session: Session, row: LeakGiven) -> Sequence[Field]:
    return ()


def _follows_given(session: Session, row: LeakGiven) -> Sequence[str]:
    if queries.leaks.questions(session, [row.id]):
        return ("委員の質問があります。先に質問を取り消してください。",)
    return ()


def _follows_question(session: Session, row: LeakQuestion) -> Sequence[str]:
    if queries.leaks.replies(session, [row.id]):
        return ("回答があります。先に回答を取り消してください。",)
    return ()


def _nothing(session: Session, row: object) -> Sequence[str]:
    return ()


def _effect_fields(session: Session, row: LeakEffect) -> Sequence[Field]:
    return (Field("reason", "理由", "area"),)


KINDS = (
    Kind("leak_case", LeakCase, "漏えい等の事案", _case_fields, _check_case, _follows_case),
    Kind(
        "leak_report", LeakReport, "委員会への報告", _report_fields, _check_report, _follows_report
    ),
    Kind("leak_given", LeakGiven, "審議会への報告", _given_fields, follows=_follows_given),
    Kind("leak_question", LeakQuestion, "質問", _no_fields, follows=_follows_question),
    Kind("leak_reply", LeakReply, "回答", _no_fields, follows=_nothing),
    Kind("leak_effect", LeakEffect, "評価書への影響", _effect_fields, follows=_nothing),
)
