"""The pages of a city's first day in a real browser on three widths: nothing scrolls sideways, and
axe finds nothing (WCAG 2.2 AA) on the widest and the narrowest."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask.sessions import SecureCookieSessionInterface
from waitress import create_server

from pia import config
from pia.actions.people import sign_in
from pia.web.application import create_app

from .. import shared
from ..web import first_day
from .test_browser import CHROMIUM, QUIET, RULES, WIDTHS, axe, playwright

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromiumがありません。chromium をインストールしてください。"
    ),
    pytest.mark.xdist_group("browser"),
]
PAGES = (
    ("shiomi", "/import"),
    ("shiomi", "/import/1"),
    ("shiomi", "/import/2"),
    ("shiomi", "/affairs/no-1"),
    ("minato", "/setup"),
    ("minato", "/setup/bodies"),
    ("minato", "/setup/departments"),
    ("minato", "/setup/people"),
    ("minato", "/setup/councils"),
    ("minato", "/setup/passwords"),
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any, str]]:
    """(application, workplace, address) of a city that has begun, with books that wait: new, known,
    changed, without a number, unreadable."""
    file = tmp_path_factory.mktemp("first") / "pia.db"
    shutil.copy(shared.blank(), file)
    wp = shared.workplace_at(f"sqlite:///{file}")
    first_day.play(wp, first_day.city(2), 6, lambda _: None)
    town = first_day.Town(wp)
    town.now = first_day.NOW
    title = "公営住宅の管理に関する事務（基礎項目評価書）"
    odd = first_day.Book("basic_item", "", title, published="令和9年1月4日")
    books = first_day.uploads((one.file, one.book) for one in first_day.city(3)[2:])
    books += [*first_day.uploads([("番号なし.xlsx", odd)]), (io.BytesIO(b"{}"), "壊れた.json")]
    town.person("shiomi").post("/import", "/import/books", {"books": books})
    first_day.work(town)
    app = create_app(wp, config.load({}), lambda: first_day.NOW)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield app, wp, f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(10)
    wp.store.close()


def _cookie(app: Any, wp: Any, who: str, address: str) -> dict[str, str]:
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    token = sign_in.begin(wp, who, first_day.NOW)
    return {"name": "pia", "value": str(signer.dumps({"t": token})), "url": address}


def _looked_at(page: Any) -> list[str]:
    """What is wrong with a page that is open: sideways at each width, the rest at the ends."""
    wrong = []
    for name, (wide, high) in WIDTHS.items():
        page.set_viewport_size({"width": wide, "height": high})
        sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        if page.evaluate(sideways):
            wrong.append(f"{name}: scrolls sideways")
        if name == "tablet":
            continue
        found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        wrong += [f"{name}: {violation['id']}" for violation in found.response["violations"]]
    return wrong


def test_every_page_at_every_width(house: tuple[Any, Any, str]) -> None:
    app, wp, address = house
    wrong = {}
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        contexts = {}
        for who in dict.fromkeys(person for person, _ in PAGES):
            contexts[who] = browser.new_context()
            contexts[who].add_cookies([_cookie(app, wp, who, address)])
        for who, url in PAGES:
            page = contexts[who].new_page()
            page.goto(f"{address}{url}")
            wrong[url] = _looked_at(page)
            if url == "/import/2":
                page.get_by_text("印を付けた本を取り込む").click()
                assert "まだ何も取り込んでいません" in page.inner_text("#problem")
                wrong["refused"] = _looked_at(page)
            if url == "/setup/people":
                page.fill("#list", first_day.people(8).replace(",", "\t"))
                page.get_by_text("何が変わるかを確かめる").click()
                assert "新しく登録 2" in page.inner_text("main")
                wrong["preview"] = _looked_at(page)
            page.close()
        browser.close()
    assert {url: found for url, found in wrong.items() if found} == {}
