"""The facts of the papers of a 意見募集: 公示文, 意見提出様式, 意見募集結果 in its public and its council edition
(規則第7条第1項・第4項; 指針第5の3, unread).

Reads only. Who sent an opinion is never read here: names and addresses stand in a table of their own, and no paper asks for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import forms
from ...domain.document.items import shown_of
from ...domain.document.tree import LEAVES
from ...domain.errors import PiaError
from ...domain.withheld.public_reading import PublicReading
from ...store.rows import consultation as rows
from ...store.rows.assessments import Assessment, Version
from ...store.rows.bodies import Affair
from ..keeping import personal
from ..output import comparison_table
from ..records.outward import beside
from ..steps.consultation import CHANNELS
from ..viewing import cards
from ..workplace import Workplace
from .facts import (
    Document,
    Facts,
    anchored,
    body_words,
    by_reason,
    day,
    day_words,
    documents,
    item_words,
    listed,
    need,
    reasons_of,
)

_SENDER = {"required": "必須", "optional": "任意", "none": "なし"}


def latest(wp: Workplace) -> int:
    with wp.store.read() as s:
        found = s.scalar(
            select(rows.Consultation.id).order_by(rows.Consultation.id.desc()).limit(1)
        )
        if found is None:
            raise PiaError("意見募集はまだありません。")
        return found


def facts(wp: Workplace, name: str, number: int) -> Facts:
    """The facts of one of the papers of a consultation. PiaError when there is none of that number."""
    out = Facts()
    with wp.store.read() as s:
        con = s.get(rows.Consultation, number)
        if con is None:
            raise PiaError("その意見募集はありません。")
        found = documents(s, con.rounds)
        if not found:
            raise PiaError("その意見募集には、評価書がありません。")
        _common(s, out, con, found)
        if name.startswith("opinion-results"):
            _results(s, wp, out, con, found, council=name.endswith("council"))
        else:
            _notice(s, wp, out, con, found)
    if name == "announcement":
        _changes(wp, out, number, found)
    return out


def _common(s: Session, out: Facts, con: rows.Consultation, found: Sequence[Document]) -> None:
    body, office = body_words(s, found[0].body)
    out.words |= {
        "題名": con.title,
        "市": body["市"],
        "長": body["長"],
        "開始日": day(con.start),
        "終了日": day(con.end),
        "日数": str((con.end - con.start).days + 1),
        "評価書一覧": [
            {"番号": d.number, "名称": d.name, "種類": d.kind, "担当課": d.office or need("担当課")}
            for d in found
        ],
        "担当課": need("担当課", con.facts.get("office") or office.get("department")),
        "連絡先": need("連絡先", con.facts.get("contact") or office.get("contact")),
    }
    out.words["長の氏名"] = body["長の氏名"] or ""


def _notice(
    s: Session, wp: Workplace, out: Facts, con: rows.Consultation, found: Sequence[Document]
) -> None:
    """What the notice and the form say about how to send: recorded with the consultation, never guessed."""
    postmark = con.facts.get("postmark")
    sender = {**wp.rules.get("opinion_sender", {}), **con.facts.get("sender", {})}
    places, sends = con.facts.get("places") or [], con.facts.get("send") or {}
    out.words |= {
        "記録の控え": anchored(s, "consultation.announce", str(con.id)),
        "文書番号": need("文書番号", con.facts.get("document_number")),
        "公示日": need("公示日", day(con.announced)),
        "理由": need("理由", reasons_of(found)),
        "根拠": _basis(found),
        "消印": need(
            "消印",
            "（郵送の場合は、当日消印有効）"
            if postmark
            else "（必着）"
            if postmark is False
            else "",
        ),
        "氏名の扱い": need("氏名の扱い", _SENDER.get(sender.get("name", ""), "")),
        "住所の扱い": need("住所の扱い", _SENDER.get(sender.get("address", ""), "")),
        "閲覧場所一覧": [{"場所": str(p)} for p in places] or [{"場所": need("閲覧場所")}],
        "提出方法一覧": [
            {"方法": CHANNELS[k], "宛先": str(v)} for k in CHANNELS if (v := sends.get(k))
        ]
        or [{"方法": words, "宛先": need("提出先")} for words in CHANNELS.values()],
    }
    out.words["長の氏名"] = need("長の氏名", out.words["長の氏名"])


def _basis(found: Sequence[Document]) -> str:
    """The article a consultation rests on: of a 全項目評価書 規則第7条第1項; for any other the city hears its
    residents of its own will."""
    every = all(d.kind == forms.KIND_NAMES["all_item"] for d in found)
    return "特定個人情報保護評価に関する規則第7条第1項の規定に基づき、" if every else ""


def _changes(wp: Workplace, out: Facts, number: int, found: Sequence[Document]) -> None:
    """The changes that were announced, per reason."""
    subjects = comparison_table.of_consultation(wp, number)
    named = {d.key: d.number for d in found}
    rows_ = []
    for reason, places in by_reason(subjects, found).items():
        items: dict[str, None] = {}
        for x in subjects:
            form = forms.load(x.new.form)
            for said in x.said:
                if said.item_path in places.get(x.key, ()):
                    items[item_words(form, said.item_path) or said.label.split(" 「")[0]] = None
        rows_.append(
            {
                "理由": reason or need("変更の理由"),
                "説明": "\n".join(f"・{i}" for i in items),
                "評価書": "評価書番号" + "、".join(named[k] for k in places if k in named),
                "箇所数": str(sum(map(len, places.values()))),
            }
        )
    out.words["変更一覧"] = rows_


def _results(
    s: Session,
    wp: Workplace,
    out: Facts,
    con: rows.Consultation,
    found: Sequence[Document],
    council: bool,
) -> None:
    opinions = cards.opinions_of(s, wp, con, outward=True)
    replies = rows.responses(s, con.id)
    answered = [x for o in rows.in_time(s, con.id) for x in (o, replies.get(o.id)) if x is not None]
    personal.must_be_answered(s, answered, "意見募集の結果")
    names = {d.key: d.name for d in found}
    mine = {r.id for r in con.rounds}
    amended = _amended(s, con, names, mine)
    labels: Mapping[str, str] = wp.rules["outcomes"]
    out.words |= {
        "公表日": need("公表日", day_words(con.facts.get("results_published")))
        if not council
        else "",
        "件数": str(len(opinions)),
        "修正件数": str(len({a["意見"] for a in amended})),
        "区分一覧": [
            {"区分": w, "件数": str(sum(o["outcome"] == w for o in opinions))}
            for w in labels.values()
        ],
        "修正一覧": amended,
        "意見一覧": [
            {
                "番号": str(o["number"]),
                "受付日": day(o["received"]),
                "方法": CHANNELS.get(o["channel"], o["channel"]),
                "評価書": "全件"
                if set(o["keys"]) >= set(names) or not o["keys"]
                else "\n".join(names.get(k, k) for k in o["keys"]),
                "項目": o["where"] or "全体",
                "意見": o["text"],
                "考え方": o["response"] or need(f"意見{o['number']}への市の考え方"),
                "区分": o["outcome"] or need(f"意見{o['number']}の区分"),
            }
            for o in opinions
        ],
    }
    if not council and opinions:
        out.notices.append(
            "意見は、受け付けた原文のまま載せています。氏名などの個人の情報が文中にないか、公表の前に確かめてください。"
        )


def _amended(
    s: Session, con: rows.Consultation, names: Mapping[str, str], rounds: Collection[int]
) -> list[dict[str, str]]:
    """The wording opinions led to in these rounds; the same wording in several documents once, only
    the lines that differ."""
    joined = select(rows.Adoption, rows.Opinion).join(
        rows.Opinion, rows.Opinion.id == rows.Adoption.opinion_id
    )
    of_rounds = joined.join(Version, Version.id == rows.Adoption.after_id).where(
        Version.round_id.in_(rounds)
    )
    of = of_rounds.where(rows.Opinion.consultation_id == con.id).order_by(
        rows.Opinion.number, rows.Adoption.id
    )
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for adoption, opinion in s.execute(of):
        was, now = (s.get_one(Version, i) for i in (adoption.before_id, adoption.after_id))
        before, after = beside(s, now, was)
        path = after.place(forms.load(after.form), tuple(adoption.path))
        if after.find(path) is None:
            path = path[:-1]  # a heading that is withheld has no name to find it by
        old, new = _lines(before, path), _lines(after, path)
        one = s.get_one(Assessment, adoption.assessment_id)
        name = names.get(one.key) or after.without(s.get_one(Affair, one.affair_id).name)
        spot = (
            path if after.find(path) is None or after.find(path).kind not in LEAVES else path[:-1]
        )  # type: ignore[union-attr]
        words = item_words(forms.load(after.form), spot)
        key = (str(opinion.number), words, *_differing(old, new))
        groups.setdefault(key, []).append(name)
    return [
        {"意見": n, "項目": w, "修正前": a, "修正後": b, "評価書": listed(who, "、")}
        for (n, w, a, b), who in groups.items()
    ]


def _differing(old: list[str], new: list[str]) -> tuple[str, str]:
    """The lines of either side that are not in both, where they stand: a line said elsewhere too is still new here."""
    steps = [
        x for x in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if x[0] != "equal"
    ]
    return "\n".join("\n".join(old[a:b]) for _, a, b, _, _ in steps if b > a), "\n".join(
        "\n".join(new[c:d]) for _, _, _, c, d in steps if d > c
    )


def _lines(tree: PublicReading | None, path: tuple[str, ...]) -> list[str]:
    n = tree.find(path) if tree is not None else None
    return shown_of(n).split("\n") if n is not None else []
