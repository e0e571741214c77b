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
        forms.load(raw["form"]), [(tuple(p.split("/")), a) for p, a in raw["answers"].items()]
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
        return value if value.tzinfo else value.replace(tzinfo=JST)
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
    people = {p["id"]: p for p in story["people"]}
    offices = {d["id"]: d["name"] for d in story["departments"]}

    def by(who: str, when: Any) -> By:
        return By(who, people[who]["role"], _at(when))

    opened = story["round"]["opened"]
    office = story["round"]["by"]
    admin = next(p["id"] for p in story["people"] if p["role"] == "administrator")
    first = by(admin, "2024-01-09T09:00:00+09:00")
    kept = passwords.hashed(
        PASSWORD
    )  # once for all of them: the demonstration's people share one password, and a hash takes its time
    for p in story["people"]:
        registration.add_account(
            wp,
            first,
            p["id"],
            p["name"],
            p["role"],
            story["body"],
            offices.get(p["department"]),
            kept=kept,
        )
        out.people.append((p["id"], p["name"], p["role"]))
    for term in story["glossary"]:
        council.explain(
            wp, by(office, "2024-01-09T10:00:00+09:00"), term["term"], term["explanation"]
        )
    yield "people", f"{len(people)}人の利用者と{len(story['glossary'])}語の用語を登録しました。"

    start = by(office, "2024-01-10T09:00:00+09:00")
    registration.plan_head(
        wp, start, story["body"], {k: str(v) for k, v in story["register"].items() if k != "body"}
    )
    for a in story["affairs"]:
        facts = {"legal": a["legal"], "systems": a["systems"], "files": a["files"]}
        registration.register_affair(
            wp,
            start,
            key=a["key"],
            number=str(a["number"]),
            name=a["name"],
            body=story["body"],
            department=offices[a["department"]],
            facts=facts,
            kinds=("all_item", "basic_item"),
        )
        counted = _day(a["counted"])
        registration.count(
            wp, start, a["key"], a["people"], a["handlers"], a["incident"], counted, counted
        )
        for key in (a["key"], a["basic"]):
            versions.bring_in(
                wp,
                start,
                key,
                assessment(key),
                why="公表済みの評価書を取込み",
                source={"fixture": key},
            )
            versions.published_before(wp, start, key, _day(a["published"]))
        out.keys.append(a["key"])
    yield "register", f"{len(out.keys)}件の事務と評価書一式を登録しました。"

    line = {k: f"{k}~{ROUND}" for a in story["affairs"] for k in (a["key"], a["basic"])}
    facts = {
        "requirements_fixed": str(story["round"]["requirements_fixed"]),
        "title": "ガバメントクラウドと公金受取口座に係る再実施",
    }
    for key in line:
        reasons = (
            [r for r in story["round"]["reasons"] if r != "公金受取口座" or key == "nhi-benefits"]
            if key in out.keys
            else []
        )
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

    for n in story["national"]:
        who = by(n["by"], n["at"])
        national.register(wp, who, fixture(f"national/{n['revision']}"))
        done = national.apply(
            wp, who, n["revision"], {line[k]: files for k, files in n["to"].items()}
        )
        count = sum(o.status == "applied" for r in done for o in r.outcomes)
        yield (
            "national",
            f"国の記載例「{n['revision']}」を{len(done)}件の評価書の{count}か所に反映しました。",
        )

    con = story["consultation"]
    mains = [line[k] for k in out.keys]
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
    for o in story["opinions"]:
        consultation.receive(
            wp,
            by(con["by"], o["received"]),
            out.consultation,
            received=_day(_at(o["received"])),
            channel=o["channel"],
            text=o["text"],
            item=o["about"]["item"],
            keys=o["about"]["keys"],
        )
    yield "opinions", f"意見を{len(story['opinions'])}件受け付けました。"
    consultation.close(
        wp,
        by(con["by"], f"{con['to']}T00:00:00+09:00".replace(str(con["to"]), _next_day(con["to"]))),
        out.consultation,
    )
    for o in story["opinions"]:
        consultation.respond(
            wp,
            by(o["by"], o["answered_at"]),
            out.consultation,
            o["id"],
            o["response"],
            o["outcome"],
        )
        if o["adopted"]:
            places: dict[str, Path] = {
                line[k]: tuple(
                    _file(story, k) if part == "*" else str(part) for part in o["adopted"]["path"]
                )
                for k in o["about"]["keys"]
            }
            consultation.adopt(
                wp,
                by(o["by"], o["answered_at"]),
                out.consultation,
                o["id"],
                o["adopted"]["before"],
                o["adopted"]["after"],
                places,
            )
    for c in story["confirmations"]:
        national.confirm(
            wp,
            by(c["by"], f"{c['date']}T15:00:00+09:00"),
            c["revision"],
            c["item"],
            asked=c["asked"],
            day=_day(c["date"]),
            answer=c["answer"],
        )
    consultation.fix_review(
        wp, by(con["by"], con["review_fixed"]), mains, _day(_at(con["review_fixed"]))
    )
    yield "answers", "市の考え方をまとめ、1件の意見を3件の評価書に反映しました。"

    hall = story["council"]
    seats = [
        {
            "name": people[m["person"]]["name"],
            "title": "会長" if people[m["person"]]["role"] == "chair" else "",
            "since": _day(m["from"]),
            "until": _day(m["to"]),
            "account": m["person"],
        }
        for m in hall["members"]
    ]
    council_id = council.set_up(
        wp, by(office, "2024-01-10T11:00:00+09:00"), hall["name"], {"quorum": hall["quorum"]}, seats
    )
    ref, sit = story["referral"], story["sitting"]
    materials = [{**m, "title": m.get("title", "")} for m in ref["materials"]]
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
        agenda=[{**a, "referral": out.referral if a["keys"] else None} for a in sit["agenda"]],
        public=sit["public"],
        facts={"next": str(sit["next"])},
    )
    late = sit.get("arrived_late")
    arrived = {people[late["person"]]["name"]: time.fromisoformat(late["at"])} if late else {}
    council.attend(
        wp,
        by(recorder, f"{sit['date']}T13:35:00+09:00"),
        out.sitting,
        [people[p]["name"] for p in sit["present"]],
        arrived=arrived,
    )
    for q in story["remarks"]:
        key = q["keys"][0] if q["item"] else None
        where = _place(wp, key, q["item"], story) if key else None
        asked = council.ask(
            wp,
            by(recorder, q["at"]),
            out.referral,
            people[q["by"]]["name"],
            q["text"],
            key=key,
            path=where,
        )
        council.answer(
            wp, by(recorder, q["at"]), asked, people[q["answered_by"]]["name"], q["answer"]
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

    sub, pub = story["submission"], story["publication"]
    texts = story["procedure_texts"]
    for key in out.keys:
        answers = {**texts["common"], **texts.get(key, {})}
        filing.fill_procedure(
            wp,
            by(sub["by"], sub["at"]),
            line[key],
            {tuple(p.split("/")): str(a) for p, a in answers.items()},
        )
        basic = f"{key}-basic"
        filing.fill_procedure(
            wp, by(sub["by"], sub["at"]), line[basic], {("C", "7"): str(texts["common"]["C/7"])}
        )
        for k in (key, basic):
            filing.make_table(wp, by(sub["by"], sub["at"]), line[k], published=_day(_at(pub["at"])))
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
    return next(a["cloud_file"] for a in story["affairs"] if a["key"] == key)


def _place(wp: Workplace, key: str, item: str, story: Mapping[str, Any]) -> Path:
    """The path of an item of the form in one assessment: its touched ファイル, its first figure."""
    tree = assessment(key)
    found = forms.load(tree.form).by_id[item]
    out: list[str] = []
    for n in (*found.parents, found):
        out.append(n.key)
        if n.repeated:
            entries = tree.find(tuple(out))
            out.append(
                _file(story, key)
                if n.id in ("II", "III")
                else entries.children[0].key
                if entries
                else ""
            )
    return tuple(out)
