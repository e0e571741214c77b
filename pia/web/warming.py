"""What the first visitor after a start would wait for is loaded before the server says it waits:
modules, templates, forms, rules, the typeface, the words of ICU's dictionary, and the statements of
the pages people open first.

Knows what requests load when they first need it. The commands load nothing of it.
"""

from __future__ import annotations

import pkgutil
from contextlib import suppress
from importlib import import_module

from flask import Flask
from sqlalchemy.orm import configure_mappers

from ..actions.workplace import Workplace
from ..domain.act import day_in_japan
from ..domain.errors import PiaError

# What pages, acts and files are made with; each holds modules that are imported inside functions.
_ROOMS = ("pia.domain", "pia.documents", "pia.store.rows", "pia.actions", "pia.web")


def warm(app: Flask) -> None:
    """Loads it for an application of any zone. What is at hand already costs nothing."""
    for room in _ROOMS:
        for found in pkgutil.walk_packages(import_module(room).__path__, f"{room}."):
            import_module(found.name)
    configure_mappers()
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    _data()


def _data() -> None:
    """Forms, rules, typeface and dictionary."""
    from .. import forms
    from ..actions.records import procedures
    from ..documents.pdf import fonts
    from ..domain.text import tokens

    for name in forms.known():
        forms.load(name)
    procedures.shipped()
    fonts.typeface("評価書")
    tokens.tokens("評価書")


def warm_lists(app: Flask) -> None:
    """Reads what the first page and the office's lists read, and the document of the round that
    began last; whatever comes of it is thrown away. Where the database does not answer, pages will
    say so."""
    from ..actions import sources
    from ..actions.viewing import board, register, rounds
    from ..store.queries.register import AffairFilter

    wp: Workplace = app.extensions["pia"]
    _ = wp.content_checks  # a table of the city's that cannot be read is said before anybody waits
    with suppress(PiaError):
        today = day_in_japan(app.extensions["pia.now"]())
        register.page(wp, AffairFilter(), 0, today)
        board.board(wp, today, "", "", 0)
        for line in rounds.page(wp, False, 0, 1).lines:
            sources.read_ref(wp, line.ref)
