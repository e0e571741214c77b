"""The facts of the papers of a 意見募集: 公示文, 意見提出様式, 意見募集結果 in its public and its
council edition (規則第7条第1項・第4項; 指針第5の3, unread).

Reads only. Who sent an opinion is never read here: names and addresses stand in a table of their
own, and no paper asks for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from ... import forms
from ...domain.errors import PiaError
from ...store import queries
from ...store.rows import consultations as rows
from ..output import comparison_table
from ..records import adoptions, opinion_counts, personal
from ..records.adoptions import item_words
from ..records.notice_kinds import CANCELLED
from ..records.opinion_counts import OpinionGroup
from ..viewing import consultations
from ..viewing.consultations import CHANNELS
from ..workplace import Workplace
from .facts import (
    CaseDocument,
    PaperFacts,
    anchored,
    body_words,
    by_reason,
    day,
    day_words,
    documents,
    listed,
    need,
    reasons_of,
)

# The ways a notice leaves blanks for; another one stands there where the city says so.
_USUAL = ("web", "fax", "post", "mail", "counter")
_SENDER = {"required": "必須", "optional": "任意", "none": "なし"}


def latest(wp: Workplace) -> int:
    """The number of the latest consultation. PiaError when there is none."""
    with wp.store.read() as session:
        number = queries.consultations.last_id(session)
        if number is None:
            raise PiaError("意見募集はまだありません。")
        return number


def meant(wp: Workplace, number: int | None) -> int:
    """The consultation that is meant: the latest where none is named."""
    if number is None:
        return latest(wp)
    return number


def facts(wp: Workplace, name: str, number: int) -> PaperFacts:
    """The facts of one of the papers of a consultation.

    PiaError when there is none of that number.
    """
    out = PaperFacts()
    with wp.store.read() as session:
        con = session.get(rows.Consultation, number)
        if con is None:
            raise PiaError("その意見募集はありません。")
        case = documents(session, con.rounds)
        if not case:
            raise PiaError("その意見募集には、評価書がありません。")
        _common(session, out, con, case)
        if name == "consultation-notice":
            _notice(session, out, con)
        elif name.startswith("opinion-results"):
            _results(session, wp, out, con, case, council=name.endswith("council"))
        else:
            _announcement(session, wp, out, con, case)
    if name == "announcement":
        _changes(wp, out, number, case)
    return out


def _common(
    session: Session, out: PaperFacts, con: rows.Consultation, case: Sequence[CaseDocument]
) -> None:
    body, office = body_words(session, case[0].body)
    out.words |= {
        "題名": con.title,
        "市": body["市"],
        "長": body["長"],
        "開始日": day(con.start),
        "終了日": day(con.end),
        "日数": str((con.end - con.start).days + 1),
        "評価書一覧": [
            {
                "番号": document.number,
                "名称": document.name,
                "種類": document.kind,
                "担当課": document.office or need("担当課"),
            }
            for document in case
        ],
        "担当課": need("担当課", con.facts.get("office") or office.get("department")),
        "連絡先": need("連絡先", con.facts.get("contact") or office.get("contact")),
    }
    out.words["長の氏名"] = body["長の氏名"] or ""


def _announcement(
    session: Session,
    wp: Workplace,
    out: PaperFacts,
    con: rows.Consultation,
    case: Sequence[CaseDocument],
) -> None:
    """What the announcement and the form say about how to send: recorded with the consultation,
    never guessed.
    """
    postmark = con.facts.get("postmark")
    counts = ""
    if postmark:
        counts = "（郵送の場合は、当日消印有効）"
    elif postmark is False:
        counts = "（必着）"
    sender = {**wp.rules.get("opinion_sender", {}), **con.facts.get("sender", {})}
    places = con.facts.get("places") or []
    sends = con.facts.get("send") or {}
    out.words |= {
        "記録の控え": anchored(session, "consultation.announce", str(con.id)),
        "文書番号": need("文書番号", con.facts.get("document_number")),
        "公示日": need("公示日", day(con.announced)),
        "理由": need("理由", reasons_of(case)),
        "根拠": _basis(case),
        "消印": need("消印", counts),
        "氏名の扱い": need("氏名の扱い", _SENDER.get(sender.get("name", ""), "")),
        "住所の扱い": need("住所の扱い", _SENDER.get(sender.get("address", ""), "")),
        "閲覧場所一覧": [{"場所": str(place)} for place in places] or [{"場所": need("閲覧場所")}],
        "提出方法一覧": [
            {"方法": CHANNELS[channel], "宛先": str(text)}
            for channel in CHANNELS
            if (text := sends.get(channel))
        ]
        or [{"方法": CHANNELS[channel], "宛先": need("提出先")} for channel in _USUAL],
    }
    out.words["長の氏名"] = need("長の氏名", out.words["長の氏名"])


def _notice(session: Session, out: PaperFacts, con: rows.Consultation) -> None:
    """The latest notice about a consultation. PiaError before the first."""
    told = consultations.notices_of(session, con.id)
    if not told:
        raise PiaError("この意見募集には、延長・訂正・中止の告示が記録されていません。")
    notice = told[-1]
    out.words |= {
        "文書番号": need("文書番号", notice.document_number),
        "告示日": day(notice.day),
        "長の氏名": need("長の氏名", out.words["長の氏名"]),
        "告示の種類": notice.words,
        "公示日": need("公示日", day(con.announced)),
        "理由": notice.reason,
        "中止": "中止" if notice.kind == CANCELLED else "",
        "変更一覧": [
            {"事項": name, "前": was or "（なし）", "後": now or "（なし）"}
            for name, was, now in notice.changes
        ],
    }


def _basis(case: Sequence[CaseDocument]) -> str:
    """The article a consultation rests on: of a 全項目評価書 規則第7条第1項; for any other the city
    hears its residents of its own will.
    """
    every = all(document.kind == forms.KIND_NAMES["all_item"] for document in case)
    if every:
        return "特定個人情報保護評価に関する規則第7条第1項の規定に基づき、"
    return ""


def _changes(wp: Workplace, out: PaperFacts, number: int, case: Sequence[CaseDocument]) -> None:
    """The changes that were announced, per reason."""
    subjects = comparison_table.of_consultation(wp, number)
    named = {}
    for document in case:
        named[document.key] = document.number
    rows_ = []
    for reason, places in by_reason(subjects, case).items():
        items: dict[str, None] = {}
        for x in subjects:
            form = forms.load(x.new.form)
            for change in x.changes:
                if change.item_path in places.get(x.key, ()):
                    items[item_words(form, change.item_path) or change.label.split(" 「")[0]] = None
        rows_.append(
            {
                "理由": reason or need("変更の理由"),
                "説明": "\n".join(f"・{item}" for item in items),
                "評価書": "評価書番号"
                + "、".join(named[place] for place in places if place in named),
                "箇所数": str(sum(map(len, places.values()))),
            }
        )
    out.words["変更一覧"] = rows_


def _results(
    session: Session,
    wp: Workplace,
    out: PaperFacts,
    con: rows.Consultation,
    case: Sequence[CaseDocument],
    council: bool,
) -> None:
    opinions = consultations.opinions_of(session, wp, con, outward=True)
    _must_be_answered(session, con)
    names = {document.key: document.name for document in case}
    amended = _amended(session, con, names, {round_.id for round_ in con.rounds})
    published = ""
    if not council:
        published = need("公表日", day_words(con.facts.get("results_published")))
    counts = opinion_counts.counts_of(session, con.id)
    adopted = {entry["意見"] for entry in amended}
    for opinion in opinions:
        if str(opinion["answered_by"]) in adopted:
            adopted.add(str(opinion["number"]))
    kinds = []
    for label in wp.rules["outcomes"].values():
        count = sum(opinion["outcome"] == label for opinion in opinions)
        kinds.append({"区分": label, "件数": str(count)})
    out.words |= {
        "公表日": published,
        "人数": str(counts.people),
        "件数": str(counts.opinions),
        "期間外件数": str(counts.apart),
        "取下件数": str(counts.recalled),
        "修正件数": str(len(adopted)),
        "区分一覧": kinds,
        "修正一覧": amended,
        "意見一覧": [_opinion_row(group, names) for group in opinion_counts.groups_of(opinions)],
    }
    if not council and opinions:
        out.notices.append(
            "意見は、受け付けた原文のまま載せています。"
            "氏名などの個人の情報が文中にないか、公表の前に確かめてください。"
        )


def _must_be_answered(session: Session, con: rows.Consultation) -> None:
    """PiaError while words of an opinion or a reply may say who somebody is and nobody answered."""
    replies = rows.responses(session, con.id)
    texts: list[rows.Opinion | rows.Response] = []
    for opinion in rows.in_time(session, con.id):
        texts.append(opinion)
        if opinion.id in replies:
            texts.append(replies[opinion.id])
    personal.must_be_answered(session, texts, "意見募集の結果")


def _opinion_row(group: OpinionGroup, names: Mapping[str, str]) -> dict[str, str]:
    """Opinions that are answered once, with the city's view; blanks where it is not answered."""
    opinion = group.first
    documents = "\n".join(names.get(key, key) for key in opinion["keys"])
    if not opinion["keys"] or set(opinion["keys"]) >= set(names):
        documents = "全件"
    return {
        "番号": group.called,
        "受付日": day(opinion["received"]),
        "方法": CHANNELS.get(opinion["channel"], opinion["channel"]),
        "評価書": documents,
        "項目": opinion["where"] or "全体",
        "意見": group.text,
        "考え方": opinion["response"] or need(f"意見{opinion['number']}への市の考え方"),
        "区分": opinion["outcome"] or need(f"意見{opinion['number']}の区分"),
    }


def _amended(
    session: Session, con: rows.Consultation, names: Mapping[str, str], rounds: Collection[int]
) -> list[dict[str, str]]:
    """The wording opinions led to in these rounds, as the papers say it."""
    return [
        {
            "意見": str(each.opinion),
            "項目": each.item,
            "修正前": each.before,
            "修正後": each.after,
            "評価書": listed(list(each.names), "、"),
        }
        for each in adoptions.of_rounds(session, con.id, names, rounds)
    ]
