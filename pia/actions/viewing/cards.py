"""What the council looks at: the cards of a referral, over the versions that were put before it.

Reads only; everything is computed from what is stored. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan, in_japan
from ...domain.change.compare import compare
from ...domain.change.describe import DescribedChange, describe
from ...domain.document.tree import Node, Path, Tree
from ...domain.errors import PiaError
from ...domain.procedure import cards as card_rules
from ...domain.procedure import verdicts
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.rows import consultations, councils
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair
from ..access.names import shown_name
from ..records import causes, council_ways, on_record, personal, wording_origins
from ..records.national import national_places
from ..records.revision import consultation_of, moved_base, verdict_of
from ..records.wording_origins import WordingOrigin
from ..workplace import Workplace
from . import wordbook
from .consultations import opinions_of
from .wordbook import ExplainedTerm


@dataclass(frozen=True, slots=True)
class CardOrigin:
    """Where the wording of one place of a card comes from. `place`: the place within its item, ""
    where the card has one only; `documents`: the names of those it is said of, none where it is
    said of all that share the card."""

    place: str
    documents: tuple[str, ...]
    origin: WordingOrigin


@dataclass(frozen=True, slots=True)
class ShownToPublic:
    """The consultation a card was in: its title, first and last day, and what became of the card's
    text since, as a sentence."""

    title: str
    start: date
    end: date
    since: str


@dataclass(frozen=True, slots=True)
class CardView:
    """A card with what stands behind it: the national text, opinions, questions and answers, the
    page of each paper; where the wording of each place comes from, and what of it the public saw.
    """

    card: card_rules.Card
    explanation: str
    national: str
    opinions: tuple[Mapping[str, Any], ...]
    remarks: tuple[Mapping[str, Any], ...]
    reason: str
    pages: Mapping[str, str] = field(default_factory=dict)
    figures: tuple[Node | None, Node | None] | None = None
    origins: tuple[CardOrigin, ...] = ()
    shown: ShownToPublic | None = None


@dataclass(frozen=True, slots=True)
class SittingView:
    """The council's page for one referral."""

    referral: int
    title: str
    council: str
    sitting: Mapping[str, Any] | None
    keys: Mapping[str, str]
    materials: tuple[Mapping[str, Any], ...]
    cards: tuple[CardView, ...]
    shared: int
    local: int
    verdict: Mapping[str, Any] | None
    glossary: Mapping[str, ExplainedTerm]
    general: tuple[Mapping[str, Any], ...]
    changed_items: int
    unchanged: Mapping[str, tuple[card_rules.Risk, ...]]
    by_bill: bool = False
    heard: bool = True


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """A referral as a list shows it."""

    referral: int
    title: str
    council: str
    day: date


PAGE = 30  # referrals on a page of their list
AT_ONCE = 2  # as many are shown whole at its head


def referrals(
    wp: Workplace, among: Collection[int] | None, first: int, most: int = PAGE
) -> tuple[list[ReferralLine], int]:
    """(some of the referrals, the latest first, how many there are); `among` these, where they are
    given."""
    with wp.store.read() as session:
        lines = []
        for referral, council in queries.councils.page_of_referrals(session, among, first, most):
            day = day_in_japan(referral.at)
            lines.append(ReferralLine(referral.id, referral.title, council.name, day))
        return lines, queries.councils.count_referrals(session, among)


def sitting_view(wp: Workplace, referral_id: int) -> SittingView:
    """The council's page for one referral, over the versions that were put before it."""
    with wp.store.read() as session:
        ref = session.get(councils.Referral, referral_id)
        if ref is None:
            raise PiaError("その諮問はありません。")
        read = _read(session, ref)
        found_cards = card_rules.cards(read.documents)
        con = _consultation(session, ref)
        opinions = opinions_of(session, wp, con, outward=True)
        read.announced = _announced(session, ref, con)
        remarks, general = _remarks(session, ref)
        papers = {}
        for material in ref.materials:
            if material.get("key") and "pages" in material:
                papers[material["key"]] = material
        views = []
        for card in found_cards:
            view = _view(card, read, opinions, remarks, papers)
            views.append(replace(view, shown=_shown(card, read, con)))
        verdict = verdict_of(session, ref)
        sitting = _sitting_of(session, ref, verdict)
        glossary = {word.term: word for word in wordbook.terms_of(session)}
        council = session.get_one(councils.Council, ref.council_id)
        shared = sum(card.shared for card in found_cards)
        return SittingView(
            ref.id,
            ref.title,
            council.name,
            _sitting(session, sitting) if sitting else None,
            read.names,
            tuple(ref.materials),
            tuple(views),
            shared,
            len(found_cards) - shared,
            _verdict(session, ref, verdict) if verdict else None,
            glossary,
            general,
            read.changed_items(),
            read.unchanged,
            council_ways.by_bill(council),
            verdict is None or verdicts.word(wp.rules, verdict.kind).heard,
        )


def card_of(session: Session, ref: councils.Referral, key: str, path: Path) -> int:
    """The number of the card on which a change of an item stands before the council; 0 for none."""
    for card in card_rules.cards(_read(session, ref).documents):
        place = card.places.get(key)
        if place is not None and place[: len(path)] == path:
            return card.number
    return 0


@dataclass(slots=True)
class _Read:
    """The documents of a referral by their keys: the text before, the text put before the council,
    and what is said of the changes between them.
    """

    names: dict[str, str] = field(default_factory=dict)
    bases: dict[str, Tree] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    documents: dict[str, tuple[DescribedChange, ...]] = field(default_factory=dict)
    unchanged: dict[str, tuple[card_rules.Risk, ...]] = field(default_factory=dict)
    why: dict[str, Mapping[Path, causes.Cause]] = field(default_factory=dict)
    origins: dict[str, Mapping[Path, WordingOrigin]] = field(default_factory=dict)
    announced: dict[str, Tree] = field(default_factory=dict)

    def changed_items(self) -> int:
        """How many items are changed, each document's counted for itself."""
        items = set()
        for key, changes in self.documents.items():
            for change in changes:
                if not change.procedure and change.change.kind != "renumbered":
                    items.add((key, change.item_path))
        return len(items)


def _read(session: Session, ref: councils.Referral) -> _Read:
    read = _Read()
    for pinned in ref.rounds:
        round_ = session.get_one(Round, pinned.round_id)
        assessment = session.get_one(Assessment, round_.assessment_id)
        seen = nodes.recent(session, pinned.version_id)
        base = seen
        if round_.base_id:
            base = moved_base(session, round_.base_id, forms.load(seen.form))
        form = forms.load(seen.form)
        changes = describe(form, compare(base, seen), base, seen)
        key = assessment.key
        read.names[key] = session.get_one(Affair, assessment.affair_id).name
        read.bases[key] = base
        read.trees[key] = seen
        read.documents[key] = changes
        if all(change.procedure for change in changes):
            read.unchanged[key] = card_rules.risks(form, seen)
        version = session.get_one(Version, pinned.version_id)
        reached = national_places(session, assessment.id, seen)
        why = causes.of_version(session, version, seen, changes, reached)
        read.why[key] = why
        read.origins[key] = wording_origins.of_version(session, version, changes, reached, why)
    return read


def _consultation(session: Session, ref: councils.Referral) -> consultations.Consultation | None:
    """The consultation of the first of these rounds that has one."""
    for pinned in ref.rounds:
        con = consultation_of(session, session.get_one(Round, pinned.round_id))
        if con:
            return con
    return None


def _view(
    card: card_rules.Card,
    read: _Read,
    opinions: Sequence[Mapping[str, Any]],
    remarks: Sequence[Mapping[str, Any]],
    papers: Mapping[str, Mapping[str, Any]],
) -> CardView:
    """One card with the opinions on its item and the remarks on its places."""
    reason, explanation, national = card_words(card, read.documents, read.why)
    figures = None
    if card.changes[0].change.level == "shape":
        key, path = next(iter(card.places.items()))
        figures = (read.bases[key].find(path), read.trees[key].find(path))
    return CardView(
        card,
        explanation,
        national,
        tuple(opinion for opinion in opinions if _concerns(opinion, card)),
        tuple(remark for remark in remarks if _is_about(remark, card)),
        reason,
        _cited(card, papers),
        figures,
        _origins(card, read),
    )


def _origins(card: card_rules.Card, read: _Read) -> tuple[CardOrigin, ...]:
    """Where the wording of each place of a card comes from; where the documents that share it have
    it from different sources, of each source with its documents."""
    out = []
    for change in card.changes:
        by_origin: dict[WordingOrigin, list[str]] = {}
        for key, path in card.places.items():
            for other in read.documents[key]:
                if _same(other, change, path) and other.change.path in read.origins[key]:
                    origin = read.origins[key][other.change.path]
                    by_origin.setdefault(origin, []).append(read.names[key])
        place = change.place if len(card.changes) > 1 else ""
        for origin, names in by_origin.items():
            told = () if len(names) == len(card.places) else tuple(names)
            out.append(CardOrigin(place, told, origin))
    return tuple(out)


def _announced(
    session: Session, ref: councils.Referral, con: consultations.Consultation | None
) -> dict[str, Tree]:
    """The text of each document as it was when the public was asked, by its key."""
    if con is None:
        return {}
    asked = {round_.id for round_ in con.rounds}
    out = {}
    for pinned in ref.rounds:
        if pinned.round_id not in asked:
            continue
        version = queries.versions.last_until(session, pinned.round_id, con.at)
        if version is not None:
            key = session.get_one(Assessment, version.assessment_id).key
            out[key] = nodes.recent(session, version.id)
    return out


def _shown(
    card: card_rules.Card, read: _Read, con: consultations.Consultation | None
) -> ShownToPublic | None:
    """What the public saw of a card; None where none of its documents was in a consultation."""
    trees = {key: read.announced[key] for key in card.places if key in read.announced}
    if con is None or not trees:
        return None
    since = "意見募集で公表した案と同じ文です。"
    for key, announced in trees.items():
        if not _same_text(card.places[key], announced, read.trees[key]):
            since = "意見募集で公表した案から、文が変わっています。"
        elif len(trees) < len(card.places) and since.endswith("同じ文です。"):
            since = "意見募集で公表した案と同じ文です（意見募集をしていない評価書にもあります）。"
    return ShownToPublic(con.title, con.start, con.end, since)


def _same_text(path: Path, announced: Tree, now: Tree) -> bool:
    """Whether an item says the same in two texts."""
    before, after = announced.find(path), now.find(path)
    if before is None or after is None:
        return before is after
    return before.digest == after.digest


def _concerns(opinion: Mapping[str, Any], card: card_rules.Card) -> bool:
    """Whether an opinion is on a card's item, in one of its documents or in none by name."""
    if opinion["item"] != card.item:
        return False
    return not opinion["keys"] or bool(set(opinion["keys"]) & set(card.places))


def _is_about(remark: Mapping[str, Any], card: card_rules.Card) -> bool:
    """Whether a remark is pinned to one of a card's places or to what stands within it."""
    path = card.places.get(remark["key"])
    return path is not None and remark["path"][: len(path)] == path


def _sitting_of(
    session: Session, ref: councils.Referral, verdict: councils.Verdict | None
) -> councils.Sitting | None:
    """The sitting that gave the verdict, else the latest that has the referral on its agenda."""
    if verdict and verdict.sitting_id:
        sitting = session.get(councils.Sitting, verdict.sitting_id)
        if sitting:
            return sitting
    for sitting in queries.sittings.last_made_first(session):
        if ref.id in _referrals(sitting):
            return sitting
    return None


def _verdict(session: Session, ref: councils.Referral, verdict: councils.Verdict) -> dict[str, Any]:
    return {
        **on_record.verdict_words(session, ref, verdict),
        "at": in_japan(verdict.at),
        "actor": shown_name(session, verdict.actor),
    }


def card_words(
    card: card_rules.Card,
    documents: Mapping[str, Sequence[DescribedChange]],
    why: Mapping[str, Mapping[Path, causes.Cause]],
) -> tuple[str, str, str]:
    """(reason, explanation, how it stands to the national text) of a card.

    Where its places differ, each line names its place. What only one of several documents can say
    is said of that document's place alone and so left out here.
    """
    by_place = []
    for change in card.changes:
        by_place.append((change.place, _shared_cause(card, change, documents, why)))
    whole = causes.together(cause for _, cause in by_place)
    words = set()
    for _, cause in by_place:
        words.add((cause.reason, cause.explanation, _standing(cause)))
    if len(words) <= 1:
        return whole.reason, whole.explanation, _standing(whole)
    explanations = []
    standings = []
    for place, cause in by_place:
        if cause.explanation:
            explanations.append(f"{place}　{cause.explanation}")
        if _standing(cause):
            standings.append(f"{place}　{_standing(cause)}")
    return whole.reason, "\n".join(explanations), "\n".join(standings)


def _shared_cause(
    card: card_rules.Card,
    described: DescribedChange,
    documents: Mapping[str, Sequence[DescribedChange]],
    why: Mapping[str, Mapping[Path, causes.Cause]],
) -> causes.Cause:
    """What the documents of a card say of one of its places together; the reason alone where they
    stand to the national text in different ways.
    """
    several = []
    for key, path in card.places.items():
        for other in documents[key]:
            if _same(other, described, path):
                several.append(why.get(key, {}).get(other.change.path, causes.Cause()))
    whole = causes.together(several)
    if len(set(map(_standing, several))) <= 1:
        return whole
    return causes.Cause(reason=whole.reason)


def _same(x: DescribedChange, described_change: DescribedChange, path: Path) -> bool:
    return x.item_path == path and x.fingerprint == described_change.fingerprint


def _standing(c: causes.Cause) -> str:
    """How a place stands to the national text, with the opinions that changed it and whether the
    state was asked.
    """
    if not c.departs:
        return c.standing
    if c.opinions:
        because = f"（意見{'・'.join(map(str, c.opinions))}を受けて市で修正）"
    else:
        because = ""
    return f"市で修正{because}・国への確認：{c.confirmed}"


def _referrals(sitting: councils.Sitting) -> set[int]:
    numbers = set()
    for entry in sitting.agenda:
        if entry.get("referral"):
            numbers.add(int(entry["referral"]))
    return numbers


def _cited(card: card_rules.Card, papers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Where each document prints the item: 資料3-1 46ページ.

    Only of papers that were pinned with the referral.
    """
    out = {}
    for key, path in card.places.items():
        if key in papers:
            page = papers[key]["pages"].get("/".join(path))
        else:
            page = None
        if page:
            out[key] = f"{papers[key]['number']} {page}ページ"
    return out


def _sitting(session: Session, sitting: councils.Sitting) -> dict[str, Any]:
    seats = councils.in_office(session, sitting.council_id, sitting.day)
    attendance_of = {}
    for attendance in queries.sittings.attendance(session, sitting.id):
        attendance_of[attendance.member_id] = attendance
    facts_ = session.get_one(councils.Council, sitting.council_id).facts
    return {
        "id": sitting.id,
        "name": sitting.name,
        "day": sitting.day,
        "opens": sitting.opens,
        "closes": sitting.closes,
        "place": sitting.place,
        "agenda": sitting.agenda,
        "public": sitting.public,
        "observers": sitting.observers,
        "seats": len(seats),
        "present": [
            (seat.name, seat.title, attendance_of[seat.id].arrived)
            for seat in seats
            if seat.id in attendance_of and attendance_of[seat.id].present
        ],
        "absent": [
            seat.name
            for seat in seats
            if seat.id in attendance_of and not attendance_of[seat.id].present
        ],
        "quorum": facts_.get("quorum") or len(seats) // 2 + 1,
        "next": sitting.facts.get("next"),
    }


def _after(pinned: councils.Remark | councils.Answer) -> str:
    """（会議の後　令和6年7月25日） of what came later; empty for what belongs to the sitting."""
    if pinned.later:
        return f"（会議の後　{written(day_in_japan(pinned.at))}）"
    return ""


def _remarks(
    session: Session, ref: councils.Referral
) -> tuple[list[dict[str, Any]], tuple[dict[str, Any], ...]]:
    out = []
    for remark in queries.remarks.standing_of_referral(session, ref.id):
        given = queries.remarks.answers_to(session, remark.id)
        answers = [answer for answer in given if answer.withdrawn is None]
        if remark.assessment_id:
            key = session.get_one(Assessment, remark.assessment_id).key
        else:
            key = None
        out.append(
            {
                "id": remark.id,
                "key": key,
                "path": tuple(remark.path or ()),
                "speaker": remark.speaker,
                "text": personal.outward(session, remark),
                "answers": [
                    (answer.speaker + _after(answer), personal.outward(session, answer))
                    for answer in answers
                ],
                "places": [given.index(answer) + 1 for answer in answers],
                "after": _after(remark),
            }
        )
    return [query for query in out if query["key"]], tuple(
        query for query in out if not query["key"]
    )
