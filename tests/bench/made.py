"""Generated assessments of a given size and revisions of them, with the truth about what was
done: for the bench and for tests of exactness.

All text is invented. Equal arguments give equal documents.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from pia import forms
from pia.domain.document import items
from pia.domain.document.form import FormNode
from pia.domain.document.tree import Node, Path, Tree, walk

FORM = "all_item@平成30年5月"
CLOUD = "ガバメントクラウドにおける措置"
_HEADS = [
    "国保システムにおける措置",
    "中間サーバー・プラットフォームにおける措置",
    "端末における措置",
    "委託先における措置",
]
_WHO = [
    "職員は",
    "所属長は",
    "委託先の従業者は",
    "市民課は",
    "システム管理者は",
    "本市は",
    "評価実施機関は",
]
_WHAT = [
    "特定個人情報ファイルを",
    "記録媒体を",
    "申請書を",
    "被保険者の資格情報を",
    "アクセス記録を",
    "利用者の権限を",
    "電子証明書を",
    "入退室の記録を",
    "個人番号を",
]
_HOW = [
    "あらかじめ",
    "所属長の承認を得て",
    "施錠された室で",
    "専用線により",
    "生体認証により",
    "毎年度",
    "速やかに",
    "手順書に従い",
    "二人以上で",
    "暗号化した上で",
]
_DO = [
    "管理する",
    "保管する",
    "確認する",
    "記録する",
    "消去する",
    "点検する",
    "制限する",
    "登録する",
    "照合する",
    "廃棄する",
]


def sentence(rng: random.Random) -> str:
    how = "、".join(rng.sample(_HOW, rng.randint(1, 3)))
    return f"{rng.choice(_WHO)}、{how}、{rng.choice(_WHAT)}{rng.choice(_DO)}。"


def block(rng: random.Random, heading: str, length: int) -> str:
    out = [f"＜{heading}＞"] if heading else []
    size, n = 0, 0
    while size < length:
        n += 1
        line = ("①②③④⑤⑥⑦⑧⑨⑩"[n - 1] if n <= 10 else "") + "".join(
            sentence(rng) for _ in range(rng.randint(1, 3))
        )
        out.append(line)
        size += len(line)
    return "\n".join(out)


def _answer(rng: random.Random, line: FormNode, length: int) -> Any:
    match line.kind:
        case "text" if line.size == "short":
            return sentence(rng)
        case "text":
            heads = rng.sample(_HEADS, rng.randint(0, 3)) if rng.random() < 0.6 else []
            parts = [block(rng, h, max(20, length // (len(heads) or 1))) for h in heads] or [
                block(rng, "", length)
            ]
            return "\n".join(parts)
        case "choice_one":
            return rng.choice(line.options).label
        case "choice_many":
            return [o.label for o in rng.sample(line.options, max(1, len(line.options) // 2))]
        case "number":
            return str(rng.randint(1, 99))
        case "date":
            return "令和6年7月24日"
        case "yes_no":
            return True
        case "table":
            return [[str(i), f"記録項目{i}", sentence(rng)] for i in range(1, 20)]
    return {
        "shapes": [
            {"type": "box", "text": sentence(rng)[:12], "x": 10 * i, "y": 20, "w": 80, "h": 40}
            for i in range(6)
        ]
    }


def _paths(files: int) -> list[tuple[Path, FormNode]]:
    """Every answerable place of a document with so many ファイル, in order."""
    out: list[tuple[Path, FormNode]] = []

    def visit(line: FormNode, path: Path) -> None:
        here = (*path, line.key)
        if line.answerable and not line.procedure:
            out.append((here, line))
        keys = (
            [f"file-{i}" for i in range(files)]
            if line.shares or line.id == "II"
            else ["a", "b", "c"]
        )
        for c in line.children:
            for k in keys if line.repeated else [None]:
                visit(c, (*here, k) if k else here)

    for part in forms.load(FORM).parts:
        visit(part, ())
    return out


def document(count: int, characters: int, seed: int = 1) -> Tree:
    """An assessment of `count` answered items and about so many characters."""
    rng = random.Random(seed)
    files = 1
    while len(places := _paths(files)) < count:
        files += 1
    places = [places[i * len(places) // count] for i in range(count)]
    long = sum(line.kind == "text" and line.size == "long" for _, line in places)
    length = max(40, (characters - 50 * (count - long)) // max(1, long))
    return items.build(
        forms.load(FORM), [(path, _answer(rng, line, length)) for path, line in places]
    )


@dataclass
class Truth:
    """What was done, by the path in the new document (removed: in the old). `moves` counts
    blocks and entries put elsewhere."""

    added: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)
    modified: set[Path] = field(default_factory=set)
    moves: int = 0


def _texts(tree: Tree) -> list[Path]:
    return [
        p
        for p, n in walk(tree)
        if n.kind == "text" and sum(len(b.value["text"]) for b in n.leaves) > 60
    ]


def _item(tree: Tree, path: Path) -> Node:
    node = tree.find(path)
    assert node is not None
    return node


def cloud(tree: Tree, seed: int = 2) -> tuple[Tree, Truth]:
    """The national text: one new paragraph in six items, and one phrase edited elsewhere."""
    rng = random.Random(seed)
    answers = dict(items.answers(tree))
    truth = Truth()
    *six, edited = rng.sample(_texts(tree), 7)
    for path in six:
        answers[path] += "\n" + block(rng, CLOUD, 300)
        truth.added.add((*path, CLOUD))
    first = _item(tree, edited).leaves[0]
    answers[edited] = answers[edited].replace("する。", "することとする。", 1)
    truth.modified.add((*edited, first.key))
    return items.build(forms.load(FORM), answers.items()), truth


def heavy(tree: Tree, seed: int = 3) -> tuple[Tree, Truth]:
    """About 30 % of the texts edited, blocks moved, items added and removed, and one ファイル
    put before another."""
    rng = random.Random(seed)
    answers = dict(items.answers(tree))
    truth = Truth()
    texts = _texts(tree)
    for path in rng.sample(texts, len(texts) * 3 // 10):
        leaves = _item(tree, path).leaves
        parts = [b.value["text"] for b in leaves]
        i = rng.randrange(len(parts))
        parts[i] = _edited(rng, parts[i])
        truth.modified.add((*path, leaves[i].key))
        if len(parts) > 2 and rng.random() < 0.4 and leaves[0].key:
            parts.append(parts.pop(0))
            truth.moves += 1
        answers[path] = "\n".join(parts)
    gone = rng.sample(
        [p for p in texts if all((*p, b.key) not in truth.modified for b in _item(tree, p).leaves)],
        max(1, len(texts) // 50),
    )
    for path in gone:
        del answers[path]
        truth.removed |= {(*path, b.key) for b in _item(tree, path).leaves}
    empty = [
        (p, line)
        for p, line in _paths(1)
        if p not in answers and p not in gone and line.kind == "text" and not line.procedure
    ]
    for path, _ in rng.sample(empty, min(len(empty), max(1, len(texts) // 50))):
        answers[path] = block(rng, "", 120)
        truth.added.add((*path, ""))
    order = list(answers.items())
    files = list(dict.fromkeys(p[1] for p, _ in order if p[0] == "II"))
    if len(files) > 2:
        order = [x for x in order if x[0][:2] != ("II", files[0])] + [
            x for x in order if x[0][:2] == ("II", files[0])
        ]
        truth.moves += 1
    return items.build(forms.load(FORM), order), truth


def _edited(rng: random.Random, text: str) -> str:
    """A block with a few edits a department makes: words, clauses and sentences; its heading
    stays."""
    head, _, body = text.rpartition("＞\n") if text.startswith("＜") else ("", "", text)
    parts = body.split("。")[:-1]
    for _ in range(rng.randint(1, 3)):
        i = rng.randrange(len(parts))
        match rng.randrange(4):
            case 0:
                parts[i] = parts[i].replace("、", "、必要に応じて、", 1)
            case 1:
                parts[i] = parts[i] + "ものとする"
            case 2:
                parts.insert(i, sentence(rng)[:-1])
            case 3 if len(parts) > 2:
                parts.append(parts.pop(i).lstrip("\n"))
            case _:
                parts[i] += "こととし、その結果を記録する"
    made = "。".join(parts) + "。"
    made = made.strip("\n")
    made = made if made != body else made + "記録は保存する。"
    return f"{head}＞\n{made}" if head else made


def plain(tree: Tree) -> dict[str, Any]:
    """The same document as nested dicts and lists, as the interchange writes it: what other
    engines are given."""

    def below(n: Node | Tree) -> list[dict[str, Any]]:
        out = []
        for c in n.children:
            line: dict[str, Any] = {"key": c.key, "kind": c.kind}
            if c.value is not None:
                line["value"] = c.value
            if c.children:
                line["children"] = below(c)
            out.append(line)
        return out

    return {"form": tree.form, "children": below(tree)}


def leaf_texts(tree: Tree) -> dict[Path, str]:
    """The text of every leaf, by path: what text engines are given, pair by pair."""
    return {(*path, n.kind): items.leaf_text(n) for path, n in walk(tree) if n.content}
