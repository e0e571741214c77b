"""個人情報取扱事務 as pages and lists show them: the register in pages, a record with what each
notice changed, how it stands beside the 評価書 of the same affair, and the reports.

Reads only, in as many statements for many records as for one. Must not know pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from ... import forms
from ...domain.document.form import Form
from ...domain.document.items import text_of
from ...domain.document.texts import one_line
from ...domain.document.tree import Tree, walk
from ...domain.errors import PiaError
from ...domain.registers.model import BEGIN, CHANGE, END, LIVE, RegisterForm, said
from ...domain.registers.told import in_one_line
from ...domain.text.folding import fold
from ...domain.wareki import fiscal, written
from ...store import nodes, queries
from ...store.queries.registers import RegisterFilter
from ...store.rows.bodies import Affair, Body, Department
from ...store.rows.councils import Council, Sitting
from ...store.rows.registers import AFFAIR, RegisterRecord, RegisterReport, RegisterVersion
from ..records import registers
from ..records.registers import KeptRegister, ToldAct
from ..workplace import Workplace, row_of

STATES = {"LIVE": "取扱中", "ENDED": "廃止", "NONE": "取消し"}
PERIODIC = (BEGIN, CHANGE, END)


@dataclass(frozen=True, slots=True)
class NotifiedLine:
    """A record in a list, or a notice in a report: `what` the words of its act, `told` what a 変更
    changed in one line."""

    record: int
    act: int
    body: str
    department: str
    name: str
    kind: str
    what: str
    number: str
    filed: date | None
    effective: date | None
    state: str
    told: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class NotifiedPage:
    """Some lines of the register, and how many there are."""

    lines: tuple[NotifiedLine, ...]
    whole: int


def numbered(row: RegisterVersion) -> str:
    """The number of a notice as people cite it: 令和8年度第12号, or as an earlier list has it."""
    if row.year is None or row.serial is None:
        return row.number
    return f"{fiscal(row.year)}第{row.serial}号"


def page(wp: Workplace, wanted: RegisterFilter, first: int, most: int) -> NotifiedPage:
    """A page of the register."""
    with wp.store.read() as session:
        whole = queries.registers.count(session, wanted)
        rows = queries.registers.page(session, wanted, first, most)
        bodies = {record.body_id for record, _, _, _ in rows}
        kept = registers.kept_by_all(session, wanted.register, bodies)
        return NotifiedPage(
            tuple(
                _line(record, row, department, body, kept[body.id].form)
                for record, row, department, body in rows
            ),
            whole,
        )


def _line(
    record: RegisterRecord,
    row: RegisterVersion,
    department: Department | None,
    body: Body,
    form: RegisterForm,
) -> NotifiedLine:
    return NotifiedLine(
        record.id,
        row.id,
        body.name,
        department.name if department is not None else "",
        record.name,
        row.act,
        form.words[row.act],
        numbered(row),
        row.filed,
        row.effective,
        STATES[record.state],
    )


@dataclass(frozen=True, slots=True)
class ActView:
    """A notice of a record: what it changed, and whether it was put right or taken back."""

    row: RegisterVersion
    what: str
    number: str
    department: str
    told: str
    fields: tuple[tuple[str, str, str], ...]
    stands: bool


@dataclass(frozen=True, slots=True)
class NoticeFinding:
    """A difference between a notice and the 評価書 of the same affair: what is compared, and what
    either says."""

    what: str
    notice: str
    assessment: str


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record with its acts, the latest first, the text it has now, and what the 評価書 of the
    same affair says otherwise. `affair`: (key, number, name)."""

    row: RegisterRecord
    body: str
    department: str
    state: str
    form: RegisterForm
    fields: tuple[tuple[str, str], ...]
    tree: Tree | None
    acts: tuple[ActView, ...]
    affair: tuple[str, str, str] | None
    findings: tuple[NoticeFinding, ...]

    @property
    def live(self) -> bool:
        """Whether a 変更 or 廃止 can be filed."""
        return self.row.state == LIVE


def record(wp: Workplace, number: int) -> RecordView:
    """A record with its history. PiaError when there is none of that number."""
    with wp.store.read() as session:
        row = session.get(RegisterRecord, number)
        if row is None or row.register != AFFAIR:
            raise PiaError("その事務は、登録されていません。一覧から選び直してください。")
        every = queries.registers.acts(session, number, True)
        told = registers.told_acts(session, every)
        names = queries.departments.names(session)
        views = [_act(each, names) for each in told]
        last = next((each for each in reversed(told) if each.row.withdrawn is None), None)
        form = last.form if last is not None else registers.kept(session, row.body_id, AFFAIR).form
        tree = last.tree if last is not None else None
        affair = session.get(Affair, row.affair_id) if row.affair_id is not None else None
        return RecordView(
            row,
            session.get_one(Body, row.body_id).name,
            names.get(row.department_id or 0, ""),
            STATES[row.state],
            form,
            fields_of(form, tree),
            tree,
            tuple(reversed(views)),
            (affair.key, affair.number, affair.name) if affair is not None else None,
            _findings(session, form, tree, row, affair),
        )


def fields_of(form: RegisterForm, tree: Tree | None) -> tuple[tuple[str, str], ...]:
    """The fields of a text, each with what it says; empty fields too."""
    if tree is None:
        return ()
    return tuple((line.plain_label, said(tree.find(line.path))) for line in form.fields)


def _act(each: ToldAct, names: Mapping[int, str]) -> ActView:
    return ActView(
        each.row,
        each.form.words[each.row.act],
        numbered(each.row),
        names.get(each.row.department_id or 0, ""),
        told_line(each),
        tuple((field.label, field.before, field.after) for field in each.fields),
        each.row.withdrawn is None,
    )


def told_line(each: ToldAct) -> str:
    """What a notice changed, in one line; of 開始 and 廃止 what it is about."""
    if each.row.act == CHANGE and each.before is not None:
        return in_one_line(each.fields)
    if each.row.act == CHANGE:
        return "前の届出が登録されていないため、変わったところは分かりません"
    if each.row.act == END:
        return one_line(each.row.why)
    return one_line(each.form.text(each.tree, "purpose"))


def kept_bodies(wp: Workplace) -> list[str]:
    """The names of the bodies that keep a register: for them it is open to anybody."""
    with wp.store.read() as session:
        kept = registers.bodies_that_keep(session, AFFAIR)
        return [row.name for row in queries.departments.bodies(session) if row.id in kept]


def open_to_all(wp: Workplace, words: tuple[str, ...]) -> RegisterFilter:
    """What anybody may look through: what runs, of the bodies that keep a register."""
    with wp.store.read() as session:
        kept = registers.bodies_that_keep(session, AFFAIR)
    return RegisterFilter(AFFAIR, state=LIVE, words=words, bodies=tuple(sorted(kept)))


def open_record(wp: Workplace, number: int) -> RecordView:
    """A record as anybody may read it. PiaError for one that runs no more, or whose body keeps no
    register."""
    view = record(wp, number)
    with wp.store.read() as session:
        kept = registers.bodies_that_keep(session, AFFAIR)
    if view.row.state != LIVE or view.row.body_id not in kept:
        raise PiaError("その事務は、登録簿にありません。一覧から選び直してください。")
    return view


# What a notice and an assessment both say: role of the notice's field → words of the item's label.
_ITEMS = {"people": "対象となる本人の範囲", "purpose": "使用目的"}


def _findings(
    session: Session,
    form: RegisterForm,
    tree: Tree | None,
    row: RegisterRecord,
    affair: Affair | None,
) -> tuple[NoticeFinding, ...]:
    """Where the 評価書 of the same affair says something else; nothing where it says nothing."""
    if affair is None or tree is None:
        return ()
    pairs = [("事務の名称", one_line(form.text(tree, "name")), affair.name)]
    names = queries.departments.names(session)
    offices = (names.get(row.department_id or 0, ""), names.get(affair.department_id or 0, ""))
    pairs.append(("所属", *offices))
    for document in queries.assessments.of_affairs(session, [affair.id]).get(affair.id, ()):
        if document.head_id is None:
            continue
        text = nodes.recent(session, document.head_id)
        kind = forms.KIND_NAMES.get(document.kind, document.kind)
        for role, words in _ITEMS.items():
            line = form.field(role)
            for other in _said(forms.load(text.form), text, words):
                label = f"{line.plain_label if line is not None else words}（{kind}）"
                pairs.append((label, one_line(form.text(tree, role)), one_line(other)))
    return tuple(NoticeFinding(*pair) for pair in pairs if _differ(pair[1], pair[2]))


def _said(form: Form, text: Tree, words: str) -> Iterable[str]:
    """What a document says at the items whose label has these words."""
    wanted = {line.id for line in form.walk() if words in line.label and line.answerable}
    for path, node in walk(text):
        line, _, rest = form.at(path)
        if line is not None and line.id in wanted and not rest and node.kind == line.node_kind:
            yield text_of(node)


def _differ(mine: str, theirs: str) -> bool:
    return bool(mine) and bool(theirs) and fold(mine) != fold(theirs)


# ---- who keeps what


@dataclass(frozen=True, slots=True)
class BodyChoice:
    """A body with how it keeps its register, its departments that are open, and its council."""

    id: int
    name: str
    kept: KeptRegister
    departments: tuple[tuple[int, str], ...]
    council: str


def bodies(wp: Workplace) -> list[BodyChoice]:
    """Every body, with how it keeps its register."""
    with wp.store.read() as session:
        rows = queries.departments.bodies(session)
        kept = registers.kept_by_all(session, AFFAIR, [row.id for row in rows])
        offices: dict[int, list[tuple[int, str]]] = {}
        for office in queries.departments.open_departments(session):
            offices.setdefault(office.body_id, []).append((office.id, office.name))
        councils = {row.id: row.name for row in queries.councils.councils(session)}
        found = []
        for row in rows:
            rule = kept[row.id].rule
            council = councils.get(rule.council_id or 0, "") if rule is not None else ""
            offices_of = tuple(offices.get(row.id, ()))
            found.append(BodyChoice(row.id, row.name, kept[row.id], offices_of, council))
        return found


def councils(wp: Workplace) -> list[tuple[int, str]]:
    """The councils a report may go to."""
    with wp.store.read() as session:
        return [(row.id, row.name) for row in queries.councils.councils(session)]


def affairs_of(wp: Workplace, body: int) -> list[tuple[str, str]]:
    """The 評価書一式 of a body a record may be linked with: (key, number and name)."""
    with wp.store.read() as session:
        found = queries.incidents.affairs_of(session, body)
        return [(affair.key, f"{affair.number}　{affair.name}") for affair in found]


def act(wp: Workplace, number: int) -> ToldAct:
    """One notice with its text. PiaError where there is none of that number."""
    with wp.store.read() as session:
        row = session.get(RegisterVersion, number)
        if row is None or row.register != AFFAIR:
            raise PiaError("その届出はありません。一覧から選び直してください。")
        return registers.told_acts(session, [row])[0]


# ---- reports


@dataclass(frozen=True, slots=True)
class AffairReportLine:
    """A report in a list."""

    row: RegisterReport
    body: str
    counts: Mapping[str, int]
    title: str = ""


@dataclass(frozen=True, slots=True)
class NoticeReport:
    """A report: its body and rule, how many of each kind (`counts`, BEGIN CHANGE END), a department
    with its counts, and its notices. `late`: how many of them were filed before its period."""

    row: RegisterReport
    body: str
    kept: KeptRegister
    words: Mapping[str, str]
    council: str
    sitting: str
    counts: Mapping[str, int]
    departments: tuple[tuple[str, Mapping[str, int]], ...]
    lines: tuple[NotifiedLine, ...]
    late: int

    @property
    def whole(self) -> int:
        """How many notices are enclosed."""
        return sum(self.counts.values())


def reports(wp: Workplace) -> list[AffairReportLine]:
    """The reports of all bodies, the latest period first."""
    with wp.store.read() as session:
        names = {row.id: row.name for row in queries.departments.bodies(session)}
        rows = queries.registers.reports(session, None, AFFAIR)
        counts = queries.registers.counts(session, [row.id for row in rows])
        return [AffairReportLine(row, names[row.body_id], counts.get(row.id, {})) for row in rows]


def next_first(wp: Workplace, body: int) -> date | None:
    """The first day of the next report of a body; None before its first."""
    with wp.store.read() as session:
        rows = queries.registers.reports(session, body, AFFAIR)
        return rows[0].last + timedelta(days=1) if rows else None


def report(wp: Workplace, number: int, kind: str = "", department: str = "") -> NoticeReport:
    """A report; its lines narrowed to a kind of notice and a department. Counts are of the whole.
    PiaError when there is none."""
    with wp.store.read() as session:
        row = row_of(session, RegisterReport, number, "報告")
        enclosed = queries.registers.enclosed(session, number)
        told = registers.told_acts(session, enclosed)
        names = queries.departments.names(session)
        body = session.get_one(Body, row.body_id).name
        lines = [_told_line(each, body, names) for each in told]
        kept = registers.kept(session, row.body_id, AFFAIR)
        council = session.get(Council, row.council_id) if row.council_id is not None else None
        sitting = session.get(Sitting, row.sitting_id) if row.sitting_id is not None else None
        shown = [line for line in lines if kind in ("", line.kind)]
        shown = [line for line in shown if department in ("", line.department)]
        return NoticeReport(
            row,
            body,
            kept,
            kept.form.words,
            council.name if council is not None else "",
            sitting.name if sitting is not None else "",
            _counted(lines),
            _by_department(lines),
            tuple(shown),
            sum(1 for line in lines if line.filed is not None and line.filed < row.first),
        )


def _told_line(each: ToldAct, body: str, names: Mapping[int, str]) -> NotifiedLine:
    row = each.row
    return NotifiedLine(
        row.record_id,
        row.id,
        body,
        names.get(row.department_id or 0, ""),
        row.name,
        row.act,
        each.form.words[row.act],
        numbered(row),
        row.filed,
        row.effective,
        "",
        told_line(each),
        row.why,
    )


def _counted(lines: Iterable[NotifiedLine]) -> dict[str, int]:
    found = Counter(line.kind for line in lines)
    return {kind: found[kind] for kind in PERIODIC}


def _by_department(
    lines: Sequence[NotifiedLine],
) -> tuple[tuple[str, Mapping[str, int]], ...]:
    """Department → its counts, in the order in which they first appear."""
    of: dict[str, list[NotifiedLine]] = {}
    for line in lines:
        of.setdefault(line.department, []).append(line)
    return tuple((name, _counted(some)) for name, some in of.items())


def sheets(wp: Workplace, number: int) -> list[tuple[NotifiedLine, tuple[tuple[str, str], ...]]]:
    """The notices enclosed in a report, each with all its fields: what is printed as sheets."""
    with wp.store.read() as session:
        row = row_of(session, RegisterReport, number, "報告")
        body = session.get_one(Body, row.body_id).name
        names = queries.departments.names(session)
        told = registers.told_acts(session, queries.registers.enclosed(session, number))
        return [(_told_line(each, body, names), fields_of(each.form, each.tree)) for each in told]


def sittings_for(wp: Workplace, number: int) -> list[tuple[int, str]]:
    """The sittings a report may be put before: those of its council, the latest first."""
    with wp.store.read() as session:
        row = row_of(session, RegisterReport, number, "報告")
        if row.council_id is None:
            held = queries.sittings.latest_day_first(session)
        else:
            held = queries.sittings.of_council(session, row.council_id)
        return [(each.id, f"{written(each.day)}　{each.name}") for each in held]


def reports_of_sitting(wp: Workplace, sitting: int) -> list[AffairReportLine]:
    """The reports that are put before a sitting."""
    with wp.store.read() as session:
        rows = queries.registers.reports_before(session, [sitting])
        names = {row.id: row.name for row in queries.departments.bodies(session)}
        counts = queries.registers.counts(session, [row.id for row in rows])
        found = []
        for row in rows:
            title = registers.agenda_title(session, row)
            found.append(AffairReportLine(row, names[row.body_id], counts.get(row.id, {}), title))
        return found
