"""A transcript of a meeting read into speeches with speaker and agenda item. Nothing is lost: every
line stands in a speech, a direction, a heading, or among what was left, with the reason.

Knows the order in which lines are asked. Must not know files or how a name or an item is told.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import labels, names
from .items import Agenda, Turn
from .lines import RawLine, raw_lines
from .speakers import Speakers, Voice
from .spoken import CLOSING, OPENING, Item, Kind, Left, NearName, Reading, Speaker, Spoken

_BEFORE = "最初の発言より前にある行です。"
_COLUMNS = "表の見出しです。"
_SILENT = "発言者の後に発言がありません。"
_NO_VOICE = "発言者が書かれていません。"
_ENDS = tuple("。.？！?!」』）)】〕…")
_DIRECTION = re.compile(r"[〔［\[].*[〕］\]]|[（(][^（(]*(?:[（(][^）)]*[）)][^（(]*)*[）)]")
_OPEN = re.compile(r"〔[^〕]*")
_TAIL = re.compile(
    r"(〔[^〕]*〕|[（(][^（()）]*(?:声あり|者あり|挙手|拍手|入室|退室|着席)[^（()）]*[）)])$"
)
_COLUMN_HEADS = frozenset(("発言者発言内容", "発言者内容", "発言者発言", "氏名発言内容"))
_DIRECTION_LETTERS = 80
# A line of a list (1), ・, ※ is a paragraph, though no full stop ends it.
_LISTED = re.compile(
    r"[\s　]*(?:[(（][0-9０-９ア-ンa-z]{1,2}[)）]|[①-⑳・※●■□◆◇]|[0-9０-９]{1,2}[.．、])"
)
_MOST_JOINED = 4


def read(
    lines: Sequence[str],
    roster: Sequence[Speaker],
    items: Sequence[Item],
    known: Mapping[str, str] | None = None,
) -> Reading:
    """What the lines of a transcript say, by whom, and about which item.

    `known` maps a label the roster does not have (話者1) to what is printed for it.
    """
    by_roster = Speakers(roster, known)
    raw = raw_lines(lines, lambda text: labels.cut(text.strip(), by_roster) is not None)
    texts = [line.text for line in raw]
    frequent = labels.frequent(texts, any(line.cue for line in raw))
    speakers = Speakers(roster, known, frequent)
    speakers.settle(_voices(raw, speakers))
    reader = _Reader(speakers, Agenda(items), raw)
    reader.run()
    spoken = _agendaed(reader.entries, Agenda(items))
    entries = tuple(spoken)
    near = _near_names(entries, reader, lines, roster)
    left = tuple(sorted(reader.left, key=lambda left: left.line))
    return Reading(entries, left, near, tuple(reader.unknown.items()))


def _voices(raw: Sequence[RawLine], speakers: Speakers) -> list[Voice]:
    """Whom the labels of all lines mean, each line by itself."""
    voices = []
    for line in raw:
        found = None
        if line.voice:
            voices.append(speakers.sure(line.voice))
        elif line.text and not line.why:
            found = labels.cut(line.text, speakers)
        voices.append(found[0] if found else None)
    return [voice for voice in voices if voice is not None]


@dataclass(slots=True)
class _Entry:
    """A speech, direction or heading while it is read. `pieces` are (text, line, whether it begins
    a paragraph)."""

    kind: Kind
    item: str
    voice: Voice | None = None
    pieces: list[tuple[str, int, bool]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    doubts: tuple[str, ...] = ()


class _Reader:
    """Goes through the lines once."""

    def __init__(self, speakers: Speakers, agenda: Agenda, raw: Sequence[RawLine]):
        self._speakers = speakers
        self._agenda = agenda
        self._raw = raw
        self._voiceless = not any(line.voice or self._cut(line) for line in raw if not line.why)
        self.entries: list[_Entry] = []
        self.left: list[Left] = []
        self.near: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.unknown: Counter[str] = Counter()
        self._speech: _Entry | None = None
        self._voice: Voice | None = None
        self._item = OPENING
        self._group = ""
        self._blank = False
        self._wide = False
        self._front: list[tuple[int, _Entry]] = []

    def run(self) -> None:
        """Reads all lines."""
        at = 0
        while at < len(self._raw):
            line = self._raw[at]
            if line.why:
                self.left.append(Left(line.number, line.text, line.why))
                if self._speech is not None:
                    self._speech.lines.append(line.number)
                at += 1
            elif not line.text and not line.voice:
                self._blank = self._blank or not line.marked
                if line.marked and self._speech is not None:
                    self._speech.lines.append(line.number)
                at += 1
            else:
                at = self._take(at)
                self._blank = False
        self._silent()

    def _take(self, at: int) -> int:
        """Reads one line that says something; the number of the line to go on with."""
        line = self._raw[at]
        if names.folded(line.text) in _COLUMN_HEADS:
            self.left.append(Left(line.number, line.text, _COLUMNS))
            return at + 1
        if not line.voice:
            after = self._direction(at) or self._heading(at)
            if after:
                return after
        found = self._voiced(line) if line.voice else self._cut(line)
        if found is not None:
            self._begin(line, *found)
        elif self._voice is None and not self._voiceless:
            self.left.append(Left(line.number, line.text, _BEFORE))
        else:
            self._goes_on(line)
        return at + 1

    def _voiced(self, line: RawLine) -> tuple[Voice, str]:
        """The voice a subtitle names."""
        doubt = f"話者「{line.voice}」は名簿にありません。"
        stranger = Voice(line.voice, line.voice, doubts=(doubt,), known=False)
        return self._speakers.sure(line.voice) or stranger, line.text

    def _cut(self, line: RawLine) -> tuple[Voice, str] | None:
        if not line.text:
            return None
        return labels.cut(line.text, self._speakers)

    def _broken(self) -> bool:
        """Whether the last line of the speech stops within a sentence."""
        if self._speech is None or not self._speech.pieces:
            return False
        last = self._speech.pieces[-1][0]
        return bool(last) and not last.endswith(_ENDS)

    def _direction(self, at: int) -> int:
        """A stage direction alone on its line; the line after it, 0 where there is none."""
        text = self._raw[at].text
        taken = [at]
        if _OPEN.fullmatch(text):
            for more in range(at + 1, min(at + _MOST_JOINED, len(self._raw))):
                text += self._raw[more].text
                taken.append(more)
                if text.endswith("〕"):
                    break
        if not _DIRECTION.fullmatch(text) or len(text) > _DIRECTION_LETTERS:
            return 0
        if text[0] in "（(" and (self._broken() or self._is_long_sentence(text)):
            return 0
        if text[0] in "［[" and self._speakers.exact(text[1:-1]):
            return 0
        entry = _Entry("direction", self._item)
        for each in taken:
            entry.pieces.append((self._raw[each].text, self._raw[each].number, False))
            entry.lines.append(self._raw[each].number)
        self._silent()
        self._add(entry)
        return taken[-1] + 1

    def _is_long_sentence(self, text: str) -> bool:
        return "。" in text[:-2] or self._agenda.heading(text, self._item) is not None

    def _heading(self, at: int) -> int:
        """A heading, on one line or broken over several; the line after it, 0 else."""
        line = self._raw[at]
        broken = self._broken() and not self._blank
        item = self._agenda.heading(line.text, self._item, self._group, broken)
        if item is None:
            return 0
        group = self._agenda.group(line.text)
        self._group = self._group if group is None else group
        said = line.text
        entry = _Entry("heading", item, None, [(line.text, line.number, False)], [line.number])
        after = at + 1
        while after < len(self._raw) and after < at + _MOST_JOINED:
            more = self._raw[after]
            if more.why or not (self._agenda.goes_on(said, more.text, item) or self._adds(more)):
                break
            said += more.text
            entry.pieces.append((more.text, more.number, False))
            entry.lines.append(more.number)
            after += 1
        self._silent()
        self._item = item
        self._add(entry)
        return after

    def _adds(self, line: RawLine) -> bool:
        """Whether a line in brackets under a heading says which part of its matter it is."""
        text = names.folded(line.text)
        return bool(re.fullmatch(r"\(.*(?:分|件|年度|関係|継続)\)", text))

    def _begin(self, line: RawLine, voice: Voice, text: str) -> None:
        """A label: a new speech, or in subtitles the same one going on."""
        if voice.near:
            self.near[voice.label, voice.near].append(line.number)
        same = self._speech is not None and self._voice == voice
        if same and (line.cue or voice.recogniser):
            self._piece(line, text)
            return
        if self._voice is None:
            self._begin_of_all()
        self._silent()
        self._voice = voice
        self._open(voice, line)
        if text:
            self._piece(line, text)

    def _begin_of_all(self) -> None:
        """Headings before the first speech that run to the end of the meeting are its 次第."""
        front = [entry for entry in self.entries if entry.kind == "heading"]
        places = {entry.item for entry in front}
        if CLOSING in places or len(places - {OPENING}) > 1:
            for entry in front:
                for text, number, _ in entry.pieces:
                    self.left.append(Left(number, text, "発言の前にある次第です。"))
            self.entries = [entry for entry in self.entries if entry.kind != "heading"]
            self._item = OPENING

    def _open(self, voice: Voice, line: RawLine) -> None:
        self._speech = _Entry("speech", self._item, voice, doubts=voice.doubts)
        self._speech.lines.append(line.number)
        self.entries.append(self._speech)
        if voice.label and not voice.known:
            self.unknown[voice.label] += 1

    def _goes_on(self, line: RawLine) -> None:
        """A line without a label: the speech goes on, after a direction as a new one."""
        voice = self._voice or Voice("", "", doubts=(_NO_VOICE,), known=False)
        fresh = self._voiceless and not line.cue and not self._broken()
        if self._speech is None or fresh:
            self._open(voice, line)
        self._piece(line, line.text)

    def _piece(self, line: RawLine, text: str) -> None:
        """Adds a line to the speech, and a direction at its end as one of its own."""
        assert self._speech is not None
        tail = _TAIL.search(text)
        said = text[: tail.start()].rstrip() if tail else text
        if said:
            begins = not self._joins(line)
            self._speech.pieces.append((said, line.number, begins))
        if line.number not in self._speech.lines:
            self._speech.lines.append(line.number)
        self._wide = line.wide
        if tail:
            self._silent(line.number)
            self._add(
                _Entry(
                    "direction", self._item, None, [(tail[1], line.number, False)], [line.number]
                )
            )

    def _joins(self, line: RawLine) -> bool:
        """Whether a line goes on within the paragraph before it."""
        assert self._speech is not None
        if not self._speech.pieces:
            return True
        if line.cue:
            return True
        fresh = line.number not in self._speech.lines
        if fresh and (line.indented or (_LISTED.match(line.text) and not self._wide)):
            return False
        if _LISTED.match(self._raw[self._speech.pieces[-1][1] - 1].text) and not self._wide:
            return False
        return self._broken() or (self._wide and not self._blank)

    def _silent(self, told: int = 0) -> None:
        """Ends the speech; a label under which nothing was said is listed. Of line `told` the label
        alone: the rest of it is a direction.
        """
        speech, self._speech = self._speech, None
        if speech is None or speech.pieces:
            return
        self.entries.remove(speech)
        for number in speech.lines:
            text = self._raw[number - 1].text or self._raw[number - 1].voice
            if number == told and speech.voice:
                text = speech.voice.label
            if text and not any(left.line == number for left in self.left):
                self.left.append(Left(number, text, _SILENT))

    def _add(self, entry: _Entry) -> None:
        self.entries.append(entry)


def _joined(pieces: Sequence[tuple[str, int, bool]]) -> tuple[str, list[tuple[int, int]]]:
    """The text of the pieces, and (where a piece begins, its line)."""
    text = ""
    places = []
    for piece, number, begins in pieces:
        if text and begins:
            text += "\n"
        elif text and _is_latin(text[-1]) and _is_latin(piece[:1]):
            text += " "
        places.append((len(text), number))
        text += piece
    return text, places


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def _agendaed(entries: Sequence[_Entry], agenda: Agenda) -> list[Spoken]:
    """The entries with the item of each, from headings and, where an item has none, from what the
    chair says.
    """
    headed = frozenset(entry.item for entry in entries if entry.kind == "heading")
    has_chair = any(entry.voice.chairs for entry in entries if entry.voice)
    item, pending = OPENING, ""
    out: list[Spoken] = []
    for entry in entries:
        text, places = _joined(entry.pieces)
        if entry.kind == "heading":
            item, pending = entry.item, ""
        voice = entry.voice
        if voice is None:
            out.append(Spoken(entry.kind, item, "", "", text, tuple(entry.lines)))
            continue
        chairs = voice.chairs or not has_chair or not voice.known
        turns = agenda.turns(text, item, chairs, headed)
        if pending and not turns and pending not in headed:
            item = pending
        pending = agenda.pending(text, item) if chairs and not turns else ""
        whole = Spoken(
            "speech", item, voice.speaker, voice.person, text, tuple(entry.lines), entry.doubts
        )
        for part in _parted(whole, turns, places):
            out.append(part)
            item = part.item
    return out


def _parted(
    whole: Spoken, turns: Sequence[Turn], places: Sequence[tuple[int, int]]
) -> list[Spoken]:
    """A speech cut where it goes on to another item. The chair who opens the first item does so
    with the whole speech.
    """
    cuts = [(0, whole.item, whole.doubts)]
    for turn in turns:
        before = whole.text[cuts[-1][0] : turn.start].strip()
        if cuts[-1][1] == OPENING or not before:
            cuts[-1] = (cuts[-1][0], turn.item, cuts[-1][2] + turn.doubts)
        else:
            cuts.append((turn.start, turn.item, turn.doubts))
    parts = []
    ends = [start for start, _, _ in cuts[1:]] + [len(whole.text)]
    for (start, item, doubts), end in zip(cuts, ends):
        parts.append(
            replace(
                whole,
                item=item,
                text=whole.text[start:end].strip("\n"),
                doubts=doubts,
                lines=_lines_of(whole.lines, places, start, end),
            )
        )
    return parts


def _lines_of(
    lines: tuple[int, ...], places: Sequence[tuple[int, int]], start: int, end: int
) -> tuple[int, ...]:
    """The lines that a part of a text stands on; the first part has the label's too."""
    own = []
    for nth, (begins, number) in enumerate(places):
        ends = places[nth + 1][0] if nth + 1 < len(places) else begins + 1_000_000
        if begins < end and ends > start:
            own.append(number)
    if not start and own:
        own += [number for number in lines if number <= own[-1]]
    elif end >= (places[-1][0] if places else 0) and own:
        own += [number for number in lines if number > own[-1]]
    return tuple(sorted(set(own))) or lines


def _near_names(
    entries: Sequence[Spoken], reader: _Reader, lines: Sequence[str], roster: Sequence[Speaker]
) -> tuple[NearName, ...]:
    """Near names of labels and of running text, each pair once with all its lines."""
    places: dict[tuple[str, str], set[int]] = defaultdict(set)
    for (written, meant), numbers in reader.near.items():
        places[written, meant] |= set(numbers)
    written_so = [written for written, _ in reader.near]
    for near in names.near_names(lines, roster, written_so):
        places[near.written, near.meant] |= set(near.lines)
    pairs = sorted(places.items(), key=lambda pair: min(pair[1]))
    return tuple(
        NearName(written, meant, tuple(sorted(numbers))) for (written, meant), numbers in pairs
    )
