"""Letters that registers, typefaces and keyboards write in several ways (異体字: 髙 and 高), and
the selectors that ask for one glyph of a letter.

Knows letters only. Must not know what a text is about. Two letters are one here only where no word
of the field is told from another by them.
"""

from __future__ import annotations

_VARIANTS = (
    "高髙 崎﨑嵜碕 斎斉齋齊 辺邊邉 沢澤 浜濱濵 島嶋嶌 桜櫻 徳德 淵渕 広廣 国國 真眞 恵惠 静靜 "
    "条條 実實 瀬瀨 峰峯 富冨 吉𠮷 柳栁 栄榮 滝瀧 竜龍 関關 館舘 薮藪 鉄鐵鐡 万萬 弥彌 与與 亀龜 "
    "円圓 浅淺 芦蘆 巌巖 剣劍 槙槇 桧檜 曽曾 来來 黒黑 緑綠 横橫 清淸 壱壹 蛍螢 豊豐 礼禮 鶴靏鸖 "
    "籠篭 彦彥 晴晴 頼賴 蔵藏 児兒 鴎鷗 穂穗 薫薰 塩鹽 渓溪 荘莊 郎郞 黄黃 奥奧 渋澁 蝿蠅 桑桒"
)
# Variation selectors: they ask a typeface for one of a letter's glyphs.
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"


def _grouped(groups: str) -> dict[str, str]:
    first: dict[str, str] = {}
    for group in groups.split():
        for letter in group:
            first.setdefault(letter, group[0])
    return first


# Letter → the one that stands for all of its group.
ONE = _grouped(_VARIANTS)
