"""The spine's figures in one run: `python -m tests.bench.spine`. Prints a table; asserts nothing
(speed is measured, not tested)."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pia import config, forms
from pia.actions import demo
from pia.actions.editing import items, national, versions
from pia.actions.upkeep.opening import open_workplace
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.act import JST, By
from pia.domain.document.items import with_answer
from pia.store import nodes
from pia.store.opening import upgrade
from pia.store.rows import assessments
from pia.store.rows.assessments import NewRound

BY = By("bench", "secretariat", datetime(2024, 10, 1, 9, tzinfo=JST))


def timed(run: Callable[[], object], times: int = 1) -> float:
    """Median milliseconds."""
    out = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        out.append((time.perf_counter() - start) * 1000)
    return statistics.median(out)


def main() -> int:
    rows: list[tuple[str, float, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'pia.db'}"
        upgrade(url)
        wp = open_workplace(config.load({"PIA_DATABASE_URL": url}))
        tree = demo.assessment("nhi-benefits")
        form = forms.load(tree.form)
        versions.bring_in(wp, BY, "one", versions.Brought(tree), why="x")
        where = versions.open_round(wp, BY, "one", NewRound("next", "REASSESSMENT", reasons=["x"]))
        counter = iter(range(10_000))

        def save_one() -> None:
            n = next(counter)
            items.save_answer(
                wp, BY, items.Opened(where, ("I", "8"), seen=f"one@{n + 1}"), f"記載{n}", why="x"
            )

        rows.append(
            (
                "one item edited and saved, durable (act: read, apply, save, audit)",
                timed(save_one, 21),
                "ms",
            )
        )
        national.register(wp, BY, demo.fixture("national/govcloud-2024"))
        national.apply(wp, BY, "govcloud-2024", {"one": ["file-nhi"]})
        with wp.store.read() as s:
            assessment = assessments.by_key(s, "one")
            new = assessments.head(s, assessment)
            old = s.get(assessments.Version, new.parent_id)
            rows.append(
                (
                    "two stored versions compared (cloud revision, 46,000 characters)",
                    timed(lambda: nodes.compare_versions(s, old.id, new.id), 31),
                    "ms",
                )
            )
        for i in range(40):
            versions.bring_in(
                wp,
                BY,
                f"many-{i}",
                versions.Brought(with_answer(form, tree, ("C", "1"), f"{100 + i}")),
                why="x",
            )
        many = {f"many-{i}": ["file-nhi"] for i in range(40)}
        rows.append(
            (
                "a national text of 5 places into 40 assessments",
                timed(lambda: national.apply(wp, BY, "govcloud-2024", many)),
                "ms",
            )
        )
        wp.store.close()
        book = writer.write(tree, form, title="国保", ref="one@1")
        rows.append(
            (
                f"a workbook of 58 printed pages read ({len(book) // 1024} kB)",
                timed(lambda: reader.read(book), 3),
                "ms",
            )
        )
        big = tree
        for path, text in [
            (p, "措置を講じる。" * 400)
            for p in (
                ("II", "file-nhi", "7"),
                ("II", "file-atena", "7"),
                ("II", "file-shuyaku", "7"),
                ("III", "file-nhi", "7", "X"),
                ("IV", "3"),
            )
        ]:
            big = with_answer(form, big, path, text)
        book = writer.write(big, form, title="国保", ref="one@1")
        rows.append(
            (
                f"a workbook of over 60,000 characters read ({len(book) // 1024} kB)",
                timed(lambda: reader.read(book), 3),
                "ms",
            )
        )
        rows.append(("the whole case played", timed(lambda: _play(Path(folder) / "case.db")), "ms"))
    for words, value, unit in rows:
        print(f"{value:10.1f} {unit}  {words}")
    return 0


def _play(file: Path) -> None:
    upgrade(f"sqlite:///{file}")
    wp = open_workplace(config.load({"PIA_DATABASE_URL": f"sqlite:///{file}"}))
    demo.play(wp)
    wp.store.close()


if __name__ == "__main__":
    sys.exit(main())
