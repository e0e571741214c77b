"""What people read on the pages of the played case: no key, brace, digest, address or name of an
act, and none of the product's own coinages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from lxml import html

import pia
from pia import config
from pia.actions.access import act_names
from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.web.application import create_app

from ..conftest import NOW
from .client import PageClient
from .test_corrections import umihara_until

# What a person typed, and what stands behind a click for whoever asks for it.
LEFT_OUT = ("textarea", "script", "style", "svg", "option", "code")
CODED = re.compile(
    r"[a-z][a-z0-9-]*@\d+|[a-z0-9-]+~[a-z0-9-]+|\{[^}\n]{1,40}\}|\.ya?ml\b|file-[a-z0-9]+"
    r"|\b[0-9a-f]{12,}\b|\b[a-z]{4,}\.[a-z_]{2,}\b|\b[a-z][a-z0-9]*(?:-[a-z0-9]+)+\b"
    r"|\b\d{4}-\d{2}-\d{2}\b|\b(?:all|key|basic)_item\b|\.(?:json|xlsx?|docx?|csv|zip)\b"
)
# Libraries by their names.
LISTED = ("/yearly/answers",)
COUNTED = re.compile(r"(?<!第)[0-9０-９]+ (?:件|人|回|行|冊)|[件人回]件|\b1人人")
COINED = (
    *("本線", "系統", "台紙", "受付箱", "端末の入口", "ひとこと", "印を見る", "起案添付一式"),
    *("起案一式", "提出用の一式"),
)
# Names that are put together where they are written.
MADE = {"record.amended", "record.reinstated", "record.withdrawn"}
MOST = 60  # kinds of pages a person
# Addresses of mail are no names of ours.
WORDS_OF_PEOPLE = re.compile(r"[a-z.]*@?[a-z]*\.example")


def _visible(page: html.HtmlElement) -> str:
    """What a page says beside what people wrote."""
    said = []
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        around = [element, *element.iterancestors()]
        hidden = any(each.tag in LEFT_OUT or "text" in _classes(each) for each in around)
        if not hidden:
            said.append(element.text or "")
        if not any(each.tag in LEFT_OUT or "text" in _classes(each) for each in around[1:]):
            said.append(element.tail or "")
    return WORDS_OF_PEOPLE.sub("", " ".join(said))


def _classes(element: html.HtmlElement) -> list[str]:
    return (element.get("class") or "").split()


def _pages(client: PageClient) -> Iterator[tuple[str, html.HtmlElement]]:
    """One page of each kind, from the first page on by its links."""
    seen: set[str] = set()
    waiting = ["/", "/referrals"]
    while waiting and len(seen) < MOST:
        address = waiting.pop(0)
        kind = re.sub(r"(?<=/)[^/?]*(\d|benefits|levy|medical)[^/?]*", "X", address.split("?")[0])
        kind = re.sub(r"/items/.*|/earlier/.*|/help/.*|/correction$", "/one", kind)
        if kind in seen or re.search(r"\.[a-z]{2,4}$|sign-out|/static", address.split("?")[0]):
            continue
        answer = client.client.get(address)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        seen.add(kind)
        page = html.document_fromstring(answer.get_data(as_text=True))
        yield address, page
        links = [link.get("href") or "" for link in page.iter("a")]
        waiting += [link.split("#")[0] for link in links if link.startswith("/")]


@pytest.mark.parametrize("person", ["mizukoshi", "morishita", "sagara", "mitamura", "makabe"])
def test_pages_say_no_names_of_ours(played: Workplace, person: str) -> None:
    assert said_of_ours(PageClient(create_app(played, config.load({}), lambda: NOW), person)) == []


@pytest.mark.parametrize("person", ["isobe", "hama"])
def test_nor_in_another_town(person: str, tmp_path: Path) -> None:
    """海原市 after its first publication, as a test of corrections makes it too."""
    town = umihara_until("publish", tmp_path)
    then = datetime(2025, 3, 1, 9, tzinfo=JST)
    assert said_of_ours(PageClient(create_app(town, config.load({}), lambda: then), person)) == []
    town.store.close()


def said_of_ours(client: PageClient) -> list[tuple[str, str]]:
    """(address, what stands there and is no word of people), of every kind of page."""
    told = []
    count = 0
    for address, page in _pages(client):
        count += 1
        words = _visible(page)
        coded = [] if address.startswith(LISTED) else CODED.findall(words)
        told += [(address, word) for word in [*coded, *COUNTED.findall(words)]]
        told += [(address, coined) for coined in COINED if coined in words]
    assert count > 5
    return told


def _names_of_acts() -> set[str]:
    """The names of acts in the program: what is written into the record, or noted for it."""
    names = set()
    for file in Path(pia.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("entry", "note", "system_entry"):
                said = [each.value for each in node.args if isinstance(each, ast.Constant)]
                names |= {word for word in said if _is_act(word)}
    return names


def _is_act(word: object) -> bool:
    return isinstance(word, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", word) is not None


def test_every_act_has_a_name_people_read() -> None:
    names = _names_of_acts()
    assert len(names) > 80
    without = [name for name in names if act_names.words(name) == name]
    assert without == []
    sources = "".join(
        file.read_text("utf-8")
        for file in Path(pia.__file__).parent.rglob("*.py")
        if file.name != "act_names.py"
    )
    gone = [name for name in act_names.ACTS if f'"{name}"' not in sources]
    assert set(gone) <= MADE, "a name of an act that is gone"
