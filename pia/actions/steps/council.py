"""第三者点検: referred, sat, asked, answered, decided (規則第7条第4項). The secretariat records; the chair presses nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.change.compare import compare
from ...domain.change.describe import describe
from ...domain.document.tree import Path
from ...domain.errors import PiaError, Refused, Stale
from ...domain.procedure import steps
from ...domain.revise.national import substituted
from ...domain.wareki import written
from ...store import nodes
from ...store.base import acted
from ...store.ledger import log
from ...store.rows import assessments
from ...store.rows import council as rows
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Account, Affair
from ...store.rows.sessions import Door
from ..people.members import account_of
from ..records.on_record import verdict_words
from ..records.round import facts, move_in, reviewed_digest, table_of
from ..workplace import Line, Workplace, head_tree, line, row_of
from . import closing, tablets
from .closing import Standing

if TYPE_CHECKING:
    from ...documents.pdf.assessment import Paper


def set_up(
    wp: Workplace, by: By, name: str, facts: Mapping[str, Any], members: Sequence[Mapping[str, Any]]
) -> int:
    """A council with its members' terms: [{"name", "title", "since", "until"}]. PiaError when there is one of that name."""
    with wp.store.begin() as session:
        if session.scalar(select(rows.Council.id).where(rows.Council.name == name)):
            raise PiaError(f"審議会「{name}」は、もう登録されています。")
        made = rows.Council(name=name, facts=dict(facts))
        session.add(made)
        session.flush()
        for member in members:
            session.add(
                rows.Member(
                    council_id=made.id,
                    name=member["name"],
                    title=member.get("title", ""),
                    since=member["since"],
                    until=member.get("until"),
                    account_id=account_of(session, member.get("account")),
                )
            )
        log.entry(session, by, "council.set_up", name, {"members": len(members)})
        return made.id


def explain(wp: Workplace, by: By, term: str, explanation: str) -> None:
    """A word explained where it stands in the text."""
    with wp.store.begin() as session:
        known = session.scalar(select(rows.GlossaryTerm).where(rows.GlossaryTerm.term == term))
        if known is None:
            session.add(rows.GlossaryTerm(term=term, explanation=explanation, **acted(by)))
            was = {}
        else:
            was = {"before": known.explanation}
            known.explanation = explanation
        log.entry(session, by, "glossary.explain", term, was)


def refer(
    wp: Workplace,
    by: By,
    council: int,
    title: str,
    wheres: Sequence[str],
    materials: Sequence[Mapping[str, Any]] = (),
    *,
    papers: bool = False,
    document_number: str = "",
) -> int:
    """諮問: bundles rounds and pins the version of each that goes before the council. Refused with what is missing for any of them. With `papers` the printed
    documents are pinned too: a material with a `key` gets the PDF of that document and the page of every item, and the agenda cites only those. `document_number`: of the 諮問書, kept with the step."""
    if document_number:
        numbered = {"document_number": document_number}
    else:
        numbered = {}
    if papers:
        printed = _papers(wp, wheres)
    else:
        printed = {}
    with wp.store.begin() as session:
        made = rows.Referral(council_id=council, title=title, materials=[], **acted(by))
        session.add(made)
        session.flush()
        for where in wheres:
            at = line(session, where)
            tree = head_tree(session, at)
            if at.round is None or tree is None:
                raise PiaError(f"{where} は再実施・修正ではありません。")
            if at.assessment.key in printed and printed[at.assessment.key][0] != tree.digest:
                raise Stale("印刷している間に評価書が変わりました。もう一度お試しください。")
            move_in(
                session,
                wp,
                by,
                at,
                "refer",
                {"referral": made.id, "version": at.head_id, **numbered},
            )
            pinned = reviewed_digest(forms.load(tree.form), tree)
            session.add(
                rows.ReferralRound(
                    referral_id=made.id,
                    round_id=at.round.id,
                    version_id=at.head_id,
                    reviewed_digest=pinned,
                )
            )
        made.materials = [_material(session, each_material, printed) for each_material in materials]
        session.flush()
        log.entry(
            session, by, "referral.make", str(made.id), {"rounds": list(wheres), "title": title}
        )
        log.anchor(session, by)
        return made.id


def _papers(wp: Workplace, wheres: Sequence[str]) -> dict[str, tuple[str, Paper]]:
    """The printed document of each round's head, made before the transaction: key → (digest of the tree, paper)."""
    from ..output.printing import printing
    from ..sources import read_ref

    found = []
    for where in wheres:
        found.append(read_ref(wp, where))
    pairs = {}
    for x in found:
        pairs[x.key] = (x.tree.digest, printing(wp, x))
    return pairs


def _material(
    text: Any, given: Mapping[str, Any], printed: Mapping[str, tuple[str, Paper]]
) -> dict[str, Any]:
    key = str(given.get("key") or "")
    if key not in printed:
        return dict(given)
    made = printed[key][1]
    return {
        **given,
        "sha256": nodes.put_blob(text, made.data),
        "count": made.count,
        "pages": {"/".join(texts): value for texts, value in made.pages.items()},
    }


def _one_material(session: Session, referral: int, which: int | str) -> Mapping[str, Any]:
    """One material by its place among a referral's materials, from 1, or by its number; empty where there is none. Addresses have places: a number is what a
    person wrote, with any sign."""
    one = session.get(rows.Referral, referral)
    if one:
        for number, each_material in enumerate(one.materials, 1):
            if which in (number, each_material.get("number")):
                return each_material
        return {}
    return {}


def material(wp: Workplace, referral: int, which: int | str) -> bytes:
    """The pinned bytes of one material, by its place or its number. PiaError when it has none."""
    return paper(wp, referral, which)[1]


def paper(wp: Workplace, referral: int, which: int | str) -> tuple[str, bytes]:
    """(number, pinned bytes) of one material. PiaError when it has none."""
    with wp.store.read() as session:
        found = _one_material(session, referral, which)
        if "sha256" not in found:
            raise PiaError(
                f"資料{which} の印刷用の資料はありません。"
                if isinstance(which, int)
                else f"{which} の印刷用の資料はありません。"
            )
        return str(found["number"]), nodes.get_blob(session, found["sha256"])


def keep_file(wp: Workplace, by: By, name: str, body: bytes) -> str:
    """Keeps a free document for a sitting and returns its SHA-256."""
    with wp.store.begin() as session:
        kept = nodes.put_blob(session, body)
        log.entry(session, by, "material.keep", kept, {"name": name, "size": len(body)})
        return kept


def free_file(wp: Workplace, referral: int, place: int) -> tuple[str, bytes]:
    """(file name, bytes) of a free document, by its place among the materials. PiaError when there is none."""
    with wp.store.read() as session:
        found = _one_material(session, referral, place)
        if not found.get("file"):
            raise PiaError("そのファイルはありません。一覧から選び直してください。")
        return str(found["name"]), nodes.get_blob(session, found["file"])


def convene(
    wp: Workplace,
    by: By,
    council: int,
    *,
    name: str,
    day: date,
    opens: time,
    place: str,
    agenda: Sequence[Mapping[str, Any]],
    public: bool = True,
    facts: Mapping[str, Any] | None = None,
) -> int:
    with wp.store.begin() as session:
        row_of(session, rows.Council, council, "審議会")
        for number in [int(entry["referral"]) for entry in agenda if entry.get("referral")]:
            if row_of(session, rows.Referral, number, "諮問").council_id != council:
                raise PiaError(
                    f"諮問{number}は、この審議会への諮問ではありません。議題を選び直してください。"
                )
        if session.scalar(
            select(rows.Sitting.id).where(
                rows.Sitting.council_id == council,
                rows.Sitting.day == day,
                rows.Sitting.opens == opens,
            )
        ):
            raise PiaError("同じ日時の会議が、もう登録されています。")
        made = rows.Sitting(
            council_id=council,
            name=name,
            day=day,
            opens=opens,
            closes=None,
            place=place,
            agenda=[dict(entry) for entry in agenda],
            public=public,
            facts=dict(facts or {}),
        )
        session.add(made)
        session.flush()
        log.entry(session, by, "sitting.convene", name, {"day": day.isoformat()})
        return made.id


def attend(
    wp: Workplace,
    by: By,
    sitting: int,
    present: Sequence[str],
    *,
    arrived: Mapping[str, time] | None = None,
) -> None:
    """Who is there, by name; everybody else in office that day is absent. PiaError for a name that is no member that day (R23)."""
    arrived = arrived or {}
    with wp.store.begin() as session:
        one = row_of(session, rows.Sitting, sitting, "会議")
        closing.must_sit(one)
        if by.day < one.day:
            raise PiaError(
                f"会議の日（{written(one.day)}）がまだ来ていません。出席は、会議の日に記録してください。"
            )
        seats = {}
        for member in rows.in_office(session, one.council_id, one.day):
            seats[member.name] = member
        unknown = []
        for each_name in (*present, *arrived):
            if each_name not in seats:
                unknown.append(each_name)
        if unknown:
            raise PiaError(
                f"{'、'.join(unknown)} は、この日に在任する委員ではありません。委員名簿を確かめてください。"
            )
        left = []
        for seat in seats.values():
            if (
                (attendance := session.get(rows.Attendance, (sitting, seat.id))) is not None
                and attendance.present
                and seat.name not in present
            ):
                left.append(seat.name)
        if (
            left
            and session.scalar(
                select(rows.Verdict.id).where(rows.Verdict.sitting_id == sitting).limit(1)
            )
            is not None
        ):
            raise Refused(
                "この会議の結論が記録されているため、出席を欠席に変えられません。",
                ("閉会を記録した後に、理由を付けて直してください。",),
            )
        for name, value in seats.items():
            known = session.get(rows.Attendance, (sitting, value.id))
            if known is None:
                session.add(
                    rows.Attendance(
                        sitting_id=sitting,
                        member_id=value.id,
                        present=name in present,
                        arrived=arrived.get(name),
                    )
                )
            else:
                known.present, known.arrived = name in present, arrived.get(name)
        log.entry(
            session, by, "sitting.attend", one.name, {"present": len(present), "seats": len(seats)}
        )


def close(wp: Workplace, by: By, sitting: int, closes: time, observers: int) -> None:
    """The sitting is over: its tablets end, and from now on its record is only corrected, with a reason."""
    with wp.store.begin() as session:
        one = row_of(session, rows.Sitting, sitting, "会議")
        closing.must_sit(one)
        if by.day < one.day:
            raise PiaError(
                f"会議の日（{written(one.day)}）がまだ来ていません。閉会は、会議の日に記録してください。"
            )
        one.closes, one.observers = closes, observers
        tablets.shut(session, sitting, by.at)
        log.entry(
            session,
            by,
            "sitting.close",
            one.name,
            {"closes": closes.isoformat(), "observers": observers},
        )


def standing(wp: Workplace, by: By, referral: int) -> Standing:
    """How the record of a referral stands for words that come now, for pages."""
    with wp.store.read() as session:
        return closing.standing(session, row_of(session, rows.Referral, referral, "諮問"), by.day)


def ask(
    wp: Workplace,
    by: By,
    referral: int,
    speaker: str,
    text: str,
    *,
    key: str | None = None,
    path: Path | None = None,
) -> int:
    """A question, pinned to the wording it is about: (path, version, fingerprint) of the version put before the council. After the sitting it is kept apart as
    later; PiaError once the case has left the house."""
    if not text.strip():
        raise PiaError("質問の内容を入力してください。")
    with wp.store.begin() as session:
        ref = row_of(session, rows.Referral, referral, "諮問")
        closing.must_be_theirs(session, by, ref, speaker)
        stands = closing.standing(session, ref, by.day)
        if not stands.open and (not stands.later or by.role == "tablet"):
            raise PiaError(stands.says)
        one = None
        version = None
        mark = None
        if key is not None:
            one = assessments.by_key(session, key)
            pinned = _pinned(session, referral, one)
            closing.must_be_open(Line(one, session.get_one(Round, pinned.round_id)))
            version = pinned.version_id
            if path:
                mark = _fingerprint(session, session.get_one(Round, pinned.round_id), version, path)
            else:
                mark = None
        made = rows.Remark(
            referral_id=referral,
            assessment_id=one.id if one else None,
            version_id=version,
            path=list(path) if path else None,
            fingerprint=mark,
            speaker=speaker,
            text=text,
            later=stands.later,
            **acted(by),
        )
        session.add(made)
        session.flush()
        log.entry(
            session,
            by,
            "remark.ask",
            str(referral),
            {"remark": made.id, "key": key, **({"later": True} if stands.later else {})},
        )
        return made.id


def _pinned(session: Any, referral: int, one: Assessment) -> rows.ReferralRound:
    found = session.scalar(
        select(rows.ReferralRound)
        .join(Round, Round.id == rows.ReferralRound.round_id)
        .where(rows.ReferralRound.referral_id == referral, Round.assessment_id == one.id)
    )
    if found is None:
        raise PiaError(f"{one.key} は、この諮問に含まれていません。")
    return found


def _fingerprint(text: Any, round_: Round, version_id: int, path: Path) -> str | None:
    if round_.base_id is None:
        return None
    base = nodes.recent(text, round_.base_id)
    seen = nodes.recent(text, version_id)
    if base.form != seen.form:
        return None
    said = describe(forms.load(seen.form), compare(base, seen), base, seen)
    for x in said:
        if x.item_path == path or x.change.path == path:
            return x.fingerprint
    return None


def answer(wp: Workplace, by: By, remark: int, speaker: str, text: str) -> None:
    """The answer to a question; after the sitting it is kept apart as later, after the publication refused. A drafter answers for their own department."""
    if not text.strip():
        raise PiaError("回答の内容を入力してください。")
    with wp.store.begin() as session:
        one = session.get(rows.Remark, remark)
        if one is None:
            raise PiaError("その質問はありません。")
        if by.role in ("drafter", "head") and not _answerable(session, one, by.actor):
            raise PiaError("ほかの所属の評価書についての質問には、答えられません。")
        stands = closing.standing(
            session, session.get_one(rows.Referral, one.referral_id), by.day, ended=closing.OVER
        )
        if not stands.open and not stands.later:
            raise PiaError(stands.says)
        session.add(
            rows.Answer(
                remark_id=remark, speaker=speaker, text=text, later=stands.later, **acted(by)
            )
        )
        log.entry(
            session, by, "remark.answer", str(remark), {"later": True} if stands.later else {}
        )


def _answerable(session: Session, one: rows.Remark, actor: str) -> bool:
    """Whether a question is about an assessment of this person's department, or about none in particular."""
    if one.assessment_id is None:
        return True
    owner = session.scalar(
        select(Affair.department_id)
        .join(Assessment, Assessment.affair_id == Affair.id)
        .where(Assessment.id == one.assessment_id)
    )
    return owner is not None and owner == session.scalar(
        select(Account.department_id).where(Account.name == actor)
    )


def decide(
    wp: Workplace, by: By, referral: int, sitting: int | None, kind: str, note: str = ""
) -> None:
    """Records the verdict once and moves every round of the referral: on, or back to 意見の反映 where the opinion is not given yet (継続審議). What was put
    before the council must still be the text; the day of the sitting, quorum and answers are checked first."""
    if kind not in wp.rules["verdicts"]:
        raise PiaError(
            f"結論「{kind}」はありません。{'、'.join(wp.rules['verdicts'])} のいずれかです。"
        )
    with wp.store.begin() as session:
        one = session.get(rows.Referral, referral)
        if one is None:
            raise PiaError("その諮問はありません。")
        if sitting is not None and sitting not in [x.id for x in closing.sittings_of(session, one)]:
            raise PiaError("この諮問は、その会議の議題ではありません。")
        for pinned in one.rounds:
            head = session.get_one(Version, session.get_one(Round, pinned.round_id).head_id)
            if head.reviewed_digest != pinned.reviewed_digest:
                key = session.get_one(Assessment, head.assessment_id).key
                raise Refused(
                    "審議した後に本文が変わっています。",
                    (f"{key}：審議会に出した版と今の版が違います。改めて諮問してください。",),
                )
        verdict = rows.Verdict(
            referral_id=referral,
            sitting_id=sitting,
            kind=kind,
            note=note,
            reviewed=[
                [referral_round.round_id, referral_round.reviewed_digest]
                for referral_round in one.rounds
            ],
            **acted(by),
        )
        session.add(verdict)
        session.flush()
        if kind in wp.rules["deferring_verdicts"]:
            event = "send_back"
        else:
            event = "approve"
        for pinned in one.rounds:
            round_ = session.get_one(Round, pinned.round_id)
            move_in(
                session,
                wp,
                by,
                Line(session.get_one(Assessment, round_.assessment_id), round_),
                event,
                {"verdict": verdict.id, "kind": kind},
            )
        log.entry(
            session,
            by,
            "referral.decide",
            str(referral),
            {"kind": kind, "reviewed": verdict.reviewed},
        )
        log.anchor(session, by)


def report(wp: Workplace, by: By, referral: int, *, document_number: str, day: date) -> None:
    """The 答申書 as it came: the council's own 文書番号 and day. PiaError before a favourable verdict, or
    for a day before the sitting that gave it."""
    with wp.store.begin() as session:
        one = row_of(session, rows.Referral, referral, "諮問")
        verdict = session.scalars(
            select(rows.Verdict)
            .where(rows.Verdict.referral_id == one.id)
            .order_by(rows.Verdict.id.desc())
        ).first()
        if verdict is None or verdict.kind not in wp.rules["passing_verdicts"]:
            raise PiaError(
                "答申となる結論が、まだ記録されていません。先に会議の結論を記録してください。"
            )
        if verdict.sitting_id:
            sitting = session.get(rows.Sitting, verdict.sitting_id)
        else:
            sitting = None
        if sitting is not None and day < sitting.day:
            raise PiaError(
                f"答申日（{written(day)}）が、会議の日（{written(sitting.day)}）より前です。どちらかを直してください。"
            )
        for pinned in one.rounds:
            round_ = session.get_one(Round, pinned.round_id)
            closing.must_be_open(
                Line(session.get_one(Assessment, round_.assessment_id), round_), before=closing.OVER
            )
        told = {
            "referral": one.id,
            "verdict": verdict.id,
            "document_number": document_number,
            "day": day.isoformat(),
        }
        for pinned in one.rounds:
            round_ = session.get_one(Round, pinned.round_id)
            assessments.step(session, round_, "reported", round_.state, told, by)
        log.entry(
            session,
            by,
            "referral.reported",
            str(referral),
            {"document_number": document_number, "day": day.isoformat()},
        )
        log.anchor(session, by)


# ---- what the office keeps of councils and sittings


@dataclass(frozen=True, slots=True)
class SittingDay:
    """A sitting as its own page shows it: who may sit, who is there, what is on the agenda and how each stands."""

    one: rows.Sitting
    council: str
    seats: tuple[rows.Member, ...]
    present: Mapping[int, rows.Attendance]
    quorum: int
    referrals: tuple[tuple[int, str, Mapping[str, Any] | None], ...]
    door: bool


def sittings(wp: Workplace) -> list[rows.Sitting]:
    with wp.store.read() as session:
        return list(
            session.scalars(
                select(rows.Sitting).order_by(rows.Sitting.day.desc(), rows.Sitting.id.desc())
            )
        )


def sitting(wp: Workplace, number: int) -> SittingDay:
    with wp.store.read() as session:
        one = session.get(rows.Sitting, number)
        if one is None:
            raise PiaError("その会議はありません。一覧から選び直してください。")
        council = session.get_one(rows.Council, one.council_id)
        seats = tuple(rows.in_office(session, council.id, one.day))
        there = {}
        for attendance in session.scalars(
            select(rows.Attendance).where(rows.Attendance.sitting_id == number)
        ):
            there[attendance.member_id] = attendance
        listed = []
        for entry in one.agenda:
            if entry.get("referral"):
                ref = session.get_one(rows.Referral, int(entry["referral"]))
                verdict = session.scalars(
                    select(rows.Verdict)
                    .where(rows.Verdict.referral_id == ref.id)
                    .order_by(rows.Verdict.id.desc())
                ).first()
                listed.append(
                    (ref.id, ref.title, verdict_words(session, ref, verdict) if verdict else None)
                )
        door = (
            session.scalar(select(Door.id).where(Door.sitting_id == number, Door.closed.is_(None)))
            is not None
        )
        return SittingDay(
            one,
            council.name,
            seats,
            there,
            int(council.facts.get("quorum") or len(seats) // 2 + 1),
            tuple(listed),
            door,
        )


def referable(wp: Workplace, by: By, wheres: Sequence[str]) -> None:
    """Refused with what is missing for any of these rounds; said before the papers are printed, which takes a while."""
    with wp.store.read() as session:
        for where in wheres:
            at = line(session, where)
            known = facts(session, wp, at, by.day)
            step = steps.step(table_of(session, wp, at), known, "refer")
            missing = []
            for unmet in steps.unmet(wp.rules, step, known):
                if unmet.blocks:
                    missing.append(unmet)
            if missing:
                raise Refused(
                    f"{where}：「{step.act}」は、まだできません。",
                    tuple(unmet.sentence for unmet in missing),
                )


def referred(wp: Workplace, wheres: Sequence[str]) -> int | None:
    """The referral under which exactly these rounds are before a council now."""
    with wp.store.read() as session:
        at = []
        for where in wheres:
            at.append(line(session, where).round)
        if any(round_ is None or round_.state != "REVIEWING" for round_ in at):
            return None
        found = []
        for round_ in at:
            if round_ is not None:
                found.append(
                    set(
                        session.scalars(
                            select(rows.ReferralRound.referral_id).where(
                                rows.ReferralRound.round_id == round_.id
                            )
                        )
                    )
                )
        if found:
            common = set.intersection(*found)
        else:
            common = set()
        return max(common, default=None)


def explaining(wp: Workplace, by: By, referral: int, card: int) -> None:
    """Says which card is being explained now; every page of that sitting leads there with one tap."""
    with wp.store.begin() as session:
        closing.must_speak_now(
            session, by, row_of(session, rows.Referral, referral, "諮問"), "説明中の項目"
        )
        one = _sitting_with(session, referral)
        one.facts = {**one.facts, "now": {"referral": referral, "card": card}}
        log.entry(session, by, "sitting.now", str(one.id), {"referral": referral, "card": card})


def explained_now(wp: Workplace, referral: int) -> int | None:
    """The number of the card that is being explained; None before the first."""
    with wp.store.read() as session:
        try:
            now = _sitting_with(session, referral).facts.get("now")
        except PiaError:
            return None
        if now and now["referral"] == referral:
            return int(now["card"])
        return None


def _sitting_with(session: Any, referral: int) -> rows.Sitting:
    """The latest sitting that has a referral on its agenda."""
    for one in session.scalars(
        select(rows.Sitting).order_by(rows.Sitting.day.desc(), rows.Sitting.id.desc())
    ):
        if any(entry.get("referral") == referral for entry in one.agenda):
            return one
    raise PiaError("この諮問を議題とする会議が、まだ登録されていません。")


def tick(wp: Workplace, by: By, referral: int, who: str, card: str, on: bool) -> None:
    """A member has looked at a card, or takes that back; while the sitting is not over."""
    with wp.store.begin() as session:
        ref = row_of(session, rows.Referral, referral, "諮問")
        closing.must_be_theirs(session, by, ref, who)
        closing.must_speak_now(session, by, ref, "確認の印")
        known = session.scalar(
            select(rows.Tick).where(
                rows.Tick.referral_id == referral, rows.Tick.who == who, rows.Tick.card == card
            )
        )
        if on and known is None:
            session.add(rows.Tick(referral_id=referral, who=who, card=card, at=by.at))
        elif not on and known is not None:
            session.delete(known)


def ticked(wp: Workplace, referral: int, who: str) -> frozenset[str]:
    with wp.store.read() as session:
        return frozenset(
            session.scalars(
                select(rows.Tick.card).where(
                    rows.Tick.referral_id == referral, rows.Tick.who == who
                )
            )
        )


def propose(
    wp: Workplace,
    by: By,
    referral: int,
    speaker: str,
    key: str,
    path: Path,
    before: str,
    after: str,
    why: str,
) -> int:
    """Other wording for a passage of the version before the council. PiaError when the passage is not there exactly once, or the sitting is over."""
    with wp.store.begin() as session:
        ref = row_of(session, rows.Referral, referral, "諮問")
        closing.must_be_theirs(session, by, ref, speaker)
        closing.must_speak_now(session, by, ref, "修正案")
        one = assessments.by_key(session, key)
        pinned = _pinned(session, referral, one)
        tree = nodes.recent(session, pinned.version_id)
        substituted(forms.load(tree.form), tree, path, before, after)
        made = rows.Proposal(
            referral_id=referral,
            assessment_id=one.id,
            version_id=pinned.version_id,
            path=list(path),
            speaker=speaker,
            before=before,
            after=after,
            why=why,
            **acted(by),
        )
        session.add(made)
        session.flush()
        log.entry(session, by, "proposal.make", str(referral), {"proposal": made.id, "key": key})
        return made.id


def proposals(wp: Workplace, referral: int) -> list[tuple[str, rows.Proposal]]:
    """(KEY, proposal) of everything proposed for a referral, in order."""
    with wp.store.read() as session:
        found = session.scalars(
            select(rows.Proposal)
            .where(rows.Proposal.referral_id == referral)
            .order_by(rows.Proposal.id)
        )
        pairs = []
        for x in found:
            pairs.append((session.get_one(Assessment, x.assessment_id).key, x))
        return pairs


def keys_of(wp: Workplace, referral: int) -> list[str]:
    """The keys of the documents a referral put before its council."""
    with wp.store.read() as session:
        of = (
            select(Assessment.key)
            .join(Round, Round.assessment_id == Assessment.id)
            .join(rows.ReferralRound, rows.ReferralRound.round_id == Round.id)
        )
        return list(
            session.scalars(
                of.where(rows.ReferralRound.referral_id == referral).order_by(Assessment.id)
            )
        )


def pinned_ref(wp: Workplace, referral: int, key: str) -> str:
    """KEY@N of the version that was put before the council. PiaError when that assessment is not part of the referral."""
    with wp.store.read() as session:
        return f"{key}@{session.get_one(Version, _pinned(session, referral, assessments.by_key(session, key)).version_id).seq}"


def passage(
    wp: Workplace, referral: int, places: Mapping[str, Path], words: str
) -> tuple[str, Path]:
    """(KEY, path of the block) where a passage stands in the versions before the council, among a card's items. PiaError when it is in none."""
    with wp.store.read() as session:
        for key, path in places.items():
            tree = nodes.recent(
                session, _pinned(session, referral, assessments.by_key(session, key)).version_id
            )
            node = tree.find(path)
            leaf = next(
                (
                    leave
                    for leave in (node.leaves if node is not None else ())
                    if leave.kind == "block" and words in leave.value["text"]
                ),
                None,
            )
            if leaf is not None:
                return key, (*path, leaf.key)
    raise PiaError("その言葉は、この項目の記載にありません。記載のとおりに入力してください。")
