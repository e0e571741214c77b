"""A small house in which every field of every form can be filled with words of a `Words`: its
people, its pages as they are sent and looked at, and what became of the words.

Knows forms and pages as they are drawn; `sent` holds which took words. Must not know the story.
"""

from __future__ import annotations

import copy
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from lxml import etree, html
from werkzeug.exceptions import HTTPException

from pia import config, forms
from pia.actions import demo, jobs
from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.store.ledger import log
from pia.store.opening import upgrade
from pia.web.application import create_app
from pia.web.inputs import LINE
from pia.web.public.pages import create_public_app

from ..conftest import workplace_at
from .client import PageClient
from .naughty import SHORT, Words, is_marked
from .test_public import PublicClient

KEY, ROUND = "small", "r6"
REF = f"{KEY}~{ROUND}"
WRITE = f"/lines/{REF}/items"
TEXT, CHOICE, MANY, NUMBER, DATE, TABLE, FIGURE, BLOCK = (
    "IV/3",
    "II/file-nhi/2/1",
    "II/file-nhi/3/1",
    "II/file-nhi/4/0/n",
    "II/file-nhi/2/5",
    "B2/F/file-nhi/1",
    "B1/F/fig-highcost/1",
    "II/file-nhi/6/1",
)
KEPT = (
    "C/",
    "I/1/",
    "I/2/S/kokuho/1",
    "I/5/",
    "I/6/",
    TEXT,
    "II/file-nhi/1",
    "II/file-nhi/2/1",
    "II/file-nhi/2/3",
    "II/file-nhi/2/5",
    "II/file-nhi/3/1",
    "II/file-nhi/3/6",
    "II/file-nhi/4/0",
    BLOCK,
    "II/file-nhi/6/3",
    "B1/F/fig-highcost/",
    "V/",
    "VI/",
    "A1/",
)
NAMES = '/\\"'  # no file is called so
# Words that are kept and that this house shows nowhere: names of files that were brought in, and
# what is shown only in other cases (what the state said of a departure).
UNSEEN = {"import.file", "national.file", "national.answer"}
BEFORE = "市の言葉そのままの一文。"


def document(key: str) -> Tree:
    """A published text of a few items of every kind."""
    raw = demo.fixture(f"assessments/nhi-benefits{'-basic' if key.endswith('-basic') else ''}")
    answers = {
        tuple(p.split("/")): a
        for p, a in raw["answers"].items()
        if key.endswith("-basic") or p.startswith(KEPT)
    }
    if not key.endswith("-basic"):
        answers[tuple(TABLE.split("/"))] = ["宛名番号", "個人番号"]
        answers[tuple(TEXT.split("/"))] = f"はじめの行。\n{BEFORE}"
    return items.build(forms.load(raw["form"]), list(answers.items()))


def said(page: html.HtmlElement, gone: bool = True) -> str:
    """All a page says, in letters and in attributes, without the spoken marks of a comparison;
    `gone`: with what is struck through."""
    return _said(_unspoken(page, gone))


def _said(unspoken: html.HtmlElement) -> str:
    return "\n".join([unspoken.text_content(), *_marked_attributes(unspoken)])


def _unspoken(page: html.HtmlElement, gone: bool) -> html.HtmlElement:
    """A copy of a page without spoken marks, and without what is struck through."""
    page = copy.deepcopy(page)
    for element in list(page.iter("*")):
        spoken = set((element.get("class") or "").split()) & {"sr", "mark-note"}
        if spoken or (element.tag == "del" and not gone):
            element.drop_tree()
    return page


def _marked_attributes(page: html.HtmlElement) -> list[str]:
    return [
        value for element in page.iter("*") for value in element.attrib.values() if is_marked(value)
    ]


def _runs(unspoken: html.HtmlElement) -> list[str]:
    """What a page says between two elements, and in each attribute, where somebody's words stand:
    each of them whole, for no element begins inside it but one that marks it."""
    pieces = [""]
    for event, element in etree.iterwalk(unspoken, events=("start", "end", "comment", "pi")):
        if not _within_words(element):
            pieces.append("")
        pieces[-1] += (element.text if event == "start" else element.tail) or ""
    return [*filter(is_marked, pieces), *_marked_attributes(unspoken)]


def _within_words(element: html.HtmlElement) -> bool:
    """Whether an element may stand inside a word: a mark of a comparison, a line of a figure."""
    classes = set((element.get("class") or "").split())
    return element.tag in ("ins", "del", "text", "tspan") or bool(classes & {"moved", "fold"})


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def _read_back(text: str) -> str:
    """Words of a row or a shape out of the reversible text that JSON carries
    (docs/contracts.md)."""
    return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1), text)


def _cut(shown: str, typed: str) -> bool:
    """Whether a word is as typed up to where it is cut short, or but for what was left out of
    it. The key of a row, between 「 and 」, has its spaces folded."""
    if "」" in shown:
        shown, typed = " ".join(shown.split()), " ".join(typed.split())
    same = next(
        (i for i, (a, b) in enumerate(zip(shown, typed)) if a != b), min(len(shown), len(typed))
    )
    if shown[same:].startswith("委員") or (
        same > 5 and shown[same:].startswith(("…", "...", "」", "〔", "〘"))
    ):
        return True
    return "（略）" in shown[same:] and all(part in typed for part in shown.split("（略）")[:-1])


def shape(page: html.HtmlElement) -> Counter[str]:
    """How many elements of each kind a page has, without the marks of a comparison."""
    seen = [e for e in page.iter() if isinstance(e.tag, str)]
    return Counter(
        e.tag
        for e in seen
        if e.tag not in ("ins", "del", "text", "tspan")
        and not set((e.get("class") or "").split()) & {"sr", "moved", "mark-note", "fold"}
    )


def _kind(client: PageClient, url: str) -> str:
    """The route of an address, and what is asked of it."""
    parts = urlsplit(url)
    try:
        rule, given = client.routes.match(unquote(parts.path), method="GET", return_rule=True)
    except HTTPException:
        return url
    return (
        f"{rule} {given.get('name', '')} {'&'.join(sorted(parse_qs(parts.query)))} "
        f"{given.get('fmt', '')}".strip()
    )


class Looked(PageClient):
    """A page client that has every page looked at."""

    kind = _kind

    def __init__(self, house: House, app: Any, person: str = ""):
        super().__init__(app, person)
        self.house = house

    def check(self, page: html.HtmlElement, url: str) -> None:
        super().check(page, url)
        self.house.look(page, url)


class Resident(PublicClient):
    """A resident's page client that has every page looked at."""

    kind = _kind

    def __init__(self, house: House):
        super().__init__(house.public)
        self.house = house

    def check(self, page: html.HtmlElement, url: str) -> None:
        super().check(page, url)
        self.house.look(page, url)


class Form:
    """A form as somebody filled it in, to be sent again and again: each time it is refused, and
    the page that answers has a form that holds what the first had."""

    def __init__(self, who: PageClient, action: str, sent: dict[str, Any]):
        self.who, self.action, self.sent = who, action, sent

    def send(self, other: dict[str, str]) -> html.HtmlElement:
        """What answers the form with other values in some fields: a refusal."""
        again = {
            k: (io.BytesIO(v[0].getvalue()), v[1]) if isinstance(v, tuple) else v
            for k, v in (self.sent | other).items()
        }
        return self.who.send(self.action, again, 422)


class House:
    """The applications over one workplace, a clock, and what was sent to which field."""

    def __init__(self, folder: Path, words: Words, url: str = "", more: int = 1):
        """`more`: so many records more than the story needs, where a field is too short for many
        strings at once."""
        self.folder, self.words, self.more, self.now = (
            folder,
            words,
            more,
            datetime(2024, 1, 9, 9, tzinfo=JST),
        )
        url = url or f"sqlite:///{folder / 'house.db'}"
        upgrade(url)
        self.wp: Workplace = workplace_at(url)
        self.staff = create_app(self.wp, config.load({}), lambda: self.now)
        self.public = create_public_app(self.wp, config.load({}), lambda: self.now)
        self.sent: set[tuple[str, str]] = set()
        self.people: dict[str, PageClient] = {}
        self.shown = ""  # the mark of the words in the long text
        self.pages: list[tuple[str, Counter[str]]] = []
        self.wrong: list[str] = []
        self.figures: set[int] = set()
        self.counts: Counter[str] = Counter()
        self.shown_words: set[int] = set()
        self.fields: set[tuple[str, str]] = (
            set()
        )  # every field for words on every page that was opened
        self.refusing, self.refused_at, self.lost = False, set[tuple[str, str]](), list[str]()
        self.refused: list[tuple[str, str]] = []
        self.every = False  # send every string a short field cannot hold, not two
        self.too_long: Counter[str] = Counter()
        self.bare: set[str] = set()  # words without a mark that were seen

    def at(self, when: str) -> None:
        self.now = datetime.fromisoformat(f"{when}T09:00:00+09:00")
        self.people.clear()  # a day's session

    def person(self, name: str) -> PageClient:
        if name not in self.people:
            self.people[name] = Looked(self, self.staff, name)
        return self.people[name]

    def look(self, page: html.HtmlElement, url: str) -> None:
        """Keeps what a page is made of, and which words on it are not as they were typed."""
        self.pages.append((url, shape(page)))
        self.wrong += self._looked(page, url)
        for form in page.iter("form"):
            if form.get("method") == "post" or "/opinion" in (form.get("action") or ""):
                app = (
                    self.public
                    if url.startswith("/consultations")
                    and form.get("action", "").endswith("/opinion")
                    else self.staff
                )
                endpoint, _ = app.url_map.bind("").match(
                    unquote(urlsplit(form.get("action")).path), method="POST"
                )
                fields = [
                    e
                    for e in form.iter("input", "textarea")
                    if e.tag == "textarea"
                    or e.get("type", "text") in ("text", "search", "email", "url")
                ]
                self.fields |= {
                    (endpoint, name_of(e.get("name") or ""))
                    for e in fields
                    if e.get("readonly") is None
                }

    def _looked(self, page: html.HtmlElement, url: str) -> list[str]:
        """What is wrong with the words on a page. In a running comparison an old word stands
        within a new one, struck through: what is right without it is right."""
        first = self._wrong_in(_unspoken(page, gone=True), url)
        if not first or page.find(".//del") is None:
            return first
        still = {said.split("〕")[0] for said in self._wrong_in(_unspoken(page, gone=False), url)}
        return [said for said in first if said.split("〕")[0] in still]

    def _wrong_in(self, unspoken: html.HtmlElement, url: str) -> list[str]:
        """Words on a page that are not as they were typed, or in which an element begins."""
        before, self.wrong = self.wrong, []
        self.heard(url, [_said(unspoken)])
        found, self.wrong = self.wrong, before
        for run in _runs(unspoken):
            for number, rest in self.words.begun(run):
                if not _cut(rest, self.words.kept.get(number, "")):
                    found.append(f"{url} 〔{number:03d}〕 an element begins after {rest[-40:]!r}")
        return found

    def heard(self, where: str, texts: Iterable[str], same: Callable[[str], str] = str) -> int:
        """Counts the marked words in texts; notes those that are not as typed, after `same` took
        out of both what a medium cannot show. A name may be cut short with …, a long text with
        （略）, a member called by the name before a space, in the spreadsheet form of a table a
        quotation mark may be doubled, and a figure breaks its lines itself."""
        n = 0
        for text in texts:
            self.bare |= {s for many in self.words.bare.values() for s in many if s in text}
            for number, shown, typed in self.words.found(text):
                n += 1
                self.shown_words.add(number)
                shown, typed = same(shown), same(typed)
                if any(
                    self._as_typed(x, typed, number)
                    for x in ((shown, _read_back(shown)) if where.endswith(" json") else (shown,))
                ):
                    continue
                at = next((i for i, (a, b) in enumerate(zip(shown, typed)) if a != b), -1)
                self.wrong.append(
                    f"{where} 〔{number:03d}〕 {shown[max(0, at - 20) : at + 40]!r}"
                    f" for {typed[max(0, at - 20) : at + 40]!r}"
                )
        return n

    def _as_typed(self, shown: str, typed: str, number: int) -> bool:
        if shown == typed or shown.replace('""', '"') == typed or _cut(shown, typed):
            return True
        return number in self.figures and (
            _bare(shown) == _bare(typed) or _cut(_bare(shown), _bare(typed))
        )

    def do(
        self,
        who: PageClient,
        url: str,
        action: str,
        values: dict[str, Any],
        status: int = 303,
        pick: dict[str, str] | None = None,
    ) -> html.HtmlElement:
        """Sends a form of a page; which fields took marked words is kept. Where asked, what no
        field may take is sent first, once into each."""
        endpoint, _ = who.routes.match(action.replace("*", "1"), method="POST")
        new = {k for k, v in values.items() if isinstance(v, str) and is_marked(v)}
        new = {k for k in new if (endpoint, name_of(k)) not in self.refused_at}
        if self.refusing and new:
            form = Form(who, *who.filled(url, action, values, pick))
            for field in (k for k in values if k in new):
                if (endpoint, name_of(field)) not in self.refused_at:
                    self.refused_at.add((endpoint, name_of(field)))
                    self._refused(form, values, field)
                    self._too_long(form, field, str(values[field]))
        self.note(endpoint, values)
        return who.post(url, action, values, status, pick)

    def _refused(self, form: Form, values: dict[str, Any], bad: str) -> None:
        """A letter no document may hold: a sentence that names it, all that was typed still
        there, and nothing kept."""
        page = self._unkept(form, bad, f"{values[bad]}\x01")
        words = page.get_element_by_id("problem").text_content()
        assert "使えない文字（U+0001）" in words or "選" in words, f"{form.action} {bad}: {words}"
        shown = said(page)
        lost = [
            k
            for k, v in values.items()
            if isinstance(v, str)
            and is_marked(v)
            and v.strip("\x01") not in shown
            and _bare(v.strip("\x01")) not in _bare(shown)
        ]
        if lost:
            self.lost.append(f"{form.action} {bad}: {lost}")

    def _too_long(self, form: Form, field: str, value: str) -> None:
        """Strings that are longer than a field takes: a sentence that names how long it may be,
        and nothing kept."""
        where = next((self.words.where[n] for n, _, _ in self.words.found(value)), "")
        most = self.words.limits[where][0] if where else LINE
        for s in [x for x in SHORT if len(x.strip()) > most][: None if self.every else 2]:
            told = self._unkept(form, field, s).get_element_by_id("problem").text_content()
            assert f"{most}文字までです" in told, f"{form.action} {field}: {told}"
            self.too_long[where] += 1

    def _unkept(self, form: Form, field: str, value: str) -> html.HtmlElement:
        """The page that answers a form with one field of another value; nothing of it is kept."""
        with self.wp.store.read() as s:
            before = log.chain_head(s)
        page = form.send({field: value})
        with self.wp.store.read() as s:
            assert log.chain_head(s) == before, f"{form.action} {field}: something was kept"
        return page

    def note(self, endpoint: str, values: dict[str, Any]) -> None:
        self.sent |= {(endpoint, name_of(k)) for k, v in values.items() if is_marked(v)}

    def work(self) -> None:
        assert jobs.work_once(self.wp, "w", lambda: self.now)
        with self.wp.store.read() as s:
            from sqlalchemy import select

            from pia.store.rows.jobs import Job

            failed = [j.error for j in s.scalars(select(Job)) if j.error]
        assert failed == [], failed


def name_of(field: str) -> str:
    """The name of a field without what differs from form to form: numbers, references, places."""
    return "*" if "/" in field else re.sub(r"-.*|\d+", "*", field)
