"""Which rounds a step is taken with: chosen on the address where many wait for it, so that only
what is chosen is checked.

Knows the query parameter `round` and the field `rounds`. Must not know what a step needs.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from ...actions.viewing.rounds import RoundChoice
from .. import inputs

AT_ONCE = 3  # as many rounds are checked without being chosen first


def asked(waiting: Sequence[RoundChoice]) -> list[str]:
    """The REFs that are chosen; all that wait where they are few and none is chosen."""
    chosen = set(request.args.getlist("round")) | set(request.form.getlist("rounds"))
    known = [line.ref for line in waiting]
    if chosen:
        return [ref for ref in known if ref in chosen]
    if len(known) <= AT_ONCE:
        return known
    return []


def sent() -> list[str]:
    """The REFs a form was sent with, each of which the gate knows; whether the step may be taken
    with them, the act says. Unfit where there is none."""
    return inputs.many("rounds", "評価書", set(request.form.getlist("rounds")))
