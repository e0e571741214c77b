"""Cuts Japanese text into sentences, clauses and words a reader would call words.

Words come from ICU's dictionary (loaded when first needed); dates, numbers with units and article
numbers are kept whole. Must not know trees or forms. Nothing here changes text: joining the parts
gives the text back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rapidfuzz.distance import Postfix, Prefix

# a 。 in brackets ends no sentence
_INSIDE = r"（[^（）\n]*+(?:（[^（）\n]*+）[^（）\n]*+)*+）|\([^()\n]*+\)|「[^「」\n]*+」"
_OPENING = "（(「"


def _running(ends: str) -> str:
    """A pattern of one step through a text up to a letter that ends it: letters that open nothing
    in one go, what stands in brackets, or a bracket that never closes."""
    return f"[^{ends}{_OPENING}]++|{_INSIDE}|[^{ends}]"


# A line feed, and the border of a table's cell, end a sentence too.
_IN_SENTENCE = _running("。\n｜\t")
SENTENCE = re.compile(
    rf"(?:{_IN_SENTENCE})*+(?:[\n｜\t]|。++[」』）)】]*+\n?)|(?:{_IN_SENTENCE})++"
)
_IN_CLAUSE = _running("、。\n")
CLAUSE = re.compile(rf"(?:{_IN_CLAUSE})*+[、。\n]++[」』）)】]*+|(?:{_IN_CLAUSE})++")

_PHRASE = re.compile(r"[^はがを]{1,200}[はがを]*+|[はがを]++")
_LONG = 2_000

_DIGIT = "0-9０-９"
_KATA = "ァ-ヺー・ｦ-ﾟ"
_KANJI = "一-鿿㐀-䶿々〆ヵヶ豈-龎\U00020000-\U0003ffff"
_NUM = f"[{_DIGIT}]+(?:[,.，．][{_DIGIT}]+)*"
_KNUM = "[〇一二三四五六七八九十百千]{1,12}"
_ANY = f"(?:{_NUM}|{_KNUM})"
_UNIT = (
    "年度分?|年間|年分|年|か月|箇月|ヶ月|カ月|月分|月|日間|日|時間|時|分間|分|秒|人|名|"
    "者|件|回|枚|台|通|部|世帯|項目|ページ|頁|割|円|千円|万円|条|項|号|章|歳|％|%|"
    "ビット|バイト|桁|種類|階|級|位|点|社|団体|市町村|か所|箇所|ヶ所|週間|世代|倍|字|文字|行"
)
# What any of them begins with: the rest is not tried at another letter.
_FIRST = (
    f"[{_DIGIT}〇一二三四五六七八九十百千令平昭大明第別様附図表の前後同午（(①-⓿Ⅰ-ⅿ㈠-㊿❶-➓"
    "A-Za-zＡ-Ｚａ-ｚ\U0001f000-\U0001faff☀-➿\n \t\u3000]"
)
_WHOLE = re.compile(
    rf"(?={_FIRST})(?:"
    rf"(?:令和|平成|昭和|大正|明治|[RHSrhs](?=[{_DIGIT}.]))(?:元|{_ANY})[年.．](?:度|"
    rf"{_ANY}[月.．](?:{_ANY}日?)?)?|{_NUM}年(?:度|{_NUM}月(?:{_NUM}日)?)?|"
    rf"第{_ANY}(?:条|項|号|章|節|款|目|編|表|欄|段|面|類|種|回|次|期|版)?|(?:別表|別添|別紙|別記|"
    rf"様式|附則|図|表)第?{_ANY}(?![{_DIGIT}年月日])|"
    rf"(?<=[条項号])の{_ANY}(?![{_KANJI}{_KATA}])|前{_ANY}(?:条|項|号)|前(?:条|項|号)|同(?:条|項|"
    rf"号)|[前後]?{_NUM}(?:-{_NUM})+|"
    rf"(?:午前|午後){_ANY}時(?:{_ANY}分)?|{_NUM}(?:{_UNIT})?|{_KNUM}(?:条|項|号|章|節|款|年度|"
    rf"年間|年|か月|箇月|月|日|時|名|人|件|回|割|種|次|級|週間|円|万円|歳|台|枚|通|世帯|団体|箇所)|"
    rf"[（(]{_ANY}[）)]|[（(][ァ-ヺa-zA-Zａ-ｚ]{{1,2}}[）)]|[①-⓿Ⅰ-ⅿ㈠-㊿❶-➓]|"
    rf"[A-Za-zＡ-Ｚａ-ｚ][A-Za-zＡ-Ｚａ-ｚ{_DIGIT}_]*|"
    rf"[\U0001f000-\U0001faff☀-➿][\ufe0f\U0001f3fb-\U0001f3ff]?"
    rf"(?:\u200d[\U0001f000-\U0001faff☀-➿]\ufe0f?)*|"
    rf"\n|[ \t\u3000]+)"
)
# ICU counts in UTF-16; characters beyond it are shown to it as others of the same sort, one for
# one.
_WIDE = re.compile("[\U00010000-\U0010ffff]")
_OKURIGANA = frozenset(map(chr, range(ord("ぁ"), ord("ゖ") + 1))) - set("をはがのにとでもへやか")
_LUMPED = re.compile(r"[一-鿿]+[をはがの]")  # what ICU takes for one word at times
_OF = frozenset("をはがの")
_TWO_WORDS = (
    "時に 次に 度に 際に てい では には とは へは にも でも とも のは による により "
    "によって における において について につき"
)
_SPLIT = {part: (part[0], part[1:]) for part in _TWO_WORDS.split()}
_LUMPS_END = _OF | {part[-1] for part in _SPLIT}
_INFLECTED = frozenset(
    "わっえれらりるめけせげ"
)  # a verb of one kanji goes on so: 行われる, 定められる
_SUFFIX = frozenset("化性的")
_ENDINGS = _OKURIGANA | _SUFFIX
_CHARACTER = re.compile(
    "(?:[^\n][\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001f3fb-"
    "\U0001f3ff]*(?:\u200d[^\n]\ufe0f?)*)|\n"
)

_PARAGRAPH = "\u2029"
_breaker: list[Callable[..., object]] = []


def common(a: str, b: str) -> tuple[int, int]:
    """Lengths of the common head and of the rest's common tail."""
    head = Prefix.similarity(a, b)
    return head, min(Postfix.similarity(a, b), min(len(a), len(b)) - head)


def sentences(text: str) -> list[str]:
    """Sentences with the 。, closing brackets and line feeds that end them. A sentence of thousands
    of characters is cut further, at clauses and then behind は, が and を: long runs without
    punctuation are no sentences, and must not cost the square of their length.
    """
    whole: list[str] = SENTENCE.findall(text)
    if len(text) <= _LONG or max(map(len, whole)) <= _LONG:
        return whole
    return _cut(_cut(whole, CLAUSE), _PHRASE)


def _cut(texts: Sequence[str], pattern: re.Pattern[str]) -> list[str]:
    """The texts with those that are too long cut by a pattern."""
    pieces: list[str] = []
    for text in texts:
        if len(text) > _LONG:
            pieces += pattern.findall(text)
        else:
            pieces.append(text)
    return pieces


def clauses(text: str) -> list[str]:
    """Clauses, each with the mark that ends it."""
    return CLAUSE.findall(text)


def characters(text: str) -> list[str]:
    """Characters as a reader counts them: with their variation selectors, voicing marks and joined
    emoji.
    """
    return _CHARACTER.findall(text)


def tokens(text: str) -> list[str]:
    """Words: ICU's, but dates, numbers and article numbers whole, and a one-character verb stem
    with its okurigana.
    """
    return _okurigana(_cut_at_borders(text))


def tokens_of_both(a: str, b: str) -> tuple[list[str], list[str]]:
    """The words of two texts, each as `tokens` gives them. ICU takes longer to be asked than to
    answer for a part of a sentence, so both are asked for at once: no word goes over the end of a
    paragraph.
    """
    if _PARAGRAPH in a or _PARAGRAPH in b:
        return tokens(a), tokens(b)
    words = _okurigana(_cut_at_borders(f"{a}{_PARAGRAPH}{b}"))
    end = words.index(_PARAGRAPH)
    return words[:end], words[end + 1 :]


def _cut_at_borders(text: str) -> list[str]:
    """The words of ICU, with dates, numbers and article numbers whole."""
    whole = [match.span() for match in _WHOLE.finditer(text)]
    segments = _borders(text)
    if not whole:
        return [text[start:end] for start, end in segments]
    borders = {end for _, end in segments}
    for start, end in whole:
        borders.difference_update(range(start + 1, end))
        borders.add(start)
        borders.add(end)
    borders.discard(0)
    ends = sorted(borders)
    return [text[start:end] for start, end in zip([0, *ends], ends)]


def _borders(text: str) -> Iterable[tuple[int, int]]:
    if not _breaker:
        from icu4py.breakers import WordBreaker  # 40 ms: only when words are needed

        _breaker.append(WordBreaker)
    if text.isascii() or max(text) <= "\uffff":
        seen = text
    else:
        seen = _WIDE.sub(_stand_in, text)
    breaker: Any = _breaker[0]
    segments: Iterable[tuple[int, int]] = breaker(seen, "ja_JP").segments()
    return segments


def _stand_in(match: re.Match[str]) -> str:
    number = ord(match.group())
    if number >= 0xE0000:
        return "\ufe00"
    if 0x20000 <= number < 0x40000:
        return "㐀"
    return "■"


def _okurigana(words: list[str]) -> list[str]:
    """The words of ICU with endings and suffixes put to their stems, and lumps taken apart."""
    out: list[str] = []
    last = ""
    for word in words:
        if len(word) == 1:
            joins = word in _ENDINGS and last != "" and _is_suffix(last, word)
        else:
            joins = len(last) == 1 and _ends_stem(last, word)
        if joins:
            last = last + word
            out[-1] = last
        elif word[-1] in _LUMPS_END and len(word) > 1 and _is_lump(word):
            out += _SPLIT.get(word) or (word[:-1], word[-1])
            last = out[-1]
        else:
            out.append(word)
            last = word
    return out


def _ends_stem(last: str, word: str) -> bool:
    """Whether a word of several letters is the inflected ending of a single 漢字."""
    return word[0] in _INFLECTED and "㐀" <= last <= "鿿" and "ぁ" <= word[-1] <= "ゖ"


def _is_suffix(last: str, word: str) -> bool:
    """Whether a single letter belongs to the word before: an ending, or 者, 等 and the like."""
    ending = word in _OKURIGANA and len(last) == 1
    suffix = word in _SUFFIX and last[0] != "第"
    if not ending and not suffix:
        return False
    return "㐀" <= last[-1] <= "鿿" or "ァ" <= last[-1] <= "ー"


def _is_lump(word: str) -> bool:
    """Whether a word is two that stick together."""
    if word in _SPLIT:
        return True
    return len(word) < 5 and word[-1] in _OF and _LUMPED.fullmatch(word) is not None


def script(ch: str) -> str:
    """h hiragana, t katakana, k kanji, d digit, a letter, p anything else."""
    number = ord(ch)
    if 0x3041 <= number <= 0x3096:
        return "h"
    if 0x30A1 <= number <= 0x30FF:
        return "t"
    if 0x4E00 <= number <= 0x9FFF or ch in "々〆ヶ" or 0x20000 <= number < 0x40000:
        return "k"
    if ch.isdigit():
        return "d"
    if ch.isalpha():
        return "a"
    return "p"
