"""The first day of an invented city, 汐見市, from an empty database: its own published books as
workbooks, in the state such books are found in.

Knows what each book says and where it belongs. Everything in it is invented.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lxml import html
from sqlalchemy import select

from pia import forms
from pia.actions import jobs
from pia.actions.people import registration, sign_in
from pia.actions.workplace import Workplace
from pia.documents.text import interchange
from pia.documents.workbook_out import writer
from pia.domain import wareki
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.document.form import Form
from pia.domain.document.tree import Tree
from pia.store.rows.assessments import Assessment
from pia.store.rows.bodies import Affair, Department
from tests.web.client import PageClient
from tests.web.second_story import Town

MAYOR, BOARD = "汐見市長", "汐見市教育委員会"
NOW = datetime(2026, 12, 28, 9, 5, tzinfo=JST)
STAMPS = {
    "all_item": "all_item@平成30年5月",
    "key_item": "key_item@平成30年5月",
    "basic_item": "basic_item@平成31年1月",
}
OFFICE_ITEM = {"all_item": "I/7/1", "key_item": "I/6/1", "basic_item": "I/5/1"}
OWN_PASSWORD = "kaze to nami no oto 9ji"
MORE = "なし"  # the remarks of a book that is filled in from cover to cover
SAID = "本市では、取り扱う者を限り、記録を残し、定期に確かめる。"
SUBJECTS = (
    ("住民基本台帳に関する事務", "市民部戸籍住民課"),
    ("個人住民税の賦課に関する事務", "財務部市民税課"),
    ("固定資産税の賦課に関する事務", "財務部資産税課"),
    ("介護保険の資格管理に関する事務", "福祉部高齢介護課"),
    ("生活保護の決定に関する事務", "福祉部生活福祉課"),
    ("予防接種の記録に関する事務", "健康部保健予防課"),
    ("児童扶養手当の支給に関する事務", "こども部子育て支援課"),
    ("公営住宅の管理に関する事務", "都市部住宅課"),
)


def _whole(form: Form) -> dict[str, str]:
    """Something for every item of a form that takes a text, with one file."""
    said = {}
    for line in form.by_id.values():
        is_own = line.role or line.fixed_text or line.procedure
        if line.kind != "text" or not line.answerable or is_own or len(line.path) < 2:
            continue
        if line.repeated or any(parent.repeated for parent in line.parents):
            continue
        words = SAID * (1 if line.size == "short" else 4)
        said["/".join(line.path)] = f"{line.label}について、{words}"
    return said


@dataclass(frozen=True, slots=True)
class Book:
    """What a book says of itself."""

    kind: str
    number: str
    title: str
    body: str = MAYOR
    department: str = ""
    published: str = ""
    more: str = ""

    @property
    def tree(self) -> Tree:
        """Its text."""
        said = {
            "C/1": self.number,
            "C/2": self.title,
            "C/3": "汐見市は、特定個人情報を適切に取り扱うことを宣言する。",
            "C/4": self.more,
            "C/5": self.body,
            "C/7": self.published,
            "I/1/1": self.title.split("　")[0],
            "I/1/2": "対象者の情報を管理し、証明書と通知を交付する。",
            OFFICE_ITEM[self.kind]: self.department,
        }
        form = forms.load(STAMPS[self.kind])
        if self.more == MORE:
            said = _whole(form) | said
        pairs = [(tuple(path.split("/")), text) for path, text in said.items() if text]
        return items.build(form, pairs)

    def workbook(self) -> bytes:
        """It as a workbook, with nothing of where it came from."""
        tree = self.tree
        return writer.write(tree, forms.load(tree.form), title=self.title)

    def as_interchange(self) -> bytes:
        """It as an interchange file."""
        tree = self.tree
        return interchange.write(tree, title=self.title)


@dataclass(frozen=True, slots=True)
class Filed:
    """A book as it lies in the city's folder, and where it belongs."""

    file: str
    book: Book
    number: str
    name: str
    department: str
    published: date


def city(affairs: int) -> list[Filed]:
    """Two books for each of so many affairs, as cities have them: numbers in full width or missing,
    names with number and kind, departments by their short names."""
    filed = []
    for index in range(affairs):
        name, department = SUBJECTS[index % len(SUBJECTS)]
        if index >= len(SUBJECTS):
            name = name.replace("に関する事務", f"（その{index // len(SUBJECTS) + 1}）に関する事務")
        number = str(index + 1)
        day = date(2021 + index % 4, 1 + index % 12, 1 + index % 28)
        higher = "all_item" if index % 3 else "key_item"
        short = department.split("部")[-1]
        for kind, title, said in (
            ("basic_item", f"{number}　{name}（基礎項目評価書）", "" if index % 7 == 3 else number),
            (higher, f"{name}　{forms.KIND_NAMES[higher]}", _wide(number)),
        ):
            book = Book(kind, said, title, MAYOR, short, wareki.written(day), more=MORE)
            file = f"{number}_{short}_{forms.KIND_NAMES[kind]}.xlsx"
            filed.append(Filed(file, book, number, name, department, day))
    return filed


def _wide(number: str) -> str:
    return number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def people(count: int) -> str:
    """A list of so many people, one of them of the office, as the personnel section gives it."""
    rows = ["利用者名,氏名,役割,所属", "shiomi,潮見 薫,事務局,市民部戸籍住民課"]
    for index in range(count - 1):
        role = "所属長" if index % 5 == 0 else "担当者"
        rows.append(f"staff{index:03},職員 {index:03},{role},{SUBJECTS[index % len(SUBJECTS)][1]}")
    return "\n".join(rows) + "\n"


def departments() -> str:
    """The list of the departments."""
    return "所属\n" + "".join(f"{department}\n" for _, department in SUBJECTS)


def uploads(books: Iterable[tuple[str, Book]]) -> list[tuple[io.BytesIO, str]]:
    """Books as a form sends them."""
    return [(io.BytesIO(book.workbook()), name) for name, book in books]


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Files in a ZIP as programs on Japanese machines write it: names in Shift_JIS, unsaid."""
    out = io.BytesIO()
    said = []
    with zipfile.ZipFile(out, "w") as archive:
        for index, (name, body) in enumerate(files):
            word = name.encode("cp932")
            stand_in = f"stand-in-{index}-".ljust(len(word), "q")[: len(word)]
            said.append((stand_in.encode(), word))
            archive.writestr(stand_in, body)
    made = out.getvalue()
    for stand_in_bytes, word in said:
        made = made.replace(stand_in_bytes, word)
    return made


def begin(wp: Workplace) -> Town:
    """The house with its office and nothing else."""
    town = Town(wp)
    town.now = NOW
    root = By("cli", "administrator", NOW)
    for name, shown, role in (
        ("minato", "湊 つばさ", "administrator"),
        ("shiomi", "潮見 薫", "secretariat"),
    ):
        registration.add_account(wp, root, registration.NewAccount(name, shown, role, MAYOR))
    return town


def work(town: Town) -> None:
    """The worker does what waits."""
    while jobs.work_once(town.wp, "worker", lambda: town.now):
        pass


@dataclass
class Hands:
    """What an administrator and the office did: how often they clicked and how many fields they
    filled in."""

    clicks: int = 0
    fields: int = 0

    def open(self, page: PageClient, url: str) -> html.HtmlElement:
        """A link followed."""
        self.clicks += 1
        return page.get(url)

    def send(
        self, page: PageClient, url: str, values: dict[str, Any], to: str = "", status: int = 303
    ) -> html.HtmlElement:
        """A form filled in and its button pressed, on a page that is open."""
        self.clicks += 1
        self.fields += len(set(values) - {"what"})
        return page.post(url, to or url, values, status)

    def take(self, page: PageClient, url: str, values: dict[str, Any]) -> html.HtmlElement:
        """A list looked at and taken over."""
        shown = self.send(page, url, {**values, "what": "look"}, status=200)
        self.clicks += 1
        form = next(form for form in shown.iter("form") if form.get("action") == url)
        return page.send(url, page.fields(form) | {"what": "take"})


def play(wp: Workplace, filed: list[Filed], staff: int, seconds: Callable[[str], None]) -> Hands:
    """The first day from an empty database: body, departments, people, council, then all books with
    their days. `seconds` is told the name of each stage as it ends."""
    new = registration.NewAccount("minato", "湊 つばさ", "administrator", "")
    registration.add_account(wp, By("cli", "administrator", NOW), new)
    town = Town(wp)
    town.now = NOW
    hands = Hands()
    admin = town.person("minato")
    hands.open(admin, "/setup")
    hands.open(admin, "/setup/bodies")
    hands.send(admin, "/setup/bodies", {"name": MAYOR})
    hands.open(admin, "/setup/departments")
    sent = {"file": (io.BytesIO(departments().encode("cp932")), "課.csv"), "list": ""}
    hands.take(admin, "/setup/departments", sent)
    hands.open(admin, "/setup/people")
    sent = {"file": (io.BytesIO(people(staff).encode("cp932")), "職員.csv"), "list": ""}
    hands.take(admin, "/setup/people", sent)
    seconds("people")
    hands.open(admin, "/setup/passwords")
    hands.send(admin, "/setup/passwords", {}, status=200)
    seconds("passwords")
    hands.open(admin, "/setup/councils")
    council: dict[str, Any] = {"name": "汐見市個人情報保護審査会", "title-0": "会長"}
    council |= {"since": "2026-04-01", "until": "2028-03-31"}
    council |= {f"member-{index}": f"委員 {index + 1}" for index in range(8)}
    hands.send(admin, "/setup/councils", council)
    seconds("council")
    # The office signs in with the password it was handed and changes it.
    sign_in.set_password(wp, By("shiomi", "secretariat", NOW), "shiomi", OWN_PASSWORD)
    hands.clicks += 3
    hands.fields += 5
    office = town.person("shiomi")
    hands.open(office, "/")
    hands.open(office, "/import")
    books = uploads((one.file, one.book) for one in filed)
    hands.send(office, "/import", {"books": books}, "/import/books")
    seconds("sending")
    work(town)
    seconds("reading")
    hands.open(office, "/import/1")
    hands.send(office, "/import/1", {"what": "mark"})
    hands.send(office, "/import/1", {"what": "take"})
    seconds("table")
    work(town)
    seconds("taking")
    hands.open(office, "/import/1")
    hands.open(office, "/")
    return hands


def misplaced(wp: Workplace, filed: list[Filed]) -> list[str]:
    """The books that are not where they belong: in the affair of their number, with its name and
    department, published on their day; and what is there beside them."""
    found = {}
    with wp.store.read() as session:
        rows = session.execute(
            select(Assessment, Affair, Department)
            .join(Affair, Affair.id == Assessment.affair_id)
            .outerjoin(Department, Department.id == Affair.department_id)
            .where(Assessment.withdrawn.is_(None), Affair.withdrawn.is_(None))
        )
        for one, affair, office in rows:
            here = (affair.name, office.name if office else "", one.published)
            found[affair.number, one.kind] = here
    wrong = []
    for book in filed:
        there = found.pop((book.number, book.book.kind), None)
        if there != (book.name, book.department, book.published):
            wrong.append(f"{book.file}: {there}")
    return wrong + [f"beside: {key}" for key in found]
