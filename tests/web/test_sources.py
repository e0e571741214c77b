"""Templates and the style sheet read as the code does: one thing a line, no line too long."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from pia import resources

COLUMNS = 120
TEMPLATES = sorted(resources.folder("templates").rglob("*.html"))
SHEET = resources.folder("static") / "pia.css"
# Tags that are structure: each begins on a line of its own.
STRUCTURE = r"<(?:table|caption|thead|tbody|tr|th|td|form|fieldset|ul|ol|li|dl|dt|dd|section|nav)\b"


def width(line: str) -> int:
    """Columns of a line; a full-width letter has two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def faults(text: str) -> list[str]:
    """The lines of a template that are too long or hold more than one thing."""
    lines = text.split("\n")
    return [line for line in lines if width(line) > COLUMNS or len(re.findall(STRUCTURE, line)) > 1]


def crowded(sheet: str) -> list[str]:
    """The lines of a style sheet that are too long or say more than one declaration or rule."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    long = [line for line in sheet.split("\n") if width(line) > COLUMNS]
    return long + [line for line in plain.split("\n") if line.count(";") > 1 or line.count("{") > 1]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_template_has_one_thing_a_line(path: Path) -> None:
    assert faults(path.read_text("utf-8")) == []


def test_the_style_sheet_has_one_declaration_a_line() -> None:
    assert crowded(SHEET.read_text("utf-8")) == []


def test_the_styles_inside_a_template_too() -> None:
    for path in TEMPLATES:
        for inside in re.findall(r"<style>(.*?)</style>", path.read_text("utf-8"), re.DOTALL):
            assert crowded(inside.replace("{{ css }}", "")) == [], path


@pytest.mark.parametrize(
    "line", ["<ul><li>一</li></ul>", "<tr><td>一</td><td>二</td></tr>", "<p>" + "あ" * 60 + "</p>"]
)
def test_a_crowded_line_is_found(line: str) -> None:
    assert faults(line) == [line]


@pytest.mark.parametrize(
    "line", ["p { margin: 0; }  a { color: red; }", "  margin: 0; color: red;"]
)
def test_a_crowded_declaration_is_found(line: str) -> None:
    assert crowded(line) == [line]
