"""How long a save, a compare and a first load take, on a document of a real one's size. It
prints milliseconds and fails only on a wrong answer."""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from pia import forms
from pia.domain.change.compare import compare
from pia.domain.document import items
from pia.domain.document.form import FormNode
from pia.domain.document.tree import Tree, walk
from pia.store import nodes
from pia.store.opening import open_store
from pia.store.rows import assessments
from tests.domain.trees import FORM
from tests.store import city

from .places import place

_WORDS = (
    "国保システムの特定個人情報ファイルは",
    "入退室を管理するサーバー室に保管し",
    "職員の権限を毎年度見直す",
    "委託先は契約で定めた措置を講じ",
    "記録を残す",
    "操作の履歴を定期に点検し",
)


def document(characters: int, rng: random.Random) -> Tree:
    """About 600 items of ordinary prose."""
    form = forms.load(FORM)
    paths: list[tuple[tuple[str, ...], FormNode]] = []

    def visit(line: FormNode, path: tuple[str, ...]) -> None:
        here = (*path, line.key)
        if line.answerable and line.kind in ("text", "choice_one", "yes_no"):
            paths.append((here, line))
        for entry in ("p", "q", "r")[: 2 if line.id == "II" else 3] if line.repeated else (None,):
            for c in line.children:
                visit(c, (*here, entry) if entry else here)

    for part in form.parts:
        visit(part, ())
    texts = [p for p, line in paths if line.kind == "text"]
    each = characters // len(texts)

    def prose() -> str:
        out = ""
        while len(out) < each:
            out += rng.choice(_WORDS) + rng.choice("、。") + str(rng.randint(0, 999))
        return out[: each // 2] + "\n＜中間サーバーにおける措置＞\n" + out[each // 2 : each]

    answers = [
        (
            p,
            prose()
            if line.kind == "text"
            else True
            if line.kind == "yes_no"
            else line.options[0].label,
        )
        for p, line in paths
    ]
    return items.build(form, answers)


def revised(tree: Tree, places: int, rng: random.Random, mark: str) -> Tree:
    answers = dict(items.answers(tree))
    for path in rng.sample(
        [p for p, a in answers.items() if isinstance(a, str) and "＜" in a], places
    ):
        answers[path] = (
            f"{answers[path]}\n＜ガバメントクラウドにおける措置＞\n①{mark}国及びクラウド"
            "事業者は、データにアクセスしない。"
        )
    return items.build(forms.load(tree.form), answers.items())


def _ms(times: int, act: Callable[[], Any]) -> dict[str, float]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return {
        "median": round(statistics.median(took), 2),
        "min": round(min(took), 2),
        "max": round(max(took), 2),
    }


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    rng = random.Random(args.seed)
    old = document(150_000, rng)
    new = revised(old, 6, rng, "")
    drafts = iter([revised(new, 1, rng, f"{i}") for i in range(args.n)])
    with place(kind, pg) as url:
        store = open_store(url)
        with store.begin() as s:
            a = city.save(s, city.found(s, "drill"), old)
        with store.begin() as s:
            b = city.save(s, assessments.by_key(s, "drill"), new)

        def save() -> None:
            with store.begin() as s:
                city.save(s, assessments.by_key(s, "drill"), next(drafts))

        def both() -> Any:
            with store.read() as s:
                return nodes.compare_versions(s, a.id, b.id)

        def load() -> Any:
            with store.read() as s:
                return nodes.tree(s, a.id)

        missed = int(both() != compare(old, new)) + int(load() != old)
        out = {
            "compare": _ms(args.n, both),
            "checkout": _ms(args.n, load),
            "save": _ms(args.n, save),
        }
        store.close()
    answers = items.answers(old)
    size = sum(len(a) for _, a in answers if isinstance(a, str))
    return {
        "items": len(answers),
        "nodes": sum(1 for _ in walk(old)),
        "characters": size,
        "manifest": len(a.manifest),
        **out,
        "missed": missed,
    }
