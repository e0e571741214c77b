"""The one way tests fetch a page: every page is checked for what every page must be."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from lxml import html
from werkzeug.exceptions import MethodNotAllowed, NotFound

from pia.actions.demo import PASSWORD
from pia.actions.people import sign_in


class PageClient:
    """Fetches pages of an application and refuses any that is not a good page."""

    def __init__(self, app: Flask, person: str = ""):
        self.app = app
        self.client = app.test_client()
        self.routes = app.url_map.bind("localhost")
        if person:
            token = sign_in.begin(app.extensions["pia"], person, app.extensions["pia.now"]())
            with self.client.session_transaction() as kept:
                kept["t"] = token

    def get(self, url: str, status: int = 200) -> html.HtmlElement:
        answer = self.client.get(url)
        assert answer.status_code == status, f"{url}: {answer.status_code}"
        assert answer.mimetype == "text/html"
        self.headers(answer, url)
        page = html.document_fromstring(answer.get_data(as_text=True))
        self.check(page, url)
        return page

    def post(
        self,
        url: str,
        action: str,
        values: dict[str, Any] | None = None,
        status: int = 303,
        pick: dict[str, str] | None = None,
    ) -> html.HtmlElement:
        """Opens a page, fills in its form to `action` (the first one, where that ends in `*`)
        and sends it; what comes back (followed when it leads on) is checked like every page.
        `pick`: fields by which one of several forms with the same action is told."""
        page = self.get(url)
        wanted = [
            f
            for f in page.iter("form")
            if f.get("method") == "post" and fnmatchcase(urlsplit(f.get("action")).path, action)
        ]
        for name, value in (pick or {}).items():
            wanted = [
                f
                for f in wanted
                if any(
                    e.get("name") == name and e.get("value") == value
                    for e in f.iter("input", "button")
                )
            ]
        assert wanted, f"{url}: no form to {action}"
        there = {e.get("name") for e in wanted[0].iter("input", "select", "textarea", "button")}
        assert set(values or {}) <= there, (
            f"{url}: no field for {sorted(set(values or {}) - there)}"
        )  # a person cannot send what no field is there for
        sent = self.fields(wanted[0]) | (pick or {}) | (values or {})
        return self.send(urlsplit(wanted[0].get("action")).path, sent, status)

    def expect_words(self, url: str, *words: str, status: int = 200) -> html.HtmlElement:
        """The page of an address, on which these words stand."""
        return expect_words(self.get(url, status), *words)

    def expect_no_words(self, url: str, *words: str, status: int = 200) -> html.HtmlElement:
        """The page of an address, on which none of these words stands."""
        return expect_no_words(self.get(url, status), *words)

    def fields(self, form: html.HtmlElement) -> dict[str, Any]:
        """What a browser would send if nothing were touched."""
        out: dict[str, Any] = {}
        for e in form.iter("input", "select", "textarea"):
            name, kind = e.get("name"), e.get("type")
            if (
                not name
                or kind == "file"
                or (kind in ("checkbox", "radio") and e.get("checked") is None)
            ):
                continue
            if e.tag == "select":
                chosen = [
                    o.get("value", "") for o in e.iter("option") if o.get("selected") is not None
                ] or [o.get("value", "") for o in e.iter("option")][:1]
                value: Any = chosen if e.get("multiple") is not None else (chosen or [""])[0]
            else:
                value = (
                    (e.text or "").removeprefix("\n") if e.tag == "textarea" else e.get("value", "")
                )
            out[name] = (
                [*([out[name]] if not isinstance(out[name], list) else out[name]), value]
                if name in out
                else value
            )
        return out

    def send(self, action: str, sent: dict[str, Any], status: int = 303) -> html.HtmlElement:
        answer = self.client.post(action, data=sent, content_type="multipart/form-data")
        if answer.status_code == 401 != status:
            answer = self.proved(answer, action)
        assert answer.status_code == status, f"POST {action}: {answer.status_code}\n{said(answer)}"
        if answer.status_code == 303:
            return self.get(answer.headers["Location"])
        self.headers(answer, action)
        page = html.document_fromstring(answer.get_data(as_text=True))
        self.check(page, action)
        return page

    def proved(self, answer, action: str):  # type: ignore[no-untyped-def]
        """The answer after the person has shown once more who they are, where a page asks for
        it."""
        page = html.document_fromstring(answer.get_data(as_text=True))
        form = next((f for f in page.iter("form") if f.xpath('.//input[@name="_password"]')), None)
        if form is None:
            return answer
        self.check(page, action)
        sent = self.fields(form) | {"_password": PASSWORD}
        return self.client.post(action, data=sent, content_type="multipart/form-data")

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
        assert not [i for i, n in ids.items() if n > 1], (
            f"{url}: ids twice: {[i for i, n in ids.items() if n > 1][:3]}"
        )
        labelled = {e.get("for") for e in page.iter("label")}
        for field in page.iter("input", "select", "textarea"):
            assert field.get("type") == "hidden" or field.get("id") in labelled, (
                f"{url}: {field.get('name')} has no label"
            )
        for e in page.iter():
            if not isinstance(e.tag, str):
                continue
            assert e.tag not in ("style", "iframe"), f"{url}: {e.tag}"
            assert e.tag != "script" or (e.get("src") == "/static/keys.js" and not e.text), (
                f"{url}: a script of its own"
            )
            assert not [a for a in e.attrib if a.startswith("on") or a == "style"], (
                f"{url}: {dict(e.attrib)}"
            )
        for form in page.iter("form"):
            posts = form.get("method") == "post"
            assert posts or form.get("method") == "get", f"{url}: a form says how it is sent"
            names = [f.get("name") for f in form.iter("input")]
            assert not posts or {"csrf_token", "_request"} <= set(names), (
                f"{url}: a form without its token or key: {form.get('action')}"
            )
            assert posts or "csrf_token" not in names, f"{url}: a token in an address"
            self.target(form.get("action"), url, "POST" if posts else "GET")
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
                assert (
                    "【" in words
                    or mark.find(".//ins") is not None
                    or len(words) < 20
                    or "図の" in words
                ), f"{url}: an unspoken mark"

    def target(self, address: str | None, url: str, method: str = "GET") -> None:
        assert address, f"{url}: an empty address"
        parts = urlsplit(address)
        assert not parts.scheme and not parts.netloc, f"{url}: leads outside: {address}"
        if parts.path:
            try:
                self.routes.match(unquote(parts.path), method=method)
            except (NotFound, MethodNotAllowed) as e:
                raise AssertionError(f"{url}: {address} leads nowhere") from e


def expect_words(shown: html.HtmlElement, *words: str) -> html.HtmlElement:
    """A page, or a part of one, in which these words stand."""
    text = shown.text_content()
    missing = [word for word in words if word not in text]
    assert not missing, f"not there: {missing}, but:\n{text}"
    return shown


def expect_no_words(shown: html.HtmlElement, *words: str) -> html.HtmlElement:
    """A page, or a part of one, in which none of these words stands."""
    text = shown.text_content()
    present = [word for word in words if word in text]
    assert not present, f"there: {present}, in:\n{text}"
    return shown


def expect_problem(shown: html.HtmlElement, *words: str) -> html.HtmlElement:
    """A page whose message of what is wrong has these words."""
    return expect_words(shown.get_element_by_id("problem"), *words)


def said(answer) -> str:  # type: ignore[no-untyped-def]
    """The words of a page's message, for a failing test."""
    page = html.document_fromstring(answer.get_data(as_text=True) or "<p/>")
    return " ".join("".join(e.itertext()) for e in page.find_class("note"))[:500]
