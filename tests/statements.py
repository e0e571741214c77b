"""Every sentence the product says by itself, collected from pages, papers, data and code;
`python -m tests.statements` writes the lists of docs/statements.md.

Knows how a sentence looks in each kind of file: Japanese words up to a 。, with what is filled
in shown as 〇. Must not know whether it is true: the document says for each place from which
record its sentences come and which test holds them to it.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pia
from pia import resources

HOME = Path(pia.__file__).parent
ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "statements.md"
_JAPANESE = re.compile(r"[ぁ-ん]")
_BLANK = "〇"
_HEAD = re.compile(r"^## `([^`]+)`$", re.MULTILINE)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each once, in order."""
    out: dict[str, None] = {}
    for line in text.split("\n"):
        for matches in re.findall(r"[^。]*。", line):
            flat = re.sub(r"\s+", " ", matches).strip(" 　・")
            flat = re.sub(rf"{_BLANK}(?:[ 　]*{_BLANK})+", _BLANK, flat)
            if _JAPANESE.search(flat) and len(flat) > 4:
                out[flat] = None
    return list(out)


def of_template(path: Path) -> list[str]:
    """The sentences of a page. A tag that stands within a sentence is dropped, one that ends a
    paragraph ends the line."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    spoken = re.findall(
        r'"([^"{}<>]*[ぁ-ん][^"{}<>]*。)"', text
    )  # hints and words handed to macros
    text = re.sub(r"\{%-?\s*(?:else|elif|endif|if|for|endfor)\b.*?%\}", "\n", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", _BLANK, text, flags=re.DOTALL)
    text = re.sub(r"</?(?:strong|span|a|small|code)\b[^>]*>", "", text)
    text = re.sub(r"<[^>]*>", "\n", text)
    return list(dict.fromkeys([*sentences(text), *sentences("\n".join(spoken))]))


def of_module(path: Path) -> list[str]:
    """The sentences of a module's strings, not of its docstrings (those are English)."""
    tree = ast.parse(path.read_text("utf-8"))
    inside = {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values}
    quiet = {
        id(n.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
    }
    found = []
    for n in ast.walk(tree):
        if isinstance(n, ast.JoinedStr):
            found.append(
                "".join(v.value if isinstance(v, ast.Constant) else _BLANK for v in n.values)
            )
        elif (
            isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in inside | quiet
        ):
            found.append(n.value)
    return sentences("\n".join(found))


def of_data(path: Path) -> list[str]:
    """The sentences of a data file, without its comments."""
    text = "\n".join(
        line for line in path.read_text("utf-8").split("\n") if not line.lstrip().startswith("#")
    )
    return sentences(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", _BLANK, text).replace('"', ""))


def collected() -> dict[str, list[str]]:
    """Place → its sentences, of every file that says any."""
    out: dict[str, list[str]] = {}
    for path in sorted(resources.folder("templates").rglob("*.html")):
        out[f"templates/{path.relative_to(resources.folder('templates'))}"] = of_template(path)
    for name in ("papers", "rules", "forms", "manual"):
        for path in sorted(resources.folder(name).glob("*.yaml")):
            out[f"pia/{name}/{path.name}"] = of_data(path)
    for path in sorted(resources.folder("manual").glob("*.md")):
        out[f"pia/manual/{path.name}"] = sentences(path.read_text("utf-8"))
    for path in sorted(HOME.rglob("*.py")):
        if "versions" not in path.parts:
            out[f"pia/{path.relative_to(HOME)}"] = of_module(path)
    return {place: said for place, said in out.items() if said}


def written() -> dict[str, tuple[str, str, list[str]]]:
    """Place → (from which record, which test, its sentences) as the document says."""
    text = FILE.read_text("utf-8")
    parts = _HEAD.split(text)[1:]
    out = {}
    for place, body in zip(parts[::2], parts[1::2]):
        record = re.search(r"^Record: (.*)$", body, re.MULTILINE)
        test = re.search(r"^Test: (.*)$", body, re.MULTILINE)
        said = re.findall(r"^- (.*)$", body, re.MULTILINE)
        out[place] = (record[1] if record else "", test[1] if test else "", said)
    return out


def write() -> None:
    known = written()
    text = _HEAD.split(FILE.read_text("utf-8"))[0].rstrip("\n")
    for place, said in collected().items():
        record, test, _ = known.get(place, ("", "", []))
        lines = "\n".join(f"- {x}" for x in said)
        text += f"\n\n## `{place}`\n\nRecord: {record}\nTest: {test}\n\n{lines}"
    FILE.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    write()
