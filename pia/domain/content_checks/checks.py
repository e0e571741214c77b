"""The checks of content as the rules give them, and what they find in a document: what it says in
two places that cannot both be, what is missing beside what is said, what is worth a second look.

Knows the table of checks (`pia/rules/content-checks.yaml`) and what documents say. Must not know
who answered, nor what a city made of a check. Serves 番号法第28条第1項: what is assessed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ..canonical import canonical
from ..document.tree import Path
from ..errors import PiaError
from .conditions import BASIC, QUESTIONS, CheckScope, choices, lines, unknown_lines
from .said import Items, SaidItems

SEVERITIES = ("contradiction", "gap", "look")
_LONGEST = 40  # letters of an answer quoted in a sentence


@dataclass(frozen=True, slots=True)
class ContentCheck:
    """One line of the table. `each`: the repeated part it is asked of, entry by entry, empty for
    the whole document; `when`: name of an item → (question, what it is asked with); `pairs`: the
    names that stand for A and B, one pair after the other; `beside`: it holds the 基礎項目評価書
    against the document it belongs to. `certain`: it rests on a text that was read or on what the
    document says itself; where it does not, it never binds. `shown`: the names whose places are
    told, those of `when` where it is empty."""

    id: str
    name: str
    sentence: str
    severity: str
    certain: bool
    source: str
    each: str = ""
    when: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pairs: tuple[tuple[str, ...], ...] = ((),)
    beside: bool = False
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingPlace:
    """One side of what was found: an item, in the assessment `key`; in the document that was
    looked at where it is empty."""

    path: Path
    key: str = ""


@dataclass(frozen=True, slots=True)
class ContentFinding:
    """What a check found: where (the first place is where it is shown), in which words, and what
    stands there (`words`, a digest: other words are asked about again). `shared`: it is the same
    wherever in the city the same words stand against each other."""

    check: str
    places: tuple[FindingPlace, ...]
    sentence: str
    words: str
    shared: bool = False

    def fingerprint(self, key: str) -> str:
        """Names what was found in the document `key` with the words it was found in."""
        if self.shared:
            return sha256(canonical([self.check, self.words])).hexdigest()
        spots = [[list(place.path), place.key] for place in self.places]
        return sha256(canonical([self.check, key, spots, self.words])).hexdigest()


def digest_of(words: Any) -> str:
    """The digest of the words something was found in."""
    return sha256(canonical(words)).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class CheckTable:
    """The rules as a whole: the checks of a document, those of names between documents (`names`)
    and the hints of what is hard to read (`plain`), as data; `digest` names them as they are."""

    data: Mapping[str, Any]
    checks: tuple[ContentCheck, ...]
    by_id: Mapping[str, Mapping[str, Any]]
    digest: str

    @property
    def items(self) -> Items:
        """Name → kind of form → id of its item."""
        items: Items = self.data["items"]
        return items

    @property
    def names(self) -> Sequence[Mapping[str, Any]]:
        """The rules that compare names."""
        names: Sequence[Mapping[str, Any]] = self.data["names"]
        return names

    def is_hint(self, rule: str) -> bool:
        """Whether a rule is about how something is said, not what."""
        return any(one["id"] == rule for one in self.data["plain"])

    def can_bind(self, rule: str) -> bool:
        """Whether a city may make a rule binding: one that rests on what was read."""
        return rule in self.by_id and bool(self.by_id[rule].get("certain"))


def table(data: Mapping[str, Any]) -> CheckTable:
    """The rules of a file. PiaError where a line names a question or an item nobody knows."""
    checks = []
    for given in _each_example(data):
        check = _check(given)
        for wrong in _unknown(check, data["items"]):
            raise PiaError(f"内容の点検の表の {check.id} に、知らない言葉（{wrong}）があります。")
        checks.append(check)
    by_id = {one["id"]: one for part in ("checks", "names", "plain") for one in data[part]}
    return CheckTable(data, tuple(checks), by_id, digest_of(_as_text(data)))


def _each_example(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The checks as they are asked: the one about examples once for each item that has one."""
    for given in data["checks"]:
        if not given.get("examples"):
            yield given
            continue
        for name, words in data.get("examples", {}).items():
            yield {**given, "when": {name: {"repeats_text": words}}}


def _as_text(data: Any) -> str:
    """The rules as they are written, for their digest: a day in them is a text too."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, default=str)


def _check(given: Mapping[str, Any]) -> ContentCheck:
    return ContentCheck(
        id=given["id"],
        name=given["name"],
        sentence=given["sentence"],
        severity=given["severity"],
        certain=bool(given["certain"]),
        source=given["source"],
        each=given.get("each", ""),
        when=given["when"],
        pairs=tuple(map(tuple, given.get("pairs", [()]))),
        beside=any(name.startswith(BASIC) for name in given["when"]),
        shown=tuple(given.get("shown", ())),
    )


def _unknown(check: ContentCheck, items: Items) -> Iterator[str]:
    """What a check names that is not known: an item, a question, a severity."""
    if check.severity not in SEVERITIES:
        yield check.severity
    names = {name for pair in check.pairs for name in pair} | {check.each} - {""}
    names |= {*check.when, *check.shown} - {"A", "B"}
    for name in sorted(names):
        if name.removeprefix(BASIC) not in items:
            yield name
    for asked in check.when.values():
        for question in asked:
            if question not in QUESTIONS:
                yield question


def found(
    checks: Iterable[ContentCheck],
    document: SaidItems,
    thresholds: Mapping[str, Any],
    basic: SaidItems | None = None,
) -> tuple[ContentFinding, ...]:
    """What these checks find in a document; with `basic`, only what they find between the two,
    without it only what they find in the document alone."""
    out = []
    for check in checks:
        if check.beside == (basic is not None):
            out += list(_of_check(check, document, thresholds, basic))
    return tuple(out)


def _of_check(
    check: ContentCheck, document: SaidItems, thresholds: Mapping[str, Any], basic: SaidItems | None
) -> Iterator[ContentFinding]:
    if check.each and document.line(check.each) is None:
        return
    for scope in _scopes(check, document, thresholds, basic):
        for pair in check.pairs:
            named = dict(zip("AB", pair))
            asked = {named.get(name, name): ops for name, ops in check.when.items()}
            if _holds(scope, asked, named):
                yield _one(check, scope, asked, named)


def _scopes(
    check: ContentCheck, document: SaidItems, thresholds: Mapping[str, Any], basic: SaidItems | None
) -> Iterator[CheckScope]:
    if not check.each:
        yield CheckScope(document, basic, "", (), thresholds)
        return
    root = document.root(check.each)
    for entry in document.answers.get(check.each, ()):
        yield CheckScope(document, basic, root, entry.keys, thresholds)


def _holds(
    scope: CheckScope, asked: Mapping[str, Mapping[str, Any]], named: Mapping[str, str]
) -> bool:
    """Whether every question is answered with yes. Where the form lacks an item, or words of it
    are withheld, the check is silent."""
    for name in asked:
        if not scope.knows(name) or scope.is_hidden(name):
            return False
    for name, questions in asked.items():
        for question, arg in questions.items():
            if isinstance(arg, str):
                arg = named.get(arg, arg)
            if not QUESTIONS[question](scope, name, arg):
                return False
    return True


def _one(
    check: ContentCheck,
    scope: CheckScope,
    asked: Mapping[str, Mapping[str, Any]],
    named: Mapping[str, str],
) -> ContentFinding:
    shown = [named.get(name, name) for name in check.shown] or list(asked)
    places: dict[FindingPlace, None] = {}
    for name in shown:
        places.setdefault(_place(scope, name, asked.get(name, {})), None)
    words = []
    for name in asked:
        words.append([answer.text for answer in scope.answers(name)])
    sentence = _sentence(check, scope, asked, named)
    return ContentFinding(check.id, tuple(places), sentence, digest_of(words))


def _place(scope: CheckScope, name: str, questions: Mapping[str, Any]) -> FindingPlace:
    """Where an item stands: the answer that is meant, else the place it would have."""
    side, bare = scope.side(name)
    if side is None:
        return FindingPlace(())
    key = side.key if side is scope.basic else ""
    answers = scope.answers(name)
    wanted = set(questions.get("is", ()))
    meant = [answer for answer in answers if wanted & set(choices(answer.text))]
    for answer in (*meant, *answers):
        return FindingPlace(answer.path, key)
    return FindingPlace(
        side.path(bare, scope.root, scope.keys) if not key else side.path(bare), key
    )


def _sentence(
    check: ContentCheck,
    scope: CheckScope,
    asked: Mapping[str, Mapping[str, Any]],
    named: Mapping[str, str],
) -> str:
    """The words of a check with what the document says in the places of {}: {A}, {name}, {#name}
    for how many entries, {unknown} for what a list names and nothing is called."""
    sentence = check.sentence
    for short, name in named.items():
        label = scope.side(name)[1]
        sentence = sentence.replace(f"{{{short}}}", label)
    for name in asked:
        sentence = sentence.replace(f"{{{name}}}", _quoted(scope.text(name)))
        sentence = sentence.replace(f"{{#{name}}}", str(len(scope.answers(name))))
    if "{unknown}" in sentence:
        sentence = sentence.replace("{unknown}", "、".join(_unknown_of(scope, asked)[:3]))
    return sentence


def _unknown_of(scope: CheckScope, asked: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    for name, questions in asked.items():
        if "lists_unknown" in questions:
            return unknown_lines(scope, name, questions["lists_unknown"])
    return ()


def _quoted(text: str) -> str:
    first = next(iter(lines(text.replace("[○] ", ""))), "")
    if len(first) > _LONGEST:
        return f"{first[:_LONGEST]}…"
    return first
