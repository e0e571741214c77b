"""The whole case through the pages, by the people of the case: written once, played by the page
client and by a real browser.

Every step is a page opened by the person whose step it is and a form of that page sent.
`Stage.person(name)` gives someone who can `do(url, action, values, pick)`; `Stage.at(when)` sets
the clock; `Stage.work()` lets the worker finish what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

from pia import forms, resources
from pia.actions import demo
from pia.actions.workplace import Workplace
from pia.documents.workbook_out import writer

from .. import shared

ROUND = "r6-cloud"
ACCOUNTS = {
    "mizukoshi",
    "morishita",
    "tanahashi",
    "nonomura",
    "kurokawa",
    "ebihara",
    "kiryu",
    "ooba",
    "kume",
    "makabe",
}
"""People of the case who are given an account by the administrator."""


class Person(Protocol):
    def do(
        self,
        url: str,
        action: str,
        values: Mapping[str, Any],
        pick: Mapping[str, str] | None = None,
    ) -> str:
        """Opens a page, fills in its form to `action` and sends it; the words of the page that
        comes back."""
        ...

    def read(self, url: str) -> str: ...


class Stage(Protocol):
    def person(self, name: str) -> Person: ...

    def resident(self) -> Person: ...

    def tablet(self, address: str) -> Person: ...

    def settle(self, name: str) -> None:
        """Somebody who was given a password makes it their own."""
        ...

    def at(self, when: Any) -> None: ...

    def work(self) -> None: ...


def story() -> dict[str, Any]:
    return demo.fixture("scenario")


def workbooks() -> dict[str, Path]:
    """The published assessments as the workbooks a city has."""
    books = {}
    for affair in story()["affairs"]:
        for key in (affair["key"], affair["basic"]):
            books[key] = shared.once(f"{key}.xlsx", partial(_workbook, key, affair["name"]))
    return books


def _workbook(key: str, title: str, file: Path) -> None:
    tree = demo.assessment(key)
    file.write_bytes(writer.write(tree, forms.load(tree.form), title=title, ref=f"{key}@1"))


@dataclass(frozen=True)
class Case:
    """The case as its parts play it, one after the other, each on what the ones before left."""

    stage: Stage
    folder: Path
    """Where files that people bring are made."""

    @cached_property
    def story(self) -> dict[str, Any]:
        """What happens, as the demonstration has it."""
        return story()

    @cached_property
    def people(self) -> dict[str, dict[str, Any]]:
        """Account → the person it belongs to."""
        return {person["id"]: person for person in self.story["people"]}

    @cached_property
    def offices(self) -> dict[str, str]:
        """Department → its name."""
        return {department["id"]: department["name"] for department in self.story["departments"]}

    @cached_property
    def office(self) -> Person:
        """The secretariat, whose steps most are."""
        return self.stage.person("mizukoshi")

    @cached_property
    def lines(self) -> dict[str, str]:
        """Affair → the line of its round."""
        return {affair["key"]: f"{affair['key']}~{ROUND}" for affair in self.story["affairs"]}


def register(case: Case) -> None:
    """Accounts, affairs, the plan, and what was published before, from workbooks."""
    stage, story = case.stage, case.story
    stage.at("2024-01-09T09:00:00+09:00")
    admin = stage.person("sagara")
    for person in story["people"]:
        if person["id"] not in ACCOUNTS:
            continue
        admin.do(
            "/accounts",
            "/accounts",
            {
                "name": person["id"],
                "shown": person["name"],
                "role": person["role"],
                "department": case.offices.get(person["department"]) or "",
                "password": demo.PASSWORD,
            },
        )
        stage.settle(person["id"])

    stage.at("2024-01-10T09:00:00+09:00")
    for affair in story["affairs"]:
        case.office.do(
            "/affairs/new",
            "/affairs/new",
            {
                "name": affair["name"],
                "number": affair["number"],
                "key": affair["key"],
                "body": story["body"],
                "department": case.offices[affair["department"]],
                "kind": "all_item",
            },
        )
    plan = {"body": story["body"], "department": story["register"]["department"]}
    case.office.do("/plan", "/plan", plan)
    books = workbooks()
    for affair in story["affairs"]:
        page = f"/affairs/{affair['key']}"
        day = str(affair["counted"])
        counts = {
            "people": str(affair["people"]),
            "handlers": str(affair["handlers"]),
            "counted_people": day,
            "counted_handlers": day,
        }
        case.office.do(page, f"{page}/counts", counts)
        published = {"day": str(affair["published"])}
        for key in (affair["key"], affair["basic"]):
            book = {"files": books[key], "into": key, "why": "公表済みの評価書を取込み"}
            case.office.do("/import", "/import", book)
            case.office.do(page, f"{page}/published", published, {"document": key})


def revise(case: Case) -> None:
    """Rounds begun, and the national texts applied to them."""
    stage, story = case.stage, case.story
    stage.at(story["round"]["opened"])
    for affair in story["affairs"]:
        reasons = [
            reason
            for reason in story["round"]["reasons"]
            if reason != "公金受取口座" or affair["key"] == "nhi-benefits"
        ]
        page = f"/affairs/{affair['key']}"
        case.office.do(
            page,
            f"{page}/rounds",
            {
                "title": "ガバメントクラウドと公金受取口座に係る再実施",
                "name": ROUND,
                "kind": "REASSESSMENT",
                "documents": [affair["key"], affair["basic"]],
                "reasons": "\n".join(reasons),
                "change_date": str(story["round"]["change_date"]),
                "requirements_fixed": str(story["round"]["requirements_fixed"]),
            },
        )

    with_files = {affair["key"] for affair in story["affairs"] if len(affair["files"]) > 1}
    for national in story["national"]:
        stage.at(national["at"])
        file = resources.folder("fixtures") / "national" / f"{national['revision']}.yaml"
        case.office.do("/national", "/national", {"file": file})
        page = f"/national/{national['revision']}"
        chosen: dict[str, Any] = {"lines": [case.lines[key] for key in national["to"]]}
        for key, files in national["to"].items():
            if key in with_files:
                chosen[f"f-{case.lines[key]}"] = files
        tried = case.office.do(page, page, chosen, {"what": "try"})
        assert "まだ何も変わっていません" in tried
        case.office.do(page, page, chosen, {"what": "apply"})


def consult(case: Case) -> None:
    """意見募集: announced, opinions taken in, closed."""
    stage = case.stage
    consultation = case.story["consultation"]
    stage.at(f"{consultation['announced']}T09:00:00+09:00")
    case.office.do(
        "/consultations/new",
        "/consultations/new",
        {
            "rounds": list(case.lines.values()),
            "title": "特定個人情報保護評価書（案）に対する意見の募集",
            "announced": str(consultation["announced"]),
            "start": str(consultation["from"]),
            "end": str(consultation["to"]),
            "method": consultation["method"],
            "name": "optional",
            "address": "optional",
        },
    )
    page = "/consultations/1"
    for opinion in case.story["opinions"]:
        stage.at(opinion["received"])
        about = {"text": opinion["text"], "item": opinion["about"]["item"] or ""}
        if opinion["channel"] == "web":
            form = f"{page}/opinion"
            sent = stage.resident().do(form, form, {**about, "name": "市民 一郎"})
            assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", sent)
            case.office.do(page, f"{page}/inbox/1", {})
            continue
        day = datetime.fromisoformat(str(opinion["received"])).date().isoformat()
        case.office.do(
            page,
            f"{page}/opinions",
            {
                "channel": opinion["channel"],
                "received": day,
                **about,
                "keys": opinion["about"]["keys"],
            },
        )
    stage.at("2024-06-14T11:00:00+09:00")
    case.office.do(page, f"{page}/close", {})


def respond(case: Case) -> None:
    """Opinions answered and adopted, what the state confirmed, the text fixed for the council."""
    stage = case.stage
    page = "/consultations/1"
    for opinion in case.story["opinions"]:
        stage.at(opinion["answered_at"])
        case.office.do(
            page,
            f"{page}/opinions/{opinion['id']}/response",
            {"text": opinion["response"], "outcome": opinion["outcome"]},
        )
        adopted = opinion["adopted"]
        if adopted:
            answer = case.office.do(
                page,
                f"{page}/opinions/{opinion['id']}/adopt",
                {"before": adopted["before"], "after": adopted["after"]},
            )
            assert "3件の評価書に反映しました" in answer
    for confirmation in case.story["confirmations"]:
        national = f"/national/{confirmation['revision']}"
        case.office.do(
            national,
            f"{national}/confirmations",
            {"asked": "1", "day": str(confirmation["date"]), "answer": confirmation["answer"]},
            {"item": confirmation["item"]},
        )
    for ref in case.lines.values():
        case.office.do(f"/rounds/{ref}", f"/rounds/{ref}/review-fixed", {"day": "2024-07-05"})


def refer(case: Case) -> None:
    """The council with its members, and what it is asked, with the set of papers."""
    stage, people = case.stage, case.people
    council = case.story["council"]
    named = {"name": council["name"], "quorum": str(council["quorum"])}
    case.office.do("/councils", "/councils", named)
    for member in council["members"]:
        person = people[member["person"]]
        case.office.do(
            "/councils/1",
            "/councils/1/members",
            {
                "name": person["name"],
                "title": "会長" if person["role"] == "chair" else "",
                "since": str(member["from"]),
                "until": str(member["to"]),
                "account": member["person"] if member["person"] in ACCOUNTS else "",
            },
        )

    referral = case.story["referral"]
    stage.at(referral["at"])
    materials: dict[str, Any] = {}
    others = []
    for material in referral["materials"]:
        if material.get("key"):
            materials[f"n-{case.lines[material['key']]}"] = material["number"]
        else:
            others.append(f"{material['number']}　{material['title']}")
    case.office.do(
        "/referrals/new",
        "/referrals/new",
        {
            "council": "1",
            "title": referral["title"],
            "rounds": list(case.lines.values()),
            **materials,
            "others": "\n".join(others),
            "free": _free(case.folder),
        },
    )
    stage.work()
    assert "終わりました" in case.office.read("/jobs/1")
    assert "参考（資料7　参考.txt）" in case.office.read("/referrals")


def sit(case: Case) -> None:
    """The sitting: called, opened, a member at a tablet, questions and answers, the verdict."""
    stage, story = case.stage, case.story
    sitting = story["sitting"]
    stage.at("2024-07-10T09:00:00+09:00")
    agenda = {}
    for number, point in enumerate(sitting["agenda"]):
        agenda[f"title{number}"] = point["title"]
        if point["keys"]:
            agenda[f"referral{number}"] = "1"
    case.office.do(
        "/sittings/new",
        "/sittings/new",
        {
            "council": "1",
            "name": sitting["name"],
            "day": str(sitting["date"]),
            "opens": sitting["opens"],
            "place": sitting["place"],
            **agenda,
        },
    )

    page, card = "/sittings/1", "/referrals/1/cards/1"
    stage.at(f"{sitting['date']}T13:35:00+09:00")
    present = {"present": [case.people[account]["name"] for account in sitting["present"]]}
    assert "定足数を満たしています" in case.office.do(page, f"{page}/attendance", present)
    tablet = _at_a_tablet(case)
    case.office.do(card, f"{card}/now", {})
    assert "1／" in tablet.read("/referrals/1/now")
    by_tablet, by_chair = story["remarks"][2], story["remarks"][5]
    tablet.do(card, f"{card}/tick", {}, {"on": "1"})
    tablet.do(card, f"{card}/remarks", {"text": by_tablet["text"]})
    chair = stage.person("kiryu")
    chair.do("/referrals/1", "/referrals/1/remarks", {"text": by_chair["text"]})
    answering = "/referrals/1/remarks/*/answer"
    stage.person("morishita").do(card, answering, {"text": by_tablet["answer"]})
    case.office.do("/referrals/1", answering, {"text": by_chair["answer"]})
    verdict = story["verdict"]
    stage.at(verdict["at"])
    decided = {"kind": verdict["kind"], "note": verdict["note"]}
    case.office.do(page, f"{page}/decide", decided)
    case.office.do(
        page, f"{page}/close", {"closes": sitting["closes"], "observers": "0", "sure": "1"}
    )


def _at_a_tablet(case: Case) -> Person:
    """A member who has taken their plate at a tablet, and whom the office let in."""
    page = "/sittings/1"
    address = re.search(r"/t/[A-Za-z0-9_-]{43}", case.office.do(page, f"{page}/door", {}))
    assert address
    tablet = case.stage.tablet(address.group())
    plate = case.people["mitamura"]["name"]
    plates = tablet.read("/plates")
    assert plate in plates
    number = re.search(r"端末の番号\s*(\d{4})", plates)
    assert number
    waiting = tablet.do("/plates", "/plates", {}, {"member": _member(plates, plate)})
    assert "確認を待っています" in waiting
    assert "質問を書く" not in tablet.read("/referrals/1/cards/1")
    assert plate in case.office.do(page, f"{page}/plates", {}, {"device": number.group(1)})
    return tablet


def submit(case: Case) -> None:
    """What the procedure fills in, the 変更箇所, and the 一式 handed in, for each affair."""
    stage, story = case.stage, case.story
    submission = story["submission"]
    stage.at(submission["at"])
    texts = story["procedure_texts"]
    publish_day = _publish_day(story)
    for affair in story["affairs"]:
        ref, basic = case.lines[affair["key"]], f"{affair['basic']}~{ROUND}"
        answers = {**texts["common"], **texts.get(affair["key"], {})}
        filled_in = {item: str(answer) for item, answer in answers.items()}
        case.office.do(f"/rounds/{ref}/procedure", f"/rounds/{ref}/procedure", filled_in)
        case.office.do(
            f"/rounds/{basic}/procedure",
            f"/rounds/{basic}/procedure",
            {"C/7": str(texts["common"]["C/7"])},
        )
        for line in (ref, basic):
            table = f"/rounds/{line}/change-table"
            case.office.do(table, table, {"published": publish_day})
        answer = case.office.do(
            f"/rounds/{ref}/submit",
            f"/rounds/{ref}/submit",
            {
                "document_number": submission["document_number"],
                "decided": str(submission["decided"]),
                "sure": "1",
            },
        )
        assert "確定しています" in answer
        stage.work()
        assert "提出した書類一式を取り出す" in case.office.read(f"/rounds/{ref}")


def publish(case: Case) -> None:
    """公表, the day it stood on the city's site, and what residents and auditors then read."""
    stage, story = case.stage, case.story
    stage.at(story["publication"]["at"])
    for ref in case.lines.values():
        page = f"/rounds/{ref}"
        answer = case.office.do(f"{page}/publish", f"{page}/publish", {"day": _publish_day(story)})
        assert "公表しました" in answer
        case.office.do(page, f"{page}/days", {"kind": "CITY_SITE", "day": "2024-09-03"})
    assert stage.resident().read("/").count("令和6年9月2日") >= 6
    assert "サインイン" in stage.person("makabe").read("/ledger")


PARTS = (register, revise, consult, respond, refer, sit, submit, publish)
"""The whole case, in its order."""


def play(stage: Stage, folder: Path) -> None:
    """From an empty house with one administrator to three published assessments."""
    case = Case(stage, folder)
    for part in PARTS:
        part(case)


def _publish_day(story: Mapping[str, Any]) -> str:
    return datetime.fromisoformat(str(story["publication"]["at"])).date().isoformat()


def _free(folder: Path) -> Path:
    """A free document of the sitting, with its number and title in its name."""
    document = folder / "資料7　参考.txt"
    document.write_text("参考の資料", "utf-8")
    return document


def _member(page: str, name: str) -> str:
    """The number of a member's plate, by the order in which plates stand on the page."""
    plate = re.search(rf"\[(\d+)\]{re.escape(name)}", page)
    return plate.group(1) if plate else ""


def digests(wp: Workplace) -> dict[str, str]:
    """The published text of every assessment."""
    from pia.actions import sources

    return {
        key: sources.read_ref(wp, f"{key}@published").tree.digest
        for affair in story()["affairs"]
        for key in (affair["key"], affair["basic"])
    }
