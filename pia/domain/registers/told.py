"""What an act changed in a record, by field and in one line: 「記録項目：＋個人番号、－性別」.

Knows forms and trees; changes are found by `compare` and said by `describe`. Must not know records,
days or who wrote them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..change.compare import compare
from ..change.describe import DescribedChange, describe
from ..document.form import FormNode
from ..document.texts import one_line
from ..document.tree import Node, Path, Tree
from ..text.spans import spans
from .model import RegisterForm, choices, said

SHORT = 40  # letters of a text that is said whole
_AROUND = 8  # letters beside what changed in a longer one
_MOST = 3  # places of one field


@dataclass(frozen=True, slots=True)
class ToldField:
    """A field that changed: what it is called, before and after as a person reads them, and the
    difference in a few words."""

    id: str
    label: str
    before: str
    after: str
    words: str

    @property
    def sentence(self) -> str:
        """Field and difference: 記録項目：＋個人番号."""
        return f"{self.label}：{self.words}"


def told(form: RegisterForm, old: Tree, new: Tree) -> tuple[ToldField, ...]:
    """The fields in which two states of a record differ, in the order of the form; what stands in
    a field the form does not have any more comes last."""
    found = compare(old, new)
    changed: dict[Path, DescribedChange] = {}
    for described in describe(form.form, found, old, new):
        changed.setdefault(described.item_path, described)
    order = {line.path: index for index, line in enumerate(form.fields)}
    paths = sorted(changed, key=lambda path: order.get(path, len(order)))
    return tuple(_field(form, path, changed[path], old, new) for path in paths)


def _field(
    form: RegisterForm, path: Path, described: DescribedChange, old: Tree, new: Tree
) -> ToldField:
    line = form.form.at(path)[0]
    label = line.plain_label if line is not None else described.label
    before, after = old.find(path), new.find(path)
    words = _difference(line, before, after)
    return ToldField(described.item, label, said(before), said(after), words)


def _difference(line: FormNode | None, before: Node | None, after: Node | None) -> str:
    if line is not None and line.kind == "choice_many":
        return _choices(choices(before), choices(after))
    if line is not None and line.kind == "table":
        return _choices(said(before).splitlines(), said(after).splitlines())
    old, new = one_line(said(before)), one_line(said(after))
    if not old:
        return f"（記載なし）→{_cut(new)}"
    if not new:
        return f"{_cut(old)}→（記載なし）"
    if len(old) <= SHORT and len(new) <= SHORT:
        return f"{old}→{new}"
    return _places(old, new)


def _choices(before: Iterable[str], after: Iterable[str]) -> str:
    """What is ticked or listed and what no longer is; 並び where nothing but the order differs."""
    had, has = tuple(before), tuple(after)
    words = [f"＋{each}" for each in has if each not in had]
    words += [f"－{each}" for each in had if each not in has]
    return "、".join(words) or "並びだけの違い"


def _places(old: str, new: str) -> str:
    """The first places in which two longer texts differ, each with a few letters around it."""
    found = []
    gone = ""
    for span in spans(old, new):
        if span.op == "equal":
            gone = ""
            continue
        start = new[max(0, span.b0 - _AROUND) : span.b0]
        was, now = old[span.a0 : span.a1], new[span.b0 : span.b1]
        if span.op == "delete":
            gone = was
            found.append(f"…{start}「{_cut(was)}」を削除")
        elif gone and found:
            found[-1] = f"…{start}「{_cut(gone)}」→「{_cut(now)}」"
            gone = ""
        elif was and was != now:
            found.append(f"…{start}「{_cut(was)}」→「{_cut(now)}」")
        else:
            found.append(f"…{start}「{_cut(now)}」を追加")
    more = len(found) - _MOST
    words = "、".join(found[:_MOST])
    return f"{words}、ほか{more}か所" if more > 0 else words


def _cut(words: str) -> str:
    if len(words) > SHORT:
        return f"{words[:SHORT]}…"
    return words


def in_one_line(fields: Iterable[ToldField]) -> str:
    """All that changed, in one line; 変更なし for nothing."""
    return "／".join(field.sentence for field in fields) or "記載の変更なし"
