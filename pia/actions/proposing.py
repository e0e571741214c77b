"""What the items that the procedure fills in (Ⅵ of a 全項目評価書, Ⅴ of a 重点項目評価書) could say, from the records of its steps (規則第7条, 指針第5の3).

Knows which record answers which item. Writes nothing: an officer looks at a proposal, mends it and fills it in.
"""

from __future__ import annotations

from ..domain.wareki import written
from ..store import council
from .moving import consultation_of, referral_of, verdict_of
from .workplace import Workplace, line

_HOW, _WHEN, _SHORTER = ("VI-2-1", "V-2-1"), ("VI-2-2", "V-2-2"), ("VI-2-3",)
_CHECKED, _BY_WHOM, _RESULT = ("VI-3-1", "V-3-1"), ("VI-3-2", "V-3-2"), ("VI-3-3", "V-3-3")


def proposals(wp: Workplace, where: str) -> dict[str, str]:
    """Text by the form's item, only where a record says it."""
    least = wp.rules["rules"]["R7"]["days"]
    said: dict[tuple[str, ...], str] = {}
    with wp.store.read() as s:
        at = line(s, where)
        if at.round is None:
            return {}
        asked, referral = consultation_of(s, at.round), referral_of(s, at.round)
        if asked is not None:
            days = (asked.end - asked.start).days + 1
            said[_HOW] = asked.method
            said[_WHEN] = f"{written(asked.start)}から{written(asked.end)}まで（{days}日間）"
            said[_SHORTER] = str(asked.facts.get("shortened_reason", "")).strip() or ("期間の短縮は行っていない。" if days >= least else "")
        verdict = verdict_of(s, referral)
        if referral is not None and verdict is not None and verdict.kind != "継続審議":
            sitting = s.get(council.Sitting, verdict.sitting_id) if verdict.sitting_id else None
            said[_CHECKED] = written(sitting.day) if sitting else ""
            said[_BY_WHOM] = f"{s.get_one(council.Council, referral.council_id).name}において点検を受けた。"
            said[_RESULT] = verdict.note.strip() or f"{verdict.kind}とされた。"
    return {item: text for items, text in said.items() for item in items if text}
