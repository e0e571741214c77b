"""Generated assessments with the words that programs lose: 40,000 letters, variants of kanji,
letters that normal forms rewrite, line ends of every kind, signs a table takes for a formula. They
go into the database and out, into the interchange file and back, and every fifth into a workbook
and back: what comes back is equal to the letter.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from typing import Any

from pia import forms
from pia.documents.text import interchange
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.document import items
from pia.domain.document.tree import Tree, walk
from pia.store import nodes
from pia.store.opening import open_store
from pia.store.rows import assessments
from tests.documents.books import by_place, without_map
from tests.domain.trees import a_tree
from tests.store import city

from .defences import without
from .places import place

LONG = 40_000
# 葛 and 辻 with a variant selector, compatibility kanji, a surrogate pair, composed and not.
ODD = (
    "葛\U000e0100城市と葛\U000e0101飾区",
    "神\ufa19社の\ufa1a例",
    "𠮷野家の𩸽",
    "か\u3099きぐけこ・がぎぐ",
    "㌔㌢①Ⅸ㈱ﾊﾝｶｸ",
    "一行目\r\n二行目\r三行目\n四行目",
    '=HYPERLINK("http://example.invalid")',
    "+1-2@3",
    "　字下げ、末尾に空白 　",
    "タブ\tの\tある行",
    "「引用」、<b>&amp;</b>'\"",
    "絵文字👨‍👩‍👧と🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "_x000D_と_x0041_",
)
BATCH = 25
EACH = 5


def _document(rng: random.Random, index: int) -> Tree:
    """A document with odd words in some of its texts; every fiftieth has a very long one."""
    tree = a_tree(rng, rng.choice(forms.known()), rng.choice((0.05, 0.2)))
    answers = dict(items.answers(tree))
    texts = [path for path, node in walk(tree) if node.kind == "text" and path in answers]
    for path in rng.sample(texts, min(4, len(texts))):
        answers[path] = "。\n".join(rng.sample(ODD, 3))
    if texts and index % 50 == 0:
        answers[rng.choice(texts)] = (("長い記載。" + rng.choice(ODD)) * LONG)[:LONG].strip()
    return items.build(forms.load(tree.form), answers.items())


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` documents; on the database they go through, if one is named."""
    counts: Counter[str] = Counter()
    missed: list[str] = []
    with place(kind or "sqlite", pg) as url:
        store = open_store(url)
        with store.begin() as session:
            city.found(session, "drill")
            city.wrote(session)
        for first in range(0, args.n, BATCH):
            saved = [
                (index, _document(random.Random(f"{args.seed}/{index}"), index))
                for index in range(first, min(first + BATCH, args.n))
            ]
            with store.begin() as session:
                assessment = assessments.by_key(session, "drill")
                ids = [city.save(session, assessment, tree).id for _, tree in saved]
            with store.read() as session:
                for (index, tree), number in zip(saved, ids):
                    _look(index, tree, nodes.tree(session, number), counts, missed)
        store.close()
    return {**counts, "which": missed[:20], "missed": len(missed)}


def _look(index: int, tree: Tree, stored: Tree, counts: Counter[str], missed: list[str]) -> None:
    """What a document says after each way out and back."""
    counts["documents"] += 1
    counts["letters"] += sum(len(str(answer)) for _, answer in items.answers(tree))
    if items.answers(stored) != items.answers(tree) or stored.digest != tree.digest:
        missed.append(f"{index}: the database")
    back = interchange.read(interchange.write(tree)).tree
    if back.digest != tree.digest:
        missed.append(f"{index}: the interchange file")
    if index % EACH:
        return
    counts["workbooks"] += 1
    form = forms.load(tree.form)
    book = writer.write(tree, form, title="往復", ref="drill@1")
    if index % (2 * EACH):
        reading = reader.read(without_map(book), form, child=False)
        if reading.errors:
            counts["workbooks that say what they lose"] += 1
        elif by_place(reading.tree, form) != by_place(tree, form):
            missed.append(f"{index}: the workbook")
    elif reader.read(book, child=False).tree.digest != tree.digest:
        missed.append(f"{index}: the workbook with its map")


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Documents that come back otherwise where texts are tidied in reading."""
    with without("texts as typed"):
        return int(run(kind, pg, argparse.Namespace(n=12, seed=1))["missed"])
