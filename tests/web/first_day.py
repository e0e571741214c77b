"""The first day of an invented city, 汐見市, from an empty database: its own published books as
workbooks, in the state such books are found in.

Knows what each book says and where it belongs. Everything in it is invented.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pia import forms
from pia.actions import jobs
from pia.actions.people import registration
from pia.actions.workplace import Workplace
from pia.documents.text import interchange
from pia.documents.workbook_out import writer
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.document.tree import Tree
from tests.web.second_story import Town

MAYOR, BOARD = "汐見市長", "汐見市教育委員会"
NOW = datetime(2026, 12, 28, 9, 5, tzinfo=JST)
STAMPS = {
    "all_item": "all_item@平成30年5月",
    "key_item": "key_item@平成30年5月",
    "basic_item": "basic_item@平成31年1月",
}
OFFICE_ITEM = {"all_item": "I/7/1", "key_item": "I/6/1", "basic_item": "I/5/1"}
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
        if self.kind == "all_item":
            said["II/f/1"] = "台帳ファイル"
            said["II/f/6/1"] = "＜本市における措置＞\n施錠した書庫に置く。"
        form = forms.load(STAMPS[self.kind])
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


def city(affairs: int) -> list[tuple[str, Book]]:
    """(file name, book) of two books for each of so many affairs, each kind named as cities name
    them."""
    books = []
    for index in range(affairs):
        name, department = SUBJECTS[index % len(SUBJECTS)]
        if index >= len(SUBJECTS):
            name = name.replace("に関する事務", f"（その{index // len(SUBJECTS) + 1}）に関する事務")
        number = str(index + 1)
        year = 3 + index % 4
        higher = "all_item" if index % 3 else "key_item"
        word = forms.KIND_NAMES[higher]
        dated = f"令和{year}年{1 + index % 12}月{1 + index % 28}日"
        about = {"department": department, "published": dated}
        books.append((f"{number}_{name[:4]}_基礎.xlsx", _basic(number, name, about)))
        books.append(
            (f"{number}_{name[:4]}.xlsx", Book(higher, number, f"{name}　{word}", **about))
        )
    return books


def _basic(number: str, name: str, about: dict[str, str]) -> Book:
    return Book("basic_item", number, f"{number}　{name}（基礎項目評価書）", **about)


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
