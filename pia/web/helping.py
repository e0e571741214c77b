"""The way from every page to its chapter of the handbook, and what its fields and states mean.

Knows endpoints. Must not know what the handbook says.
"""

from __future__ import annotations

from flask import Flask, request, url_for
from markupsafe import Markup

from .. import manual
from .word_marks import WordMarks

# What stands on the screen is shown as such; heads of tables say what they are the head of.
_TAGS = (
    ("<code>", '<strong class="on-screen">「'),
    ("</code>", "」</strong>"),
    ("<th>", '<th scope="col">'),
)


def set_up(app: Flask) -> None:
    """Gives every page of an application its way to the handbook, and its macros (which see no
    context) what fields, states and explained words mean."""
    app.context_processor(lambda: {"help_here": _help_here})
    app.jinja_env.globals.update(
        field_means=manual.field_means, state_means=manual.state_means, word_marks=WordMarks
    )


def _help_here() -> str:
    """The address of the chapter of this page; of the contents where it has none."""
    chapter = manual.of_page(request.endpoint or "")
    if chapter is None:
        return url_for("help.contents")
    return url_for("help.chapter", name=chapter.name)


def html(body: str) -> Markup:
    """A piece of a chapter as HTML: Markdown of the program's own, with no HTML in it."""
    made = manual.markdown().render(body)
    for tag, instead in _TAGS:
        made = made.replace(tag, instead)
    return Markup(made)  # nosec B704 # nosemgrep: markup # the program's own text, html is off
