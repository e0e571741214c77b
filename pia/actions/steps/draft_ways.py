"""A draft handed on through the house, or sent back with a reason; and the 決裁 of the city's own
system of documents, put on record.

Knows whose turn it is at each step of the city's list. No step of the procedure waits for it. It is
no 承認 and no 決裁.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused
from ...domain.procedure import draft_ways as rules
from ...domain.procedure import holders
from ...domain.procedure.draft_ways import HandoverStep
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows.draft_ways import CONFIRMED, SENT_BACK, Handover
from ..records import closing
from ..records.draft_ways import DraftWay, changed, of_round
from ..records.revision import table_of
from ..workplace import VersionLine, Workplace, chain_at, line

NONE = "この市では、課内の確認を記録しません。"


def _way(session: Session, wp: Workplace, at: VersionLine) -> DraftWay:
    """The way of a round's draft. Refused where it is not at its department, PiaError where the
    city has no steps."""
    if at.round is None:
        raise PiaError(f"{at.ref} は再実施・修正ではありません。")
    if holders.holder(table_of(session, wp, at), at.round.state) != "department":
        raise Refused(f"{at.ref}：いまの段階では、課内の確認はありません。")
    steps = queries.waiting.last_steps(session, [at.round.id])
    way = of_round(session, wp, at.round.id, steps[-1][0].at)
    if way is None:
        raise PiaError(NONE)
    return way


def _onward(session: Session, wp: Workplace, at: VersionLine, way: DraftWay) -> HandoverStep | None:
    """The step a draft is handed on to: to the 情報部門 only where an item changed that it looks
    over."""
    goes_to = way.next
    if goes_to is not None and goes_to.of and not changed(session, wp, at):
        return rules.following(way.steps, goes_to)
    return goes_to


def _must_be_theirs(session: Session, way: DraftWay, by: By, absent: str) -> None:
    """Refused for somebody whose turn it is not and who names nobody they stand in for."""
    mine = queries.accounts.department_of(session, by.actor)
    if not way.is_turn_of(by.role, mine) and not absent:
        raise Refused(
            f"いまは{way.here.name}の番です。代わりに行うときは、だれの代理かを入力してください。"
        )
    if way.here.another and way.last is not None and way.last.actor == by.actor:
        raise Refused(f"{way.here.name}の確認は、渡した人とは別の人が行ってください。")


def must_lie_with_digital(wp: Workplace, by: By, where: str) -> None:
    """Refused unless a draft lies with the 情報部門 and who acts is one of its people: they act on
    documents of any department there, and on no other."""
    with wp.store.read() as session:
        way = _way(session, wp, line(session, where))
        mine = queries.accounts.department_of(session, by.actor)
        if not way.here.of or not way.is_turn_of(by.role, mine):
            raise Refused(f"いまは{way.here.name}の番です。情報部門の確認はありません。")


def confirm(wp: Workplace, by: By, where: str, seen: str, absent: str = "") -> str:
    """Looks at a draft and hands it on; the name of the step it goes to. `seen`: the version that
    was looked at (KEY@N); `absent`: whom the actor stands in for.

    Refused for anybody else, and when the text changed meanwhile; PiaError at the last step.
    """
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        way = _way(session, wp, at)
        _must_be_theirs(session, way, by, absent)
        goes_to = _onward(session, wp, at, way)
        if goes_to is None:
            raise PiaError(f"{way.here.name}が最後の段階です。次の手続へ進めてください。")
        if seen != _head(session, at):
            raise Refused(
                "画面を開いた後に、評価書が変わりました。新しい版を見てから、もう一度渡してください。"
            )
        _add(session, at, by, way, goes_to.id, _Words(CONFIRMED, "", absent))
        return goes_to.name


def send_back(
    wp: Workplace, by: By, where: str, goes_to: str, reason: str, absent: str = ""
) -> str:
    """Sends a draft back to an earlier step with a reason; the name of that step.

    PiaError without a reason or for a step that is not before; Refused for anybody else.
    """
    if not reason.strip():
        raise PiaError("差し戻す理由を入力してください。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        way = _way(session, wp, at)
        _must_be_theirs(session, way, by, absent)
        for step in way.back_to:
            if step.id == goes_to:
                words = _Words(SENT_BACK, reason.strip(), absent)
                _add(session, at, by, way, step.id, words)
                return step.name
        raise PiaError("差し戻す先を、前の段階から選んでください。")


@dataclass(frozen=True, slots=True)
class _Words:
    """What is done on the way, why, and for whom."""

    act: str
    reason: str
    absent: str


def _head(session: Session, at: VersionLine) -> str:
    head = assessments.head(session, at.own_round)
    return head.named(session) if head is not None else ""


def _add(
    session: Session, at: VersionLine, by: By, way: DraftWay, goes_to: str, words: _Words
) -> None:
    session.add(
        Handover(
            round_id=at.own_round.id,
            version_id=at.own_head,
            step=way.here.id,
            goes_to=goes_to,
            act=words.act,
            reason=words.reason,
            absent=words.absent.strip(),
            **acted(by),
        )
    )
    about = {"act": words.act, "step": way.here.id, "to": goes_to}
    log.entry(session, by, "round.handover", at.ref, about)


@dataclass(frozen=True, slots=True)
class Decided:
    """A 決裁 as the city's own system has it: of what, its 文書番号, 決裁日 and 決裁区分."""

    about: str
    document_number: str
    decided: date
    category: str


def record_decision(wp: Workplace, by: By, where: str, decision: Decided) -> None:
    """Puts a 決裁 on record with its round. PiaError for a day to come; Refused for a round that
    was withdrawn."""
    if decision.decided > by.day:
        raise PiaError("決裁日が、今日より後になっています。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        if at.round is None:
            raise PiaError(f"{where} は再実施・修正ではありません。")
        closing.must_be_open(at, before=("WITHDRAWN",))
        about = {
            "about": decision.about,
            "document_number": decision.document_number,
            "decided": decision.decided.isoformat(),
            "category": decision.category,
        }
        assessments.step(session, at.round, "decided", at.round.state, about, by)
        log.entry(session, by, "round.decided", where, about)
