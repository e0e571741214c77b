"""Affairs, their assessments, versions and rounds (規則第2条第1号・第2号, 第11条, 第14条第1項,
第15条): who holds what, and the one way to save a version.

Knows lines of versions and moves a head only by compare-and-set. Must not know which step of the
procedure is allowed when; the state of a round is what its last event said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, UniqueConstraint, bindparam, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...domain.act import By
from ...domain.document.tree import Tree
from ...domain.errors import PiaError, Stale
from ..ledger.witness import Witness
from ..model import Acted, Base, acted
from ..nodes import LAST_DESTROYED, Packed, last_destroyed, packed, put_packed
from .bodies import Account, Affair, Body, Department, ThresholdFact
from .filing import Publication, stands

__all__ = [
    "Account",
    "Affair",
    "Assessment",
    "Body",
    "Department",
    "Round",
    "RoundEvent",
    "ThresholdFact",
    "Version",
    "advance",
    "by_key",
    "head",
    "log",
    "nth",
    "open_round",
    "publish",
    "published",
    "rebase",
    "resolve",
    "save",
    "step",
]


MOVED = (
    "この文書は、開いたあとに別の人が保存しています。新しい版を見てから、もう一度保存してください。"
)
# Rounds that run, in the very words of their index, without which it is not used.
OPEN = text("state NOT IN ('PUBLISHED', 'WITHDRAWN')")


class Assessment(Base):
    """One document of an affair. kind: all_item, key_item or basic_item. `head_id` is the head of
    the main line; `published` the day it was last published, `reassessed` the day of the last
    publication that was no mere 修正; `withdrawn` the day its import was taken back: it is in no
    list until a text of its kind comes in again.
    """

    __tablename__ = "assessment"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    affair_id: Mapped[int] = mapped_column(ForeignKey("affair.id"))
    kind: Mapped[str]
    created: Mapped[datetime]
    head_id: Mapped[int | None] = mapped_column(ForeignKey("version.id", use_alter=True))
    published: Mapped[date | None]
    reassessed: Mapped[date | None] = mapped_column(index=True)
    withdrawn: Mapped[date | None]
    __table_args__ = (UniqueConstraint("affair_id", "kind"),)


class Round(Acted, Base):
    """再実施 or 修正, from its base to publication. `state` repeats what the last event said.
    reasons: names of 変更理由 in order.
    """

    __tablename__ = "round"
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    name: Mapped[str]
    kind: Mapped[str]
    base_id: Mapped[int | None] = mapped_column(ForeignKey("version.id", use_alter=True))
    head_id: Mapped[int | None] = mapped_column(ForeignKey("version.id", use_alter=True))
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    change_date: Mapped[date | None]
    state: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (
        UniqueConstraint("assessment_id", "name"),
        Index("ix_round_open", "assessment_id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    @property
    def own_head(self) -> int:
        """The latest version of a round that has one; acts on its text ask for one before."""
        assert self.head_id is not None
        return self.head_id


class RoundEvent(Acted, Base):
    """One step of a round: what happened, the state after it, and the facts it rests on."""

    __tablename__ = "round_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    seq: Mapped[int]
    event: Mapped[str]
    state: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (UniqueConstraint("round_id", "seq"),)


class Version(Acted, Base):
    """An immutable state of an assessment, as a commit. `seq` counts from 1 without gaps; `digest`
    is of all, `reviewed_digest` without what the procedure fills in. source: where the text came
    from, such as {"national": "govcloud-2024"}.
    """

    __tablename__ = "version"
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    seq: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    form: Mapped[str]
    digest: Mapped[str]
    reviewed_digest: Mapped[str]
    manifest: Mapped[bytes] = mapped_column(deferred=True)  # long, and wanted only with the text
    why: Mapped[str]
    source: Mapped[dict[str, Any] | None]
    __table_args__ = (UniqueConstraint("assessment_id", "seq"),)

    def named(self, session: Session) -> str:
        """KEY@N, as people and the record name it."""
        return f"{session.get_one(Assessment, self.assessment_id).key}@{self.seq}"


# What every save asks: made once, so that each is compiled and named once.
_NTH = select(Version).where(
    Version.assessment_id == bindparam("assessment"), Version.seq == bindparam("seq")
)
_LAST = select(func.max(Version.seq)).where(Version.assessment_id == bindparam("assessment"))
_LAST_AND_PARENT = select(
    Version.digest, _LAST.scalar_subquery(), LAST_DESTROYED.scalar_subquery()
).where(Version.id == bindparam("parent"), Version.assessment_id == bindparam("assessment"))


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A text that is to be saved, with its digest without what the procedure fills in, why, and
    where it came from. `packed`: the same text, where it was made ready to be stored before."""

    tree: Tree
    reviewed_digest: str
    why: str
    source: Mapping[str, Any] | None = None
    packed: Packed | None = None


def save(
    session: Session,
    new: NewVersion,
    *,
    assessment: Assessment,
    parent_id: int | None,
    by: By,
    round: Round | None = None,
    expected_head: int | None = None,
) -> Version:
    """A new version at the head of the main line or of a round. `expected_head` is the head the
    person saw (default: the parent); Stale when it has moved. A tree equal to its parent's makes no
    version: the parent is returned.
    """
    line = round or assessment
    if line.head_id != (parent_id if expected_head is None else expected_head):
        raise Stale(MOVED)
    if round is not None and round.assessment_id != assessment.id:
        raise PiaError("この再実施・修正は、別の評価書のものです。")
    now = _standing(session, assessment, parent_id)
    if parent_id is not None and now.digest == new.tree.digest:
        return session.get_one(Version, parent_id)
    version = Version(
        assessment_id=assessment.id,
        seq=now.last + 1,
        parent_id=parent_id,
        round_id=round.id if round else None,
        form=new.tree.form,
        digest=new.tree.digest,
        reviewed_digest=new.reviewed_digest,
        manifest=put_packed(session, new.packed or packed(session, new.tree), now.destroyed),
        why=new.why,
        source=dict(new.source) if new.source else None,
        **acted(by),
    )
    witness = cast(Witness, session)
    witness.add_now(version)
    if not witness.compare_and_set(line, "head_id", line.head_id, version.id):
        raise Stale(MOVED)
    return version


@dataclass(frozen=True, slots=True)
class _Standing:
    """How things stand where a version is to be saved: the number of the last version of the
    assessment (0 before the first), the digest of the one that is followed, the last 廃棄."""

    last: int
    digest: str | None
    destroyed: int


def _standing(session: Session, assessment: Assessment, parent_id: int | None) -> _Standing:
    """PiaError when the version that is followed is another assessment's."""
    asked = {"assessment": assessment.id, "parent": parent_id}
    if parent_id is None:
        return _Standing(session.scalar(_LAST, asked) or 0, None, last_destroyed(session))
    found = session.execute(_LAST_AND_PARENT, asked).first()
    if found is None:
        raise PiaError("元の版が、この評価書の版ではありません。")
    digest, last, destroyed = found
    return _Standing(last, digest, destroyed or 0)


def publish(
    session: Session,
    assessment: Assessment,
    version_id: int,
    day: date,
    by: By,
    round: Round | None,
) -> Publication:
    """A version of an assessment made public on a day, in a round or (None) before this program
    was there.
    """
    publication = Publication(
        round_id=round.id if round else None, version_id=version_id, day=day, **acted(by)
    )
    session.add(publication)
    assessment.published = day
    if round is None or round.kind == "REASSESSMENT":
        assessment.reassessed = day
    session.flush()
    return publication


def advance(
    session: Session, assessment: Assessment, version: Version, expected_head: int | None
) -> None:
    """Moves the main line to a round's published version. Stale when it is not where the person saw
    it.
    """
    session.refresh(assessment)
    if assessment.head_id != expected_head:
        raise Stale(
            "公表の間に、この評価書の本線が進みました。新しい版を見てから、もう一度お試しください。"
        )
    assessment.head_id = version.id
    session.flush()


@dataclass(frozen=True, slots=True)
class NewRound:
    """A round that is to be opened: its name and kind, the names of 変更理由 in order, the day its
    change takes effect, and what is kept beside it."""

    name: str
    kind: str
    reasons: Sequence[str] = ()
    change_date: date | None = None
    facts: Mapping[str, Any] | None = None


def open_round(
    session: Session,
    assessment: Assessment,
    new: NewRound,
    base: Version | None,
    by: By,
    state: str,
) -> Round:
    """A new round from `base`, with its first event. PiaError when the assessment has one of that
    name.
    """
    if session.scalar(
        select(Round.id).where(Round.assessment_id == assessment.id, Round.name == new.name)
    ):
        raise PiaError(
            f"「{new.name}」という再実施・修正は、この評価書にもうあります。別の名前にしてください。"
        )
    if base:
        at = base.id
    else:
        at = None
    round = Round(
        assessment_id=assessment.id,
        name=new.name,
        kind=new.kind,
        base_id=at,
        head_id=at,
        reasons=list(new.reasons),
        change_date=new.change_date,
        state=state,
        **acted(by),
    )
    session.add(round)
    session.flush()
    step(session, round, "open", state, new.facts or {}, by)
    return round


def step(
    session: Session, round: Round, event: str, state: str, facts: Mapping[str, Any], by: By
) -> RoundEvent:
    """Records an event of a round and the state it is in after it."""
    last = (
        session.scalar(select(func.max(RoundEvent.seq)).where(RoundEvent.round_id == round.id)) or 0
    )
    round_event = RoundEvent(
        round_id=round.id, seq=last + 1, event=event, state=state, facts=dict(facts), **acted(by)
    )
    round.state = state
    session.add(round_event)
    session.flush()
    return round_event


def rebase(session: Session, round: Round, base: Version) -> None:
    """Moves the base of an open round to a newly published version; its own text is then saved with
    `save` and a source naming the base. A round without a version of its own moves as a whole.
    """
    if base.assessment_id != round.assessment_id:
        raise PiaError("元にする版が、この評価書の版ではありません。")
    round.base_id = base.id
    if session.scalar(select(Version.id).where(Version.round_id == round.id).limit(1)) is None:
        round.head_id = base.id
    session.flush()


def by_key(session: Session, key: str) -> Assessment:
    """The assessment of a key. PiaError says where to look for what there is."""
    there = Assessment.withdrawn.is_(None)
    assessment = session.scalar(select(Assessment).where(Assessment.key == key, there))
    if assessment is None:
        some = session.scalar(select(Assessment.id).where(there).limit(1))
        raise PiaError(
            f"評価書「{key}」はありません。"
            + ("評価書の一覧で確かめてください。" if some else "まだ評価書が1つもありません。")
        )
    return assessment


def head(session: Session, line: Assessment | Round) -> Version | None:
    """The head of the main line or of a round; None while nothing is saved."""
    if line.head_id:
        return session.get(Version, line.head_id)
    return None


def nth(session: Session, assessment: Assessment, seq: int) -> Version | None:
    """The version of a number of an assessment; None when there is none."""
    return session.scalar(_NTH, {"assessment": assessment.id, "seq": seq})


def published(session: Session, assessment: Assessment) -> Version | None:
    """The version published last; None before the first publication."""
    of = (
        select(Version)
        .join(Publication, Publication.version_id == Version.id)
        .where(Version.assessment_id == assessment.id, stands())
    )
    return session.scalar(of.order_by(Publication.id.desc()).limit(1))


def log(session: Session, assessment: Assessment) -> list[Version]:
    """All versions, the newest first, drafts included."""
    return list(
        session.scalars(
            select(Version)
            .where(Version.assessment_id == assessment.id)
            .order_by(Version.seq.desc())
        )
    )


def resolve(session: Session, ref: str) -> Version:
    """The version a REF names: KEY, KEY@N, KEY~ROUND, KEY@published. PiaError says what there
    is."""
    mark = "~" if "~" in ref else "@"
    key, mark, rest = ref.partition(mark)
    assessment = by_key(session, key)
    if mark == "~":
        version = head(session, _round_named(session, assessment, rest))
        none = f"{key}~{rest} には、まだ版がありません。"
    elif mark == "@" and rest == "published":
        version = published(session, assessment)
        none = f"{key} は、まだ公表されていません。版の一覧で確かめてください。"
    elif mark == "@":
        return _numbered(session, assessment, rest)
    else:
        version = head(session, assessment)
        none = f"{key} には、まだ版がありません。"
    if version is None:
        raise PiaError(none)
    return version


def _round_named(session: Session, assessment: Assessment, name: str) -> Round:
    own = Round.assessment_id == assessment.id
    round = session.scalar(select(Round).where(own, Round.name == name))
    if round is not None:
        return round
    names = session.scalars(select(Round.name).where(own).order_by(Round.id)).all()
    raise PiaError(
        f"{assessment.key} に、再実施・修正「{name}」はありません。"
        + (f"あるのは {'、'.join(names)} です。" if names else "まだ1つもありません。")
    )


def _numbered(session: Session, assessment: Assessment, number: str) -> Version:
    """The version of a number as it was typed."""
    version = None
    if number.isascii() and number.isdigit() and len(number) < 9:
        version = nth(session, assessment, int(number))
    if version is not None:
        return version
    last = session.scalar(
        select(func.max(Version.seq)).where(Version.assessment_id == assessment.id)
    )
    raise PiaError(
        f"{assessment.key} に、版「{number}」はありません。"
        + (
            f"あるのは {assessment.key}@1 から {assessment.key}@{last} までです。"
            if last
            else "まだ版がありません。"
        )
    )
