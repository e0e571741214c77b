"""A small house in which every field of every form is filled with words of a `Words`, from the
first account to publication, by the pages alone.

Written once, played with naughty and with harmless words. Knows the forms' fields; `sent` holds
which took words. Must not know what comes out.
"""

from __future__ import annotations

import copy
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from lxml import html
from werkzeug.exceptions import HTTPException

from pia import config, forms
from pia.actions import demo, jobs
from pia.actions.people import registration, sign_in
from pia.actions.steps import councils, filing, referrals
from pia.actions.workplace import Workplace
from pia.documents.workbook_out import writer
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.store.ledger import log
from pia.store.opening import upgrade
from pia.web.application import create_app
from pia.web.inputs import LINE, PARAGRAPH
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
    page = copy.deepcopy(page)
    for e in list(page.iter()):
        if isinstance(e.tag, str) and (
            set((e.get("class") or "").split()) & {"sr", "mark-note"}
            or (e.tag == "del" and not gone)
        ):
            e.drop_tree()
    return "\n".join(
        [
            page.text_content(),
            *(
                v
                for e in page.iter()
                if isinstance(e.tag, str)
                for k, v in e.attrib.items()
                if is_marked(v)
            ),
        ]
    )


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
        known = len(self.wrong)
        self.heard(url, [said(page)])
        if (
            len(self.wrong) > known and page.find(".//del") is not None
        ):  # in a running comparison an old word stands within a new one, struck through
            first, self.wrong[known:] = self.wrong[known:], []
            self.heard(url, [said(page, gone=False)])
            still = {w.split("〕")[0] for w in self.wrong[known:]}
            self.wrong[known:] = [w for w in first if w.split("〕")[0] in still]
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
        for k, v in values.items() if self.refusing else ():
            if (
                isinstance(v, str)
                and is_marked(v)
                and (endpoint, name_of(k)) not in self.refused_at
            ):
                self.refused_at.add((endpoint, name_of(k)))
                self._refused(who, url, action, values | {k: f"{v}\x01"}, k, pick)
                self._too_long(who, url, action, values, k, pick)
        self.note(endpoint, values)
        return who.post(url, action, values, status, pick)

    def _refused(
        self,
        who: PageClient,
        url: str,
        action: str,
        values: dict[str, Any],
        bad: str,
        pick: dict[str, str] | None,
    ) -> None:
        """A letter no document may hold: a sentence that names it, all that was typed still
        there, and nothing kept."""
        again = {
            k: (io.BytesIO(v[0].getvalue()), v[1]) if isinstance(v, tuple) else v
            for k, v in values.items()
        }
        with self.wp.store.read() as s:
            before = log.chain_head(s)
        page = who.post(url, action, again, 422, pick)
        with self.wp.store.read() as s:
            assert log.chain_head(s) == before, f"{action} {bad}: something was kept"
        told = page.get_element_by_id("problem").text_content()
        assert "使えない文字（U+0001）" in told or "選" in told, f"{action} {bad}: {told}"
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
            self.lost.append(f"{action} {bad}: {lost}")

    def _too_long(
        self,
        who: PageClient,
        url: str,
        action: str,
        values: dict[str, Any],
        field: str,
        pick: dict[str, str] | None,
    ) -> None:
        """Strings that are longer than a field takes: a sentence that names how long it may be,
        and nothing kept."""
        where = next((self.words.where[n] for n, _, _ in self.words.found(str(values[field]))), "")
        most = self.words.limits[where][0] if where else LINE
        for s in [x for x in SHORT if len(x.strip()) > most][: None if self.every else 2]:
            with self.wp.store.read() as r:
                before = log.chain_head(r)
            told = (
                who.post(url, action, values | {field: s}, 422, pick)
                .get_element_by_id("problem")
                .text_content()
            )
            with self.wp.store.read() as r:
                assert log.chain_head(r) == before, f"{action} {field}: something was kept"
            assert f"{most}文字までです" in told, f"{action} {field}: {told}"
            self.too_long[where] += 1

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


def play(h: House) -> None:
    """The whole story; at its end everything can be looked at."""
    w = h.words
    _begin(h, w)
    _write(h, w)
    _hear(h, w)
    _sit(h, w)
    _send(h, w)
    _check(h, w)


def _check(h: House, w: Words) -> None:
    """The yearly check: of a department without a head, and of those without a department."""
    admin = h.person("admin")
    alone = {
        "name": "clerk",
        "shown": w("shown", 60),
        "role": "drafter",
        "body": registration.bodies(h.wp)[0],
        "department": w("department", 60),
    }
    h.do(admin, "/accounts", "/accounts", {**alone, "password": demo.PASSWORD})
    _own(h, "clerk")
    for action in ("/yearly", "/yearly/departments/*"):
        h.do(admin, "/yearly", action, {"remark": w("yearly.remark", 400, True)})
    right = {"remark": w("yearly.remark", 400, True), "reason": w("yearly.reason", 400)}
    h.do(admin, "/yearly", "/yearly/corrections", right)
    right = {"remark": w("yearly.remark", 400, True), "reason": w("yearly.reason", 400)}
    h.do(admin, "/yearly", "/yearly/departments/*/corrections", right)
    answers = "/yearly/answers"
    said = {"words": w("audit.words", 1000, True)}
    h.do(admin, answers, answers, said, pick={"key": "place"})
    said = {"words": w("audit.words", 1000, True), "reason": w("audit.reason", LINE)}
    h.do(admin, answers, answers, said, pick={"key": "place"})


def _own(h: House, name: str) -> None:
    """Somebody makes the password they were given their own."""
    sign_in.set_password(h.wp, By(name, "drafter", h.now), name, demo.PASSWORD)


def _begin(h: House, w: Words) -> None:
    first = By("cli", "administrator", h.now)
    body = w("body", 100)
    registration.add_account(
        h.wp, first, registration.NewAccount("admin", "管理者", "administrator", body)
    )
    councils.explain(
        h.wp, first, f"措置{w('glossary.term', 60)}", w("glossary.explanation", PARAGRAPH, True)
    )
    admin, department = h.person("admin"), w("department", 60)
    for name, role in (
        ("drafter", "drafter"),
        ("head", "head"),
        ("office", "secretariat"),
        ("chair", "chair"),
        ("auditor", "auditor"),
    ):
        h.do(
            admin,
            "/accounts",
            "/accounts",
            {
                "name": name,
                "shown": w("shown", 60),
                "role": role,
                "body": body,
                "department": department,
                "password": demo.PASSWORD,
            },
        )
        _own(h, name)
    for i in range(h.more):
        registration.add_account(
            h.wp,
            first,
            registration.NewAccount(f"body{i}", "管理者", "administrator", w("body", 100)),
        )
        about = {
            "name": f"more{i}",
            "shown": w("shown", 60),
            "role": "drafter",
            "body": body,
            "department": w("department", 60),
        }
        h.do(admin, "/accounts", "/accounts", about | {"password": demo.PASSWORD})
        _own(h, f"more{i}")
        councils.explain(
            h.wp, first, f"措置{w('glossary.term', 60)}", w("glossary.explanation", PARAGRAPH, True)
        )
    office = h.person("office")
    h.do(
        office,
        "/affairs/new",
        "/affairs/new",
        {
            "name": w("affair", LINE),
            "number": w("number", 20),
            "key": KEY,
            "body": body,
            "department": department,
            "kind": "all_item",
        },
    )
    for i in range(h.more):
        about = {
            "name": w("affair", LINE),
            "number": w.alone("number", 20) or w("number", 20),
            "key": f"{KEY}{i}",
        }
        h.do(
            office,
            "/affairs/new",
            "/affairs/new",
            {**about, "body": body, "department": department, "kind": "all_item"},
        )
    h.do(
        office,
        "/plan",
        "/plan",
        {
            "body": body,
            **{k: w(f"plan.{k}") for k in ("department", "contact")},
            "created": "2015-03-02",
            "updated": "令和5年4月1日",
        },
    )
    h.do(
        office,
        f"/affairs/{KEY}",
        f"/affairs/{KEY}/counts",
        {
            "people": "310000",
            "handlers": "620",
            "counted_people": "2024-01-05",
            "counted_handlers": "2024-01-05",
        },
    )
    for key in (KEY, f"{KEY}-basic"):
        tree = document(key)
        book = writer.write(tree, forms.load(tree.form), title="小さな評価書", ref=f"{key}@1")
        h.do(
            office,
            "/import",
            "/import",
            {
                "files": (io.BytesIO(book), f"{w('import.file', 100, without=NAMES)}.xlsx"),
                "into": key,
                "why": w("import.why"),
            },
        )
        h.do(
            office,
            f"/affairs/{KEY}",
            f"/affairs/{KEY}/published",
            {"day": "2023-04-01"},
            pick={"document": key},
        )
    for _ in range(1 + h.more):
        h.do(
            admin,
            "/departments",
            "/departments",
            {"body": body, "department": w("department.new", 60)},
        )
    named = [
        f.get("action")
        for f in admin.get("/departments").iter("form")
        if "rename" in [e.get("value") for e in f.iter("input")]
    ]
    for action in named[: 1 + h.more]:
        h.do(
            admin,
            "/departments",
            action,
            {"name": w("department.renamed", 60)},
            pick={"what": "rename"},
        )
    h.at("2024-02-01")
    reasons = "\n".join(w("round.reason", 180).replace("\n", "") for _ in range(2))
    for name, documents in ((ROUND, [KEY, f"{KEY}-basic"]), ("gone", [f"{KEY}-basic"])):
        about = {
            "title": w("round.title"),
            "name": name,
            "kind": "REASSESSMENT",
            "documents": documents,
            "reasons": reasons,
            "change_date": "2025-01-06",
            "requirements_fixed": "2024-12-20",
        }
        h.do(h.person("office"), f"/affairs/{KEY}", f"/affairs/{KEY}/rounds", about)
    h.do(
        h.person("office"),
        f"/rounds/{KEY}-basic~gone",
        f"/rounds/{KEY}-basic~gone/move",
        {"why": w("move.why"), "document_number": w("move.number")},
        pick={"event": "withdraw"},
    )


def _write(h: House, w: Words) -> None:
    drafter = h.person("drafter")

    def item(path: str, values: dict[str, Any], url: str = "") -> None:
        page = url or f"{WRITE}/{path}"
        sent = {**values, "why": w("item.why")}
        form = next(
            f for f in drafter.get(page).iter("form") if f.get("action") == f"{WRITE}/{path}"
        )
        for what, endpoint, status in (
            ("marks", "marks", 200),
            ("unsaved", "keep_unsaved", 303),
        ):  # while it is written
            if (what, path) != ("marks", FIGURE):
                h.note(f"writing.{endpoint}", sent)
                drafter.send(f"/lines/{REF}/{what}/{path}", drafter.fields(form) | sent, status)
        drafter.get(f"{WRITE}/{path}?unsaved=1")
        h.do(drafter, page, f"{WRITE}/{path}", sent)

    h.shown = f"〔{len(w.kept):03d}〕"
    item(TEXT, {"text": f"はじめの行。\n{BEFORE}\n{w('item.text', 20_000, True)}"})
    item(BLOCK, {"text": w("item.block", 4_000, True)}, f"{WRITE}/{BLOCK}?block=")
    item(CHOICE, {"option": "", "typed": w("item.typed", PARAGRAPH)})
    page = drafter.get(f"{WRITE}/{MANY}")
    notes = [
        e.get("name") for e in page.iter("input") if re.fullmatch(r"n\d+", e.get("name") or "")
    ]
    item(
        MANY,
        {**{n.replace("n", "o"): "1" for n in notes}, **{n: w("item.note", 1_000) for n in notes}},
    )
    item(NUMBER, {"text": w("item.number")})
    item(DATE, {"text": w("item.date")})
    cells = [[w("item.cell", 60), w("item.cell", 1_000)] for _ in range(3 + h.more)]
    item(
        TABLE,
        {"text": "\n".join("\t".join('"' + c.replace('"', '""') + '"' for c in r) for r in cells)},
    )
    h.figures = {len(w.kept), len(w.kept) + 1}
    item(
        FIGURE,
        {
            "text0": w("figure.text", 300, True),
            "new_type": "label",
            "new_text": w("figure.new", 300),
        },
    )
    words = w("withheld", 300, True)
    item("I/5/a", {"text": f"前の文。\n{words}\n後の文。"})
    h.do(
        drafter,
        f"{WRITE}/I/5/a",
        f"/lines/{REF}/withheld/I/5/a",
        {"words": "前の文。", "because": w("withhold.because"), "ground": "SECURITY"},
    )
    item("V/1/2", {"text": "前の文。をもう一度。"})
    h.do(
        drafter,
        f"/lines/{REF}/occurrences",
        f"/lines/{REF}/occurrences",
        {"because": w("withheld.because")},
        pick={"what": "open"},
    )
    part = f"/lines/{REF}/parts?part=II/file-nhi"
    path = f"/lines/{REF}/entries/II/file-nhi/4/T"
    h.do(drafter, part, path, {"name": w("entry.name")}, pick={"what": "add"})
    h.do(drafter, part, path, {"name": w("entry.copy")}, pick={"what": "copy"})
    h.do(drafter, part, path, {"name": w("entry.gone")}, pick={"what": "add"})
    h.do(drafter, part, path, {"why": w("entry.why")}, pick={"what": "remove"})
    office = h.person("office")
    raw = {
        "id": "words-2024",
        "title": w("national.title"),
        "issuer": w("national.issuer"),
        "edition": w("national.edition"),
        "reason": w("national.reason"),
        "source": {"note": "invented"},
        "places": [
            {
                "item": "II-6-3",
                "path": ["II", "*", "6", "3", "あたらしい措置"],
                "before": "absent",
                "text": f"＜あたらしい措置＞\n{w('national.text', 3_000, True)}",
                "explanation": w("national.explanation"),
            }
        ],
    }
    h.do(
        office,
        "/national",
        "/national",
        {
            "file": (
                io.BytesIO(yaml.safe_dump(raw, allow_unicode=True).encode()),
                f"{w('national.file', 100, without=NAMES)}.yaml",
            )
        },
    )
    for what in ("try", "apply"):
        h.do(
            office,
            "/national/words-2024",
            "/national/words-2024",
            {"lines": [REF], "what": what},
            200,
        )
    h.do(
        office,
        "/national/words-2024",
        "/national/words-2024/confirmations",
        {"asked": "1", "day": "2024-03-01", "answer": w("national.answer", PARAGRAPH, True)},
    )
    page = drafter.get(f"/rounds/{REF}/change-table")
    rows = [f.get("action") for f in page.iter("form") if "/notes/" in f.get("action")]
    for action in dict.fromkeys(rows):
        h.do(
            drafter,
            f"/rounds/{REF}/change-table",
            action,
            {
                "day": "2025-01-06",
                "timing": "事前",
                "explanation": w("note.explanation", 300, True),
            },
        )
    told = w("explain.reader", PARAGRAPH, True)
    h.do(
        drafter,
        f"/rounds/{REF}/change-table",
        rows[0].replace("/notes/", "/explain/"),
        {"reader": told},
    )
    material = next(a for a in rows if rows.count(a) > 1)
    page = drafter.get(f"/rounds/{REF}/change-table")
    form = [f for f in page.iter("form") if f.get("action") == material][1]
    sent = {"choice": "LOWER_RISK", "why": w("note.why")}
    h.note("desk.note", sent)
    drafter.send(material, drafter.fields(form) | sent)


def _hear(h: House, w: Words) -> None:
    h.at("2024-05-13")
    office = h.person("office")
    h.do(
        office,
        "/consultations/new",
        "/consultations/new",
        {
            "rounds": [REF],
            "title": w("consultation.title"),
            "announced": "2024-05-13",
            "start": "2024-05-13",
            "end": "2024-06-13",
            "method": w("consultation.method", PARAGRAPH, True),
            "name": "optional",
            "address": "optional",
            "contact": w("consultation.contact", PARAGRAPH, True),
            "shortened_reason": w("consultation.shortened", PARAGRAPH, True),
            "document_number": w("consultation.number"),
            "decided": "2024-05-01",
        },
    )
    h.at("2024-05-20")
    office = h.person("office")
    resident, opinion = Resident(h), "/consultations/1/opinion"
    given = {
        "text": w("opinion.web", PARAGRAPH, True),
        "name": w("opinion.name"),
        "address": w("opinion.address"),
    }
    h.note("public.send", given)
    shown = resident.send(
        opinion, resident.fields(next(resident.get(opinion).iter("form"))) | given, 200
    )
    resident.send(opinion, resident.fields(next(shown.iter("form"))))
    h.do(office, "/consultations/1", "/consultations/1/inbox/1", {})
    for channel in ("post", "fax", "mail", "counter"):
        about = {
            "channel": channel,
            "received": "2024-05-20",
            "text": w(f"opinion.{channel}", 4_000, True),
            "keys": [KEY],
            "item": "IV-3",
            "name": w("sender.name"),
            "address": w("sender.address"),
        }
        h.do(office, "/consultations/1", "/consultations/1/opinions", about)
    h.at("2024-06-14")
    office = h.person("office")
    h.do(office, "/consultations/1", "/consultations/1/close", {})
    for n in range(1, 6):
        h.do(
            office,
            "/consultations/1",
            f"/consultations/1/opinions/{n}/response",
            {"text": w("response", PARAGRAPH, True), "outcome": "AMENDED" if n == 1 else "NOTED"},
        )
    h.do(
        office,
        "/consultations/1",
        "/consultations/1/opinions/1/adopt",
        {"before": BEFORE, "after": w("adopt.after", 1_000, True)},
    )
    h.do(office, f"/rounds/{REF}", f"/rounds/{REF}/review-fixed", {"day": "2024-06-14"})


def _refer(h: House, w: Words) -> None:
    office = h.person("office")
    numbers = [
        w.alone("material.number", 20) or w("material.number", 20, without="　")
        for _ in range(h.more)
    ]
    materials = "\n".join(f"{n}　{w('material.other', 200)}" for n in ("資料2", "資料3", *numbers))
    free = (io.BytesIO("参考".encode()), f"資料4　{w('material.file', 100, without=NAMES)}.txt")
    h.do(
        office,
        "/referrals/new",
        "/referrals/new",
        {
            "council": "1",
            "title": w("referral.title"),
            "rounds": [REF],
            f"n-{REF}": w("material.number", 20),
            "others": materials,
            "free": free,
            "document_number": w("referral.number"),
        },
    )
    h.work()


def _sit(h: House, w: Words) -> None:
    office = h.person("office")
    h.do(office, "/councils", "/councils", {"name": w("council"), "quorum": "2"})
    members = [w("member", 60) for _ in range(3)]
    for name in [*members, *(w("member", 60) for _ in range(h.more))]:
        h.do(
            office,
            "/councils",
            "/councils/1/members",
            {"name": name, "title": w("member.title", 30), "since": "2023-12-01"},
        )
    h.do(office, "/councils", "/councils/1/accounts", {"account": "chair"})
    if (
        not w.printed
    ):  # letters that no typeface of ours has are not printed; everything else goes on
        about = [
            {"number": w("material.number", 20), "title": "", "key": KEY},
            {"number": "2", "title": w("material.other")},
        ]
        about += [
            {
                "number": w.alone("material.number", 20) or w("material.number", 20),
                "title": w("material.other"),
            }
            for _ in range(h.more)
        ]
        referrals.refer(
            h.wp,
            By("office", "secretariat", h.now),
            1,
            [REF],
            referrals.NewReferral(w("referral.title"), about),
        )
    else:
        _refer(h, w)
    agenda: dict[str, str] = {}
    for i in range(3):
        agenda |= {
            f"title{i}": w("agenda.title"),
            f"referral{i}": "1" if i == 0 else "",
            f"closed{i}": w("agenda.closed") if i == 2 else "",
        }
    h.do(
        office,
        "/sittings/new",
        "/sittings/new",
        {
            "council": "1",
            "name": w("sitting.name"),
            "day": "2024-06-20",
            "opens": "13:30",
            "place": w("sitting.place"),
            **agenda,
        },
    )
    h.at("2024-06-20")
    office = h.person("office")
    h.do(office, "/sittings/1", "/sittings/1/attendance", {"present": members, "arrived1": "13:40"})
    door = h.do(office, "/sittings/1", "/sittings/1/door", {}, 200)
    tablet = Looked(h, h.staff)
    address = re.search(r"/t/[A-Za-z0-9_-]{43}", door.text_content())
    assert address and tablet.client.get(address.group()).status_code == 303
    plate = tablet.get("/plates").find_class("plate")[0].get("value")
    h.do(tablet, "/plates", "/plates", {}, pick={"member": plate})
    device = tablet.get("/plates").find_class("device")[0].find("strong").text
    h.do(office, "/sittings/1", "/sittings/1/plates", {}, pick={"device": device})
    page = tablet.get("/referrals/1")
    cards = sorted(
        {
            m.group()
            for a in page.iter("a")
            if (m := re.match(r"/referrals/1/cards/\d+", a.get("href") or ""))
        }
    )
    card = next(c for c in cards if h.shown in tablet.get(c).text_content())
    h.do(tablet, card, f"{card}/remarks", {"text": w("remark", PARAGRAPH, True)})
    h.do(
        tablet,
        card,
        f"{card}/proposals",
        {
            "before": "はじめの行。",
            "after": w("proposal.after", 1_000, True),
            "why": w("proposal.why", 1_000, True),
        },
    )
    h.do(
        h.person("chair"),
        "/referrals/1",
        "/referrals/1/remarks",
        {"text": w("remark.general", PARAGRAPH, True)},
    )
    h.do(
        h.person("drafter"),
        card,
        "/referrals/1/remarks/*/answer",
        {"text": w("answer", PARAGRAPH, True)},
    )
    h.do(
        office,
        "/referrals/1",
        "/referrals/1/remarks/*/answer",
        {"text": w("answer.general", PARAGRAPH, True)},
    )
    h.do(
        office,
        "/sittings/1",
        "/sittings/1/decide",
        {"kind": "了承", "note": w("verdict.note", PARAGRAPH, True)},
    )
    h.do(
        office,
        "/sittings/1",
        "/sittings/1/report",
        {"document_number": w("report.number"), "day": "2024-06-20"},
    )
    h.do(
        office,
        f"/rounds/{REF}",
        f"/rounds/{REF}/minor",
        {"reason": w("minor.reason", PARAGRAPH, True), "confirmed_by": w("minor.by")},
    )
    h.do(office, "/sittings/1", "/sittings/1/close", {"closes": "15:00", "observers": "2"})
    h.do(
        office,
        "/sittings/1",
        "/sittings/1/corrections",
        {"present": "0", "reason": w("correction.reason")},
        pick={"what": "attendance"},
    )
    h.do(
        office,
        f"/assessments/{KEY}/readers",
        f"/assessments/{KEY}/readers",
        {"who": "role:head", "reason": w("reader.reason", PARAGRAPH, True)},
    )


def _send(h: House, w: Words) -> None:
    h.at("2024-07-01")
    office = h.person("office")
    page = office.get(f"/rounds/{REF}/procedure")
    fields = [e for e in page.iter("input", "textarea") if "/" in (e.get("name") or "")]
    answers = {
        e.get("name"): w(
            "procedure", PARAGRAPH if e.tag == "textarea" else LINE, e.tag == "textarea"
        )
        for e in fields
    }
    h.do(office, f"/rounds/{REF}/procedure", f"/rounds/{REF}/procedure", answers)
    for ref in (REF, f"{KEY}-basic~{ROUND}"):
        h.do(
            office,
            f"/rounds/{ref}/change-table",
            f"/rounds/{ref}/change-table",
            {"published": "2024-07-10"},
        )
    h.do(
        office,
        f"/rounds/{REF}",
        f"/rounds/{REF}/emergency",
        {"emergency": w("emergency", PARAGRAPH, True)},
    )
    _overrule(h, w, "submit")
    if w.printed:
        h.do(
            office,
            f"/rounds/{REF}/submit",
            f"/rounds/{REF}/submit",
            {"document_number": w("submit.number"), "decided": "2024-06-25", "sure": "1"},
        )
        h.work()
    else:
        filing.submit(
            h.wp,
            By("office", "secretariat", h.now),
            [REF, f"{KEY}-basic~{ROUND}"],
            document_number=w("submit.number"),
            decided=date(2024, 6, 25),
        )
    h.at("2024-07-10")
    office = h.person("office")
    _overrule(h, w, "publish")
    h.do(office, f"/rounds/{REF}/publish", f"/rounds/{REF}/publish", {"day": "2024-07-10"})
    h.do(
        office,
        f"/rounds/{REF}",
        f"/rounds/{REF}/days",
        {"kind": "CITY_SITE", "day": "2024-07-11", "note": w("days.note")},
    )


def _overrule(h: House, w: Words, step: str) -> None:
    """Goes on over everything that may be gone over with a reason, one after the other."""
    office, page = h.person("office"), f"/rounds/{REF}/{step}"
    while True:
        asked = office.get(page).xpath("//form[contains(@action, '/overrule')]")
        if not asked:
            return
        mark = office.fields(asked[0])["mark"]
        action = urlsplit(asked[0].get("action")).path
        h.do(
            office,
            page,
            unquote(action),
            {"because": w("overrule.because", PARAGRAPH, True)},
            pick={"mark": mark},
        )
