"""`python -m tests.pictures` (`make pictures`): the pictures of the README, of main pages of the
demonstration as they are now, into docs/pictures. Needs Chromium.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from waitress import create_server

from pia import config
from pia.actions import demo
from pia.web.application import create_app
from tests import shared
from tests.conftest import NOW

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"
MOST = 150_000  # bytes of a picture
SIZE = (1280, 860)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Name of a picture → who looks, at which page, after which step of the case ("": the whole).
PAGES = {
    "today": ("mizukoshi", "/", "announce"),
    "register": ("mizukoshi", "/register", ""),
    "round": ("mizukoshi", "/rounds/nhi-benefits~r6-cloud", ""),
    "item": ("morishita", "/lines/nhi-benefits~r6-cloud/items/II/file-nhi/6/1", "national"),
    "compare": ("mizukoshi", "/compare?old=nhi-benefits@1&new=nhi-benefits@6", ""),
    "card": ("mitamura", "/referrals/1/cards/4", ""),
}


def main() -> int:
    """Makes every picture; how many bytes each has."""
    if CHROMIUM is None:
        print("Chromiumがありません。chromium をインストールしてください。", file=sys.stderr)
        return 2
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pia-pictures-") as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (person, page, until) in PAGES.items():
            # A clean house for each: nobody has opened anything before.
            with served(Path(folder), until) as address:
                picture = small(taken(browser, address, person, page))
            (FOLDER / f"{name}.png").write_bytes(picture)
            print(f"{name}.png\t{len(picture)}")
        browser.close()
    return 0


@contextmanager
def served(folder: Path, until: str) -> Iterator[str]:
    """The address of the demonstration, played until a step."""
    wp = shared.copied(shared.played(until), folder)
    app = create_app(wp, config.load({}), lambda: NOW)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(10)
        wp.store.close()


def taken(browser: Browser, address: str, person: str, page: str) -> bytes:
    """What a person sees of a page, without scrolling."""
    context = browser.new_context(
        viewport={"width": SIZE[0], "height": SIZE[1]}, locale="ja-JP", base_url=address
    )
    tab = context.new_page()
    tab.goto("/sign-in")
    tab.get_by_label("利用者名").fill(person)
    tab.get_by_label("パスワード").fill(demo.PASSWORD)
    tab.get_by_role("button", name="サインイン").click()
    answer = tab.goto(page)
    assert answer is not None and answer.status == 200, page
    shot = tab.screenshot()
    context.close()
    return shot


def small(picture: bytes) -> bytes:
    """The same picture in so few colours that it has at most `MOST` bytes."""
    for colours in (256, 128, 64, 32, 16):
        out = io.BytesIO()
        Image.open(io.BytesIO(picture)).convert("RGB").quantize(colours).save(
            out, "PNG", optimize=True
        )
        if out.tell() <= MOST:
            return out.getvalue()
    raise AssertionError(f"{out.tell()} bytes")


if __name__ == "__main__":
    sys.exit(main())
