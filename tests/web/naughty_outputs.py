"""Everything that can be fetched from a house: every page and file its links lead to, by
everyone, and the text out of each.

Knows how a kind of file is read. Must not know who wrote what.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import tempfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import docx
import openpyxl
from lxml import etree, html

from pia.web.office import offline

from .naughty import SIGNS
from .naughty_house import House, Looked, Resident, said

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def crawl(h: House, most: int = 1000) -> Counter[str]:
    """Opens all there is, at most so many files and three times as many pages of each kind, from
    where each person begins; how many of each kind were read, and in `h.wrong` what was not as
    typed."""
    counts: Counter[str] = Counter()
    done: set[str] = set()
    for who in ("office", "chair", "auditor", "admin"):
        page = Looked(h, h.staff, who)
        begin = (
            ["/referrals"]
            if who == "chair"
            else [
                "/",
                "/ledger",
                "/accounts",
                "/departments",
                "/councils",
                "/councils/1",
                "/import",
                "/jobs",
                "/compare",
            ]
        )
        _follow(h, page, [*begin, *([] if who == "chair" else _hidden(h))], done, counts, most)
    _follow(h, Resident(h), ["/"], set(), counts, most)
    return counts


def _hidden(h: House) -> list[str]:
    """Files that no page leads to by a link of its own."""
    from .naughty_house import KEY, REF

    return [
        *(f"/assessments/{KEY}/export.{f}" for f in ("json", "md", "html", "xlsx", "pdf")),
        *(f"/compare.{f}?old={KEY}@1&new={KEY}" for f in ("json", "html", "xlsx", "pdf")),
        *(f"/rounds/{REF}/change-table.{f}" for f in ("json", "csv", "xlsx", "pdf")),
        "/consultations/1/senders?look=1",
    ]


def _follow(
    h: House,
    page: Looked | Resident,
    waiting: list[str],
    done: set[str],
    counts: Counter[str],
    most: int,
) -> None:
    seen: Counter[str] = Counter()
    while waiting:
        url = waiting.pop(0)
        kind = page.kind(url)
        if (
            url in done
            or "size=" in url
            or "carrier=1" in url
            or seen[kind] >= (most if "." in kind else 3 * most)
            or (not h.words.printed and kind.endswith("pdf"))
        ):
            continue
        done.add(url)
        seen[kind] += 1
        answer = page.client.get(url)
        if answer.status_code in (403, 303):
            done.discard(url)
            continue
        if answer.headers.get("Content-Disposition"):
            _file(h, url, answer, counts)
            continue
        if answer.mimetype != "text/html":
            continue
        body = answer.get_data(as_text=True)
        made = html.document_fromstring(body)
        if answer.status_code != 200:
            refused = said(made)
            assert answer.status_code == 404 and (
                "PDF" in refused or ".pdf" in url or "docx" in url
            ), f"{url}: {answer.status_code} {refused[:300]}"
            counts[f"refused {url.split('?')[0].rsplit('.', 1)[-1]}"] += 1
            h.refused.append((url, refused))
            continue
        page.check(made, url)
        counts["page"] += 1
        waiting += [
            a.get("href").split("#")[0]
            for a in made.iter("a")
            if (a.get("href") or "").startswith("/")
        ]


def _file(h: House, url: str, answer: Any, counts: Counter[str]) -> None:
    sent = answer.headers["Content-Disposition"]
    match = re.fullmatch(r"attachment; filename\*=UTF-8''([A-Za-z0-9%_.~-]+)", sent)
    assert match, f"{url}: {sent}"
    name = unquote(match.group(1))
    h.heard(f"{url} name", [name])
    read(h, url, name, answer.get_data(), counts)


def read(h: House, where: str, name: str, body: bytes, counts: Counter[str]) -> None:
    """One file read as its kind is read by others."""
    kind = name.rsplit(".", 1)[-1]
    counts[kind] += 1
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(body)) as z:
            for inner in z.namelist():
                read(h, f"{where} {inner}", inner, z.read(inner), counts)
    elif kind == "pdf":
        counts["words in pdf"] += _paper(h, where, "".join(_pdf(body)))
    elif kind in _READ:
        counts[f"words in {kind}"] += h.heard(f"{where} {kind}", _READ[kind](body))


def _xlsx(body: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(body)) as z:
        for name in z.namelist():
            assert not name.startswith("xl/worksheets/sheet") or not etree.fromstring(
                z.read(name)
            ).findall(".//{*}f"), f"a formula in {name}"
            if name.startswith("xl/drawings/drawing"):
                yield "\n".join(
                    "".join(t.text or "" for t in p.iter("{*}t"))
                    for p in etree.fromstring(z.read(name)).iter("{*}p")
                )
    book = openpyxl.load_workbook(io.BytesIO(body))
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            for row in sheet.iter_rows(values_only=True):
                yield from (v for v in row if isinstance(v, str))


def _docx(body: bytes) -> Iterator[str]:
    document = docx.Document(io.BytesIO(body))
    out: list[str] = []
    for e in document.element.body.iter():
        out.append(
            {"p": "\n", "br": "\n", "tab": "\t", "noBreakHyphen": "-", "t": e.text or ""}.get(
                str(e.tag).removeprefix(_W), ""
            )
            if str(e.tag).startswith(_W)
            else ""
        )
    yield re.sub("^\n", "", "".join(out))


def _csv(body: bytes) -> Iterator[str]:
    text = body.decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            assert not cell.startswith(DANGEROUS), f"a formula in Excel: {cell[:40]!r}"
            yield cell


def _json(body: bytes) -> Iterator[str]:
    def every(x: Any) -> Iterator[str]:
        if isinstance(x, str):
            yield x
        elif isinstance(x, dict | list):
            for y in x.values() if isinstance(x, dict) else x:
                yield from every(y)

    yield from every(json.loads(body))


def _html(body: bytes) -> Iterator[str]:
    page = html.document_fromstring(body.decode())
    # A page without a network has one script, our own, and fields to find words and pages by.
    for own in page.xpath("//script[string() = $ours] | //nav//input", ours=offline.script()):
        own.drop_tree()
    for own in page.xpath("//input[@data-page]"):
        own.drop_tree()
    assert not list(
        page.iter(
            "script", "iframe", "img", "form", "input", "textarea", "template", "math", "object"
        )
    )
    assert not [a for e in page.iter() for a in e.attrib if a.startswith("on")]
    yield said(page)


def _pdf(body: bytes) -> Iterator[str]:
    if shutil.which("pdftotext") is None:
        return
    with tempfile.TemporaryDirectory(prefix="pia-words-") as folder:
        file = Path(folder) / "a.pdf"
        file.write_bytes(body)
        yield subprocess.run(
            ["pdftotext", "-raw", "-nopgbrk", "-enc", "UTF-8", str(file), "-"],
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout.decode()


def _seen(text: str) -> str:
    """What is to be seen of a text on paper: without spaces, line ends, and letters that show
    nothing."""
    return "".join(
        c
        for c in unicodedata.normalize("NFKC", text)
        if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc", "Mn", "Co")
    )


def _paper(h: House, where: str, text: str) -> int:
    """A paper's columns and page ends stand between its words: each string of each word is
    looked for, whole or in two."""
    h.bare |= {s for many in h.words.bare.values() for s in many if _seen(s) in _seen(text)}
    seen, numbers = (
        _seen(text),
        {int(n) for n in re.findall(r"〔(\d{3})〕", text)}
        | {SIGNS.find(c) for c in re.findall("〘(.)", text)} - {-1},
    )
    for n in numbers:
        h.shown_words.add(n)
        for typed in map(_seen, re.split("、|\n", h.words.kept[n])):
            if (
                typed not in seen
                and not any(typed[:k] in seen and typed[k:] in seen for k in range(1, len(typed)))
                and not _cut(n, text)
            ):
                h.wrong.append(f"{where} 〔{n:03d}〕 {typed!r} is not on paper")
    return len(numbers)


def _cut(n: int, text: str) -> bool:
    """Whether a word is only named in this paper, cut short."""
    return all(
        re.match(r"[^〔]*(…|\.\.\.|委員|」)", part)
        for part in re.split(f"〔{n:03d}〕|〘{SIGNS[n]}", text)[1:]
    )


_READ = {
    "xlsx": _xlsx,
    "docx": _docx,
    "csv": _csv,
    "json": _json,
    "html": _html,
    "md": lambda body: iter([body.decode()]),
}
