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

SCRIPTS = tuple(
    f"/static/{name}.js" for name in ("keys", "follow", "writing", "sitting", "copy", "search")
)
FIELDS = ("input", "select", "textarea")


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
        return self.send(*self.filled(url, action, values, pick), status)

    def filled(
        self,
        url: str,
        action: str,
        values: dict[str, Any] | None = None,
        pick: dict[str, str] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        """A page's form as `post` sends it: where to, and its fields."""
        page = self.get(url)
        wanted = [form for form in page.iter("form") if leads_to(form, action)]
        for name, value in (pick or {}).items():
            wanted = [form for form in wanted if has_field(form, name, value)]
        assert wanted, f"{url}: no form to {action}"
        form = wanted[0]
        fields = {field.get("name") for field in form.iter(*FIELDS, "button")}
        # A person cannot send what no field is there for.
        unknown = set(values or {}) - fields
        assert not unknown, f"{url}: no field for {sorted(unknown)}"
        sent = self.fields(form) | (pick or {}) | (values or {})
        return urlsplit(form.get("action")).path, sent

    def expect_words(self, url: str, *words: str, status: int = 200) -> html.HtmlElement:
        """The page of an address, on which these words stand."""
        return expect_words(self.get(url, status), *words)

    def expect_no_words(self, url: str, *words: str, status: int = 200) -> html.HtmlElement:
        """The page of an address, on which none of these words stands."""
        return expect_no_words(self.get(url, status), *words)

    def fields(self, form: html.HtmlElement) -> dict[str, Any]:
        """What a browser would send if nothing were touched."""
        sent: dict[str, Any] = {}
        for field in form.iter(*FIELDS):
            name, kind = field.get("name"), field.get("type")
            if not name or kind == "file":
                continue
            if kind in ("checkbox", "radio") and field.get("checked") is None:
                continue
            value = value_of(field)
            if name in sent:
                before = sent[name] if isinstance(sent[name], list) else [sent[name]]
                sent[name] = [*before, value]
            else:
                sent[name] = value
        return sent

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

    def bring(self, values: dict[str, Any]) -> html.HtmlElement:
        """A workbook brought in as its page shows it, every question about it agreed to."""
        shown = self.post("/import", "/import", values)
        form = next(form for form in shown.iter("form") if has_field(form, "what", "take"))
        agreed = {"gone": "1"} if has_field(form, "gone") else {}
        return self.send(urlsplit(form.get("action")).path, self.fields(form) | agreed)

    def proved(self, answer, action: str):  # type: ignore[no-untyped-def]
        """The answer after the person has shown once more who they are, where a page asks for
        it."""
        page = html.document_fromstring(answer.get_data(as_text=True))
        asking = [form for form in page.iter("form") if has_field(form, "_password")]
        if not asking:
            return answer
        self.check(page, action)
        sent = self.fields(asking[0]) | {"_password": PASSWORD}
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
        elements = [element for element in page.iter() if isinstance(element.tag, str)]
        ids = Counter(element.get("id") for element in elements if element.get("id"))
        twice = [name for name, count in ids.items() if count > 1]
        assert not twice, f"{url}: ids twice: {twice[:3]}"
        labelled = {label.get("for") for label in page.iter("label")}
        for field in page.iter(*FIELDS):
            named = field.get("type") == "hidden" or field.get("id") in labelled
            named = named or bool((field.get("aria-label") or "").strip())
            assert named, f"{url}: {field.get('name')} has no label"
        for element in elements:
            assert element.tag not in ("style", "iframe"), f"{url}: {element.tag}"
            ours = element.get("src") in SCRIPTS and not element.text
            assert element.tag != "script" or ours, f"{url}: a script of its own"
            inline = [name for name in element.attrib if name.startswith("on") or name == "style"]
            assert not inline, f"{url}: {dict(element.attrib)}"
        for form in page.iter("form"):
            posts = form.get("method") == "post"
            assert posts or form.get("method") == "get", f"{url}: a form says how it is sent"
            names = [field.get("name") for field in form.iter("input")]
            assert not posts or {"csrf_token", "_request"} <= set(names), (
                f"{url}: a form without its token or key: {form.get('action')}"
            )
            assert posts or "csrf_token" not in names, f"{url}: a token in an address"
            self.target(form.get("action"), url, "POST" if posts else "GET")
        for link in page.iter("a"):
            self.target(link.get("href"), url)
            assert "".join(link.itertext()).strip(), f"{url}: a link without words"
        for tag, name in (("link", "href"), ("img", "src")):
            for element in page.iter(tag):
                self.target(element.get(name), url)
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
            except (NotFound, MethodNotAllowed) as error:
                raise AssertionError(f"{url}: {address} leads nowhere") from error


def leads_to(form: html.HtmlElement, action: str) -> bool:
    """Whether a form posts to an address, or to one that begins so where that ends in `*`."""
    if form.get("method") != "post":
        return False
    return fnmatchcase(urlsplit(form.get("action")).path, action)


def has_field(form: html.HtmlElement, name: str, value: str | None = None) -> bool:
    """Whether a form has a field or button of this name, and of this value where one is given."""
    named = [field for field in form.iter("input", "button") if field.get("name") == name]
    return any(value is None or field.get("value") == value for field in named)


def value_of(field: html.HtmlElement) -> Any:
    """What a browser would send of a field if nothing were touched; a list where several may be
    chosen."""
    if field.tag == "textarea":
        return (field.text or "").removeprefix("\n")
    if field.tag != "select":
        return field.get("value", "")
    options = list(field.iter("option"))
    chosen = [option for option in options if option.get("selected") is not None]
    # An option without a value is sent by its words.
    values = [option.get("value", option.text or "") for option in chosen or options[:1]]
    if field.get("multiple") is not None:
        return values
    return values[0] if values else ""


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
    return " ".join("".join(note.itertext()) for note in page.find_class("note"))[:500]
