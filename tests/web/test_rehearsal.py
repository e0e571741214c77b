"""A rehearsal: a database that is only for practice, whose clock is set and moved, and which
says so on every page and paper."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from pia import config
from pia.actions import demo
from pia.actions.editing import versions
from pia.actions.people import registration
from pia.actions.upkeep import rehearsal as rehearsals
from pia.actions.workplace import Workplace
from pia.documents import rehearsal
from pia.domain.act import JST, By
from pia.domain.errors import PiaError
from pia.web.application import create_app
from pia.web.public.pages import create_public_app

from .. import shared
from .client import PageClient
from .test_public import PublicClient

MACHINE = datetime(2026, 11, 29, 12, tzinfo=JST)
SHOWN = datetime(2026, 3, 1, 0, 40, tzinfo=JST)
CLI = By("cli", "administrator", MACHINE)


@pytest.fixture
def practice(tmp_path: Path) -> Workplace:
    """A rehearsal with its people and one published assessment."""
    wp = shared.copied(shared.blank(), tmp_path)
    rehearsals.begin(wp, CLI, SHOWN, MACHINE)
    by = By("cli", "administrator", SHOWN)
    registration.add_account(
        wp, by, registration.NewAccount("kazama", "風間 律", "secretariat", "白波市長")
    )
    registration.add_account(
        wp, by, registration.NewAccount("ogata", "緒方 睦", "drafter", "白波市長")
    )
    versions.bring_in(
        wp, by, "nhi-levy", versions.Brought(demo.assessment("nhi-levy")), why="取込み"
    )
    return wp


class Machine:
    """A clock of the machine that a test moves."""

    def __init__(self) -> None:
        self.now = MACHINE

    def __call__(self) -> datetime:
        return self.now


def test_the_clock_shows_what_it_was_set_to_and_goes_on(practice: Workplace) -> None:
    clock = Machine()
    shown = rehearsals.clock(practice, clock)
    assert shown() == SHOWN
    clock.now += timedelta(minutes=25)
    assert shown() == SHOWN + timedelta(minutes=25)


def test_every_page_says_it_and_the_office_moves_the_clock(practice: Workplace) -> None:
    clock = Machine()
    app = create_app(practice, config.load({}), clock)
    office = PageClient(app, "kazama")
    office.expect_words("/", "練習用です", "令和8年3月1日 00:40")
    PublicClient(create_public_app(practice, config.load({}), clock)).expect_words(
        "/", "練習用です"
    )
    office.post(
        "/rehearsal", "/rehearsal", {"day": "2026-04-01", "hour": "07:33"}, pick={"step": ""}
    )
    assert "令和8年4月1日 07:33" in office.get("/").text_content(), "people stay signed in"
    office.post(
        "/rehearsal",
        "/rehearsal",
        {"day": "2026-03-02", "hour": "09:00"},
        status=422,
        pick={"step": ""},
    )
    office.expect_words("/", "令和8年4月1日 07:33")
    PageClient(app, "ogata").get("/rehearsal", 403)


def test_papers_and_files_say_it(practice: Workplace) -> None:
    page = PageClient(create_app(practice, config.load({}), Machine()), "kazama")
    answer = page.client.get("/assessments/nhi-levy/export.xlsx")
    assert "%E7%B7%B4%E7%BF%92%E7%94%A8_" in answer.headers["Content-Disposition"]
    heads = [
        ws.oddHeader.center.text
        for ws in openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
        if ws.sheet_state == "visible"
    ]
    assert heads and all(rehearsal.WORDS in str(h) for h in heads)
    document = Document(io.BytesIO(page.download("/plan.docx")))
    assert rehearsal.WORDS in "".join(p.text for p in document.sections[0].header.paragraphs)


def test_a_pdf_of_a_rehearsal_says_it_on_every_page(practice: Workplace, tmp_path: Path) -> None:
    import shutil
    import subprocess

    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is missing: install poppler-utils")
    page = PageClient(create_app(practice, config.load({}), Machine()), "kazama")
    file = tmp_path / "plan.pdf"
    file.write_bytes(page.download("/plan.pdf"))
    words = subprocess.run(
        ["pdftotext", str(file), "-"], capture_output=True, check=True, text=True
    ).stdout
    pages = [p for p in words.split("\f") if p.strip()]
    assert pages and all(rehearsal.WORDS in p for p in pages)


def test_in_earnest_nothing_says_it_and_no_clock_moves(played: Workplace) -> None:
    page = PageClient(create_app(played, config.load({}), Machine()), "mizukoshi")
    page.expect_no_words("/", "練習用")
    page.get("/rehearsal", 404)
    assert (
        "練習用"
        not in page.client.get("/assessments/nhi-levy/export.xlsx").headers["Content-Disposition"]
    )
    with pytest.raises(PiaError, match="練習用のデータベースだけ"):
        rehearsals.move(played, CLI, SHOWN, MACHINE)


def test_a_database_in_earnest_never_becomes_a_rehearsal(played: Workplace) -> None:
    with pytest.raises(PiaError, match="記録がある"):
        rehearsals.begin(played, CLI, SHOWN, MACHINE)
    assert not rehearsals.is_one(played)
