"""個人情報取扱事務 as workbooks: the register with a row an affair, an empty list of notices, and a
report with its notices.

Knows headings. Must not know pages.
"""

from __future__ import annotations

from ...documents.notice_lists import headings
from ...documents.papers import list_xlsx
from ...domain.errors import PiaError
from ...domain.registers.model import RegisterForm, said
from ...domain.wareki import written
from ...store import queries
from ...store.queries.registers import RegisterFilter
from ...store.rows.registers import AFFAIR
from ..records import registers
from ..viewing import affair_notices as views
from ..workplace import Workplace

MOST = 20_000  # rows of a workbook
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def register(wp: Workplace, wanted: RegisterFilter, numbers: bool) -> bytes:
    """The register as a workbook. `numbers`: with the numbers and days of the notices."""
    with wp.store.read() as session:
        rows = queries.registers.page(session, wanted, 0, MOST)
        texts = registers.texts(session, [row.id for _, row, _, _ in rows])
        forms = registers.forms_of(session, {text.form for text in texts.values()})
        labels: dict[str, None] = {}
        for form in forms.values():
            labels |= dict.fromkeys(line.plain_label for line in form.fields)
        lines = []
        for record, row, office, body in rows:
            form = forms[texts[row.id].form]
            says = {line.plain_label: said(texts[row.id].find(line.path)) for line in form.fields}
            first = [body.name, office.name if office is not None else ""]
            if numbers:
                first += [views.numbered(row), written(row.filed) if row.filed else ""]
            first.append(views.STATES[record.state])
            lines.append([*first, *(says.get(label, "") for label in labels)])
    head = ["実施機関", "所属"]
    if numbers:
        head += ["届出番号", "届出日"]
    name = "個人情報取扱事務登録簿"
    return list_xlsx.workbook(name, [*head, "状態", *labels], lines)


def blank(form: RegisterForm, departments: list[str]) -> bytes:
    """An empty list of notices: its headings, with what may be chosen."""
    head = headings(form)
    choices: dict[int, list[str]] = {0: ["開始", "変更", "廃止"]}
    if departments:
        choices[head.index("所属")] = departments
    for line in form.fields:
        if line.kind == "choice_one":
            choices[head.index(line.plain_label)] = [option.label for option in line.options]
    return list_xlsx.workbook("届出", head, [[""] * len(head)], choices=choices)


def blank_of(wp: Workplace, body: int) -> bytes:
    """The empty list of a body. PiaError where it keeps no register."""
    with wp.store.read() as session:
        kept = registers.kept(session, body, AFFAIR)
        if not kept.kept:
            raise PiaError("この機関では、個人情報取扱事務の届出を使わない設定になっています。")
        offices = [row.name for row in queries.departments.open_of_body(session, body)]
    return blank(kept.form, offices)


def report(wp: Workplace, number: int) -> bytes:
    """The notices of a report, a row each, with what each 変更 changed."""
    view = views.report(wp, number)
    head = ["所属", "届出の種類", "届出番号", "届出日", "事務の名称", "変わったところ", "理由"]
    lines = []
    for line in view.lines:
        day = written(line.filed) if line.filed else ""
        lines.append([line.department, line.what, line.number, day, line.name, line.told, line.why])
    heading = (
        f"{view.body}　届出の報告（{written(view.row.first)}から{written(view.row.last)}まで）"
    )
    return list_xlsx.workbook("届出の報告", head, lines, heading=heading)
