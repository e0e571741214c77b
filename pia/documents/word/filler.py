"""A Word template filled with the facts of a case: checked first, in a sandbox, every value as
plain text, nothing left blank by mistake.

Knows docxtpl and jinja. Must not know where facts come from. A template with an unknown field or
broken writing is refused in one sentence, when it is registered and again when it is filled.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from ...domain.errors import PiaError
from ...papers import Wording
from ..ooxml.package import same_bytes
from . import reader, writer
from . import template as word_template

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.For,
    nodes.If,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.Compare,
)
_ALLOWED += (nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr)
NONE = "該当なし"
_DEEPEST = 3  # lists within lists; each makes the paper as many times longer as it has entries
_LOOP = {"index": "", "first": "", "last": "", "length": ""}


def template(words: Wording) -> bytes:
    """Our own template of a paper as a Word file."""
    return writer.write(word_template.sheet(words))


class _Template(DocxTemplate):
    """docxtpl without two habits: it turns {_{ in a person's text into {{, and mends broken XML by
    leaving things out.
    """

    def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> str:
        rendered = jinja_env.from_string(re.sub(r"<w:p([ >])", r"\n<w:p\1", src_xml)).render(
            context
        )
        # A blank brings its own brackets.
        rendered = re.sub("（（(\u3000+)））", r"（\1）", rendered)
        return str(self.resolve_listing(re.sub(r"\n<w:p([ >])", r"<w:p\1", rendered)))

    def fix_tables(self, xml: str) -> Any:
        etree.fromstring(
            xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
        return super().fix_tables(xml)

    def sources(self) -> Iterator[str]:
        """The text of every part that may hold fields, ready for jinja."""
        self.init_docx()
        yield self.patch_xml(self.get_xml())
        for uri in (self.HEADER_URI, self.FOOTER_URI):
            for _, part in self.get_headers_footers(uri):
                yield self.patch_xml(self.get_part_xml(part))


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


def check(data: bytes, words: Wording) -> None:
    """PiaError in one sentence when a template cannot be used for this paper."""
    reader.opened(data, f"{words.title}のひな形")
    env = _environment()
    try:
        for source in _Template(io.BytesIO(data)).sources():
            tree = env.parse(source)
            plain = re.sub(r"<[^>]+>", "", source)
            if "｛｛" in plain or "｝｝" in plain:
                raise PiaError(
                    f"{words.title}のひな形に、全角の ｛｛ ｝｝ があります。"
                    f"項目は半角の {{{{ }}}} で書いてください。"
                )
            _visit(tree, dict(words.fields), words)
    except TemplateError as error:
        raise PiaError(
            f"{words.title}のひな形の {{{{ }}}} や {{% %}} の書き方に誤りがあります（"
            f"{_near(str(error.message or ''))}"
            "）。Wordで開いて確かめてください。"
        ) from error


def _near(message: str) -> str:
    """What jinja found wrong, for someone who never heard of it."""
    named = re.search(r"'([^']+)'", message)
    if "unknown tag" in message and named:
        return f"「{named[1]}」の始まりがないか、使えない言葉です"
    if "end of template" in message or "Unexpected end" in message:
        return "始まったままで、終わり（endfor・endif）がありません"
    if "unexpected char" in message and named:
        return f"「{named[1]}」は使えない記号です"
    if named and "end of" not in named[1] and named[1] != "/":
        return f"「{named[1]}」の辺り"
    return "{{ }} や {% %} の中が終わっていません"


def _visit(n: nodes.Node, scope: Mapping[str, Any], words: Wording, deep: int = 0) -> None:
    if not isinstance(n, _ALLOWED):
        raise PiaError(
            f"{words.title}のひな形に、使えない書き方（{type(n).__name__}）があります。"
            f"{{{{ 項目 }}}}、{{%p for %}}、{{%p if %}} だけが使えます。"
        )
    if isinstance(n, nodes.For):
        entries = _field(n.iter, scope, words)
        if not isinstance(entries, Mapping) or not isinstance(n.target, nodes.Name):
            raise PiaError(
                f"{words.title}のひな形の {{% for %}} は、一覧の項目にだけ使えます。"
                f"使える項目は pia paper fields {words.name} で見られます。"
            )
        if deep >= _DEEPEST:
            raise PiaError(
                f"{words.title}のひな形で、{{% for %}} が{_DEEPEST + 1}"
                f"重になっています。{_DEEPEST}重までにしてください。"
            )
        inner = {**scope, n.target.name: entries, "loop": _LOOP}
        if n.test is not None:
            tested = (n.test,)
        else:
            tested = ()
        for x in (*tested, *n.body, *n.else_):
            _visit(x, inner, words, deep + 1)
        return
    if isinstance(n, (nodes.Name, nodes.Getattr, nodes.Getitem)):
        _field(n, scope, words)
        return
    for x in n.iter_child_nodes():
        _visit(x, scope, words, deep)


def _field(n: nodes.Node, scope: Mapping[str, Any], words: Wording) -> Any:
    """What a name stands for: a description, or the fields of a list's entries."""
    if isinstance(n, nodes.Name):
        if n.name not in scope:
            raise _unknown(n.name, words)
        return scope[n.name]
    if isinstance(n, nodes.Getattr) or (
        isinstance(n, nodes.Getitem) and isinstance(n.arg, nodes.Const)
    ):
        of = _field(n.node, scope, words)
        if isinstance(n, nodes.Getattr):
            name = n.attr
        else:
            name = str(n.arg.as_const())
        if not isinstance(of, Mapping) or name not in of:
            raise _unknown(name, words)
        return of[name]
    raise PiaError(
        f"{words.title}のひな形に、使えない書き方（{type(n).__name__}）があります。"
        "項目は名前で書いてください。"
    )


def _unknown(name: str, words: Wording) -> PiaError:
    return PiaError(
        f"{words.title}のひな形に、使えない項目「{name}」があります。使える項目は pia "
        f"paper fields {words.name} で見られます。"
    )


def _trim_end(body: Any) -> None:
    """Blank lines behind the last entry of a list go: they would come onto a page of their own."""
    while True:
        last = body[-2] if len(body) > 1 else None
        if last is None or last.tag != qn("w:p") or _holds(last):
            break
        body.remove(last)
    if last is not None and last.tag == qn("w:tbl"):
        last.addnext(writer.after_table())


def _holds(paragraph: Any) -> bool:
    """Whether a paragraph says or does anything."""
    if paragraph.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None:
        return True
    inside = (qn("w:t"), qn("w:br"), qn("w:drawing"), qn("w:pict"), qn("w:object"), qn("w:tab"))
    return any(True for _ in paragraph.iter(*inside))


def _say_none(table: Any) -> None:
    """A list without entries says so below its heads: rules alone say nothing."""
    rows = table.findall(qn("w:tr"))
    if not rows or any(row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is None for row in rows):
        return
    row = deepcopy(rows[-1])
    row.remove(row.find(qn("w:trPr")))
    first, *others = row.findall(qn("w:tc"))
    for cell in others:
        row.remove(cell)
    looks = first.get_or_add_tcPr()
    for name in ("w:shd", "w:tcW", "w:gridSpan"):
        for old in looks.findall(qn(name)):
            looks.remove(old)
    looks.grid_span = len(table.tblGrid.findall(qn("w:gridCol")))
    for paragraph in first.findall(qn("w:p")):
        first.remove(paragraph)
    first.add_p().add_r().text = NONE
    rows[-1].addnext(row)


def fill(data: bytes, words: Wording, facts: Mapping[str, Any]) -> bytes:
    """The filled Word file; equal input gives equal bytes. PiaError when the template cannot be
    used; nothing is made then.
    """
    check(data, words)
    template = _Template(io.BytesIO(data))
    try:
        template.render(dict(facts), _environment(), autoescape=True)
    except (TemplateError, etree.XMLSyntaxError, TypeError, ValueError) as error:
        raise PiaError(
            f"{words.title}のひな形に書き込めません（{{%p %}} や {{%tr "
            f"%}} の始まりと終わりが、別の段落や表に分かれていないか確かめてください）。"
        ) from error
    for table in template.docx.element.body.iter(qn("w:tbl")):
        _say_none(table)
    _trim_end(template.docx.element.body)
    writer.marked(template.docx)
    out = io.BytesIO()
    template.save(out)
    return same_bytes(out.getvalue())
