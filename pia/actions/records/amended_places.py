"""Places of a document that say something else than what was sent, and what the officer decided of
each: formal, or back to the check or the consultation (規則第5条第1項・第2項, 第6条第3項,
第7条第5項).

Knows versions and decisions. Must not know pages. Which change is formal no text says: it is the
city's decision, with its reason and its 決裁.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.change.compare import compare
from ...domain.change.describe import describe
from ...domain.document.items import text_of
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.rows.amended_places import CHECK, CONSULTATION, FORMAL, AmendedPlace
from ...store.rows.assessments import Round, RoundEvent, Version
from .commission_kinds import RETURNED
from .field_kinds import Field, Kind, Values
from .revision import moved_base

DECISIONS = {
    FORMAL: "形式的な修正（このまま提出し直す）",
    CHECK: "第三者点検からやり直す",
    CONSULTATION: "意見の聴取からやり直す",
}
AGAIN = "again"  # the event of a round that goes back for what was decided
_BACK = ("reopen", AGAIN)


@dataclass(frozen=True, slots=True)
class ChangedPlace:
    """A place that says something else than what was sent: its path, as it is cited, and the
    digest of what it says now."""

    path: str
    cited: str
    digest: str


def changed_since(session: Session, sent: Version, head_id: int) -> tuple[ChangedPlace, ...]:
    """The places that say something else in a version than what was sent, without what the
    procedure fills in."""
    if sent.id == head_id:
        return ()
    tree = nodes.recent(session, head_id)
    form = forms.load(tree.form)
    before = moved_base(session, sent.id, form)
    places = {}
    for change in describe(form, compare(before, tree), before, tree):
        if change.procedure:
            continue
        node = tree.find(change.item_path)
        words = text_of(node) if node is not None else ""
        path = "/".join(change.item_path)
        places[path] = ChangedPlace(path, change.label, sha256(words.encode()).hexdigest())
    return tuple(places.values())


@dataclass(frozen=True, slots=True)
class PlaceStanding:
    """What is open about the places of a round that goes back to be amended: those nobody decided
    on as they are now, and those that were decided to go back while the round did not."""

    undecided: tuple[str, ...] = ()
    back: tuple[str, ...] = ()


def standing(session: Session, round_: Round) -> PlaceStanding:
    """What is open; nothing unless the round went back for the commission after its last
    submission."""
    sent = queries.filing.last_submission_of_round(session, round_.id)
    events = queries.rounds.events_of(session, round_.id)
    returned = [event for event in events if event.event == RETURNED]
    if sent is None or not returned or round_.head_id is None or returned[-1].at < sent.at:
        return PlaceStanding()
    version = session.get_one(Version, sent.version_id)
    places = changed_since(session, version, round_.head_id)
    decided = latest(row for row, _ in queries.amended_places.after(session, round_.id, sent.id))
    undecided = []
    back = []
    for place in places:
        row = decided.get(place.path)
        if row is None or row.digest != place.digest:
            undecided.append(place.cited)
        elif row.decision != FORMAL and not _went_back(events, row):
            back.append(place.cited)
    return PlaceStanding(tuple(undecided), tuple(back))


def _went_back(events: Sequence[RoundEvent], row: AmendedPlace) -> bool:
    """Whether a round went back after a decision."""
    return any(event.event in _BACK and event.at >= row.at for event in events)


def latest(rows: Iterable[AmendedPlace]) -> dict[str, AmendedPlace]:
    """Path → the decision that counts."""
    known = {}
    for row in rows:
        known[row.path] = row
    return known


def must_be_decided(by: By, decision: str, decided: date | None) -> None:
    """Unfit for a 決裁 that is still to come, and where there is none of a decision that lets the
    document go out as it is."""
    if decided is None and decision == FORMAL:
        raise Unfit("decided", "形式的な修正とするときは、「決裁日」を入力してください。")
    if decided is not None and decided > by.day:
        raise Unfit("decided", f"決裁日（{written(decided)}）がまだ来ていません。")


def _fields(session: Session, row: AmendedPlace) -> Sequence[Field]:
    return (
        Field("decision", "扱い", "choice", options=DECISIONS),
        Field("reason", "理由", "area"),
        Field("decided", "決裁日", "day", False),
        Field("document_number", "文書番号", "line", False),
    )


def _check(session: Session, by: By, row: AmendedPlace, values: Values) -> None:
    must_be_decided(by, values["decision"], values["decided"])


def _follows(session: Session, row: AmendedPlace) -> Sequence[str]:
    last = queries.filing.last_submission_of_round(session, row.round_id)
    if last is not None and last.id != row.submission_id:
        return ("この判断の後に、提出し直しています。",)
    return ()


KINDS = (Kind("amended_place", AmendedPlace, "直した箇所の扱い", _fields, _check, _follows),)
