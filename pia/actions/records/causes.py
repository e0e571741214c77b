"""Why each place of a round changed, and how it stands to the national texts: said of the changed
place (block, row, shape, answer), or not said.

Knows the versions of a round, the national texts applied in it and what officers typed. A national
text explains only the place it stands in, and only where this round brought it there; else what the
officer typed stands, else nothing. Must not know how anything is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from ...domain.change.compare import compare
from ...domain.change.describe import DescribedChange, describe
from ...domain.document.tree import Path, Tree
from ...domain.procedure import change_units
from ...domain.procedure.change_units import ChangeUnit
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.rows import national as rows
from ...store.rows.assessments import Round, Version
from .national import NationalPlace, national_places
from .revision import RoundRevision

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said:
    """What an officer wrote of one change: to its readers (`text`), and why it is made."""

    text: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one place changed.

    `reason` is the 変更理由; `explanation` one sentence for a lay reader; `standing` how the place
    stands to a national text ("" where none was applied to it) and `departs` whether its wording is
    another; `confirmed`: when the state was asked; `opinions`: numbers of the opinions that led to
    it; `sources`: what it came from, as the ChangeSet's JSON tells it. `asked`: 令和6年6月24日に,
    or 既に where no day is known, "" where the state was not asked.
    """

    reason: str = ""
    explanation: str = ""
    standing: str = ""
    departs: bool = False
    confirmed: str = ""
    asked: str = ""
    opinions: tuple[int, ...] = ()
    sources: tuple[Mapping[str, Any], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is known of it."""
        return self == Cause()


def of_version(
    session: Session,
    version: Version,
    tree: Tree,
    changes: Iterable[DescribedChange],
    reached: Sequence[NationalPlace] | None = None,
) -> dict[Path, Cause]:
    """The cause of each change by its path (`DescribedChange.change.path`), for the changes from
    the base of the version's round to the version. `reached`: what national texts reach in it,
    where that was asked already.
    """
    line = _line(session, version)
    here = set()
    for earlier in line:
        here.add(earlier.id)
    steps = _steps(session, line)
    if reached is None:
        reached = national_places(session, version.assessment_id, tree)
    places = _places(reached, here)
    typed = _typed(session, version)
    out = {}
    for change in changes:
        path = change.change.path
        cause = steps.get(path, Cause())
        place = places.get(path)
        if place is not None:
            cause = replace(
                place,
                opinions=cause.opinions,
                sources=cause.sources,
                reason=place.reason or cause.reason,
            )
        said = typed.get(change.item_path, Said())
        # What was said of the change itself is later than what a save said of all it changed.
        cause = replace(
            cause,
            reason=said.reason or cause.reason,
            explanation=cause.explanation or said.text,
        )
        if not cause.empty:
            out[path] = cause
    return out


def _shared(values: set[T], otherwise: T) -> T:
    """The one value several places share, else another."""
    if len(values) == 1:
        return values.pop()
    return otherwise


def together(causes: Iterable[Cause]) -> Cause:
    """One cause for several places: what they all share, and all their reasons, explanations and
    opinions; a standing only where it is the same for all.
    """
    several = list(causes)
    if not several:
        return Cause()
    standings = {cause.standing for cause in several}
    confirmed = {(cause.confirmed, cause.asked) for cause in several}
    answer, asked = _shared(confirmed, ("", ""))
    sources: list[Mapping[str, Any]] = []
    opinions: set[int] = set()
    for cause in several:
        sources += [source for source in cause.sources if source not in sources]
        opinions |= set(cause.opinions)
    return Cause(
        reason=_joined("・", (cause.reason for cause in several)),
        explanation=_joined("\n", (cause.explanation for cause in several)),
        opinions=tuple(sorted(opinions)),
        standing=_shared(standings, ""),
        departs=any(cause.departs for cause in several),
        confirmed=answer,
        asked=asked,
        sources=tuple(sources),
    )


def _joined(between: str, words: Iterable[str]) -> str:
    """Words that are not empty, each once, in order."""
    return between.join(dict.fromkeys(word for word in words if word))


def by_item(changes: Sequence[DescribedChange], by_path: Mapping[Path, Cause]) -> dict[Path, Cause]:
    """`together` for each item that has a cause."""
    places: dict[Path, list[Cause]] = {}
    for change in changes:
        places.setdefault(change.item_path, []).append(by_path.get(change.change.path, Cause()))
    grouped = {}
    for path, causes in places.items():
        grouped[path] = together(causes)
    shown = {}
    for path, cause in grouped.items():
        if not cause.empty:
            shown[path] = cause
    return shown


def _line(session: Session, version: Version) -> list[Version]:
    """The versions of the round up to this one, the oldest first; those after its base."""
    # kept alive, so that going back asks the store once and not at every step
    known = {}
    for row in queries.versions.of_round(session, version.assessment_id, version.round_id):
        known[row.id] = row
    if version.round_id:
        round_ = session.get(Round, version.round_id)
    else:
        round_ = None
    out: list[Version] = []
    here: Version | None = version
    while (
        here is not None
        and here.parent_id is not None
        and here.round_id == version.round_id
        and (round_ is None or here.id != round_.base_id)
    ):
        out.append(here)
        here = known.get(here.parent_id) or session.get(Version, here.parent_id)
    return out[::-1]


def _steps(session: Session, line: Sequence[Version]) -> dict[Path, Cause]:
    """What the saves of a round say of each place they changed: the reason an officer chose, the
    national text, the opinion.
    """
    out: dict[Path, Cause] = {}
    known = {version.id: version for version in line}
    for version in line:
        parent = known.get(version.parent_id or 0) or session.get_one(Version, version.parent_id)
        for path, was in nodes.changed(
            session,
            (parent.id, parent.form, parent.digest),
            (version.id, version.form, version.digest),
        ):
            if was is not None and was != path:
                before = out.pop(was, Cause())
            else:
                before = out.get(path, Cause())
            out[path] = _after(before, version.source or {})
    return {path: cause for path, cause in out.items() if not cause.empty}


def _after(before: Cause, source: Mapping[str, Any]) -> Cause:
    """The cause of a place after one more save that changed it."""
    mark: dict[str, Any] = {}
    for key in ("national", "opinion", "consultation"):
        if key in source:
            mark[str(key)] = source[key]
    cause = replace(before, reason=str(source.get("reason") or "") or before.reason)
    if mark and mark not in cause.sources:
        cause = replace(cause, sources=(*cause.sources, mark))
    if "opinion" in mark:
        opinions = {*cause.opinions, int(mark["opinion"])}
        cause = replace(cause, opinions=tuple(sorted(opinions)))
    if "undo" in source:
        undone = source["undo"]
        kept = tuple(known for known in cause.sources if known.get("national") != undone)
        cause = replace(cause, sources=kept)
    return cause


def _places(reached: Iterable[NationalPlace], here: set[int]) -> dict[Path, Cause]:
    """How each place stands to the national texts applied to the assessment, by its path.

    Reason and explanation only of a text this round (`here`: its versions) brought.
    """
    out: dict[Path, Cause] = {}
    for place in reached:
        if place.departure.status not in ("same", "differs"):
            continue
        cause = Cause(standing="国の記載例と同文")
        if place.departure.status == "differs":
            cause = Cause(
                standing="国の記載例を市で修正",
                departs=True,
                confirmed=confirmed(place.asked),
                asked=asked_when(place.asked),
            )
        if place.after_id in here:
            explanation = place.departure.slot.explanation
            cause = replace(cause, reason=place.revision.reason, explanation=explanation)
        out[place.departure.path] = cause
    return out


def confirmed(known: rows.Confirmation | None) -> str:
    """した（令和6年6月20日）回答 or していない; nothing but what is on record."""
    if known is None or not known.asked:
        return "していない"
    return "した" + (f"（{written(known.day)}）" if known.day else "") + known.answer


def asked_when(known: rows.Confirmation | None) -> str:
    """When the state was asked, as a sentence begins: 令和6年6月24日に."""
    if known is None or not known.asked:
        return ""
    if known.day:
        return f"{written(known.day)}に"
    return "既に"


def _typed(session: Session, version: Version) -> dict[Path, Said]:
    """What an officer wrote of a changed item, by the item's path."""
    if version.round_id is None:
        return {}
    return said(session, version.round_id)


def said(session: Session, round_id: int) -> dict[Path, Said]:
    """What officers wrote of the changes of a round, by their places; the latest of each counts,
    and what is empty leaves what was said before."""
    out: dict[Path, Said] = {}
    for row in queries.rounds.explanations(session, round_id):
        path = tuple(row.facts["path"])
        before = out.get(path, Said())
        text = str(row.facts.get("text") or "") or before.text
        reason = str(row.facts.get("reason") or "") or before.reason
        out[path] = Said(text, reason)
    return out


def of_round(session: Session, round_: Round, rev: RoundRevision) -> dict[Path, Cause]:
    """`by_item` of everything a round changes in the text of its head."""
    head = session.get_one(Version, round_.own_head)
    changes = describe(rev.form, compare(rev.base, rev.head), rev.base, rev.head)
    return by_item(changes, of_version(session, head, rev.head, changes))


def left_open(session: Session, round_: Round, rev: RoundRevision) -> list[ChangeUnit]:
    """`unexplained` of a round's table as its text stands."""
    return unexplained(change_units.units(rev.own_rows), of_round(session, round_, rev))


def unexplained(units: Iterable[ChangeUnit], causes: Mapping[Path, Cause]) -> list[ChangeUnit]:
    """The changes nobody said a reason of, nor a word to their readers."""
    left = []
    for unit in units:
        told = [causes[row.path] for row in unit.rows if row.path in causes]
        if not any(cause.reason or cause.explanation for cause in told):
            left.append(unit)
    return left
