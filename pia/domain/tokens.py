"""Cuts Japanese text into sentences and into tokens a reader would call words, and says when two tokens differ in notation only.

Knows scripts, dates, numbers with units and article numbers. Must not know trees or forms. Nothing here changes text: joining tokens gives the text back.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

SENTENCE = re.compile(r"[^。\n]*[。\n]+[」』）)】]*\n*|[^。\n]+")
CLAUSE = re.compile(r"[^、。\n]*[、。\n]+[」』）)】]*|[^、。\n]+")

_DIGIT = "0-9０-９"
_LATIN = "A-Za-zＡ-Ｚａ-ｚ"
_KATA = "ァ-ヺー・ｦ-ﾟ"
_KANJI = "一-鿿㐀-䶿々〆ヵヶ豈-龎\U00020000-\U0003ffff"
_HIRA = "ぁ-ゖ"
_IVS = "︀-️\U000e0100-\U000e01ef"
_K = f"[{_KANJI}][{_IVS}]?"
_NUM = f"[{_DIGIT}]+(?:[,.，．][{_DIGIT}]+)*"
_KNUM = "[〇一二三四五六七八九十百千]+"
_UNIT = "年度|年間|年|か月|箇月|月|日間|日|時間|時|分|人|名|件|回|枚|台|世帯|項目|ページ|頁|割|円|％|%"
_DATE = f"(?:令和|平成|昭和|大正|明治)(?:元|{_NUM}|{_KNUM})年度?(?:(?:{_NUM}|{_KNUM})月(?:(?:{_NUM}|{_KNUM})日)?)?"
_ARTICLE = f"第(?:{_NUM}|{_KNUM})(?:条|項|号|章|節|款|編|表)(?:の(?:{_NUM}|{_KNUM})(?![{_KATA}{_KANJI}]))*"
_WORDS = (
    "について|により|による|によって|における|において|に対し|に対する|に関する|として|ものとする|こととする|ことと|ものと|から|まで|など|"
    "及び|又は|並びに|若しくは|する|した|して|しない|され|される|いる|ある|ない|なる|れる|よう|ため|もの|こと"
)
_TOKEN = re.compile(
    rf"{_DATE}|{_ARTICLE}|{_NUM}(?:{_UNIT})?|{_KNUM}(?=[条項号章節款年月日時名人件回か箇割次種級])|[①-⓿Ⅰ-ⅿ㈠-㊿]|{_WORDS}|"
    rf"(?:{_K})+?(?=及び|又は|並びに|若しくは)|(?:{_K})+|[{_KATA}]+|[{_LATIN}][{_LATIN}{_DIGIT}_-]*|[{_HIRA}]|\s+|.[{_IVS}]?",
    re.DOTALL,
)
# Character variants that mean the same word in names and places; NFKC does not join them.
_VARIANTS = str.maketrans(dict(zip("髙﨑德瀨濵濱邊邉齋齊斎嶋嶌澤廣國學會條號邨峯曻眞槇", "高崎徳瀬浜浜辺辺斉斉斉島島沢広国学会条号村峰昇真槙")))
_SELECTORS = re.compile(f"[{_IVS}]")
_SPACES = re.compile(r"\s+")


def sentences(text: str) -> list[str]:
    return SENTENCE.findall(text)


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


@lru_cache(maxsize=20_000)
def fold(token: str) -> str:
    """What a token means apart from its notation: width, spaces, character variants."""
    if token.isascii() and not token.isspace():
        return token
    plain = unicodedata.normalize("NFKC", _SELECTORS.sub("", token)).translate(_VARIANTS)
    return _SPACES.sub(" ", plain) if plain.strip() else " "


def same_but_notation(a: str, b: str) -> bool:
    """Whether two texts differ only in width, spaces or variant forms."""
    return _SPACES.sub("", fold(a)) == _SPACES.sub("", fold(b))


def script(ch: str) -> str:
    """h hiragana, t katakana, k kanji, d digit, a letter, p anything else."""
    o = ord(ch)
    if 0x3041 <= o <= 0x3096:
        return "h"
    if 0x30A1 <= o <= 0x30FF:
        return "t"
    if 0x4E00 <= o <= 0x9FFF or ch in "々〆ヶ" or o >= 0x20000:
        return "k"
    if ch.isdigit():
        return "d"
    return "a" if ch.isalpha() else "p"
