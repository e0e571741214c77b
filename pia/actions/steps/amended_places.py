"""What the officer decides of each place that was changed after its submission, and the round back
to its check or its consultation where that was decided (規則第7条第1項・第4項・第5項).

The secretariat decides, with a reason and the 決裁 of the city's own system. Put right by
`corrections`. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.procedure import steps as procedure_steps
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows.amended_places import CONSULTATION, FORMAL, AmendedPlace
from ...store.rows.assessments import Version
from ..records.amended_places import AGAIN, changed_since, latest, must_be_decided
from ..records.facts import facts
from ..records.revision import table_of
from ..workplace import Workplace, line

NOTHING = "提出した版から変わったところがありません。"


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision as it was typed: how the places are handled, why, and its 決裁."""

    decision: str
    reason: str
    decided: date | None = None
    document_number: str = ""


def decide(wp: Workplace, by: By, where: str, paths: Sequence[str], new: NewDecision) -> int:
    """Decides on these changed places as they are now; how many. Unfit for a place that is not
    changed, and for a decision without its 決裁."""
    must_be_decided(by, new.decision, new.decided)
    with wp.store.begin() as session:
        at = line(session, where)
        round_ = at.own_round
        sent = queries.filing.last_submission_of_round(session, round_.id)
        if sent is None or round_.head_id is None:
            raise PiaError("この手続は、まだ提出されていません。")
        if new.decision != FORMAL and not goes_back(wp, by, where):
            raise Unfit("decision", "この手続には、やり直す第三者点検も意見の聴取もありません。")
        version = session.get_one(Version, sent.version_id)
        places = {place.path: place for place in changed_since(session, version, round_.head_id)}
        if not paths or not set(paths) <= set(places):
            raise Unfit("places", "扱いを決める箇所を、いま変わっているところから選んでください。")
        for path in paths:
            session.add(
                AmendedPlace(
                    round_id=round_.id,
                    submission_id=sent.id,
                    path=path,
                    digest=places[path].digest,
                    decision=new.decision,
                    reason=new.reason,
                    decided=new.decided,
                    document_number=new.document_number,
                    **acted(by),
                )
            )
        about = {"places": list(paths), "decision": new.decision}
        log.entry(session, by, "commission.place", where, about)
        return len(paths)


def goes_back(wp: Workplace, by: By, where: str) -> bool:
    """Whether the procedure of a round has a check to go back to."""
    with wp.store.read() as session:
        at = line(session, where)
        known = facts(session, wp, at, by.day)
        lines = procedure_steps.steps(table_of(session, wp, at), known.form_kind, known.round_kind)
        return any(step.event == "reopen" for step in lines)


def go_back(wp: Workplace, by: By, where: str) -> str:
    """The round goes back as far as was decided; the new state. Refused where nothing that was
    decided asks for it."""
    with wp.store.begin() as session:
        at = line(session, where)
        round_ = at.own_round
        sent = queries.filing.last_submission_of_round(session, round_.id)
        if sent is None or round_.state != "REVIEWED":
            raise Refused(
                "この手続は、いまやり直しの段階に戻せません。",
                ("補正の求めを受けて、提出の前に戻してから使ってください。",),
            )
        rows = [row for row, _ in queries.amended_places.after(session, round_.id, sent.id)]
        asked = {row.decision for row in latest(rows).values()} - {FORMAL}
        if not asked:
            raise Refused("やり直すと決めた箇所がありません。")
        state = "DRAFTING" if CONSULTATION in asked else "REVISING"
        about = {"submission": sent.id, "decision": sorted(asked)[-1]}
        state = assessments.step(session, round_, AGAIN, state, about, by).state
        log.entry(session, by, "commission.again", where, about)
        return state
