"""The played case in a real browser on three widths: every main page loads without an error or
an outside request, nothing scrolls sideways but wide tables in their own box, axe finds nothing
(WCAG 2.2 AA), and the keyboard alone is enough. With PIA_TEST_PICTURES=1 pictures stay in
artifacts/."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from waitress import create_server

from pia.actions import demo
from pia.actions.access import carried_code
from pia.domain.text import passphrase
from pia.web.application import create_app
from pia.web.office import offline

from .. import shared
from ..conftest import NOW, workplace_at

playwright = pytest.importorskip(
    "playwright.sync_api",
    reason="playwrightがありません。pip install -e .[test] で入れてください。",
)
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="axe-playwright-pythonがありません。pip install -e .[test] で入れてください。",
)

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromiumがありません。chromium をインストールしてください。"
    ),
    pytest.mark.xdist_group("browser"),
]
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
WIDTHS = {"desktop": (1280, 900), "tablet": (820, 1180), "phone": (390, 844)}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = {
    "register": "/",
    "document": "/assessments/nhi-benefits",
    "document-only": "/assessments/nhi-benefits?only=1",
    "versions": "/assessments/nhi-benefits/versions",
    "compare-choose": "/compare",
    "compare": "/compare?old=nhi-benefits@1&new=nhi-benefits@6",
    "compare-inline": "/compare?old=nhi-benefits@1&new=nhi-benefits@6"
    "&layout=inline&view=char&material=1",
    "compare-three": "/compare?old=nhi-benefits@1&mid=nhi-benefits@3&new=nhi-benefits@6",
    "table": "/rounds/nhi-benefits~r6-cloud/change-table",
    "rounds": "/rounds",
    "round": "/rounds/nhi-benefits~r6-cloud",
    "national": "/national",
    "consultations": "/consultations",
    "plan": "/plan",
    "council": "/referrals",
    "cards": "/referrals/1",
    "card": "/referrals/1/cards/1",
    "glossary": "/referrals/1/glossary",
    "write": "/lines/nhi-benefits~r6-cloud/parts?part=II/file-nhi",
    "write-open": "/lines/nhi-benefits~r6-cloud/parts?part=II/file-nhi"
    "&open=II/file-nhi/6/1&beside=1",
    "write-table": "/lines/nhi-benefits~r6-cloud/parts?part=B2&open=B2/F/file-nhi/1",
    "item-figure": "/lines/nhi-benefits~r6-cloud/items/B1/F/fig-application/1",
    "item-many": "/lines/nhi-benefits~r6-cloud/items/I/2/S/kokuho/3",
    "bring": "/import",
    "me": "/me",
    "me-second": "/me?second=1",
    "not-there": "/assessments/nobody",
}


@pytest.fixture(scope="module")
def address(played_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application over a copy of the played case, on a free port of this machine."""
    file = Path(shutil.copy(played_file, tmp_path_factory.mktemp("browser") / "pia.db"))
    wp = workplace_at(f"sqlite:///{file}")
    server = create_server(
        create_app(wp, wp_settings(file), lambda: NOW), host="127.0.0.1", port=0, threads=4
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(10)
    wp.store.close()


def wp_settings(file: Path):  # type: ignore[no-untyped-def]
    from pia import config

    return config.load({"PIA_DATABASE_URL": f"sqlite:///{file}"})


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as p:
        opened = p.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def keys(browser, address: str) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """Signs one person of the secretariat in, as a person does, and keeps what the browser then
    has."""
    context = browser.new_context(locale="ja-JP", base_url=address)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("利用者名").fill("hiratsuka")
    page.get_by_label("パスワード").fill(demo.PASSWORD)
    page.get_by_role("button", name="サインイン").click()
    assert page.url == f"{address}/"
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def tab(
    browser, address: str, keys: dict[str, object], request: pytest.FixtureRequest
) -> Iterator[Callable]:  # type: ignore[no-untyped-def, type-arg]
    """Opens a page in a tab of a width; every console message and every request of it is
    watched."""
    contexts, messages, asked = [], [], []

    def opened(width: str):  # type: ignore[no-untyped-def]
        w, h = WIDTHS[width]
        context = browser.new_context(
            viewport={"width": w, "height": h},
            locale="ja-JP",
            base_url=address,
            has_touch=width != "desktop",
            storage_state=keys,
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda m: messages.append(m.text) if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda e: messages.append(str(e)))
        page.on("request", lambda r: asked.append(r.url))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [s for s in messages if "404" not in s] == []
    outside = [u for u in asked if urlsplit(u).hostname not in ("127.0.0.1", None)]
    assert outside == [] and asked


SIDEWAYS = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const right = e => e.getBoundingClientRect().right;
  return [...document.querySelectorAll("body *")]
    .filter(e => !e.closest(".wide-scroll") && right(e) > room + 1)
    .slice(0, 5)
    .map(e => e.tagName + "." + e.className + " " + Math.round(right(e)));
}"""


def resized(page, width: str) -> None:  # type: ignore[no-untyped-def]
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width])))


def faults(page) -> list[dict[str, Any]]:  # type: ignore[no-untyped-def]
    """What axe finds on a page."""
    return (
        axe.Axe()
        .run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        .response["violations"]
    )


def picture(page, file: Path, whole: bool = True) -> None:  # type: ignore[no-untyped-def]
    """The page as it looks, to be looked at by people, where they asked for it."""
    if not shared.PICTURES:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(
        path=file.with_name(f"{file.name}.jpg"), full_page=whole, type="jpeg", quality=75
    )


@pytest.mark.parametrize("widths", [("desktop",), ("phone", "tablet")], ids="-".join)
def test_every_page_on_every_width(tab, widths: tuple[str, ...]) -> None:
    """Nothing scrolls sideways, and axe finds nothing, on the widest and the narrowest; each
    page is opened once by hand and once by touch."""
    page = tab(widths[0])
    found = []
    for name, url in PAGES.items():
        answer = page.goto(url)
        assert answer.status == (404 if name == "not-there" else 200), url
        for width in widths:
            resized(page, width)
            assert page.evaluate(SIDEWAYS) == [], f"{url} scrolls sideways at {width}"
            picture(
                page,
                ARTIFACTS / f"{name}-{width}",
                whole=name not in ("document", "compare-inline"),
            )
            for v in faults(page) if width != "tablet" else ():
                found += [
                    f"{url} {width} {v['id']}: {n['target']} {n.get('failureSummary', '')[:200]}"
                    for n in v["nodes"][:3]
                ]
        resized(page, widths[0])
    assert found == [], "\n".join(found)


def test_the_keyboard_alone_is_enough(tab) -> None:  # type: ignore[no-untyped-def]
    page = tab("desktop")
    page.goto(PAGES["compare"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    count = page.locator(".change").count()
    here = "[...document.querySelectorAll('.change')].indexOf(document.activeElement)"
    page.keyboard.press("j")
    assert page.evaluate(here) == 0
    for key, expected in (("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert page.evaluate(here) == expected
    assert count > 2
    reached = set()
    for _ in range(200):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SELECT", "BUTTON"} <= reached
    page.goto(PAGES["register"])
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"


@pytest.fixture
def writer(browser, tmp_path: Path) -> Iterator[Any]:  # type: ignore[no-untyped-def]
    """A drafter's tab over a round that is being written; nothing is asked of another host, and
    no message is written."""
    wp = shared.copied(shared.played("national"), tmp_path)
    app = create_app(wp, wp_settings(tmp_path / "pia.db"), lambda: NOW)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    messages: list[str] = []
    page = browser.new_context(
        viewport=dict(zip(("width", "height"), WIDTHS["desktop"])),
        locale="ja-JP",
        base_url=f"http://127.0.0.1:{server.effective_port}",
    ).new_page()
    page.on("console", lambda m: messages.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: messages.append(str(e)))
    page.goto("/sign-in")
    page.get_by_label("利用者名").fill("morishita")
    page.get_by_label("パスワード").fill(demo.PASSWORD)
    page.get_by_role("button", name="サインイン").click()
    yield page
    page.context.close()
    server.close()
    thread.join(10)
    wp.store.close()
    assert [said for said in messages if "40" not in said and "42" not in said] == []


PASTE = """([selector, text]) => {
  const field = document.querySelector(selector), data = new DataTransfer();
  data.setData("text/plain", text);
  const how = { clipboardData: data, bubbles: true, cancelable: true };
  field.dispatchEvent(new ClipboardEvent("paste", how));
}"""


def test_a_part_is_written_in_its_place_by_the_keyboard(writer) -> None:  # type: ignore[no-untyped-def]
    """Opened, marked while it is typed, kept unsaved, taken up again and saved, without a page
    being loaded; a table cell by cell; a figure drawn while it is typed."""
    page = writer
    page.goto("/lines/nhi-benefits~r6-cloud/parts?part=II/file-nhi")
    page.evaluate("window.same = true")
    page.keyboard.press("j")
    row = page.locator("#II-file-nhi-6-1")
    assert page.evaluate("document.activeElement.id") == "II-file-nhi-6-1"
    page.keyboard.press("e")
    words = "書きながら印を見る一文。"
    body = page.locator("#body2")
    body.press("Control+End")
    body.press_sequentially(words)
    page.locator("#marks ins", has_text=words).wait_for()
    assert "まだ保存していません" in page.locator("#marks").inner_text()
    page.locator(".kept", has_text="書きかけを残しました").wait_for()
    picture(page, ARTIFACTS / "part-open-desktop", whole=False)
    assert faults(page) == []
    page.keyboard.press("Escape")
    assert words not in row.inner_text() and page.locator("form.edit").count() == 0
    page.keyboard.press("e")
    page.get_by_role("link", name="書きかけを戻す").click()
    page.locator("#body2", has_text="").wait_for()
    page.wait_for_function(
        "words => document.querySelector('#body2').value.includes(words)", arg=words
    )
    page.locator("#why").fill("あ" * 201)
    page.keyboard.press("Control+Enter")
    page.locator("#why[aria-invalid]").wait_for()
    assert words in page.locator("#body2").input_value()
    page.locator("#why").fill("一文を加える")
    page.keyboard.press("Control+Enter")
    page.locator(".saved-status", has_text="保存しました").wait_for()
    assert words in row.inner_text() and page.evaluate("window.same") is True
    page.keyboard.press("n")
    assert "empty" in page.evaluate("document.activeElement.className")
    assert page.evaluate("localStorage.length") == 0  # nothing stays on a computer others use

    page.goto("/lines/nhi-benefits~r6-cloud/parts?part=B2&open=B2/F/file-nhi/1")
    last = page.locator("table.grid tbody tr").count() - 1
    page.locator(f"#r{last}c1").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == f"r{last + 1}c1"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.id") == f"r{last + 1}c0"
    before = page.locator(f"#r{last}c0").input_value()
    page.evaluate(PASTE, [f"#r{last}c1", "1\t二列の表\n2\tその二"])
    assert "2列ですが、ここから右には1列しか" in page.locator(".refused").inner_text()
    assert page.locator(f"#r{last}c0").input_value() == before
    page.evaluate(PASTE, [f"#r{last + 1}c0", "901\t加えた項目\n902\tもう一つ"])
    assert page.locator(f"#r{last + 2}c1").input_value() == "もう一つ"
    assert faults(page) == []
    page.keyboard.press("Control+Enter")
    page.locator(".saved-status", has_text="保存しました").wait_for()

    page.goto("/lines/nhi-benefits~r6-cloud/parts?part=B1&open=B1/F/fig-application/1")
    page.locator("#text0").fill("描きながら見る箱")
    page.locator("#drawing svg text", has_text="描きながら見る箱").wait_for()


def test_marks_read_in_black_and_white(tab) -> None:  # type: ignore[no-untyped-def]
    page = tab("desktop")
    page.goto(PAGES["compare"])
    page.emulate_media(media="print")
    for tag, line in (("ins", "underline"), ("del", "line-through")):
        if page.locator(tag).count():
            assert line in page.evaluate(
                f"getComputedStyle(document.querySelector('main {tag}')).textDecorationLine"
            )
    assert (
        page.evaluate("getComputedStyle(document.querySelector('header.site')).display") == "none"
    )
    assert re.fullmatch(
        r"rgba\(0, 0, 0, 0\)",
        page.evaluate("getComputedStyle(document.querySelector('main ins')).backgroundColor"),
    )


def test_a_field_with_a_fault_is_seen_and_strong_contrast_too(tab) -> None:  # type: ignore[no-untyped-def]
    page = tab("desktop")
    field = "input[type='password']"
    edge = f'getComputedStyle(document.querySelector("{field}")).borderTopWidth'
    page.goto("/me")
    assert page.evaluate(edge) == "1px"
    page.evaluate(f"document.querySelector(\"{field}\").setAttribute('aria-invalid', 'true')")
    assert page.evaluate(edge) == "3px"
    page.goto("/me?contrast=more")
    assert page.evaluate(edge) == "2px"
    page.goto("/me?contrast=auto")


SMALL = (
    "[...document.querySelectorAll('main .button, main summary')].map(e "
    "=> e.getBoundingClientRect().height).filter(h => h && h < 44)"
)
CODE = "1234 5678 9012 3456 7890"


def test_touch_targets_on_the_council_s_tablet(tab, played_file: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    page = tab("tablet")
    page.goto(PAGES["card"])
    assert page.evaluate(SMALL) == []
    # the same papers from a file alone (持出し資料): sealed, read by touch, own notes kept in it
    page.goto(_pack(played_file, tmp_path, "2999-12-31").as_uri())
    for code in ("0" * 20, CODE):
        page.locator("#code").fill(code)
        page.locator("#gate button").click()
        page.locator("#code-wrong" if code != CODE else "#top h2").wait_for()
    assert page.evaluate(SMALL) == [] and faults(page) == []
    page.locator("#top a.button").first.click()
    page.locator("#c1-1 h2").wait_for()
    page.locator("#notes summary").click()
    page.locator("#new-words").click()
    page.locator("#words-shown").wait_for()
    words = page.locator("#words-shown").inner_text()
    page.locator("#c1-1 textarea").fill("会場で書いた控え")
    page.locator("#said", has_text="残しました").wait_for()
    assert page.evaluate(SMALL) == [] and page.evaluate(SIDEWAYS) == [] and faults(page) == []
    with page.expect_download() as saved:
        page.locator("#save-notes").click()
    envelope = json.loads(Path(saved.value.path()).read_text("utf-8"))
    plain = carried_code.opened(passphrase.heard(words) or b"", envelope)
    assert "会場で書いた控え" in (plain or b"").decode()
    assert carried_code.opened(carried_code.heard(CODE).encode(), envelope) is None
    page.reload()
    page.locator("#code").fill(CODE)
    page.locator("#gate button").click()
    page.locator("#notes summary").click()
    page.locator("#words-typed").fill(words)
    page.locator("#open-notes").click()
    page.locator("#bring").wait_for()
    assert page.locator("#c1-1 textarea").input_value() == "会場で書いた控え"
    # after its day it says so and does not open
    page.goto(_pack(played_file, tmp_path, "2024-07-24").as_uri())
    page.locator("#over").wait_for()
    assert page.locator("#gate").is_hidden() and page.locator("#body h2").count() == 0


def _pack(played_file: Path, folder: Path, until: str) -> Path:
    """A member's papers of the case's sitting as a file that opens until a day."""
    copy = folder / "case.db"
    copy.write_bytes(played_file.read_bytes())
    wp = workplace_at(f"sqlite:///{copy}")
    app = create_app(wp, wp_settings(copy), lambda: NOW)
    with app.test_request_context():
        body, _ = offline.body(wp, 1, offline.eyes_of(1, 1, "委員"), NOW.date())
        about = json.dumps({"number": 1, "member": 1, "until": until})
        key = carried_code.key_of(carried_code.heard(CODE).encode())
        sealed = carried_code.sealed(key, body.encode(), about)
        text = offline.file("持出し資料", "委員", "", sealed=sealed, until=until)
    wp.store.close()
    file = folder / f"pack-{until}.html"
    file.write_text(text, "utf-8")
    return file


def test_the_largest_type_fits_the_phone(tab) -> None:  # type: ignore[no-untyped-def]
    page = tab("phone")
    page.goto("/?size=huge")
    for name in ("register", "document-only", "compare", "table", "national", "card", "plan"):
        page.goto(PAGES[name])
        assert page.evaluate("document.documentElement.className") == "size-huge"
        assert page.evaluate(SIDEWAYS) == [], name
    picture(page, ARTIFACTS / "plan-phone-huge")
