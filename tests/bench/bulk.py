"""A city, or a hundred, in bulk: affairs with years of rounds and versions written as rows, each
version with its entry, so that the chain is whole and `fsck` finds nothing.

`python -m tests.bench.bulk URL --affairs 5000` adds to a database that `pia init` made (with
`--case` the demonstration is played into it first). All text is invented.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Update, bindparam, func, insert, select, update

from pia import config, forms
from pia.actions import demo
from pia.actions.records import procedures
from pia.actions.upkeep.opening import open_workplace
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.document.form import Form, reviewed
from pia.domain.document.items import with_answer
from pia.domain.document.tree import Tree
from pia.store import nodes
from pia.store.ledger import log
from pia.store.ledger.digests import nonce
from pia.store.ledger.witness import Witness
from pia.store.model import Base, acted
from pia.store.opening import upgrade
from pia.store.rows.bodies import Body, Department
from pia.store.rows.councils import Council

EPOCH = datetime(2016, 4, 1, 1, 0, tzinfo=UTC)
VARIANTS = 60
# The steps of a whole round: (event, state after it, days since the round began).
STEPS = (
    ("open", "DRAFTING", 0),
    ("announce", "CONSULTING", 40),
    ("close_consultation", "REVISING", 75),
    ("refer", "REVIEWING", 85),
    ("approve", "REVIEWED", 100),
    ("submit", "SUBMITTED", 110),
    ("publish", "PUBLISHED", 120),
)
KINDS = ("福祉", "税務", "健康", "子育て", "介護", "住宅", "防災", "学校")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything: rounds and versions for each affair; `open_every`: one affair in so
    many has its last round still open, waiting at one of its steps."""

    affairs: int
    rounds: int = 4
    versions: int = 20
    open_every: int = 8
    body: str = "みなとの市長"


@dataclass(slots=True)
class _Rows:
    """Rows by table, with the numbers they get. A row of `late` columns is inserted without them
    and gets them once everything it names is there.
    """

    session: Witness
    last: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **values: Any) -> dict[str, Any]:
        """A row of a table that has a number of its own, which it gets."""
        if table not in self.last:
            numbers = select(func.max(Base.metadata.tables[table].c.id))
            self.last[table] = self.session.scalar(numbers) or 0
        self.last[table] += 1
        return self.link(table, id=self.last[table], **values)

    def link(self, table: str, **values: Any) -> dict[str, Any]:
        """A row of a table whose key is made of others."""
        self.waiting.setdefault(table, []).append(values)
        return values

    def write(self) -> None:
        """Inserts what waits, in the order of the tables' references, and tells it."""
        connection = self.session.connection()
        for table in _ORDER:
            rows = self.waiting.get(table, [])
            if rows:
                shown = [_without_ends(row) for row in rows]
                connection.execute(insert(Base.metadata.tables[table]), shown)
        for table in ("assessment", "round"):
            rows = self.waiting.get(table, [])
            if rows:
                connection.execute(_ends_of(table), [_named_ends(row) for row in rows])
        for table, rows in self.waiting.items():
            self.session.told(Base.metadata.tables[table], rows)
        self.waiting.clear()


_ORDER = (
    "affair",
    "threshold_fact",
    "assessment",
    "round",
    "version",
    "round_event",
    "consultation",
    "consultation_round",
    "opinion",
    "response",
    "referral",
    "referral_round",
    "sitting",
    "verdict",
    "submission",
    "publication",
)


# Assessments and rounds name versions that name them: they are inserted without, and then told.
ENDS = ("base_id", "head_id")


def _without_ends(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {name: None for name in ENDS if name in row}


def _ends_of(table: str) -> Update:
    rows = Base.metadata.tables[table]
    ends = {name: bindparam(f"new_{name}") for name in ENDS if name in rows.c}
    return update(rows).where(rows.c.id == bindparam("own")).values(**ends)


def _named_ends(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"own": row["id"]} | {f"new_{name}": row[name] for name in ENDS if name in row}


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as a version row holds it."""

    form: str
    digest: str
    reviewed_digest: str
    manifest: bytes


def _texts(session: Witness, tree: Tree) -> tuple[_Text, ...]:
    """Variants of a text, stored once and named by many versions."""
    form = forms.load(tree.form)
    place = _place(form)
    texts = []
    for number in range(VARIANTS):
        words = f"窓口で受け付けた届出を、{KINDS[number % 8]}の台帳{number}号に記録する。"
        varied = with_answer(form, tree, place, words)
        manifest = nodes.put_tree(session, varied)
        checked = reviewed(form, varied).digest
        texts.append(_Text(tree.form, varied.digest, checked, manifest))
    return tuple(texts)


def _place(form: Form) -> tuple[str, ...]:
    """The first plain text item of a form: what every version changes."""
    for item in form.walk():
        inside = [*item.parents, item]
        is_free = not item.procedure and not item.role
        if item.kind == "text" and is_free and not any(parent.repeated for parent in inside):
            return tuple(part.key for part in inside)
    raise AssertionError("a form without a text")


def fill(wp: Workplace, size: Size, progress: Callable[[int], None] = lambda _: None) -> None:
    """Adds a city of this size, fifty affairs to a transaction. `progress` is told how many are
    there.
    """
    with wp.store.begin() as session:
        ground = _ground(session, size)
        log.entry(session, _by(0), "bulk.ground", "bulk")
    for start in range(0, size.affairs, 50):
        end = min(start + 50, size.affairs)
        with wp.store.begin() as session:
            maker = _Maker(session, ground, size, procedures.keep(session, wp))
            for number in range(start, end):
                maker.affair(number)
        progress(end)
    if not wp.store.sqlite:
        _sequences(wp)


def _sequences(wp: Workplace) -> None:
    """PostgreSQL counts on from the numbers that were given by hand."""
    with wp.store.engine.begin() as connection:
        for table in _ORDER:
            if "id" in Base.metadata.tables[table].c:
                of = f"pg_get_serial_sequence('\"{table}\"', 'id')"
                last = f'(SELECT coalesce(max(id), 1) FROM "{table}")'
                connection.exec_driver_sql(f"SELECT setval({of}, {last})")


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every affair stands on. `tag` begins its key."""

    body: int
    departments: tuple[int, ...]
    council: int
    whole: tuple[_Text, ...]
    basic: tuple[_Text, ...]
    tag: str


def _by(number: int, days: int = 0) -> By:
    return By("mizukoshi", "secretariat", EPOCH + timedelta(days=days, minutes=number % 480))


def _ground(session: Witness, size: Size) -> _Ground:
    body = session.scalar(select(Body).where(Body.name == size.body))
    if body is None:
        body = Body(name=size.body)
        session.add(body)
    council = session.scalar(select(Council).limit(1))
    if council is None:
        council = Council(name="みなとの市個人情報保護審議会")
        session.add(council)
    session.flush()
    offices = []
    for kind in KINDS:
        offices.append(Department(body_id=body.id, name=f"{kind}課", position=len(offices)))
    session.add_all(offices)
    session.flush()
    return _Ground(
        body.id,
        tuple(office.id for office in offices),
        council.id,
        _texts(session, demo.assessment("nhi-benefits")),
        _texts(session, demo.assessment("nhi-benefits-basic")),
        f"b{body.id}",
    )


class _Maker:
    """Writes one affair after another into a transaction."""

    def __init__(self, session: Witness, ground: _Ground, size: Size, procedure: Mapping[str, str]):
        self.session = session
        self.ground = ground
        self.size = size
        self.rows = _Rows(session)
        self.procedure = procedure
        self.made: list[tuple[By, list[str]]] = []  # (who and when, [KEY@N, digest])

    def affair(self, number: int) -> None:
        """An affair with both its documents and all their rounds."""
        ground = self.ground
        self.made = []
        by = _by(number)
        key = f"{ground.tag}-{number:05d}"
        affair = self.rows.add(
            "affair",
            key=key,
            body_id=ground.body,
            number=str(1000 + number),
            name=f"{KINDS[number % 8]}の給付{number}号に関する事務",
            department_id=ground.departments[number % 8],
            facts={},
        )
        self.rows.add(
            "threshold_fact",
            affair_id=affair["id"],
            people=320_000 + number,
            handlers=700,
            incident=False,
            counted_people=by.day,
            counted_handlers=by.day,
            **acted(by),
        )
        self._assessment(affair["id"], f"{key}-basic", "basic_item", ground.basic, by)
        whole = self._assessment(affair["id"], key, "all_item", ground.whole, by)
        each = max(1, (self.size.versions - 2) // max(1, self.size.rounds))
        for index in range(self.size.rounds):
            last = index == self.size.rounds - 1
            running = last and number % self.size.open_every == 0
            steps = STEPS
            if running:
                steps = STEPS[: 1 + (number // self.size.open_every) % (len(STEPS) - 1)]
            self._round(whole, number, index, each, steps)
        self.rows.write()
        log.entry(self.session, by, "affair.register", key, {"name": affair["name"]})
        for act, named in self.made:
            log.entry(self.session, act, "version.edit", named[0], {"versions": [named]})

    def _assessment(
        self, affair: int, key: str, kind: str, texts: tuple[_Text, ...], by: By
    ) -> dict[str, Any]:
        """An assessment with the version that was public before."""
        row = self.rows.add(
            "assessment",
            key=key,
            affair_id=affair,
            kind=kind,
            created=by.at,
            head_id=None,
            published=by.day,
            reassessed=by.day,
        )
        version = self._version(row, 1, texts[0], by, parent=None, round_id=None)
        self.rows.add(
            "publication", round_id=None, version_id=version["id"], day=by.day, **acted(by)
        )
        row["head_id"] = version["id"]
        return row

    def _version(
        self,
        assessment: Mapping[str, Any],
        seq: int,
        words: _Text,
        by: By,
        *,
        parent: int | None,
        round_id: int | None,
    ) -> dict[str, Any]:
        version = self.rows.add(
            "version",
            assessment_id=assessment["id"],
            seq=seq,
            parent_id=parent,
            round_id=round_id,
            form=words.form,
            digest=words.digest,
            reviewed_digest=words.reviewed_digest,
            manifest=words.manifest,
            why="記載を見直し",
            source=None,
            **acted(by),
        )
        self.made.append((by, [f"{assessment['key']}@{seq}", words.digest]))
        return version

    def _round(
        self,
        assessment: dict[str, Any],
        number: int,
        index: int,
        each: int,
        steps: Sequence[tuple[str, str, int]],
    ) -> None:
        """A round with its versions, steps and what they rest on; public where it came so far."""
        begun = 365 * (index + 1) + number % 200
        by = _by(number, begun)
        texts = self.ground.whole
        row = self.rows.add(
            "round",
            assessment_id=assessment["id"],
            name=f"r{index + 1}",
            kind="REASSESSMENT",
            base_id=assessment["head_id"],
            head_id=None,
            reasons=["システムの更新"],
            change_date=(by.at + timedelta(days=200)).date(),
            state=steps[-1][1],
            facts={},
            **acted(by),
        )
        head = assessment["head_id"]
        for count in range(each):
            seq = 2 + index * each + count
            version = self._version(
                assessment,
                seq,
                texts[(number + seq) % VARIANTS],
                _by(number, begun + 1 + count),
                parent=head,
                round_id=row["id"],
            )
            head = version["id"]
        row["head_id"] = head
        pinned = {"round_id": row["id"], "version_id": head}
        digests = texts[(number + 1 + (index + 1) * each) % VARIANTS]
        for seq, (event, state, days) in enumerate(steps, 1):
            act = _by(number, begun + days)
            facts = self._rests_on(event, pinned, digests, act)
            self.rows.add(
                "round_event",
                round_id=row["id"],
                seq=seq,
                event=event,
                state=state,
                facts=facts,
                **acted(act),
            )
        if steps[-1][1] == "PUBLISHED":
            assessment["head_id"] = head
            day = _by(number, begun + steps[-1][2]).day
            assessment |= {"published": day, "reassessed": day}

    def _rests_on(
        self, event: str, pinned: Mapping[str, int], words: _Text, by: By
    ) -> dict[str, Any]:
        """The rows a step rests on, and the facts of its event."""
        if event == "open":
            return {"title": "システムの更新に係る再実施", **self.procedure}
        if event == "announce":
            return {"consultation": self._consultation(pinned, by)}
        if event == "refer":
            return {"referral": self._referral(pinned, words, by)}
        if event == "approve":
            return {"verdict": self._verdict(pinned, words, by)}
        if event == "submit":
            self.rows.add(
                "submission",
                **pinned,
                digest=words.digest,
                reviewed_digest=words.reviewed_digest,
                document_number=f"総第{pinned['round_id']}号",
                decided=by.day,
                sent=None,
                **acted(by),
            )
        if event == "publish":
            self.rows.add("publication", **pinned, day=by.day, **acted(by))
        return {}

    def _consultation(self, pinned: Mapping[str, int], by: By) -> int:
        row = self.rows.add(
            "consultation",
            title="評価書案への意見の募集",
            announced=by.day,
            start=by.day,
            end=by.day + timedelta(days=30),
            method="市のホームページ",
            facts={},
            **acted(by),
        )
        self.rows.link("consultation_round", consultation_id=row["id"], round_id=pinned["round_id"])
        for number in (1, 2):
            opinion = self.rows.add(
                "opinion",
                consultation_id=row["id"],
                number=number,
                received=by.day + timedelta(days=10),
                channel="郵送",
                item=None,
                keys=[],
                text="保管の期間を分かりやすく書いてください。",
                text_nonce=nonce(),
                later=None,
            )
            self.rows.add(
                "response",
                opinion_id=opinion["id"],
                text="御意見を踏まえ、今後の参考とします。",
                text_nonce=nonce(),
                outcome="NOTED",
                **acted(by),
            )
        return int(row["id"])

    def _referral(self, pinned: Mapping[str, int], words: _Text, by: By) -> int:
        row = self.rows.add(
            "referral",
            council_id=self.ground.council,
            title="システムの更新に係る評価書について",
            materials=[],
            **acted(by),
        )
        self.rows.link(
            "referral_round",
            referral_id=row["id"],
            **pinned,
            reviewed_digest=words.reviewed_digest,
        )
        self.referral = int(row["id"])
        return self.referral

    def _verdict(self, pinned: Mapping[str, int], words: _Text, by: By) -> int:
        row = self.rows.add(
            "verdict",
            referral_id=self.referral,
            sitting_id=None,
            kind="了承",
            note="了承する。",
            note_nonce=nonce(),
            reviewed=[[pinned["round_id"], words.reviewed_digest]],
            **acted(by),
        )
        return int(row["id"])


def main() -> int:
    """From the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bulk")
    parser.add_argument("url")
    parser.add_argument("--affairs", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--versions", type=int, default=20)
    parser.add_argument("--case", action="store_true")
    asked = parser.parse_args()
    upgrade(asked.url)
    wp = open_workplace(config.load({"PIA_DATABASE_URL": asked.url}))
    if asked.case:
        demo.play(wp)
    began = time.process_time()
    fill(
        wp,
        Size(asked.affairs, asked.rounds, asked.versions),
        lambda done: print(f"\r{done}/{asked.affairs}", end="", file=sys.stderr, flush=True),
    )
    print(f"\n{time.process_time() - began:.0f} s of CPU", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
