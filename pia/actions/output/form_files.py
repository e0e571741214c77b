"""The files submissions are filled in, form by form: what is registered, what it confirmed, and the
stand-in a city begins with (規則第5条第1項・第6条第1項・第7条第5項).

Knows registered files. Must not know how one is filled (`documents.carrier`); what a file must be
like is `carriers.register`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By, day_in_japan
from ...domain.document.form import Form
from ...domain.errors import PiaError
from ...store import nodes, queries
from ...store.rows import papers
from ..access.names import shown_name
from ..workplace import Workplace, row_of
from . import carriers
from .carriers import Registered

# The 計画管理書 is made from the register and never filled in.
_NOT_FILLED = "plan"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that was registered for a form, by whom and when."""

    id: int
    name: str
    who: str
    day: date
    stand_in: bool


@dataclass(frozen=True, slots=True)
class FormFile:
    """A form with its file. `documents`: how many assessments stand on it; `current` is filled from
    now on (None: our own layout 確認用 is handed out instead), `earlier` were before it; `seen`:
    how many of its `lines` a blank confirmed, on `confirmed`."""

    form: str
    name: str
    documents: int
    current: KeptFile | None
    earlier: tuple[KeptFile, ...]
    seen: int
    lines: int
    confirmed: date | None


def listed(wp: Workplace) -> list[FormFile]:
    """Every form that can be filled, those with documents first."""
    with wp.store.read() as session:
        count = queries.papers.documents_by_form(session)
        rows = []
        for form_id in forms.known():
            if not form_id.startswith(_NOT_FILLED):
                rows.append(_form_file(session, forms.load(form_id), count.get(form_id, 0)))
    return sorted(rows, key=lambda row: not row.documents)


def _form_file(session: Session, form: Form, documents: int) -> FormFile:
    kept = []
    for carrier in queries.papers.blanks_of(session, form.id):
        day = day_in_japan(carrier.at)
        who = shown_name(session, carrier.actor)
        kept.append(KeptFile(carrier.id, carrier.name, who, day, bool(carrier.stand_in)))
    confirmation = papers.confirmation_of(session, form.id)
    return FormFile(
        form.id,
        title_of(form),
        documents,
        kept[0] if kept else None,
        tuple(kept[1:]),
        len(confirmation.nodes) if confirmation else 0,
        sum(1 for _ in form.walk()),
        day_in_japan(confirmation.at) if confirmation else None,
    )


def title_of(form: Form) -> str:
    """A form as people name it: 全項目評価書（平成30年5月）."""
    return f"{form.name}（{form.stamp}）"


def register(wp: Workplace, by: By, data: bytes, name: str) -> Registered:
    """Registers a city's file for the form on its cover and compares it with what is known of the
    form: its labels and marks count as seen from then on."""
    registered = carriers.register_bytes(wp, by, data, name)
    if registered.sha256 and not registered.stand_in:
        carriers.confirm(wp, by, registered.form)
    return registered


def begin_with_stand_in(wp: Workplace, by: By, form_id: str) -> Registered:
    """Registers the project's stand-in of a form. PiaError where a file is registered already:
    a stand-in never takes the place of a city's own."""
    from ...documents.workbook_out import stand_in

    if form_id not in forms.known() or form_id.startswith(_NOT_FILLED):
        raise PiaError("その様式はありません。一覧から選び直してください。")
    form = forms.load(form_id)
    with wp.store.read() as session:
        if papers.blank_of(session, form_id) is not None:
            raise PiaError("この様式には、もう様式ファイルが登録されています。")
    return carriers.register_bytes(wp, by, stand_in.blank(form), stand_in.file_name(form), form_id)


def begin_with_stand_ins(wp: Workplace, by: By, form_ids: Iterable[str]) -> None:
    """A stand-in for each of these forms that has no file yet."""
    for form_id in form_ids:
        with wp.store.read() as session:
            there = papers.blank_of(session, form_id)
        if there is None:
            begin_with_stand_in(wp, by, form_id)


def use_again(wp: Workplace, by: By, number: int) -> str:
    """Registers a file of before once more, so that it is filled from now on; its name. PiaError
    where it is the one that is filled already."""
    with wp.store.read() as session:
        kept = row_of(session, papers.Carrier, number, "様式ファイル")
        current = papers.blank_of(session, kept.form)
        if kept.assessment_id is not None or current is None:
            raise PiaError("その様式ファイルはありません。一覧から選び直してください。")
        if current.id == kept.id:
            raise PiaError("このファイルは、いま使っている様式ファイルです。")
        data = nodes.get_blob(session, kept.sha256)
    carriers.register_bytes(wp, by, data, kept.name, kept.form)
    return kept.name


def file_of(wp: Workplace, number: int) -> tuple[str, bytes]:
    """Name and bytes of a registered blank, as it came. The workbook of one assessment is asked for
    by its document (`carriers.export`): it says withheld words too."""
    with wp.store.read() as session:
        kept = row_of(session, papers.Carrier, number, "様式ファイル")
        if kept.assessment_id is not None:
            raise PiaError("その様式ファイルはありません。一覧から選び直してください。")
        return kept.name, nodes.get_blob(session, kept.sha256)
