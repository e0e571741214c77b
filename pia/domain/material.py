"""重要な変更: which changes touch ※ items (規則第11条, 指針別表), less the exemptions a round decided with a reason (指針第6の2(2)).

※ comes from the form of the version. Formal changes and changes that clearly lower a risk can be exempted, each with its reason; nothing is exempt by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .change_table import Row
from .tree import Path

MATERIAL = "重要な変更"
EXEMPT = ("FORMAL", "LOWER_RISK")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about one ※ item in a round. `choice` is MATERIAL, FORMAL or LOWER_RISK."""

    choice: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Materiality:
    """`touched`: rows on ※ items; `material`: those that count; `exempt`: those taken out; `unreasoned`: taken out without a reason (R11)."""

    touched: tuple[Row, ...]
    material: tuple[Row, ...]
    exempt: tuple[Row, ...]
    unreasoned: tuple[Row, ...]

    @property
    def flag(self) -> bool:
        """A round is a 重要な変更 as soon as one of its changes is."""
        return bool(self.material)


def judge(rows: Iterable[Row], decisions: Mapping[Path, Decision]) -> Materiality:
    touched = tuple(r for r in rows if r.material and not r.procedure)
    exempt = tuple(r for r in touched if (d := decisions.get(r.path)) and d.choice in EXEMPT and d.reason.strip())
    unreasoned = tuple(r for r in touched if (d := decisions.get(r.path)) and d.choice in EXEMPT and not d.reason.strip())
    return Materiality(touched, tuple(r for r in touched if r not in exempt), exempt, unreasoned)
