"""Two persons for what leaves the house: one asks, another looks and does it. An option of a city
(PIA_TWO_PERSONS; ASVS 2.3.5).

Knows requests and who made them. Must not know pages. What was confirmed is the very wording that
was asked about: where it changed since, it is asked anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import two_persons as rows
from ...store.rows.assessments import Version
from ..access.names import shown_name
from ..workplace import Workplace, line

WORDS = {"submit": "提出", "publish": "公表"}


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A request that waits: who made it when, and what was typed for the step.

    `mine` where the person who looks is the one who asked.
    """

    number: int
    who: str
    at: datetime
    args: Mapping[str, Any]
    mine: bool
    changed: bool


def waiting(wp: Workplace, kind: str, refs: Sequence[str], actor: str) -> WaitingStep | None:
    """The request that waits for these rounds; None where the city does without, or none does."""
    if not wp.two_persons:
        return None
    with wp.store.read() as session:
        rows_waiting = rows.waiting(session, kind, list(refs))
        if rows_waiting is None:
            return None
        changed = _heads(session, refs) != _kept(rows_waiting)
        return WaitingStep(
            rows_waiting.id,
            shown_name(session, rows_waiting.actor),
            rows_waiting.at,
            rows_waiting.args,
            rows_waiting.actor == actor,
            changed,
        )


def ask(wp: Workplace, by: By, kind: str, refs: Sequence[str], args: Mapping[str, Any]) -> None:
    """Asks another person to do a step for these rounds as they stand now.

    PiaError where somebody has asked already.
    """
    with wp.store.begin() as session:
        known = rows.waiting(session, kind, list(refs))
        if known is not None and _kept(known) == _heads(session, refs):
            raise PiaError(
                f"この{WORDS[kind]}は、{shown_name(session, known.actor)}さんがもう頼んでいます。"
                "別の人が確かめて行ってください。"
            )
        if known is not None:
            _close(known, by, rows.STALE, "評価書が変わったため、頼み直した")
        heads = sorted(_heads(session, refs).items())
        asked_step = rows.AskedStep(
            kind=kind, rounds=list(map(list, heads)), args=dict(args), **acted(by)
        )
        session.add(asked_step)
        session.flush()
        log.entry(
            session, by, "two_persons.ask", str(asked_step.id), {"kind": kind, "rounds": list(refs)}
        )


def withdraw(wp: Workplace, by: By, number: int, why: str) -> None:
    """Takes a request back, with a reason. PiaError when it does not wait any more."""
    with wp.store.begin() as session:
        asked_step = session.get(rows.AskedStep, number)
        if asked_step is None or asked_step.state is not None:
            raise PiaError("その依頼は、もう終わっています。画面を開き直してください。")
        _close(asked_step, by, rows.WITHDRAWN, why)
        log.entry(session, by, "two_persons.withdraw", str(number), {"why": why})


def confirm(
    session: Session, wp: Workplace, by: By, kind: str, refs: Sequence[str]
) -> dict[str, str]:
    """Inside the act of a step: whether a second person does it, and what the record says of the
    first. Refused where nobody asked, the same person did, or the text has changed since.
    """
    if not wp.two_persons:
        return {}
    words = WORDS[kind]
    asked_steps = rows.waiting(session, kind, list(refs))
    if asked_steps is None:
        raise Refused(f"{words}は2人で行う設定です。先に、別の人が{words}を頼んでください。")
    if asked_steps.actor == by.actor:
        raise Refused(f"{words}は2人で行う設定です。頼んだ人とは別の人が行ってください。")
    if _kept(asked_steps) != _heads(session, refs):
        raise Refused(f"{words}を頼んだあとに評価書が変わりました。もう一度頼んでください。")
    _close(asked_steps, by, rows.DONE, "")
    return {"asked_by": asked_steps.actor, "asked_at": asked_steps.at.isoformat()}


def _close(asked: rows.AskedStep, by: By, state: str, why: str) -> None:
    asked.state = state
    asked.closed_by = by.actor
    asked.closed_at = by.at
    asked.closed_why = why


def _kept(asked: rows.AskedStep) -> dict[str, str]:
    texts = {}
    for ref, digest in asked.rounds:
        texts[str(ref)] = str(digest)
    return texts


def _heads(session: Session, refs: Sequence[str]) -> dict[str, str]:
    """The digest of each round's head."""
    digests = {}
    for ref in refs:
        digests[ref] = session.get_one(Version, line(session, ref).head_id).digest
    return digests
