"""Every form of the whole case sent twice at the same moment, as a double press does: one
effect, and two plain answers.

The case is played once with single posts and once with every post doubled in two threads under
one `_request`; both leave the same entries in the record. Knows the case (tests/web/case.py) and
its stage; must not know what a form is for.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pia.actions.people import sign_in
from pia.actions.workplace import Workplace
from pia.store.ledger import log
from pia.store.upkeep import fsck
from tests.web import case
from tests.web.client import PageClient
from tests.web.test_case import Paged, Paper, house

from .defences import without
from .places import place

ITEM = f"/lines/nhi-benefits~{case.ROUND}-x/items/IV/3"


class Enough(Exception):
    """So many posts were sent."""


class Sender:
    """Stands where a page client has its test client: gets pages once, and sends each form as
    often as it is told, at the same moment."""

    def __init__(self, page: PageClient, cookie: str, times: int, log_: Doubled):
        self.app, self.inner, self.cookie, self.times, self.log = (
            page.app,
            page.client,
            cookie,
            times,
            log_,
        )

    def get(self, url: str) -> Any:
        return self.inner.get(url)

    def post(self, action: str, data: dict[str, Any], content_type: str) -> Any:
        if self.log.left <= 0:
            raise Enough
        self.log.left -= 1
        data = {k: (v[0].read(), v[1]) if isinstance(v, tuple) else v for k, v in data.items()}
        clients = [self.inner, *(self._twin() for _ in range(self.times - 1))]
        answers: list[Any] = [None] * self.times
        ready = threading.Barrier(self.times)

        def send(i: int) -> None:
            body = {
                k: (io.BytesIO(v[0]), v[1]) if isinstance(v, tuple) else v for k, v in data.items()
            }
            ready.wait(30)
            answers[i] = clients[i].post(action, data=body, content_type=content_type)

        threads = [threading.Thread(target=send, args=(i,)) for i in range(self.times)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(120)
        # What the person sees is the answer of the deed; a bare way home is the answer of the copy.
        best = max(
            range(self.times),
            key=lambda i: (
                answers[i].status_code < 400,
                answers[i].status_code == 200,
                answers[i].headers.get("Location", "/") != "/",
                "Set-Cookie" in answers[i].headers,
            ),
        )
        self.log.pair(action, answers)
        self.inner = clients[best]
        return answers[best]

    def _twin(self) -> Any:
        twin, kept = self.app.test_client(), self.inner.get_cookie(self.cookie)
        if kept is not None:
            twin.set_cookie(self.cookie, kept.value)
        return twin


class Doubled(Paper):
    """The stage of the case on which every form is sent `times` times at once, until `left`
    forms are sent."""

    def __init__(self, wp: Workplace, times: int, left: int):
        super().__init__(wp)
        self.times, self.left, self.pairs, self.wrong, self.same = times, left, 0, list[str](), 0

    def person(self, name: str) -> Paged:
        return self._sending(super().person(name), "pia")

    def resident(self) -> Paged:
        return self._sending(super().resident(), "pia-public")

    def tablet(self, address: str) -> Paged:
        return self._sending(super().tablet(address), "pia")

    def _sending(self, made: Paged, cookie: str) -> Paged:
        made.client.client = Sender(made.client, cookie, self.times, self)
        return made

    def pair(self, action: str, answers: list[Any]) -> None:
        self.pairs += 1
        responses = [(a.status_code, a.headers.get("Location", "")) for a in answers]
        self.same += len(set(responses)) == 1
        if not all(status in (200, 303) for status, _ in responses):
            self.wrong.append(f"{action}: {responses}")


def _played(
    url: str, times: int, n: int
) -> tuple[Doubled, Counter[tuple[str, str]], int, list[str]]:
    """The case, then texts saved at the desk until `n` forms are sent; the record's entries, the
    versions, and what fsck finds."""
    with house(url) as wp, tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
        stage = Doubled(wp, times, n)
        try:
            case.play(stage, Path(folder))
            office = stage.person("mizukoshi")
            about = {
                "title": "もう一度",
                "name": f"{case.ROUND}-x",
                "kind": "CORRECTION",
                "documents": ["nhi-benefits"],
                "reasons": "記載の整理",
            }
            office.do("/affairs/nhi-benefits", "/affairs/nhi-benefits/rounds", about)
            while True:
                office.do(ITEM, ITEM, {"text": f"{stage.left}番目の記載。", "why": "記載の整理"})
        except Enough:
            pass
        with wp.store.read() as s:
            entries = _by_order(
                [
                    (e.action, e.target)
                    for e in s.scalars(select(log.AuditEntry).order_by(log.AuditEntry.seq))
                ]
            )
            versions = sum(
                len(e.detail.get("versions", ())) for e in s.scalars(select(log.AuditEntry))
            )
        return (
            stage,
            entries,
            versions,
            [str(p) for p in fsck.check(wp.store, deep=True) if p.level != "info"],
        )


def _by_order(entries: list[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Entries counted, a numbered target by its place among those of its kind: PostgreSQL gives
    no number twice, so one of an undone copy is passed over."""
    numbers: dict[str, list[str]] = {}
    for action, target in entries:
        kind = numbers.setdefault(action.split(".")[0], [])
        if target.isdigit() and target not in kind:
            kind.append(target)
    return Counter(
        (a, f"{sorted(numbers[a.split('.')[0]], key=int).index(t) + 1}" if t.isdigit() else t)
        for a, t in entries
    )


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Forms with two effects, or another answer, where nobody remembers what was sent."""
    with without("requests remembered", "requests known"):
        return int(run(kind, pg, argparse.Namespace(n=12))["missed"])


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` pairs."""
    idle, longest = sign_in.IDLE, sign_in.LONGEST
    sign_in.IDLE = sign_in.LONGEST = (
        longest * 1000
    )  # the case takes months: a day's session would be signed in anew each time
    try:
        with place(kind, pg) as url:
            _, once, versions, _ = _played(url, 1, args.n)
        with place(kind, pg) as url:
            stage, twice, again, damage = _played(url, 2, args.n)
    finally:
        sign_in.IDLE, sign_in.LONGEST = idle, longest
    differ = [
        f"{what}: {once[what]} → {twice[what]}"
        for what in sorted(once | twice)
        if once[what] != twice[what]
    ]
    wrong = [
        *stage.wrong,
        *differ,
        *damage,
        *([f"versions: {versions} → {again}"] if versions != again else []),
    ]
    return {
        "pairs": stage.pairs,
        "same_answer": stage.same,
        "entries": twice.total(),
        "versions": again,
        "which": wrong[:20],
        "missed": len(wrong),
    }
