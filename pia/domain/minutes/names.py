"""Names of people as different hands write them: variant letters (髙橋, 高橋), letters that are
taken for one another, a slip of one letter, selectors of a glyph; in labels and in running text.

Knows letters only. Must not know who speaks. A name is never put right here: it is listed.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from ..text import variants
from .spoken import NearName, Speaker

# Letters that are read for one another on paper or heard for one another.
_LOOK_ALIKE = (
    "島鳥烏 崎埼 依衣 田由甲 吉古 鵜鶴鴨鵠 大太犬 土士 末未 千干 目日 白自 人入 木本 芝柴 "
    "長畏 員貝 局后 務矜 委季 会全 野埜 川河 橋橘 沼沿 井丼 原源 田畑 条粂 間問 池地 崎﨑"
)
# Letters so many family names share that sharing one says little.
COMMON = frozenset("田野山川本村井藤木口島原崎")
_CLUSTER = re.compile(rf".[\u0300-\u036f\u3099\u309a{variants.SELECTORS}]*", re.DOTALL)
_SELECTOR = re.compile(f"[{variants.SELECTORS}]")
_SUFFIXES = (
    "副会長|会長|委員長|委員(?!会)|議長|座長|部長|課長|係長|局長|室長|次長|所長|主査|主任|主事|参事"
    "|補佐|先生|さん|様|氏"
)
_SUFFIX = re.compile(_SUFFIXES)
_WIDE = {letter: letter - 0xFEE0 for letter in range(0xFF01, 0xFF5F)}
_LONGEST = 4  # letters of a family name


_LIKE: dict[str, set[str]] = defaultdict(set)
for _group in _LOOK_ALIKE.split():
    for _letter in _group:
        _LIKE[_letter] |= set(_group)


@lru_cache(maxsize=20_000)
def _fold(cluster: str) -> str:
    """One letter with its marks in one width, case and variant; empty for a space."""
    bare = unicodedata.normalize("NFKC", _SELECTOR.sub("", cluster)).casefold()
    return "".join(variants.ONE.get(letter, letter) for letter in bare if not letter.isspace())


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """The letters of a text in one width, case and variant, without spaces: equal where two hands
    write one name.
    """
    return "".join(map(_fold, _CLUSTER.findall(text)))


def folded_at(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its letters where in the text it came from."""
    out: list[str] = []
    where: list[int] = []
    for match in _CLUSTER.finditer(text):
        letters = _fold(match.group())
        out.append(letters)
        where += [match.start()] * len(letters)
    return "".join(out), where


def plain(text: str) -> str:
    """The letters as they are written, without spaces and in one width: two spellings of a name
    stay two.
    """
    return "".join(text.translate(_WIDE).split())


def is_slip(written: str, meant: str) -> bool:
    """Whether a folded name may be another with a slip: one letter, from seven letters on two."""
    most = 2 if len(meant) > 6 else 1
    if abs(len(written) - len(meant)) > 1 or min(len(written), len(meant)) < 2:
        return False
    return Levenshtein.distance(written, meant, score_cutoff=most) <= most


def is_look_alike(written: str, meant: str) -> bool:
    """Whether every letter in which two folded names of one length differ is one that is taken for
    the other.
    """
    if len(written) != len(meant):
        return False
    return all(left == right or right in _LIKE[left] for left, right in zip(written, meant))


def surname(speaker: Speaker) -> str:
    """The family name: up to the space of the full name, else what is printed without its title;
    empty where neither says it.
    """
    family, space, _ = speaker.name.replace("　", " ").strip().partition(" ")
    if space and family:
        return family
    for title in (speaker.title, "委員"):
        if title and speaker.printed.endswith(title) and speaker.printed != title:
            return speaker.printed.removesuffix(title)
    return ""


def near_names(
    lines: Sequence[str], roster: Sequence[Speaker], labels: Iterable[str] = ()
) -> Iterator[NearName]:
    """Names within the lines that are written otherwise than on the roster. `labels` are labels
    that were read as somebody near: their spelling is looked for in running text too.
    """
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    text = "\n".join(lines)
    letters, where = folded_at(text)
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for start, end, meant in (*_titled(letters, roster, labels), *_full(letters, roster)):
        last = _CLUSTER.match(text, where[end - 1])
        written = plain(text[where[start] : last.end() if last else len(text)])
        if written != plain(meant):
            places[written, meant].append(bisect_right(starts, where[start]))
    for (written, meant), numbers in places.items():
        yield NearName(written, meant, tuple(dict.fromkeys(numbers)))


def _titled(
    letters: str, roster: Sequence[Speaker], labels: Iterable[str]
) -> Iterator[tuple[int, int, str]]:
    """Where a family name stands before a title: start, end, and what it should say."""
    families: dict[str, str] = {}
    for speaker in roster:
        if family := surname(speaker):
            families.setdefault(folded(family), family)
    seen = {folded(label) for label in labels}
    for match in _SUFFIX.finditer(letters):
        at = match.start()
        before = letters[max(0, at - _LONGEST) : at]
        if any(before.endswith(family) for family in families):
            exact = max((x for x in families if before.endswith(x)), key=len)
            yield at - len(exact), match.end(), families[exact] + match.group()
            continue
        near = []
        for family in families:
            if _is_near(before[-len(family) :], family, match.group(), seen):
                near.append(family)
        if len(near) == 1:
            yield at - len(near[0]), match.end(), families[near[0]] + match.group()


def _is_near(written: str, family: str, title: str, seen: set[str]) -> bool:
    """Whether a family name in running text is one of the roster with a slip, and not merely
    another that shares a letter with it.
    """
    if written + title in seen and is_slip(written, family):
        return True
    if len(written) != len(family) or not all("㐀" <= letter <= "鿿" for letter in written):
        return False
    if is_look_alike(written, family):
        return True
    shared = [left for left, right in zip(written, family) if left == right]
    return len(shared) == len(family) - 1 and not COMMON.issuperset(shared)


def _full(letters: str, roster: Sequence[Speaker]) -> Iterator[tuple[int, int, str]]:
    """Where a full name of at least four letters stands, with at most one of them another."""
    names = {}
    for speaker in roster:
        if len(folded(speaker.name)) > 3:
            names[folded(speaker.name)] = plain(speaker.name)
    for name, meant in names.items():
        half = len(name) // 2
        starts = {match.start() for match in re.finditer(re.escape(name[:half]), letters)}
        for match in re.finditer(re.escape(name[half:]), letters):
            starts.add(match.start() - half)
        for start in sorted(starts):
            written = letters[max(0, start) : start + len(name)]
            slips = sum(left != right for left, right in zip(written, name))
            if len(written) == len(name) and slips < 2 and (not slips or written not in names):
                yield start, start + len(name), meant
