"""個人情報ファイル簿 as pages show it: the list and a file inside the house, and what anybody may
read of the public register (個人情報保護法第75条第1項から第3項).

Reads only, of a list in as many statements for many files as for one. What is public is asked of
`records.file_register` alone. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...documents.papers import file_register_xlsx, listing
from ...documents.papers.file_register_xlsx import SheetFile
from ...documents.word import as_pdf
from ...domain.act import day_in_japan
from ...domain.document.form import FormNode
from ...domain.document.texts import shown_of
from ...domain.document.tree import Tree
from ...domain.errors import PiaError, Unfit
from ...domain.procedure import citations
from ...domain.registers import model, omissions
from ...domain.registers.differences import FileDifference
from ...domain.registers.model import RegisterForm
from ...domain.registers.omissions import LeftOut
from ...domain.wareki import written
from ...store import queries
from ...store.queries.file_register import PublicFilter
from ...store.queries.registers import RegisterFilter
from ...store.rows import assessments
from ...store.rows.bodies import Affair, Body, Department, name_of
from ...store.rows.file_register import FileOmission, PublishedFile
from ...store.rows.registers import FILE, RegisterRecord, RegisterVersion
from ..access.names import shown_name
from ..records import file_register as files
from ..records import registers as kept_registers
from ..records.file_register import SameFile
from ..workplace import Workplace, row_of

PAGE = 50  # files on a page
_ACTS = {model.BEGIN: "作成", model.CHANGE: "修正", model.END: "廃止", model.LEGACY: "移行"}


# ---- inside the house


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file in a list: how it stands, since when it is published (None for not)."""

    number: int
    name: str
    department: str
    organ: str
    standing: str
    words: str
    published: date | None


def listed(
    wp: Workplace, words: Sequence[str], department: int | None, first: int
) -> tuple[list[FileLine], int]:
    """(some files from the one of number `first`, how many there are)."""
    wanted = RegisterFilter(FILE, department=department, words=tuple(words))
    with wp.store.read() as session:
        whole = queries.registers.count(session, wanted)
        rows = queries.registers.page(session, wanted, first, PAGE)
        numbers = [row[0].id for row in rows]
        left = queries.file_register.omissions(session, numbers)
        went = queries.file_register.publications(session, numbers)
        lines = []
        for record, _, office, body in rows:
            published = went.get(record.id, [])
            standing = files.standing(record, left.get(record.id, []), published)
            day = published[-1].day if published else None
            lines.append(
                FileLine(
                    record.id,
                    record.name,
                    name_of(office),
                    body.name,
                    standing,
                    files.STANDINGS[standing],
                    day,
                )
            )
        return lines, whole


def departments(
    wp: Workplace, own: int | None = None, form: RegisterForm | None = None
) -> list[tuple[int, str]]:
    """(number, name) of the departments a file may be given to; of one's own alone, where a role is
    bound to it, and of the bodies that write on a form, where one is named."""
    with wp.store.read() as session:
        bodies = {body.id: body.name for body in queries.departments.bodies(session)}
        kept = kept_registers.kept_by_all(session, FILE, bodies)
        known = []
        for office in queries.departments.open_departments(session):
            theirs = kept[office.body_id].form.form.id
            if own in (None, office.id) and (form is None or form.form.id == theirs):
                name = office.name
                if len(bodies) > 1:
                    name = f"{office.name}（{bodies[office.body_id]}）"
                known.append((office.id, name))
        return known


def bodies(wp: Workplace, own: int | None = None) -> list[tuple[int, str, str]]:
    """(number, name, id of its form) of the bodies somebody may write files of: that of one's own
    department alone, where a role is bound to it."""
    with wp.store.read() as session:
        rows = queries.departments.bodies(session)
        if own is not None:
            office = session.get(Department, own)
            mine = office.body_id if office is not None else 0
            rows = [row for row in rows if row.id == mine]
        kept = kept_registers.kept_by_all(session, FILE, [row.id for row in rows])
        return [(row.id, row.name, kept[row.id].form.form.id) for row in rows]


def form_for(wp: Workplace, department: int) -> RegisterForm:
    """The form on which a department writes its files. Unfit where there is none of that number."""
    with wp.store.read() as session:
        office = session.get(Department, department)
        if office is None:
            raise Unfit("department", "「所属」を選んでください。")
        return files.form_of(session, office.body_id)


def form_of_body(wp: Workplace, body: int) -> RegisterForm:
    """The form on which a body writes its files."""
    with wp.store.read() as session:
        return files.form_of(session, body)


def affairs(wp: Workplace) -> list[tuple[str, str]]:
    """(KEY, name) of the affairs a file may belong to, by number."""
    with wp.store.read() as session:
        return [
            (affair.key, f"{affair.number}　{affair.name}")
            for affair in queries.affairs.by_number(session)
            if affair.ended is None and affair.withdrawn is None
        ]


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item of a 単票: its words, where it comes from in law (`basis`), since when that was read
    (empty where it was not, then `doubt`), and what of it is left out."""

    field: str
    label: str
    words: str
    basis: str
    read: str
    doubt: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActLine:
    """An act on a file: what changed by it, a line each; `days`: when it was published."""

    seq: int
    words: str
    day: date
    actor: str
    at: datetime
    why: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicationLine:
    """A publication: of which text (its place in the record), and the number its record has."""

    number: int
    day: date
    seq: int
    actor: str


@dataclass(frozen=True, slots=True)
class OmissionLine:
    """What is left out, in words, with its ground; `withdrawn` once it may go out again."""

    number: int
    what: str
    ground: str
    basis: str
    certain: bool
    reason: str
    actor: str
    at: datetime
    withdrawn: date | None


@dataclass(frozen=True, slots=True)
class FileView:
    """A file with all that is on record of it. `unmet`: what it lacks to be published; `warnings`:
    what a person should look at before; `others`: what other documents of the affair say of it."""

    number: int
    name: str
    department_id: int
    department: str
    organ: str
    affair: str
    affair_name: str
    standing: str
    words: str
    seen: int
    items: tuple[ItemLine, ...]
    acts: tuple[ActLine, ...]
    publications: tuple[PublicationLine, ...]
    omissions: tuple[OmissionLine, ...]
    unmet: tuple[str, ...]
    warnings: tuple[str, ...]
    differences: tuple[tuple[SameFile, tuple[FileDifference, ...]], ...]
    lives: bool


def record_of(session: Session, number: int) -> RegisterRecord:
    """The record of a file. PiaError where there is none."""
    record = row_of(session, RegisterRecord, number, "ファイル")
    if record.register != FILE or record.head_id is None:
        raise PiaError("そのファイルはありません。一覧から選び直してください。")
    return record


def department_of(wp: Workplace, number: int) -> int:
    """The department a file belongs to; 0 for none."""
    with wp.store.read() as session:
        return record_of(session, number).department_id or 0


def one(wp: Workplace, number: int) -> FileView:
    """A file as its page shows it."""
    with wp.store.read() as session:
        record = record_of(session, number)
        acts = queries.registers.acts(session, number)
        trees = files.texts_of(session, [act.id for act in acts])
        every = queries.file_register.omissions(session, [number], True).get(number, [])
        left = [row for row in every if row.withdrawn is None]
        went = queries.file_register.publications(session, [number]).get(number, [])
        standing = files.standing(record, left, went)
        forms = kept_registers.forms_of(session, [tree.form for tree in trees.values()])
        tree = trees[record.head_id or 0]
        form = forms[tree.form]
        hidden = files.left_out(left)
        affair = session.get(Affair, record.affair_id) if record.affair_id else None
        office = session.get(Department, record.department_id) if record.department_id else None
        seqs = {act.id: act.seq for act in acts}
        return FileView(
            number=number,
            name=record.name,
            department_id=record.department_id or 0,
            department=name_of(office),
            organ=session.get_one(Body, record.body_id).name,
            affair=affair.key if affair is not None else "",
            affair_name=affair.name if affair is not None else "",
            standing=standing,
            words=files.STANDINGS[standing],
            seen=record.head_id or 0,
            items=tuple(_items(wp, form, tree, hidden)),
            acts=tuple(_acts(session, acts, trees, forms)),
            publications=tuple(
                PublicationLine(
                    row.id, row.day, seqs.get(row.version_id, 0), shown_name(session, row.actor)
                )
                for row in went
            ),
            omissions=tuple(_omission(session, wp, form, row) for row in every),
            unmet=tuple(files.unmet_for_publication(session, record, left)),
            warnings=tuple(omissions.said_elsewhere(form, tree, hidden)),
            differences=tuple(files.differences_of(session, wp, record)),
            lives=record.state == model.LIVE,
        )


def _items(
    wp: Workplace, form: RegisterForm, tree: Tree, hidden: Sequence[LeftOut]
) -> Iterable[ItemLine]:
    for line in form.fields:
        out = tuple(each.part or "全て" for each in hidden if each.field == line.id)
        yield item_line(wp, line, shown_of(tree.find(line.path)), out)


def item_line(
    wp: Workplace, line: FormNode, words: str, left_out: tuple[str, ...] = ()
) -> ItemLine:
    """An item with where it comes from."""
    basis = line.source.removeprefix("law:") if line.source.startswith("law:") else ""
    read = str(wp.law["as_of"]) if basis and citations.as_of(wp.law, basis) else ""
    return ItemLine(line.id, line.label, words, basis, read, line.doubt, left_out)


def _acts(
    session: Session,
    acts: Sequence[RegisterVersion],
    trees: Mapping[int, Tree],
    forms: Mapping[str, RegisterForm],
) -> Iterable[ActLine]:
    before: Tree | None = None
    for act in acts:
        tree = trees[act.id]
        changes: tuple[str, ...] = ()
        if before is not None and act.act == model.CHANGE:
            changes = files.what_changed(forms[tree.form], before, tree)
        before = tree
        yield ActLine(
            act.seq,
            _ACTS[act.act],
            act.effective or day_in_japan(act.at),
            shown_name(session, act.actor),
            act.at,
            act.why,
            changes,
        )


def _omission(
    session: Session, wp: Workplace, form: RegisterForm, row: FileOmission
) -> OmissionLine:
    rules: Mapping[str, Any] = files.rules_of(wp)
    if row.field:
        line = form.form.by_id[row.field]
        what = f"{line.label}の「{row.part}」" if row.part else line.label
        rule = rules["omissions"][row.ground]
        ground = "記載すると、事務・事業の適正な遂行に著しい支障を及ぼすおそれがある"
        certain = True
    else:
        what = "ファイル全体"
        rule = rules["exemptions"][row.ground]
        ground = rule["words"]
        certain = bool(rule["certain"])
    return OmissionLine(
        row.id,
        what,
        ground,
        rule["basis"],
        certain,
        row.reason,
        shown_name(session, row.actor),
        row.at,
        row.withdrawn,
    )


@dataclass(frozen=True, slots=True)
class Grounds:
    """What may be left out: (key, words) of the reasons for a whole file, (id, label) of the items
    that may be left out as a whole, and the lines of 記録項目 as they stand."""

    exemptions: tuple[tuple[str, str], ...]
    items: tuple[tuple[str, str], ...]
    parts: tuple[str, ...]


def grounds(wp: Workplace, number: int) -> Grounds:
    """What may be left out of a file."""
    rules: Mapping[str, Any] = files.rules_of(wp)
    exemptions = []
    for key, rule in rules["exemptions"].items():
        unread = "" if rule["certain"] else "・号の文は未確認"
        exemptions.append((key, f"{rule['words']}（{rule['basis']}{unread}）"))
    whole = []
    parts: list[str] = []
    with wp.store.read() as session:
        tree = files.text_of(session, record_of(session, number).head_id or 0)
        form = kept_registers.form_on(session, tree)
    for role, rule in rules["omissions"].items():
        line = form.field(role)
        if line is None:
            continue
        if rule["part"]:
            node = tree.find(line.path)
            parts += shown_of(node).split("\n") if node is not None else []
        else:
            whole.append((line.id, line.label))
    return Grounds(tuple(exemptions), tuple(whole), tuple(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form of a file shows: its items as they are typed, its department and affair;
    `seen`: the act whose text it is, 0 for a new one; `gone`: (item, words) that stand in that text
    and have no place on the form of today."""

    form: RegisterForm
    values: Mapping[str, str]
    department: int
    affair: str
    seen: int
    gone: tuple[tuple[str, str], ...] = ()


def blank(wp: Workplace, body: int, department: int) -> Typed:
    """The form of a file that is not in the register, as a body writes it."""
    with wp.store.read() as session:
        return Typed(files.form_of(session, body), {}, department, "", 0)


def typed(wp: Workplace, number: int) -> Typed:
    """A file as its form shows it."""
    with wp.store.read() as session:
        record = record_of(session, number)
        tree = files.text_of(session, record.head_id or 0)
        affair = session.get(Affair, record.affair_id) if record.affair_id else None
        form = files.form_of(session, record.body_id)
        before = kept_registers.form_on(session, tree)
        gone = []
        for line in before.fields:
            words = shown_of(tree.find(line.path))
            if words and line.id not in form.form.by_id:
                gone.append((line.plain_label, words))
        return Typed(
            form,
            values_of(form, tree),
            record.department_id or 0,
            affair.key if affair is not None else "",
            record.head_id or 0,
            tuple(gone),
        )


def values_of(form: RegisterForm, tree: Tree) -> dict[str, str]:
    """Item → its words, of a list one a line."""
    return {line.id: shown_of(tree.find(line.path)) for line in form.fields}


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """Words another document has for an item: what the register says now, what is offered, where it
    stands; `same`: they are the same; `hidden`: it is withheld there and not offered."""

    field: str
    label: str
    now: str
    words: str
    origin: str
    same: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class Filling:
    """What other documents of the affair offer for a file: by document, `id` tells them apart."""

    id: str
    source: SameFile
    items: tuple[OfferedItem, ...]


def fillings(wp: Workplace, number: int, file: str = "") -> list[Filling]:
    """What the 評価書 and the notice of the same affair offer. `file`: the ファイル of Ⅱ a person
    chose."""
    with wp.store.read() as session:
        record = record_of(session, number)
        form = files.form_of(session, record.body_id)
        now = values_of(form, files.text_of(session, record.head_id or 0))
        offered = []
        sources = files.same_files(session, wp, record.affair_id, record.name, file)
        for index, source in enumerate(sources):
            items = []
            for each in source.proposals:
                line = form.field(each.role)
                if line is None:
                    continue
                same = now[line.id].strip() == each.words.strip()
                items.append(
                    OfferedItem(
                        line.id,
                        line.label,
                        now[line.id],
                        each.words,
                        each.origin,
                        same and not each.hidden,
                        each.hidden,
                    )
                )
            offered.append(Filling(f"d{index}", source, tuple(items)))
        return offered


@dataclass(frozen=True, slots=True)
class FileFinding:
    """A file of an affair that another document of it speaks of otherwise."""

    number: int
    name: str
    kind: str
    ref: str
    record: int
    differences: tuple[FileDifference, ...]


@dataclass(frozen=True, slots=True)
class FilesOfAffair:
    """The files of an affair, what its documents say otherwise of them, and what a 評価書 says of
    their 公表 that is not so."""

    files: tuple[FileLine, ...] = ()
    findings: tuple[FileFinding, ...] = ()
    claims: tuple[str, ...] = ()


def of_affair(wp: Workplace, key: str, ref: str = "") -> FilesOfAffair:
    """The files of an affair beside its other documents; of the document `ref`, where one is named,
    beside that text of it (KEY, KEY~ROUND or KEY@N)."""
    with wp.store.read() as session:
        draft = assessments.resolve(session, ref) if ref else None
        affair = queries.affairs.of_key(session, key)
        if affair is None:
            return FilesOfAffair()
        records = queries.file_register.linked(session, affair.id)
        numbers = [record.id for record in records]
        left = queries.file_register.omissions(session, numbers)
        went = queries.file_register.publications(session, numbers)
        lines = []
        found = []
        for record in records:
            standing = files.standing(record, left.get(record.id, []), went.get(record.id, []))
            lines.append(
                FileLine(record.id, record.name, "", "", standing, files.STANDINGS[standing], None)
            )
            for same, told in files.differences_of(session, wp, record, draft):
                found.append(
                    FileFinding(record.id, record.name, same.kind, same.ref, same.record, told)
                )
        standings = [line.standing for line in lines]
        claims = files.claims_of(session, wp, affair.id, standings, draft)
        return FilesOfAffair(tuple(lines), tuple(found), tuple(claims))


def of_document(wp: Workplace, ref: str) -> FilesOfAffair:
    """The same for a document, also a draft; nothing where no file belongs to its affair."""
    key = ref.partition("@")[0].partition("~")[0]
    with wp.store.read() as session:
        affair = queries.file_register.affair_with_files(session, key)
    return of_affair(wp, affair, ref) if affair is not None else FilesOfAffair()


# ---- anybody


@dataclass(frozen=True, slots=True)
class PublicFileLine:
    """A file of the public register in a list."""

    number: int
    name: str
    organ: str
    department: str
    purpose: str
    day: date


@dataclass(frozen=True, slots=True)
class PublicChange:
    """A day of the public register of a file: what was published, and what differs from before."""

    day: date
    words: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file of the public register: its items that are filled in and go out, and its days, the
    latest first."""

    number: int
    name: str
    organ: str
    department: str
    day: date
    items: tuple[ItemLine, ...]
    history: tuple[PublicChange, ...]


def public_list(
    wp: Workplace,
    today: date,
    words: Sequence[str] = (),
    department: int | None = None,
    first: int = 0,
    most: int = PAGE,
) -> tuple[list[PublicFileLine], int]:
    """(some files of the public register from the one of number `first`, how many there are)."""
    wanted = PublicFilter(today, tuple(words), department)
    with wp.store.read() as session:
        whole = queries.file_register.count(session, wanted)
        rows = queries.file_register.page(session, wanted, first, most)
        left = queries.file_register.omissions(session, [row[0].id for row in rows])
        lines = []
        for record, publication, form, tree in _public_texts(session, rows, left):
            lines.append(
                PublicFileLine(
                    record.id,
                    form.text(tree, "name"),
                    form.text(tree, "organ"),
                    form.text(tree, "department"),
                    form.text(tree, "purpose"),
                    publication.day,
                )
            )
        return lines, whole


def _public_texts(
    session: Session,
    rows: Sequence[Any],
    left: Mapping[int, Sequence[FileOmission]],
) -> list[tuple[RegisterRecord, PublishedFile, RegisterForm, Tree]]:
    """(record, publication, form, what anybody may read of it), in one look."""
    trees = files.texts_of(session, [row[1].version_id for row in rows])
    forms = kept_registers.forms_of(session, [tree.form for tree in trees.values()])
    out = []
    for record, publication, *_ in rows:
        hidden = files.hidden_in(publication, left.get(record.id, ()))
        text = trees[publication.version_id]
        form = forms[text.form]
        out.append((record, publication, form, omissions.outward(form, text, hidden)))
    return out


def public_departments(wp: Workplace, today: date) -> list[tuple[int, str]]:
    """(number, name) of the departments that have files in the public register."""
    with wp.store.read() as session:
        return queries.file_register.public_departments(session, today)


def public_one(wp: Workplace, number: int, today: date) -> PublicFile:
    """A file of the public register. PiaError where anybody may not see it."""
    with wp.store.read() as session:
        row = queries.file_register.public_one(session, number, today)
        if row is None:
            raise PiaError("そのファイルは、個人情報ファイル簿にありません。")
        return _public_files(session, wp, [row], today)[0]


def public_all(wp: Workplace, today: date) -> list[PublicFile]:
    """Every file of the public register, for its workbook and its pages as files."""
    with wp.store.read() as session:
        wanted = PublicFilter(today)
        rows = queries.file_register.page(
            session, wanted, 0, queries.file_register.count(session, wanted)
        )
        return _public_files(session, wp, rows, today)


def _public_files(
    session: Session, wp: Workplace, rows: Sequence[Any], today: date
) -> list[PublicFile]:
    numbers = [row[0].id for row in rows]
    left = queries.file_register.omissions(session, numbers)
    went = queries.file_register.publications(session, numbers)
    every = [row.version_id for published in went.values() for row in published]
    trees = files.texts_of(session, every)
    forms = kept_registers.forms_of(session, [tree.form for tree in trees.values()])
    out = []
    for record, publication, *_ in rows:
        published = [row for row in went[record.id] if row.day <= today]
        days = _as_read_now(published, left.get(record.id, ()), trees, forms)
        now = days[-1][1]
        form = forms[now.form]
        items = []
        for line in form.fields:
            said = shown_of(now.find(line.path))
            if said:
                items.append(item_line(wp, line, said))
        out.append(
            PublicFile(
                record.id,
                form.text(now, "name"),
                form.text(now, "organ"),
                form.text(now, "department"),
                publication.day,
                tuple(items),
                tuple(reversed(list(_history(days, forms)))),
            )
        )
    return out


def _as_read_now(
    published: Sequence[PublishedFile],
    left: Sequence[FileOmission],
    trees: Mapping[int, Tree],
    forms: Mapping[str, RegisterForm],
) -> list[tuple[date, Tree]]:
    """(day, text) of publications as anybody may read them now, oldest first: what a later one left
    out is not read in an earlier one either."""
    days = []
    later: tuple[LeftOut, ...] = ()
    for row in reversed(published):
        later = (*later, *files.hidden_in(row, left))
        text = trees[row.version_id]
        days.append((row.day, omissions.outward(forms[text.form], text, later)))
    return days[::-1]


def _history(
    days: Sequence[tuple[date, Tree]], forms: Mapping[str, RegisterForm]
) -> Iterable[PublicChange]:
    before: Tree | None = None
    for day, tree in days:
        if before is None:
            yield PublicChange(day, "公表", ())
        else:
            changes = files.what_changed(forms[tree.form], before, tree)
            yield PublicChange(day, "修正して公表", changes)
        before = tree


def public_book(wp: Workplace, today: date) -> bytes:
    """The public register as a workbook: the list, and a 単票 a sheet."""
    purposes = files.roles()["purpose"]
    sheets = []
    for file in public_all(wp, today):
        items = tuple((item.label, item.words) for item in file.items)
        said = {item.field: item.words for item in file.items}
        history = tuple((change.day, change.changes) for change in file.history)
        purpose = said.get(purposes, "")
        heads = (file.name, file.organ, file.department)
        sheets.append(SheetFile(*heads, purpose, file.day, items, history))
    return file_register_xlsx.write(sheets, today)


def public_sheet(wp: Workplace, number: int, today: date) -> tuple[str, bytes]:
    """(name, PDF) of a file of the public register on one sheet. PiaError where anybody may not see
    it."""
    file = public_one(wp, number, today)
    rows = [(item.label, item.words) for item in file.items]
    rows.append(("公表日", written(file.day)))
    title = "個人情報ファイル簿（単票）"
    paper = listing.paper(title, [], ("項目", "記載"), rows, (160.0, 340.0))
    return file.name, as_pdf.write(paper, own=wp.press.fonts)
