"""The part of fsck about what rests on versions: rounds' events, referrals, verdicts, submissions,
publications, texts applied and adopted.

Knows which version or digest each row pins. Must not know whether a step was allowed: that was
judged when it was taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ...domain.errors import Problem
from ..nodes import Blob
from ..rows.assessments import Round, RoundEvent, Version
from ..rows.consultations import Adoption, OpinionAttachment
from ..rows.councils import Referral, ReferralRound, Remark, Verdict
from ..rows.filing import Publication, Submission
from ..rows.national import NationalApplication, NationalUndo
from ..rows.round_files import RoundFile
from .fsck_contents import Only, Query, among

_RESTORE = "バックアップから戻してください（pia restore）。"


@dataclass(frozen=True, slots=True)
class _Known:
    """What records point at, and which of them are looked at (`only`; None for all)."""

    session: Session
    only: Only | None
    # version id → assessment id, digest, reviewed digest
    versions: dict[int, tuple[int, str, str]]
    rounds: dict[int, Round]

    def among(self, query: Query, key: Any, table: str) -> Query:
        """A query about the rows of a table that are looked at."""
        return among(query, key, table, self.only)

    def version(self, id_: int | None) -> tuple[int, str, str]:
        """What a version is; zero and two empty texts where there is none."""
        if self.only is not None and id_ is not None and id_ not in self.versions:
            self.versions.update(_versions(self.session, Version.id == id_))
        return self.versions.get(id_ or 0, (0, "", ""))

    def round(self, id_: int) -> Round | None:
        """A round; None where there is none."""
        if self.only is not None and id_ not in self.rounds:
            row = self.session.get(Round, id_)
            if row is not None:
                self.rounds[id_] = row
        return self.rounds.get(id_)

    def reviewed(self, assessment: int) -> set[str]:
        """The digests of the texts of an assessment that may be judged."""
        rows: Collection[tuple[int, str, str]] = self.versions.values()
        if self.only is not None:
            rows = _versions(self.session, Version.assessment_id == assessment).values()
        return {reviewed for of, _, reviewed in rows if of == assessment}


def _versions(session: Session, *where: Any) -> dict[int, tuple[int, str, str]]:
    value = Version
    rows = select(value.id, value.assessment_id, value.digest, value.reviewed_digest).where(*where)
    versions = {}
    for index, number, day, text in session.execute(rows):
        versions[index] = (number, day, text)
    return versions


def check(session: Session, only: Only | None = None) -> Iterator[Problem]:
    """What is wrong with the records of rounds, councils and national texts. `only`: table → keys
    of the rows to look at; None for all.
    """
    known = _Known(session, only, {}, {})
    if only is None:
        known.versions.update(_versions(session))
    for round_ in session.scalars(known.among(select(Round), Round.id, "round")):
        known.rounds[round_.id] = round_
    yield from _events(session, dict(known.rounds), only)
    yield from _filed(session, known)
    yield from _referred(session, known)
    yield from _texts(session, known)


def _events(session: Session, rounds: dict[int, Round], only: Only | None) -> Iterator[Problem]:
    of: dict[int, list[RoundEvent]] = defaultdict(list)
    events_of = among(select(RoundEvent), RoundEvent.round_id, "round", only)
    for round_event in session.scalars(events_of.order_by(RoundEvent.round_id, RoundEvent.seq)):
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


def _is_of_another(known: _Known, round_id: int | None, assessment: int) -> bool:
    """Whether a round that is there belongs to another assessment."""
    round_ = None if round_id is None else known.round(round_id)
    return round_ is not None and round_.assessment_id != assessment


def _filed(session: Session, known: _Known) -> Iterator[Problem]:
    for submission in session.scalars(known.among(select(Submission), Submission.id, "submission")):
        assessment, digest, reviewed = known.version(submission.version_id)
        if (submission.digest, submission.reviewed_digest) != (digest, reviewed):
            yield Problem(
                "submission-differs",
                f"提出の記録の要約値が、提出した版と違います。{_RESTORE}",
                f"submission {submission.id}",
            )
        if _is_of_another(known, submission.round_id, assessment):
            yield Problem(
                "submission-foreign",
                f"提出した版が、別の評価書の版です。{_RESTORE}",
                f"submission {submission.id}",
            )
    for publication in session.scalars(
        known.among(select(Publication), Publication.id, "publication")
    ):
        if _is_of_another(known, publication.round_id, known.version(publication.version_id)[0]):
            yield Problem(
                "publication-foreign",
                f"公表した版が、別の評価書の版です。{_RESTORE}",
                f"publication {publication.id}",
            )


def _referred(session: Session, known: _Known) -> Iterator[Problem]:
    yield from _referred_versions(session, known)
    yield from _judged(session, known)
    remarks = select(Remark).where(
        Remark.version_id.is_not(None), Remark.assessment_id.is_not(None)
    )
    for remark in session.scalars(known.among(remarks, Remark.id, "remark")):
        if known.version(remark.version_id)[0] != remark.assessment_id:
            yield Problem(
                "remark-foreign",
                f"質疑が指す版が、別の評価書の版です。{_RESTORE}",
                f"remark {remark.id}",
            )
    yield from _materials(session, known)
    yield from _kept_with_rounds(session, known)


def _referred_versions(session: Session, known: _Known) -> Iterator[Problem]:
    """A referred version is of the round's assessment, and is what was referred."""
    for pinned in session.scalars(
        known.among(select(ReferralRound), ReferralRound.referral_id, "referral")
    ):
        assessment, _, reviewed = known.version(pinned.version_id)
        foreign = _is_of_another(known, pinned.round_id, assessment)
        if foreign or pinned.reviewed_digest != reviewed:
            yield Problem(
                "referral-differs",
                f"諮問した版の要約値が、その版と違います。{_RESTORE}",
                f"referral {pinned.referral_id} round {pinned.round_id}",
            )


def _judged(session: Session, known: _Known) -> Iterator[Problem]:
    """A 答申 is about texts that are stored."""
    texts: dict[int, set[str]] = {}
    for verdict in session.scalars(known.among(select(Verdict), Verdict.id, "verdict")):
        for round_id, reviewed in verdict.digests.items():
            round_ = known.round(round_id)
            if round_ is not None and round_id not in texts:
                texts[round_id] = known.reviewed(round_.assessment_id)
            if reviewed not in texts.get(round_id, ()):
                yield Problem(
                    "verdict-unknown",
                    f"答申が、保存されていない内容を対象にしています。{_RESTORE}",
                    f"verdict {verdict.id}",
                )


def _materials(session: Session, known: _Known) -> Iterator[Problem]:
    """The file of every material is kept."""
    for referral in session.scalars(known.among(select(Referral), Referral.id, "referral")):
        for material in referral.materials:
            if not isinstance(material, dict):
                continue
            for digest in _files_of(material):
                kept = select(Blob.id).where(Blob.sha256 == digest)
                if session.scalar(kept) is not None:
                    continue
                yield Problem(
                    "material-missing",
                    f"諮問の資料のファイルがありません。{_RESTORE}",
                    f"referral {referral.id} {material.get('number', '')}",
                )


def _files_of(material: dict[str, Any]) -> list[str]:
    """The files a material names: its print, its free document, and those that were replaced."""
    files = [material.get("sha256"), material.get("file")]
    for before in material.get("replaced") or ():
        files.append(before.get("file"))
    return [str(digest) for digest in files if digest]


def _kept_with_rounds(session: Session, known: _Known) -> Iterator[Problem]:
    """The bytes of every file that is kept with a round or an opinion are there."""
    missing = select(RoundFile.id).where(~exists().where(Blob.sha256 == RoundFile.sha256))
    for number in session.scalars(known.among(missing, RoundFile.id, "round_file")):
        yield Problem(
            "round-file-missing",
            f"手続の資料のファイルがありません。{_RESTORE}",
            f"round_file {number}",
        )
    gone = select(OpinionAttachment.id).where(
        ~exists().where(Blob.sha256 == OpinionAttachment.sha256)
    )
    for number in session.scalars(known.among(gone, OpinionAttachment.id, "opinion_attachment")):
        yield Problem(
            "attachment-missing",
            f"意見の添付ファイルがありません。{_RESTORE}",
            f"opinion_attachment {number}",
        )


def _texts(session: Session, known: _Known) -> Iterator[Problem]:
    def both(name: str, row: Any) -> Iterator[Problem]:
        if not all(
            known.version(index)[0] == row.assessment_id for index in (row.before_id, row.after_id)
        ):
            yield Problem(
                f"{name}-foreign",
                f"反映の前後の版が、その評価書の版ではありません。{_RESTORE}",
                f"{name} {row.id}",
            )

    applied = select(NationalApplication)
    key = NationalApplication.id
    for application in session.scalars(known.among(applied, key, "national_application")):
        yield from both("application", application)
    undone = select(NationalUndo, NationalApplication.assessment_id).join(
        NationalApplication, NationalApplication.id == NationalUndo.application_id
    )
    for national_undo, of_one in session.execute(
        known.among(undone, NationalUndo.id, "national_undo")
    ):
        if known.version(national_undo.version_id)[0] != of_one:
            yield Problem(
                "undo-foreign",
                f"反映を取り消した版が、別の評価書の版です。{_RESTORE}",
                f"national_undo {national_undo.id}",
            )
    for adoption in session.scalars(known.among(select(Adoption), Adoption.id, "adoption")):
        yield from both("adoption", adoption)
