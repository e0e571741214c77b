"""個人情報ファイル簿 is made, put right, published and ended, and what is left out of it is
recorded with its reason (個人情報保護法第75条第1項から第3項).

A text that is published never leaves by itself: what is changed afterwards waits for the next 公表.
Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.document.tree import Tree
from ...domain.errors import PiaError, Refused, Stale, Unfit
from ...domain.registers import model, omissions
from ...domain.registers.model import RegisterForm
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.bodies import Affair, Department
from ...store.rows.file_register import FileOmission, PublishedFile
from ...store.rows.registers import FILE, RegisterRecord, RegisterVersion
from ..records import file_kinds
from ..records import file_register as files
from ..records import registers as kept_registers
from ..workplace import Workplace, row_of
from . import registers
from .registers import TypedAct


@dataclass(frozen=True, slots=True)
class NewFile:
    """A 単票 as it is typed. `affair`: KEY of the affair it belongs to, empty for none."""

    department: int
    affair: str
    tree: Tree
    why: str = ""


def create(wp: Workplace, by: By, new: NewFile) -> int:
    """A file that was not in the register; its number. Unfit without a name, for one there is, for
    a closed department and for an affair of another body."""
    with wp.store.begin() as session:
        department = _department(session, new.department)
        form = files.form_of(session, department.body_id)
        _must_be_free(session, department.body_id, _name(form, new.tree), None)
        affair = _affair(session, new.affair, department.body_id)
        act = _act(model.BEGIN, new.tree, department.id, by.day, new.why)
        version = registers.put_first(session, by, department.body_id, FILE, form, act)
        if affair is not None:
            record = session.get_one(RegisterRecord, version.record_id)
            _link(session, by, record, affair.id)
        return version.record_id


def change(wp: Workplace, by: By, number: int, new: NewFile, seen: int) -> None:
    """A file put right: another text of it, where it says anything else. `seen`: the act whose text
    its person saw; Stale where it was put right since."""
    with wp.store.begin() as session:
        record = _living(session, number)
        _must_be_seen(record, seen)
        office = _office_now(session, record, new.department)
        form = kept_registers.form_on(session, new.tree)
        _must_be_free(session, record.body_id, _name(form, new.tree), record.id)
        affair = _affair(session, new.affair, record.body_id, record.affair_id)
        linked = affair.id if affair is not None else None
        now = session.get_one(RegisterVersion, seen)
        same = (new.tree.digest, office) == (now.digest, now.department_id)
        if same and linked == record.affair_id:
            raise PiaError("記載は、もうそのとおりです。直すところを書き換えてください。")
        if linked != record.affair_id:
            _link(session, by, record, linked)
        if not same:
            act = _act(model.CHANGE, new.tree, office, by.day, new.why)
            registers.put_next(session, by, record, form, act)


def _link(session: Session, by: By, record: RegisterRecord, affair: int | None) -> None:
    record.affair_id = affair
    log.entry(session, by, "register.link", str(record.id), {"affair": affair})


def end(wp: Workplace, by: By, number: int, day: date, why: str) -> None:
    """A file is kept no more: it leaves the register, its texts stay. Unfit for a day to come and
    without a reason."""
    if day > by.day:
        raise Unfit("ended", f"保有をやめた日（{written(day)}）が、まだ来ていません。")
    if not why.strip():
        raise Unfit("why", "「理由」を入力してください。")
    with wp.store.begin() as session:
        record = _living(session, number)
        tree = files.text_of(session, record.head_id or 0)
        act = _act(model.END, tree, record.department_id, by.day, why.strip(), day)
        registers.put_next(session, by, record, kept_registers.form_on(session, tree), act)


def reopen(wp: Workplace, by: By, number: int, why: str) -> None:
    """An end that was recorded by mistake is taken back, and kept. Unfit without a reason, and
    where another file has the name since."""
    if not why.strip():
        raise Unfit("reopening", "「取り消す理由」を入力してください。")
    with wp.store.begin() as session:
        record = row_of(session, RegisterRecord, number, "ファイル")
        if record.register != FILE or record.state != model.ENDED or record.head_id is None:
            raise PiaError("このファイルは、廃止されていません。")
        _must_be_free(session, record.body_id, record.name, record.id, "reopening")
        last = session.get_one(RegisterVersion, record.head_id)
        registers.take_back(session, by, last, why.strip())


def publish(wp: Workplace, by: By, number: int, day: date, seen: int) -> int:
    """The text of a file goes into the public register; the number of the publication. Refused
    with every item the law asks for that is missing; Unfit for a day to come or before the last
    one; Stale where another text came since."""
    with wp.store.begin() as session:
        record = _living(session, number)
        _must_be_seen(record, seen)
        return put_out(session, by, record, day)


def put_out(session: Session, by: By, record: RegisterRecord, day: date) -> int:
    """The latest text of a file goes out, in a transaction of the caller's."""
    number = record.id
    left = queries.file_register.omissions(session, [number]).get(number, [])
    earlier = queries.file_register.publications(session, [number]).get(number, [])
    unmet = files.unmet_for_publication(session, record, left)
    if unmet:
        raise Refused("まだ公表できません。", tuple(unmet))
    if files.standing(record, left, earlier) == files.PUBLISHED:
        raise PiaError("いまの記載は、もう公表されています。")
    file_kinds.must_be_day(by, day, [row.day for row in earlier], (), "published")
    hidden = files.left_out(left)
    head = record.head_id or 0
    text = files.text_of(session, head)
    tree = omissions.outward(kept_registers.form_on(session, text), text, hidden)
    row = PublishedFile(
        record_id=number,
        version_id=head,
        day=day,
        left_out=[[each.field, each.part] for each in hidden],
        words=files.public_words(session, tree),
        **acted(by),
    )
    session.add(row)
    session.flush()
    log.entry(session, by, "file.publish", str(number), {"publication": row.id})
    return row.id


@dataclass(frozen=True, slots=True)
class NewOmission:
    """What is left out as it is typed: `field` is the id of an item (empty for the whole file),
    `part` a line of it (empty for all), `ground` a key of the rules for a whole file."""

    field: str
    part: str
    ground: str
    reason: str


def leave_out(wp: Workplace, by: By, number: int, new: NewOmission) -> int:
    """Records that a file, an item or a line of one stays out of the public register: at once, also
    of what was published before. Unfit without a reason, for an item that may not be left out, and
    for a line that does not stand in it."""
    if not new.reason.strip():
        raise Unfit("reason_item", "「理由」を入力してください。")
    with wp.store.begin() as session:
        record = _living(session, number)
        ground = _ground(wp, session, record, new)
        left = queries.file_register.omissions(session, [number]).get(number, [])
        if any((row.field, row.part) in ((new.field, new.part), (new.field, "")) for row in left):
            raise Unfit("part" if new.field else "ground", "もう、記載しないこととしています。")
        row = FileOmission(
            record_id=number,
            field=new.field,
            part=new.part,
            ground=ground,
            reason=new.reason.strip(),
            **acted(by),
        )
        session.add(row)
        session.flush()
        restate_public(session, number)
        log.entry(session, by, "file.leave_out", str(number), {"omission": row.id})
        return row.id


def _ground(wp: Workplace, session: Session, record: RegisterRecord, new: NewOmission) -> str:
    """The ground as it is kept. Unfit for what cannot be left out."""
    rules = files.rules_of(wp)
    if not new.field:
        if new.ground not in rules["exemptions"]:
            raise Unfit("ground", "「掲載しない理由」を選んでください。")
        return new.ground
    role = next((role for role, name in files.roles().items() if name == new.field), "")
    rule = rules["omissions"].get(role)
    if rule is None:
        raise Unfit("field", "記載しないことができるのは、一覧にある項目だけです。")
    if rule["part"] and not new.part:
        raise Unfit(
            "part", "記録項目は、その一部だけを記載しないことができます。項目名を選んでください。"
        )
    tree = files.text_of(session, record.head_id or 0)
    hidden = [omissions.LeftOut(new.field, new.part)]
    form = kept_registers.form_on(session, tree)
    if new.part and omissions.lost(form, tree, hidden):
        raise Unfit("part", "その項目名は、いまの記載にありません。選び直してください。")
    return role


def restate_public(session: Session, number: int) -> None:
    """What a search of the public register may find of a file, after something is left out or may
    go out again."""
    session.flush()
    left = queries.file_register.omissions(session, [number]).get(number, [])
    for row in queries.file_register.publications(session, [number]).get(number, []):
        row.words = files.public_words(session, files.public_text(session, row, left))


def undo_omission(session: Session, by: By, row: FileOmission) -> None:
    """What was left out may go out with the next publication; nothing goes out by this."""
    row.withdrawn = by.day
    restate_public(session, row.record_id)


# ---- what must hold


def _living(session: Session, number: int) -> RegisterRecord:
    record = row_of(session, RegisterRecord, number, "ファイル")
    if record.register != FILE:
        raise PiaError("そのファイルはありません。一覧から選び直してください。")
    if record.state != model.LIVE:
        raise PiaError("このファイルは、廃止されています。")
    return record


def _department(session: Session, number: int, now: int | None = None) -> Department:
    department = session.get(Department, number)
    if department is None:
        raise Unfit("department", "「所属」を選んでください。")
    if department.closed is not None and department.id != now:
        raise Unfit("department", f"「{department.name}」は廃止された課です。選び直してください。")
    return department


def _office_now(session: Session, record: RegisterRecord, number: int) -> int | None:
    """The department of a file that is put right; one that came without may stay without."""
    if not number and record.department_id is None:
        return None
    department = _department(session, number, record.department_id)
    if department.body_id != record.body_id:
        raise Unfit("department", "ほかの機関の所属には移せません。")
    return department.id


def _affair(session: Session, key: str, body_id: int, now: int | None = None) -> Affair | None:
    if not key:
        return None
    affair = queries.affairs.of_key(session, key)
    if affair is None or affair.withdrawn is not None:
        raise Unfit("affair", "「評価書の事務」を選び直してください。")
    if affair.body_id != body_id and affair.id != now:
        raise Unfit("affair", "ほかの機関の事務とは結び付けられません。")
    return affair


def _name(form: RegisterForm, tree: Tree) -> str:
    name = form.text(tree, "name").strip()
    if not name:
        line = form.field("name")
        assert line is not None
        raise Unfit(line.id, f"「{line.label}」を入力してください。")
    return name


def _must_be_free(
    session: Session, body_id: int, name: str, own: int | None, field: str = ""
) -> None:
    for record in queries.registers.named(session, body_id, FILE, name):
        if record.id != own and record.state == model.LIVE:
            at = field or files.roles()["name"]
            raise Unfit(at, f"「{name}」という名称のファイルは、もう簿にあります。")


def _must_be_seen(record: RegisterRecord, seen: int) -> None:
    if record.head_id != seen:
        raise Stale("このファイルは、ほかの人が先に直しました。いまの内容を確かめてください。")


def _act(
    act: str, tree: Tree, department: int | None, day: date, why: str, holds: date | None = None
) -> TypedAct:
    return TypedAct(act, tree, department, day, holds or day, numbered=False, why=why)
