"""What the council and the office look at: cards of a referral, consultations with their opinions, the national matrix, and the case in figures.

Reads only; everything is computed from what is stored. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan, in_japan
from ...domain.change.compare import compare
from ...domain.change.describe import Said, describe, numbers
from ...domain.document.form import FormNode
from ...domain.document.tree import Node, Path, Tree
from ...domain.errors import PiaError
from ...domain.procedure import cards as card_rules
from ...domain.revise import national as national_model
from ...domain.wareki import written
from ...store import nodes
from ...store.base import Base
from ...store.rows import consultation, council, records
from ...store.rows import national as national_rows
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair
from ..editing import national as national_acts
from ..keeping import personal
from ..records import causes, on_record
from ..records.round import consultation_of, revision, verdict_of
from ..workplace import Line, Workplace, head_tree
from ..workplace import line as _line
from .register import shown_name


@dataclass(frozen=True, slots=True)
class MatrixRow:
    where: str
    key: str
    affair: str
    file: str
    cells: tuple[national_model.Departure | None, ...]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Matrix:
    """One national text over all assessments, a row per ファイル (or figure)."""

    key: str
    revision: national_model.Revision
    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    untouched: tuple[str, ...]
    confirmations: Mapping[str, Any]


def matrices(wp: Workplace) -> list[Matrix]:
    with wp.store.read() as session:
        out = []
        for row in session.scalars(
            select(national_rows.NationalRevision).order_by(national_rows.NationalRevision.id)
        ):
            made = national_model.parse(row.body)
            by_id = forms.load("all_item@平成30年5月").by_id
            columns = tuple(
                slot.figure or (numbers(by_id[slot.item]) if slot.item in by_id else slot.item)
                for slot in made.slots
            )
            rows = []
            untouched = []
            asked = {}
            for (item, _), value in national_rows.confirmations(session, row.id).items():
                asked[item] = value
            for one in national_acts.all_assessments(session):
                if one.head_id is None:
                    continue
                opened = session.scalars(
                    select(Round)
                    .where(
                        Round.assessment_id == one.id,
                        Round.state.not_in(["PUBLISHED", "WITHDRAWN"]),
                    )
                    .order_by(Round.id.desc())
                ).first()
                at = Line(one, opened)
                affair = session.get_one(Affair, one.affair_id)
                standing = next(
                    (x for x in national_acts.standings(session, at) if x.key == row.key), None
                )
                tree = head_tree(session, at)
                if standing is None or tree is None:
                    untouched.append(affair.name)
                    continue
                form = forms.load(tree.form)
                files = national_model.files_of(form, tree)
                if national_model.needs_files(made, form):
                    for file in standing.files:
                        cells = tuple(
                            _farthest(
                                place
                                for place in standing.places
                                if place.slot is slot
                                and (file in place.path or "*" not in slot.path)
                            )
                            for slot in standing.revision.slots
                        )
                        rows.append(
                            MatrixRow(
                                at.ref,
                                one.key,
                                affair.name,
                                files.get(file, file),
                                cells,
                                standing.reason,
                            )
                        )
                else:
                    cells = tuple(
                        _farthest(place for place in standing.places if place.slot is slot)
                        for slot in standing.revision.slots
                    )
                    rows.append(MatrixRow(at.ref, one.key, affair.name, "", cells, standing.reason))
            out.append(Matrix(row.key, made, columns, tuple(rows), tuple(untouched), asked))
        return out


def _farthest(found: Iterable[national_model.Departure]) -> national_model.Departure | None:
    """What a cell shows where a place is there several times (in each 委託事項): the one that is farthest from the national text."""
    return max(
        found,
        key=lambda departure: ("same", "missing", "absent", "differs").index(departure.status),
        default=None,
    )


@dataclass(frozen=True, slots=True)
class CardView:
    """A card with what stands behind it: the national text, opinions, questions and answers, the page of each paper."""

    card: card_rules.Card
    explanation: str
    national: str
    opinions: tuple[Mapping[str, Any], ...]
    remarks: tuple[Mapping[str, Any], ...]
    reason: str
    pages: Mapping[str, str] = field(default_factory=dict)
    figures: tuple[Node | None, Node | None] | None = None


@dataclass(frozen=True, slots=True)
class SittingView:
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
    glossary: Mapping[str, str]
    general: tuple[Mapping[str, Any], ...]
    changed_items: int
    unchanged: Mapping[str, tuple[card_rules.Risk, ...]]


def sittings(wp: Workplace) -> list[tuple[int, str, str]]:
    with wp.store.read() as session:
        found = session.scalars(select(council.Referral).order_by(council.Referral.id.desc()))
        rows = []
        for referral in found:
            rows.append((referral.id, referral.title, in_japan(referral.at).strftime("%Y-%m-%d")))
        return rows


def sitting_view(wp: Workplace, referral_id: int) -> SittingView:
    """The council's page for one referral, over the versions that were put before it."""
    with wp.store.read() as session:
        ref = session.get(council.Referral, referral_id)
        if ref is None:
            raise PiaError("その諮問はありません。")
        documents: dict[str, tuple[Said, ...]] = {}
        trees: dict[str, Tree] = {}
        bases: dict[str, Tree] = {}
        names: dict[str, str] = {}
        unchanged: dict[str, tuple[card_rules.Risk, ...]] = {}
        why: dict[str, Mapping[Path, causes.Cause]] = {}
        for pinned in ref.rounds:
            round_ = session.get_one(Round, pinned.round_id)
            one = session.get_one(Assessment, round_.assessment_id)
            if round_.base_id:
                base = nodes.recent(session, round_.base_id)
            else:
                base = Tree("")
            seen = nodes.recent(session, pinned.version_id)
            trees[one.key], bases[one.key] = seen, base
            documents[one.key] = describe(forms.load(seen.form), compare(base, seen), base, seen)
            names[one.key] = session.get_one(Affair, one.affair_id).name
            if all(x.procedure for x in documents[one.key]):
                unchanged[one.key] = card_rules.risks(forms.load(seen.form), seen)
            version = session.get_one(Version, pinned.version_id)
            why[one.key] = causes.of_version(session, version, seen, documents[one.key])
        cards = card_rules.cards(documents)
        con = next(
            (
                this_consultation
                for referral_round in ref.rounds
                if (
                    this_consultation := consultation_of(
                        session, session.get_one(Round, referral_round.round_id)
                    )
                )
            ),
            None,
        )
        opinions = opinions_of(session, wp, con, outward=True)
        remarks, general = _remarks(session, ref)
        papers = {}
        for material in ref.materials:
            if material.get("key") and "pages" in material:
                papers[material["key"]] = material
        views = []
        for card in cards:
            key, path = next(iter(card.places.items()))
            reason, explanation, national = card_words(card, documents, why)
            mine = tuple(
                remark
                for remark in remarks
                if any(
                    remark["key"] == one_key
                    and (remark["path"] == value or remark["path"][: len(value)] == value)
                    for one_key, value in card.places.items()
                )
            )
            views.append(
                CardView(
                    card,
                    explanation,
                    national,
                    tuple(
                        opinion
                        for opinion in opinions
                        if opinion["item"] == card.item
                        and (not opinion["keys"] or set(opinion["keys"]) & set(card.places))
                    ),
                    mine,
                    reason,
                    _cited(card, papers),
                    (bases[key].find(path), trees[key].find(path))
                    if card.said[0].change.level == "shape"
                    else None,
                )
            )
        verdict = verdict_of(session, ref)
        if verdict and verdict.sitting_id:
            sitting = session.get(council.Sitting, verdict.sitting_id)
        else:
            sitting = None
        sitting = sitting or next(
            (
                x
                for x in session.scalars(
                    select(council.Sitting).order_by(council.Sitting.id.desc())
                )
                if ref.id in _referrals(x)
            ),
            None,
        )
        shared = sum(each_card.shared for each_card in cards)
        items = set()
        for each_key, said in documents.items():
            for s_ in said:
                if not s_.procedure and s_.change.kind != "renumbered":
                    items.add((each_key, s_.item_path))
        return SittingView(
            ref.id,
            ref.title,
            session.get_one(council.Council, ref.council_id).name,
            _sitting(session, sitting) if sitting else None,
            names,
            tuple(ref.materials),
            tuple(views),
            shared,
            len(cards) - shared,
            {
                **on_record.verdict_words(session, ref, verdict),
                "at": in_japan(verdict.at),
                "actor": shown_name(session, verdict.actor),
            }
            if verdict
            else None,
            {
                glossary_term.term: glossary_term.explanation
                for glossary_term in session.scalars(select(council.GlossaryTerm))
            },
            general,
            len(items),
            unchanged,
        )


def card_words(
    card: card_rules.Card,
    documents: Mapping[str, Sequence[Said]],
    why: Mapping[str, Mapping[Path, causes.Cause]],
) -> tuple[str, str, str]:
    """(reason, explanation, how it stands to the national text) of a card. Where its places differ, each line names its place; what only one of several
    documents can say is said of that document's place alone and so left out here."""
    told = []
    for one in card.said:
        found = []
        for key in card.places:
            for x in documents[key]:
                if _same(x, one, card.places[key]):
                    found.append(why.get(key, {}).get(x.change.path, causes.Cause()))
        told.append(
            (
                one,
                causes.together(found)
                if len(set(map(_standing, found))) <= 1
                else causes.Cause(reason=causes.together(found).reason),
            )
        )
    alike = len({(cause.reason, cause.explanation, _standing(cause)) for _, cause in told}) <= 1
    whole = causes.together(cause for _, cause in told)
    if alike:
        return whole.reason, whole.explanation, _standing(whole)
    explanation = "\n".join(
        f"{one.place}　{cell.explanation}" for one, cell in told if cell.explanation
    )
    standing = "\n".join(f"{one.place}　{_standing(cell)}" for one, cell in told if _standing(cell))
    return whole.reason, explanation, standing


def _same(x: Said, one: Said, path: Path) -> bool:
    return x.item_path == path and x.fingerprint == one.fingerprint


def _standing(c: causes.Cause) -> str:
    """How a place stands to the national text, with the opinions that changed it and whether the state was asked."""
    if not c.departs:
        return c.standing
    if c.opinions:
        because = f"（意見{'・'.join(map(str, c.opinions))}を受けて市で修正）"
    else:
        because = ""
    return f"市で修正{because}・国への確認：{c.confirmed}"


def _referrals(one: council.Sitting) -> set[int]:
    found = set()
    for entry in one.agenda:
        if entry.get("referral"):
            found.add(int(entry["referral"]))
    return found


def _cited(card: card_rules.Card, papers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Where each document prints the item: 資料3-1 46ページ. Only of papers that were pinned with the referral."""
    out = {}
    for key, path in card.places.items():
        if key in papers:
            page = papers[key]["pages"].get("/".join(path))
        else:
            page = None
        if page:
            out[key] = f"{papers[key]['number']} {page}ページ"
    return out


def _sitting(session: Session, one: council.Sitting) -> dict[str, Any]:
    seats = council.in_office(session, one.council_id, one.day)
    there = {}
    for attendance in session.scalars(
        select(council.Attendance).where(council.Attendance.sitting_id == one.id)
    ):
        there[attendance.member_id] = attendance
    facts_ = session.get_one(council.Council, one.council_id).facts
    return {
        "id": one.id,
        "name": one.name,
        "day": one.day,
        "opens": one.opens,
        "closes": one.closes,
        "place": one.place,
        "agenda": one.agenda,
        "public": one.public,
        "observers": one.observers,
        "seats": len(seats),
        "present": [
            (seat.name, seat.title, there[seat.id].arrived)
            for seat in seats
            if seat.id in there and there[seat.id].present
        ],
        "absent": [seat.name for seat in seats if seat.id in there and not there[seat.id].present],
        "quorum": facts_.get("quorum") or len(seats) // 2 + 1,
        "next": one.facts.get("next"),
    }


def opinions_of(
    session: Session,
    wp: Workplace,
    con: consultation.Consultation | None,
    rounds: Iterable[int] | None = None,
    later: bool = False,
    outward: bool = False,
) -> list[dict[str, Any]]:
    """The opinions of a consultation with their answers; never who sent them. `rounds`: those of
    its rounds an adopted wording is asked for, else all. `later`: those that came after the
    period, else those that came in it. `outward`: as they leave the house, with what may say who
    somebody is covered unless an officer let it stand."""
    if outward:
        said = personal.outward
    else:
        said = _inside
    if con is None:
        return []
    replies = consultation.responses(session, con.id)
    asked = set()
    for round_ in con.rounds:
        asked.add(round_.id)
    if rounds is None:
        asked &= asked
    else:
        asked &= set(rounds)
    adopting = select(consultation.Adoption.opinion_id)
    adopting = adopting.join(Version, Version.id == consultation.Adoption.after_id)
    adopted = set(session.scalars(adopting.where(Version.round_id.in_(asked))))
    heads = select(Version.form).join(Round, Round.head_id == Version.id)
    heads = heads.where(Round.id.in_(round_.id for round_ in con.rounds))
    by_id: dict[str, FormNode] = {}
    for form in sorted(set(session.scalars(heads))):
        by_id |= forms.load(form).by_id
    if later:
        found = consultation.came_later(session, con.id)
    else:
        found = consultation.in_time(session, con.id)
    taken = []
    for opinion in found:
        taken.append(
            {
                "number": opinion.number,
                "received": opinion.received,
                "channel": opinion.channel,
                "item": opinion.item,
                "where": numbers(by_id[opinion.item])
                if opinion.item and opinion.item in by_id
                else opinion.item or "",
                "keys": opinion.keys,
                "text": said(session, opinion),
                "response": said(session, replies[opinion.id]) if opinion.id in replies else "",
                "outcome": wp.rules["outcomes"].get(replies[opinion.id].outcome, "")
                if opinion.id in replies
                else "",
                "adopted": opinion.id in adopted,
                "flags": len(personal.of_row(session, opinion)),
                "place": records.place_of(opinion).replace(" ", "-"),
            }
        )
    return taken


def _inside(session: Session, row: Base, text: str = "text") -> str:
    return records.shown(row, text)


def _after(said: council.Remark | council.Answer) -> str:
    """（会議の後　令和6年7月25日） of what came later; empty for what belongs to the sitting."""
    if said.later:
        return f"（会議の後　{written(day_in_japan(said.at))}）"
    return ""


def _remarks(
    session: Session, ref: council.Referral
) -> tuple[list[dict[str, Any]], tuple[dict[str, Any], ...]]:
    out = []
    for remark in session.scalars(
        select(council.Remark)
        .where(council.Remark.referral_id == ref.id)
        .order_by(council.Remark.id)
    ):
        answers = session.scalars(
            select(council.Answer)
            .where(council.Answer.remark_id == remark.id)
            .order_by(council.Answer.id)
        ).all()
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
                "after": _after(remark),
            }
        )
    return [query for query in out if query["key"]], tuple(
        query for query in out if not query["key"]
    )


@dataclass(frozen=True, slots=True)
class ConsultationView:
    number: int
    title: str
    announced: date | None
    start: date
    end: date
    days: int
    method: str
    opinions: tuple[Mapping[str, Any], ...]
    rounds: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    open: bool = False
    waiting: tuple[consultation.Inbox, ...] = ()
    late: tuple[Mapping[str, Any], ...] = ()


def consultations(wp: Workplace) -> list[ConsultationView]:
    with wp.store.read() as session:
        found = []
        for each_consultation in session.scalars(
            select(consultation.Consultation).order_by(consultation.Consultation.id.desc())
        ):
            found.append(_consultation(session, wp, each_consultation))
        return found


def consultation_view(wp: Workplace, number: int) -> ConsultationView:
    with wp.store.read() as session:
        one = session.get(consultation.Consultation, number)
        if one is None:
            raise PiaError("その意見募集はありません。一覧から選び直してください。")
        return _consultation(session, wp, one)


def _consultation(
    session: Session, wp: Workplace, c: consultation.Consultation
) -> ConsultationView:
    names = {}
    for round_ in c.rounds:
        one = session.get_one(Assessment, round_.assessment_id)
        names[f"{one.key}~{round_.name}"] = session.get_one(Affair, one.affair_id).name
    box = (
        select(consultation.Inbox)
        .where(consultation.Inbox.consultation_id == c.id, consultation.Inbox.opinion_id.is_(None))
        .order_by(consultation.Inbox.id)
    )
    return ConsultationView(
        c.id,
        c.title,
        c.announced,
        c.start,
        c.end,
        (c.end - c.start).days + 1,
        c.method,
        tuple(opinions_of(session, wp, c)),
        tuple(names),
        names,
        c.facts,
        any(round_.state == "CONSULTING" for round_ in c.rounds),
        tuple(session.scalars(box)),
        tuple(opinions_of(session, wp, c, later=True)),
    )


def items_of(wp: Workplace, rounds_: Sequence[str]) -> list[tuple[str, str]]:
    """(item id, citable number and label) of every changed item of these rounds, for saying what an opinion is about."""
    out: dict[str, str] = {}
    with wp.store.read() as session:
        for ref in rounds_:
            at = _line(session, ref)
            if at.round is not None:
                rev = revision(session, at.round)
                for row in rev.own_rows:
                    found = rev.form.by_id.get(row.item)
                    if found is not None:
                        out.setdefault(row.item, f"{numbers(found)} {found.label}".strip())
    return list(out.items())


def demo_summary(wp: Workplace) -> Sequence[str]:
    """The figures of the case, computed from what the play left behind."""
    with wp.store.read() as session:
        changed = []
        material = []
        extra = 0
        for round_ in session.scalars(select(Round).order_by(Round.id)):
            one = session.get_one(Assessment, round_.assessment_id)
            rev = revision(session, round_)
            extra += len(rev.procedure_rows)
            if one.kind != "basic_item":
                changed.append(len(rev.own_rows))
                material.append(len(rev.materiality.material))
        last = session.scalars(
            select(council.Referral.id).order_by(council.Referral.id.desc())
        ).first()
    if last:
        view = sitting_view(wp, last)
    else:
        view = None
    out = [
        f"変更箇所：{sum(changed)}（{'＋'.join(map(str, changed))}）　うち重要な変更の対象：{sum(material)}（{'＋'.join(map(str, material))}）　このほか手続で記入した欄：{extra}",
    ]
    if view:
        out.append(
            f"審議会のカード：{len(view.cards)}枚（{len(view.keys)}件に共通 {view.shared}、個別 {view.local}）　結論：{view.verdict['kind'] if view.verdict else '－'}"
        )
    return out
