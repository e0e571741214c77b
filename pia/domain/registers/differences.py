"""個人情報ファイル簿 held against what a 評価書 or a notice says of the same file: item by item, in
a sentence. A difference is a question to people, never a breach of law.

Knows words. Must not know where they come from, nor who is to mend what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..text.notation import weighed
from .filling import FileProposal
from .model import RegisterForm

_NONE = ("なし", "無", "無し", "該当なし")


@dataclass(frozen=True, slots=True)
class FileDifference:
    """One item that is said otherwise. `field`: its id; `ours`, `theirs`: the words of both;
    `origin`: where theirs stand."""

    field: str
    label: str
    ours: str
    theirs: str
    origin: str
    sentence: str


def lines_of(words: str) -> list[str]:
    """What a list says, without lines that say there is nothing."""
    lines = [line.strip() for line in words.split("\n")]
    return [line for line in lines if line and line not in _NONE]


def differences(
    form: RegisterForm,
    ours: Mapping[str, str],
    theirs: Iterable[FileProposal],
    rules: Mapping[str, Any],
    other: str,
) -> list[FileDifference]:
    """Where both say something and not the same. `ours`: role → words of the register; `other`:
    what the other document is called."""
    found = []
    for proposal in theirs:
        how = rules["compared"].get(proposal.role)
        line = form.field(proposal.role)
        if how is None or line is None or proposal.hidden:
            continue
        words = ours.get(proposal.role, "")
        sentence = _sentence(how, line.label, words, proposal.parts, other)
        if sentence:
            found.append(
                FileDifference(
                    line.id, line.label, words, proposal.words, proposal.origin, sentence
                )
            )
    return found


def _sentence(how: str, label: str, ours: str, theirs: Sequence[str], other: str) -> str:
    """Empty where both say the same."""
    if how == "chosen":
        if not ours.strip() or weighed(ours) in [weighed(part) for part in theirs]:
            return ""
        return f"「{label}」の記載が、{other}と違います。"
    if not ours.strip():
        return f"「{label}」が書かれていません。{other}には書かれています。"
    match how:
        case "list":
            return _lists(label, lines_of(ours), theirs, other)
        case "parts":
            missing = [part for part in theirs if weighed(_core(part)) not in weighed(ours)]
            if missing:
                return f"{other}にある「{'」「'.join(missing)}」が、「{label}」にありません。"
            return ""
        case "within":
            whole = [weighed(ours), weighed("".join(theirs))]
            if min(whole, key=len) in max(whole, key=len):
                return ""
    if weighed(ours) == weighed("".join(theirs)):
        return ""
    return f"「{label}」の記載が、{other}と違います。"


def _core(part: str) -> str:
    """An option without the words in its brackets."""
    return part.partition("（")[0] or part


def _lists(label: str, ours: Sequence[str], theirs: Sequence[str], other: str) -> str:
    mine = {weighed(line) for line in ours}
    known = {weighed(line) for line in theirs}
    only_here = [line for line in ours if weighed(line) not in known]
    only_there = [line for line in theirs if weighed(line) not in mine]
    said = []
    if only_here:
        said.append(f"{other}にないもの：{'、'.join(only_here)}。")
    if only_there:
        said.append(f"ファイル簿にないもの：{'、'.join(only_there)}。")
    if not said:
        return ""
    return f"「{label}」が{other}と違います。{''.join(said)}"
