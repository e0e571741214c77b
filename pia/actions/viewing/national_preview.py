"""What a national text would do in every document of the house, before it is registered; and which
documents took a text before it was corrected.

Reads only; nothing is kept. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.revise import national as model
from ...store import nodes, queries
from ...store.rows.bodies import Affair
from ..records import national
from ..workplace import VersionLine, Workplace

STATUSES = ("applied", "already", "conflict", "missing")


@dataclass(frozen=True, slots=True)
class DocumentPreview:
    """What a text would do in one document: an outcome for each place and ファイル. `running`:
    whether it is a 再実施 or 修正 that is under way, in which it could be applied."""

    ref: str
    affair: str
    running: bool
    outcomes: tuple[model.Outcome, ...]

    @property
    def counts(self) -> dict[str, int]:
        """status → how many places."""
        counted = dict.fromkeys(STATUSES, 0)
        for outcome in self.outcomes:
            counted[outcome.status] += 1
        return counted


def everywhere(wp: Workplace, revision: model.Revision) -> tuple[DocumentPreview, ...]:
    """The text in the head of every document but the 基礎項目評価書, in all of its ファイル."""
    shown = []
    with wp.store.read() as session:
        count = queries.tallies.count_documents(session)
        running = {each.assessment_id: each for each in queries.rounds.open_rounds(session)}
        lines = []
        for assessment, affair in queries.tallies.documents(session, 0, count):
            lines.append((VersionLine(assessment, running.get(assessment.id)), affair))
        heads = queries.versions.told(session, [at.own_head for at, _ in lines])
        nodes.met(session, [(row.id, row.form, row.digest) for row in heads.values()])
        for at, affair in lines:
            shown.append(_in_one(session, revision, at, affair))
    return tuple(shown)


def _in_one(
    session: Session, revision: model.Revision, at: VersionLine, affair: Affair
) -> DocumentPreview:
    tree = nodes.recent(session, at.own_head)
    form = forms.load(tree.form)
    files: Sequence[str] = ()
    if model.needs_files(revision, form):
        files = tuple(model.files_of(form, tree))
    _, outcomes = model.apply_to(revision, form, tree, files)
    return DocumentPreview(at.ref, affair.name, at.round is not None, outcomes)


def corrected(wp: Workplace, key: str, places: model.Revision) -> model.Revision:
    """A text that is to correct the one of a key, knowing what that and those before it said."""
    with wp.store.read() as session:
        row, text = national.revision(session, key)
        earlier = [model.parse(each.body) for each in queries.national.before(session, row)]
        return model.following(places, [text, *earlier])


@dataclass(frozen=True, slots=True)
class TakenBefore:
    """A document that took a text before it was corrected and not since: which, and when."""

    key: str
    where: str
    affair: str
    day: date


@dataclass(frozen=True, slots=True)
class Followed:
    """How a text stands among its corrections. `follower`: (key, title, edition) of the text that
    corrects it, or none; `before`: the same of the text it corrects; `differing`: what both say at
    the places where they differ; `taken`: documents that took the one before and not this one."""

    follower: tuple[str, str, str] | None
    before: tuple[str, str, str] | None
    differing: tuple[tuple[model.Slot | None, model.Slot | None], ...]
    taken: tuple[TakenBefore, ...]
    stands: bool


def followed(wp: Workplace, key: str) -> Followed:
    """How a text stands among its corrections. PiaError when there is none."""
    with wp.store.read() as session:
        row, text = national.revision(session, key)
        stands = queries.national.stands(session, row.id)
        after = queries.national.follower(session, key)
        follower = None
        if after is not None:
            follower = (after.key, after.title, after.edition)
        earlier = queries.national.before(session, row)
        if not earlier:
            return Followed(follower, None, (), (), stands)
        have = {one.id for _, one, _ in queries.national.applied(session, row.id)}
        taken: dict[int, TakenBefore] = {}
        for each in earlier:
            for application, assessment, affair in queries.national.applied(session, each.id):
                if assessment.id not in have:
                    day = day_in_japan(application.at)
                    taken[assessment.id] = TakenBefore(each.key, assessment.key, affair.name, day)
        last = earlier[0]
        return Followed(
            follower,
            (last.key, last.title, last.edition),
            model.differing(model.parse(last.body), text),
            tuple(taken.values()),
            stands,
        )
