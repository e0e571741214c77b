"""The one way tests fetch a page: every page is checked for what every page must be."""

from __future__ import annotations

from collections import Counter
from urllib.parse import unquote, urlsplit

from flask import Flask
from lxml import html
from werkzeug.exceptions import MethodNotAllowed, NotFound


class PageClient:
    """Fetches pages of an application and refuses any that is not a good page."""

    def __init__(self, app: Flask):
        self.app = app
        self.client = app.test_client()
        self.routes = app.url_map.bind("localhost")

    def get(self, url: str, status: int = 200) -> html.HtmlElement:
        answer = self.client.get(url)
        assert answer.status_code == status, f"{url}: {answer.status_code}"
        assert answer.mimetype == "text/html"
        self.headers(answer, url)
        page = html.document_fromstring(answer.get_data(as_text=True))
        self.check(page, url)
        return page

    def download(self, url: str) -> bytes:
        answer = self.client.get(url)
        assert answer.status_code == 200, url
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return answer.data

    def headers(self, answer, url: str) -> None:  # type: ignore[no-untyped-def]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], url
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"

    def check(self, page: html.HtmlElement, url: str) -> None:
        assert page.get("lang") == "ja", url
        title = page.findtext(".//title")
        assert title and not title.startswith("｜"), url
        assert len(page.findall(".//h1")) == 1, f"{url}: one h1"
        for landmark in ("header", "main", "footer"):
            assert page.find(f".//{landmark}") is not None, f"{url}: {landmark}"
        ids = Counter(e.get("id") for e in page.iter() if isinstance(e.tag, str) and e.get("id"))
        assert not [i for i, n in ids.items() if n > 1], f"{url}: ids twice: {[i for i, n in ids.items() if n > 1][:3]}"
        labelled = {e.get("for") for e in page.iter("label")}
        for field in page.iter("input", "select", "textarea"):
            assert field.get("type") == "hidden" or field.get("id") in labelled, f"{url}: {field.get('name')} has no label"
        for e in page.iter():
            if not isinstance(e.tag, str):
                continue
            assert e.tag not in ("style", "iframe"), f"{url}: {e.tag}"
            assert e.tag != "script" or (e.get("src") == "/static/keys.js" and not e.text), f"{url}: a script of its own"
            assert not [a for a in e.attrib if a.startswith("on") or a == "style"], f"{url}: {dict(e.attrib)}"
        for form in page.iter("form"):
            assert form.get("method") == "get", f"{url}: this release only reads"
            self.target(form.get("action"), url)
        for link in page.iter("a"):
            self.target(link.get("href"), url)
            assert "".join(link.itertext()).strip(), f"{url}: a link without words"
        for tag, name in (("link", "href"), ("img", "src")):
            for e in page.iter(tag):
                self.target(e.get(name), url)
        for table in page.iter("table"):
            assert table.find(".//th") is not None, f"{url}: a table without headings"
        for heads in (page.iter("ins"), page.iter("del")):
            for mark in heads:
                words = "".join(mark.itertext())
                assert "【" in words or mark.find(".//ins") is not None or len(words) < 20 or "図の" in words, f"{url}: an unspoken mark"

    def target(self, address: str | None, url: str) -> None:
        assert address, f"{url}: an empty address"
        parts = urlsplit(address)
        assert not parts.scheme and not parts.netloc, f"{url}: leads outside: {address}"
        if parts.path:
            try:
                self.routes.match(unquote(parts.path), method="GET")
            except (NotFound, MethodNotAllowed) as e:
                raise AssertionError(f"{url}: {address} leads nowhere") from e
