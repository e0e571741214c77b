"""The part of fsck about what rests on versions: rounds' events, referrals, verdicts, submissions,
publications, texts applied and adopted.

Knows which version or digest each row pins. Must not know whether a step was allowed: that was
judged when it was taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...domain.errors import Problem
from ..nodes import Blob
from ..rows.assessments import Round, RoundEvent, Version
from ..rows.consultations import Adoption
from ..rows.councils import Referral, ReferralRound, Remark, Verdict
from ..rows.filing import Publication, Submission
from ..rows.national import NationalApplication, NationalUndo

_RESTORE = "バックアップから戻してください（pia restore）。"
Pins = dict[int, tuple[int, str, str]]  # version id → assessment id, digest, reviewed digest


def check(session: Session) -> Iterator[Problem]:
    """What is wrong with the records of rounds, councils and national texts."""
    value = Version
    pins: Pins = {}
    for index, number, day, text in session.execute(
        select(value.id, value.assessment_id, value.digest, value.reviewed_digest)
    ):
        pins[index] = (number, day, text)
    rounds = {}
    for round_ in session.scalars(select(Round)):
        rounds[round_.id] = round_
    yield from _events(session, rounds)
    yield from _filed(session, pins, rounds)
    yield from _referred(session, pins, rounds)
    yield from _texts(session, pins)


def _events(session: Session, rounds: dict[int, Round]) -> Iterator[Problem]:
    of: dict[int, list[RoundEvent]] = defaultdict(list)
    for round_event in session.scalars(
        select(RoundEvent).order_by(RoundEvent.round_id, RoundEvent.seq)
    ):
        of[round_event.round_id].append(round_event)
    for round_ in rounds.values():
        where = f"round {round_.id} {round_.name}"
        events = of[round_.id]
        if not events:
            yield Problem("event-none", f"再実施・修正の経過が1つもありません。{_RESTORE}", where)
            continue
        if [event.seq for event in events] != list(range(1, len(events) + 1)):
            yield Problem("event-gap", f"再実施・修正の経過に抜けがあります。{_RESTORE}", where)
        if events[-1].state != round_.state:
            yield Problem(
                "state-differs",
                f"今の段階（{round_.state}）が、最後の経過（{events[-1].state}"
                f"）と違います。{_RESTORE}",
                where,
            )


def _filed(session: Session, pins: Pins, rounds: dict[int, Round]) -> Iterator[Problem]:
    for submission in session.scalars(select(Submission)):
        one, digest, reviewed = pins.get(submission.version_id, (0, "", ""))
        if (submission.digest, submission.reviewed_digest) != (digest, reviewed):
            yield Problem(
                "submission-differs",
                f"提出の記録の要約値が、提出した版と違います。{_RESTORE}",
                f"submission {submission.id}",
            )
        if submission.round_id in rounds and rounds[submission.round_id].assessment_id != one:
            yield Problem(
                "submission-foreign",
                f"提出した版が、別の評価書の版です。{_RESTORE}",
                f"submission {submission.id}",
            )
    for publication in session.scalars(select(Publication)):
        if (
            publication.round_id in rounds
            and rounds[publication.round_id].assessment_id
            != pins.get(publication.version_id, (0,))[0]
        ):
            yield Problem(
                "publication-foreign",
                f"公表した版が、別の評価書の版です。{_RESTORE}",
                f"publication {publication.id}",
            )


def _referred(session: Session, pins: Pins, rounds: dict[int, Round]) -> Iterator[Problem]:
    yield from _referred_versions(session, pins, rounds)
    yield from _judged(session, pins, rounds)
    remarks = select(Remark).where(
        Remark.version_id.is_not(None), Remark.assessment_id.is_not(None)
    )
    for remark in session.scalars(remarks):
        if pins.get(remark.version_id or 0, (0,))[0] != remark.assessment_id:
            yield Problem(
                "remark-foreign",
                f"質疑が指す版が、別の評価書の版です。{_RESTORE}",
                f"remark {remark.id}",
            )
    yield from _materials(session)


def _referred_versions(session: Session, pins: Pins, rounds: dict[int, Round]) -> Iterator[Problem]:
    """A referred version is of the round's assessment, and is what was referred."""
    for pinned in session.scalars(select(ReferralRound)):
        one, _, reviewed = pins.get(pinned.version_id, (0, "", ""))
        foreign = pinned.round_id in rounds and rounds[pinned.round_id].assessment_id != one
        if foreign or pinned.reviewed_digest != reviewed:
            yield Problem(
                "referral-differs",
                f"諮問した版の要約値が、その版と違います。{_RESTORE}",
                f"referral {pinned.referral_id} round {pinned.round_id}",
            )


def _judged(session: Session, pins: Pins, rounds: dict[int, Round]) -> Iterator[Problem]:
    """A 答申 is about texts that are stored."""
    known: dict[int, set[str]] = defaultdict(set)
    for one, _, reviewed in pins.values():
        known[one].add(reviewed)
    for verdict in session.scalars(select(Verdict)):
        for round_id, reviewed in verdict.reviewed:
            if round_id not in rounds or reviewed not in known[rounds[round_id].assessment_id]:
                yield Problem(
                    "verdict-unknown",
                    f"答申が、保存されていない内容を対象にしています。{_RESTORE}",
                    f"verdict {verdict.id}",
                )


def _materials(session: Session) -> Iterator[Problem]:
    """The file of every material is kept."""
    files = set(session.scalars(select(Blob.sha256)))
    for referral in session.scalars(select(Referral)):
        for material in referral.materials:
            if not isinstance(material, dict) or not material.get("sha256"):
                continue
            if material["sha256"] not in files:
                yield Problem(
                    "material-missing",
                    f"諮問の資料のファイルがありません。{_RESTORE}",
                    f"referral {referral.id} {material.get('number', '')}",
                )


def _texts(session: Session, pins: Pins) -> Iterator[Problem]:
    def both(name: str, row: Any) -> Iterator[Problem]:
        if not all(
            pins.get(index, (0,))[0] == row.assessment_id for index in (row.before_id, row.after_id)
        ):
            yield Problem(
                f"{name}-foreign",
                f"反映の前後の版が、その評価書の版ではありません。{_RESTORE}",
                f"{name} {row.id}",
            )

    applied = {}
    for national_application in session.scalars(select(NationalApplication)):
        applied[national_application.id] = national_application.assessment_id
        yield from both("application", national_application)
    for national_undo in session.scalars(select(NationalUndo)):
        if (
            national_undo.application_id in applied
            and pins.get(national_undo.version_id, (0,))[0] != applied[national_undo.application_id]
        ):
            yield Problem(
                "undo-foreign",
                f"反映を取り消した版が、別の評価書の版です。{_RESTORE}",
                f"national_undo {national_undo.id}",
            )
    for adoption in session.scalars(select(Adoption)):
        yield from both("adoption", adoption)
