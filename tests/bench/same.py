"""Whether two states of the code say the same: `python -m tests.bench.same OUT.json` writes what
every page and every file of the played case says to everybody who works in it; `python -m
tests.bench.same ONE.json OTHER.json` names what differs.

Knows links: it begins at `/` as each person and opens whatever is linked. A page is its words,
fields and links in their order; a document written out as HTML, also one in a 一式, is its words
in their order; any other file is its bytes. Must not know routes: addresses that moved are
compared by where a redirect leads.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections import Counter, deque
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import html

from pia import config
from pia.web import moved
from pia.web.application import create_app
from tests import shared
from tests.conftest import NOW
from tests.web.client import PageClient

PEOPLE = ("mizukoshi", "morishita", "kurokawa", "mitamura", "makabe", "sagara")
CHANGING = {"csrf_token", "_request"}  # drawn anew for each page
MOST = 400  # pages and files a person


def said(page: html.HtmlElement) -> list[str]:
    """The words, fields and links of a page in their order, white space apart."""
    lines: list[str] = []
    for element in page.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            continue
        name = element.get("name")
        if element.tag in ("input", "select", "textarea", "button") and name not in CHANGING:
            lines.append(f"{element.tag} {name} {element.get('type')} {element.get('value')}")
        if element.tag == "a":
            lines.append(f"to {element.get('href')}")
        for text in (element.text, element.tail):
            if text and text.strip() and name not in CHANGING:
                lines.append(re.sub(r"\s+", " ", text).strip())
    return lines


def words(document: html.HtmlElement) -> list[str]:
    """The words of a document in their order, white space apart: what somebody reads of it."""
    read: list[str] = []
    for element in document.iter():
        is_read = isinstance(element.tag, str) and element.tag not in ("script", "style")
        for text in (element.text if is_read else None, element.tail):
            read += (text or "").split()
    return read


def file_words(body: bytes, kind: str) -> dict[str, Any]:
    """What is compared of a file: the words of a document, else the SHA-256 of its bytes; of a
    ZIP that of each part."""
    if kind == "text/html":
        return {"words": words(html.document_fromstring(body.decode("utf-8")))}
    if kind != "application/zip":
        return {"sha256": sha256(body).hexdigest()}
    parts = {}
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        for name in packed.namelist():
            part = "text/html" if name.endswith(".html") else ""
            parts[name] = file_words(packed.read(name), part)
    return {"parts": parts}


def crawl(client: PageClient) -> dict[str, Any]:
    """Address → its status and words (a page) or SHA-256 (a file), breadth first from `/`."""
    seen: dict[str, Any] = {}
    waiting = deque(["/"])
    while waiting and len(seen) < MOST:
        address = waiting.popleft()
        if address in seen:
            continue
        answer = client.client.get(address)
        shown: dict[str, Any] = {"status": answer.status_code, "kind": answer.mimetype}
        seen[address] = shown
        if answer.status_code in (301, 302, 303, 308):
            shown["to"] = answer.headers["Location"]
            links = [answer.headers["Location"]]
        elif answer.mimetype == "text/html" and "attachment" not in answer.headers.get(
            "Content-Disposition", ""
        ):
            page = html.document_fromstring(answer.get_data(as_text=True))
            shown["says"] = said(page)
            links = [link for link in page.xpath("//a/@href | //iframe/@src | //img/@src")]
        else:
            shown |= file_words(answer.get_data(), answer.mimetype)
            links = []
        for link in links:
            parts = urlsplit(urljoin(address, link))
            if "size=" in parts.query:  # the same page in another type size
                continue
            if parts.netloc in ("", "localhost") and parts.scheme in ("", "http"):
                target = parts.path + (f"?{parts.query}" if parts.query else "")
                # What is written out as HTML is looked at however many pages there are.
                is_document = parts.path.endswith(".html")
                (waiting.appendleft if is_document else waiting.append)(target)
    return seen


def written() -> dict[str, Any]:
    """What everybody is shown of the whole case."""
    folder = Path(tempfile.mkdtemp())
    shutil.copy(shared.played(papers=False), folder / "pia.db")
    workplace = shared.workplace_at(f"sqlite:///{folder / 'pia.db'}")
    app = create_app(workplace, config.load({}), lambda: NOW)
    shown = {}
    for person in PEOPLE:
        try:
            shown[person] = crawl(PageClient(app, person))
        except Exception as error:
            shown[person] = {"error": repr(error)}
    shown["nobody"] = crawl(PageClient(app))
    workplace.store.close()
    shutil.rmtree(folder)
    return shown


def moved_on(address: str) -> str:
    """An address as it is called now."""
    parts = urlsplit(address)
    path = moved.now(parts.path)
    if path is None or parts.netloc not in ("", "localhost"):
        return address
    return parts._replace(path=path).geturl()


def renamed(pages: dict[str, Any]) -> dict[str, Any]:
    """What an earlier state said, with its addresses as they are called now."""
    renamed_pages = {}
    for address, shown in pages.items():
        if "says" in shown:
            lines = []
            for line in shown["says"]:
                is_link = line.startswith("to ")
                lines.append(f"to {moved_on(line[3:])}" if is_link else line)
            shown = {**shown, "says": lines}
        renamed_pages[moved_on(address)] = shown
    return renamed_pages


def changed_words(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    """The runs of words that differ, each as it was and as it is."""
    runs = SequenceMatcher(None, before, after, autojunk=len(before) > 20_000).get_opcodes()
    return [
        (" ".join(before[start:end]), " ".join(after[first:last]))
        for kind, start, end, first, last in runs
        if kind != "equal"
    ]


def document_differences(before: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What documents written out as HTML say otherwise: each run of words once, with the number
    of places and one of the documents."""
    documents: dict[str, tuple[list[str], list[str]]] = {}
    for person in {*before} & {*other}:
        earlier = renamed(before[person])
        for address in {*earlier} & {*other[person]}:
            pair = (earlier[address].get("words"), other[person][address].get("words"))
            if None not in pair:
                documents[address] = pair
    places: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], str] = {}
    for address, pair in sorted(documents.items()):
        for change in changed_words(*pair):
            places[change] += 1
            first.setdefault(change, address)
    lines = [f"{len(documents)} documents, {len(places)} runs of words differ"]
    for change, count in places.most_common():
        was, now = (words[:150] for words in change)
        lines.append(f"{count} {first[change]}: {was!r} → {now!r}")
    return lines


def differences(before: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """A line for every address that says something else, with the first words that differ."""
    lines = []
    before = {person: renamed(pages) for person, pages in before.items()}
    for person in sorted({*before, *other}):
        ours = before.get(person, {})
        theirs = other.get(person, {})
        for address in sorted({*ours, *theirs}):
            here = ours.get(address)
            shown_after = theirs.get(address)
            if here == shown_after:
                continue
            if here is None or shown_after is None:
                lines.append(f"{person} {address}: only {'after' if here is None else 'before'}")
                continue
            pairs = zip(here.get("says", []), shown_after.get("says", []))
            first = next(((a, b) for a, b in pairs if a != b), (here, shown_after))
            lines.append(f"{person} {address}: {str(first)[:300]}")
    return lines


def main(names: list[str]) -> int:
    """Write or compare; 1 where something differs."""
    if len(names) == 1:
        shown = written()
        Path(names[0]).write_text(json.dumps(shown, ensure_ascii=False), "utf-8")
        print({person: len(pages) for person, pages in shown.items()})
        return 0
    states = [json.loads(Path(name).read_text("utf-8")) for name in names]
    lines = differences(*states)
    print("\n".join(lines[:60]))
    print("\n".join(document_differences(*states)))
    print(f"{len(lines)} differ")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
