"""Generated trees: any mix of filled items of a real form, with the nasty texts departments and
files bring."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from pia import forms
from pia.domain.document import items
from pia.domain.document.form import Form, FormNode, Option
from pia.domain.document.tree import Tree
from tests import properties

HEADINGS = [
    "国保システムにおける措置",
    "中間サーバー・プラットフォームにおける措置",
    "ガバメントクラウドにおける措置",
    "a",
    "1",
    "その他 #2",
]
WORDS = [
    "①サーバー等は",
    "特定個人情報を",
    "消去する。",
    "𠮷野家の",
    "髙﨑",
    "=1+1",
    "令和6年4月1日",
    "\t",
    "　",
    "｜",
    "\\",
    "＜引用＞の文",
    "（別紙）",
    "[○]",
    "葛\U000e0100",
]
FORM = "all_item@平成30年5月"


HEADED = ["＜{}＞", "〈{}〉", "<{}>", " ＜{}＞　"]


def a_text(rng: random.Random) -> str:
    out = []
    for _ in range(rng.randint(1, 4)):
        if rng.random() < 0.6:
            out.append(rng.choice(HEADED).format(rng.choice(HEADINGS)))
        out.append("".join(rng.choice(WORDS) for _ in range(rng.randint(1, 5))))
    between = rng.choice(["\n", "\n", "\n", "\n\n"])
    before = rng.choice(["", "", "", "\n"])
    return before + between.join(out) + rng.choice(["", "", "", "\n\n"])


def an_answer(rng: random.Random, line: FormNode) -> Any:
    match line.kind:
        case "text":
            return a_text(rng)
        case "choice_one":
            return rng.choice([option.label for option in line.options] + ["様式にない記載"])
        case "choice_many":
            picked = rng.sample(line.options, rng.randint(1, len(line.options)))
            return [_chosen(rng, option) for option in picked]
        case "number":
            return str(rng.randint(0, 99))
        case "date":
            return rng.choice(["令和6年7月24日", "H30.5.1", "未定", "２０２４／４／１"])
        case "yes_no":
            return True
        case "table":
            return [
                [str(i), rng.choice(WORDS) + rng.choice("甲乙丙")] for i in range(rng.randint(1, 5))
            ]
        case "figure":
            kinds = [rng.choice(["box", "label", "arrow"]) for _ in range(rng.randint(1, 5))]
            return {"shapes": [_shape(rng, kind) for kind in kinds]}
    raise AssertionError(line.kind)


def _chosen(rng: random.Random, option: Option) -> Any:
    if option.free and rng.random() < 0.7:
        return {option.label: rng.choice(WORDS)}
    return option.label


def _shape(rng: random.Random, kind: str) -> dict[str, Any]:
    words = "" if kind == "arrow" else rng.choice(WORDS)
    frame = {side: rng.randint(0, 500) for side in "xywh"}
    return {"type": kind, "text": words, **frame}


def some_answers(rng: random.Random, form: Form, share: float) -> dict[tuple[str, ...], Any]:
    out: dict[tuple[str, ...], Any] = {}
    files = rng.sample(["file-a", "file-b", "file-c"], rng.randint(1, 3))

    def keys(line: FormNode) -> list[str]:
        if line.shares or line.id == "II":
            return files
        return rng.sample(["p", "q", "r", "s"], rng.randint(0, 3))

    def visit(line: FormNode, path: tuple[str, ...]) -> None:
        here = (*path, line.key)
        if line.answerable and rng.random() < share:
            out[here] = an_answer(rng, line)
        places = [(*here, key) for key in keys(line)] if line.repeated else [here]
        for place in places:
            for child in line.children:
                visit(child, place)

    for part in form.parts:
        visit(part, ())
    return out


def a_tree(rng: random.Random, form_id: str = FORM, share: float = 0.12) -> Tree:
    form = forms.load(form_id)
    return items.build(form, some_answers(rng, form, share).items())


def revised(rng: random.Random, tree: Tree) -> Tree:
    """Another tree a department could have made of this one: edits, additions, removals,
    reordered and swapped repeats."""
    form = forms.load(tree.form)
    answers = dict(items.answers(tree))
    for path in list(answers):
        roll = rng.random()
        line = form.at(path)[0]
        assert line
        if roll < 0.1:
            del answers[path]
        elif roll < 0.3:
            answers[path] = an_answer(rng, line)
        elif roll < 0.4 and line.kind == "text" and isinstance(answers[path], str):
            parts = answers[path].split("\n")
            rng.shuffle(parts)
            answers[path] = "\n".join(parts)
        elif roll < 0.5 and line.kind == "table":
            rows = [row["cells"] for row in answers[path]]
            rng.shuffle(rows)
            answers[path] = rows
        elif roll < 0.6 and line.kind == "text" and isinstance(answers[path], str):
            answers[path] = answers[path].replace("における", "の") + "。"
    answers.update(some_answers(rng, form, 0.01))
    order = list(answers.items())
    if rng.random() < 0.5:
        rng.shuffle(order)
    return items.build(form, order)


@lru_cache(maxsize=2 * len(properties.SEEDS))
def tree_of(seed: int, share: float = 0.12) -> Tree:
    """The generated tree of a seed, built once for all tests. `share`: of the form's items, how
    many are filled."""
    return a_tree(random.Random(seed), share=share)


@lru_cache(maxsize=2 * len(properties.SEEDS))
def pair_of(seed: int, share: float = 0.12) -> tuple[Tree, Tree]:
    """A tree and what it was revised to, or now and then another tree altogether."""
    old = tree_of(seed, share)
    rng = random.Random(f"{seed} revised")
    return old, revised(rng, old) if rng.random() < 0.8 else a_tree(rng, share=share)


def seeds() -> st.SearchStrategy[int]:
    """Seeds of the few trees that every run looks at; in a drill any seed."""
    if properties.DRILL:
        return st.integers(0, 2**32)
    return st.sampled_from(properties.SEEDS)


def trees() -> st.SearchStrategy[Tree]:
    return seeds().map(tree_of)


def pairs(share: float = 0.12) -> st.SearchStrategy[tuple[Tree, Tree]]:
    return seeds().map(lambda seed: pair_of(seed, share))
