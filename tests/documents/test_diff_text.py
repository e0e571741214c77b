"""Changes in words: nothing is said by colour alone, and everything that changed is there."""

from __future__ import annotations

import re

from pia import forms
from pia.documents.comparison.text import notice, summed, terminal
from pia.domain.change.compare import compare
from pia.domain.change.describe import DescribedChange, describe
from pia.domain.document import items
from pia.domain.document.tree import Tree

FORM = forms.load("all_item@平成30年5月")
PATH = ("II", "file-a", "6", "1")


def doc(text: str) -> Tree:
    return items.build(FORM, [(PATH, text)])


def said(old: str, new: str) -> tuple[tuple[DescribedChange, ...], dict[str, int]]:
    a, b = doc(old), doc(new)
    cs = compare(a, b)
    return describe(FORM, cs, a, b), cs.summary


OLD = "＜端末における措置＞\n②特定個人情報の漏えいが生じないよう、確実にデータを消去する。"
NEW = (
    "＜端末における措置＞\n②特定個人情報の漏えいが生じないよう、確実に対応する。"
    "\n＜ガバメントクラウドにおける措置＞\n国が管理する。"
)


def test_without_colour_every_mark_is_a_word() -> None:
    text = terminal(*said(OLD, NEW), old="第3版", new="第4版")
    assert text.startswith("第3版 → 第4版：追加 1件、変更 1件\n")
    assert "確実に【削除】データを消去【／削除】【追加】対応【／追加】する。" in text
    assert "[追加] Ⅱ" in text and "【追加】＜ガバメントクラウドにおける措置＞" in text
    assert "\x1b" not in text


def test_with_colour_the_text_is_the_same_without_the_words() -> None:
    text = terminal(*said(OLD, NEW), old="a", new="b", colour=True)
    assert "\x1b[31;9mデータを消去\x1b[0m\x1b[32;4m対応\x1b[0m" in text
    plain = re.sub("\x1b\\[[0-9;]*m", "", text)
    words = re.sub("【[^】]*】", "", terminal(*said(OLD, NEW), old="a", new="b"))
    assert plain == words
    assert all(
        line.count("\x1b[0m") == len(re.findall("\x1b\\[[1-9]", line)) for line in text.splitlines()
    )


def test_long_unchanged_context_is_folded_on_request_only() -> None:
    same = "".join(f"{i}番目の措置を講ずる。" for i in range(60))
    args = said(same + "終わり。", same + "以上。")
    assert "（略）" in terminal(*args, old="a", new="b")
    whole = terminal(*args, old="a", new="b", fold=False)
    assert "（略）" not in whole and same in whole


def test_nothing_changed_is_said() -> None:
    assert terminal(*said(OLD, OLD), old="a", new="b") == "a → b：違いはありません\n"
    assert summed({"added": 0, "moved": 2}) == "移動 2件"


def test_a_notice_numbers_the_changes_and_shortens_long_ones() -> None:
    args = said(OLD, NEW + "".join(f"{i}番目の措置を講ずる。" for i in range(80)))
    text = notice(
        *args,
        title="国民健康保険に関する事務",
        old="公表版",
        new="案",
        address="https://pia.example.jp/nhi",
    )
    assert text.startswith("【国民健康保険に関する事務】\n公表版 から 案 への変更のお知らせ")
    assert "1. [変更] Ⅱ" in text and "2. [追加] Ⅱ" in text
    assert text.count("【追加】") == text.count("【／追加】") and "…" in text
    assert text.endswith("全文は下のページで御覧ください。\nhttps://pia.example.jp/nhi\n")


def test_a_moved_sentence_is_said() -> None:
    stay = "端末は施錠できる場所に保管する。通信は専用線により行う。"
    text = terminal(
        *said(
            "媒体の持ち出しは所属長の承認を要する。" + stay,
            stay + "媒体の持ち出しは所属長の承認を要する。",
        ),
        old="a",
        new="b",
    )
    assert "【移動】媒体の持ち出しは所属長の承認を要する。【／移動】" in text
