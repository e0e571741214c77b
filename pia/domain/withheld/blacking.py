"""Blacking out: places of a record's texts that are not disclosed, each with its ground, and what
of a text is proposed for it.

Knows texts and ranges of letters. Must not know which record a text is of, nor who decides. The
three kinds of ground stay apart: the city's 情報公開条例 (未確認), 規則第10条第1項・第2項
(非公表部分), and who somebody is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..text import personal
from ..text.folding import fold, found

ORDINANCE = "ORDINANCE"
RULE10 = "RULE10"
PERSON = "PERSON"
GROUNDS: Mapping[str, str] = {
    ORDINANCE: "情報公開条例の不開示情報",
    RULE10: "規則第10条第1項・第2項の非公表部分",
    PERSON: "個人の氏名・住所・連絡先",
}
SHORTEST = 2  # letters of words that are looked for beyond the place they are marked in
_ARTICLE = re.compile(r"第[0-9一二三四五六七八九十百]+条")


@dataclass(frozen=True, slots=True)
class TextRange:
    """Letters `begins` to `ends` (not with it) of the text named `name`, pinned by `mark`."""

    name: str
    mark: str
    begins: int
    ends: int

    def covers(self, other: TextRange) -> bool:
        """Whether the other lies inside it, in the same text."""
        same = (self.name, self.mark) == (other.name, other.mark)
        return same and self.begins <= other.begins and other.ends <= self.ends

    def meets(self, other: TextRange) -> bool:
        """Whether the two have letters in common."""
        same = (self.name, self.mark) == (other.name, other.mark)
        return same and self.begins < other.ends and other.begins < self.ends


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a record: its name and mark, where it stands in words, and what in it is withheld
    (規則第10条第1項・第2項): ranges with their lawful ground. `person`: the whole text is a name or
    an address."""

    name: str
    mark: str
    where: str
    text: str
    withheld: tuple[tuple[int, int, str], ...] = ()
    person: bool = False

    def place(self, begins: int, ends: int) -> TextRange:
        """A range of this text, in code points, half-open."""
        return TextRange(self.name, self.mark, begins, ends)

    @property
    def whole(self) -> TextRange:
        """All of it."""
        return self.place(0, len(self.text))


@dataclass(frozen=True, slots=True)
class BlackingProposal:
    """A place that may have to be blacked out: its ground, why it is proposed, and the mark whose
    words it repeats, if it does."""

    place: TextRange
    ground: str
    why: str
    of: TextRange | None = None

    @property
    def key(self) -> str:
        """Names the proposal in a form."""
        return f"{self.place.name}|{self.place.mark}|{self.place.begins}|{self.place.ends}"


def is_article(text: str) -> bool:
    """Whether words name an article as ordinances are cited: 第7条第1号."""
    return _ARTICLE.search(unicodedata.normalize("NFKC", text)) is not None


def places(text: Text, words: str) -> list[TextRange]:
    """Every place of a text that says these words, whatever their width and spaces."""
    ranges = []
    for begins, ends in found(text.text, words):
        ranges.append(text.place(begins, ends))
    return ranges


def proposals(
    texts: Sequence[Text], names: Sequence[str], secrets: Sequence[str]
) -> list[BlackingProposal]:
    """What is proposed of these texts: what is withheld and says so, the same words elsewhere, and
    names, addresses, numbers of persons. Of two that meet the first stays: in this order."""
    folded = fold("\n".join(text.text for text in texts))
    names = [name for name in names if fold(name) in folded]
    secrets = [word for word in secrets if fold(word) in folded]
    out: list[BlackingProposal] = []
    for text in texts:
        kept: list[BlackingProposal] = []
        for proposal in _of(text, names, secrets):
            if not any(x.place.meets(proposal.place) for x in kept):
                kept.append(proposal)
        out += sorted(kept, key=lambda x: x.place.begins)
    return out


def _of(text: Text, names: Sequence[str], secrets: Sequence[str]) -> Iterator[BlackingProposal]:
    for begins, ends, ground in text.withheld:
        yield BlackingProposal(
            text.place(begins, ends), RULE10, ground or "評価書で非公表とした部分"
        )
    if text.person and text.text.strip():
        yield BlackingProposal(text.whole, PERSON, "氏名・住所の欄")
    for word in secrets:
        for place in places(text, word):
            yield BlackingProposal(place, RULE10, "評価書で非公表とした言葉と同じ言葉")
    for find in personal.found(text.text):
        yield BlackingProposal(text.place(find.start, find.end), PERSON, personal.WORDS[find.kind])
    for name in names:
        for place in places(text, name):
            yield BlackingProposal(place, PERSON, "記録にある氏名・住所")


def repeats(texts: Sequence[Text], black: Mapping[TextRange, str]) -> list[BlackingProposal]:
    """The blacked-out words where they stand open still, each with the mark it repeats. `black`:
    place → ground."""
    words = words_under(texts, black)
    out: list[BlackingProposal] = []
    for text in texts:
        mine = []
        for mark in black:
            if (mark.name, mark.mark) == (text.name, text.mark):
                mine.append(mark)
        kept: list[BlackingProposal] = []
        for word, of in words.items():
            for place in places(text, word):
                done = any(x.covers(place) for x in mine)
                if not done and not any(x.place.meets(place) for x in kept):
                    kept.append(
                        BlackingProposal(place, black[of], "墨塗りにした言葉と同じ言葉", of)
                    )
        out += sorted(kept, key=lambda x: x.place.begins)
    return out


def words_under(texts: Iterable[Text], black: Iterable[TextRange]) -> dict[str, TextRange]:
    """The words under marks, line by line, longest first, each with its first mark; without single
    letters."""
    known = {}
    for text in texts:
        known[(text.name, text.mark)] = text.text
    marks: dict[str, TextRange] = {}
    for place in black:
        whole = known.get((place.name, place.mark), "")
        for line in whole[place.begins : place.ends].split("\n"):
            if len(line.strip()) >= SHORTEST:
                marks.setdefault(line.strip(), place)
    return dict(sorted(marks.items(), key=lambda x: (-len(x[0]), x[0])))


def pieces(text: Text, black: Iterable[TextRange]) -> list[tuple[str, TextRange | None]]:
    """The text in order: (words, None) where it is open, ("", place) where it is blacked out. Of
    marks that meet each has its box."""
    mine = []
    for blackout in black:
        if (blackout.name, blackout.mark) == (text.name, text.mark):
            mine.append(blackout)
    out: list[tuple[str, TextRange | None]] = []
    at = 0
    for place in sorted(mine, key=lambda x: (x.begins, -x.ends)):
        if place.begins > at:
            out.append((text.text[at : place.begins], None))
        if place.ends > at:
            out.append(("", place))
        at = max(at, place.ends)
    if at < len(text.text):
        out.append((text.text[at:], None))
    return out


def share(texts: Iterable[Text], black: Iterable[TextRange]) -> str:
    """What of a record is disclosed: "whole", "part" or "none" (nothing but blanks is open)."""
    some = False
    left = False
    marks = list(black)
    for text in texts:
        for words, place in pieces(text, marks):
            some |= place is not None
            left |= bool(words.strip())
    if not some:
        return "whole"
    if left:
        return "part"
    return "none"


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of letters of a text, under one mark, or one proposal, or open."""

    words: str
    black: TextRange | None = None
    proposed: BlackingProposal | None = None


def segments(
    text: Text, black: Iterable[TextRange], proposed: Iterable[BlackingProposal]
) -> tuple[Segment, ...]:
    """The whole text in order, cut where marks and proposals begin and end."""
    marks = []
    for place in black:
        if _is_of(place, text):
            marks.append(place)
    wishes = []
    for each in proposed:
        if _is_of(each.place, text):
            wishes.append(each)
    cuts = {0, len(text.text)}
    for place in (*marks, *(wish.place for wish in wishes)):
        cuts |= {place.begins, place.ends}
    pieces = []
    for begins, ends in pairwise(sorted(cuts)):
        piece = text.place(begins, ends)
        mark = _covering(marks, piece)
        wish = None
        if mark is None:
            wish = next((each for each in wishes if each.place.covers(piece)), None)
        pieces.append(Segment(text.text[begins:ends], mark, wish))
    return tuple(pieces)


def _covering(marks: Iterable[TextRange], piece: TextRange) -> TextRange | None:
    return next((mark for mark in marks if mark.covers(piece)), None)


def _is_of(place: TextRange, text: Text) -> bool:
    return (place.name, place.mark) == (text.name, text.mark)
