"""The procedure under whoever does anything at any time: Hypothesis draws so many steps of a round
(acts in their order, out of it, edits after an approval, days that pass or do not), and after each
the record says what the law asks: 公示 before its period, its end before it is closed, the text
settled after that, then the check, then 提出, then 公表; and what is submitted is to the letter
what the council gave its opinion on.

Knows the acts of another town (tests/actions/umihara). What is legal is written here once more, by
itself, and not asked of the table of the procedure.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from pia import forms
from pia.actions import sources
from pia.actions.editing import items
from pia.actions.records import on_record, rounds
from pia.actions.steps import (
    consultations,
    councils,
    filing,
    referral_steps,
    referrals,
    sittings,
)
from pia.actions.workplace import Workplace
from pia.domain.act import By, day_in_japan
from pia.domain.errors import PiaError
from pia.domain.wareki import written
from pia.store.rows.assessments import Round, RoundEvent, Version
from pia.store.rows.consultations import Consultation
from pia.store.rows.councils import Referral, ReferralRound, Verdict
from pia.store.rows.filing import Publication, Submission
from pia.store.rows.referrals import DECIDED, ReferralStep
from pia.store.upkeep import fsck
from tests import shared
from tests.actions import umihara
from tests.actions.umihara import BASIC, LINE

from .defences import without

STEPS = 50
ACTS = (
    "edit",
    "receive",
    "respond",
    "close",
    "fix",
    "refer",
    "fill",
    "submit",
    "publish",
    "reopen",
    "decide_itself",
    "recall",
    "replace",
)
# Which state may come after which, as the law has it.
AFTER = {
    "DRAFTING": {"CONSULTING", "WITHDRAWN"},
    "CONSULTING": {"REVISING", "WITHDRAWN"},
    "REVISING": {"REVIEWING", "WITHDRAWN"},
    "REVIEWING": {"REVIEWED", "REVISING", "WITHDRAWN"},
    "REVIEWED": {"SUBMITTED", "REVISING", "WITHDRAWN"},
    "SUBMITTED": {"PUBLISHED"},
    "PUBLISHED": set(),
    "WITHDRAWN": set(),
}
PASSING = ("了承", "附帯意見を付して了承", "修正のうえ了承（会長一任）")
PUT_OFF = "継続審議"
AGAINST = ("一部について了承", "了承しない")
OTHERS = (PUT_OFF, *AGAINST)
MEMBERS = ("波多野 泉", "佐倉 楓", "佐倉 椿", "港 洋")


class Broken(Exception):
    """What the record says and may not say."""


class Town:
    """One round of one town, and its clock."""

    def __init__(self, wp: Workplace):
        self.wp = wp
        self.now = umihara.at("2025-11-24 09:00").at
        self.counts: Counter[str] = Counter()
        self.texts = 0
        self.planned = date.min

    def by(self, name: str = "isobe", role: str = "secretariat") -> By:
        return By(name, role, self.now)

    @property
    def today(self) -> date:
        return day_in_japan(self.now)

    def tries(self, name: str, act: Any) -> None:
        """An act, done or refused."""
        try:
            act()
        except PiaError:
            self.counts["refused"] += 1
        else:
            self.counts[name] += 1

    def newest(self, kind: Any) -> int:
        with self.wp.store.read() as session:
            return int(session.scalar(select(kind.id).order_by(kind.id.desc()).limit(1)) or 0)

    def state(self) -> str:
        with self.wp.store.read() as session:
            name = LINE.split("~")[1]
            return str(session.scalar(select(Round.state).where(Round.name == name).limit(1)))

    # The acts.

    def edit(self) -> None:
        self.texts += 1
        opened = items.Opened(LINE, umihara.PURPOSE, seen=sources.read_ref(self.wp, LINE).ref)
        by = self.by("shiomi", "drafter")
        text = f"{umihara.NEW}\n{self.texts}回目の見直し。"
        self.tries(
            "edit",
            lambda: items.save_answer(self.wp, by, opened, text, why="見直し", reason="見直し"),
        )

    def announce(self, delay: int, days: int) -> None:
        start = self.today + timedelta(days=delay)
        end = start + timedelta(days=days - 1)
        about = consultations.Announcement("意見の募集", self.today, start, end, "公示した。")
        self.tries("announce", lambda: consultations.announce(self.wp, self.by(), [LINE], about))

    def receive(self) -> None:
        con = self.newest(Consultation)
        opinion = consultations.NewOpinion(
            self.today, "post", "範囲はどこか。", "I-1-2", ["school-aid"]
        )
        self.tries("receive", lambda: consultations.receive(self.wp, self.by(), con, opinion))

    def respond(self) -> None:
        con = self.newest(Consultation)
        for number in (1, 2, 3):
            self.tries(
                "respond",
                lambda number=number: consultations.respond(
                    self.wp, self.by(), con, number, "要綱のとおりです。", "COVERED"
                ),
            )

    def close(self) -> None:
        con = self.newest(Consultation)
        self.tries("close", lambda: consultations.close(self.wp, self.by(), con))

    def fix(self) -> None:
        self.tries("fix", lambda: consultations.fix_review(self.wp, self.by(), [LINE], self.today))

    def refer(self) -> None:
        paper = [{"number": "資料1", "title": "", "key": "school-aid"}]
        about = referrals.NewReferral("評価書の点検", paper)
        self.tries("refer", lambda: referrals.refer(self.wp, self.by(), 1, [LINE], about))

    def decide(self, kind: str) -> None:
        referral = self.newest(Referral)
        about = sittings.NewSitting(
            name="審査会",
            day=self.today,
            opens=time(8, 0),
            place="教育センター",
            agenda=[{"number": "1", "title": "点検", "referral": referral}],
        )

        def sit() -> None:
            sitting = sittings.convene(self.wp, self.by(), 1, about)
            sittings.attend(self.wp, self.by(), sitting, list(MEMBERS))
            referrals.decide(self.wp, self.by(), referral, sitting, kind)

        self.tries(f"decide {kind}", sit)

    def decide_itself(self) -> None:
        """市の判断 beside an opinion against the draft."""
        new = referral_steps.NewReferralStep(
            self.today, "海教学第130号", "要綱で定める。", "直した。"
        )
        number = self.newest(Referral)
        act = referral_steps.decide_itself
        self.tries("decide itself", lambda: act(self.wp, self.by(), number, new))

    def recall(self) -> None:
        new = referral_steps.NewReferralStep(self.today, "海教学第131号", "諮問し直す。")
        number = self.newest(Referral)
        act = referral_steps.recall
        self.tries("recall", lambda: act(self.wp, self.by(), number, new))

    def replace(self) -> None:
        new = referral_steps.NewReferralStep(self.today, reason="書き加えた。")
        number = self.newest(Referral)
        act = referral_steps.replace
        self.tries("replace", lambda: act(self.wp, self.by(), number, new))

    def reopen(self) -> None:
        self.tries("reopen", lambda: rounds.move(self.wp, self.by(), LINE, "reopen"))

    def withdraw(self) -> None:
        self.tries("withdraw", lambda: rounds.move(self.wp, self.by(), LINE, "withdraw"))

    def fill(self) -> None:
        """The items of the procedure as the record of this round proposes them, and the rest."""
        self.planned = self.today + timedelta(days=10)
        cover = {("C", "7"): written(self.planned)}
        rest = {"VI/1/1": "令和7年11月20日", "VI/2/4": "範囲について", "VI/2/5": "なし"}
        answers = {tuple(path.split("/")): text for path, text in rest.items()}
        proposed = on_record.proposals(self.wp, LINE)
        for line in forms.load(umihara.FORM).walk():
            if line.id in proposed:
                answers[line.path] = proposed[line.id]
        answers |= cover
        self.tries("fill", lambda: filing.fill_procedure(self.wp, self.by(), LINE, answers))
        self.tries("fill", lambda: filing.fill_procedure(self.wp, self.by(), BASIC, cover))
        for where in (LINE, BASIC):
            self.tries(
                "table",
                lambda where=where: filing.make_table(
                    self.wp, self.by(), where, published=self.planned
                ),
            )

    def submit(self) -> None:
        self.tries(
            "submit",
            lambda: filing.submit(
                self.wp, self.by(), [LINE, BASIC], document_number="海教学第140号"
            ),
        )

    def publish(self) -> None:
        self.tries("publish", lambda: filing.publish(self.wp, self.by(), [LINE, BASIC], self.today))

    def goes_on(self) -> None:
        """Whatever comes next in the ordinary course."""
        state = self.state()
        if state == "DRAFTING":
            self.tries("reason", lambda: shared.reasoned(self.wp, self.by(), LINE))
            self.announce(1, 31)
        elif state == "CONSULTING":
            self.now += timedelta(days=40)
            self.respond()
            self.close()
        elif state == "REVISING":
            self.respond()
            self.fix()
            self.now += timedelta(days=1)
            self.refer()
        elif state == "REVIEWING":
            self.now += timedelta(days=1)
            self.decide(PASSING[0])
        elif state == "REVIEWED":
            self.decide_itself()
            self.fill()
            self.submit()
        elif state == "SUBMITTED":
            self.now += timedelta(days=max((self.planned - self.today).days, 0))
            self.publish()

    # What the record must say.

    def check(self) -> None:
        with self.wp.store.read() as session:
            name = LINE.split("~")[1]
            line = session.scalars(select(Round).where(Round.name == name)).first()
            assert line is not None
            events = session.scalars(
                select(RoundEvent).where(RoundEvent.round_id == line.id).order_by(RoundEvent.seq)
            ).all()
            _order(
                events,
                {
                    consultation.id: consultation
                    for consultation in session.scalars(select(Consultation))
                },
            )
            _bound(session, line)


def _order(events: Any, found: dict[int, Consultation]) -> None:
    """The states follow each other as the law has it, and their days too."""
    state = "DRAFTING"
    last: dict[str, date] = {}
    end = date.min
    for event in events:
        day = day_in_japan(event.at)
        if event.state != state and event.state not in AFTER[state]:
            raise Broken(f"{event.event}: {state} → {event.state}")
        if event.event == "announce":
            con = found[event.facts["consultation"]]
            if not con.announced <= con.start <= con.end:
                raise Broken(f"announced {con.announced}, from {con.start} to {con.end}")
            end = con.end
        must = {
            "close_consultation": end + timedelta(days=1) if end > date.min else end,
            "refer": last.get("close_consultation", date.max),
            "approve": last.get("refer", date.max),
            "submit": last.get("approve", date.max),
            "publish": last.get("submit", date.max),
        }.get(event.event)
        if must is not None and day < must:
            raise Broken(f"{event.event} on {day}, not before {must}")
        if event.event == "submit" and last.get("review_fixed", date.min) > last["approve"]:
            raise Broken(f"checked on {last['approve']}, settled {last.get('review_fixed')}")
        last[event.event] = day
        state = event.state


def _bound(session: Any, line: Round) -> None:
    """What was submitted and published is what the council gave its opinion on, whatever that was
    (規則第7条第4項 asks that it was heard); nothing is decided on that is not what was put before
    it."""
    head = session.get(Version, line.head_id)
    pinned = session.scalars(select(ReferralRound).where(ReferralRound.round_id == line.id)).all()
    decided = [
        verdict
        for pinned_round in pinned
        for verdict in session.scalars(
            select(Verdict)
            .where(Verdict.referral_id == pinned_round.referral_id)
            .order_by(Verdict.id)
        )
        if verdict.kind != PUT_OFF
    ]
    if line.state in ("SUBMITTED", "PUBLISHED"):
        digests = decided[-1].digests if decided else {}
        if decided and decided[-1].kind in AGAINST and not _went_on(session, decided[-1]):
            raise Broken("submitted against an opinion, and nobody said why")
        if digests.get(line.id) != head.reviewed_digest:
            raise Broken("submitted, and not what the council decided on")
        sent = session.scalars(select(Submission).where(Submission.round_id == line.id)).one()
        if (sent.version_id, sent.digest) != (head.id, head.digest):
            raise Broken("another text than the submitted one stands")
    if line.state == "PUBLISHED":
        out = session.scalars(select(Publication).where(Publication.round_id == line.id)).one()
        if out.version_id != head.id:
            raise Broken("another text than the submitted one is published")


def _went_on(session: Any, verdict: Verdict) -> bool:
    """Whether the city said itself how it goes on."""
    of = select(ReferralStep).where(
        ReferralStep.referral_id == verdict.referral_id, ReferralStep.kind == DECIDED
    )
    return session.scalars(of).first() is not None


def _machine(first: Path, folder: Path, counts: Counter[str]) -> type[RuleBasedStateMachine]:
    """The town under Hypothesis, each run on a copy of its database."""

    class Procedure(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            file = shutil.copy(first, folder / "one.db")
            self.town = Town(shared.workplace_at(f"sqlite:///{file}"))
            counts["runs"] += 1

        @rule(hours=st.sampled_from((0, 3, 24, 24 * 9, 24 * 40)))
        def waits(self, hours: int) -> None:
            self.town.now += timedelta(hours=hours)

        @rule()
        def goes_on(self) -> None:
            self.town.goes_on()

        @rule(delay=st.sampled_from((-3, 0, 1)), days=st.sampled_from((1, 29, 30, 36)))
        def announces(self, delay: int, days: int) -> None:
            self.town.announce(delay, days)

        @rule(act=st.sampled_from(ACTS))
        def does(self, act: str) -> None:
            getattr(self.town, act)()

        @rule(kind=st.sampled_from((*OTHERS, *PASSING)))
        def decides(self, kind: str) -> None:
            self.town.decide(kind)

        @rule(sure=st.integers(0, 9))
        def withdraws(self, sure: int) -> None:
            if not sure:
                self.town.withdraw()

        @invariant()
        def holds(self) -> None:
            counts["steps"] += 1
            self.town.check()

        def teardown(self) -> None:
            counts.update(self.town.counts)
            counts[f"ended {self.town.state()}"] += 1
            if counts["runs"] % 25 == 0:
                problems = fsck.check(self.town.wp.store, deep=True)
                assert not fsck.damaged(problems), problems
            self.town.wp.store.close()

    return Procedure


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` runs of fifty steps, on SQLite: what is legal is no matter of the database."""
    counts: Counter[str] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as name:
        folder = Path(name)
        first = _first(folder)
        machine = _machine(first, folder, counts)
        known = settings(
            max_examples=args.n,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(seeded(args.seed)(machine), settings=known)
        except (Broken, AssertionError) as error:
            wrong.append(f"{type(error).__name__}: {error}"[:500])
    missed = len(wrong) + (not counts["steps"])
    return {**dict(sorted(counts.items())), "which": wrong, "missed": missed}


def _first(folder: Path) -> Path:
    """The town with its round begun and its council set up."""
    wp = shared.copied(shared.blank(), folder)
    umihara.play(wp, "open")
    seats = [
        {"name": name, "title": "", "since": date(2024, 4, 1), "until": None} for name in MEMBERS
    ]
    by = umihara.at("2025-10-01 11:00")
    councils.set_up(wp, by, umihara.HALL, {"quorum": 3}, seats)
    wp.store.close()
    return folder / "pia.db"


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """A round that is edited after its approval and submitted, where nobody asks whether the text
    is still the one that was approved."""
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as name, without("approval bound"):
        folder = Path(name)
        town = Town(shared.workplace_at(f"sqlite:///{_first(folder)}"))
        for _ in range(4):
            town.goes_on()
        town.edit()
        town.goes_on()
        try:
            town.check()
        except Broken:
            return 1
        finally:
            town.wp.store.close()
        return 0
