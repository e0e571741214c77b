"""Pages and files from the templates: one environment for the web application and for stand-alone
HTML, with the filters they share.

Knows templates and how a value is shown in Japanese. Must not know requests. Everything is escaped;
nothing is marked safe.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ... import forms, resources
from ...domain.act import day_in_japan, day_of_text, in_japan
from ...domain.change.describe import DescribedChange, numbers, told_once
from ...domain.text.pieces import Piece, inline, sides
from ...domain.text.spans import spans
from ...domain.wareki import fiscal, written

KINDS = {
    "added": "追加",
    "removed": "削除",
    "modified": "修正",
    "moved": "移動",
    "renumbered": "番号のみ変更",
}


def day(value: Any) -> str:
    """令和6年7月24日 for a date, an instant or ISO text; － for nothing; other words as they
    are."""
    if value is None or value == "":
        return "－"
    if isinstance(value, datetime):
        return written(day_in_japan(value))
    if isinstance(value, date):
        return written(value)
    try:
        return written(day_of_text(str(value)))
    except ValueError:  # what a person wrote where a day belongs
        return str(value)


def clock(value: time | None) -> str:
    """午後1時30分."""
    if value is None:
        return "－"
    if value.hour < 12:
        half = "午前"
        hour = value.hour
    else:
        half = "午後"
        hour = value.hour - 12
    return f"{half}{hour}時" + (f"{value.minute}分" if value.minute else "")


def hour(value: datetime) -> str:
    """13:35 in Japan."""
    return in_japan(value).strftime("%H:%M")


def pieces(described: DescribedChange, view: str = "phrase") -> tuple[Piece, ...]:
    """Both texts of a change in one, with what was deleted and added."""
    return inline(*described.shown, described.shown_spans(view))


def both(
    described: DescribedChange, view: str = "phrase"
) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Before and after of a change as marked pieces."""
    return sides(*described.shown, described.shown_spans(view))


def departure(d: Any) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """National text and ours, side by side."""
    return compared(d.shown)


def compared(pair: tuple[str, ...]) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Two texts as marked sides."""
    text, other = pair
    return sides(text, other, spans(text, other))


@cache
def official(item: str) -> str:
    """The official number and label of a form's item, as people cite it (Ⅱ６①保管場所), on the
    newest form that has it; the id itself where none does.
    """
    for kind in ("all_item", "key_item", "basic_item"):
        for name in reversed(
            [form_id for form_id in forms.known() if form_id.split("@")[0] == kind]
        ):
            line = forms.load(name).by_id.get(item)
            if line is not None:
                cited = numbers(line)
                if cited.endswith(line.label):
                    return cited
                return cited + line.label
    return item


def dress(env: Environment) -> Environment:
    """Gives an environment of templates the filters and functions that all pages use."""
    env.filters.update(
        day=day,
        fiscal=fiscal,
        clock=clock,
        hour=hour,
        zipped=lambda many: [(match, match) for match in many],
        pair_of=lambda cell: (cell.number, cell.name),
        first_two=lambda row: (row[0], row[1]),
        departure=departure,
        compared=compared,
        official=official,
    )
    env.globals.update(pieces=pieces, both=both, KINDS=KINDS, told_once=told_once)
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    return env


@cache
def environment() -> Environment:
    """The templates of stand-alone pages; what they say is escaped."""
    return dress(
        Environment(loader=FileSystemLoader(str(resources.folder("templates"))), autoescape=True)
    )


def css() -> str:
    """The style sheets as one text, for stand-alone files."""
    folder = resources.folder("static")
    return (folder / "vendor" / "design-tokens.css").read_text("utf-8") + (
        folder / "pia.css"
    ).read_text("utf-8")


def render(template: str, **values: Any) -> str:
    """A stand-alone page: its styles are inside, nothing is fetched."""
    # nosemgrep: markup # our own file, and no text of a person
    styles = Markup(css())  # nosec B704
    return environment().get_template(template).render(css=styles, **values)
