"""The five walks of docs/house.md, each taken once through its pages: how often the form is loaded,
a version's text asked for and an answer converted, and by which module. Nobody asks twice for what
they were handed.

Counted by the interpreter's own hook for calls; nothing of the program is replaced.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import openpyxl
import pytest

from pia import config, forms
from pia.actions import demo
from pia.actions.records import content_checks, personal, revision
from pia.actions.workplace import Workplace
from pia.domain.document import items, kinds
from pia.store import nodes
from pia.web.application import create_app

from .. import shared
from ..conftest import NOW
from .client import PageClient

REF = "nhi-benefits~r6-cloud"
BASIC = "nhi-benefits-basic~r6-cloud"

# Who may not see every word: the whole text is checked, what they see of it is shown.
WHOLE_AND_SEEN = {("actions.records.revision", "form"), ("actions.records.revision", "text")}
# Finds of 個人情報 are looked for in the text and in what was published before it, then cited.
FINDS = {("actions.records.personal", "form")}

# What is counted: the function → (what was asked for, the argument that says which).
ASKED: Mapping[CodeType, tuple[str, str]] = {
    forms.load.__code__: ("form", "form_id"),
    nodes.recent.__code__: ("text", "version_id"),
    nodes.tree.__code__: ("text out of the store", "version_id"),
    kinds.plain.__code__: ("answer", "line"),
    items.build.__code__: ("document", "form"),
}


class Watch:
    """What modules of the program ask for meanwhile: (module, what, which) → how often."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, Any]] = Counter()

    def __enter__(self) -> Watch:
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        asked = ASKED.get(frame.f_code) if event == "call" else None
        if asked is None or frame.f_back is None:
            return
        what, argument = asked
        which = frame.f_locals[argument]
        module = frame.f_back.f_globals["__name__"]
        if frame.f_code is kinds.plain.__code__ and module in (items.__name__, kinds.__name__):
            return  # one of the many answers of a document that is built
        self.counts[module.removeprefix("pia."), what, getattr(which, "id", which)] += 1

    def of(self, what: str) -> dict[str, int]:
        """Module → how often it asked for this, whichever it was."""
        modules: Counter[str] = Counter()
        for (module, asked, _), count in self.counts.items():
            if asked == what:
                modules[module] += count
        return dict(modules)

    def twice(self) -> list[tuple[str, str, Any]]:
        """What a module asked for more than once."""
        return [asked for asked, count in self.counts.items() if count > 1]


@pytest.fixture
def played_until(tmp_path: Path) -> Iterator[Any]:
    """The case until a step, opened; what other tests worked out of its texts is forgotten."""
    opened: list[Workplace] = []

    def until(step: str) -> Workplace:
        opened.append(shared.copied(shared.played(step), tmp_path))
        nodes.forget()
        personal._said.cache_clear()
        revision._rows.cache_clear()
        for remembered in vars(content_checks).values():
            if hasattr(remembered, "cache_clear"):
                remembered.cache_clear()
        return opened[-1]

    yield until
    for wp in opened:
        wp.store.close()


def desk(wp: Workplace, person: str) -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: NOW), person)


def sent(client: PageClient, action: str, fields: dict[str, Any]) -> None:
    """The form alone, without the page it leads to."""
    assert client.client.post(action, data=fields).status_code == 303


def filled(client: PageClient, page: str, action: str, values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a form of a page, with these values."""
    for form in client.get(page).iter("form"):
        if form.get("method") == "post" and form.get("action").split("?")[0] == action:
            return client.fields(form) | values
    raise AssertionError(f"{page}: no form to {action}")


def test_a_workbook_becomes_a_row_of_the_change_table(played_until: Any) -> None:
    office = desk(played_until("national"), "mizukoshi")
    body = office.download(f"/assessments/{BASIC}/export.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(body))
    cell = next(
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if not sheet.title.startswith("_") and len(str(cell.value or "")) > 60
    )
    cell.value = f"{cell.value}追記した一文。"
    returned = io.BytesIO()
    book.save(returned)
    upload = (io.BytesIO(returned.getvalue()), "戻り.xlsx")
    fields = filled(office, "/import", "/import", {"files": upload, "into": BASIC})
    with Watch() as watch:
        sent(office, "/import", fields)
    # Read in a child process, made into a tree here; the other tree is what it was made from.
    assert watch.of("document") == {"documents.workbook_in.reader": 1, "actions.sources": 1}
    assert watch.of("form") == {
        "documents.workbook_in.reader": 1,
        "actions.sources": 1,
        "actions.editing.versions": 1,
    }
    assert watch.of("text") == {"actions.workplace": 1}
    assert watch.twice() == []
    here = f"/lines/{BASIC}/import/1"
    fields = filled(office, here, here, {"what": "take"})
    with Watch() as watch:
        sent(office, here, fields)
    # Read anew and held against the head as it was shown, then once more as it is saved.
    assert watch.of("document") == {"documents.workbook_in.reader": 1, "actions.sources": 1}
    assert watch.of("text") == {"actions.workplace": 2}
    with Watch() as watch:
        assert "追記した一文" in office.get(f"/rounds/{BASIC}/change-table").text_content()
    asked = watch.of("form")
    # What each text of the affair says, remembered by what it is.
    assert asked.pop("actions.records.content_checks", 0) <= 2
    assert asked == {
        "actions.records.revision": 3,
        "actions.records.national": 1,
        "actions.records.personal": 3,
        "actions.records.basic": 1,
        "actions.sources": 1,
    }
    assert watch.of("document") == {} and watch.of("answer") == {}
    assert {asked[:2] for asked in watch.twice()} == WHOLE_AND_SEEN | FINDS


def test_one_edit(played_until: Any) -> None:
    officer = desk(played_until("national"), "morishita")
    for path, values in {
        "II/file-nhi/2/1": {"option": "その他の電子ファイル（表計算ファイル等）"},
        "II/file-nhi/6/1": {"text": "＜庁舎における措置＞\n鍵のかかる部屋に置く。"},
    }.items():
        page = f"/lines/{REF}/items/{path}"
        fields = filled(officer, page, page, {**values, "why": "記載を改める"})
        with Watch() as watch:
            sent(officer, page, fields)
        for what in ("form", "text", "answer"):
            assert watch.of(what) == {"actions.editing.items": 1}, path
        assert watch.of("document") == {}


def test_a_version_becomes_a_pdf(played_until: Any) -> None:
    office = desk(played_until("national"), "mizukoshi")
    with Watch() as watch:
        assert office.download("/assessments/nhi-benefits@2/export.pdf").startswith(b"%PDF")
    assert watch.of("text") == {"actions.sources": 1}
    assert watch.of("text out of the store") == {"store.nodes": 1}
    # The data that is attached to it says which digest the form's items have.
    assert watch.of("form") == {"actions.sources": 1, "documents.text.interchange": 1}
    assert watch.of("document") == {} and watch.of("answer") == {}


def test_an_opinion_changes_three_documents(played_until: Any) -> None:
    office = desk(played_until("opinions"), "mizukoshi")
    opinion = next(each for each in demo.fixture("scenario")["opinions"] if each["adopted"])
    action = f"/consultations/1/opinions/{opinion['id']}"
    response = {"text": opinion["response"], "outcome": opinion["outcome"]}
    office.post("/consultations/1", f"{action}/response", response)
    fields = filled(office, "/consultations/1", f"{action}/adopt", opinion["adopted"])
    with Watch() as watch:
        sent(office, f"{action}/adopt", fields)
    # Each of the three documents once by the act; what lists show is counted after it.
    assert watch.of("text") == {
        "actions.steps.consultations": 3,
        "actions.records.revision": 6,
        "actions.records.tallies": 3,
        "actions.workplace": 3,
    }
    assert watch.of("form") == {
        "actions.steps.consultations": 3,
        "actions.records.revision": 3,
        "actions.records.tallies": 3,
        "actions.records.national": 3,
    }
    assert watch.of("document") == {} and watch.of("answer") == {}
    assert {asked[1] for asked in watch.twice()} == {"form"}


def test_a_rule_reaches_the_screen(played_until: Any) -> None:
    office = desk(played_until("answers"), "mizukoshi")
    with Watch() as watch:
        office.get(f"/rounds/{REF}")
    assert watch.of("form") == {
        "actions.records.revision": 2,
        "actions.records.personal": 3,
        "actions.records.basic": 1,
        "actions.editing.form_moving": 2,
        "actions.records.content_checks": 2,
    }
    # The text and what was published before it; the 基礎項目評価書, which is held against it and
    # would tell of an emergency (規則第9条第2項).
    assert watch.of("text out of the store") == {"store.nodes": 3}
    twice = {asked[:2] for asked in watch.twice()}
    assert twice == WHOLE_AND_SEEN | FINDS | {("actions.records.basic", "text")}
    assert watch.of("document") == {} and watch.of("answer") == {}
