"""Assessments on paper read back by what is seen on it: our PDF without the copy it carries, item
by item, and our Word file, whole. What was not read to the letter must be listed."""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from typing import Any

from pia import forms
from pia.documents.paper_in import reader
from pia.documents.pdf import assessment
from pia.documents.word import assessment as word
from pia.documents.word import writer
from pia.domain.document.tree import Path, Tree
from tests.documents import written
from tests.documents.books import by_place

KINDS = ("pdf", "docx")
FORMS = (
    "all_item@平成30年5月",
    "key_item@平成30年5月",
    "basic_item@令和6年10月",
    "all_item@令和6年10月",
)


def as_compared(tree: Tree) -> dict[Path, Any]:
    """Answers by place, without line feeds and what a drawing shows."""
    form = forms.load(tree.form)
    out = {}
    for path, answer in by_place(tree, form).items():
        line = form.at(path)[0]
        if line is not None and line.kind == "figure":
            continue
        out[path] = _flat(answer)
    return out


def _flat(answer: Any) -> Any:
    if isinstance(answer, str):
        return re.sub(r"\n", "", answer)
    if isinstance(answer, dict):
        return {_flat(key): _flat(value) for key, value in answer.items()}
    if isinstance(answer, (list, tuple)):
        return [_flat(part) for part in answer]
    return answer


def differing(tree: Tree, read: Tree) -> list[tuple[Path, Any, Any]]:
    """Items that were not read to the letter: path, what was written, what was read."""
    before = as_compared(tree)
    after = as_compared(read)
    out = []
    for path in dict.fromkeys((*before, *after)):
        if before.get(path) != after.get(path):
            out.append((path, before.get(path), after.get(path)))
    return out


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`kind` and `pg` are not used: no database is involved."""
    names = ("documents", "pages", "items", "other", "listed", "missed")
    counts = dict.fromkeys((*names, "word_other", "word_missed"), 0)
    kinds = getattr(args, "of", KINDS)
    which: list[str] = []
    seconds = 0.0
    for index in range(args.n):
        rng = random.Random(f"{args.seed}/{index}")
        tree = written.assessment(rng, FORMS[index % len(FORMS)])
        counts["documents"] += 1
        counts["items"] += len(as_compared(tree))
        if "pdf" in kinds:
            printed = assessment.write(tree, forms.load(tree.form), title="写し")
            start = time.process_time()
            read = reader.read(printed.data, child=False)
            seconds += time.process_time() - start
            counts["pages"] += printed.count
            _count(counts, "", f"{args.seed}/{index} pdf", tree, read, which)
        if "docx" in kinds:
            paper = word.write(tree, forms.load(tree.form), title="写し").paper
            read = reader.read(writer.write(paper), child=False)
            _count(counts, "word_", f"{args.seed}/{index} docx", tree, read, which)
    return {**counts, "seconds": round(seconds, 1), "which": which[:20]}


def _count(
    counts: dict[str, int],
    prefix: str,
    name: str,
    tree: Tree,
    read: reader.PaperReading,
    which: list[str],
) -> None:
    """What of a document was read as something else, and what of it nobody was told."""
    for path, before, after in differing(tree, read.tree):
        counts[f"{prefix}other"] += 1
        if _is_told(read, before, after):
            counts["listed"] += 1
        else:
            counts[f"{prefix}missed"] += 1
            which.append(f"{name} {'/'.join(path)}: {_first(before, after)}")


def _first(before: Any, after: Any) -> str:
    """Where two answers differ first, with what stands around."""
    one = json.dumps(before, ensure_ascii=False)
    other = json.dumps(after, ensure_ascii=False)
    at = 0
    while at < min(len(one), len(other)) and one[at] == other[at]:
        at += 1
    start = max(at - 15, 0)
    return f"{one[start : at + 25]} | {other[start : at + 25]}"


def _is_told(read: reader.PaperReading, before: Any, after: Any) -> bool:
    """Whether a person is told of an item that was not read."""
    return after is None and any(
        problem.code in ("unread_cell", "label_missing", "choice_unclear", "answer_twice")
        for problem in read.problems
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="paper")
    parser.add_argument("-n", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--of", nargs="+", choices=KINDS, default=KINDS)
    counts = run("", None, parser.parse_args(argv))
    print(json.dumps({"drill": "paper", **counts}, ensure_ascii=False, indent=1))
    return 1 if counts["missed"] or counts["word_missed"] else 0


if __name__ == "__main__":
    main()
