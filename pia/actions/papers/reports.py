"""The facts of the paper of a 定期報告: how far the measures of each document are carried out,
and which are not (番号法第29条の3第2項, 定期報告規則第2条第1項).

Reads only. Must not know how the paper looks.
"""

from __future__ import annotations

from datetime import date

from ...domain.errors import PiaError
from ...domain.wareki import fiscal, written
from ...store import queries
from ..viewing import reports as views
from ..workplace import Workplace
from .facts import PaperFacts, day

NOT_READ = (
    "委員会に提出する様式の項目は未確認です。提出の前に、委員会の示す様式と見比べてください。"
)


def meant(wp: Workplace, number: int | None) -> int:
    """The report that is meant: the latest where none is named. PiaError where there is none."""
    if number is not None:
        return number
    with wp.store.read() as session:
        for row in queries.reports.reports(session):
            return row.id
    raise PiaError("定期報告がまだありません。取りまとめを始めてから作ってください。")


def facts(wp: Workplace, number: int, today: date) -> PaperFacts:
    """The facts of the paper of a report, as of `today`."""
    view = views.report(wp, number)
    row = view.row
    out = PaperFacts()
    out.notices.append(NOT_READ)
    out.words = {
        "年度": fiscal(row.year),
        "現在": f"{written(today)}現在",
        "報告": "　".join(filter(None, (day(row.sent), row.document_number))),
        "受理": "　".join(filter(None, (day(row.received), row.receipt))),
        "件数": str(len(view.documents)),
        "評価書一覧": [
            {
                "機関": each.body,
                "所属": each.office,
                "番号": each.number,
                "名称": each.affair,
                "種類": each.kind,
                "措置": str(each.measures),
                "実施済": str(each.done),
                "一部": str(each.part),
                "未実施": str(each.open),
                "未点検": str(each.left),
            }
            for each in view.documents
        ],
        "措置一覧": _open(wp, view),
    }
    return out


def _open(wp: Workplace, view: views.ReportView) -> list[dict[str, str]]:
    lines = []
    for each in view.documents:
        if not each.part + each.open:
            continue
        for measure in views.document(wp, view.row.id, each.key).measures:
            if measure.state in views.OPEN:
                lines.append(
                    {
                        "番号": each.number,
                        "箇所": "\n".join(measure.where),
                        "措置": measure.text,
                        "状況": measure.words,
                        "理由": measure.evidence,
                        "確認者": f"{measure.checker}　{day(measure.day)}",
                    }
                )
    return lines
