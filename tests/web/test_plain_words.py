"""What people read on the pages of the played case: no key, brace, digest, address or name of an
act, and none of the product's own coinages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

import pia
from pia import config
from pia.actions.access import act_names
from pia.actions.workplace import Workplace
from pia.web.application import create_app

from ..conftest import NOW
from .client import PageClient

# What a person typed, and what stands behind a click for whoever asks for it.
LEFT_OUT = ("textarea", "script", "style", "svg", "option", "code")
CODED = re.compile(
    r"[a-z][a-z0-9-]*@\d+|[a-z0-9-]+~[a-z0-9-]+|\{[^}\n]{1,40}\}|\.ya?ml\b|file-[a-z0-9]+"
    r"|\b[0-9a-f]{12,}\b|\b[a-z]{4,}\.[a-z_]{2,}\b"
)
COINED = ("本線", "系統", "台紙", "受付箱", "端末の入口", "ひとこと", "印を見る", "起案添付一式")
# Names that are put together where they are written.
MADE = {"record.amended", "record.reinstated", "record.withdrawn"}
MOST = 45  # kinds of pages a person
# Addresses of mail are no names of ours.
WORDS_OF_PEOPLE = re.compile(r"[a-z.]+@?[a-z]*minamo\.example|minamo\.example")


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
        kind = re.sub(r"/items/.*|/earlier/.*", "/one", kind)
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


@pytest.mark.parametrize("person", ["mizukoshi", "morishita", "sagara", "mitamura"])
def test_pages_say_no_names_of_ours(played: Workplace, person: str) -> None:
    client = PageClient(create_app(played, config.load({}), lambda: NOW), person)
    told = []
    count = 0
    for address, page in _pages(client):
        count += 1
        words = _visible(page)
        told += [(address, match.group()) for match in CODED.finditer(words)]
        told += [(address, coined) for coined in COINED if coined in words]
    assert count > 5
    assert told == []


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
