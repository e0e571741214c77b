"""Plays the afternoon of fixtures/scenario.yaml through the acts of the people of the case: the demonstration and the end-to-end test are this one play.

Knows the fixtures' shape. Every step is an ordinary act with its actor and time; nothing is put into the database beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from .. import forms, resources
from ..domain.act import JST, By, day_in_japan
from ..domain.document import items
from ..domain.document.tree import Path, Tree
from .editing import national, versions
from .people import passwords, registration
from .steps import consultation, council, filing
from .workplace import Workplace

ROUND = "r6-cloud"


PASSWORD = "minamo-sample-2024"


def fixture(name: str) -> dict[str, Any]:
    path = resources.folder("fixtures") / f"{name}.yaml"
    return resources.data(path.read_text("utf-8"))


def assessment(key: str) -> Tree:
    """The tree of one fixture: the text published before."""
    raw = fixture(f"assessments/{key}")
    return items.build(
        forms.load(raw["form"]),
        [(tuple(each_key.split("/")), value) for each_key, value in raw["answers"].items()],
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
    """The whole case, from the first registration to publication. `said` hears one Japanese line per step; `until` stops after a named step; `papers` also
    prints and pins what goes before the council."""
    out = Play()
    for name, words in _steps(wp, fixture("scenario"), out, papers):
        out.steps.append(name)
        said(words)
        if name == until:
            break
    return out


def _steps(
    wp: Workplace, story: Mapping[str, Any], out: Play, papers: bool
) -> Iterator[tuple[str, str]]:
    people = {}
    for person in story["people"]:
        people[person["id"]] = person
    offices = {}
    for department in story["departments"]:
        offices[department["id"]] = department["name"]

    def by(who: str, when: Any) -> By:
        return By(who, people[who]["role"], _at(when))

    opened = story["round"]["opened"]
    office = story["round"]["by"]
    admin = next(person["id"] for person in story["people"] if person["role"] == "administrator")
    first = by(admin, "2024-01-09T09:00:00+09:00")
    kept = passwords.hashed(
        PASSWORD
    )  # once for all of them: the demonstration's people share one password, and a hash takes its time
    for person in story["people"]:
        registration.add_account(
            wp,
            first,
            person["id"],
            person["name"],
            person["role"],
            story["body"],
            offices.get(person["department"]),
            kept=kept,
        )
        out.people.append((person["id"], person["name"], person["role"]))
    for term in story["glossary"]:
        council.explain(
            wp, by(office, "2024-01-09T10:00:00+09:00"), term["term"], term["explanation"]
        )
    yield "people", f"{len(people)}人の利用者と{len(story['glossary'])}語の用語を登録しました。"

    start = by(office, "2024-01-10T09:00:00+09:00")
    registration.plan_head(
        wp,
        start,
        story["body"],
        {
            that_key: str(each_value)
            for that_key, each_value in story["register"].items()
            if that_key != "body"
        },
    )
    for affair in story["affairs"]:
        facts = {"legal": affair["legal"], "systems": affair["systems"], "files": affair["files"]}
        registration.register_affair(
            wp,
            start,
            key=affair["key"],
            number=str(affair["number"]),
            name=affair["name"],
            body=story["body"],
            department=offices[affair["department"]],
            facts=facts,
            kinds=("all_item", "basic_item"),
        )
        counted = _day(affair["counted"])
        registration.count(
            wp,
            start,
            affair["key"],
            affair["people"],
            affair["handlers"],
            affair["incident"],
            counted,
            counted,
        )
        for key in (affair["key"], affair["basic"]):
            versions.bring_in(
                wp,
                start,
                key,
                assessment(key),
                why="公表済みの評価書を取込み",
                source={"fixture": key},
            )
            versions.published_before(wp, start, key, _day(affair["published"]))
        out.keys.append(affair["key"])
    yield "register", f"{len(out.keys)}件の事務と評価書一式を登録しました。"

    line = {}
    for affair in story["affairs"]:
        for one_key in (affair["key"], affair["basic"]):
            line[one_key] = f"{one_key}~{ROUND}"
    facts = {
        "requirements_fixed": str(story["round"]["requirements_fixed"]),
        "title": "ガバメントクラウドと公金受取口座に係る再実施",
    }
    for key in line:
        if key in out.keys:
            reasons = []
            for reason in story["round"]["reasons"]:
                if reason != "公金受取口座" or key == "nhi-benefits":
                    reasons.append(reason)
        else:
            reasons = []
        versions.open_round(
            wp,
            by(office, opened),
            key,
            ROUND,
            story["round"]["kind"],
            reasons=reasons,
            change_date=_day(story["round"]["change_date"]),
            facts=facts,
        )
    yield "open", "再実施を始めました。"

    for node in story["national"]:
        who = by(node["by"], node["at"])
        national.register(wp, who, fixture(f"national/{node['revision']}"))
        done = national.apply(
            wp,
            who,
            node["revision"],
            {line[key_here]: files for key_here, files in node["to"].items()},
        )
        count = sum(outcome.status == "applied" for result in done for outcome in result.outcomes)
        yield (
            "national",
            f"国の記載例「{node['revision']}」を{len(done)}件の評価書の{count}か所に反映しました。",
        )

    con = story["consultation"]
    mains = []
    for k in out.keys:
        mains.append(line[k])
    out.consultation = consultation.announce(
        wp,
        by(con["by"], f"{con['announced']}T09:00:00+09:00"),
        mains,
        title="特定個人情報保護評価書（案）に対する意見の募集",
        announced=_day(con["announced"]),
        start=_day(con["from"]),
        end=_day(con["to"]),
        method=con["method"],
        facts={
            "postmark": bool(con.get("postmark")),
            **{k: con[k] for k in ("sender", "contact", "places", "send") if k in con},
        },
    )
    yield "announce", f"意見募集を公示しました（{con['from']}から{con['to']}まで）。"
    for opinion in story["opinions"]:
        consultation.receive(
            wp,
            by(con["by"], opinion["received"]),
            out.consultation,
            received=_day(_at(opinion["received"])),
            channel=opinion["channel"],
            text=opinion["text"],
            item=opinion["about"]["item"],
            keys=opinion["about"]["keys"],
        )
    yield "opinions", f"意見を{len(story['opinions'])}件受け付けました。"
    consultation.close(
        wp,
        by(con["by"], f"{con['to']}T00:00:00+09:00".replace(str(con["to"]), _next_day(con["to"]))),
        out.consultation,
    )
    for opinion in story["opinions"]:
        consultation.respond(
            wp,
            by(opinion["by"], opinion["answered_at"]),
            out.consultation,
            opinion["id"],
            opinion["response"],
            opinion["outcome"],
        )
        if opinion["adopted"]:
            places: dict[str, Path] = {}
            for k in opinion["about"]["keys"]:
                places[line[k]] = tuple(
                    _file(story, k) if part == "*" else str(part)
                    for part in opinion["adopted"]["path"]
                )
            consultation.adopt(
                wp,
                by(opinion["by"], opinion["answered_at"]),
                out.consultation,
                opinion["id"],
                opinion["adopted"]["before"],
                opinion["adopted"]["after"],
                places,
            )
    for confirmation in story["confirmations"]:
        national.confirm(
            wp,
            by(confirmation["by"], f"{confirmation['date']}T15:00:00+09:00"),
            confirmation["revision"],
            confirmation["item"],
            asked=confirmation["asked"],
            day=_day(confirmation["date"]),
            answer=confirmation["answer"],
        )
    consultation.fix_review(
        wp, by(con["by"], con["review_fixed"]), mains, _day(_at(con["review_fixed"]))
    )
    yield "answers", "市の考え方をまとめ、1件の意見を3件の評価書に反映しました。"

    hall = story["council"]
    seats = []
    for member in hall["members"]:
        seats.append(
            {
                "name": people[member["person"]]["name"],
                "title": "会長" if people[member["person"]]["role"] == "chair" else "",
                "since": _day(member["from"]),
                "until": _day(member["to"]),
                "account": member["person"],
            }
        )
    council_id = council.set_up(
        wp, by(office, "2024-01-10T11:00:00+09:00"), hall["name"], {"quorum": hall["quorum"]}, seats
    )
    ref = story["referral"]
    sit = story["sitting"]
    materials = []
    for material in ref["materials"]:
        materials.append({**material, "title": material.get("title", "")})
    out.referral = council.refer(
        wp,
        by(ref["by"], ref["at"]),
        council_id,
        ref["title"],
        [line[k] for k in ref["keys"]],
        materials,
        papers=papers,
    )
    yield (
        "refer",
        "審議会に諮問しました"
        + ("（資料のPDFを作り、項目ごとのページを控えました）。" if papers else "。"),
    )
    recorder = ref["by"]
    out.sitting = council.convene(
        wp,
        by(recorder, "2024-07-10T09:00:00+09:00"),
        council_id,
        name=sit["name"],
        day=_day(sit["date"]),
        opens=time.fromisoformat(sit["opens"]),
        place=sit["place"],
        agenda=[
            {**entry, "referral": out.referral if entry["keys"] else None}
            for entry in sit["agenda"]
        ],
        public=sit["public"],
        facts={"next": str(sit["next"])},
    )
    late = sit.get("arrived_late")
    if late:
        arrived = {people[late["person"]]["name"]: time.fromisoformat(late["at"])}
    else:
        arrived = {}
    council.attend(
        wp,
        by(recorder, f"{sit['date']}T13:35:00+09:00"),
        out.sitting,
        [people[each_part]["name"] for each_part in sit["present"]],
        arrived=arrived,
    )
    for remark in story["remarks"]:
        if remark["item"]:
            key = remark["keys"][0]
        else:
            key = None
        if key:
            where = _place(wp, key, remark["item"], story)
        else:
            where = None
        asked = council.ask(
            wp,
            by(recorder, remark["at"]),
            out.referral,
            people[remark["by"]]["name"],
            remark["text"],
            key=key,
            path=where,
        )
        council.answer(
            wp,
            by(recorder, remark["at"]),
            asked,
            people[remark["answered_by"]]["name"],
            remark["answer"],
        )
    verdict = story["verdict"]
    council.decide(
        wp, by(recorder, verdict["at"]), out.referral, out.sitting, verdict["kind"], verdict["note"]
    )
    council.close(
        wp,
        by(recorder, f"{sit['date']}T{sit['closes']}:00+09:00"),
        out.sitting,
        time.fromisoformat(sit["closes"]),
        sit["observers"],
    )
    yield "verdict", f"審議会が開かれ、結論（{verdict['kind']}）を記録しました。"

    sub = story["submission"]
    pub = story["publication"]
    texts = story["procedure_texts"]
    for key in out.keys:
        answers = {**texts["common"], **texts.get(key, {})}
        filing.fill_procedure(
            wp,
            by(sub["by"], sub["at"]),
            line[key],
            {tuple(p.split("/")): str(value) for p, value in answers.items()},
        )
        basic = f"{key}-basic"
        filing.fill_procedure(
            wp, by(sub["by"], sub["at"]), line[basic], {("C", "7"): str(texts["common"]["C/7"])}
        )
        for each_key in (key, basic):
            filing.make_table(
                wp, by(sub["by"], sub["at"]), line[each_key], published=_day(_at(pub["at"]))
            )
    yield "table", "手続の記録を記入し、変更箇所の表を作って本文と照合しました。"
    for key in out.keys:
        both = [line[key], line[f"{key}-basic"]]
        filing.submit(
            wp,
            by(sub["by"], sub["at"]),
            both,
            document_number=sub["document_number"],
            decided=_day(sub["decided"]),
        )
    yield "submit", "評価書一式を3件、個人情報保護委員会に提出しました。"
    for key in out.keys:
        filing.publish(
            wp, by(pub["by"], pub["at"]), [line[key], line[f"{key}-basic"]], _day(_at(pub["at"]))
        )
    yield "publish", "3件の評価書を公表しました。"


def _next_day(day: Any) -> str:
    from datetime import timedelta

    return (_day(day) + timedelta(days=1)).isoformat()


def _file(story: Mapping[str, Any], key: str) -> str:
    return next(affair["cloud_file"] for affair in story["affairs"] if affair["key"] == key)


def _place(wp: Workplace, key: str, item: str, story: Mapping[str, Any]) -> Path:
    """The path of an item of the form in one assessment: its touched ファイル, its first figure."""
    tree = assessment(key)
    found = forms.load(tree.form).by_id[item]
    out: list[str] = []
    for parent in (*found.parents, found):
        out.append(parent.key)
        if parent.repeated:
            entries = tree.find(tuple(out))
            if parent.id in ("II", "III"):
                out.append(_file(story, key))
            else:
                out.append(entries.children[0].key if entries else "")
    return tuple(out)
