"""The facts of the papers of a 第三者点検: 諮問書, 説明原稿, 議長用進行原稿, 会議の開催結果, 答申書 (規則第7条第4項).

Reads only. Page numbers are those of the papers that were put before the council; where nothing was printed the item is cited by its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.act import day_of_text
from ..domain.errors import PiaError
from ..domain.review import Card
from ..store import council as rows
from ..store.assessments import Round
from ..store.bodies import Account, Department
from . import agenda, comparison_table
from .moving import consultation_of, events, verdict_of
from .papers_facts import (
    Counted,
    Document,
    Facts,
    body_words,
    by_reason,
    card_words,
    clock,
    counted,
    day,
    documents,
    listed,
    local_day,
    long_day,
    need,
    reasons_of,
    section,
    surname,
)
from .workplace import Workplace, row_of

if TYPE_CHECKING:
    from ..documents.comparison import About, Subject

_KINDS = {
    "了承": "諮問のあった評価書は、案のとおり適当であると認める。",
    "附帯意見を付して了承": "諮問のあった評価書は、次の附帯意見を付して、適当であると認める。",
    "修正のうえ了承（会長一任）": "諮問のあった評価書は、次のとおり修正することを条件として、適当であると認める。修正の確認は、会長に一任する。",
}
_HEADS = {"附帯意見を付して了承": "附帯意見", "修正のうえ了承（会長一任）": "修正の内容"}


def latest(wp: Workplace) -> int:
    with wp.store.read() as s:
        found = s.scalar(select(rows.Referral.id).order_by(rows.Referral.id.desc()).limit(1))
        if found is None:
            raise PiaError("諮問はまだありません。")
        return found


def facts(wp: Workplace, name: str, number: int) -> Facts:
    """The facts of one of the papers of a referral. PiaError when there is none of that number, or nothing was decided that a 答申書 could say."""
    out = Facts()
    subjects = comparison_table.of_referral(wp, number)
    with wp.store.read() as s:
        ref = row_of(s, rows.Referral, number, "諮問")
        order = {x.key: i for i, x in enumerate(subjects)}
        found = sorted(documents(s, [s.get_one(Round, p.round_id) for p in ref.rounds]), key=lambda d: order[d.key])
        hall = s.get_one(rows.Council, ref.council_id)
        sitting = sitting_of(s, ref)
        changed = counted(s, subjects, found)
        _common(s, out, ref, hall, found, subjects, changed)
        if name == "explanation":
            _explanation(s, wp, out, found, subjects, changed)
        elif name == "chair-script":
            _script(s, out, ref, hall, sitting, found, subjects, changed)
        elif name == "minutes":
            _minutes(s, out, ref, hall, sitting)
        elif name == "report":
            _report(s, out, ref, hall, sitting)
    return out


def sitting_of(s: Session, ref: rows.Referral) -> rows.Sitting | None:
    """The sitting that decided on a referral, or the last one that has it on its agenda."""
    verdict = verdict_of(s, ref)
    if verdict and verdict.sitting_id:
        return s.get(rows.Sitting, verdict.sitting_id)
    near = s.scalars(select(rows.Sitting).where(rows.Sitting.council_id == ref.council_id).order_by(rows.Sitting.day.desc(), rows.Sitting.id.desc()))
    return next((x for x in near if any(a.get("referral") == ref.id for a in x.agenda)), None)


def _number(s: Session, ref: rows.Referral) -> str:
    """The 文書番号 of a 諮問, as it was kept with the step; empty where none is recorded."""
    of = (e.facts for x in ref.rounds for e in events(s, s.get_one(Round, x.round_id)) if e.event == "refer" and e.facts.get("referral") == ref.id)
    return next((str(f["document_number"]) for f in of if f.get("document_number")), "")


def _common(
    s: Session, out: Facts, ref: rows.Referral, hall: rows.Council, found: Sequence[Document], subjects: Sequence[Subject], changed: Counted
) -> None:
    body, office = body_words(s, found[0].body)
    numbers = {x.key: x.number for x in subjects}
    chair = next((m.name for m in rows.in_office(s, hall.id, local_day(ref.at)) if m.title == "会長"), "")
    names = {d.key: f"{d.name}（{d.kind}）" for d in found}
    out.words |= {
        "文書番号": need("文書番号", _number(s, ref)),
        "諮問日": day(local_day(ref.at)),
        "市": body["市"],
        "審議会": hall.name,
        "会長の氏名": need("会長の氏名", chair),
        "長": body["長"],
        "長の氏名": need("長の氏名", body["長の氏名"]),
        "題名": ref.title,
        "理由": need("変更の理由", reasons_of(found)),
        "件数": str(len(found)),
        "変更箇所数": str(changed.items),
        "重要な変更数": str(changed.material),
        "共通数": str(len(changed.shared)),
        "個別数": str(len(changed.local)),
        "評価書一覧": [
            {"資料": numbers.get(d.key, "") or need("資料の番号"), "番号": d.number, "名称": d.name, "種類": d.kind, "担当課": need(f"担当課（{d.name}）", d.office)}
            for d in found
        ],
        "資料一覧": [
            {
                "資料": str(m.get("number", "")),
                "題名": m.get("title") or names.get(str(m.get("key"))) or need(f"{m.get('number', '')}の題名"),
                "ページ数": f"{m['count']}ページ" if m.get("count") else "",
            }
            for m in ref.materials
        ],
        "担当課": need("担当課", office.get("department")),
        "連絡先": need("連絡先", office.get("contact")),
        "説明課": need("説明課", listed(d.office for d in found)),
    }


def _explanation(s: Session, wp: Workplace, out: Facts, found: Sequence[Document], subjects: Sequence[Subject], changed: Counted) -> None:
    by_key = {x.key: x for x in subjects}
    reasons = []
    for reason, places in by_reason(subjects, found).items():
        where = listed((by_key[k].name for k in by_key if k in places), "及び")
        reasons.append({"理由": reason or need("変更の理由"), "評価書": where, "箇所数": str(sum(map(len, places.values())))})
    local = []
    for x in subjects:
        own = [c for c in changed.local if x.key in c.places]
        if own:
            named = f"{x.number}の{x.title}" if x.number else x.title
            local.append({"評価書": named, "箇所一覧": [_told(c, i, subjects) for i, c in enumerate(own, 1)]})
    con = next((c for d in found if (c := consultation_of(s, d.round))), None)
    opinions = agenda.opinions_of(s, wp, con)
    out.words |= {
        "参考一覧": [{"資料": str(m["資料"]), "題名": str(m["題名"])} for m in out.words["資料一覧"] if m["資料"] not in {x.number for x in subjects}],
        "理由一覧": reasons,
        "共通一覧": [_told(c, i, subjects) for i, c in enumerate(changed.shared, 1)],
        "個別一覧": local,
        "意見件数": str(len(opinions)),
        "期間": f"{day(con.start)}から{day(con.end)}まで" if con else "",
        "反映一覧": [{"番号": str(o["number"]), "項目": o["where"] or "全体", "考え方": o["response"]} for o in opinions if o["adopted"]],
    }


def _told(c: Card, at: int, subjects: Sequence[Subject]) -> dict[str, str]:
    """One change as it is said aloud: where to turn to, what it is, why, and how it stands to the national text."""
    mine = [x for x in subjects if x.key in c.places]
    pages = [(x.name, x.new_pages.get(c.places[x.key])) for x in mine]
    if all(p for _, p in pages):
        turn = listed((f"{n}の{p}ページ" for n, p in pages), "及び")
    else:
        turn = listed((f"{n}の{p}ページ" if p else f"{n}の{card_words(c, subjects)}" for n, p in pages), "及び")
    known = mine[0].about.get(c.places[mine[0].key])
    national = ""
    if known and known.national:
        national = _departed(known) if known.departs else "国の記載例と同じ文でございます。"
    same = f"{len(mine)}件とも同じ文でございます。" if len(mine) > 1 else ""
    why = known.explanation if known else ""
    return {"順": str(at), "項目": card_words(c, subjects), "ページ": f"{turn}を御覧ください。", "内容": what(c), "なぜ": why, "国": national + same}


def _departed(known: About) -> str:
    """How our wording departs from the national text, as it is said aloud."""
    because = f"、意見{'・'.join(map(str, known.opinions))}を受けて" if known.opinions else ""
    asked = f"国には、{known.confirmed}確認しております。" if known.confirmed else "国への確認は、しておりません。"
    return f"国の記載例を{because}市で改めたものでございます。{asked}"


def what(c: Card) -> str:
    """What a change does, in a sentence."""
    out = []
    for x in c.said:
        name = x.change.path[-1] if x.change.level == "block" and x.change.path[-1] else ""
        if x.where:
            out.append(f"{x.where}しました。")
        elif name:
            verb = {"added": "の記載を加えました", "removed": "の記載を削りました", "moved": "の位置を変えました"}.get(x.change.kind, "の記載を改めました")
            out.append(f"「{name}」{verb}。")
        else:
            out.append({"added": "記載を加えました。", "removed": "記載を削りました。", "moved": "位置を変えました。"}.get(x.change.kind, "記載を改めました。"))
    return "".join(dict.fromkeys(out))


def _present(s: Session, sitting: rows.Sitting) -> tuple[list[rows.Member], list[rows.Member], bool]:
    """Who was there, who was not, and whether it was recorded at all."""
    seats = rows.in_office(s, sitting.council_id, sitting.day)
    there = {a.member_id: a.present for a in s.scalars(select(rows.Attendance).where(rows.Attendance.sitting_id == sitting.id))}
    return [m for m in seats if there.get(m.id)], [m for m in seats if there.get(m.id) is False], bool(there)


def _script(
    s: Session,
    out: Facts,
    ref: rows.Referral,
    hall: rows.Council,
    sitting: rows.Sitting | None,
    found: Sequence[Document],
    subjects: Sequence[Subject],
    changed: Counted,
) -> None:
    seats = rows.in_office(s, hall.id, sitting.day) if sitting else []
    present, _, recorded = _present(s, sitting) if sitting else ([], [], False)
    least = int(hall.facts.get("quorum") or len(seats) // 2 + 1)
    enough = f"定足数の{least}名に達しておりますので、会議は成立しております。"
    if not recorded:
        enough = f"定足数は{least}名です。〔出席者の数を確かめ、成立を告げる。〕" if seats else need("定足数")
    elif len(present) < least:
        enough = f"定足数の{least}名に達しておりませんので、会議は成立しておりません。"
    watched = sitting.observers if sitting else None
    open_ = "本日の会議は、公開で行います。" if sitting and sitting.public else "本日の会議は、非公開で行います。" if sitting else need("公開の別")
    if sitting and sitting.public:
        open_ += "傍聴の方は、いらっしゃいません。" if watched == 0 else f"傍聴の方は、{watched}名です。" if watched else f"傍聴の方は、{need('傍聴者の数')}名です。"
    following = (sitting.facts.get("next") if sitting else None) or ""
    agenda_ = sitting.agenda if sitting else [{"title": ref.title, "referral": ref.id}]
    out.words |= {
        "会議の名称": need("会議の名称", sitting.name if sitting else ""),
        "開催日": need("開催日", long_day(sitting.day) if sitting else ""),
        "開会時刻": need("開会時刻", clock(sitting.opens) if sitting else ""),
        "開催場所": need("開催場所", sitting.place if sitting else ""),
        "委員数": str(len(seats)) if seats else need("委員数"),
        "出席数": str(len(present)) if recorded else need("出席者の数"),
        "定足数": str(least),
        "成立": enough,
        "傍聴": open_,
        "次回": f"次回は、{_iso(following)}を予定しております。" if following else "",
        "事務局": section(str(out.words["担当課"])),
        "議題一覧": [_item(a, i, ref, out, subjects, changed) for i, a in enumerate(agenda_, 1)],
    }


def _iso(text: str) -> str:
    return day(day_of_text(text))


def _item(a: Mapping[str, Any], at: int, ref: rows.Referral, out: Facts, subjects: Sequence[Subject], changed: Counted) -> dict[str, str]:
    mine = a.get("referral") == ref.id
    told = f"{out.words['説明課']}から説明をお願いします。" if mine else "事務局から報告をお願いします。"
    asked = decided = ""
    if mine:
        count = f"変更する箇所は、{len(subjects)}件の評価書で{changed.items}箇所です。共通するものが{len(changed.shared)}、個別のものが{len(changed.local)}あります。"
        told = count + told
        departs = [card_words(c, subjects) for c in changed.cards if any((k := x.about.get(c.places[x.key])) and k.departs for x in subjects if x.key in c.places)]
        asked = f"なお、国の記載例を市で改めた箇所は、{listed(departs)}です。" if departs else ""
        decided = f"お諮りいたします。{len(subjects)}件の評価書は、案のとおり了承することに、御異議ありませんか。"
    number = str(a.get("number") or f"議題{at}")
    return {"番号": number, "題名": str(a.get("title", "")), "審議": "審議" if mine else "報告", "説明": told, "質疑": asked, "採決": decided}


def _minutes(s: Session, out: Facts, ref: rows.Referral, hall: rows.Council, sitting: rows.Sitting | None) -> None:
    if sitting is None:
        raise PiaError("この諮問を議題とする会議が、まだ登録されていません。会議を登録してから作ってください。")
    present, absent, recorded = _present(s, sitting)
    members = {m.name: m for m in (*present, *absent, *rows.in_office(s, hall.id, sitting.day))}
    closed = [a for a in sitting.agenda if not a.get("public", sitting.public)]
    until = clock(sitting.closes) if sitting.closes else need("閉会の時刻")
    observers = f"{sitting.observers}人" if sitting.observers is not None else need("傍聴者の数")
    verdict = verdict_of(s, ref)
    results = []
    for a in sitting.agenda:
        head = f"{a.get('number', '')}　{a.get('title', '')}".strip()
        if a.get("referral") == ref.id and verdict is not None:
            results.append(f"{head}\n審議の結果：{verdict.kind}\n{verdict.note}".strip())
        else:
            results.append(f"{head}\n{need('審議した内容（' + str(a.get('number') or a.get('title')) + '）', a.get('result'))}")
    following = sitting.facts.get("next")
    out.words |= {
        "会議の名称": sitting.name,
        "開催日時": f"{long_day(sitting.day)}　{clock(sitting.opens)}から{until}まで",
        "開催場所": need("開催場所", sitting.place),
        "出席者名": "、".join(f"{m.name}（{m.title}）" if m.title else m.name for m in present) if recorded else need("出席者名"),
        "欠席者名": ("、".join(m.name for m in absent) or "なし") if recorded else need("欠席者名"),
        "議題一覧": [
            {"番号": str(a.get("number", "")), "題名": str(a.get("title", "")), "公開": "公開" if a.get("public", sitting.public) else "非公開"}
            for a in sitting.agenda
        ],
        "非公開の理由": need("非公開の理由", listed(str(a.get("reason") or "") for a in closed)) if closed else "－",
        "傍聴者の数": observers,
        "審議した内容": "\n".join(results),
        "問合せ先": f"{out.words['担当課']}\n{out.words['連絡先']}",
        "その他": f"次回の予定　{_iso(following)}" if following else "",
        "発言一覧": _speeches(s, ref, members),
    }
    out.notices.append("発言は、記録された質問と回答だけを載せています。開会、説明、採決などの発言は、録音又は会議録から補ってください。")


def _speeches(s: Session, ref: rows.Referral, members: Mapping[str, rows.Member]) -> list[dict[str, str]]:
    accounts = {a.shown: (a, d) for a, d in s.execute(select(Account, Department).outerjoin(Department, Department.id == Account.department_id))}

    def speaker(name: str) -> str:
        m = members.get(name)
        if m is not None:
            return f"{surname(name)}{m.title}（議長）" if m.title == "会長" else f"{surname(name)}委員"
        account, office = accounts.get(name, (None, None))
        if account is None:
            return name
        if account.role == "secretariat":
            return "事務局"
        return f"実施機関（{section(office.name)}）" if office else "実施機関"

    out = []
    for q in s.scalars(select(rows.Remark).where(rows.Remark.referral_id == ref.id).order_by(rows.Remark.id)):
        out.append({"発言者": speaker(q.speaker), "内容": q.text})
        for a in s.scalars(select(rows.Answer).where(rows.Answer.remark_id == q.id).order_by(rows.Answer.id)):
            out.append({"発言者": speaker(a.speaker), "内容": a.text})
    return out


def _report(s: Session, out: Facts, ref: rows.Referral, hall: rows.Council, sitting: rows.Sitting | None) -> None:
    verdict = verdict_of(s, ref)
    if verdict is None:
        raise PiaError("結論がまだ記録されていないため、答申書を作れません。会議の結論を記録してから作ってください。")
    if verdict.kind not in _KINDS:
        raise PiaError(f"結論が「{verdict.kind}」のため、答申書を作れません。答申は、結論が出た会議の後に作ってください。")
    present = _present(s, sitting)[0] if sitting else []
    sat = [{"日付": day(sitting.day), "内容": f"{sitting.name}で審議（{verdict.kind}）"}] if sitting else []
    out.words |= {
        "答申日": need("答申日"),
        "諮問の文書番号": need("諮問の文書番号", _number(s, ref)),
        "結論": verdict.kind,
        "結論文": _KINDS[verdict.kind],
        "意見の見出し": _HEADS.get(verdict.kind, "審議会の意見"),
        "意見": verdict.note if verdict.note.strip() or verdict.kind not in _HEADS else need(_HEADS[verdict.kind]),
        "経過一覧": [{"日付": day(local_day(ref.at)), "内容": "諮問"}, *sat],
        "委員一覧": [{"氏名": m.name, "役": m.title} for m in present] or [{"氏名": need("審議した委員"), "役": ""}],
    }
