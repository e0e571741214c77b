"""Files made to burst whoever opens them: packed to nothing and unpacked to gigabytes, cells at the
end of the world, merges over everything, a million of anything. Each is refused with one sentence,
and neither the child nor the server itself takes more than so much memory or time.

Files as strangers send them; the honest ones are of tests/documents.
"""

from __future__ import annotations

import argparse
import io
import os
import pickle
import resource
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pia.documents.ooxml import package
from pia.documents.workbook_in import reader
from pia.domain.errors import PiaError
from tests.documents.books import parts
from tests.documents.test_guard import REFUSED, a_book, changed, merged, sheet

from .defences import without

# What one file may cost: megabytes of memory more than before it, and seconds of CPU.
MOST_MEMORY = 512
MOST_SECONDS = 5
# A bomb is given up after so many seconds: it has shown what it does.
ENDS = 12


def _deflated(name: str, size: int) -> bytes:
    """An honest workbook with one part that unpacks to so many bytes of nothing."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, body in parts(a_book()).items():
            archive.writestr(part, body)
        with archive.open(name, "w", force_zip64=True) as out:
            for _ in range(size >> 20):
                out.write(bytes(1 << 20))
    return made.getvalue()


def _lying(size: int) -> bytes:
    """A part whose length in the directory is a lie."""
    data = bytearray(_deflated("xl/media/image1.xml", size))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def _rows(number: int) -> bytes:
    return sheet("".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, number)))


def _merges(number: int) -> bytes:
    body = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1, number))
    text = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData/><mergeCells>{body}</mergeCells></worksheet>"
    )
    return changed(xl__worksheets__sheet1_dot_xml=text.encode())


def _strings(number: int) -> bytes:
    body = b"<si><t>\xe5\xad\x97</t></si>" * number
    kind = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return changed(xl__sharedStrings_dot_xml=kind + body + b"</sst>")


def _deep(number: int) -> bytes:
    return sheet("<row>" * number + "</row>" * number)


def _entities() -> bytes:
    body = '<!DOCTYPE a [<!ENTITY a "ああああああああああ">'
    for before, name in zip("abcdefgh", "bcdefghi"):
        body += f'<!ENTITY {name} "{f"&{before};" * 10}">'
    return changed(xl__sharedStrings_dot_xml=(body + "]><sst><si><t>&i;</t></si></sst>").encode())


def _many_parts(number: int) -> bytes:
    return package.pack(parts(a_book()) | {f"xl/media/{n}.xml": b"" for n in range(number)})


def _nested() -> bytes:
    inner = _deflated("xl/media/x.xml", 50 << 20)
    return package.pack(parts(a_book()) | {f"xl/embeddings/{n}.xlsx": inner for n in range(20)})


BOMBS: dict[str, Callable[[], bytes]] = {
    "a part of 200 MB": lambda: _deflated("xl/media/image1.xml", 200 << 20),
    "a part of 2 GB": lambda: _deflated("xl/media/image1.xml", 2 << 30),
    "a sheet of 100 MB": lambda: _deflated("xl/worksheets/sheet9.xml", 100 << 20),
    "a part that lies about its size": lambda: _lying(300 << 20),
    "bombs in a bomb": _nested,
    "a cell at the end": lambda: sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "a merge over everything": lambda: merged("A1:XFD1048576"),
    "a merge of columns": lambda: merged("A1:XFD60000"),
    "70,000 merges": lambda: _merges(70_000),
    "50,000 rows": lambda: _rows(50_000),
    "700,000 rows": lambda: _rows(700_000),
    "2,000,000 strings": lambda: _strings(2_000_000),
    "rows in rows": lambda: _deep(200_000),
    "a billion laughs": _entities,
    "3,000 parts": lambda: _many_parts(3_000),
    "60,000 parts": lambda: _many_parts(60_000),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a file cost whoever read it, and what was said of it."""

    memory: int
    seconds: float
    said: str


def _cost(data: bytes) -> Cost:
    """Reads a file in a process of its own, as a server does with a child of its own, and tells
    the cost of both together."""
    read_end, write_end = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if not process:
        os.close(read_end)
        resource.setrlimit(resource.RLIMIT_CPU, (ENDS, ENDS))
        before = _peak()
        said = ""
        try:
            reader.read(data)
        except PiaError as error:
            said = f"refused: {error}"
        except BaseException as error:  # whatever else is exactly what is looked for
            said = f"{type(error).__name__}: {error}"
        cost = Cost(_peak() - before, _spent(), said)
        os.write(write_end, pickle.dumps(cost))
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        body = answer.read()
    os.waitpid(process, 0)
    return pickle.loads(body) if body else Cost(0, ENDS, "killed")


def _peak() -> int:
    """Megabytes of the largest of this process and its children."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, child) >> 10


def _spent() -> float:
    own, child = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + child.ru_utime + child.ru_stime


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """At most `-n` files, no database: the bombs, then what is refused for other reasons."""
    made = {**BOMBS, **{name: bomb for name, (bomb, _) in REFUSED.items()}}
    names = list(made)[: args.n]
    costs = {name: _cost(made[name]()) for name in names}
    wrong = [f"{name}: {cost}" for name, cost in costs.items() if _bursts(cost)]
    return {
        "files": len(costs),
        "refused": sum(cost.said.startswith("refused") for cost in costs.values()),
        "most megabytes": max(cost.memory for cost in costs.values()),
        "most cpu seconds": round(max(cost.seconds for cost in costs.values()), 1),
        "which": wrong,
        "missed": len(wrong),
    }


def _bursts(cost: Cost) -> bool:
    """Whether a file cost too much, or anything but a sentence came of it."""
    is_told = not cost.said or cost.said.startswith("refused")
    return not is_told or cost.memory > MOST_MEMORY or cost.seconds > MOST_SECONDS


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Files that burst whoever opens them where nobody looks at them before and the child has no
    limits."""
    with without("files looked at", "limits of a child"):
        return int(_bursts(_cost(_deflated("xl/workbook.xml", 600 << 20))))
