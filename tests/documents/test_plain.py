"""Text and Markdown: read and written without loss, and compared as what they are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pia.documents.text.plain import read_markdown, read_text, read_whole, to_text
from pia.domain.document.tree import Tree, walk
from pia.domain.errors import PiaError
from tests.domain.expecting import expect_changes, proven

LINES = [
    "# 総則",
    "## 目的",
    "## 定義",
    "### 細則",
    "#見出し",
    "####### 七つ",
    "```",
    "~~~",
    "第一条　この条例は、手続を定める。",
    "第二条　市長は、規則を定める。",
    "２　前項の規定は、準用する。",
    "一　申請書",
    "",
    "",
    "　",
    "附則",
    "## 附則",
    "本文の段落であり、長さは中くらいである。",
    "①措置を講ずる。",
    "| a | b |",
    "𠮷野家",
    "葛\U000e0100城",
]
texts = st.lists(st.sampled_from(LINES), max_size=14).map("\n".join)


@given(texts)
def test_reading_loses_nothing(text: str) -> None:
    for read in (read_text, read_markdown):
        assert to_text(read(text)) == text
    assert (read_whole(text).children[0].value["text"] if text else "") == text


@given(st.text(st.sampled_from("#\n a`　第一"), max_size=30))
def test_reading_loses_nothing_of_anything(text: str) -> None:
    for read in (read_text, read_markdown):
        assert to_text(read(text)) == text


@given(texts, texts)
def test_replay_is_the_inverse_of_compare(old: str, new: str) -> None:
    proven(read_markdown(old), read_markdown(new))
    proven(read_text(old), read_text(new))


@given(texts, st.integers(0, 2**32))
def test_a_revision_of_a_document(text: str, seed: int) -> None:
    rng = random.Random(seed)
    lines = text.split("\n")
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines) + 1)
        match rng.randrange(4):
            case 0:
                lines.insert(at, rng.choice(LINES))
            case 1:
                del lines[at : at + 2]
            case 2:
                lines[at : at + 3] = reversed(lines[at : at + 3])
            case 3:
                lines[at : at + 1] = [x + "ただし、この限りでない。" for x in lines[at : at + 1]]
    proven(read_markdown(text), read_markdown("\n".join(lines)))


def article(n: int, body: str) -> str:
    return f"## 第{n}条\n{body}\n"


SUPERVISION = "委託先の監督は、毎年度、書面により行わなければならない。"
BODIES = [
    f"市長は、{w}に関する事務を行うに当たり、{v}を定めるものとする。"
    for w, v in zip(
        ["受付", "審査", "決定", "通知", "保管", "廃棄"],
        ["期間", "様式", "基準", "方法", "場所", "手順"],
    )
]


def law(bodies: list[str]) -> Tree:
    return read_markdown("# 条例\n" + "".join(article(i, b) for i, b in enumerate(bodies, 1)))


def test_an_inserted_article_is_added_and_the_later_ones_renumbered() -> None:
    expect_changes(
        law(BODIES),
        law([*BODIES[:2], SUPERVISION, *BODIES[2:]]),
        [
            "added section 条例/第3条",
            "added block 条例/第3条/",
            "renumbered section 条例/第3条 → 条例/第4条",
            "renumbered section 条例/第4条 → 条例/第5条",
            "renumbered section 条例/第5条 → 条例/第6条",
            "renumbered section 条例/第6条 → 条例/第7条",
        ],
    )


def test_a_moved_article_is_moved() -> None:
    expect_changes(
        law(BODIES),
        law([BODIES[5], *BODIES[:5]]),
        [
            "moved section 条例/第6条 → 条例/第1条",
            "renumbered section 条例/第6条 → 条例/第1条",
            "renumbered section 条例/第1条 → 条例/第2条",
            "renumbered section 条例/第2条 → 条例/第3条",
            "renumbered section 条例/第3条 → 条例/第4条",
            "renumbered section 条例/第4条 → 条例/第5条",
            "renumbered section 条例/第5条 → 条例/第6条",
        ],
    )


def test_an_edited_article_that_was_also_renumbered() -> None:
    edited = BODIES[3].replace("方法", "期限及び方法")
    expect_changes(
        law(BODIES),
        law([BODIES[0], SUPERVISION, *BODIES[1:3], edited, *BODIES[4:]]),
        [
            "added section 条例/第2条",
            "added block 条例/第2条/",
            "renumbered section 条例/第2条 → 条例/第3条",
            "renumbered section 条例/第3条 → 条例/第4条",
            "renumbered section 条例/第4条 → 条例/第5条",
            "modified block 条例/第4条/ → 条例/第5条/",
            "renumbered section 条例/第5条 → 条例/第6条",
            "renumbered section 条例/第6条 → 条例/第7条",
        ],
    )


def test_numbered_paragraphs_of_plain_text_are_renumbered() -> None:
    old = "１　受付に関すること。\n２　審査に関すること。\n３　通知に関すること。\n"
    new = (
        "１　受付に関すること。\n２　保管に関する基準を定めること。\n３　審査に関すること。"
        "\n４　通知に関すること。\n"
    )
    said = ["added block  #2", "renumbered block  #2 →  #3", "renumbered block  #3 →  #4"]
    expect_changes(read_text(old), read_text(new), said)


def test_kanji_articles_with_a_branch_number() -> None:
    old = "第一条　この条例は、審議会の組織を定める。\n第二条　委員は、市長が委嘱する。\n"
    new = (
        "第一条　この条例は、審議会の組織を定める。\n第一条の二　会議は、公開とする。"
        "\n第二条　委員は、市長が委嘱する。\n"
    )
    expect_changes(read_text(old), read_text(new), ["added block  #2"])


def test_a_section_under_another_heading_is_one_move() -> None:
    section = "## 保管\n記録媒体は、耐火金庫に保管する。\n鍵は、管理者が持つ。\n"
    old = f"# 庁舎\n入退室を管理する。\n{section}# 委託先\n契約書に明記する。\n"
    new = f"# 庁舎\n入退室を管理する。\n# 委託先\n契約書に明記する。\n{section}"
    expect_changes(
        read_markdown(old), read_markdown(new), ["moved section 庁舎/保管 → 委託先/保管"]
    )


def test_a_section_moved_and_edited_inside() -> None:
    old = (
        "# 庁舎\n入退室を管理する。\n## 保管\n記録媒体は、耐火金庫に保管する。\n鍵は、"
        "管理者が持つ。\n# 委託先\n契約書に明記する。\n"
    )
    new = (
        "# 庁舎\n入退室を管理する。\n# 委託先\n契約書に明記する。\n## 保管\n記録媒体は、"
        "耐火金庫に保管し、毎月点検する。\n鍵は、管理者が持つ。\n"
    )
    expect_changes(
        read_markdown(old),
        read_markdown(new),
        [
            "moved section 庁舎/保管 → 委託先/保管",
            "modified block 庁舎/保管/ → 委託先/保管/",
        ],
    )


def test_a_paragraph_from_a_section_that_is_gone() -> None:
    old = "# 甲\n端末は施錠して保管する。\n# 乙\n通信は専用線により行う。\n# 丙\n鍵を替える。\n"
    new = "# 甲\n端末は施錠して保管する。\n通信は専用線により行う。\n# 丙\n鍵を替える。\n"
    expect_changes(
        read_markdown(old),
        read_markdown(new),
        ["moved block 乙/ → 甲/ #2", "removed section 乙"],
    )


def test_a_heading_reworded_keeps_its_section() -> None:
    old = "# 安全管理措置\n端末は施錠して保管する。\n通信は専用線により行う。\n"
    new = old.replace("安全管理措置", "安全管理のための措置")
    said = ["modified section 安全管理措置 → 安全管理のための措置"]
    expect_changes(read_markdown(old), read_markdown(new), said)


def test_code_fences_hide_headings() -> None:
    tree = read_markdown("# 一\n```\n# 注釈\n```\n# 二\n")
    assert [n.key for _, n in walk(tree) if n.kind == "section"] == ["一", "二"]


def test_line_feeds_alone() -> None:
    old, new = read_text("前段。\n後段。\n"), read_text("前段。\n\n\n後段。\n")
    (change,) = expect_changes(old, new, ["modified block  #2"])
    assert change.at is not None and change.at.extra == 2
    proven(read_text("前段。\n"), read_text("前段。"))
    proven(read_text(""), read_text("\n\n"))


def test_bad_characters_are_refused_with_their_place() -> None:
    with pytest.raises(PiaError, match=r"b\.mdの2行目3文字目.*U\+0000"):
        read_markdown("# a\nbc\x00", "b.md")


def test_without_keys_almost_all_are_matched_right() -> None:
    """Against the truth of a generator: paragraphs are edited, moved, removed and inserted, and
    each must find its old self."""
    rng = random.Random(11)
    vocabulary = [
        a + b
        for a in ["個人", "情報", "住民", "保険", "税務", "福祉", "介護", "年金", "医療", "申請"]
        for b in ["台帳", "番号", "記録", "審査", "通知", "登録", "管理", "端末", "媒体", "権限"]
    ]

    def paragraph() -> str:
        return (
            "、".join(
                "".join(rng.choices(vocabulary, k=3)) + "を行い" for _ in range(rng.randint(2, 6))
            )
            + "、記録する。"
        )

    paragraphs = list(dict.fromkeys(paragraph() for _ in range(600)))
    origin: dict[str, str] = {}
    revised = []
    for p in paragraphs:
        roll = rng.random()
        if roll < 0.04:
            continue
        new = p.replace("を行い", "を確実に行い", 1) if roll < 0.25 else p
        origin[new] = p
        revised.append(new)
        if roll > 0.96:
            revised.append(paragraph())
    for _ in range(12):
        revised.insert(rng.randrange(len(revised)), revised.pop(rng.randrange(len(revised))))
    cs = proven(read_text("\n".join(paragraphs) + "\n"), read_text("\n".join(revised) + "\n"))
    paired = [
        (c.before.value["text"], c.after.value["text"])
        for c in cs
        if c.before is not None and c.after is not None
    ]
    wrong = sum(origin.get(after) != before for before, after in paired)
    missed = sum(
        c.kind == "added" and c.after is not None and c.after.value["text"] in origin for c in cs
    )
    assert wrong + missed <= 0.01 * len(revised)
    assert cs.summary["moved"] <= 14
