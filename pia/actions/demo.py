"""Plays the afternoon of fixtures/scenario.yaml through the acts of the people of the case: the
demonstration and the end-to-end test are this one play.

Knows the fixtures' shape. Every step is an ordinary act with its actor and time; nothing is put
into the database beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from .. import forms, resources
from ..domain.act import JST, By, day_in_japan
from ..domain.document import items
from ..domain.document.tree import Path, Tree
from ..domain.procedure.duties import years_after
from ..store.rows.assessments import NewRound
from .editing import national, versions
from .issuing import bundles
from .output import form_files
from .people import members, passwords, registration
from .steps import consultations, councils, filing, referrals, remarks, sittings
from .workplace import Workplace

ROUND = "r6-cloud"


TERM_YEARS = 2  # of the council of the story
PASSWORD = "minamo-sample-2024"


def fixture(name: str) -> dict[str, Any]:
    """The data of one file of the fixtures, by its name without the ending."""
    path = resources.folder("fixtures") / f"{name}.yaml"
    data: dict[str, Any] = resources.data(path.read_text("utf-8"))
    return data


def assessment(key: str) -> Tree:
    """The tree of one fixture: the text published before."""
    raw = fixture(f"assessments/{key}")
    return items.build(
        forms.load(raw["form"]),
        [(tuple(path.split("/")), value) for path, value in raw["answers"].items()],
    )


@dataclass
class Play:
    """What came of the play, for those who print or test it."""

    keys: list[str] = field(default_factory=list)
    people: list[tuple[str, str, str]] = field(default_factory=list)
    consultation: int = 0
    referral: int = 0
    sitting: int = 0
    steps: list[str] = field(default_factory=list)
    # A 評価書一式 that was submitted, by the key of its document; made with the papers only, and
    # only the first: each takes seconds.
    sent: dict[str, bytes] = field(default_factory=dict)


def _at(value: Any) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo:
            return value
        return value.replace(tzinfo=JST)
    if isinstance(value, date):
        return datetime.combine(value, time(9, 0), JST)
    return datetime.fromisoformat(str(value))


def _day(value: Any) -> date:
    return day_in_japan(_at(value))


def play(
    wp: Workplace,
    said: Callable[[str], None] = lambda _: None,
    until: str = "",
    papers: bool = False,
) -> Play:
    """The whole case, from the first registration to publication.

    `said` hears one Japanese line per step; `until` stops after a named step; `papers` also prints
    and pins what goes before the council.
    """
    out = Play()
    for name, words in steps(wp, out, papers):
        said(words)
        if name == until:
            break
    return out


def appoint_again(wp: Workplace, now: datetime) -> int:
    """Who is in office on the last day of the terms on record is appointed again, as often as it
    takes to the day the demonstration is looked at; how many terms."""
    by = By(fixture("scenario")["round"]["by"], "office", now)
    terms_known = members.councils(wp, day_in_japan(now))[0].everybody
    last = max(term.until for term in terms_known if term.until is not None)
    council = members.councils(wp, last)[0]
    terms = 0
    while last < day_in_japan(now):
        since = last + timedelta(days=1)
        last = years_after(last, TERM_YEARS)
        for member in council.members:
            term = members.Term(member.name, member.title, since, last)
            members.seat(wp, by, council.number, term)
            terms += 1
    return terms


def steps(wp: Workplace, out: Play, papers: bool = False) -> Iterator[tuple[str, str]]:
    """(name of the step, what was done) of each step, taken when it is asked for and noted in
    `out`."""
    teller = _Teller(wp, fixture("scenario"), out, papers)
    for name, words in _told(teller):
        out.steps.append(name)
        yield name, words


def _told(teller: _Teller) -> Iterator[tuple[str, str]]:
    yield "people", teller.people()
    yield "register", teller.register()
    yield "open", teller.open()
    yield from teller.national()
    yield "announce", teller.announce()
    yield "opinions", teller.opinions()
    yield "answers", teller.answers()
    yield "refer", teller.refer()
    yield "verdict", teller.verdict()
    yield "table", teller.table()
    yield "submit", teller.submit()
    yield "publish", teller.publish()


class _Teller:
    """The story of the demonstration, a method a step. Each method says what it did."""

    def __init__(self, wp: Workplace, story: Mapping[str, Any], out: Play, papers: bool) -> None:
        self.wp = wp
        self.story = story
        self.out = out
        self.papers = papers
        self.roles: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        for person in story["people"]:
            self.roles[person["id"]] = person["role"]
            self.shown[person["id"]] = person["name"]
        self.offices: dict[str, str] = {}
        for department in story["departments"]:
            self.offices[department["id"]] = department["name"]
        self.refs: dict[str, str] = {}
        for affair in story["affairs"]:
            for key in (affair["key"], affair["basic"]):
                self.refs[key] = f"{key}~{ROUND}"
        self.office: str = story["round"]["by"]

    def by(self, who: str, when: Any) -> By:
        return By(who, self.roles[who], _at(when))

    def mains(self) -> list[str]:
        """The rounds of the 全項目評価書."""
        return [self.refs[key] for key in self.out.keys]

    def people(self) -> str:
        people = self.story["people"]
        admin = next(person["id"] for person in people if person["role"] == "administrator")
        first = self.by(admin, "2024-01-09T09:00:00+09:00")
        # The demonstration's people share one password. It is hashed once: a hash takes its time.
        kept = passwords.hashed(PASSWORD)
        for person in people:
            registration.add_account(
                self.wp,
                first,
                registration.NewAccount(
                    person["id"],
                    person["name"],
                    person["role"],
                    self.story["body"],
                    self.offices.get(person["department"]),
                ),
                kept=kept,
            )
            self.out.people.append((person["id"], person["name"], person["role"]))
        glossary = self.story["glossary"]
        by = self.by(self.office, "2024-01-09T10:00:00+09:00")
        for term in glossary:
            councils.explain(self.wp, by, term["term"], term["explanation"])
        return f"{len(self.roles)}人の利用者と{len(glossary)}語の用語を登録しました。"

    def register(self) -> str:
        start = self.by(self.office, "2024-01-10T09:00:00+09:00")
        plan = {}
        for key, value in self.story["register"].items():
            if key != "body":
                plan[key] = str(value)
        registration.plan_head(self.wp, start, self.story["body"], plan)
        for affair in self.story["affairs"]:
            self._register_affair(start, affair)
            self.out.keys.append(affair["key"])
        if self.papers:
            self._register_form_files(start)
        return f"{len(self.out.keys)}件の事務と評価書一式を登録しました。"

    def _register_affair(self, start: By, affair: Mapping[str, Any]) -> None:
        registration.register_affair(
            self.wp,
            start,
            registration.NewAffair(
                key=affair["key"],
                number=str(affair["number"]),
                name=affair["name"],
                body=self.story["body"],
                department=self.offices[affair["department"]],
                facts={name: affair[name] for name in ("legal", "systems", "files")},
                kinds=("all_item", "basic_item"),
            ),
        )
        counted = _day(affair["counted"])
        registration.count(
            self.wp,
            start,
            affair["key"],
            registration.Counts(
                affair["people"], affair["handlers"], affair["incident"], counted, counted
            ),
        )
        for key in (affair["key"], affair["basic"]):
            versions.bring_in(
                self.wp,
                start,
                key,
                versions.Brought(assessment(key), source={"fixture": key}),
                why="公表済みの評価書を取込み",
            )
            versions.published_before(self.wp, start, key, _day(affair["published"]))

    def _register_form_files(self, start: By) -> None:
        """The blanks the submissions are filled in: stand-ins, for the commission's are not ours to
        hand on."""
        used = {assessment(key).form: True for key in self.refs}
        form_files.begin_with_stand_ins(self.wp, start, used)

    def open(self) -> str:
        story = self.story["round"]
        facts = {
            "requirements_fixed": str(story["requirements_fixed"]),
            "title": "ガバメントクラウドと公金受取口座に係る再実施",
        }
        for key in self.refs:
            versions.open_round(
                self.wp,
                self.by(self.office, story["opened"]),
                key,
                NewRound(
                    ROUND,
                    story["kind"],
                    reasons=self._reasons(key),
                    change_date=_day(story["change_date"]),
                    facts=facts,
                ),
            )
        return "再実施を始めました。"

    def _reasons(self, key: str) -> list[str]:
        """The reasons of one round.

        None for a 基礎項目評価書; 公金受取口座 for the benefits only.
        """
        if key not in self.out.keys:
            return []
        reasons = []
        for reason in self.story["round"]["reasons"]:
            if reason != "公金受取口座" or key == "nhi-benefits":
                reasons.append(reason)
        return reasons

    def national(self) -> Iterator[tuple[str, str]]:
        for story in self.story["national"]:
            who = self.by(story["by"], story["at"])
            name = story["revision"]
            national.register(self.wp, who, fixture(f"national/{name}"))
            files = {self.refs[key]: chosen for key, chosen in story["to"].items()}
            done = national.apply(self.wp, who, name, files)
            count = 0
            for result in done:
                count += sum(outcome.status == "applied" for outcome in result.outcomes)
            yield (
                "national",
                f"国の記載例「{name}」を{len(done)}件の評価書の{count}か所に反映しました。",
            )

    def announce(self) -> str:
        con = self.story["consultation"]
        facts = {"postmark": bool(con.get("postmark"))}
        for name in ("sender", "contact", "places", "send"):
            if name in con:
                facts[name] = con[name]
        self.out.consultation = consultations.announce(
            self.wp,
            self.by(con["by"], f"{con['announced']}T09:00:00+09:00"),
            self.mains(),
            consultations.Announcement(
                title="特定個人情報保護評価書（案）に対する意見の募集",
                announced=_day(con["announced"]),
                start=_day(con["from"]),
                end=_day(con["to"]),
                method=con["method"],
                facts=facts,
            ),
        )
        return f"意見募集を公示しました（{con['from']}から{con['to']}まで）。"

    def opinions(self) -> str:
        con = self.story["consultation"]
        for opinion in self.story["opinions"]:
            consultations.receive(
                self.wp,
                self.by(con["by"], opinion["received"]),
                self.out.consultation,
                consultations.NewOpinion(
                    received=_day(_at(opinion["received"])),
                    channel=opinion["channel"],
                    text=opinion["text"],
                    item=opinion["about"]["item"],
                    keys=opinion["about"]["keys"],
                ),
            )
        return f"意見を{len(self.story['opinions'])}件受け付けました。"

    def answers(self) -> str:
        con = self.story["consultation"]
        after = self.by(con["by"], f"{_next_day(con['to'])}T00:00:00+09:00")
        consultations.close(self.wp, after, self.out.consultation)
        for opinion in self.story["opinions"]:
            self._respond(opinion)
        for confirmation in self.story["confirmations"]:
            national.confirm(
                self.wp,
                self.by(confirmation["by"], f"{confirmation['date']}T15:00:00+09:00"),
                confirmation["revision"],
                confirmation["item"],
                national.Inquiry(
                    asked=confirmation["asked"],
                    day=_day(confirmation["date"]),
                    answer=confirmation["answer"],
                ),
            )
        fixed = con["review_fixed"]
        consultations.fix_review(self.wp, self.by(con["by"], fixed), self.mains(), _day(_at(fixed)))
        return "市の考え方をまとめ、1件の意見を3件の評価書に反映しました。"

    def _respond(self, opinion: Mapping[str, Any]) -> None:
        by = self.by(opinion["by"], opinion["answered_at"])
        consultations.respond(
            self.wp,
            by,
            self.out.consultation,
            opinion["id"],
            opinion["response"],
            opinion["outcome"],
        )
        adopted = opinion["adopted"]
        if not adopted:
            return
        places: dict[str, Path] = {}
        for key in opinion["about"]["keys"]:
            file = _file(self.story, key)
            places[self.refs[key]] = tuple(
                file if part == "*" else str(part) for part in adopted["path"]
            )
        consultations.adopt(
            self.wp,
            by,
            self.out.consultation,
            opinion["id"],
            adopted["before"],
            adopted["after"],
            places,
        )

    def _set_up_council(self) -> int:
        hall = self.story["council"]
        seats = []
        for member in hall["members"]:
            person = member["person"]
            seats.append(
                {
                    "name": self.shown[person],
                    "title": "会長" if self.roles[person] == "chair" else "",
                    "since": _day(member["from"]),
                    "until": _day(member["to"]),
                    "account": person,
                }
            )
        by = self.by(self.office, "2024-01-10T11:00:00+09:00")
        return councils.set_up(self.wp, by, hall["name"], {"quorum": hall["quorum"]}, seats)

    def refer(self) -> str:
        self.council = self._set_up_council()
        story = self.story["referral"]
        materials = []
        for material in story["materials"]:
            materials.append({**material, "title": material.get("title", "")})
        self.out.referral = referrals.refer(
            self.wp,
            self.by(story["by"], story["at"]),
            self.council,
            [self.refs[key] for key in story["keys"]],
            referrals.NewReferral(story["title"], materials),
            papers=self.papers,
        )
        if self.papers:
            return "審議会に諮問しました（資料のPDFを作り、項目ごとのページを控えました）。"
        return "審議会に諮問しました。"

    def verdict(self) -> str:
        sitting = self.story["sitting"]
        recorder = self.story["referral"]["by"]
        self._convene(recorder, sitting)
        self._attend(recorder, sitting)
        for remark in self.story["remarks"]:
            self._remark(recorder, remark)
        verdict = self.story["verdict"]
        referrals.decide(
            self.wp,
            self.by(recorder, verdict["at"]),
            self.out.referral,
            self.out.sitting,
            verdict["kind"],
            verdict["note"],
        )
        sittings.close(
            self.wp,
            self.by(recorder, f"{sitting['date']}T{sitting['closes']}:00+09:00"),
            self.out.sitting,
            time.fromisoformat(sitting["closes"]),
            sitting["observers"],
        )
        return f"審議会が開かれ、結論（{verdict['kind']}）を記録しました。"

    def _convene(self, recorder: str, sitting: Mapping[str, Any]) -> None:
        agenda = []
        for entry in sitting["agenda"]:
            agenda.append({**entry, "referral": self.out.referral if entry["keys"] else None})
        self.out.sitting = sittings.convene(
            self.wp,
            self.by(recorder, "2024-07-10T09:00:00+09:00"),
            self.council,
            sittings.NewSitting(
                name=sitting["name"],
                day=_day(sitting["date"]),
                opens=time.fromisoformat(sitting["opens"]),
                place=sitting["place"],
                agenda=agenda,
                public=sitting["public"],
                facts={"next": str(sitting["next"])},
            ),
        )

    def _attend(self, recorder: str, sitting: Mapping[str, Any]) -> None:
        arrived = {}
        late = sitting.get("arrived_late")
        if late:
            arrived[self.shown[late["person"]]] = time.fromisoformat(late["at"])
        sittings.attend(
            self.wp,
            self.by(recorder, f"{sitting['date']}T13:35:00+09:00"),
            self.out.sitting,
            [self.shown[person] for person in sitting["present"]],
            arrived=arrived,
        )

    def _remark(self, recorder: str, remark: Mapping[str, Any]) -> None:
        by = self.by(recorder, remark["at"])
        key = None
        place = None
        if remark["item"]:
            key = remark["keys"][0]
            place = _place(self.wp, key, remark["item"], self.story)
        asked = remarks.ask(
            self.wp,
            by,
            self.out.referral,
            self.shown[remark["by"]],
            remark["text"],
            key=key,
            path=place,
        )
        remarks.answer(self.wp, by, asked, self.shown[remark["answered_by"]], remark["answer"])

    def table(self) -> str:
        sub = self.story["submission"]
        by = self.by(sub["by"], sub["at"])
        published = _day(_at(self.story["publication"]["at"]))
        texts = self.story["procedure_texts"]
        cover: dict[Path, str] = {("C", "7"): str(texts["common"]["C/7"])}
        for key in self.out.keys:
            answers: dict[Path, str] = {}
            for path, text in {**texts["common"], **texts.get(key, {})}.items():
                answers[tuple(path.split("/"))] = str(text)
            filing.fill_procedure(self.wp, by, self.refs[key], answers)
            filing.fill_procedure(self.wp, by, self.refs[f"{key}-basic"], cover)
            for document in (key, f"{key}-basic"):
                filing.make_table(self.wp, by, self.refs[document], published=published)
        return "手続の記録を記入し、変更箇所の表を作って本文と照合しました。"

    def submit(self) -> str:
        sub = self.story["submission"]
        by = self.by(sub["by"], sub["at"])
        for key in self.out.keys:
            documents = [self.refs[key], self.refs[f"{key}-basic"]]
            sent = None
            if self.papers and not self.out.sent:
                sent = bundles.of_refs(self.wp, documents, by.day)
                self.out.sent[key] = sent.data
            filing.submit(
                self.wp,
                by,
                documents,
                document_number=sub["document_number"],
                decided=_day(sub["decided"]),
                bundle=sent,
            )
        return "評価書一式を3件、個人情報保護委員会に提出しました。"

    def publish(self) -> str:
        pub = self.story["publication"]
        for key in self.out.keys:
            filing.publish(
                self.wp,
                self.by(pub["by"], pub["at"]),
                [self.refs[key], self.refs[f"{key}-basic"]],
                _day(_at(pub["at"])),
            )
        return "3件の評価書を公表しました。"


def _next_day(day: Any) -> str:
    from datetime import timedelta

    return (_day(day) + timedelta(days=1)).isoformat()


def _file(story: Mapping[str, Any], key: str) -> str:
    return str(next(affair["cloud_file"] for affair in story["affairs"] if affair["key"] == key))


def _place(wp: Workplace, key: str, item: str, story: Mapping[str, Any]) -> Path:
    """The path of an item of the form in one assessment: its touched ファイル, its first figure."""
    tree = assessment(key)
    item_line = forms.load(tree.form).by_id[item]
    out: list[str] = []
    for parent in (*item_line.parents, item_line):
        out.append(parent.key)
        if parent.repeated:
            entries = tree.find(tuple(out))
            if parent.role == "files" or parent.shares:
                out.append(_file(story, key))
            else:
                out.append(entries.children[0].key if entries else "")
    return tuple(out)
