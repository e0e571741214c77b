"""Who a label of a transcript means: a speaker of the roster under any of the forms a label is
written in, near ones with a doubt, and labels nobody of the roster answers to.

Knows names and titles. Must not know where in a line a label stands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .names import folded, is_look_alike, is_slip, plain, surname
from .spoken import Speaker

CHAIRS = ("議長", "会長", "委員長", "座長", "議長代理", "会長職務代理者", "職務代理者")
_HONORIFIC = re.compile(r"(さん|様|さま|氏|君|くん|殿|先生)$")
_WITH_MORE = re.compile(r"(.+?)[(\[〔<（](.+?)[)\]〕>）]$")
# What may stand in brackets behind a label: a name or an office, never what happens.
_BESIDE = re.compile(
    r"[㐀-鿿々ァ-ヶーa-z・]{1,14}|.{1,14}(?:課|室|部|局|係|所|担当|委員|長|君|氏|さん|様|先生)"
)
_HAPPENS = re.compile(
    r"挙手|起立|拍手|着席|入室|退室|入場|退場|配付|配布|交付|採決|朗読|説明|休憩|再開|中断|確認|声|全員|者"
)
_RECOGNISER = re.compile(
    r"(?:話者|発言者|発話者|スピーカー|スピーカ|参加者|不明|speaker|spk|guest|ゲスト)"
    r"[_\-#:]?(?:\d{1,3}|[a-z])?"
)
_TITLED = re.compile(
    r"[^がを]{0,12}(?:委員|会長|議長|座長|部長|課長|係長|局長|室長|次長|所長|主幹|主査|主任|主事|参事"
    r"|補佐|理事|担当者?|事務局|先生|弁護士|教授|さん|氏|様|君|実施機関|傍聴人|参考人)"
)
_MEMBER = re.compile(r"[㐀-鿿々ぁ-んァ-ヶー]{1,5}委員")
_NO_NAMES = re.compile(
    r"(?:各|全|両|同|本|当|出席|欠席|全員|ほかの?|他の|担当|審議会|委員会)(?:の)?委員|.*[\u3002、「」？！]"
)
# Words that stand where a label may and mean something else.
_OTHER = frozenset(
    re.findall(
        r"\S+",
        "議案 議題 議事 議決 議会 議員 報告 会場 会議 会計 会期 委員 局長 課長 部長 日時 日程 場所 "
        "出席者 欠席者 傍聴者 資料 質問 回答 質疑 応答 備考 注 問 答 時間 参加者 件名 題名 内容 "
        "目的 発言者 発言内容 司会 連絡先 電話番号 担当 担当課 次第 記 配付資料 その他 記録者",
    )
)


@dataclass(frozen=True, slots=True)
class Voice:
    """Whom a label means. `speaker` is as printed, `person` the full name where it is known;
    `label` as it was written. `near` is the name that was meant where it is written otherwise;
    `known` False where nobody of the roster answers to the label.
    """

    label: str
    speaker: str
    person: str = ""
    doubts: tuple[str, ...] = ()
    near: str = ""
    known: bool = True
    chairs: bool = False
    recogniser: bool = False


class Speakers:
    """The roster, asked by labels. `known` maps a label to what is printed; `frequent` are folded
    labels that stand often enough in a transcript to be somebody's.
    """

    def __init__(
        self,
        roster: Sequence[Speaker],
        known: Mapping[str, str] | None = None,
        frequent: Collection[str] = (),
    ):
        self._roster = roster
        self._known = {folded(label): printed for label, printed in (known or {}).items()}
        self._frequent = frozenset(frequent)
        self._forms: dict[str, dict[int, str]] = defaultdict(dict)
        self._bare: dict[str, dict[int, str]] = defaultdict(dict)
        self._families = [folded(surname(speaker)) for speaker in roster]
        for index, speaker in enumerate(roster):
            for form in _forms(speaker):
                self._forms[folded(form)].setdefault(index, plain(form))
            if family := surname(speaker):
                self._bare[folded(family)].setdefault(index, plain(family))
        self._taken: set[str] = set()
        self._asked: dict[tuple[str, str], Voice | None] = {}

    def exact(self, written: str) -> Voice | None:
        """Whom a label means that is a form of the roster, or known; None else."""
        return self._asked_once(written, "exact")

    def sure(self, written: str) -> Voice | None:
        """The same of what can only be a label, by the marks around it: also a family name alone,
        a slip, and somebody who is not on the roster.
        """
        return self._asked_once(written, "sure")

    def likely(self, written: str) -> Voice | None:
        """The same of what stands where labels stand and may be text."""
        return self._asked_once(written, "likely")

    def _asked_once(self, written: str, how: str) -> Voice | None:
        key = (written, how)
        if key not in self._asked:
            self._asked[key] = self._answer(written, how)
        return self._asked[key]

    def _answer(self, written: str, how: str) -> Voice | None:
        label = " ".join(written.split())
        letters = folded(label)
        if letters in self._known:
            return self._mapped(label, self._known[letters])
        if not letters or (letters in _OTHER and letters not in self._forms):
            return None
        found = self._found(letters, how == "sure")
        if not found and how != "exact":
            found = self._near(letters, 2 if how == "sure" else 3)
        if found:
            return self._voice(label, found)
        return None if how == "exact" else self._stranger(label, letters, how == "sure")

    def _mapped(self, label: str, printed: str) -> Voice:
        """The voice of a label the caller knows."""
        recogniser = bool(_RECOGNISER.fullmatch(folded(label)))
        found = self._found(folded(printed), True)
        if not found:
            return Voice(label, printed, chairs=printed in CHAIRS, recogniser=recogniser)
        voice = self._voice(label, found)
        return Voice(label, voice.speaker, voice.person, chairs=voice.chairs, recogniser=recogniser)

    def _found(self, letters: str, bare: bool) -> dict[int, str]:
        """The speakers with a form, by their place on the roster."""
        forms = (letters, _HONORIFIC.sub("", letters))
        for form in forms:
            if form in self._forms:
                return self._forms[form]
        if bare or forms[0] != forms[1]:
            for form in forms:
                if form in self._bare:
                    return self._bare[form]
        more = _WITH_MORE.fullmatch(letters)
        if more is None:
            return {}
        outer = self._found(more[1], True)
        inner = self._found(more[2], True)
        both = {index: form for index, form in outer.items() if index in inner}
        if both or inner or _is_beside(more[2]):
            return both or outer or inner
        return {}

    def settle(self, voices: Iterable[Voice]) -> None:
        """Whom the other labels of the transcript mean: a label as near to two is the one of them
        whom no other label means.
        """
        self._taken = {voice.speaker for voice in voices if voice.known}
        self._asked.clear()

    def _near(self, letters: str, least: int) -> dict[int, str]:
        """The one speaker a form of which the label is with a slip; none where two are as near.
        Another letter is nearer than a letter more or less, a letter of like looks nearest.
        """
        tiers: list[dict[int, str]] = [{}, {}, {}]
        if len(letters) < least:
            return {}
        for form, indexes in self._forms.items():
            if not is_slip(letters, form) or self._misses_the_name(letters, form, indexes):
                continue
            tier = 2 if len(form) != len(letters) else 1 - is_look_alike(letters, form)
            tiers[tier] |= indexes
        for found in tiers:
            free = {at: form for at, form in found.items() if not self._is_taken(at)}
            for some in (found, free):
                if len({self._roster[index].printed for index in some}) == 1:
                    return some
            if found:
                return {}
        more = _WITH_MORE.fullmatch(letters)
        return self._near(more[1], least) if more and _is_beside(more[2]) else {}

    def _is_taken(self, index: int) -> bool:
        return self._roster[index].printed in self._taken

    def _misses_the_name(self, letters: str, form: str, indexes: Mapping[int, str]) -> bool:
        """Whether all that remains of a family name of one letter is its title."""
        if is_look_alike(letters, form):
            return False
        families = [self._families[index] for index in indexes]
        return any(
            len(family) == 1 and form.startswith(family) and not letters.startswith(family)
            for family in families
        )

    def _voice(self, label: str, found: Mapping[int, str]) -> Voice:
        """The voice of those a form belongs to: several of one role are the role."""
        speakers = [self._roster[index] for index in found]
        printed = list(dict.fromkeys(speaker.printed for speaker in speakers))
        names = list(dict.fromkeys(speaker.name for speaker in speakers))
        if len(printed) > 1:
            doubt = f"話者「{label}」に当たる人が名簿に{len(speakers)}人います。"
            return Voice(label, label, doubts=(doubt,), known=False)
        doubts = []
        if len(speakers) > 1 and surname(speakers[0]) and printed[0].endswith("委員"):
            doubts.append(f"「{printed[0]}」は名簿に{len(speakers)}人います。")
        near = ""
        form = next(iter(found.values()))
        if not _is_spelt_so(label, form):
            near = form
            doubts.append(f"話者「{label}」を名簿の「{form}」と読みました。")
        person = names[0] if len(names) == 1 else ""
        chairs = any(speaker.printed in CHAIRS or speaker.title in CHAIRS for speaker in speakers)
        return Voice(label, printed[0], person, tuple(doubts), near, chairs=chairs)

    def _stranger(self, label: str, letters: str, sure: bool) -> Voice | None:
        """The voice of a label nobody of the roster answers to."""
        if _RECOGNISER.fullmatch(letters):
            doubt = f"話者「{label}」が誰か、名簿からは分かりません。"
            return Voice(label, label, doubts=(doubt,), known=False, recogniser=True)
        if _NO_NAMES.fullmatch(letters):
            return None
        named = _TITLED if sure else _MEMBER
        if named.fullmatch(letters) or (sure and letters in self._frequent):
            doubt = f"話者「{label}」は名簿にありません。"
            return Voice(label, label, doubts=(doubt,), known=False)
        return None


def _forms(speaker: Speaker) -> Iterator[str]:
    """The ways a label may write a speaker."""
    yield speaker.printed
    family = surname(speaker)
    titles = [speaker.title] if speaker.title else []
    if speaker.printed.endswith("委員") or speaker.title in (*CHAIRS, "副会長", "委員"):
        titles.append("委員")
    if speaker.printed in CHAIRS:
        titles.append(speaker.printed)
    if speaker.title and speaker.title not in ("委員", "課長", "部長"):
        yield speaker.title
    if not speaker.name:
        return
    yield speaker.name
    yield speaker.printed + speaker.name
    for title in titles:
        yield speaker.name + title
        yield title + speaker.name
        if family:
            yield family + title
            yield title + family
    if family:
        yield speaker.printed + family


def _is_spelt_so(label: str, form: str) -> bool:
    """Whether a label holds a form of the roster letter by letter."""
    written = plain(label)
    if form in written:
        return True
    more = _WITH_MORE.fullmatch(written)
    return more is not None and form in (more[1], more[2])


def _is_beside(letters: str) -> bool:
    return bool(_BESIDE.fullmatch(letters)) and not _HAPPENS.search(letters)


def is_label(letters: str) -> bool:
    """Whether folded letters before a colon may be somebody's name at all."""
    if letters in _OTHER or not 2 <= len(letters) <= 10 or _NO_NAMES.fullmatch(letters):
        return False
    return all(letter.isalpha() or letter in "・." for letter in letters)
