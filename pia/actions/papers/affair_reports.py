"""The facts of the letter with which a body reports its notices to the council
(個人情報保護法第75条第5項; the ordinance is the city's).

Reads only. Must not know how the paper looks.
"""

from __future__ import annotations

from ...domain.errors import PiaError
from ..viewing import affair_notices as views
from ..workplace import Workplace
from .facts import PaperFacts, day


def meant(wp: Workplace, number: int | None) -> int:
    """The report that is meant: the latest where none is named. PiaError where there is none."""
    if number is not None:
        return number
    for line in views.reports(wp):
        return line.row.id
    raise PiaError("届出の報告がまだありません。報告を作ってからにしてください。")


def facts(wp: Workplace, number: int) -> PaperFacts:
    """The facts of the letter of a report: its counts are those of the notices it encloses."""
    view = views.report(wp, number)
    row = view.row
    rule = view.kept.rule
    late = ""
    if view.late:
        late = f"このうち{view.late}件は、前の期間に届出があり、前の報告の後に記録されたものです。"
    out = PaperFacts()
    out.words = {
        "文書番号": row.number,
        "日付": day(row.dated),
        "報告先": view.council,
        "実施機関": view.body,
        "条例": f"{rule.ordinance}{rule.article}" if rule is not None else "",
        "初日": day(row.first),
        "末日": day(row.last),
        "開始": str(view.counts["BEGIN"]),
        "変更": str(view.counts["CHANGE"]),
        "廃止": str(view.counts["END"]),
        "合計": str(view.whole),
        "遅れ": late,
        "所属一覧": [
            {
                "所属": name,
                "開始": str(counts["BEGIN"]),
                "変更": str(counts["CHANGE"]),
                "廃止": str(counts["END"]),
            }
            for name, counts in view.departments
        ],
        "届出一覧": [
            {
                "番号": str(place),
                "所属": line.department,
                "種類": line.what,
                "届出日": day(line.filed),
                "名称": line.name,
                "内容": line.told,
            }
            for place, line in enumerate(view.lines, 1)
        ],
    }
    return out
