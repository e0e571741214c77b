"""Minutes that are printed, cut back into a raw transcript with their names changed, and read
again: `python -m tests.drills.seed_minutes PATH`. Nothing of the file is kept or printed.

Four readings: headings kept and taken out, each with the label behind a space and behind a colon.
One JSON line each: speeches, those with the right speaker and item, those of the others that are
told by a doubt, letters lost. With `--any` a slip may make two names alike: nobody can tell them
apart then, and what counts is that each is told.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

from pia.domain.minutes.names import is_slip
from pia.domain.minutes.spoken import CLOSING, OPENING, Item, Speaker, Spoken
from pia.domain.minutes.transcript import read

_SECTION = re.compile(r"[1-9１-９][\s　]*(?:開|議|そ)[\s　]*(?:会|題|の[\s　]*他)")
_ITEM = re.compile(r"-?\s*(議案第\s*[0-9０-９]+\s*号|報告事項$|[(（][0-9０-９][)）]\s)")
_ROLES = ("議長", "事務局", "実施機関")
_LETTERS = "鳥埼由古鴨犬芝河沼原橘今"


def parsed(text: str) -> tuple[list[Speaker], list[Item], list[list[str]]]:
    """Roster, agenda and blocks (speaker, item, lines) of minutes in the layout of 様式第2号."""
    front, _, body = text.partition("発言者\t発言内容\n")
    names = re.search(r"審議会委員 (.+)", front)
    roster = [Speaker("事務局"), Speaker("実施機関")]
    for family, given, chair in re.findall(
        r"(\S+) (\S+)( \(会長\))?(?: |$)", names[1] if names else ""
    ):
        printed = "議長" if chair else f"{family}委員"
        roster.append(Speaker(printed, f"{family} {given}", "会長" if chair else "委員"))
    agenda = re.search(r"【議案】(.+?)【報告】(.+)", front)
    items = []
    for kind, part in zip(("議案", "報告"), agenda.groups() if agenda else ()):
        for number, title in re.findall(r"(\(\d\)) (.+?)(?= \(\d\) |$)", part):
            items.append(Item(f"{kind}{number}", kind, number, title))
    return roster, items, blocks(body, roster, items)


def blocks(body: str, roster: Sequence[Speaker], items: Sequence[Item]) -> list[list[str]]:
    """[speaker, item, line …] of each speech, direction ("") and heading ("#")."""
    labels = [speaker.printed for speaker in roster] + ["..委員"]
    label = re.compile(rf"({'|'.join(labels)})(?:[\s　]+|$)(.*)")
    out: list[list[str]] = []
    item = OPENING
    for raw in re.sub(r"</?p>", "\n", body).replace("\t", " ").split("\n"):
        line = raw.strip()
        match = label.fullmatch(line)
        if _SECTION.fullmatch(line) or _ITEM.match(line):
            item = _under(line, item, items)
            out.append(["#", item, line])
        elif out and out[-1][0] == "#" and re.fullmatch(r"[(（].*分[)）]", line):
            out[-1].append(line)
        elif re.fullmatch(r"〔.*〕|[（(](?:委嘱|資料).*[）)]", line):
            out.append(["", item, line])
        elif match:
            out.append([match[1], item, match[2]])
        elif line:
            out[-1].append(line)
    return out


def _under(line: str, item: str, items: Sequence[Item]) -> str:
    ids = [each.id for each in items]
    if "そ" in line[:4]:
        return CLOSING
    number = re.match(r"-?\s*[(（]([0-9])[)）]", line)
    if number:
        return f"報告({number[1]})"
    if line.startswith("報告事項"):
        return next(x for x in ids if x.startswith("報告"))
    return item if "開" in line[:4] else ids[0]


def cut_back(
    entries: Sequence[Sequence[str]], slips: dict[str, str], headings: bool, mark: str
) -> list[str]:
    """The lines of a raw transcript."""
    lines = []
    for speaker, _, *texts in entries:
        if speaker == "#" and not headings:
            continue
        first = f"{speaker}{mark}{texts[0]}" if speaker not in ("#", "") else texts[0]
        for line in (first, *texts[1:]):
            for name, slip in slips.items():
                line = line.replace(name, slip)
            lines.append(line)
    return lines


def slipped(roster: Sequence[Speaker], seed: int, any_slip: bool = False) -> dict[str, str]:
    """Every family name of two letters with one letter changed, no two into one; none as near to
    another name of the roster, unless `any_slip`.
    """
    rng = random.Random(seed)
    slips: dict[str, str] = {}
    families = [speaker.name.partition(" ")[0] for speaker in roster]
    for family in families:
        if len(family) != 2:
            continue
        others = [each for each in families if each != family]
        free = []
        for at in (0, 1):
            for letter in _LETTERS:
                slip = family[:at] + letter + family[at + 1 :]
                alike = any(is_slip(slip, other) for other in others) and not any_slip
                if slip not in (*slips.values(), family) and not alike:
                    free.append(slip)
        slips[family] = rng.choice(free)
    return slips


def _letters(text: str) -> str:
    return "".join(text.split())


def right(
    entries: Sequence[Sequence[str]], spoken: Sequence[Spoken], slips: dict[str, str]
) -> tuple[int, int, list[int]]:
    """Speeches, how many of them came out with speaker, item and words, and the places of the
    others.
    """
    said = {}
    for each in spoken:
        if each.kind == "speech":
            said.setdefault((each.speaker, each.item, _letters(each.text)), []).append(each)
    count, good, wrong = 0, 0, []
    for place, (speaker, item, *texts) in enumerate(entries):
        if speaker in ("#", ""):
            continue
        count += 1
        text = _letters("".join(texts))
        for name, slip in slips.items():
            text = text.replace(name, slip)
        if said.get((speaker, item, text)):
            said[speaker, item, text].pop()
            good += 1
        else:
            wrong.append(place)
    return count, good, wrong


def main() -> int:
    """One line for each reading; 1 where fewer than 97 of 100 speeches are right."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills.seed_minutes")
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--any", action="store_true")
    args = parser.parse_args()
    roster, items, entries = parsed(args.path.read_text("utf-8"))
    printed = {speaker.printed for speaker in roster}
    for entry in entries:  # a name the printed minutes themselves write otherwise
        if entry[0].endswith("委員") and entry[0] not in printed:
            near = [each for each in printed if each[1:] == entry[0][1:]]
            entry[0] = near[0] if near else entry[0]
    failed = 0
    for headings in (True, False):
        for mark in (" ", "："):
            slips = slipped(roster, args.seed, args.any)
            lines = cut_back(entries, slips, headings, mark)
            reading = read(lines, roster, items)
            count, good, wrong = right(entries, reading.spoken, slips)
            share = round(100 * good / count, 1)
            lost = _lost(lines, reading.spoken, [left.text for left in reading.left], entries, mark)
            told = _told(entries, wrong, reading.spoken, slips)
            failed |= (share < 97 and not args.any) or lost != 0 or told < len(wrong)
            figures = {"headings": headings, "mark": mark, "speeches": count, "right": good}
            figures |= {
                "percent": share,
                "told": told,
                "left": len(reading.left),
                "lost_letters": lost,
            }
            print(json.dumps({**figures, "wrong_places": wrong}, ensure_ascii=False))
    return int(failed)


def _told(
    entries: Sequence[Sequence[str]],
    wrong: Sequence[int],
    spoken: Sequence[Spoken],
    slips: dict[str, str],
) -> int:
    """How many of the speeches that came out wrong have a doubt that says so."""
    doubted = [_letters(each.text) for each in spoken if each.doubts]
    count = 0
    for place in wrong:
        text = _letters("".join(entries[place][2:]))
        for name, slip in slips.items():
            text = text.replace(name, slip)
        if text in doubted:
            doubted.remove(text)
            count += 1
    return count


def _lost(
    lines: Sequence[str],
    spoken: Sequence[Spoken],
    left: Sequence[str],
    entries: Sequence[Sequence[str]],
    mark: str,
) -> int:
    """Letters of the input less those that came out and those of the labels."""
    came = sum(len(_letters(each.text)) for each in spoken) + sum(map(len, map(_letters, left)))
    labels = sum(len(speaker + mark.strip()) for speaker, *_ in entries if speaker not in "#")
    return sum(map(len, map(_letters, lines))) - came - labels


if __name__ == "__main__":
    raise SystemExit(main())
