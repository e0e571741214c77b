"""第三者点検: referred, sat, asked, answered, decided (規則第7条第4項). The secretariat records; the chair presses nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from .. import forms
from ..domain.act import By
from ..domain.changes import compare
from ..domain.describe import describe
from ..domain.errors import PiaError, Refused, Stale
from ..domain.tree import Path
from ..store import assessments, log, nodes
from ..store import council as rows
from ..store.assessments import Assessment, Round, Version
from ..store.base import acted
from .moving import move_in, reviewed_digest
from .workplace import Line, Workplace, head_tree, line

if TYPE_CHECKING:
    from ..documents.pdf_document import Paper


def set_up(wp: Workplace, by: By, name: str, facts: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> int:
    """A council with its members' terms: [{"name", "title", "since", "until"}]."""
    with wp.store.begin() as s:
        made = rows.Council(name=name, facts=dict(facts))
        s.add(made)
        s.flush()
        for m in members:
            s.add(rows.Member(council_id=made.id, name=m["name"], title=m.get("title", ""), since=m["since"], until=m.get("until")))
        log.entry(s, by, "council.set_up", name, {"members": len(members)})
        return made.id


def explain(wp: Workplace, by: By, term: str, explanation: str) -> None:
    """A word explained where it stands in the text."""
    with wp.store.begin() as s:
        known = s.scalar(select(rows.GlossaryTerm).where(rows.GlossaryTerm.term == term))
        if known is None:
            s.add(rows.GlossaryTerm(term=term, explanation=explanation, **acted(by)))
        else:
            known.explanation = explanation
        log.entry(s, by, "glossary.explain", term, {})


def refer(wp: Workplace, by: By, council: int, title: str, wheres: Sequence[str], materials: Sequence[Mapping[str, Any]] = (), *, papers: bool = False) -> int:
    """諮問: bundles rounds and pins the version of each that goes before the council. Refused with what is missing for any of them. With `papers` the printed
    documents are pinned too: a material with a `key` gets the PDF of that document and the page of every item, and the agenda cites only those."""
    printed = _papers(wp, wheres) if papers else {}
    with wp.store.begin() as s:
        made = rows.Referral(council_id=council, title=title, materials=[], **acted(by))
        s.add(made)
        s.flush()
        for where in wheres:
            at = line(s, where)
            tree = head_tree(s, at)
            if at.round is None or tree is None:
                raise PiaError(f"{where} は再実施・修正ではありません。")
            if at.assessment.key in printed and printed[at.assessment.key][0] != tree.digest:
                raise Stale("印刷している間に評価書が変わりました。もう一度お試しください。")
            move_in(s, wp, by, at, "refer", {"referral": made.id, "version": at.head_id})
            pinned = reviewed_digest(forms.load(tree.form), tree)
            s.add(rows.ReferralRound(referral_id=made.id, round_id=at.round.id, version_id=at.head_id, reviewed_digest=pinned))
        made.materials = [_material(s, m, printed) for m in materials]
        s.flush()
        log.entry(s, by, "referral.make", str(made.id), {"rounds": list(wheres), "title": title})
        return made.id


def _papers(wp: Workplace, wheres: Sequence[str]) -> dict[str, tuple[str, Paper]]:
    """The printed document of each round's head, made before the transaction: key → (digest of the tree, paper)."""
    from .printing import printing
    from .sources import read_ref

    found = [read_ref(wp, where) for where in wheres]
    return {x.key: (x.tree.digest, printing(wp, x)) for x in found}


def _material(s: Any, given: Mapping[str, Any], printed: Mapping[str, tuple[str, Paper]]) -> dict[str, Any]:
    key = str(given.get("key") or "")
    if key not in printed:
        return dict(given)
    made = printed[key][1]
    return {**given, "sha256": nodes.put_blob(s, made.data), "count": made.count, "pages": {"/".join(p): n for p, n in made.pages.items()}}


def material(wp: Workplace, referral: int, number: str) -> bytes:
    """The pinned bytes of one material. PiaError when it has none."""
    with wp.store.read() as s:
        one = s.get(rows.Referral, referral)
        found = next((m for m in one.materials if m.get("number") == number), None) if one else None
        if found is None or "sha256" not in found:
            raise PiaError(f"{number} の印刷用の資料はありません。")
        return nodes.get_blob(s, found["sha256"])


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
    with wp.store.begin() as s:
        if s.scalar(select(rows.Sitting.id).where(rows.Sitting.council_id == council, rows.Sitting.day == day, rows.Sitting.opens == opens)):
            raise PiaError("同じ日時の会議が、もう登録されています。")
        made = rows.Sitting(
            council_id=council,
            name=name,
            day=day,
            opens=opens,
            closes=None,
            place=place,
            agenda=[dict(a) for a in agenda],
            public=public,
            facts=dict(facts or {}),
        )
        s.add(made)
        s.flush()
        log.entry(s, by, "sitting.convene", name, {"day": day.isoformat()})
        return made.id


def attend(wp: Workplace, by: By, sitting: int, present: Sequence[str], *, arrived: Mapping[str, time] | None = None) -> None:
    """Who is there, by name; everybody else in office that day is absent. PiaError for a name that is no member that day (R23)."""
    arrived = arrived or {}
    with wp.store.begin() as s:
        one = s.get_one(rows.Sitting, sitting)
        seats = {m.name: m for m in rows.in_office(s, one.council_id, one.day)}
        unknown = [n for n in (*present, *arrived) if n not in seats]
        if unknown:
            raise PiaError(f"{'、'.join(unknown)} は、この日に在任する委員ではありません。委員名簿を確かめてください。")
        for name, m in seats.items():
            known = s.get(rows.Attendance, (sitting, m.id))
            if known is None:
                s.add(rows.Attendance(sitting_id=sitting, member_id=m.id, present=name in present, arrived=arrived.get(name)))
            else:
                known.present, known.arrived = name in present, arrived.get(name)
        log.entry(s, by, "sitting.attend", one.name, {"present": len(present), "seats": len(seats)})


def close(wp: Workplace, by: By, sitting: int, closes: time, observers: int) -> None:
    with wp.store.begin() as s:
        one = s.get_one(rows.Sitting, sitting)
        one.closes, one.observers = closes, observers
        log.entry(s, by, "sitting.close", one.name, {"closes": closes.isoformat(), "observers": observers})


def ask(wp: Workplace, by: By, referral: int, speaker: str, text: str, *, key: str | None = None, path: Path | None = None) -> int:
    """A question, pinned to the wording it is about: (path, version, fingerprint) of the version put before the council."""
    if not text.strip():
        raise PiaError("質問の内容を入力してください。")
    with wp.store.begin() as s:
        one, version, mark = None, None, None
        if key is not None:
            one = assessments.by_key(s, key)
            pinned = _pinned(s, referral, one)
            version = pinned.version_id
            mark = _fingerprint(s, s.get_one(Round, pinned.round_id), version, path) if path else None
        made = rows.Remark(
            referral_id=referral,
            assessment_id=one.id if one else None,
            version_id=version,
            path=list(path) if path else None,
            fingerprint=mark,
            speaker=speaker,
            text=text,
            **acted(by),
        )
        s.add(made)
        s.flush()
        log.entry(s, by, "remark.ask", str(referral), {"remark": made.id, "key": key})
        return made.id


def _pinned(s: Any, referral: int, one: Assessment) -> rows.ReferralRound:
    found = s.scalar(
        select(rows.ReferralRound)
        .join(Round, Round.id == rows.ReferralRound.round_id)
        .where(rows.ReferralRound.referral_id == referral, Round.assessment_id == one.id)
    )
    if found is None:
        raise PiaError(f"{one.key} は、この諮問に含まれていません。")
    return found


def _fingerprint(s: Any, r: Round, version_id: int, path: Path) -> str | None:
    if r.base_id is None:
        return None
    base, seen = nodes.recent(s, r.base_id), nodes.recent(s, version_id)
    if base.form != seen.form:
        return None
    said = describe(forms.load(seen.form), compare(base, seen), base, seen)
    return next((x.fingerprint for x in said if x.item_path == path or x.change.path == path), None)


def answer(wp: Workplace, by: By, remark: int, speaker: str, text: str) -> None:
    with wp.store.begin() as s:
        if s.get(rows.Remark, remark) is None:
            raise PiaError("その質問はありません。")
        s.add(rows.Answer(remark_id=remark, speaker=speaker, text=text, **acted(by)))
        log.entry(s, by, "remark.answer", str(remark), {})


def decide(wp: Workplace, by: By, referral: int, sitting: int | None, kind: str, note: str = "") -> None:
    """Records the verdict once and moves every round of the referral: on, or back to 意見の反映 for 継続審議. What was put before the council must still be
    the text; quorum and answers are checked first."""
    if kind not in wp.rules["verdicts"]:
        raise PiaError(f"結論「{kind}」はありません。{'、'.join(wp.rules['verdicts'])} のいずれかです。")
    with wp.store.begin() as s:
        one = s.get(rows.Referral, referral)
        if one is None:
            raise PiaError("その諮問はありません。")
        for pinned in one.rounds:
            head = s.get_one(Version, s.get_one(Round, pinned.round_id).head_id)
            if head.reviewed_digest != pinned.reviewed_digest:
                key = s.get_one(Assessment, head.assessment_id).key
                raise Refused("審議した後に本文が変わっています。", (f"{key}：審議会に出した版と今の版が違います。改めて諮問してください。",))
        verdict = rows.Verdict(
            referral_id=referral, sitting_id=sitting, kind=kind, note=note, reviewed=[[p.round_id, p.reviewed_digest] for p in one.rounds], **acted(by)
        )
        s.add(verdict)
        s.flush()
        event = "approve" if kind in wp.rules["passing_verdicts"] else "send_back"
        for pinned in one.rounds:
            r = s.get_one(Round, pinned.round_id)
            move_in(s, wp, by, Line(s.get_one(Assessment, r.assessment_id), r), event, {"verdict": verdict.id, "kind": kind})
        log.entry(s, by, "referral.decide", str(referral), {"kind": kind, "reviewed": verdict.reviewed})
