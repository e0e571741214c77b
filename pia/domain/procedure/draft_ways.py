"""The way of a draft through the house as a list of steps: who looks at it before the office takes
it on.

Knows the city's list (`pia/rules/handover-*.yaml`). Must not know what was done, nor the procedure:
no step of that waits for a step of this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import PiaError


@dataclass(frozen=True, slots=True)
class HandoverStep:
    """One step of the way: its name, the roles whose turn it is, and whether it is another person's
    than who handed it on. `of`: "digital" for one of the 情報部門, whose turn it is only where an
    item changed that it looks over; else it is the document's own department's, or the office's."""

    id: str
    name: str
    who: tuple[str, ...]
    another: bool = False
    of: str = ""


def way(table: Mapping[str, Any], digital: bool) -> tuple[HandoverStep, ...]:
    """The steps of a city's list, in order; `digital`: whether it named a 情報部門, without which
    the steps of that are left out. PiaError where it names a step twice or is too short to hand
    anything on."""
    steps = []
    for line in table["steps"]:
        who = tuple(line["who"])
        of = line.get("of", "")
        if digital or not of:
            step = HandoverStep(line["id"], line["name"], who, bool(line.get("another")), of)
            steps.append(step)
    names = {step.id for step in steps}
    if len(names) != len(steps) or len(steps) == 1:
        raise PiaError(f"課内の確認の段階「{table['name']}」の形が正しくありません。")
    return tuple(steps)


def lies_at(steps: Sequence[HandoverStep], goes_to: str) -> HandoverStep:
    """The step a draft lies at after it went to a step; at the first where it went nowhere yet, or
    to one the list no longer has."""
    for step in steps:
        if step.id == goes_to:
            return step
    return steps[0]


def following(steps: Sequence[HandoverStep], step: HandoverStep) -> HandoverStep | None:
    """The step after one; None after the last."""
    place = steps.index(step) + 1
    if place < len(steps):
        return steps[place]
    return None


def before(steps: Sequence[HandoverStep], step: HandoverStep) -> tuple[HandoverStep, ...]:
    """The steps a draft may be sent back to from one."""
    return tuple(steps[: steps.index(step)])
