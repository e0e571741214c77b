"""A stand-in for the commission's blank of a form, so that a city sees its submission filled in
before it has the real one (規則第5条第1項・第6条第1項・第7条第5項).

Knows the official layout from the form's data. It is plainly marked as not the commission's, on its
cover and at the head of every page, also once it is filled; nothing it says confirms a form.
"""

from __future__ import annotations

from ...domain.document.form import Form
from ..workbook_in.stamps import STAND_IN
from . import writer


def blank(form: Form) -> bytes:
    """The empty workbook of a form. Deterministic."""
    return writer.blank(form, STAND_IN)


def file_name(form: Form) -> str:
    """What the file is called."""
    stamp = form.id.partition("@")[2]
    return f"見本の様式（{form.name}　{stamp}）.xlsx"
