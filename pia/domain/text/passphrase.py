"""Bytes said as words people read aloud and type: each byte is one of 256 short words in hiragana.

Knows the words. Must not know what the bytes are for. The list never changes order: words that were
written on paper stand for the same bytes for ever.
"""

from __future__ import annotations

import re
import unicodedata

_LIST = """
あさがお あじさい あひる あぶら あまど あめんぼ あやめ あられ いかだ いちご
いちょう いとまき いなほ いのしし いろり うぐいす うさぎ うちわ うなぎ うめぼし
うるし うわばき えだまめ えのき えびす えほん えんぴつ おおかみ おかゆ おちば
おにぎり おりがみ おんせん かえる かがみ かかし かきね かぐら かざぐるま かすみ
かたつむり かつお かなづち かばん かぶと かぼちゃ かまど かみなり からかさ
かるた かわうそ かんな きつつき きつね きなこ きのこ きびだんご きゅうり
きりかぶ きりん きんぎょ くじゃく くすのき くちなし くつした くぬぎ くまざさ
くもり くらげ くるま くるみ けいと けむり けやき こいのぼり こうもり こおろぎ
こけし こすもす こたつ こづち ことり こはく こよみ こんぶ さかな さくら さざえ
さといも さなぎ さんま さんご しいたけ しおり しじみ しずく しまうま しめじ
しゃくなげ しゃぼん しょうが しらかば しらす すいか すいせん すいとう すごろく
すずめ すずらん すだれ すみれ すりばち せみしぐれ せんす せんべい そうめん
そばがき そらまめ そろばん たいこ たきび たけのこ たこやき たたみ たぬき
たまねぎ たんす たんぽぽ ちくわ ちどり ちゃがま ちょうちん つくえ つくし つつじ
つばき つばめ つぼみ つみき つりばし てがみ てぬぐい てまり てんぐ とうふ
とかげ ときわ とちのき とびうお とまと どんぐり とんび とんぼ ながれ なぎさ
なすび なたね なつめ なでしこ なのはな なまず なわとび にじます にしん にわとり
にんじん ぬいもの ぬかみそ ねいろ ねぎぼうず ねこやなぎ ねじばな のこぎり のはら
のれん はがき はくさい はごろも はしご はちみつ はなび はなわ はまぐり はりこ
はるさめ はんてん ひいらぎ ひぐらし ひさし ひつじ ひなた ひのき ひばり ひまわり
ひょうたん ひよこ ふきのとう ふくろう ふすま ふでばこ ふのり ふもと ぶどう
へちま べんとう ほうき ほおずき ほたる ほのお ぼんぼり まきば まくら まつかさ
まつたけ まめまき まゆだま みかづき みかん みずうみ みずたま みのむし みやこ
みょうが むぎわら むくげ むささび むらさき めがね めだか もぐら もちつき もみじ
やかん やぐら やどかり やなぎ やまぶき やまびこ ゆきだるま ゆずゆ ゆりかご
ようかん よもぎ らくだ らっきょう らでん りんご りんどう れんげ れんこん
ろうそく わかめ わさび わたあめ わらび わらじ
"""
WORDS = tuple(_LIST.split())
_NUMBERS = {word: number for number, word in enumerate(WORDS)}
_KATAKANA = {ord(letter): ord(letter) - 0x60 for letter in map(chr, range(0x30A1, 0x30F7))}


def said(secret: bytes) -> str:
    """Bytes as words, with a space between them."""
    return " ".join(WORDS[byte] for byte in secret)


def heard(words: str) -> bytes | None:
    """The bytes of words as somebody typed them, in hiragana or katakana of any width, with any
    signs between them; None where one is none of the list."""
    narrow = unicodedata.normalize("NFKC", words).translate(_KATAKANA)
    numbers = [_NUMBERS.get(word) for word in re.findall(r"[ぁ-ゖ]+", narrow)]
    known = [number for number in numbers if number is not None]
    return bytes(known) if known and len(known) == len(numbers) else None
