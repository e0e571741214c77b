"""A person signs in through the city's provider in a real browser: cookies across two sites, the
page's policy, and what they and the administrator see."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from waitress import create_server

from pia.actions import demo
from pia.web.application import create_app

from ..conftest import NOW, workplace_at
from ..web.provider import Provider, serving
from ..web.test_elsewhere import settings
from .test_browser import ARTIFACTS, CHROMIUM, QUIET, SIDEWAYS, WIDTHS, faults, picture, playwright

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromiumがありません。chromium をインストールしてください。"
    ),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def place(played_file: Path, tmp_path: Path) -> Iterator[tuple[str, Provider]]:
    """The application on localhost, the provider on 127.0.0.1: to the browser two sites."""
    wp = workplace_at(f"sqlite:///{shutil.copy(played_file, tmp_path / 'pia.db')}")
    with serving(lambda: NOW) as provider:
        provider.asks = True
        server = create_server(
            create_app(wp, settings(provider.issuer), lambda: NOW),
            host="127.0.0.1",
            port=0,
            threads=4,
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://localhost:{server.effective_port}", provider
        server.close()
        thread.join(10)
    wp.store.close()


def test_in_through_the_provider(place: tuple[str, Provider]) -> None:
    address, provider = place
    ARTIFACTS.mkdir(exist_ok=True)
    messages: list[str] = []
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        tabs = []
        for width in ("desktop", "phone"):
            context = browser.new_context(
                viewport=dict(zip(("width", "height"), WIDTHS[width])),
                locale="ja-JP",
                base_url=address,
            )
            page = context.new_page()
            page.on(
                "console",
                lambda m: messages.append(m.text) if m.type in ("error", "warning") else None,
            )
            tabs.append((width, page))
        (_, page), (_, admin) = tabs
        for width, tab in tabs:
            tab.goto("/sign-in?next=/rounds")
            assert tab.evaluate(SIDEWAYS) == []
            assert [v["id"] for v in faults(tab)] == []
            picture(tab, ARTIFACTS / f"sign-in-elsewhere-{width}")

        def through() -> None:
            page.get_by_role("link", name="みなも市の認証でサインイン").click()
            assert page.url.startswith(provider.issuer)
            page.get_by_role("link", name="平塚として続ける").click()

        through()
        number = re.search(r"\d{4}-\d{4}", page.get_by_role("alert").inner_text())
        assert number and page.url == f"{address}/sign-in?next=/rounds", (
            "the code is gone from the address"
        )
        picture(page, ARTIFACTS / "sign-in-unknown-desktop")

        admin.get_by_label("利用者名").fill("sagara")
        admin.get_by_label("パスワード").fill(demo.PASSWORD)
        admin.get_by_role("button", name="サインイン").click()
        admin.goto("/accounts")
        row = admin.get_by_role("row").filter(has_text="hiratsuka")
        row.locator("summary").click()
        assert admin.evaluate(SIDEWAYS) == []
        picture(admin, ARTIFACTS / "accounts-tie-phone")
        row.get_by_label("登録用の番号").fill(number.group())
        row.get_by_role("button", name="この番号の人に結び付ける").click()
        assert "結び付けました" in admin.get_by_role("status").inner_text()

        through()
        assert page.url == f"{address}/rounds"
        assert "平塚 健" in page.locator("header.site").inner_text()
        page.get_by_role("button", name="サインアウト").click()
        assert "ブラウザーも閉じて" in page.get_by_role("status").inner_text()
        page.goto("/rounds")
        assert "/sign-in" in page.url
        browser.close()
    assert [s for s in messages if "404" not in s] == []  # the browser asks for an icon
