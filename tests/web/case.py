"""The whole case through the pages, by the people of the case: written once, played by the page
client and by a real browser.

Every step is a page opened by the person whose step it is and a form of that page sent.
`Stage.person(name)` gives someone who can `do(url, action, values, pick)`; `Stage.at(when)` sets
the clock; `Stage.work()` lets the worker finish what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from pia import forms, resources
from pia.actions import demo
from pia.actions.workplace import Workplace
from pia.documents.workbook_out import writer

from .. import shared

ROUND = "r6-cloud"


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
    out = {}
    for a in story()["affairs"]:
        for key in (a["key"], a["basic"]):
            out[key] = shared.once(f"{key}.xlsx", partial(_workbook, key, a["name"]))
    return out


def _workbook(key: str, title: str, file: Path) -> None:
    tree = demo.assessment(key)
    file.write_bytes(writer.write(tree, forms.load(tree.form), title=title, ref=f"{key}@1"))


def play(stage: Stage, folder: Path) -> None:
    """From an empty house with one administrator to three published assessments."""
    s, books = story(), workbooks()
    people = {p["id"]: p for p in s["people"]}
    offices = {d["id"]: d["name"] for d in s["departments"]}
    first_day = "2024-01-10T09:00:00+09:00"

    stage.at("2024-01-09T09:00:00+09:00")
    admin = stage.person("sagara")
    used = {
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
    for p in s["people"]:
        if p["id"] in used:
            admin.do(
                "/accounts",
                "/accounts",
                {
                    "name": p["id"],
                    "shown": p["name"],
                    "role": p["role"],
                    "department": offices.get(p["department"]) or "",
                    "password": demo.PASSWORD,
                },
            )
            stage.settle(p["id"])

    stage.at(first_day)
    office = stage.person("mizukoshi")
    for a in s["affairs"]:
        office.do(
            "/affairs/new",
            "/affairs/new",
            {
                "name": a["name"],
                "number": a["number"],
                "key": a["key"],
                "body": s["body"],
                "department": offices[a["department"]],
                "kind": "all_item",
            },
        )
    office.do("/plan", "/plan", {"body": s["body"], "department": s["register"]["department"]})
    for a in s["affairs"]:
        affair = f"/affairs/{a['key']}"
        day = str(a["counted"])
        office.do(
            affair,
            f"{affair}/counts",
            {
                "people": str(a["people"]),
                "handlers": str(a["handlers"]),
                "counted_people": day,
                "counted_handlers": day,
            },
        )
        for key in (a["key"], a["basic"]):
            office.do(
                "/import",
                "/import",
                {"files": books[key], "into": key, "why": "公表済みの評価書を取込み"},
            )
            office.do(
                affair, f"{affair}/published", {"day": str(a["published"])}, {"document": key}
            )

    stage.at(s["round"]["opened"])
    for a in s["affairs"]:
        reasons = [
            r for r in s["round"]["reasons"] if r != "公金受取口座" or a["key"] == "nhi-benefits"
        ]
        office.do(
            f"/affairs/{a['key']}",
            f"/affairs/{a['key']}/rounds",
            {
                "title": "ガバメントクラウドと公金受取口座に係る再実施",
                "name": ROUND,
                "kind": "REASSESSMENT",
                "documents": [a["key"], a["basic"]],
                "reasons": "\n".join(reasons),
                "change_date": str(s["round"]["change_date"]),
                "requirements_fixed": str(s["round"]["requirements_fixed"]),
            },
        )

    line = {a["key"]: f"{a['key']}~{ROUND}" for a in s["affairs"]}
    for n in s["national"]:
        stage.at(n["at"])
        office.do(
            "/national",
            "/national",
            {"file": resources.folder("fixtures") / "national" / f"{n['revision']}.yaml"},
        )
        to = f"/national/{n['revision']}"
        chosen: dict[str, Any] = {"lines": [line[k] for k in n["to"]]}
        chosen |= {
            f"f-{line[k]}": files
            for k, files in n["to"].items()
            if len(next(a for a in s["affairs"] if a["key"] == k)["files"]) > 1
        }
        assert "まだ何も変わっていません" in office.do(to, to, chosen, {"what": "try"})
        office.do(to, to, chosen, {"what": "apply"})

    con = s["consultation"]
    stage.at(f"{con['announced']}T09:00:00+09:00")
    mains = list(line.values())
    office.do(
        "/consultations/new",
        "/consultations/new",
        {
            "rounds": mains,
            "title": "特定個人情報保護評価書（案）に対する意見の募集",
            "announced": str(con["announced"]),
            "start": str(con["from"]),
            "end": str(con["to"]),
            "method": con["method"],
            "name": "optional",
            "address": "optional",
        },
    )
    consultation = "/consultations/1"
    for o in s["opinions"]:
        stage.at(o["received"])
        if o["channel"] == "web":
            sent = stage.resident().do(
                f"{consultation}/opinion",
                f"{consultation}/opinion",
                {"text": o["text"], "item": o["about"]["item"] or "", "name": "市民 一郎"},
            )
            assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", sent)
            office.do(consultation, f"{consultation}/inbox/1", {})
        else:
            day = datetime.fromisoformat(str(o["received"])).date().isoformat()
            office.do(
                consultation,
                f"{consultation}/opinions",
                {
                    "channel": o["channel"],
                    "received": day,
                    "text": o["text"],
                    "item": o["about"]["item"] or "",
                    "keys": o["about"]["keys"],
                },
            )

    stage.at("2024-06-14T11:00:00+09:00")
    office.do(consultation, f"{consultation}/close", {})
    for o in s["opinions"]:
        stage.at(o["answered_at"])
        office.do(
            consultation,
            f"{consultation}/opinions/{o['id']}/response",
            {"text": o["response"], "outcome": o["outcome"]},
        )
        if o["adopted"]:
            said = office.do(
                consultation,
                f"{consultation}/opinions/{o['id']}/adopt",
                {"before": o["adopted"]["before"], "after": o["adopted"]["after"]},
            )
            assert "3件の評価書に反映しました" in said
    for c in s["confirmations"]:
        to = f"/national/{c['revision']}"
        office.do(
            to,
            f"{to}/confirmations",
            {"asked": "1", "day": str(c["date"]), "answer": c["answer"]},
            {"item": c["item"]},
        )
    for ref in mains:
        office.do(f"/rounds/{ref}", f"/rounds/{ref}/review-fixed", {"day": "2024-07-05"})

    hall = s["council"]
    office.do("/councils", "/councils", {"name": hall["name"], "quorum": str(hall["quorum"])})
    for m in hall["members"]:
        title = "会長" if people[m["person"]]["role"] == "chair" else ""
        office.do(
            "/councils",
            "/councils/1/members",
            {
                "name": people[m["person"]]["name"],
                "title": title,
                "since": str(m["from"]),
                "until": str(m["to"]),
                "account": m["person"] if m["person"] in used else "",
            },
        )

    ref_ = s["referral"]
    stage.at(ref_["at"])
    numbers = {line[m["key"]]: m["number"] for m in ref_["materials"] if m.get("key")}
    office.do(
        "/referrals/new",
        "/referrals/new",
        {
            "council": "1",
            "title": ref_["title"],
            "rounds": mains,
            **{f"n-{r}": n for r, n in numbers.items()},
            "others": "\n".join(
                f"{m['number']}　{m['title']}" for m in ref_["materials"] if not m.get("key")
            ),
            "free": _free(folder),
        },
    )
    stage.work()
    assert "終わりました" in office.read("/jobs/1")
    assert "参考（資料7　参考.txt）" in office.read("/referrals")

    sit = s["sitting"]
    stage.at("2024-07-10T09:00:00+09:00")
    agenda = {f"title{i}": a["title"] for i, a in enumerate(sit["agenda"])} | {
        f"referral{i}": "1" for i, a in enumerate(sit["agenda"]) if a["keys"]
    }
    office.do(
        "/sittings/new",
        "/sittings/new",
        {
            "council": "1",
            "name": sit["name"],
            "day": str(sit["date"]),
            "opens": sit["opens"],
            "place": sit["place"],
            **agenda,
        },
    )

    stage.at(f"{sit['date']}T13:35:00+09:00")
    present = [people[p]["name"] for p in sit["present"]]
    assert "定足数を満たしています" in office.do(
        "/sittings/1", "/sittings/1/attendance", {"present": present}
    )
    address = re.search(r"/t/[A-Za-z0-9_-]{43}", office.do("/sittings/1", "/sittings/1/door", {}))
    assert address
    tablet = stage.tablet(address.group())
    plate = people["mitamura"]["name"]
    plates = tablet.read("/plates")
    assert plate in plates
    number = re.search(r"端末の番号\s*(\d{4})", plates)
    assert number
    asked = tablet.do("/plates", "/plates", {}, {"member": _member(plates, plate)})
    assert "確認を待っています" in asked and "質問を書く" not in tablet.read("/referrals/1/cards/1")
    assert plate in office.do("/sittings/1", "/sittings/1/plates", {}, {"device": number.group(1)})
    office.do("/referrals/1/cards/1", "/referrals/1/cards/1/now", {})
    assert "1／" in tablet.read("/referrals/1/now")
    tablet.do("/referrals/1/cards/1", "/referrals/1/cards/1/tick", {}, {"on": "1"})
    tablet.do(
        "/referrals/1/cards/1", "/referrals/1/cards/1/remarks", {"text": s["remarks"][2]["text"]}
    )
    chair = stage.person("kiryu")
    chair.do("/referrals/1", "/referrals/1/remarks", {"text": s["remarks"][5]["text"]})
    stage.person("morishita").do(
        "/referrals/1/cards/1", "/referrals/1/remarks/*/answer", {"text": s["remarks"][2]["answer"]}
    )
    office.do("/referrals/1", "/referrals/1/remarks/*/answer", {"text": s["remarks"][5]["answer"]})
    stage.at(s["verdict"]["at"])
    office.do(
        "/sittings/1",
        "/sittings/1/decide",
        {"kind": s["verdict"]["kind"], "note": s["verdict"]["note"]},
    )
    office.do("/sittings/1", "/sittings/1/close", {"closes": sit["closes"], "observers": "0"})

    sub, pub = s["submission"], s["publication"]
    stage.at(sub["at"])
    texts = s["procedure_texts"]
    publish_day = datetime.fromisoformat(str(pub["at"])).date()
    for a in s["affairs"]:
        key = a["key"]
        answers = {**texts["common"], **texts.get(key, {})}
        office.do(
            f"/rounds/{line[key]}/procedure",
            f"/rounds/{line[key]}/procedure",
            {p: str(v) for p, v in answers.items()},
        )
        basic = f"{a['basic']}~{ROUND}"
        office.do(
            f"/rounds/{basic}/procedure",
            f"/rounds/{basic}/procedure",
            {"C/7": str(texts["common"]["C/7"])},
        )
        for ref in (line[key], basic):
            office.do(
                f"/rounds/{ref}/change-table",
                f"/rounds/{ref}/change-table",
                {"published": publish_day.isoformat()},
            )
        said = office.do(
            f"/rounds/{line[key]}/submit",
            f"/rounds/{line[key]}/submit",
            {
                "document_number": sub["document_number"],
                "decided": str(sub["decided"]),
                "sure": "1",
            },
        )
        assert "確定しています" in said
        stage.work()
        assert "提出した一式を取り出す" in office.read(f"/rounds/{line[key]}")
    stage.at(pub["at"])
    for a in s["affairs"]:
        assert "公表しました" in office.do(
            f"/rounds/{line[a['key']]}/publish",
            f"/rounds/{line[a['key']]}/publish",
            {"day": publish_day.isoformat()},
        )
        office.do(
            f"/rounds/{line[a['key']]}",
            f"/rounds/{line[a['key']]}/days",
            {"kind": "CITY_SITE", "day": "2024-09-03"},
        )
    assert stage.resident().read("/").count("令和6年9月2日") >= 6
    assert "access.in" in stage.person("makabe").read("/ledger")


def _free(folder: Path) -> Path:
    """A free document of the sitting, with its number and title in its name."""
    made = folder / "資料7　参考.txt"
    made.write_text("参考の資料", "utf-8")
    return made


def _member(page: str, name: str) -> str:
    """The number of a member's plate, by the order in which plates stand on the page."""
    found = re.search(rf"\[(\d+)\]{re.escape(name)}", page)
    return found.group(1) if found else ""


def digests(wp: Workplace) -> dict[str, str]:
    """The published text of every assessment."""
    from pia.actions import sources

    return {
        key: sources.read_ref(wp, f"{key}@published").tree.digest
        for a in story()["affairs"]
        for key in (a["key"], a["basic"])
    }
