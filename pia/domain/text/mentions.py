"""People named in a text with @: ＠柏木 亮太, @柏木, @kashiwagi.

Knows names as they are written. Must not know accounts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

_AT = re.compile(r"(?:^|(?<=[\s、。，．・：（(「『]))[@＠](?=[^\s@＠])", re.MULTILINE)
_SPACES = re.compile(r"[\s　]+")
_ENDS = re.compile(r"[\s、。，．・：）)」』]")


def spellings(name: str, shown: str) -> tuple[str, ...]:
    """How somebody may be named: by the name on pages, with its space or without, by the family
    name, by the sign-in name."""
    parts = _SPACES.split(shown.strip())
    return tuple(dict.fromkeys((shown, "".join(parts), parts[0], name)))


def named(text: str, people: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str]]:
    """(keys of the people a text names with @, the words behind an @ that name nobody or more than
    one). `people`: key → how that person may be named; the longest spelling that fits counts."""
    found: dict[str, None] = {}
    unknown = []
    for match in _AT.finditer(text):
        behind = text[match.end() :]
        fits = _fitting(behind, people)
        if len(fits) == 1:
            found[fits[0]] = None
        else:
            unknown.append(_ENDS.split(behind, maxsplit=1)[0][:20])
    return list(found), unknown


def _fitting(behind: str, people: Mapping[str, Iterable[str]]) -> list[str]:
    """Who is meant by the longest spelling a text begins with."""
    best = 0
    fits: list[str] = []
    for key, names in people.items():
        longest = max((len(name) for name in names if behind.startswith(name)), default=0)
        if longest > best:
            best = longest
            fits = []
        if longest and longest == best:
            fits.append(key)
    return fits
