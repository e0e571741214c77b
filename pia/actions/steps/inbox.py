"""Opinions that come in as text from a host outside: each line of the file is checked as hostile
input and goes into the inbox whole or not at all.

Knows the consultations of this house, their days and the receipts it has seen. Never changes the
file: a line that is refused is named by number and reason, and a person decides (規則第7条第1項).
What is taken keeps its instant and its sender; who carried it in is on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy.orm import Session

from ...domain.act import By, day_in_japan
from ...domain.errors import PiaError
from ...domain.procedure import opinions as line
from ...domain.procedure.opinions import Sent
from ...store import queries
from ...store.ledger import log
from ...store.rows.assessments import Assessment
from ...store.rows.consultations import Consultation, Inbox
from ..viewing import public
from ..workplace import Workplace

AHEAD = timedelta(minutes=10)  # how far the clock of the host outside may be before ours


@dataclass(slots=True)
class InboxTaken:
    """What became of a file: receipts that are new, how many lines were here already, and (line
    from 1, reason) of those refused.
    """

    new: list[str] = field(default_factory=list)
    again: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def take(wp: Workplace, by: By, lines: Iterable[bytes]) -> InboxTaken:
    """Takes a file in, a line a transaction."""
    done = InboxTaken()
    items = _Items(wp)
    for number, body in enumerate(lines, 1):
        if not body.strip():
            continue
        try:
            sent = line.read(body)
            known = _one(wp, by, sent, items)
        except PiaError as error:
            done.refused.append((number, str(error)))
            continue
        if known:
            done.again += 1
        else:
            done.new.append(sent.receipt)
    return done


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only so much that it is seen to be."""
    while body := file.readline(line.MOST_BYTES + 1):
        rest = body
        while len(rest) > line.MOST_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(line.MOST_BYTES + 1)
        yield body


class _Items:
    """The items residents could choose in each consultation, worked out once a file."""

    def __init__(self, wp: Workplace):
        self.wp = wp
        self.known: dict[int, set[str]] = {}

    def of(self, sent: Sent) -> set[str]:
        if sent.consultation not in self.known:
            shown = public.consultation(self.wp, sent.consultation, day_in_japan(sent.at))
            self.known[sent.consultation] = {item for item, _ in public.items_of(shown)}
        return self.known[sent.consultation]


def _one(wp: Workplace, by: By, sent: Sent, items: _Items) -> bool:
    """Whether the line was here already; else it is now. PiaError when it cannot be taken."""
    with wp.store.read() as session:
        _checked(session, by, sent)
    if sent.item and sent.item not in items.of(sent):
        raise PiaError(f"項目「{sent.item}」は、この意見募集で選べるものではありません。")
    with wp.store.begin() as session:
        inbox = queries.opinions.of_receipt(session, sent.receipt)
        if inbox is not None:
            if not _same(inbox, sent):
                raise PiaError(f"受付番号 {sent.receipt} は、別の意見で使われています。")
            return True
        session.add(
            Inbox(
                receipt=sent.receipt,
                consultation_id=sent.consultation,
                key=sent.key,
                item=sent.item,
                text=sent.text,
                name=sent.name,
                address=sent.address,
                at=sent.at,
            )
        )
        log.entry(session, by, "opinion.carried", f"{sent.consultation}/{sent.receipt}")
    return False


def _same(row: Inbox, sent: Sent) -> bool:
    """The same opinion, also where the office has moved its sender or erased words since."""
    about = (row.consultation_id, row.key, row.item, row.at) == (
        sent.consultation,
        sent.key,
        sent.item,
        sent.at,
    )
    return about and (row.text_nonce is None or row.text == sent.text)


def _checked(session: Session, by: By, sent: Sent) -> None:
    consultation = session.get(Consultation, sent.consultation)
    if consultation is None or consultation.withdrawn is not None:
        raise PiaError(f"意見募集{sent.consultation}はありません。")
    if not consultation.start <= day_in_japan(sent.at) <= consultation.end:
        raise PiaError("受け付けた日時が、意見募集の期間の外です。")
    if sent.at > by.at + AHEAD:
        raise PiaError("受け付けた日時が、いまより先です。外のサーバーの時計を確かめてください。")
    if sent.key and sent.key not in _keys(session, consultation):
        raise PiaError(f"評価書「{sent.key}」は、この意見募集の対象ではありません。")
    given = {"name": sent.name, "address": sent.address}
    if line.settled(consultation.facts.get("sender") or {}, given) != given:
        raise PiaError("氏名か住所が、この意見募集の決まりと違います。")


def _keys(session: Session, consultation: Consultation) -> Sequence[str]:
    keys = []
    for round_ in consultation.rounds:
        keys.append(session.get_one(Assessment, round_.assessment_id).key)
    return keys
