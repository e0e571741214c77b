"""How the code reads, in figures: `python -m tests.bench.sentences [REVISION …]` measures
revisions beside the working tree.

Knows Python's own grammar (`ast`) and git; must not know what the program does. Figures are of
`pia/` without the landed revisions of the database, whose text is never edited. A figure "per
100 lines" counts lines that are neither blank nor inside a string of several lines.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

LANDED = "pia/store/migrations/versions/"
FIRST = "3486151"
LONG = 100
BRANCHES = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ExceptHandler,
    ast.Assert,
    ast.comprehension,
)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def sources(revision: str | None) -> Iterator[tuple[str, str]]:
    """Path and text of every module, of a revision or (None) of the working tree."""
    if revision is None:
        for path in sorted(Path("pia").rglob("*.py")):
            yield path.as_posix(), path.read_text(encoding="utf-8")
        return
    packed = subprocess.run(
        ["git", "archive", revision, "pia"], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            if member.name.endswith(".py"):
                held = archive.extractfile(member)
                assert held is not None
                yield member.name, held.read().decode()


def complexity(function: ast.AST) -> int:
    """McCabe's figure as C901 counts it: 1 and one for each branch, inner functions included."""
    total = 1
    for node in ast.walk(function):
        if isinstance(node, ast.comprehension):
            total += 1 + len(node.ifs)
        elif isinstance(node, ast.BoolOp):
            total += len(node.values) - 1
        elif isinstance(node, BRANCHES):
            total += 1
        elif isinstance(node, ast.Match):
            total += len(node.cases)
    return total


def branches(function: ast.AST) -> int:
    """As ruff's C901 counts: statements only."""
    total = 1
    for node in ast.walk(function):
        if isinstance(node, (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler)):
            total += 1
        elif isinstance(node, ast.Match):
            total += len(node.cases)
        elif (isinstance(node, FUNCTIONS) and node is not function) or (
            isinstance(node, ast.Try) and node.orelse
        ):
            total += 1
    return total


def bound_names(tree: ast.AST) -> Iterator[str]:
    """Every name a line binds: assigned, looped over, taken as an argument or imported as."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def parallel(node: ast.AST) -> bool:
    """`a, b = one(), two()`: two thoughts on one line. A swap is one thought."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Tuple):
        return False
    target = node.targets[0]
    if not isinstance(target, ast.Tuple):
        return False
    names = {ast.unparse(element) for element in target.elts}
    given = {ast.unparse(element) for element in node.value.elts}
    return names != given


def is_public(function: ast.AST) -> bool:
    return not getattr(function, "name", "_").startswith("_")


def public_things(tree: ast.Module) -> Iterator[ast.AST]:
    """Module, its public classes and functions, and the public methods of those."""
    yield tree
    for node in tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and is_public(node):
            yield node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, FUNCTIONS) and is_public(inner):
                        yield inner


def code_lines(text: str, tree: ast.AST) -> int:
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inside.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    total = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and number not in inside:
            total += 1
    return total


def measure(revision: str | None) -> dict[str, float]:
    """The figures of one revision; names as printed."""
    lines: list[str] = []
    code = 0
    comprehensions = conditional = pairs = ignored = 0
    names: list[str] = []
    things: list[ast.AST] = []
    figures: list[int] = []
    statements: list[int] = []
    for path, text in sources(revision):
        if path.startswith(LANDED):
            continue
        tree = ast.parse(text)
        lines += [line for line in text.splitlines() if line.strip()]
        code += code_lines(text, tree)
        names += bound_names(tree)
        things += public_things(tree)
        ignored += text.count("type: ignore")
        for node in ast.walk(tree):
            comprehensions += isinstance(node, COMPREHENSIONS)
            conditional += isinstance(node, ast.IfExp)
            pairs += parallel(node)
            if isinstance(node, FUNCTIONS):
                figures.append(complexity(node))
                statements.append(branches(node))
    long = sum(len(line) > LONG for line in lines)
    said = sum(ast.get_docstring(thing) is not None for thing in things)  # type: ignore[arg-type]
    short = sum(len(name) == 1 and name != "_" for name in names)
    return {
        "lines": len(lines),
        "lines over 100": long,
        "lines over 100, %": 100 * long / len(lines),
        "letters a line": sum(map(len, lines)) / len(lines),
        "comprehensions per 100": 100 * comprehensions / code,
        "conditional expressions per 100": 100 * conditional / code,
        "one-letter names, %": 100 * short / max(1, len(names)),
        "parallel assignments": pairs,
        "public docstrings, %": 100 * said / max(1, len(things)),
        "functions over 10": sum(figure > 10 for figure in figures),
        "functions over 12": sum(figure > 12 for figure in figures),
        "functions over 15": sum(figure > 15 for figure in figures),
        "worst function": max(figures, default=0),
        "over 12 by C901": sum(figure > 12 for figure in statements),
        "type: ignore": ignored,
    }


def main(revisions: list[str]) -> None:
    """Print one column a revision, the working tree last."""
    wanted: list[str | None] = [*(revisions or [FIRST]), None]
    columns = [measure(revision) for revision in wanted]
    print(f"{'':34}" + "".join(f"{revision or 'now':>12}" for revision in wanted))
    for name in columns[0]:
        print(f"{name:34}" + "".join(f"{column[name]:12.1f}" for column in columns))


if __name__ == "__main__":
    main(sys.argv[1:])
