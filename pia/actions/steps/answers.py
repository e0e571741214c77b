"""What a department keeps ready for the questions of a council: 想定問答 written, taken over from
an earlier round and shown to the members, and what the wording of a place rests on.

Knows rounds and paths. What is written is never rewritten: it is followed by another one, or taken
back (`corrections`). Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.document.items import item_at
from ...domain.document.tree import Path
from ...domain.errors import PiaError, Refused, Unfit
from ...store import nodes, queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.answers import LAW, ExpectedQuestion, WordingSource
from ..editing import national
from ..records import closing, wording_origins
from ..records.national import national_places
from ..workplace import VersionLine, Workplace, chain_at, line

MANY = 500  # expected questions of a round


def expect(wp: Workplace, by: By, where: str, path: Path, question: str, answer: str) -> int:
    """A question expected at an item of a round (no path: about the whole document) with its
    answer; its number. PiaError for an item the form has not; Refused once the round is over."""
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = _open(session, where)
        if path:
            tree = nodes.recent(session, at.own_head)
            item_at(forms.load(tree.form), path)
        row = ExpectedQuestion(
            round_id=at.own_round.id,
            path=list(path),
            question=question,
            answer=answer,
            **acted(by),
        )
        return _kept(session, by, at, row, "answers.expect")


def take_over(wp: Workplace, by: By, where: str, number: int) -> int:
    """A question of an earlier round of the same document expected in this one too; its number. It
    is shown to nobody anew. Refused where it was taken over already."""
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = _open(session, where)
        offered = queries.answers.offered(session, at.assessment.id, at.own_round.id)
        found = [row for row, _ in offered if row.id == number]
        if not found:
            raise Refused("この想定問答は、もう引き継がれているか、取り消されています。")
        row = ExpectedQuestion(
            round_id=at.own_round.id,
            taken_id=found[0].id,
            path=list(found[0].path),
            question=found[0].question,
            answer=found[0].answer,
            **acted(by),
        )
        return _kept(session, by, at, row, "answers.take_over")


def _kept(session: Session, by: By, at: VersionLine, row: ExpectedQuestion, act: str) -> int:
    session.add(row)
    session.flush()
    log.entry(session, by, act, at.ref, {"question": row.id})
    return row.id


def release(wp: Workplace, by: By, where: str, number: int, on: bool) -> None:
    """Shows an expected question with its answer to the members the document is before, or no
    longer. Refused where it is so already."""
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = _open(session, where)
        row = standing(session, at, number)
        if (row.released is not None) == on:
            raise Refused(
                "この想定問答は、もう委員に見せています。"
                if on
                else "この想定問答は、委員に見せていません。"
            )
        row.released = by.day if on else None
        act = "answers.release" if on else "answers.hold_back"
        log.entry(session, by, act, at.ref, {"question": row.id})


def standing(session: Session, at: VersionLine, number: int) -> ExpectedQuestion:
    """The expected question of a number in a round, as it stands. PiaError for one that was taken
    back, put right since, or is of another round."""
    row = session.get_one(ExpectedQuestion, number)
    if row.round_id != at.own_round.id:
        raise PiaError("この想定問答は、この手続のものではありません。")
    if row.withdrawn is not None:
        raise PiaError("この想定問答は、取り消されています。")
    if queries.answers.corrected_by(session, number) is not None:
        raise PiaError("この想定問答は、もう直されています。いまの想定問答を開いてください。")
    return row


def again(
    session: Session, _: Workplace, by: By, row: ExpectedQuestion, new: Mapping[str, Any]
) -> None:
    """What an expected question says now, in a row of its own in its place."""
    session.add(
        ExpectedQuestion(
            round_id=row.round_id,
            taken_id=row.taken_id,
            corrects_id=row.id,
            path=list(row.path),
            question=new["question"],
            answer=new["answer"],
            released=row.released,
            **acted(by),
        )
    )


@dataclass(frozen=True, slots=True)
class NewSource:
    """What a wording rests on: LAW or OWN, and the provision or what the city decided by."""

    kind: str
    source: str


def rest_on(wp: Workplace, by: By, where: str, path: Path, new: NewSource) -> int:
    """What the wording of a place rests on, as it stands now; its number. Unfit for law without its
    provision; PiaError where nothing stands there; Refused once the round is over."""
    if new.kind == LAW and not new.source.strip():
        raise Unfit("source", "根拠の法令と条項を入力してください。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = _open(session, where)
        digest = wording_origins.digest_at(nodes.recent(session, at.own_head), path)
        if not digest:
            raise PiaError("この箇所に、いまは記載がありません。箇所を選び直してください。")
        row = WordingSource(
            round_id=at.own_round.id,
            path=list(path),
            digest=digest,
            kind=new.kind,
            source=new.source,
            **acted(by),
        )
        session.add(row)
        session.flush()
        log.entry(session, by, "answers.rest_on", at.ref, {"source": row.id, "kind": new.kind})
        return row.id


def ask_state(wp: Workplace, by: By, where: str, item: str, inquiry: national.Inquiry) -> None:
    """Whether the state was asked about the wordings of an item that the city changed, when, and
    what it said: of this document. PiaError where no wording of the item departs."""
    with wp.store.read() as session:
        at = line(session, where)
        tree = nodes.recent(session, at.own_head)
        texts = set()
        for place in national_places(session, at.assessment.id, tree):
            if place.departure.item == item and place.departure.status == "differs":
                texts.add(place.key)
        key = at.assessment.key
    if not texts:
        raise PiaError("この項目に、国の記載例を市で直した箇所はありません。")
    if inquiry.day is not None and inquiry.day > by.day:
        raise Unfit("day", "「確認した日」が、まだ来ていません。")
    with wp.store.together():
        for text in sorted(texts):
            national.confirm(wp, by, text, item, inquiry, assessment=key)


def _open(session: Session, where: str) -> VersionLine:
    """The round of a line. Refused once it is over, or where it has too many questions."""
    at = line(session, where)
    closing.must_be_open(at, before=closing.OVER)
    if len(queries.answers.expected(session, [at.own_round.id])) >= MANY:
        raise PiaError(f"想定問答は、1つの手続に{MANY}件までです。")
    return at
