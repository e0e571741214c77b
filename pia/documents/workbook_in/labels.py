"""What an official form prints as labels, in order, and how a cell's text is recognised as one of
them.

Knows the form, widths of letters, numbering and marks; no workbook geometry and no answers.
Comparing folds width and spaces (NFKC); stored text never.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded

_MARK = re.compile(r"[※*](\(.*\))?$")
_NUMBER = re.compile(
    r"^(?:[(\[]?別添\d*[)\]]?[.、:]?|リスク\d*[:.、]?|\(?\d{1,2}(?:[.、"
    r":)]|(?=[^\d.,人件年万]))|[IVX]{1,4}[.、:]?(?=[^A-Z])|[・･])"
)
_LOOSE = re.compile(r"[^\w]|_")
_LEGAL_ONLY = re.compile(r"【[^】]*】$")
OPTIONS = "＜選択肢＞"
# How options, boxes and their lists begin: printed by the form, nobody's words.
PRINTED = re.compile(r"\s*(?:[\[［\]］＜<]|[(（]?[0-9０-９]{1,2}[)）.．])")
FIGURE_LIST = "図中の文言一覧"
LIKE = 88.0  # per cent of letters in common with a label of another version
LIKE_NUMBERED = 65.0  # the same where the number agrees


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """One printed label. kind: title, part, head (of a repeated entry), item, group, note (may be
    absent: 項目一覧, second halves of labels).
    """

    index: int
    node: FormNode
    kind: str
    label: str
    number: str = ""
    prefix: str = ""  # of a numbered head: システム in システム1
    required: bool = True

    @property
    def printed(self) -> str:
        """Number and label as they stand in print."""
        return f"{self.number}{self.label}"


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """The run of tokens that one entry repeats; `alt` is a first child that may open an entry where
    its head is not printed again.
    """

    node: FormNode
    head: int
    end: int
    alt: int | None


@dataclass(frozen=True, slots=True)
class Match:
    """A label a text may be. `tail`: what follows the label in the same cell, a check mark or an
    entry's name; `like`: only nearly the label's wording.
    """

    token: int
    weight: float
    tail: str = ""
    like: bool = False


def loose(text: str) -> str:
    """A text without anything but letters and digits."""
    return _LOOSE.sub("", text)


def bare(text: str) -> str:
    """Folded text without mark, number and legal remark."""
    return _LEGAL_ONLY.sub("", _NUMBER.sub("", _MARK.sub("", text)))


def is_check(line: FormNode) -> bool:
    """A yes_no whose label is a box to tick: [　]委託しない."""
    return line.kind == "yes_no"


def is_hole(line: FormNode) -> bool:
    """A label with a gap for its answer: （　）件, （手数料額、納付方法：　）."""
    return line.kind != "yes_no" and line.answerable and bool(re.search(r"　[）)]", line.label))


def has_table(line: FormNode) -> bool:
    """Whether a group is a list with columns: 記録項目, 変更箇所."""
    return "table" in kinds_below(line)


def has_figure(line: FormNode) -> bool:
    """Whether a group is a figure of 別添1 with its title and remarks."""
    return "figure" in kinds_below(line)


def kinds_below(line: FormNode) -> set[str]:
    """The kinds of a group's own items."""
    return {child.kind for child in line.children}


def shared_roots(form: Form) -> set[str]:
    """The ids of the groups whose entries (one a ファイル) other parts share."""
    return {node.shares for node in form.walk() if node.shares}


def is_name(line: FormNode) -> bool:
    """The name of a repeated entry that is printed beside its head (委託事項1 ｜ name), not under a
    label of its own.
    """
    return bool(line.parents) and line.parents[-1].named_by == line.id and line.key == "0"


# Texts of cells whose labels are known: one reading asks for each several times.
_REMEMBERED = 10_000


class Script:
    """The labels of a form in printed order, with what is needed to find them again."""

    def __init__(self, form: Form):
        self.form = form
        self.tokens: list[Token] = []
        self.repeats: list[Repeat] = []
        self.of_node: dict[str, Token] = {}
        for part in form.parts:
            self._add(part, True)
        # Folded text → the labels it may be, and how surely.
        self._exact: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._bare: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._loose: dict[str, list[tuple[int, float]]] = defaultdict(list)
        counted = Counter(loose(folded(token.label)) for token in self.tokens)
        self._heads = []
        self._fuzzy = {}
        beginnings: list[str] = []
        for token in self.tokens:
            flat = loose(folded(token.label))
            if token.prefix:
                self._heads.append((_head_pattern(token.prefix), token))
                for number in range(1, 21):
                    beginnings.append(f"{folded(token.prefix)}{number}")
            elif len(flat) >= 5:
                self._fuzzy[token.index] = flat
            if token.kind != "head" or not token.prefix:
                self._index(token, 0.2 if counted[flat] == 1 else 0.0)
        self._sorted = sorted({*self._exact, *self._bare, *beginnings})
        self.longest = max(map(len, self._sorted), default=0)
        self._known: dict[str, list[Match]] = {}

    def _index(self, token: Token, bonus: float) -> None:
        """Enters a label by its texts: with its number and without; a heading's number must be
        there, unless there is none.
        """
        is_heading = token.kind in ("part", "title")
        full = 1.0
        if is_heading:
            full = 1.5
        lone = full
        if token.number:
            lone = 0.8
            if is_heading:
                lone = 0.5
        whole = folded(token.printed)
        alone = folded(token.label)
        for text in {whole, _LEGAL_ONLY.sub("", whole)}:
            self._exact[text].append((token.index, full + bonus))
            self._loose[loose(text)].append((token.index, full + bonus - 0.05))
        for text in {alone, _LEGAL_ONLY.sub("", alone)}:
            self._bare[text].append((token.index, lone + bonus))
            self._loose[loose(text)].append((token.index, lone + bonus - 0.05))

    def _token(
        self,
        line: FormNode,
        kind: str,
        label: str,
        number: str = "",
        prefix: str = "",
        required: bool = True,
    ) -> Token:
        token = Token(len(self.tokens), line, kind, label, number, prefix, required)
        self.tokens.append(token)
        return token

    def _add(self, line: FormNode, part: bool) -> None:
        """Enters the labels of a line of the form and of all below it, in printed order."""
        if is_check(line) or is_hole(line) or line.kind == "figure":
            return
        head = len(self.tokens)
        if line.repeated and "{" in line.label and "{n}" not in line.label:
            # Printed as the file's name: a new entry opens with its part's heading.
            head = self.of_node[line.parents[-1].id].index
        else:
            self._add_label(line, part)
        for entry in line.entries:
            number, _, label = entry.rpartition("　")
            self._token(line, "note", f"{number}{label}", required=False)
        for below in line.children:
            self._add(below, False)
        if line.repeated:
            first = self.of_node.get(line.named_by)
            alt = None
            if first and first.required:
                alt = first.index
            self.repeats.append(Repeat(line, head, len(self.tokens) - 1, alt))

    def _add_label(self, line: FormNode, part: bool) -> None:
        """Enters a line's own label: one token, or several where it is printed in parts."""
        if line.role == "cover":
            self._token(line, "title", self.form.printed_title, required=False)
            return
        parts = line.label_parts
        if line.repeated and "{n}" in line.label:
            prefix = line.label.replace("{n}", "")
            token = self._token(line, "head", line.label, prefix=prefix, required=False)
        elif line.kind == "group" and "／" in line.label:
            whole = line.label.replace("／", "")
            token = self._token(line, "group", whole, line.number, required=False)
            for piece in line.label.split("／"):
                self._token(line, "note", piece, required=False)
        elif parts:
            self._token(line, "group", parts[0], line.number, required=False)
            token = self._token(line, "item", parts[-1])
        else:
            must = not is_name(line) and line.role not in ("contents", "stamp")
            token = self._token(line, _kind(line, part), line.label, line.number, required=must)
        self.of_node[line.id] = token

    def around(self, index: int) -> list[Repeat]:
        """The repeats a token stands in, the outermost first."""
        around = [repeat for repeat in self.repeats if repeat.head <= index <= repeat.end]
        return sorted(around, key=lambda repeat: (repeat.head, -repeat.end))

    def known_prefix(self, text: str) -> bool:
        """Whether some label begins with this folded text."""
        at = bisect_left(self._sorted, text)
        return at < len(self._sorted) and self._sorted[at].startswith(text)

    def match(self, text: str) -> list[Match]:
        """The labels a cell's text may be, best first. Nothing for an ordinary answer."""
        known = self._known.get(text)
        if known is None:
            known = self._match(text)
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[text] = known
        return known

    def _match(self, text: str) -> list[Match]:
        for pattern, token in self._heads:
            head = pattern.match(text)
            if head and len(text) < 400:
                return [Match(token.index, 1.2, head.group(2).strip())]
        flat = folded(text[:600])
        tail = ""
        opened = re.search(r"[\[［](?=[\s　○〇◯●✓✔レ]*[\]］])", text)
        if opened and opened.start():
            flat = folded(text[: opened.start()])
            tail = text[opened.start() :]
        if not flat or len(flat) > self.longest + 30:
            return []
        weights: dict[int, float] = {}
        for index, weight in self._offers(flat):
            weights[index] = max(weights.get(index, 0.0), weight)
        matches = [Match(index, weight, tail) for index, weight in weights.items()]
        return sorted(matches, key=lambda match: -match.weight)

    def _offers(self, flat: str) -> Iterator[tuple[int, float]]:
        """The labels a folded text may be, each way it may be meant."""
        plain = _MARK.sub("", flat)
        for form_of in {flat, plain}:
            yield from self._exact.get(form_of, [])
            yield from self._bare.get(form_of, [])
        yield from self._loose.get(loose(plain), [])
        stripped = bare(flat)
        if stripped and stripped != plain:
            for index, weight in self._bare.get(stripped, []):
                yield index, weight - 0.2
            for index, weight in self._loose.get(loose(stripped), []):
                yield index, weight - 0.25

    def resembling(self, text: str) -> list[Match]:
        """Labels this text differs from in a few letters only: another version's wording."""
        whole = folded(text[:400])
        flat = loose(bare(whole))
        if not 5 <= len(flat) <= self.longest + 10:
            return []
        number = _NUMBER.match(whole)
        near = process.extract(
            flat, self._fuzzy, scorer=fuzz.ratio, score_cutoff=LIKE_NUMBERED, limit=8
        )
        matches = []
        for _, score, index in near:
            if score >= LIKE or _has_number(self.tokens[index], number):
                matches.append(Match(index, 0.5 * score / 100, like=True))
        return matches


def _kind(line: FormNode, part: bool) -> str:
    """The kind of a line's label: of a part of the form, of an item, of a group."""
    if part:
        return "part"
    if line.answerable:
        return "item"
    return "group"


def _has_number(token: Token, number: re.Match[str] | None) -> bool:
    """Whether a text's number is the label's."""
    return bool(number and token.number and folded(token.number) == number.group())


def _head_pattern(prefix: str) -> re.Pattern[str]:
    """システム1 and what follows it, of システム."""
    number_and_rest = r"\s*([0-9０-９]+)\s*(?:[:：]|[ 　\n]|$)\s*(.*)$"
    return re.compile(rf"^\s*{_spaced(prefix)}" + number_and_rest, re.S)


def _spaced(word: str) -> str:
    return r"\s*".join(map(re.escape, word))


@cache
def script(form: Form) -> Script:
    """The labels of a form; made once."""
    return Script(form)
