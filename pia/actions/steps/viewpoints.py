"""自己点検: the department answers the viewpoints of the check for its own document
(指針第10の1(2)、未確認).

Each save is a step of the round with all answers: who answered what and when stays.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.rows import assessments
from ..records import closing, viewpoints
from ..workplace import Workplace, chain_at, line


def answer(wp: Workplace, by: By, ref: str, given: Mapping[str, Mapping[str, str]]) -> int:
    """Keeps the answers (number → result, evidence); how many have a result. PiaError where nothing
    was changed."""
    kept = viewpoints.must_be_known(wp, given)
    with wp.store.begin(chain=chain_at(wp, ref)) as session:
        at = line(session, ref)
        if at.round is None:
            raise PiaError(f"{ref} は再実施・修正ではありません。")
        closing.must_be_open(at)
        if viewpoints.answers(queries.rounds.events_of(session, at.round.id)) == kept:
            raise PiaError("自己点検は、もうそのとおりです。")
        about = {"answers": kept}
        assessments.step(session, at.round, viewpoints.EVENT, at.round.state, about, by)
        log.entry(session, by, "round.viewpoints", ref, about)
        return sum(1 for one in kept.values() if one["result"])
