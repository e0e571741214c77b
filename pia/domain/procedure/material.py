"""重要な変更: which changes touch ※ items (規則第11条; 指針別表, unread), less the exemptions a
round decided with a reason (指針第6の2(2), unread).

※ comes from the form of the version. Formal changes and changes that clearly lower a risk can be
exempted, each with its reason; nothing is exempt by itself. A ※ that was seen in no text and in no
blank asks an officer and refuses nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..document.tree import Path
from .change_table import ChangeTableRow

MATERIAL = "重要な変更"
EXEMPT_WORDS = {
    "FORMAL": "誤字脱字の修正・形式的な変更",
    "LOWER_RISK": "明らかにリスクを軽減させる変更",
    "NOT_LISTED": "重要な変更の対象である記載項目ではない",
}
EXEMPT = tuple(EXEMPT_WORDS)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about one ※ item in a round. `choice` is MATERIAL, FORMAL, LOWER_RISK
    or NOT_LISTED (別表の対象ではない).
    """

    choice: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Materiality:
    """`touched`: rows on ※ items; `material`: those that count; `exempt`: those taken out;
    `unreasoned`: taken out without a reason (R11); `asked`: those that count only by a ※ nobody has
    seen, and about which nobody has answered yet (R11A).
    """

    touched: tuple[ChangeTableRow, ...]
    material: tuple[ChangeTableRow, ...]
    exempt: tuple[ChangeTableRow, ...]
    unreasoned: tuple[ChangeTableRow, ...]
    asked: tuple[ChangeTableRow, ...] = ()
    choices: Mapping[Path, str] = field(default_factory=dict)

    @property
    def confirmed(self) -> tuple[ChangeTableRow, ...]:
        """What counts by a ※ that was seen, or by an officer's answer."""
        rows = []
        for row in self.material:
            if row not in self.asked:
                rows.append(row)
        return tuple(rows)

    @property
    def flag(self) -> bool:
        """A round is a 重要な変更 as soon as one of its changes is."""
        return bool(self.material)

    def words(self, round_kind: str) -> Callable[[ChangeTableRow], str | None]:
        """提出時期に係る説明 of a row as this round's own decisions give it. None for a ※ of a 修正
        that nobody has answered for: only a person can say it.
        """
        material, exempt, asked = (
            {row.path for row in rows} for rows in (self.material, self.exempt, self.asked)
        )

        def said(row: ChangeTableRow) -> str | None:
            if row.path in asked and round_kind == "CORRECTION":
                return None
            if row.path in material:
                return "重要な変更に該当"
            if row.path in exempt:
                return f"重要な変更に当たらない（{EXEMPT_WORDS[self.choices[row.path]]}）"
            if self.flag:
                return "重要な変更に当たらない（重要な変更と併せて提出）"
            return "重要な変更に当たらない"

        return said


def judge(
    rows: Iterable[ChangeTableRow],
    decisions: Mapping[Path, Decision],
    seen: Callable[[ChangeTableRow], bool] = lambda _: True,
) -> Materiality:
    """`seen` says whether the ※ of a row's item was seen in a text or in a blank."""
    touched = []
    counting = []
    exempt = []
    unreasoned = []
    asked = []
    for row in rows:
        if not row.material or row.procedure:
            continue
        touched.append(row)
        decision = decisions.get(row.path)
        if decision is not None and decision.choice in EXEMPT:
            claimed = decision
        else:
            claimed = None
        if claimed and claimed.reason.strip():
            exempt.append(row)
            continue
        counting.append(row)
        if claimed:
            unreasoned.append(row)
        if decision is None and not seen(row):
            asked.append(row)
    choices = {path: decision.choice for path, decision in decisions.items()}
    return Materiality(
        tuple(touched), tuple(counting), tuple(exempt), tuple(unreasoned), tuple(asked), choices
    )
