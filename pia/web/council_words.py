"""What putting a case before a council is called on the pages of this house: no page of a city
whose councils hear a 議案 speaks of a 諮問.

Knows the program's own words. Must not be given what somebody typed: that stays to the letter.
"""

from __future__ import annotations

from flask import Flask, current_app, g
from jinja2 import pass_context
from jinja2.runtime import Context

from ..actions.records import council_ways
from .actor import workplace


def set_up(app: Flask) -> None:
    """Gives every page of an application the filter `said`, for macros too."""
    app.jinja_env.filters["said"] = _filter


@pass_context
def _filter(_: Context, words: object) -> str:
    """`said`, asked anew for every page: without a context Jinja would ask once, when it compiles
    the template, and keep the answer for every city."""
    return said(words)


def said(words: object) -> str:
    """The program's words as this house says them. Asked of the database once a request, and only
    where they speak of a 諮問."""
    text = str(words)
    if "諮問" not in text:
        return text
    if "by_bill" not in g:
        if "pia" not in current_app.extensions:  # without a database nobody is asked
            return text
        wp = workplace()
        with wp.store.read() as session:
            g.by_bill = council_ways.only_by_bill(session)
    return council_ways.said(text, g.by_bill)
