"""開始・変更・廃止の届出 of 個人情報取扱事務 (個人情報保護法第75条第5項; the ordinance is the
city's): checked, numbered, corrected with what was typed kept, taken back; and how a body keeps its
register.

Knows what a notice must say. A refusal is one sentence at its field and changes nothing. Must not
know pages. No rule here is law of any city: what an ordinance asks is the setting of a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import registers as shipped
from ...domain.act import By
from ...domain.document.tree import Tree
from ...domain.errors import PiaError, Unfit
from ...domain.registers.model import BEGIN, CHANGE, END, ENDED, LIVE, RegisterForm
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.bodies import Affair, Body, Department
from ...store.rows.councils import Council
from ...store.rows.registers import AFFAIR, RegisterRecord, RegisterRule, RegisterVersion
from ..records import registers
from ..records.registers import KeptRegister
from ..workplace import Workplace, row_of
from . import registers as acts

NOT_KEPT = (
    "この機関では、個人情報取扱事務の届出を使わない設定になっています。"
    "条例に届出の定めがあるときは、事務局が「届出の設定」で直してください。"
)
WORDS = {BEGIN: "開始", CHANGE: "変更", END: "廃止"}


@dataclass(frozen=True, slots=True)
class NewAffairNotice:
    """A notice as it is typed. `record`: the affair it is about, None for 開始; `tree`: the text it
    leaves, of 廃止 None for what stands; `own`: the department of who writes it, where it may write
    for no other."""

    act: str
    body: int
    tree: Tree | None
    department: int | None
    filed: date
    effective: date | None = None
    why: str = ""
    record: int | None = None
    own: int | None = None
    source: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FiledNotice:
    """A notice that was taken: its record, its number within the 年度, and what its writer should
    know."""

    record: int
    act: int
    serial: int | None
    warnings: tuple[str, ...] = ()


def file(wp: Workplace, by: By, new: NewAffairNotice) -> FiledNotice:
    """Takes a notice. Unfit names the field that cannot be; nothing is changed then."""
    with wp.store.begin() as session:
        return filed(session, by, new)


def filed(session: Session, by: By, new: NewAffairNotice) -> FiledNotice:
    """The same in a transaction of the caller's."""
    kept = registers.kept(session, new.body, AFFAIR)
    if not kept.kept:
        raise PiaError(NOT_KEPT)
    record = _record_of(session, new)
    _must_be_office(session, new)
    _must_be_day(session, by, new.filed, record)
    tree = new.tree
    if new.act == END and record is not None:
        tree = tree or _standing(session, record)
        _must_say_why(new)
    if tree is None:
        raise PiaError("届出の記載がありません。")
    if new.act != END:
        must_be_whole(kept.form, tree)
    if record is None:
        must_be_new(session, new.body, kept.form, tree)
    elif new.act == CHANGE:
        _must_differ(session, record, tree)
    typed = acts.TypedAct(
        act=new.act,
        tree=tree,
        department=new.department,
        filed=new.filed,
        effective=new.effective,
        why=new.why.strip(),
        source=new.source,
    )
    form = registers.forms_of(session, [tree.form])[tree.form]
    if record is None:
        row = acts.put_first(session, by, new.body, AFFAIR, form, typed)
    else:
        row = acts.put_next(session, by, record, form, typed)
    return FiledNotice(row.record_id, row.id, row.serial, _late(session, row))


def _record_of(session: Session, new: NewAffairNotice) -> RegisterRecord | None:
    """The record a notice is about; None for 開始. PiaError where there is none to change or
    end."""
    if new.act == BEGIN:
        return None
    if new.record is None:
        raise Unfit("record", f"{WORDS[new.act]}の届出をする事務を選んでください。")
    record = session.get(RegisterRecord, new.record)
    if record is None or record.register != AFFAIR or record.body_id != new.body:
        raise Unfit("record", "その事務は、登録されていません。一覧から選び直してください。")
    _must_be_own(new.own, record.department_id)
    if record.state == ENDED:
        raise PiaError(
            f"「{record.name}」は、廃止の届出がされています。"
            "もう一度始めるときは、開始の届出を書いてください。"
        )
    if record.state != LIVE:
        raise PiaError(
            f"「{record.name}」には、開始の届出がありません。先に開始の届出を書いてください。"
        )
    return record


def _must_be_own(own: int | None, department: int | None) -> None:
    """PiaError for what belongs to another department than that of who may write for no other."""
    if own is not None and own != department:
        raise PiaError("ほかの所属の届出です。あなたの所属の届出だけを扱えます。")


def _must_be_office(session: Session, new: NewAffairNotice) -> None:
    office = session.get(Department, new.department) if new.department is not None else None
    if office is None or office.body_id != new.body:
        raise Unfit("department", "届出をする所属を、この機関の所属から選んでください。")
    if new.own is not None and new.own != office.id:
        raise Unfit("department", "ほかの所属の届出は書けません。あなたの所属を選んでください。")
    if office.closed is not None and office.closed <= new.filed:
        raise Unfit(
            "department",
            f"「{office.name}」は{written(office.closed)}に廃止されています。"
            "今の所属を選んでください。",
        )


def _must_be_day(session: Session, by: By, day: date, record: RegisterRecord | None) -> None:
    if day > by.day:
        raise Unfit("filed", f"届出日（{written(day)}）が、まだ来ていません。")
    if record is None:
        return
    before = queries.registers.acts(session, record.id)
    if before and before[-1].filed is not None and day < before[-1].filed:
        raise Unfit(
            "filed",
            f"届出日（{written(day)}）が、この事務の前の届出（{written(before[-1].filed)}）"
            "より前です。",
        )


def _must_say_why(new: NewAffairNotice) -> None:
    if not new.why.strip():
        raise Unfit("why", "「廃止の理由」を入力してください。")


def must_be_whole(form: RegisterForm, tree: Tree) -> None:
    """Unfit names the first field that must be filled and is not."""
    for line in form.missing(tree):
        raise Unfit(line.id, f"「{line.plain_label}」を入力してください。")


def must_be_new(session: Session, body: int, form: RegisterForm, tree: Tree) -> None:
    """Unfit for an affair that runs already under the same name."""
    name = form.text(tree, "name")
    for known in queries.registers.named(session, body, AFFAIR, name):
        if known.state == LIVE:
            line = form.field("name")
            raise Unfit(
                line.id if line is not None else "record",
                f"「{known.name}」の開始は、もう届けられています。"
                "内容が変わったときは、変更の届出を書いてください。",
            )


def _must_differ(session: Session, record: RegisterRecord, tree: Tree) -> None:
    if _standing(session, record).digest == tree.digest:
        raise PiaError("前の届出と同じ内容です。変わったところを直してください。")


def _standing(session: Session, record: RegisterRecord) -> Tree:
    """The text a record has now."""
    assert record.head_id is not None  # a record that is live has an act
    return registers.texts(session, [record.head_id])[record.head_id]


def _late(session: Session, row: RegisterVersion) -> tuple[str, ...]:
    """What is said of a notice whose period has been reported."""
    for report in queries.registers.reports(session, row.body_id, AFFAIR):
        if row.filed is not None and row.filed <= report.last:
            return (
                f"{written(report.last)}までの届出は、もう報告されています。"
                "この届出は、次の報告に入ります。",
            )
    return ()


# ---- put right


def correct(wp: Workplace, by: By, number: int, new: NewAffairNotice, reason: str) -> int:
    """A notice as it should have been typed; what was typed is kept. Returns its record. Unfit
    without a reason, and for what `file` refuses."""
    if not reason.strip():
        raise Unfit("reason", "「訂正の理由」を入力してください。")
    with wp.store.begin() as session:
        old = session.get(RegisterVersion, number)
        if old is None or old.register != AFFAIR or new.tree is None:
            raise PiaError("その届出はありません。一覧から選び直してください。")
        _must_be_own(new.own, old.department_id)
        form = registers.forms_of(session, [new.tree.form])[new.tree.form]
        _must_be_office(session, new)
        if new.filed > by.day:
            raise Unfit("filed", f"届出日（{written(new.filed)}）が、まだ来ていません。")
        if old.act == END:
            _must_say_why(new)
        else:
            must_be_whole(form, new.tree)
        typed = acts.TypedAct(
            act=old.act,
            tree=new.tree,
            department=new.department,
            filed=new.filed,
            effective=new.effective,
            why=new.why.strip(),
        )
        acts.put_right(session, by, old, form, typed, reason.strip())
        return old.record_id


def take_back(wp: Workplace, by: By, number: int, reason: str, own: int | None = None) -> int:
    """A notice that should not be there; it is kept and counts no more. Returns its record. `own`:
    the department of who may take back for no other."""
    if not reason.strip():
        raise Unfit("reason", "「取消しの理由」を入力してください。")
    with wp.store.begin() as session:
        old = session.get(RegisterVersion, number)
        if old is None or old.register != AFFAIR:
            raise PiaError("その届出はありません。一覧から選び直してください。")
        _must_be_own(own, old.department_id)
        later = [act for act in queries.registers.acts(session, old.record_id) if act.seq > old.seq]
        if later:
            raise PiaError(
                "この届出の後に、別の届出があります。先に、後の届出を取り消してください。"
            )
        acts.take_back(session, by, old, reason.strip())
        return old.record_id


def link(wp: Workplace, by: By, number: int, key: str) -> None:
    """The 評価書一式 of the same affair, as a person says; none for an empty key. PiaError for one
    of another body."""
    with wp.store.begin() as session:
        record = session.get(RegisterRecord, number)
        if record is None:
            raise PiaError("その事務は、登録されていません。一覧から選び直してください。")
        affair: Affair | None = None
        if key:
            affair = queries.affairs.of_key(session, key)
            if affair is None or affair.body_id != record.body_id:
                raise Unfit("affair", "この機関の評価書から選んでください。")
        before = record.affair_id
        record.affair_id = affair.id if affair is not None else None
        about = {"before": before, "after": record.affair_id}
        log.entry(session, by, "register.link", str(number), about)


# ---- how a body keeps its register


@dataclass(frozen=True, slots=True)
class NewRegisterRule:
    """How a body keeps its register, as it is typed. `form`: what its form says otherwise."""

    body: int
    kept: bool
    ordinance: str
    article: str
    months: int
    first_month: int
    council: int | None
    form: Mapping[str, Any] | None = None


PERIODS = {0: "決まった期間はない", 1: "1か月", 2: "2か月", 3: "3か月", 6: "6か月", 12: "1年"}


def set_rule(wp: Workplace, by: By, new: NewRegisterRule) -> None:
    """How a body keeps its register from now on; what was said before is kept. Unfit without the
    ordinance that asks for it."""
    if new.kept and not new.ordinance.strip():
        raise Unfit("ordinance", "届出を定める条例の名称を入力してください。")
    with wp.store.begin() as session:
        body = row_of(session, Body, new.body, "評価実施機関")
        if new.council is not None:
            row_of(session, Council, new.council, "審議会")
        changes = new.form
        if changes is None:
            before = queries.registers.rule(session, new.body, AFFAIR)
            changes = before.form if before is not None else {}
        shipped.own(AFFAIR, changes, -1)  # PiaError for a form that cannot be
        row = RegisterRule(
            body_id=body.id,
            register=AFFAIR,
            kept=new.kept,
            ordinance=new.ordinance.strip(),
            article=new.article.strip(),
            months=new.months,
            first_month=new.first_month,
            council_id=new.council,
            form=dict(changes),
            **acted(by),
        )
        session.add(row)
        session.flush()
        about = {"body": body.id, "kept": new.kept, "rule": row.id}
        log.entry(session, by, "register.rule", body.name, about)


def kept_now(session: Session, body: int) -> KeptRegister:
    """How a body keeps its register. PiaError where it keeps none."""
    kept = registers.kept(session, body, AFFAIR)
    if not kept.kept:
        raise PiaError(NOT_KEPT)
    return kept
