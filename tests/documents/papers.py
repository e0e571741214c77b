"""What tests of papers share: text and places out of a PDF by other people's programs, and
pictures of every kind of paper for whoever wants to look."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts" / "papers"
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is missing: install poppler-utils"
)


def text(data: bytes, folder: Path, *args: str) -> str:
    (folder / "x.pdf").write_bytes(data)
    return subprocess.run(
        ["pdftotext", *args, str(folder / "x.pdf"), "-"], capture_output=True, check=True
    ).stdout.decode()


def letters(s: str) -> str:
    return re.sub(r"\s", "", s)


@dataclass(frozen=True, slots=True)
class Word:
    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


def words(data: bytes, folder: Path) -> tuple[list[tuple[float, float]], list[Word]]:
    """The sizes of the pages, and every word with its box (points, y downwards)."""
    raw = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text(data, folder, "-bbox"))
    sizes, out = [], []
    for n, page in enumerate(
        ElementTree.fromstring(raw).iter("{http://www.w3.org/1999/xhtml}page"), 1
    ):
        sizes.append((float(page.get("width", 0)), float(page.get("height", 0))))
        for w in page:
            a, b, c, d = (float(w.get(k, 0)) for k in ("xMin", "yMin", "xMax", "yMax"))
            out.append(Word(n, a, b, c, d, w.text or ""))
    return sizes, out


def keep(name: str, data: bytes, pages: str = "1-3") -> None:
    """The paper and pictures of some pages, in artifacts/papers (git does not know it)."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    (ARTIFACTS / f"{name}.pdf").write_bytes(data)
    if shutil.which("pdftoppm"):
        first, last = pages.split("-")
        subprocess.run(
            [
                "pdftoppm",
                "-r",
                "60",
                "-f",
                first,
                "-l",
                last,
                "-png",
                str(ARTIFACTS / f"{name}.pdf"),
                str(ARTIFACTS / name),
            ],
            check=True,
        )
