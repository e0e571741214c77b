"""What is spoken about a referral: questions, answers, ticks and other wording, each pinned to what
was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.change.compare import compare
from ...domain.change.describe import describe
from ...domain.document.tree import Path
from ...domain.errors import PiaError
from ...domain.revise.national import substituted
from ...store import nodes
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows import councils as rows
from ...store.rows.assessments import Assessment, Round
from ..records import closing
from ..records.revision import moved_base
from ..workplace import VersionLine, Workplace, row_of

if TYPE_CHECKING:
    pass
from ...store import queries
from .referrals import pinned_round


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
    """A question, pinned to the wording it is about: (path, version, fingerprint) of the version
    put before the council. After the sitting it is kept apart as later; PiaError once the case has
    left the house.
    """
    if not text.strip():
        raise PiaError("質問の内容を入力してください。")
    with wp.store.begin() as session:
        ref = row_of(session, rows.Referral, referral, "諮問")
        closing.must_be_theirs(session, by, ref, speaker)
        stands = closing.standing(session, ref, by.day)
        if not stands.open and (not stands.later or by.role == "tablet"):
            raise PiaError(stands.says)
        assessment = None
        version = None
        mark = None
        if key is not None:
            assessment = assessments.by_key(session, key)
            pinned = pinned_round(session, referral, assessment)
            closing.must_be_open(VersionLine(assessment, session.get_one(Round, pinned.round_id)))
            version = pinned.version_id
            if path:
                mark = _fingerprint(session, session.get_one(Round, pinned.round_id), version, path)
            else:
                mark = None
        remark = rows.Remark(
            referral_id=referral,
            assessment_id=assessment.id if assessment else None,
            version_id=version,
            path=list(path or ()) or None,
            fingerprint=mark,
            speaker=speaker,
            text=text,
            later=stands.later,
            **acted(by),
        )
        session.add(remark)
        session.flush()
        log.entry(
            session,
            by,
            "remark.ask",
            str(referral),
            {"remark": remark.id, "key": key, **(log.about(later=stands.later))},
        )
        return remark.id


def _fingerprint(text: Any, round_: Round, version_id: int, path: Path) -> str | None:
    if round_.base_id is None:
        return None
    seen = nodes.recent(text, version_id)
    form = forms.load(seen.form)
    base = moved_base(text, round_.base_id, form)
    changes = describe(form, compare(base, seen), base, seen)
    for x in changes:
        if x.item_path == path or x.change.path == path:
            return x.fingerprint
    return None


def answer(wp: Workplace, by: By, remark: int, speaker: str, text: str) -> None:
    """The answer to a question; after the sitting it is kept apart as later, after the publication
    refused. A drafter answers for their own department.
    """
    if not text.strip():
        raise PiaError("回答の内容を入力してください。")
    with wp.store.begin() as session:
        row = session.get(rows.Remark, remark)
        if row is None:
            raise PiaError("その質問はありません。")
        if by.role in ("drafter", "head") and not _answerable(session, row, by.actor):
            raise PiaError("ほかの所属の評価書についての質問には、答えられません。")
        stands = closing.standing(
            session, session.get_one(rows.Referral, row.referral_id), by.day, ended=closing.OVER
        )
        if not stands.open and not stands.later:
            raise PiaError(stands.says)
        session.add(
            rows.Answer(
                remark_id=remark, speaker=speaker, text=text, later=stands.later, **acted(by)
            )
        )
        log.entry(session, by, "remark.answer", str(remark), log.about(later=stands.later))


def _answerable(session: Session, remark: rows.Remark, actor: str) -> bool:
    """Whether a question is about an assessment of this person's department, or about none in
    particular, or was given to their department.
    """
    if remark.assessment_id is None:
        return True
    mine = queries.accounts.department_of(session, actor)
    given = queries.assignments.standing_of(session, "remark", remark.id)
    owner = queries.affairs.department_of_assessment(session, remark.assessment_id)
    return mine is not None and (
        owner == mine or (given is not None and given.department_id == mine)
    )


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A card somebody looks at: its key and the places it stands in (`viewing.seen`)."""

    card: str
    places: Sequence[str] = ()


def tick(wp: Workplace, by: By, referral: int, who: str, at: LookedAt, on: bool) -> None:
    """A member has looked at a card, or takes that back; while the sitting is not over."""
    with wp.store.unchained(about=f"tick {referral}") as session:
        ref = row_of(session, rows.Referral, referral, "諮問")
        closing.must_be_theirs(session, by, ref, who)
        closing.must_speak_now(session, by, ref, "確認の印")
        known = queries.remarks.tick(session, referral, who, at.card)
        if on and known is None:
            mark = {"card": at.card, "places": list(at.places), "at": by.at}
            session.add(rows.Tick(referral_id=referral, who=who, **mark))
        elif not on and known is not None:
            session.delete(known)


@dataclass(frozen=True, slots=True)
class OtherWording:
    """Other wording for one item: what it says, what it should say, and why."""

    before: str
    after: str
    why: str


def propose(
    wp: Workplace, by: By, referral: int, speaker: str, key: str, path: Path, wording: OtherWording
) -> int:
    """Other wording for a passage of the version before the council.

    PiaError when the passage is not there exactly once, or the sitting is over.
    """
    with wp.store.begin() as session:
        ref = row_of(session, rows.Referral, referral, "諮問")
        closing.must_be_theirs(session, by, ref, speaker)
        closing.must_speak_now(session, by, ref, "修正案")
        assessment = assessments.by_key(session, key)
        pinned = pinned_round(session, referral, assessment)
        tree = nodes.recent(session, pinned.version_id)
        substituted(forms.load(tree.form), tree, path, wording.before, wording.after)
        proposal = rows.Proposal(
            referral_id=referral,
            assessment_id=assessment.id,
            version_id=pinned.version_id,
            path=list(path),
            speaker=speaker,
            before=wording.before,
            after=wording.after,
            why=wording.why,
            **acted(by),
        )
        session.add(proposal)
        session.flush()
        log.entry(
            session, by, "proposal.make", str(referral), {"proposal": proposal.id, "key": key}
        )
        return proposal.id


def proposals(wp: Workplace, referral: int) -> list[tuple[str, rows.Proposal]]:
    """(KEY, proposal) of everything proposed for a referral, in order."""
    with wp.store.read() as session:
        stored = queries.remarks.standing_proposals(session, referral)
        pairs = []
        for x in stored:
            pairs.append((session.get_one(Assessment, x.assessment_id).key, x))
        return pairs


def passage(
    wp: Workplace, referral: int, places: Mapping[str, Path], words: str
) -> tuple[str, Path]:
    """(KEY, path of the block) where a passage stands in the versions before the council, among a
    card's items. PiaError when it is in none.
    """
    with wp.store.read() as session:
        for key, path in places.items():
            tree = nodes.recent(
                session,
                pinned_round(session, referral, assessments.by_key(session, key)).version_id,
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
