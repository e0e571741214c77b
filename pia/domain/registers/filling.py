"""What a 評価書, or the notice of the same affair, says where 個人情報ファイル簿 has an item: words
a person may take over, each with where they stand (個人情報保護法第75条第1項).

Knows trees, forms and the table of items that say the same (`pia/rules/file-register.yaml`). What
is withheld is never offered. Must not know records, nor who takes anything over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..change.describe import citation, names
from ..content_checks.said import SaidAnswer, SaidItems, said
from ..document.form import Form
from ..document.marked import REDACTED
from ..document.texts import one_line, shown_of, text_of
from ..document.tree import Node, Tree
from .model import RegisterForm


@dataclass(frozen=True, slots=True)
class FileProposal:
    """Words for one item of the register (`role`). `words`: of a list one a line; `parts`: what is
    to be found in them one by one; `origin`: where they stand, in words; `hidden`: some of them are
    withheld, so that none is offered."""

    role: str
    words: str
    parts: tuple[str, ...]
    origin: str
    hidden: bool = False


def files(form: Form, tree: Tree, rules: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(key, name) of every ファイル of Ⅱ, in order; none for a form without Ⅱ."""
    answers = said(form, tree, rules["said"]).answers
    called = {each.keys[0]: one_line(each.text) for each in answers.get("ファイル名", ())}
    return [(each.keys[0], called.get(each.keys[0], "")) for each in answers.get("ファイル", ())]


def from_assessment(
    form: Form, tree: Tree, rules: Mapping[str, Any], file: str
) -> list[FileProposal]:
    """What a 評価書 says of one ファイル (its key; empty where the form has none)."""
    answers = said(form, tree, rules["said"])
    entries = names(form, tree)
    proposals = []
    for role, rule in rules["from_assessment"].items():
        found = list(_found(answers, rule, file))
        if not found:
            continue
        meant = rules.get("meant", {}).get(role, {})
        parts: list[str] = []
        lines = []
        for name, places in found:
            here = [part for place in places for part in _parts(tree.find(place.path))]
            here = [meant.get(part, part) for part in here]
            parts += here
            lines.append(f"{name}：{'、'.join(here)}" if len(found) > 1 else "\n".join(here))
        path = found[0][1][0].path
        hidden = any(REDACTED in part for part in parts)
        words = "" if hidden else "\n".join(lines)
        shown = () if hidden else tuple(parts)
        proposals.append(FileProposal(role, words, shown, citation(form, path, entries), hidden))
    return proposals


def _found(
    answers: SaidItems, rule: str, file: str
) -> Iterator[tuple[str, tuple[SaidAnswer, ...]]]:
    """(name, its places) of the first alternative that says anything: of this ファイル, or of the
    whole document."""
    for alternative in rule.split("|"):
        found = []
        for name in alternative.split("+"):
            places = []
            for place in answers.answers.get(name.strip(), ()):
                if not place.keys or place.keys[0] == file:
                    places.append(place)
            if places:
                found.append((name.strip(), tuple(places)))
        if found:
            yield from found
            return


def _parts(node: Node | None) -> list[str]:
    """What an answer lists: the last cell of each row, each option without its mark, else the whole
    text."""
    if node is None:
        return []
    if node.kind == "table":
        cells = [row.value["cells"][-1].strip() for row in node.leaves if row.value["cells"]]
        return [cell for cell in cells if cell]
    if node.kind == "choice_many":
        lines = shown_of(node).split("\n")
        return [line.partition("] ")[2].strip() for line in lines]
    if node.kind == "text":
        return [text_of(node).strip()]
    return [shown_of(node).strip()]


def says_published(form: Form, tree: Tree, rules: Mapping[str, Any]) -> tuple[bool, str] | None:
    """(whether a 評価書 says that 個人情報ファイル簿 is published, where); None where it does not
    say."""
    places = said(form, tree, rules["said"]).answers.get("簿の公表", ())
    node = tree.find(places[0].path) if places else None
    words = "".join(_parts(node))
    if not words or REDACTED in words:
        return None
    return "行っていない" not in words, citation(form, places[0].path, names(form, tree))


def from_notice(
    notice: RegisterForm, tree: Tree, rules: Mapping[str, Any], origin: str
) -> list[FileProposal]:
    """What the notice of the same affair says."""
    proposals = []
    for role, theirs in rules["from_notice"].items():
        line = notice.field(theirs)
        node = tree.find(line.path) if line is not None else None
        parts = [part for part in _parts(node) if part]
        if line is not None and parts:
            where = f"{origin}　{line.label}"
            proposals.append(FileProposal(role, "\n".join(parts), tuple(parts), where))
    return proposals
