"""What waits for one person: each line says what to do, of what, who handed it over or why it
waits, until when, and the one place where it is done.

Whose turn a round is says `running`; what the person may do, who asks. Reads only; must not know
pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ...domain.act import day_in_japan
from ...domain.procedure import duties
from ...domain.wareki import written
from ...store import queries
from ...store.queries.assignments import WaitingAssignment
from ...store.queries.comments import WaitingComment
from ...store.queries.register import AffairFilter
from ...store.queries.waiting import HouseRow, UnsavedRow
from ...store.rows.assignments import Assignment
from ...store.rows.bodies import Account
from ...store.rows.carrying import CarriedSet
from ..records import council_ways
from ..records.commission_kinds import KINDS_OF_LETTER
from ..records.days import on_agenda
from ..records.draft_ways import DraftWay
from . import left_behind, register
from .asking import Asking
from .running import Running, RunningSet, Talk


@dataclass(frozen=True, slots=True)
class Destination:
    """Where something is done: `name` says what, `args` of which thing; `detail` is a word a page
    may add."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One thing that waits: `act` is what to do, `count` of how many, `about` of which document,
    `why` who handed it over or why it waits; `due` is what `until` is; `then` where it is handed on
    once it is done."""

    act: str
    about: str
    why: str
    place: Destination
    until: date | None = None
    due: str = ""
    count: int = 1
    then: Destination | None = None


NAMED = 3  # affairs named before the rest are counted


def listed(sets: Iterable[RunningSet]) -> str:
    """The names of the affairs of these sets; more than a few are counted."""
    names = list(dict.fromkeys(one.affair for one in sets))
    rest = len(names) - NAMED
    return "、".join(names[:NAMED]) + (f" ほか{rest}件" if rest > 0 else "")


def lines(asking: Asking, now: Running, house: HouseRow) -> Iterator[WaitingLine]:
    """What waits for a person, in no order. `house`: what the city has
    (`queries.waiting.set_up`)."""
    if asking.may("draft"):
        yield from _to_write(asking, now)
        yield from _to_begin(asking, house.unwritten)
    if asking.may("comment"):
        yield from _named(asking)
    if left_behind.is_told(asking.who):
        yield from _left_behind(asking)
    if asking.may("answer"):
        given = queries.assignments.waiting(asking.session) if house.given else ()
        yield from _assigned(asking, given)
        yield from _to_answer(asking, now, {row[0].remark_id for row in given})
    if asking.may("office"):
        yield from _said(_of_office(asking, now), house)
        if house.corrected:
            yield from _corrected_texts(asking)
        yield from _still_out(asking) if house.out else ()
        yield from _letters(asking) if house.letters else ()
        yield from _ends(asking) if house.ends else ()
        if house.unassigned:
            yield WaitingLine(
                "担当課を決める",
                f"{house.unassigned}件の事務",
                "担当課の登録がないため、事務局だけが書けます",
                Destination("unassigned"),
                count=house.unassigned,
            )
        if house.terms:
            yield WaitingLine(
                "用語を説明する",
                f"{house.terms}件の求め",
                "委員が、用語の説明を求めています",
                Destination("terms"),
                count=house.terms,
            )
    if asking.may("remark"):
        yield from _said(_before_council(asking), house)
    if asking.may("confirm"):
        yield from _to_confirm(asking)
    if asking.may("admin"):
        yield from _to_set_up(house)


def _said(lines_: Iterable[WaitingLine], house: HouseRow) -> Iterator[WaitingLine]:
    """Lines whose reason is the program's own, in the words of this house."""
    for one in lines_:
        bill = house.halls > 0 and house.halls == house.bills
        yield replace(one, why=council_ways.said(one.why, bill))


# ---- who writes


def _to_write(asking: Asking, now: Running) -> Iterator[WaitingLine]:
    for one in now.sets:
        if one.holder == "department" and one.way is not None and one.way.here.of:
            yield from _with_digital(asking, one, one.way)
            continue
        if one.holder != "department" or not _is_theirs(asking, one):
            continue
        if one.way is not None and one.department_id is not None:
            yield from _on_its_way(asking, one, one.way)
        else:
            yield _writing(asking, one)


def _writing(asking: Asking, one: RunningSet, then: Destination | None = None) -> WaitingLine:
    back = one.handed.event in ("send_back", "reopen")
    act = "差し戻された評価書を直す" if back else "評価書案を書く"
    place = Destination("write", {"ref": one.ref})
    why = _why(asking, one)
    return WaitingLine(act, one.affair, why, place, one.until, one.due, then=then)


def _with_digital(asking: Asking, one: RunningSet, way: DraftWay) -> Iterator[WaitingLine]:
    """A draft of any department that lies with the 情報部門."""
    last = way.last
    if last is None or not way.is_turn_of(asking.who.role, asking.who.department_id):
        return
    why = f"{written(day_in_japan(last.at))}に{last.who}さんが渡しました"
    act = "システム・安全管理の項目を確かめる"
    place = Destination("way", {"ref": one.ref})
    yield WaitingLine(act, one.affair, why, place, one.until, one.due)


def _on_its_way(asking: Asking, one: RunningSet, way: DraftWay) -> Iterator[WaitingLine]:
    """A draft at a step of the house: written at the first, else looked at, by who has the turn."""
    last = way.last
    if asking.who.role not in way.here.who:
        return
    if way.here.another and last is not None and last.actor == asking.who.name:
        return
    then = Destination("way", {"ref": one.ref})
    if last is None:
        yield _writing(asking, one, then)
        return
    day = written(day_in_japan(last.at))
    why = f"{day}に{last.who}さんが渡しました"
    act = "評価書案を確かめる"
    if last.back:
        why = f"{day}に{last.who}さんが差し戻しました。理由は手続の画面にあります"
        act = "差し戻された評価書案を確かめる"
    if way.here != way.steps[0]:
        yield WaitingLine(act, one.affair, why, then, one.until, one.due)
        return
    act = "差し戻された評価書案を直す"
    place = Destination("write", {"ref": one.ref})
    yield WaitingLine(act, one.affair, why, place, one.until, one.due, then=then)


def _is_theirs(asking: Asking, one: RunningSet) -> bool:
    """Whether the writing is this person's: of their department; what has none is the office's."""
    if asking.bound("draft"):
        return asking.has("draft", one.department_id)
    return one.department_id is None


def _by(asking: Asking, one: RunningSet) -> str:
    """Who brought a set to where it stands, as this person is told."""
    if one.handed.actor == asking.who.name:
        return "あなた"
    return f"{one.handed.who}さん"


def _why(asking: Asking, one: RunningSet) -> str:
    """Who brought a set to where it stands, and for which reasons it was begun."""
    day = written_day(one)
    if one.handed.event == "send_back":
        return f"{day}に審議会で継続審議となりました（記録：{one.handed.who}）"
    if one.handed.event == "reopen":
        return f"{day}に{_by(asking, one)}が点検のやり直しとしました"
    if one.handed.event == "announcement_withdrawn":
        return f"{day}に{_by(asking, one)}が意見募集の公示を取り消しました"
    if one.handed.event == "announcement_cancelled":
        return f"{day}に{_by(asking, one)}が意見募集を中止しました"
    reasons = "、".join(one.reasons)
    return f"{day}に{_by(asking, one)}が{one.kind}を始めました" + (
        f"（{reasons}）" if reasons else ""
    )


def written_day(one: RunningSet) -> str:
    """The day a set came to where it stands."""
    return written(day_in_japan(one.handed.at))


def _to_begin(asking: Asking, without: int) -> Iterator[WaitingLine]:
    """Documents without a text, and affairs whose duty is near."""
    if without:
        act, place = "最初の版を取り込む", Destination("bring")
        why = "登録されていますが、本文がまだありません"
        if asking.may("office"):
            act, place = "評価書を始める", Destination("unbegun")
            why += "。事務の画面で始めるか、いまの評価書を取り込みます"
        yield WaitingLine(act, f"{without}件の評価書", why, place, count=without)
    name = asking.who.department if asking.office_of is not None else ""
    if asking.office_of == 0:
        return
    warned = register.warned_by(asking.wp, asking.today)
    wanted = AffairFilter(name, "due", (), register.due_by(asking.today), warned)
    due, oldest = queries.register.count_due(asking.session, wanted)
    if due and oldest is not None:
        yield WaitingLine(
            "見直しの要否を確かめる",
            f"{due}件の事務",
            "毎年の見直し・5年経過前の再実施（努力義務）の時期です",
            Destination("due", {"office": name}),
            duties.years_after(oldest, 1),
            "毎年の見直し（努力義務）",
            count=due,
        )


def _left_behind(asking: Asking) -> Iterator[WaitingLine]:
    """That people who left wrote on drafts of the department and did not save; never what."""
    left: dict[tuple[str, str], list[UnsavedRow]] = {}
    for row in asking.unsaved:
        if row[3]:
            left.setdefault((row[0], row[3]), []).append(row)
    for (ref, shown), rows in left.items():
        day = written(day_in_japan(rows[0][2]))
        why = f"{shown}さん（異動・退職）が{day}まで書いて、保存していません"
        place = Destination("left", {"ref": ref})
        yield WaitingLine("残された書きかけを確かめる", rows[0][4], why, place, count=len(rows))


def _assigned(asking: Asking, given: Iterable[WaitingAssignment]) -> Iterator[WaitingLine]:
    """Opinions and questions this person's department was asked for until a day."""
    for assignment, person, number, talk, title, referral, case in given:
        if assignment.department_id != asking.who.department_id:
            continue
        why = _asked_whom(asking, assignment, person)
        if talk is not None:
            act = f"割り当てられた意見{number}に答える"
            place = Destination("opinion", {"number": talk, "_anchor": f"opinion-{number}"})
        else:
            act = "割り当てられた質問に答える"
            asked = {"referral": referral, "remark": assignment.remark_id}
            place = Destination("question", asked)
        about = str(title or case)
        yield WaitingLine(act, about, why, place, assignment.until, "割当ての期限")


def _asked_whom(asking: Asking, assignment: Assignment, person: Account | None) -> str:
    """Who of a department was asked; what waited for somebody who left, its people take over."""
    if person is None:
        return "あなたの課に割り当てられています"
    if not person.active or person.department_id != assignment.department_id:
        return f"あなたの課に割り当てられています（{person.shown}さんから引き継ぎ）"
    if person.name == asking.who.name:
        return "あなたに割り当てられています"
    return f"あなたの課に割り当てられています（担当：{person.shown}さん）"


def _to_answer(
    asking: Asking, now: Running, given: Collection[int | None]
) -> Iterator[WaitingLine]:
    """Questions of members nobody has answered, a line a referral; those given to a department
    (`given`) wait for that one."""
    by_referral: dict[int, list[RunningSet]] = {}
    for one in now.sets:
        if one.referral is not None and one.questions:
            by_referral.setdefault(one.referral, []).append(one)
    for referral, sets in by_referral.items():
        mine = [one for one in sets if asking.has("answer", one.department_id)]
        if not mine:
            continue
        ids = frozenset().union(*(one.ids for one in mine))
        asked = []
        for remark in mine[0].questions:
            if remark.id in given and asking.bound("answer"):
                continue
            if remark.assessment_id is None or remark.assessment_id in ids:
                asked.append(remark)
        if asked:
            who = "、".join(dict.fromkeys(remark.speaker for remark in asked[:NAMED]))
            yield WaitingLine(
                "審議会の質問に答える",
                listed(mine),
                f"{who}さんの質問です",
                Destination("question", {"referral": referral, "remark": asked[0].id}),
                mine[0].until,
                mine[0].due,
                len(asked),
            )


def _named(asking: Asking) -> Iterator[WaitingLine]:
    """Comments that name this person, or somebody whose post they follow, a line a document and
    item."""
    me = asking.who
    rows = queries.comments.waiting_for(asking.session, me.name, me.department_id, me.role)
    by_item: dict[tuple[str, str], list[WaitingComment]] = {}
    for row in rows:
        path = "/".join(row[0].path)
        by_item.setdefault((f"{row[1]}~{row[2]}", path), []).append(row)
    for (ref, path), named in by_item.items():
        comment, _, _, affair, writer, instead = named[-1]
        day = written(day_in_japan(comment.at))
        why = f"{day}に{writer}さんが、あなたを指して書きました"
        if instead:
            why = f"{day}に{writer}さんが、{instead}さん（異動・退職）を指して書きました"
        place = Destination("comments", {"ref": ref, "path": path})
        yield WaitingLine("コメントに答える", affair, why, place, count=len(named))


# ---- the office


def _of_office(asking: Asking, now: Running) -> Iterator[WaitingLine]:
    by_talk: dict[int, list[RunningSet]] = {}
    for one in now.sets:
        if one.talk is not None:
            by_talk.setdefault(one.talk.number, []).append(one)
    for talk in now.talks:
        yield from _of_talk(asking, talk, by_talk.get(talk.number, []))
    groups: dict[tuple[Any, ...], list[RunningSet]] = {}
    for one in now.sets:
        if one.holder == "office" and not _waits_for_answers(one):
            groups.setdefault(_together(one), []).append(one)
    for sets in groups.values():
        if sets[0].state != "CONSULTING":
            yield _next_step(asking, sets)
    if asking.wp.two_persons:
        yield from _asked_of_me(asking, now)


def _corrected_texts(asking: Asking) -> Iterator[WaitingLine]:
    """National texts that were corrected and that some documents hold as they were before."""
    corrections = queries.national.corrections(asking.session)
    follows = {each.key: str(each.body["follows"]) for each in corrections}
    corrected = set(follows.values())
    taken: dict[str, set[int]] = {}
    for key, assessment in queries.national.keys_taken(asking.session, corrected | set(follows)):
        taken.setdefault(key, set()).add(assessment)
    for text in corrections:
        if text.key in corrected:
            continue
        before = set[int]()
        key = text.key
        while key in follows:
            key = follows[key]
            before |= taken.get(key, set())
        left = before - taken.get(text.key, set())
        if left:
            why = "訂正前の記載例を反映したままの評価書です"
            place = Destination("national", {"key": text.key})
            act = "訂正後の国の記載例を反映する"
            yield WaitingLine(act, f"{text.title}（{text.edition}）", why, place, count=len(left))


def _still_out(asking: Asking) -> Iterator[WaitingLine]:
    """What left the house for a sitting and is not back, together for each sitting."""
    out: dict[int, list[CarriedSet]] = {}
    names = {}
    for carried, sitting in queries.carrying.still_out(asking.session):
        out.setdefault(sitting.id, []).append(carried)
        names[sitting.id] = sitting.name
    for number, sets in out.items():
        called = "、".join(f"第{one.number}号" for one in sets[:NAMED])
        rest = f" ほか{len(sets) - NAMED}件" if len(sets) > NAMED else ""
        yield WaitingLine(
            "持出しの返却・消去を記録する",
            names[number],
            f"{called}{rest}が返っていません",
            Destination("carrying", {"number": number}),
            sets[0].until,
            "返却の期限",
            count=len(sets),
        )


def _letters(asking: Asking) -> Iterator[WaitingLine]:
    """Letters of the commission that wait for an answer, or for another submission."""
    for letter, key, name, affair in queries.commission.open_letters(asking.session):
        yield WaitingLine(
            "委員会に回答する",
            affair,
            f"{KINDS_OF_LETTER[letter.kind]}が{written(letter.day)}に届いています",
            Destination("commission", {"ref": f"{key}~{name}"}),
            letter.due,
            "回答の期限",
        )


def _ends(asking: Asking) -> Iterator[WaitingLine]:
    """Affairs that ended, of which the commission was not told."""
    for row, affair, key in queries.affair_ends.untold(asking.session):
        yield WaitingLine(
            "委員会に事務の終了を届け出る",
            affair,
            f"{written(row.day)}に終了しました",
            Destination("affair_end", {"key": key}),
        )


def _waits_for_answers(one: RunningSet) -> bool:
    return one.state == "REVISING" and one.talk is not None and one.talk.open > 0


def _together(one: RunningSet) -> tuple[Any, ...]:
    """What goes on in one act: a referral, what is to be referred after one consultation; else each
    set by itself."""
    if one.event == "refer" and one.talk is not None:
        return one.event, one.talk.number
    if one.referral is not None:
        return "referral", one.referral
    return one.event, one.ref


def _of_talk(asking: Asking, talk: Talk, sets: Sequence[RunningSet]) -> Iterator[WaitingLine]:
    """What came from residents and was not taken in, opinions without an answer, and the end."""
    at = {"number": talk.number}
    running = [one for one in sets if one.state == "CONSULTING"]
    end = talk.end if running else None
    if talk.sent:
        yield WaitingLine(
            "届いた意見を受け付ける",
            talk.title,
            "住民からウェブで届きました",
            Destination("inbox", at),
            end,
            "意見募集の終わり" if end else "",
            talk.sent,
        )
    days = [one.change_date for one in sets if one.change_date]
    if talk.open and any(one.state in ("CONSULTING", "REVISING") for one in sets):
        yield WaitingLine(
            "市の考え方を書く",
            talk.title,
            "期間内に届いた意見に、まだ答えがありません",
            Destination("opinions", at),
            min(days, default=None),
            "変更の実施予定" if days else "",
            talk.open,
        )
    if running and talk.end < asking.today:
        yield WaitingLine(
            "意見募集を締め切る",
            talk.title,
            f"{written(talk.end)}に期間が終わりました",
            Destination("close", at),
            talk.end,
            "意見募集の終わり",
        )


def _next_step(asking: Asking, sets: Sequence[RunningSet]) -> WaitingLine:
    """The step of the procedure the office takes next with these sets."""
    one = sets[0]
    refs = [each.ref for each in sets]
    day = written_day(one)
    why = f"{day}に{_by(asking, one)}が「{one.state_name}」まで進めました"
    if one.way is not None and one.way.last is not None:
        why = f"{written(day_in_japan(one.way.last.at))}に{one.way.last.who}さんが渡しました"
    place = Destination("step", {"event": one.event, "refs": refs})
    act = one.act or f"{one.state_name}の次の手続を確かめる"
    if one.event == "approve" and one.referral is not None:
        if one.sitting is None:
            act = "会議を招集する"
            why = f"{day}に諮問しました。議題に入れた会議がまだありません"
            if one.handed.event == "continue":
                why = f"{day}に継続審議となりました。議題に入れた次の会議がまだありません"
            place = Destination("convene")
        else:
            act = "会議の結論を記録する"
            why = f"{written(one.sitting.day)}の会議（{one.sitting.name}）の議題です"
            place = Destination("sitting", {"number": one.sitting.id})
    return WaitingLine(act, listed(sets), why, place, one.until, one.due)


_STEPS = {"submit": "提出", "publish": "公表"}


def _asked_of_me(asking: Asking, now: Running) -> Iterator[WaitingLine]:
    """Steps of two persons another one asked for."""
    affairs = {}
    for one in now.sets:
        for ref in one.refs:
            affairs[ref] = one.affair
    for step, shown in queries.waiting.asked_of_another(asking.session, asking.who.name):
        refs = [str(ref) for ref, _ in step.rounds]
        words = _STEPS.get(step.kind, step.kind)
        day = written(day_in_japan(step.at))
        yield WaitingLine(
            f"頼まれた{words}を確かめて行う",
            "、".join(dict.fromkeys(affairs.get(ref, ref) for ref in refs)),
            f"{day}に{shown or step.actor}さんが頼みました",
            Destination("step", {"event": step.kind, "refs": refs}),
        )


# ---- members, heads and administrators


def _before_council(asking: Asking) -> Iterator[WaitingLine]:
    """Referrals at their check before the councils a member is in office on."""
    mine = asking.given
    if not mine.speaking:
        return
    since = asking.sittings
    rows = queries.waiting.before_council(asking.session, mine.speaking, asking.who.shown)
    for referral, ticked in rows:
        days = [sitting.day for sitting in since if on_agenda(sitting, referral.id)]
        seen = f"。確認した項目 {ticked}枚" if ticked else ""
        yield WaitingLine(
            "変更箇所を見て、質問・修正案を書く",
            referral.title,
            f"{written(day_in_japan(referral.at))}に諮問されました{seen}",
            Destination("cards", {"referral": referral.id}),
            min(days, default=None),
            "会議の日" if days else "",
        )


def _to_confirm(asking: Asking) -> Iterator[WaitingLine]:
    """年次点検: departments whose people and rights nobody confirmed this 年度."""
    year = asking.today.year - (asking.today.month < 4)
    confirmed = {}
    for entry in queries.waiting.reviews_of_year(asking.session, year):
        confirmed[entry.target] = not entry.detail.get("back")
    open_ = []
    for number, name in _offices(asking):
        if not confirmed.get(f"{year}/{number or 'none'}"):
            open_.append(name or "所属のない利用者")
    if open_:
        rest = f" ほか{len(open_) - NAMED}" if len(open_) > NAMED else ""
        yield WaitingLine(
            "利用者と権限を確かめる",
            "、".join(open_[:NAMED]) + rest,
            "この年度の確認がまだ記録されていません（年次点検）",
            Destination("yearly"),
            date(year + 1, 3, 31),
            "年度の終わり",
            len(open_),
        )


def _offices(asking: Asking) -> Iterator[tuple[int | None, str | None]]:
    """(department, its name) of those whose people this person confirms: a head their own, the
    administrator those without a head."""
    me = asking.who
    if me.role == "head":
        if me.department_id is not None:
            yield me.department_id, me.department
        return
    for number, name, _, heads in queries.waiting.departments_with_people(asking.session):
        if not heads:
            yield number, name


def _to_set_up(house: HouseRow) -> Iterator[WaitingLine]:
    waiting = house.waiting
    missing = []
    for count, words in (
        (house.bodies, "評価実施機関"),
        (house.departments, "課"),
        (house.office, "事務局の利用者"),
        (house.members, "審議会と委員"),
    ):
        if not count:
            missing.append(words)
    if missing:
        yield WaitingLine(
            "初期設定を続ける",
            "、".join(missing),
            "まだ登録されていません",
            Destination("setup"),
            count=len(missing),
        )
    if waiting:
        yield WaitingLine(
            "はじめのパスワードを渡す",
            f"{waiting}人の利用者",
            "サインインする手段がまだありません",
            Destination("passwords"),
            count=waiting,
        )
