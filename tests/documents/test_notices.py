"""What was noticed is a list a person can read: errors first, equal kinds gathered, all of it in
the workbook with links."""

from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook

from pia.documents.papers import notices_xlsx
from pia.domain import notices
from pia.domain.errors import Problem


def joined(count: int) -> list[Problem]:
    return [
        Problem("joined", f"「記録項目{n}」：3個のセル", f"Ⅱ!B{n}～C{n + 1}", "warning")
        for n in range(1, count + 1)
    ]


def test_equal_kinds_are_one_line_with_their_places() -> None:
    lines = notices.gathered([*joined(36), Problem("no_form", "項目がありません。")])
    assert [line.level for line in lines] == ["error", "warning"]
    assert lines[1].count == 36 and "（36件）" in lines[1].sentence
    assert "Ⅱ!B1～C2「記録項目1」、B2～C3" in lines[1].sentence and "ほか28件" in lines[1].sentence


def test_few_of_a_kind_are_told_each_by_itself() -> None:
    lines = notices.gathered(joined(2))
    assert [str(line) for line in lines] == [str(problem) for problem in joined(2)]


def test_five_hundred_are_thirty_lines_at_most_and_none_is_lost_in_the_workbook() -> None:
    many = [
        Problem(f"kind{n % 60}", f"「{n}」がおかしい。", f"Ⅰ関連情報!B{n + 1}", "warning")
        for n in range(505)
    ]
    lines = notices.gathered(many)
    assert len(lines) == notices.MOST
    assert sum(line.count for line in lines) == 505
    sheet = load_workbook(BytesIO(notices_xlsx.workbook(many, "案.xlsx"))).active
    assert sheet is not None and sheet.max_row == 505 + 3
    link = sheet.cell(4, 2).hyperlink
    assert link is not None and (link.target or "").startswith("案.xlsx")
    assert "B1" in (link.location or link.target or "")


def test_the_same_problem_twice_is_one() -> None:
    assert len(notices.gathered([*joined(1), *joined(1)])) == 1
