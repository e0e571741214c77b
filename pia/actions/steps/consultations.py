"""意見聴取: announced, opinions taken in from every channel, answered, and adopted in all documents
of the case (規則第7条第1項・第4項; 指針第5の3, unread).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By, day_in_japan
from ...domain.document.tree import Path, Tree, walk
from ...domain.errors import PiaError
from ...domain.revise import national as wording
from ...domain.revise.apply import apply
from ...domain.text.folding import fold
from ...store import nodes, queries
from ...store.ledger import log
from ...store.ledger.chains import common
from ...store.ledger.witness import Witness
from ...store.model import acted
from ...store.rows import consultations as rows
from ...store.rows import records
from ...store.rows.assessments import Assessment, NewVersion
from ...store.turns import Outdated
from ..access import noted
from ..records import closing, occurrences
from ..records.rounds import move_in
from ..workplace import VersionLine, Workplace, line, put, ready, row_of
from . import quarantine


@dataclass(frozen=True, slots=True)
class Announcement:
    """公示 of a consultation: its title, the day it is announced, its first and last day."""

    title: str
    announced: date
    start: date
    end: date
    method: str
    facts: Mapping[str, Any] | None = None


def announce(wp: Workplace, by: By, wheres: Sequence[str], announcement: Announcement) -> int:
    """Announces one consultation for several rounds.

    Refused with what is missing when a round may not be announced, Unfit for days that cannot be.
    """
    closing.days_in_order(announcement.announced, announcement.start, announcement.end)
    with wp.store.begin() as session:
        con = rows.Consultation(
            title=announcement.title,
            announced=announcement.announced,
            start=announcement.start,
            end=announcement.end,
            method=announcement.method,
            facts=dict(announcement.facts or {}),
            **acted(by),
        )
        con.rounds = [round_ for word in wheres if (round_ := _round(session, word).round)]
        session.add(con)
        session.flush()
        occurrences.refuse_open(
            session, occurrences.heads(session, [_round(session, where) for where in wheres])
        )
        for where in wheres:
            move_in(
                session,
                wp,
                by,
                _round(session, where),
                "announce",
                {
                    "consultation": con.id,
                    "start": announcement.start.isoformat(),
                    "end": announcement.end.isoformat(),
                },
            )
        log.entry(
            session,
            by,
            "consultation.announce",
            str(con.id),
            {
                "rounds": list(wheres),
                "start": announcement.start.isoformat(),
                "end": announcement.end.isoformat(),
            },
        )
        log.anchor(session, by)
        return con.id


def _round(session: Session, where: str) -> VersionLine:
    at = line(session, where)
    if at.round is None:
        raise PiaError(f"{where} は再実施・修正ではありません。KEY~名前 の形で指定してください。")
    return at


@dataclass(frozen=True, slots=True)
class NewOpinion:
    """An opinion as it came: the day and the way, its words, what it is about, and who sent it.

    `counting` and `counting_reason`: how one is counted that does not count by itself, and why;
    `reference`: the number another system gave it; `files`: what came with it, name and bytes.
    """

    received: date
    channel: str
    text: str
    item: str | None = None
    keys: Sequence[str] = ()
    name: str = ""
    address: str = ""
    postmarked: date | None = None
    counting: str = ""
    counting_reason: str = ""
    reference: str = ""
    files: Sequence[tuple[str, bytes]] = ()


# (name, address) of a sender, as they count → the row of their first letter.
Senders = dict[tuple[str, ...], int]


def receive(wp: Workplace, by: By, consultation: int, opinion: NewOpinion) -> int:
    """Takes in one opinion, verbatim; returns its number.

    Name and address are kept apart and never published. Unfit where it came outside the period or
    without what the consultation demands, and nobody said how it counts.
    """
    with wp.store.begin() as session:
        row = row_of(session, rows.Consultation, consultation, "意見募集")
        return taken_in(session, by, row, opinion, senders_known(session, row.id)).number


def taken_in(
    session: Witness, by: By, con: rows.Consultation, opinion: NewOpinion, known: Senders
) -> rows.Opinion:
    """The row of one opinion, with its sender and what came with it; within somebody's turn.
    `known`: who has written already; the sender is one of them from now on."""
    if opinion.channel not in closing.CHANNELS:
        raise PiaError(
            f"受付の方法「{opinion.channel}」はありません。"
            f"{'、'.join(closing.CHANNELS)} のいずれかです。"
        )
    if not opinion.text.strip():
        raise PiaError("意見の本文がありません。受け取った文章をそのまま入力してください。")
    if not set(opinion.keys) <= closing.keys_of(session, con):
        raise PiaError("この意見募集の評価書を選んでください。")
    sender = {"name": opinion.name, "address": opinion.address}
    given = frozenset(field for field, words in sender.items() if words.strip())
    arrival = closing.Arrival(opinion.received, opinion.channel, opinion.postmarked, given)
    closing.must_have_come(arrival, by.day)
    later = closing.comes_later(con, arrival, opinion.counting, opinion.counting_reason)
    asked = bool(closing.lacking(con, arrival))
    row = rows.Opinion(
        consultation_id=con.id,
        number=rows.next_number(session, con.id),
        received=opinion.received,
        channel=opinion.channel,
        item=opinion.item,
        keys=list(opinion.keys),
        text=opinion.text,
        later=later,
        anonymous="name" not in given,
        postmarked=opinion.postmarked,
        counting=opinion.counting_reason if asked else None,
        reference=opinion.reference or None,
        same_person_id=_first_letter(known, sender),
    )
    session.add(row)
    session.flush()
    if all(words.strip() for words in sender.values()):
        known.setdefault(tuple(map(fold, sender.values())), row.id)
    if given:
        session.add(rows.OpinionSender(opinion_id=row.id, **sender))
    for name, body in opinion.files:
        quarantine.keep(session, by, row, name, body)
    about = {"channel": opinion.channel, "received": opinion.received.isoformat()}
    about |= log.about(later=later, reference=opinion.reference or None)
    log.entry(session, by, "opinion.receive", f"{con.id}/{row.number}", about)
    return row


def senders_known(session: Session, consultation: int) -> Senders:
    """Everybody who wrote to a consultation and said both name and address."""
    known: Senders = {}
    for letter, *said in queries.opinions.letters_with_senders(session, consultation):
        if all(words.strip() for words in said):
            first = letter.same_person_id or letter.id
            known.setdefault(tuple(map(fold, said)), first)
    return known


def _first_letter(known: Senders, sender: Mapping[str, str]) -> int | None:
    """The first letter of the person of this name and address; None where either is missing, or
    nobody of them has written yet."""
    if not all(words.strip() for words in sender.values()):
        return None
    return known.get(tuple(map(fold, sender.values())))


def _opinion(session: Session, consultation: int, number: int) -> rows.Opinion:
    opinion = queries.opinions.numbered(session, consultation, number)
    if opinion is None:
        raise PiaError(f"意見{number}はありません。")
    if opinion.withdrawn is not None:
        raise PiaError(f"意見{number}の記録は取り消されています。")
    if opinion.recalled is not None:
        raise PiaError(f"意見{number}は、出した人が取り下げています。")
    return opinion


def _answered(session: Session, consultation: int, number: int) -> rows.Opinion:
    """An opinion that is answered by itself. PiaError for a letter that was split into points, and
    for one that is answered together with another."""
    opinion = _opinion(session, consultation, number)
    points = queries.opinions.points_of(session, [opinion.id])
    if points:
        named = "・".join(f"意見{point.number}" for point in points)
        raise PiaError(f"意見{number}は{named}に分けています。分けた意見に答えてください。")
    if opinion.like_id is not None:
        other = session.get_one(rows.Opinion, opinion.like_id).number
        raise PiaError(
            f"意見{number}は、意見{other}とまとめて答えます。意見{other}に記録してください。"
        )
    return opinion


def respond(wp: Workplace, by: By, consultation: int, number: int, text: str, outcome: str) -> None:
    """市の考え方 with its outcome (R8)."""
    known = wp.rules["outcomes"]
    if outcome not in known:
        raise PiaError(f"区分「{outcome}」はありません。{'、'.join(known)} のいずれかです。")
    if not text.strip():
        raise PiaError(f"意見{number}への市の考え方を入力してください。")
    with wp.store.begin() as session:
        opinion = _answered(session, consultation, number)
        closing.must_be_answering(session, session.get_one(rows.Consultation, consultation))
        session.add(rows.Response(opinion_id=opinion.id, text=text, outcome=outcome, **acted(by)))
        log.entry(session, by, "opinion.respond", f"{consultation}/{number}", {"outcome": outcome})


class Nowhere(PiaError):
    """No document of a consultation has the passage."""

    def __init__(self) -> None:
        super().__init__("その言葉は、どの評価書にもありません。評価書のとおりに入力してください。")


def adopt(
    wp: Workplace,
    by: By,
    consultation: int,
    number: int,
    before: str,
    after: str,
    places: Mapping[str, Path] | None = None,
) -> list[str]:
    """The wording an opinion led to, in every document of the case at once (one act, one
    transaction): a passage replaced at `places` (line → path of the block), or in each document of
    the consultation that has it. PiaError, and nothing changed, when a passage is not there exactly
    once; Nowhere when no document has it.
    """

    def prepare(session: Witness) -> list[_Adopted]:
        _answered(session, consultation, number)
        lines = _lines_of(session, consultation) if places is None else places
        adopted = []
        for where, path in lines.items():
            new = _adopted(session, (consultation, number), where, path, (before, after))
            if new is not None:
                adopted.append(new)
        if not adopted:
            raise Nowhere
        return adopted

    def carry_out(session: Witness, adopted: list[_Adopted]) -> list[str]:
        opinion = _opinion(session, consultation, number)
        versions = []
        refs = []
        for document in adopted:
            at = _open_round_of(session, consultation, document.where)
            if at.head_id != document.head:
                raise Outdated
            version = put(session, at, document.new, by)
            session.add(
                rows.Adoption(
                    opinion_id=opinion.id,
                    assessment_id=at.assessment.id,
                    before_id=document.head,
                    after_id=version.id,
                    path=list(document.path),
                    **acted(by),
                )
            )
            versions.append(version)
            refs.append(f"{at.assessment.key}@{version.seq}")
        about = {"places": {document.where: list(document.path) for document in adopted}}
        log.entry(session, by, "opinion.adopt", f"{consultation}/{number}", about, versions)
        return refs

    return wp.store.prepared(
        prepare, carry_out, lambda adopted: common([document.chain for document in adopted])
    )


@dataclass(frozen=True, slots=True)
class _Adopted:
    """The wording of an opinion in one document, ready to be saved on the head it was made on."""

    where: str
    path: Path
    head: int
    new: NewVersion
    chain: str | None


def _open_round_of(session: Session, consultation: int, where: str) -> VersionLine:
    at = _round(session, where)
    closing.must_be_of(session, session.get_one(rows.Consultation, consultation), at)
    closing.must_be_open(at)
    return at


def _lines_of(session: Session, consultation: int) -> dict[str, Path | None]:
    """The lines a consultation is about, in which a passage is still to be found."""
    lines: dict[str, Path | None] = {}
    for round_ in session.get_one(rows.Consultation, consultation).rounds:
        lines[VersionLine(session.get_one(Assessment, round_.assessment_id), round_).ref] = None
    return lines


def _adopted(
    session: Session,
    opinion: tuple[int, int],
    where: str,
    path: Path | None,
    words: tuple[str, str],
) -> _Adopted | None:
    """The wording in one document; None where the document has no such passage. `opinion`: its
    consultation and number; `path`: of the block, None for the one that has the words; `words`:
    before and after."""
    consultation, number = opinion
    tree = nodes.recent(session, _round(session, where).own_head)
    if path is None:
        path = _place_of(tree, where, words[0])
    if path is None:
        return None
    at = _open_round_of(session, consultation, where)
    form = forms.load(tree.form)
    result = apply(tree, wording.substituted(form, tree, path, *words), form)
    if result.conflicts:
        raise PiaError(
            f"{where} の記載に、意見{number}の修正を反映できません。該当の箇所を確かめてください。"
        )
    source = {"opinion": number, "consultation": consultation}
    new = ready(session, form, result.tree, f"意見{number}を受けた修正", source)
    return _Adopted(where, path, at.own_head, new, at.chain)


def close(wp: Workplace, by: By, consultation: int, review_fixed: date | None = None) -> None:
    """The period is over; the rounds go on to 意見の反映."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Consultation, consultation, "意見募集")
        for round_ in row.rounds:
            move_in(
                session,
                wp,
                by,
                VersionLine(session.get_one(Assessment, round_.assessment_id), round_),
                "close_consultation",
                {"consultation": consultation},
            )
        log.entry(session, by, "consultation.close", str(consultation), {})


def fix_review(wp: Workplace, by: By, wheres: Sequence[str], day: date) -> None:
    """見直しの確定: the day the text after the opinions was settled (R6)."""
    from ...store.rows import assessments

    with wp.store.begin() as session:
        for where in wheres:
            at = _round(session, where)
            closing.must_be_open(at, before=(*closing.ENDED, "REVIEWED"))
            assessments.step(
                session,
                at.own_round,
                "review_fixed",
                at.own_round.state,
                {"day": day.isoformat()},
                by,
            )
        log.entry(session, by, "round.review_fixed", "、".join(wheres), {"day": day.isoformat()})


def _place_of(tree: Tree, where: str, words: str) -> Path | None:
    """The path of the one block that has a passage; None where none has it. PiaError when several
    have it."""
    spots = []
    for path, node in walk(tree):
        if node.kind == "block" and words in node.value["text"]:
            spots.append(path)
    if len(spots) > 1:
        raise PiaError(
            f"{where} には、その言葉が{len(spots)}か所あります。"
            "1か所に決まるように、前後も含めて入力してください。"
        )
    return spots[0] if spots else None


def take_in(wp: Workplace, by: By, consultation: int, row: int) -> int:
    """A row of the public zone's inbox becomes an opinion of its own consultation; its name and
    address move to the sender's table, and the inbox keeps neither. Returns its number.
    """
    with wp.store.begin() as session:
        received_row = session.get(rows.Inbox, row)
        if received_row is None or received_row.consultation_id != consultation:
            raise PiaError("その受付は、この意見募集のものではありません。")
        if received_row.opinion_id is not None:
            raise PiaError("その受付は、もう意見として受け付けました。")
        if records.is_erased(received_row):
            raise PiaError("この受付の文章は消されているため、意見として受け付けられません。")
        received = day_in_japan(received_row.at)
        number = rows.next_number(session, received_row.consultation_id)
        opinion = rows.Opinion(
            consultation_id=received_row.consultation_id,
            number=number,
            received=received,
            channel="web",
            item=received_row.item or None,
            keys=[received_row.key] if received_row.key else [],
            text=received_row.text,
            later=closing.gone_on(session.get_one(rows.Consultation, consultation)),
            anonymous=not received_row.name.strip(),
            same_person_id=_first_letter(
                senders_known(session, consultation),
                {"name": received_row.name, "address": received_row.address},
            ),
        )
        session.add(opinion)
        session.flush()
        if received_row.name or received_row.address:
            session.add(
                rows.OpinionSender(
                    opinion_id=opinion.id, name=received_row.name, address=received_row.address
                )
            )
        received_row.opinion_id = opinion.id
        received_row.name = received_row.address = ""
        received_row.name_nonce = received_row.address_nonce = None
        log.entry(
            session,
            by,
            "opinion.receive",
            f"{received_row.consultation_id}/{number}",
            {"channel": "web", "receipt": received_row.receipt},
        )
        return number


def senders(wp: Workplace, by: By, consultation: int) -> list[tuple[int, str, str]]:
    """(number, name, address) of who sent what. That somebody looked is on record."""
    with wp.store.read() as session:
        people = []
        for count, text, words in queries.opinions.senders(session, consultation):
            people.append((count, text, words))
    noted.note(wp, by, "opinion.senders", str(consultation), {"count": len(people)})
    return people
