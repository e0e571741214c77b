"""What anybody may see: published assessments with what changed, consultations with the draft they
are about; and the one thing anybody may do, sending an opinion into the inbox.

Knows only public readings (規則第10条第2項, 第7条第3項・第6項) and never who sent an opinion.
Serves the public zone, which has no other way to the store.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By, day_in_japan
from ...domain.change.compare import compare
from ...domain.change.describe import describe
from ...domain.document.marked import REDACTED
from ...domain.errors import PiaError
from ...domain.procedure import cards as card_rules
from ...domain.procedure.duties import ended_name
from ...domain.procedure.opinions import FIELDS, settled
from ...domain.procedure.opinions import receipt as receipt_of
from ...domain.text.folding import without
from ...domain.withheld.public_reading import PublicReading
from ...store import queries
from ...store.ledger import log
from ...store.rows import consultations as consultation_rows
from ...store.rows import filing, withheld
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair, Body
from ...store.rows.consultations import Consultation, Inbox, Opinion
from ..records import adoptions, on_record, opinion_counts, personal
from ..records.adoptions import AdoptedWording
from ..records.notice_kinds import CANCELLED
from ..records.opinion_counts import OpinionCounts
from ..records.origin_kinds import KINDS_OF_ORIGIN
from ..records.outward import beside, causes_outward, since
from ..workplace import Workplace
from .consultations import NoticeLine, notices_of


@dataclass(frozen=True, slots=True)
class PublicDocument:
    """A document as anybody may read it, beside what it is compared with. `opinion`: what the
    council said of it, where the city decided otherwise, and that decision.
    """

    key: str
    name: str
    body: str
    kind_name: str
    day: date | None
    tree: PublicReading
    old: PublicReading | None
    number: int = 0
    version: int = 0
    opinion: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PublicConsultation:
    """A consultation for residents: what it is about, until when, how; whether it is open today.
    `counts`: how many people and opinions came, None before the results are out."""

    number: int
    title: str
    start: date
    end: date
    method: str
    facts: Mapping[str, Any]
    open: bool
    documents: tuple[PublicDocument, ...]
    results: tuple[Mapping[str, Any], ...] = ()
    counts: OpinionCounts | None = None
    notices: tuple[NoticeLine, ...] = ()
    cancelled: bool = False


def _shown(
    session: Session,
    assessment: Assessment,
    version: Version,
    old: Version | None,
    day: date | None,
    number: int = 0,
    latest: Version | None = None,
) -> PublicDocument:
    """`latest`: what was published last, where `version` is an earlier publication."""
    affair = session.get_one(Affair, assessment.affair_id)
    before, tree = beside(session, version, old)
    if latest is not None and latest.id != version.id and latest.form == version.form:
        tree = since(session, version, latest)
        if old is not None and old.form == latest.form:
            before = since(session, old, latest)
        else:
            before = before
    body = session.get_one(Body, affair.body_id).name
    kind = forms.KIND_NAMES.get(assessment.kind, assessment.kind)
    return PublicDocument(
        assessment.key,
        tree.without(ended_name(affair.name, affair.ended)),
        body,
        kind,
        day,
        tree,
        before,
        number,
        version.id,
    )


def _publications(
    session: Session, assessment: Assessment, today: date
) -> list[filing.Publication]:
    """What is public on a day: a publication of a later day is not public yet."""
    return queries.filing.published_until(session, assessment.id, today)


def published(wp: Workplace, today: date) -> list[dict[str, Any]]:
    """Every published assessment: key, name, kind, number, body, day of the last publication and
    how many there were.
    """
    with wp.store.read() as session:
        out = []
        left_out = withheld.words_by_affair(session)
        for assessment, affair, body in queries.assessments.with_bodies(session):
            publications = _publications(session, assessment, today)
            if publications:
                name = ended_name(affair.name, affair.ended)
                name = without(name, left_out.get(affair.id, ()), REDACTED)
                out.append(
                    {
                        "key": assessment.key,
                        "name": name,
                        "number": affair.number,
                        "body": body.name,
                        "kind": forms.KIND_NAMES.get(assessment.kind, assessment.kind),
                        "day": publications[-1].day,
                        "count": len(publications),
                    }
                )
        return out


def published_days(wp: Workplace, key: str, today: date) -> list[tuple[int, date]]:
    """(number from 1, day) of every publication of an assessment, the newest first.

    PiaError when there is none.
    """
    with wp.store.read() as session:
        assessment = queries.assessments.of_key(session, key)
        if assessment is not None:
            publications = _publications(session, assessment, today)
        else:
            publications = []
        if not publications:
            raise PiaError("その評価書は公表されていません。")
        return [(number, pub.day) for number, pub in enumerate(publications, 1)][::-1]


def came_from(wp: Workplace, key: str, today: date) -> list[dict[str, Any]]:
    """The affairs the affair of a published assessment came from: name, in which way, day, and the
    keys and kinds of what of them is public still."""
    with wp.store.read() as session:
        assessment = queries.assessments.existing(session, key)
        left_out = withheld.words_by_affair(session)
        told = []
        for row in queries.affair_origins.before(session, [assessment.affair_id]):
            affair = session.get_one(Affair, row.from_id)
            name = ended_name(affair.name, affair.ended)
            public = []
            for other in queries.assessments.of_affair(session, affair.id):
                if _publications(session, other, today):
                    public.append((other.key, forms.KIND_NAMES.get(other.kind, other.kind)))
            told.append(
                {
                    "name": without(name, left_out.get(affair.id, ()), REDACTED),
                    "kind": KINDS_OF_ORIGIN[row.kind],
                    "day": row.day,
                    "documents": public,
                }
            )
        return told


def publication(wp: Workplace, key: str, number: int, today: date) -> PublicDocument:
    """The n-th publication of an assessment, beside the one before it."""
    days = dict(published_days(wp, key, today))
    if number not in days:
        raise PiaError("その公表の回はありません。")
    with wp.store.read() as session:
        assessment = queries.assessments.existing(session, key)
        publications = _publications(session, assessment, today)
        now = session.get_one(Version, publications[number - 1].version_id)
        if number > 1:
            before = session.get_one(Version, publications[number - 2].version_id)
        else:
            before = None
        shown = _shown(
            session,
            assessment,
            now,
            before,
            publications[number - 1].day,
            number,
            session.get_one(Version, publications[-1].version_id),
        )
        round_id = publications[number - 1].round_id
        if round_id is None:
            return shown
        return replace(shown, opinion=on_record.opinion_and_decision(session, round_id))


def consultations(wp: Workplace, today: date) -> list[PublicConsultation]:
    """All consultations, without their documents, the newest first.

    The title of one that is open says no word that its documents hide; those of others were read by
    everybody, and announcing refuses a title with such words.
    """
    with wp.store.read() as session:
        rows = queries.consultations.with_cancelled(session)
        shown = []
        for talk in rows:
            if talk.announced is None or talk.announced <= today:
                shown.append((talk, _for_residents(session, talk, today)))
        out = []
        for con, shown_consultation in shown:
            if shown_consultation.open:
                out.append(
                    _spoken(
                        shown_consultation,
                        [_draft(session, round_) for round_ in con.rounds],
                    )
                )
            else:
                out.append(shown_consultation)
        return out


def _for_residents(session: Session, c: Consultation, today: date) -> PublicConsultation:
    kept: dict[str, Any] = {}
    for key in ("contact", "postmark"):
        if key in c.facts:
            kept[key] = c.facts[key]
    kept |= {field: (c.facts.get("sender") or {}).get(field, "optional") for field in FIELDS}
    return PublicConsultation(
        c.id,
        c.title,
        c.start,
        c.end,
        c.method,
        kept,
        c.start <= today <= c.end and any(round_.state == "CONSULTING" for round_ in c.rounds),
        (),
        cancelled=c.withdrawn is not None,
    )


@dataclass(frozen=True, slots=True)
class PublicCard:
    """One change as residents see it, in the words the council and the table have too."""

    card: card_rules.Card
    reason: str
    explanation: str


def consultation(wp: Workplace, number: int, today: date) -> PublicConsultation:
    """One consultation with the drafts as they stood when it was announced, and its results once
    the city has answered everything and closed it.
    """
    with wp.store.read() as session:
        con = session.get(Consultation, number)
        notices = notices_of(session, number)
        cancelled = any(notice.kind == CANCELLED for notice in notices)
        hidden = con is None or (con.withdrawn is not None and not cancelled)
        if con is None or hidden or (con.announced is not None and con.announced > today):
            raise PiaError("その意見募集はありません。")
        shown = _for_residents(session, con, today)
        documents = tuple(_draft(session, round_) for round_ in con.rounds)
        counts, results = _results(session, con)
        told = replace(shown, documents=documents, notices=notices, counts=counts, results=results)
        return _spoken(told, documents)


def _results(
    session: Session, con: Consultation
) -> tuple[OpinionCounts | None, tuple[dict[str, Any], ...]]:
    """How many people and opinions came, and the opinions with the city's views, those that are
    answered together once; nothing before all are answered and reflected, nor while a My Number
    stands there that nobody answered for.
    """
    if con.withdrawn is not None:
        return None, ()
    replies = consultation_rows.responses(session, con.id)
    opinions = consultation_rows.in_time(session, con.id)
    if any(opinion.id not in replies for opinion in opinions):
        return None, ()
    if any(round_.state in ("CONSULTING", "DRAFTING", "REVISING") for round_ in con.rounds):
        return None, ()
    if personal.has_open_number(session, [*opinions, *(replies[x.id] for x in opinions)]):
        return None, ()
    said = []
    for opinion in opinions:
        said.append(
            {
                "row": opinion.id,
                "answered_as": opinion.answered_as,
                "number": opinion.number,
                "text": personal.outward(session, opinion),
            }
        )
    results = []
    for group in opinion_counts.groups_of(said):
        reply = replies[group.first["row"]]
        results.append(
            {
                "called": group.called,
                "numbers": group.numbers,
                "text": group.text,
                "response": personal.outward(session, reply),
                "outcome": reply.outcome,
            }
        )
    return opinion_counts.counts_of(session, con.id), tuple(results)


def _spoken(h: PublicConsultation, documents: Sequence[PublicDocument]) -> PublicConsultation:
    """A consultation whose own words (title, how to send, answers of the city) say nothing that its
    documents hide. What residents wrote stays as they wrote it.
    """

    def said(text: str) -> str:
        for document in documents:
            text = document.tree.without(text)
        return text

    results = tuple({**result, "response": said(result["response"])} for result in h.results)
    notices = []
    for notice in h.notices:
        changes = tuple((name, said(was), said(now)) for name, was, now in notice.changes)
        notices.append(replace(notice, reason=said(notice.reason), changes=changes))
    facts = {}
    for key, value in h.facts.items():
        facts[key] = said(value) if isinstance(value, str) else value
    told = replace(h, title=said(h.title), method=said(h.method), facts=facts, results=results)
    return replace(told, notices=tuple(notices))


def _draft(session: Session, round_: Round) -> PublicDocument:
    """The draft as it was announced: later edits do not change what residents read."""
    assessment = session.get_one(Assessment, round_.assessment_id)
    event = queries.rounds.last_announcement(session, round_.id)
    if event:
        then = queries.versions.last_until(session, round_.id, event.at)
    else:
        then = None
    version = then or session.get_one(Version, round_.head_id)
    if round_.base_id:
        base = session.get(Version, round_.base_id)
    else:
        base = None
    known = base is not None and queries.filing.publication_of_version(session, base.id) is not None
    return _shown(session, assessment, version, base if known else None, None)


def cards(wp: Workplace, h: PublicConsultation) -> tuple[PublicCard, ...]:
    """What changes, the same change once, each with what is said of it: of the changed place
    itself, where this round's national text or an officer says it.
    """
    from .cards import card_words

    by_document = {}
    why = {}
    with wp.store.read() as session:
        for document in h.documents:
            if document.old is None:
                continue
            changes = describe(
                forms.load(document.tree.form),
                compare(document.old, document.tree),
                document.old,
                document.tree,
            )
            by_document[document.key] = tuple(x for x in changes if not x.procedure)
            why[document.key] = causes_outward(
                session,
                session.get_one(Version, document.version),
                document.tree,
                by_document[document.key],
            )
    shown = []
    for card in card_rules.cards(by_document):
        reason, explanation, _ = card_words(card, by_document, why)
        shown.append(PublicCard(card, reason, explanation))
    return tuple(shown)


def ref_of(wp: Workplace, d: PublicDocument) -> str:
    """The version that is shown, as others name it: KEY@N."""
    with wp.store.read() as session:
        return f"{d.key}@{session.get_one(Version, d.version).seq}"


def items_of(h: PublicConsultation) -> list[tuple[str, str]]:
    """(item id, citable words) of what changes, for 「この項目について」."""
    from ...domain.change.describe import numbers

    out: dict[str, str] = {}
    for document in h.documents:
        form = forms.load(document.tree.form)
        for x in (
            describe(form, compare(document.old, document.tree), document.old, document.tree)
            if document.old is not None
            else ()
        ):
            if not x.procedure and x.item in form.by_id:
                out.setdefault(
                    x.item, f"{numbers(form.by_id[x.item])} {form.by_id[x.item].label}".strip()
                )
    return list(out.items())


@dataclass(frozen=True, slots=True)
class ReceiptState:
    """What became of an opinion, told to whoever holds its receipt: the day it came, its number
    once the office took it in, the numbers of the points it was split into, and once the results
    are out the city's views (words, outcome) and the wording it led to; `recalled`: the day its
    sender took it back. Nothing of who sent it, nor its words."""

    day: date
    number: int | None = None
    points: tuple[int, ...] = ()
    views: tuple[tuple[str, str], ...] = ()
    wordings: tuple[AdoptedWording, ...] = ()
    recalled: date | None = None


def receipt_state(wp: Workplace, number: int, receipt: str, today: date) -> ReceiptState:
    """What became of the opinion of a receipt. PiaError where no opinion of this consultation has
    it."""
    shown = consultation(wp, number, today)
    with wp.store.read() as session:
        row = queries.opinions.of_receipt(session, receipt)
        if row is None or row.consultation_id != number:
            raise PiaError("その受付番号はありません。番号を確かめてください。")
        day = day_in_japan(row.at)
        opinion = session.get(Opinion, row.opinion_id) if row.opinion_id else None
        if opinion is None or opinion.withdrawn is not None:
            return ReceiptState(day)
        points = [point.number for point in queries.opinions.points_of(session, [opinion.id])]
        numbers = points or [opinion.number]
        mine = [result for result in shown.results if set(numbers) & set(result["numbers"])]
        state = ReceiptState(day, opinion.number, tuple(points), recalled=opinion.recalled)
        if not mine:
            return state
        con = session.get_one(Consultation, number)
        names = {document.key: document.name for document in shown.documents}
        rounds = {round_.id for round_ in con.rounds}
        led = adoptions.of_rounds(session, number, names, rounds)
        together = {number for result in mine for number in result["numbers"]}
        views = tuple((str(result["response"]), str(result["outcome"])) for result in mine)
        wordings = tuple(each for each in led if each.opinion in together)
        return replace(state, views=views, wordings=wordings)


def received(wp: Workplace, number: int, receipt: str) -> bool:
    """Whether an opinion with this receipt number came to a consultation through these pages."""
    with wp.store.read() as session:
        return queries.opinions.receipt_came(session, number, receipt) is not None


@dataclass(frozen=True, slots=True)
class OpinionForm:
    """What a resident filled in: which document and item it is about, the words, and who they
    are."""

    key: str
    item: str
    text: str
    name: str
    address: str


def send(wp: Workplace, number: int, form: OpinionForm, *, now: datetime, once: str = "") -> str:
    """Puts an opinion into the inbox and returns its receipt number; the same `once` with the same
    words again gives the same receipt and no second row, with other words it is another opinion.
    PiaError when the consultation is not open or a field its rules ask for is empty.
    """
    shown = consultation(wp, number, day_in_japan(now))
    if not shown.open:
        raise PiaError("この意見募集は、受付の期間ではありません。")
    if not form.text.strip():
        raise PiaError("意見を入力してください。")
    given = settled(shown.facts, {"name": form.name, "address": form.address})
    digest_of = "\n".join((once, form.key, form.item, form.text, given["name"], given["address"]))
    receipt = receipt_of(f"{number}/{digest_of}".encode() if once else secrets.token_bytes(32))
    with wp.store.begin() as session:
        if once and queries.opinions.receipt_taken(session, receipt):
            return receipt
        session.add(
            Inbox(
                receipt=receipt,
                consultation_id=number,
                key=form.key,
                item=form.item,
                text=form.text,
                name=given["name"],
                address=given["address"],
                at=now,
            )
        )
        log.entry(session, By("anonymous", "anonymous", now), "opinion.send", f"{number}/{receipt}")
    return receipt
