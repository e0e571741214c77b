"""What a council may say of a document, in the city's words, and what each word does to the case
(規則第7条第4項・第5項: 意見を聴いた後に、提出する; which opinion it was is not asked).

Knows the words as data (`verdicts` of the rules). Must not know rows, nor who records them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HEARD = "heard"
CONTINUED = "continued"
SENT_BACK = "sent_back"
EFFECTS = (HEARD, CONTINUED, SENT_BACK)
# What was favourable, and what deferred, in rules that name verdicts as a mere list.
_FAVOURABLE = ("了承", "附帯意見を付して了承", "修正のうえ了承（会長一任）")
_DEFERRING = ("継続審議",)


@dataclass(frozen=True, slots=True)
class VerdictWord:
    """One word of a council. `effect`: heard (the opinion is given, the case goes on), continued
    (not given yet, the same case comes back to a sitting), sent_back (not given, the draft is
    written anew); `favours`: the city needs no decision of its own beside it; `chair`: the chair
    looks at a correction afterwards; `offered`: may be chosen now; `note`: what the council's own
    words with it are called, which then are needed; `sentence`: how the 答申書 says it; `whole`: it
    is said of a whole 諮問 whose documents each have a word of their own.
    """

    name: str
    effect: str = HEARD
    favours: bool = False
    chair: bool = False
    offered: bool = True
    note: str = ""
    sentence: str = ""
    whole: bool = False

    @property
    def heard(self) -> bool:
        """Whether the opinion is given."""
        return self.effect == HEARD

    @property
    def own_decision(self) -> bool:
        """Whether the city says by a decision of its own how it goes on."""
        return self.heard and not self.favours


def words(rules: Mapping[str, Any]) -> dict[str, VerdictWord]:
    """Every word of the rules by its name, in the city's order. Rules from before the words were
    data name a list, and beside it which of them pass and which defer."""
    given = rules["verdicts"]
    if isinstance(given, Mapping):
        lines = {name: dict(line) for name, line in given.items()}
    else:
        lines = {name: _of_list(name) for name in given}
    for name in rules.get("deferring_verdicts", ()):
        lines[name] = {**lines.get(name, {}), "effect": SENT_BACK}
    if "passing_verdicts" in rules:
        for name, line in lines.items():
            line["favours"] = name in rules["passing_verdicts"]
    return {name: _word(name, line) for name, line in lines.items()}


def _of_list(name: str) -> dict[str, Any]:
    return {
        "favours": name in _FAVOURABLE,
        "effect": SENT_BACK if name in _DEFERRING else HEARD,
    }


def _word(name: str, line: Mapping[str, Any]) -> VerdictWord:
    effect = line.get("effect", HEARD)
    return VerdictWord(
        name,
        effect if effect in EFFECTS else HEARD,
        bool(line.get("favours")),
        bool(line.get("chair")),
        bool(line.get("offered", True)),
        str(line.get("note", "")),
        str(line.get("sentence", "")),
        bool(line.get("whole")),
    )


def word(rules: Mapping[str, Any], name: str) -> VerdictWord:
    """A word by its name; one that no rule knows any more was an opinion that was heard."""
    return words(rules).get(name, VerdictWord(name, offered=False))


def offered(rules: Mapping[str, Any]) -> list[str]:
    """The words that may be chosen of a document now, in the city's order."""
    return [name for name, line in words(rules).items() if line.offered and not line.whole]


def offered_of_whole(rules: Mapping[str, Any]) -> list[str]:
    """The words that may be chosen now of a 諮問 with several documents: those of a document, said
    of all, and those that leave each document its own."""
    return [name for name, line in words(rules).items() if line.offered]


def favourable(rules: Mapping[str, Any]) -> list[str]:
    """The words beside which the city needs no decision of its own."""
    known = words(rules).items()
    return [name for name, line in known if line.heard and line.favours and not line.whole]
