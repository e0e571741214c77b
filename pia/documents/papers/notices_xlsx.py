"""What was noticed while a workbook was read, as a workbook: a line each, with a link to the cell.

Knows problems and how a place is written; not what was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...domain import notices
from ...domain.errors import Problem
from . import list_xlsx

TITLE = "読み取りの結果"
HEAD = ("区分", "場所", "内容")
_CELL = re.compile(r"(.+)!([A-Z]{1,3}[0-9]{1,7})(?:～[A-Z0-9]+)?(?:（非表示）)?")


def workbook(problems: Iterable[Problem], name: str) -> bytes:
    """The list of a file called `name`, errors first; a place leads into that file, where both lie
    in one folder."""
    lines = []
    links = {}
    for number, problem in enumerate(notices.in_order(problems)):
        kind = "誤り" if problem.level == "error" else "注意"
        lines.append((kind, problem.where, problem.sentence))
        cell = _CELL.fullmatch(problem.where)
        if cell:
            sheet = cell.group(1).replace("'", "''")
            links[number, 1] = f"external:{name}#'{sheet}'!{cell.group(2)}"
    return list_xlsx.workbook(TITLE, HEAD, lines, heading=f"{TITLE}：{name}", links=links)
