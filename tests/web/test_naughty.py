"""Over four hundred strings that have broken other programs, through the desk's forms and out on
every page and in every file: equal to the letter, never markup, never a formula. What no
document may hold is refused with a sentence."""

from __future__ import annotations

import copy
import io
import json
import re
import zipfile
from collections import Counter
from typing import Any

import pytest
from lxml import etree, html

from pia.actions import sources
from pia.actions.workplace import Workplace
from pia.domain.document import blocks, items

from .client import PageClient
from .naughty import REFUSED, STRINGS
from .test_writing import REF, WRITE, answer, desk

TEXT = "先頭の行\n" + "\n".join(STRINGS) + "\n終わりの行"
# The same lines and headings, of harmless letters: what is a heading makes blocks, and links to
# them.
HEADS = {b.value["text"].split("\n")[0] for b in blocks.split(TEXT)[0] if b.key}
PLAIN = "\n".join(
    f"＜あ{i}＞" if line in HEADS else re.sub(".", "あ", line)
    for i, line in enumerate(TEXT.split("\n"))
)
CELLS = [s for s in dict.fromkeys(x.strip() for x in STRINGS) if s]
ASSESSMENT = f"/assessments/{REF}?base=none"


def save(page: PageClient, path: str, values: dict[str, Any]) -> None:
    page.post(f"{WRITE}{path}", f"{WRITE}{path}", values)


def shape(page: html.HtmlElement) -> Counter[str]:
    """How many elements of each kind a page has, without the marks of a comparison and the list
    of versions, which grows with each save."""
    seen = [
        e
        for e in page.iter()
        if isinstance(e.tag, str)
        and not (e.tag in ("li", "a") and re.match(r"\s*第\d+版", e.text_content()))
    ]
    return Counter(
        e.tag
        for e in seen
        if e.tag not in ("ins", "del")
        and not set((e.get("class") or "").split()) & {"sr", "moved", "mark-note", "fold"}
    )


def test_there_are_enough() -> None:
    assert len(set(STRINGS)) >= 400


def unhinted(page: html.HtmlElement) -> html.HtmlElement:
    """A page without what the checks of content say of its words: of other words they say other
    things."""
    shown = copy.deepcopy(page)
    for section in shown.xpath("//section[@aria-labelledby='found-here']"):
        section.drop_tree()
    return shown


def test_a_text_is_the_same_on_every_page_and_in_every_file(drafted: Workplace) -> None:
    page = desk(drafted)
    pages = (f"{WRITE}IV/3", ASSESSMENT, f"/lines/{REF}/parts?part=IV")
    save(page, "IV/3", {"text": PLAIN})
    before = [shape(unhinted(page.get(u))) for u in pages]
    save(page, "IV/3", {"text": TEXT})
    assert answer(drafted, "IV/3") == TEXT
    shown = [page.get(u) for u in pages]
    shapes = [shape(unhinted(p)) for p in shown]
    assert [(now - then, then - now) for now, then in zip(shapes, before)] == [
        (Counter(), Counter())
    ] * len(pages)
    assert (shown[0].get_element_by_id("text").text or "").removeprefix("\n") == TEXT
    blocks = shown[1].get_element_by_id("IV-3").find_class("text")
    assert "\n".join(block.text_content() for block in blocks) == TEXT
    assert shown[0].get_element_by_id("text") is not None

    files = {
        f: page.download(f"/assessments/{REF}/export.{f}") for f in ("json", "md", "html", "xlsx")
    }
    assert _found(json.loads(files["json"]), TEXT)
    made = html.document_fromstring(files["html"].decode())
    assert not list(made.iter("script", "iframe", "img", "form")) and all(
        s in made.text_content() for s in STRINGS
    )
    assert (
        sources.read_bytes(files["xlsx"], "戻り.xlsx").tree.digest
        == sources.read_ref(drafted, REF).tree.digest
    )
    formulas(files["xlsx"])


def test_a_table_keeps_every_cell(drafted: Workplace) -> None:
    page = desk(drafted)
    source = sources.read_ref(drafted, REF)
    path = next(
        "/".join(p)
        for p, _ in items.answers(source.tree)
        if (line := source.form.at(p)[0]) is not None
        and line.kind == "table"
        and not line.procedure
    )
    sheet = "\n".join(f'{i}\t"{c.replace(chr(34), chr(34) * 2)}"' for i, c in enumerate(CELLS))
    save(page, path, {"text": sheet, "paste": "all"})
    assert [r["cells"][1] for r in answer(drafted, path)] == CELLS
    # and field by field, in the rows of the page that are edited
    swapped = {"r0c1": CELLS[1], "r1c1": CELLS[0]}
    save(page, path, swapped)
    assert [r["cells"][1] for r in answer(drafted, path)] == [CELLS[1], CELLS[0], *CELLS[2:]]
    save(page, path, {"r0c1": CELLS[0], "r1c1": CELLS[1]})
    shown = page.get(ASSESSMENT).get_element_by_id(path.replace("/", "-")).text_content()
    assert [c for c in CELLS if c not in shown] == []
    formulas(page.download(f"/assessments/{REF}/export.xlsx"))
    compared = f"/compare?old={source.ref}&new={REF}"
    for where in (f"{WRITE}{path}", f"/rounds/{REF}/change-table", compared):
        shown = page.get(where).text_content()
        assert [c for c in CELLS if c not in shown] == [], (
            f"{where}: cells are read as they were typed"
        )
    for kind, body in (
        ("md", page.download(f"/assessments/{REF}/export.md")),
        ("csv", page.download(f"/rounds/{REF}/change-table.csv")),
        ("html", page.download(compared.replace("?", ".html?"))),
    ):
        words = (
            html.document_fromstring(body).text_content()
            if kind == "html"
            else body.decode().replace('""', '"')
        )
        assert [c for c in CELLS if c not in words] == [], kind
    report = json.loads(page.download(compared.replace("?", ".json?")))["changes"]
    assert {items.leaf_text(items.row([str(CELLS.index(c)), c])) for c in CELLS} <= {
        c["after"] for c in report
    }, "files keep what reads back"


def test_what_is_noted_of_many_rows_keeps_its_words(drafted: Workplace) -> None:
    page = desk(drafted)
    table = f"/rounds/{REF}/change-table"
    picked = [
        field.get("value")
        for field in page.get(table).iter("input")
        if field.get("name") == "pick" and field.get("value")
    ]
    for said in range(0, len(CELLS), len(CELLS) // 6):
        words = " ".join(CELLS[said : said + 20])
        sent = {"pick": picked[:2], "explanation": words, "reader": words[::-1], "what": "fill"}
        sent["reason"] = f"理由：{words}"
        form = next(form for form in page.get(table).iter("form") if form.get("id") == "many")
        shown = page.send(f"/rounds/{REF}/notes", page.fields(form) | sent).text_content()
        assert sent["reason"] in shown and words[::-1] in shown


def test_a_figure_and_a_choice_keep_their_words(drafted: Workplace) -> None:
    page = desk(drafted)
    source = sources.read_ref(drafted, REF)
    spots = {
        (line.kind, any(o.free for o in line.options)): "/".join(p)
        for p, _ in items.answers(source.tree)
        if (line := source.form.at(p)[0]) is not None and not line.procedure
    }
    words = "\n".join(s for s in STRINGS if len(s) < 40)[:3900].rsplit("\n", 1)[0]
    save(page, spots["figure", False], {"text0": words})
    assert answer(drafted, spots["figure", False])["shapes"][0]["text"] == words
    page.get(ASSESSMENT)
    path = spots["choice_one", False]
    line = " ".join(s for s in STRINGS if len(s) < 40)[:3900].strip()
    save(page, path, {"option": "", "typed": line})
    assert answer(drafted, path) == line
    page.expect_words(ASSESSMENT, line)


@pytest.mark.parametrize("bad", REFUSED)
def test_what_no_document_may_hold_is_refused(drafted: Workplace, bad: str) -> None:
    page, before = desk(drafted), answer(drafted, "IV/3")
    shown = page.post(f"{WRITE}IV/3", f"{WRITE}IV/3", {"text": f"一\n二{bad}三"}, 422)
    assert (
        "2行目2文字目" in shown.get_element_by_id("problem").text_content()
        and answer(drafted, "IV/3") == before
    )


def test_returns_become_line_feeds(drafted: Workplace) -> None:
    page = desk(drafted)
    save(page, "IV/3", {"text": "一\r\n二\r三\n四"})
    assert answer(drafted, "IV/3") == "一\n二\n三\n四"


def _found(body: Any, text: str) -> bool:
    """Whether the text stands somewhere in an interchange file, whole."""
    if isinstance(body, dict):
        return any(_found(v, text) for v in body.values())
    return any(_found(v, text) for v in body) if isinstance(body, list) else body == text


def formulas(book: bytes) -> None:
    """No cell of a workbook is a formula; every one with words is a shared or an inline string."""
    with zipfile.ZipFile(io.BytesIO(book)) as z:
        for name in z.namelist():
            if name.startswith("xl/worksheets/sheet"):
                tree = etree.fromstring(z.read(name))
                assert not tree.findall(".//{*}f"), name
                assert {c.get("t") for c in tree.iter("{*}c") if c.find("{*}v") is not None} <= {
                    "s",
                    "inlineStr",
                    "n",
                    None,
                }, name
