"""The index of what was read (`pia/rules/law.yaml`) against the texts themselves, where they lie
beside the project.

Each place of the index is looked for in its article, in order: its lines must have the digest
that is written down, and nothing of the article may be left over before the next. Counts places,
wrong places and whole files whose bytes are others.
"""

from __future__ import annotations

import argparse
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from pia import rules

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "domain" / "law"
_HEAD = re.compile(r"\*\*第([一二三四五六七八九十百]+)条(?:の([一二三四五六七八九十]+))?\*\*")
_DIGITS = {letter: i for i, letter in enumerate("〇一二三四五六七八九")}
_LONGEST = 3  # lines of one place: itself, its 後段 or definition, its ただし書


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    if not FOLDER.is_dir():
        return {"missed": 0, "places": 0, "told": "the texts do not lie beside the project"}
    counts: dict[str, Any] = {"missed": 0, "places": 0, "which": []}
    for name, text in rules.load("law")["texts"].items():
        body = (FOLDER / text["file"]).read_bytes()
        wrong = [] if sha256(body).hexdigest() == text["digest"] else [f"{name}: the file"]
        wrong += [
            f"{name}{place}" for place in misread(articles(body.decode("utf-8")), text["places"])
        ]
        counts["places"] += len(text["places"])
        counts["missed"] += len(wrong)
        counts["which"] += wrong
    return counts


def number(kanji: str) -> int:
    """21 of 二十一."""
    out, here = 0, 0
    for letter in kanji:
        if letter in "十百":
            out += (here or 1) * (10 if letter == "十" else 100)
            here = 0
        else:
            here = _DIGITS[letter]
    return out + here


def articles(text: str) -> list[tuple[str, list[str]]]:
    """(第29条の4, its lines) in order. The copy sets bold a line that begins with the number of
    another article; such a line is a 項."""
    out: list[tuple[str, list[str]]] = []
    for raw in text.split("\n"):
        line = raw.strip()
        if line.startswith("---"):
            break
        if not line or line.startswith("<a id"):
            continue
        head = _HEAD.fullmatch(line)
        if head:
            more = f"の{number(head[2])}" if head[2] else ""
            out.append((f"第{number(head[1])}条{more}", []))
        elif out:
            out[-1][1].append(line.replace("**", ""))
    return out


def misread(found: list[tuple[str, list[str]]], places: dict[str, str]) -> list[str]:
    """The places whose lines do not stand where the index says."""
    wrong = []
    rest: list[str] = []
    last = ""
    for place, digest in places.items():
        article = re.match(r"(?:附則)?(第\d+条(?:の\d+)?)", place)
        assert article is not None
        name = place[: article.end()]
        if name != last:
            nth = 1 if name.startswith("附則") else 0
            of_name = [lines for head, lines in found if head == article[1] and lines]
            rest = list(of_name[nth]) if len(of_name) > nth else []
            last = name
        taken = next(
            (
                n
                for n in range(1, _LONGEST + 1)
                if sha256("\n".join(rest[:n]).encode()).hexdigest()[:16] == digest
            ),
            0,
        )
        if not taken:
            wrong.append(place)
        rest = rest[max(taken, 1) :]
    return wrong
