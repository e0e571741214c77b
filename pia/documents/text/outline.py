"""A document as plain text: every filled item under its number and label, for a terminal or a
Markdown reader.
"""

from __future__ import annotations

from ...domain.change.describe import label, names
from ...domain.document.form import OPEN, Form
from ...domain.document.items import shown_of
from ...domain.document.tree import LEAVES, Node, Path, Tree, walk
from ...domain.errors import PiaError
from ..figures import spoken


def lines(form: Form, tree: Tree) -> list[tuple[Path, str, str]]:
    """(path, label, text) of every filled item, in order."""
    named = names(form, tree)
    rows = []
    for path, node in walk(tree):
        if node.kind not in LEAVES and (node.content or node.leaves):
            rows.append((path, label(form, path, named), _shown(node)))
    return rows


def _shown(n: Node) -> str:
    """An answer as a person reads it: a table's rows one below the other, a figure in words."""
    if n.kind == "figure":
        return "\n".join(f"・{words}" for words in spoken(n)) or shown_of(n)
    if n.kind != "table":
        return shown_of(n)
    rows = []
    for leaf in n.leaves:
        mark = "（引継ぎ）" if leaf.value.get("inherited") else "・"
        rows.append(mark + "　｜　".join(leaf.value["cells"]))
    return "\n".join(rows)


def items(form: Form, tree: Tree, wanted: str) -> list[tuple[Path, str, str]]:
    """The items meant by II-6-1 (every ファイル's) or a path like II/file-nhi/6/1. PiaError when
    the form has none or the document leaves it empty.
    """
    everything = lines(form, tree)
    by_path = []
    for x in everything:
        if "/".join(x[0]) == wanted:
            by_path.append(x)
    if by_path:
        return by_path
    if wanted not in form.by_id and "/" not in wanted:
        raise PiaError(
            f"項目「{wanted}」は、この様式にありません。II-6-1 のように指定してください。"
        )
    below = []
    for x in everything:
        if (line := form.at(x[0])[0]) is not None and line.id == wanted:
            below.append(x)
    if not below:
        raise PiaError(f"項目「{wanted}」には、記載がありません。")
    return below


def text(form: Form, tree: Tree) -> str:
    """The whole document as plain text: a heading and its answer, one behind the other."""
    if form is OPEN:
        return "\n".join(body for _, _, body in lines(form, tree)) + "\n"
    head = f"{form.printed_title}［{form.stamp}　{form.number}］"
    answers = "\n\n".join(f"■ {words}\n{body}" for _, words, body in lines(form, tree))
    return f"{head}\n\n{answers}\n"


def markdown(form: Form, tree: Tree) -> str:
    """Headings by part, one paragraph per answer."""
    out = [f"# {form.printed_title}", ""]
    part = ""
    for path, words, body in lines(form, tree):
        if path[0] != part:
            part = path[0]
            line = form.by_id.get(part)
            out += [f"## {line.number}{line.label}" if line else f"## {part}", ""]
        out += [f"### {words}", "", body, ""]
    return "\n".join(out)
