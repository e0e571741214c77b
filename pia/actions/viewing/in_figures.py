"""The case in figures.

Reads only; everything is computed from what is stored. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...store import queries
from ...store.rows.assessments import Assessment
from ..records.revision import revision
from ..workplace import Workplace
from .cards import sitting_view


def demo_summary(wp: Workplace) -> Sequence[str]:
    """The figures of the case, computed from what the play left behind."""
    with wp.store.read() as session:
        changed = []
        material = []
        extra = 0
        for round_ in queries.rounds.in_order(session):
            assessment = session.get_one(Assessment, round_.assessment_id)
            rev = revision(session, round_)
            extra += len(rev.procedure_rows)
            if assessment.kind != "basic_item":
                changed.append(len(rev.own_rows))
                material.append(len(rev.materiality.material))
        last = queries.councils.newest_referral(session)
    if last:
        view = sitting_view(wp, last)
    else:
        view = None
    out = [
        f"変更箇所：{sum(changed)}（{'＋'.join(map(str, changed))}）　うち重要な変更の対象："
        f"{sum(material)}（{'＋'.join(map(str, material))}）　このほか手続で記入した欄：{extra}",
    ]
    if view:
        out.append(
            f"審議会のカード：{len(view.cards)}枚（{len(view.keys)}件に共通 {view.shared}、"
            f"個別 {view.local}）　結論：{view.verdict['kind'] if view.verdict else '－'}"
        )
    return out
