"""The facts of the papers of a 第三者点検: 諮問書, 説明原稿, 議長用進行原稿, 会議の開催結果, 答申書 (規則第7条第4項).

Reads only. Page numbers are those of the papers that were put before the council; where nothing was printed the item is cited by its number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.act import day_in_japan, day_of_text, in_japan
from ..domain.describe import leaf_name
from ..domain.errors import PiaError
from ..domain.review import Card
from ..store import council as rows
from ..store.assessments import Round, RoundEvent
from ..store.bodies import Account, Department
from ..store.consultation import Consultation
from . import agenda, comparison_table, days
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
    long_day,
    need,
    reasons_of,
    section,
    surname,
)
from .workplace import Workplace, row_of

if TYPE_CHECKING:
    from ..documents.comparison import About, Subject

# The sentence of the verdicts that are shipped; a verdict a city named itself is said in the city's own word.
_KINDS = {
    "了承": "諮問のあった評価書は、案のとおり適当であると認める。",
    "附帯意見を付して了承": "諮問のあった評価書は、次の附帯意見を付して、適当であると認める。",
    "修正のうえ了承（会長一任）": "諮問のあった評価書は、次のとおり修正することを条件として、適当であると認める。修正の確認は、会長に一任する。",
}
_HEADS = {"附帯意見を付して了承": "附帯意見", "修正のうえ了承（会長一任）": "修正の内容"}
CHAIRS = ("会長", "委員長", "座長")


def latest(wp: Workplace) -> int:
    with wp.store.read() as s:
        found = s.scalar(select(rows.Referral.id).order_by(rows.Referral.id.desc()).limit(1))
        if found is None:
            raise PiaError("諮問はまだありません。")
        return found


def facts(wp: Workplace, name: str, number: int, meeting: int | None = None) -> Facts:
    """The facts of one of the papers of a referral; of several sittings that had it on their agenda, `meeting` names one. PiaError when there is none of that
    number, or nothing was decided that a 答申書 could say."""
    out = Facts()
    subjects = comparison_table.of_referral(wp, number)
    with wp.store.read() as s:
        ref = row_of(s, rows.Referral, number, "諮問")
        order = {x.key: i for i, x in enumerate(subjects)}
        found = sorted(documents(s, [s.get_one(Round, p.round_id) for p in ref.rounds]), key=lambda d: order[d.key])
        hall = s.get_one(rows.Council, ref.council_id)
        sitting = sitting_of(s, ref) if meeting is None else _meeting(s, ref, meeting)
        changed = counted(s, subjects, found)
        _common(s, out, ref, hall, found, subjects, changed)
        if name == "explanation":
            _explanation(s, wp, out, ref, found, subjects, changed)
        elif name == "chair-script":
            _script(s, wp, out, ref, hall, sitting, subjects, changed)
        elif name == "minutes":
            _minutes(s, out, ref, hall, sitting)
        elif name == "report":
            _report(s, wp, out, ref, sitting)
    return out


def sitting_of(s: Session, ref: rows.Referral) -> rows.Sitting | None:
    """The sitting that decided on a referral, or the last one that has it on its agenda."""
    verdict = verdict_of(s, ref)
    if verdict and verdict.sitting_id:
        return s.get(rows.Sitting, verdict.sitting_id)
    return next(reversed(meetings(s, ref)), None)


def meetings(s: Session, ref: rows.Referral) -> list[rows.Sitting]:
    """The sittings that have a referral on their agenda, in the order of their days."""
    near = select(rows.Sitting).where(rows.Sitting.council_id == ref.council_id).order_by(rows.Sitting.day, rows.Sitting.opens)
    return [x for x in s.scalars(near) if days.on_agenda(x, ref.id)]


def _meeting(s: Session, ref: rows.Referral, number: int) -> rows.Sitting:
    found = s.get(rows.Sitting, number)
    if found is None or not days.on_agenda(found, ref.id):
        raise PiaError("この諮問を議題とする会議の中に、その会議はありません。")
    return found


def asked_of(s: Session, ref: rows.Referral) -> list[Consultation]:
    """The consultations of the rounds of a referral, each once."""
    found = (consultation_of(s, s.get_one(Round, p.round_id)) for p in ref.rounds)
    return list({c.id: c for c in found if c is not None}.values())


def steps_of(s: Session, ref: rows.Referral, event: str, field: str, value: int) -> list[RoundEvent]:
    """The steps of one kind that the rounds of a referral took and that name `value` in one of their facts."""
    done = (e for x in ref.rounds for e in events(s, s.get_one(Round, x.round_id)))
    return [e for e in done if e.event == event and e.facts.get(field) == value]


def _told(found: Sequence[RoundEvent], field: str) -> str:
    """What was recorded with one of these steps, the latest; empty where nothing was."""
    return next((str(e.facts[field]) for e in reversed(found) if e.facts.get(field)), "")


def _number(s: Session, ref: rows.Referral) -> str:
    """The 文書番号 of a 諮問, as it was kept with the step; empty where none is recorded."""
    return _told(steps_of(s, ref, "refer", "referral", ref.id), "document_number")


def _chair(s: Session, hall: rows.Council, on: date) -> rows.Member | None:
    """Who chaired a council on a day."""
    return next((m for m in rows.in_office(s, hall.id, on) if m.title in CHAIRS), None)


def _common(
    s: Session, out: Facts, ref: rows.Referral, hall: rows.Council, found: Sequence[Document], subjects: Sequence[Subject], changed: Counted
) -> None:
    body, office = body_words(s, found[0].body)
    numbers = {x.key: x.number for x in subjects}
    referred = day_in_japan(ref.at)
    chair = _chair(s, hall, referred)
    names = {d.key: f"{d.name}（{d.kind}）" for d in found}
    out.words |= {
        "文書番号": need("文書番号", _number(s, ref)),
        "諮問日": day(referred),
        "市": body["市"],
        "審議会": hall.name,
        "会長の役": chair.title if chair else "会長",
        "会長の氏名": need("会長の氏名", chair.name if chair else ""),
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


def _explanation(
    s: Session, wp: Workplace, out: Facts, ref: rows.Referral, found: Sequence[Document], subjects: Sequence[Subject], changed: Counted
) -> None:
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
            local.append({"評価書": named, "箇所一覧": [_aloud(c, i, subjects) for i, c in enumerate(own, 1)]})
    asked = asked_of(s, ref)
    mine = {d.round.id for d in found}
    opinions = [o for con in asked for o in agenda.opinions_of(s, wp, con, mine)]
    out.words |= {
        "参考一覧": [{"資料": str(m["資料"]), "題名": str(m["題名"])} for m in out.words["資料一覧"] if m["資料"] not in {x.number for x in subjects}],
        "理由一覧": reasons,
        "共通一覧": [_aloud(c, i, subjects) for i, c in enumerate(changed.shared, 1)],
        "個別一覧": local,
        "意見件数": str(len(opinions)),
        "期間": listed((f"{day(c.start)}から{day(c.end)}まで" for c in asked), "及び"),
        "反映一覧": [{"番号": str(o["number"]), "項目": o["where"] or "全体", "考え方": o["response"]} for o in opinions if o["adopted"]],
    }


def _aloud(c: Card, at: int, subjects: Sequence[Subject]) -> dict[str, str]:
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
        name, nth = leaf_name(x.change) if x.change.level in ("block", "row") else ("", 1)
        if x.where:
            out.append(f"{x.where}しました。")
        elif name:
            verb = {"added": "の記載を加えました", "removed": "の記載を削りました", "moved": "の位置を変えました"}.get(x.change.kind, "の記載を改めました")
            again = f"（{nth}番目）" if nth > 1 else ""
            out.append(f"「{name}」{again}{verb}。")
        else:
            out.append({"added": "記載を加えました。", "removed": "記載を削りました。", "moved": "位置を変えました。"}.get(x.change.kind, "記載を改めました。"))
    return "".join(dict.fromkeys(out))


def _seats(s: Session, sitting: rows.Sitting) -> list[tuple[rows.Member, rows.Attendance | None]]:
    """Every member in office on the day of a sitting, with what was recorded of their being there."""
    there = {a.member_id: a for a in s.scalars(select(rows.Attendance).where(rows.Attendance.sitting_id == sitting.id))}
    return [(m, there.get(m.id)) for m in rows.in_office(s, sitting.council_id, sitting.day)]


def _script(
    s: Session,
    wp: Workplace,
    out: Facts,
    ref: rows.Referral,
    hall: rows.Council,
    sitting: rows.Sitting | None,
    subjects: Sequence[Subject],
    changed: Counted,
) -> None:
    seats = _seats(s, sitting) if sitting else []
    present = sum(a is not None and a.present for _, a in seats)
    recorded = any(a is not None for _, a in seats)
    quorum = hall.facts.get("quorum") or (len(seats) // 2 + 1 if seats else None)
    if not recorded or quorum is None:
        enough = f"定足数は{need('定足数', quorum)}名です。〔出席者の数を確かめ、成立を告げる。〕"
    elif present < int(quorum):
        enough = f"定足数の{quorum}名に達しておりませんので、会議は成立しておりません。"
    else:
        enough = f"定足数の{quorum}名に達しておりますので、会議は成立しております。"
    following = (sitting.facts.get("next") if sitting else None) or ""
    chair = _chair(s, hall, sitting.day if sitting else day_in_japan(ref.at))
    agenda_ = sitting.agenda if sitting else [{"title": ref.title, "referral": ref.id}]
    out.words |= {
        "会議の名称": need("会議の名称", sitting.name if sitting else ""),
        "会長の役": chair.title if chair else "会長",
        "開催日": need("開催日", long_day(sitting.day) if sitting else ""),
        "開会時刻": need("開会時刻", clock(sitting.opens) if sitting else ""),
        "開催場所": need("開催場所", sitting.place if sitting else ""),
        "委員数": str(len(seats)) if seats else need("委員数"),
        "出席数": str(present) if recorded else need("出席者の数"),
        "定足数": need("定足数", quorum),
        "成立": enough,
        "傍聴": _open(sitting),
        "次回": f"次回は、{_iso(following)}を予定しております。" if following else "",
        "事務局": section(str(out.words["担当課"])),
        "議題一覧": [_item(wp, a, i, ref, out, subjects, changed) for i, a in enumerate(agenda_, 1)],
    }


def _open(sitting: rows.Sitting | None) -> str:
    """Whether the public may listen, and how many do; each item of the agenda says for itself whether it is public."""
    if sitting is None:
        return f"本日の会議は、{need('公開の別')}で行います。"
    closed = [str(a.get("number") or a.get("title")) for a in sitting.agenda if not a.get("public", sitting.public)]
    if closed and len(closed) == len(sitting.agenda):
        return "本日の会議は、非公開で行います。"
    lead = f"本日の会議は、{listed(closed)}を除き、公開で行います。" if closed else "本日の会議は、公開で行います。"
    if sitting.observers == 0:
        return f"{lead}傍聴の方は、いらっしゃいません。"
    return f"{lead}傍聴の方は、{need('傍聴者の数', sitting.observers)}名です。"


def _iso(text: str) -> str:
    return day(day_of_text(text))


def _item(
    wp: Workplace, a: Mapping[str, Any], at: int, ref: rows.Referral, out: Facts, subjects: Sequence[Subject], changed: Counted
) -> dict[str, str]:
    mine = a.get("referral") == ref.id
    told = f"{out.words['説明課']}から説明をお願いします。" if mine else "事務局から報告をお願いします。"
    asked = ""
    decided = ""
    if mine:
        told = _count(len(subjects), changed) + told
        departs = [card_words(c, subjects) for c in changed.cards if _departs(c, subjects)]
        asked = f"なお、国の記載例を市で改めた箇所は、{listed(departs)}です。" if departs else ""
        favourable = str(wp.rules["passing_verdicts"][0])
        put = "案のとおり了承すること" if favourable == "了承" else f"案のとおり「{favourable}」とすること"
        decided = f"お諮りいたします。{len(subjects)}件の評価書は、{put}に、御異議ありませんか。"
    number = str(a.get("number") or f"議題{at}")
    return {"番号": number, "題名": str(a.get("title", "")), "審議": "審議" if mine else "報告", "説明": told, "質疑": asked, "採決": decided}


def _count(documents_: int, changed: Counted) -> str:
    """How much is changed, as the chair says it."""
    if not changed.items:
        return f"{documents_}件の評価書に、変更する箇所はありません。"
    lead = f"変更する箇所は、{documents_}件の評価書で{changed.items}箇所です。"
    if documents_ == 1:
        return lead
    return f"{lead}共通する変更が{len(changed.shared)}件、個別の変更が{len(changed.local)}件あります。"


def _departs(c: Card, subjects: Sequence[Subject]) -> bool:
    known = [x.about.get(c.places[x.key]) for x in subjects if x.key in c.places]
    return any(k is not None and k.departs for k in known)


def _minutes(s: Session, out: Facts, ref: rows.Referral, hall: rows.Council, sitting: rows.Sitting | None) -> None:
    if sitting is None:
        raise PiaError("この諮問を議題とする会議が、まだ登録されていません。会議を登録してから作ってください。")
    seats = _seats(s, sitting)
    recorded = any(a is not None for _, a in seats)
    absent = [m.name for m, a in seats if a is not None and not a.present]
    closed = [a for a in sitting.agenda if not a.get("public", sitting.public)]
    until = clock(sitting.closes) if sitting.closes else need("閉会の時刻")
    following = sitting.facts.get("next")
    speeches = _speeches(s, sitting, [m for m, _ in seats])
    out.words |= {
        "会議の名称": sitting.name,
        "開催日時": f"{long_day(sitting.day)}　{clock(sitting.opens)}から{until}まで",
        "開催場所": need("開催場所", sitting.place),
        "出席者名": "、".join(_attended(m, a, sitting) for m, a in seats if a is not None and a.present) if recorded else need("出席者名"),
        "欠席者名": ("、".join(absent) or "なし") if recorded else need("欠席者名"),
        "議題一覧": [
            {"番号": str(a.get("number", "")), "題名": str(a.get("title", "")), "公開": "公開" if a.get("public", sitting.public) else "非公開"}
            for a in sitting.agenda
        ],
        "非公開の理由": need("非公開の理由", listed(str(a.get("reason") or "") for a in closed)) if closed else "－",
        "傍聴者の数": f"{sitting.observers}人" if sitting.observers is not None else need("傍聴者の数"),
        "審議した内容": "\n".join(_result(s, a, sitting) for a in sitting.agenda),
        "問合せ先": f"{out.words['担当課']}\n{out.words['連絡先']}",
        "その他": f"次回の予定　{_iso(following)}" if following else "",
        "発言一覧": speeches,
    }
    out.notices.append("発言は、記録された質問と回答だけを載せています。開会、説明、採決などの発言は、録音又は会議録から補ってください。")
    if closed:
        out.notices.append("非公開の議題についての発言は、載せていません。")


def _attended(m: rows.Member, a: rows.Attendance, sitting: rows.Sitting) -> str:
    """A member who was there; who came after the opening with the time of it."""
    about = [m.title] if m.title else []
    if a.arrived is not None and a.arrived > sitting.opens:
        about.append(f"{clock(a.arrived)}から")
    return f"{m.name}（{'、'.join(about)}）" if about else m.name


def _result(s: Session, a: Mapping[str, Any], sitting: rows.Sitting) -> str:
    """What this sitting said of an item: the verdict it gave, or what was noted; a verdict of another sitting is none of this one's."""
    head = f"{a.get('number', '')}　{a.get('title', '')}".strip()
    verdict = verdict_of(s, s.get(rows.Referral, int(a["referral"]))) if a.get("referral") else None
    here = verdict is not None and (verdict.sitting_id == sitting.id or (verdict.sitting_id is None and day_in_japan(verdict.at) == sitting.day))
    if verdict is not None and here:
        return f"{head}\n審議の結果：{verdict.kind}\n{verdict.note}".strip()
    return f"{head}\n{need('審議した内容（' + str(a.get('number') or a.get('title')) + '）', a.get('result'))}"


def _speeches(s: Session, sitting: rows.Sitting, members: Sequence[rows.Member]) -> list[dict[str, str]]:
    """Questions and answers about the public items of a sitting. What was recorded on another day or after the closing says so: nobody heard it in the room."""
    accounts = {a.shown: (a, d) for a, d in s.execute(select(Account, Department).outerjoin(Department, Department.id == Account.department_id))}
    offices = [d.name for d in s.scalars(select(Department))]
    referrals = {int(a["referral"]) for a in sitting.agenda if a.get("referral") and a.get("public", sitting.public)}
    out = []
    for q in s.scalars(select(rows.Remark).where(rows.Remark.referral_id.in_(referrals)).order_by(rows.Remark.id)):
        if _sitting_at(s, q.referral_id, q.at) != sitting.id:
            continue
        who = _member(q.speaker, members) or _answerer(q.speaker, accounts, offices)
        out.append({"発言者": who + _apart(q.at, sitting), "内容": q.text})
        for a in s.scalars(select(rows.Answer).where(rows.Answer.remark_id == q.id).order_by(rows.Answer.id)):
            out.append({"発言者": _answerer(a.speaker, accounts, offices) + _apart(a.at, sitting), "内容": a.text})
    return out


def _sitting_at(s: Session, referral: int, at: datetime) -> int | None:
    """The sitting a question belongs to: the last one by then that had the referral on its agenda, else the first."""
    found = meetings(s, s.get_one(rows.Referral, referral))
    by_then = [x for x in found if x.day <= day_in_japan(at)]
    return by_then[-1].id if by_then else found[0].id if found else None


def _apart(at: datetime, sitting: rows.Sitting) -> str:
    """When words were recorded that were not recorded in the sitting; empty for those that were."""
    on = day_in_japan(at)
    if on == sitting.day and (sitting.closes is None or in_japan(at).time() <= sitting.closes):
        return ""
    when = "会議の前に記録" if on < sitting.day else "閉会の後に記録"
    return f"\n（{day(on)}、{when}）"


def _member(name: str, members: Sequence[rows.Member]) -> str:
    """How the minutes name a member: by the surname, by the whole name where two share it; empty for anybody else."""
    m = next((x for x in members if x.name == name), None)
    if m is None:
        return ""
    same = Counter(surname(x.name) for x in members)[surname(name)]
    short = surname(name) if same == 1 else name
    return f"{short}{m.title}（議長）" if m.title in CHAIRS else f"{short}{m.title or '委員'}"


def _answerer(name: str, accounts: Mapping[str, tuple[Account, Department | None]], offices: Sequence[str]) -> str:
    """How the minutes name who answered: 事務局, or 実施機関 with its department; the person's name stays in the record. A page keeps 所属　氏名."""
    shown = next((x for x in accounts if name == x or name.endswith(f"　{x}")), "")
    account, office = accounts.get(shown, (None, None))
    if account is not None and account.role == "secretariat":
        return "事務局"
    said = name.removesuffix(shown).strip("　") if shown else ""
    said = said or (office.name if office else "")
    said = said or next((x for x in offices if name == x or name.startswith(f"{x}　")), "")
    return f"実施機関（{section(said)}）" if said else "実施機関"


def _report(s: Session, wp: Workplace, out: Facts, ref: rows.Referral, sitting: rows.Sitting | None) -> None:
    verdict = verdict_of(s, ref)
    if verdict is None:
        raise PiaError("結論がまだ記録されていないため、答申書を作れません。会議の結論を記録してから作ってください。")
    if verdict.kind not in wp.rules["passing_verdicts"]:
        raise PiaError(f"結論が「{verdict.kind}」のため、答申書を作れません。答申は、結論が出た会議の後に作ってください。")
    hall = s.get_one(rows.Council, ref.council_id)
    chair = _chair(s, hall, sitting.day if sitting else day_in_japan(verdict.at))
    given = steps_of(s, ref, "reported", "verdict", verdict.id)
    there = [m for m, a in (_seats(s, sitting) if sitting else []) if a is not None and a.present]
    note = verdict.note.strip()
    out.words |= {
        "文書番号": need("答申の文書番号", _told(given, "document_number")),
        "答申日": need("答申日", _iso(told) if (told := _told(given, "day")) else ""),
        "会長の役": chair.title if chair else "会長",
        "会長の氏名": need("会長の氏名", chair.name if chair else ""),
        "諮問の文書番号": need("諮問の文書番号", _number(s, ref)),
        "結論": verdict.kind,
        "結論文": _KINDS.get(verdict.kind) or f"諮問のあった評価書についての結論は、「{verdict.kind}」とする。",
        "意見の見出し": _HEADS.get(verdict.kind, "意見"),
        "意見": note or (need(_HEADS[verdict.kind]) if verdict.kind in _HEADS else ""),
        "経過一覧": _course(s, ref),
        "委員一覧": [{"氏名": m.name, "役": m.title} for m in there] or [{"氏名": need("審議した委員"), "役": ""}],
    }


def _course(s: Session, ref: rows.Referral) -> list[dict[str, str]]:
    """What led to a verdict: this referral, the earlier ones of the same rounds, and the sittings that heard them, by their days."""
    mine = [p.round_id for p in ref.rounds]
    pinned = select(rows.ReferralRound.referral_id).where(rows.ReferralRound.round_id.in_(mine), rows.ReferralRound.referral_id <= ref.id)
    told: dict[tuple[date, int, str], None] = {}
    for number in sorted(set(s.scalars(pinned))):
        one = s.get_one(rows.Referral, number)
        if one.council_id != ref.council_id:
            continue
        told[day_in_japan(one.at), 0, "諮問"] = None
        verdict = verdict_of(s, one)
        last = sitting_of(s, one)
        for x in meetings(s, one):
            if last is not None and x.day > last.day:
                continue
            said = verdict.kind if verdict is not None and last is not None and x.id == last.id else ""
            told[x.day, 1, f"{x.name}で審議（{said}）" if said else f"{x.name}で審議"] = None
    return [{"日付": day(on), "内容": words} for on, _, words in sorted(told)]
