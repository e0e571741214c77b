"""The second half of the story of the small house: what the council is asked, its sitting, and what
is submitted and published after it, every field with words of a `Words`.
"""

from __future__ import annotations

import io
import re
from datetime import date
from urllib.parse import unquote, urlsplit

from pia.actions.steps import filing, referrals
from pia.domain.act import By
from pia.web.inputs import LINE, PARAGRAPH

from .naughty import Words
from .naughty_house import (
    KEY,
    NAMES,
    REF,
    ROUND,
    House,
    Looked,
)


def _refer(h: House, w: Words) -> None:
    office = h.person("office")
    numbers = [
        w.alone("material.number", 20) or w("material.number", 20, without="　")
        for _ in range(h.more)
    ]
    materials = "\n".join(f"{n}　{w('material.other', 200)}" for n in ("資料2", "資料3", *numbers))
    free = (io.BytesIO("参考".encode()), f"資料4　{w('material.file', 100, without=NAMES)}.txt")
    h.do(
        office,
        "/referrals/new",
        "/referrals/new",
        {
            "council": "1",
            "title": w("referral.title"),
            "rounds": [REF],
            f"n-{REF}": w("material.number", 20),
            "others": materials,
            "free": free,
            "document_number": w("referral.number"),
        },
    )
    h.work()


def sit(h: House, w: Words) -> None:
    office = h.person("office")
    h.do(office, "/councils", "/councils", {"name": w("council"), "quorum": "2"})
    members = [w("member", 60) for _ in range(3)]
    for name in [*members, *(w("member", 60) for _ in range(h.more))]:
        h.do(
            office,
            "/councils/1",
            "/councils/1/members",
            {"name": name, "title": w("member.title", 30), "since": "2023-12-01"},
        )
    h.do(office, "/councils/1", "/councils/1/accounts", {"account": "chair"})
    if (
        not w.printed
    ):  # letters that no typeface of ours has are not printed; everything else goes on
        about = [
            {"number": w("material.number", 20), "title": "", "key": KEY},
            {"number": "2", "title": w("material.other")},
        ]
        about += [
            {
                "number": w.alone("material.number", 20) or w("material.number", 20),
                "title": w("material.other"),
            }
            for _ in range(h.more)
        ]
        referrals.refer(
            h.wp,
            By("office", "secretariat", h.now),
            1,
            [REF],
            referrals.NewReferral(w("referral.title"), about),
        )
    else:
        _refer(h, w)
    agenda: dict[str, str] = {}
    for i in range(3):
        agenda |= {
            f"title{i}": w("agenda.title"),
            f"number{i}": w("agenda.number", 40),
            f"referral{i}": "1" if i == 0 else "",
            f"closed{i}": w("agenda.closed") if i == 2 else "",
            f"called{i}": w("agenda.called", 60),
        }
    h.do(
        office,
        "/sittings/new",
        "/sittings/new",
        {
            "council": "1",
            "name": w("sitting.name"),
            "day": "2024-06-20",
            "opens": "13:30",
            "place": w("sitting.place"),
            **agenda,
        },
    )
    h.at("2024-06-20")
    office = h.person("office")
    h.do(office, "/sittings/1", "/sittings/1/attendance", {"present": members, "arrived1": "13:40"})
    door = h.do(office, "/sittings/1", "/sittings/1/door", {}, 200)
    tablet = Looked(h, h.staff)
    address = re.search(r"/t/[A-Za-z0-9_-]{43}", door.text_content())
    assert address and tablet.client.get(address.group()).status_code == 303
    plate = tablet.get("/plates").find_class("plate")[0].get("value")
    h.do(tablet, "/plates", "/plates", {}, pick={"member": plate})
    device = tablet.get("/plates").find_class("device")[0].find("strong").text
    h.do(office, "/sittings/1", "/sittings/1/plates", {}, pick={"device": device})
    page = tablet.get("/referrals/1")
    cards = sorted(
        {
            m.group()
            for a in page.iter("a")
            if (m := re.match(r"/referrals/1/cards/\d+", a.get("href") or ""))
        }
    )
    card = next(c for c in cards if h.shown in tablet.get(c).text_content())
    h.do(tablet, card, f"{card}/remarks", {"text": w("remark", PARAGRAPH, True)})
    h.do(
        tablet,
        card,
        f"{card}/proposals",
        {
            "before": "はじめの行。",
            "after": w("proposal.after", 1_000, True),
            "why": w("proposal.why", 1_000, True),
        },
    )
    h.do(
        h.person("chair"),
        "/referrals/1",
        "/referrals/1/remarks",
        {"text": w("remark.general", PARAGRAPH, True)},
    )
    words, wanted = "/referrals/1/glossary", "/referrals/1/glossary/requests"
    for _ in range(2):
        asked = {"term": w("asked.term", 60), "note": w("asked.note", PARAGRAPH, True)}
        h.do(tablet, words, wanted, asked)
    said_to = {"answer": w("asked.answer", PARAGRAPH, True)}
    h.do(office, "/glossary", "/glossary/requests/1/answer", said_to)
    h.do(
        h.person("drafter"),
        card,
        "/referrals/1/remarks/*/answer",
        {"text": w("answer", PARAGRAPH, True)},
    )
    h.do(
        office,
        "/referrals/1",
        "/referrals/1/remarks/*/answer",
        {"text": w("answer.general", PARAGRAPH, True)},
    )
    h.do(
        office,
        "/sittings/1",
        "/sittings/1/decide",
        {"kind": "了承", "note": w("verdict.note", PARAGRAPH, True)},
    )
    h.do(
        office,
        "/sittings/1",
        "/sittings/1/report",
        {"document_number": w("report.number"), "day": "2024-06-20"},
    )
    h.do(
        office,
        f"/rounds/{REF}",
        f"/rounds/{REF}/minor",
        {"reason": w("minor.reason", PARAGRAPH, True), "confirmed_by": w("minor.by")},
    )
    closing = {"closes": "15:00", "observers": "2", "sure": "1"}
    h.do(office, "/sittings/1", "/sittings/1/close", closing)
    seats = office.get("/sittings/1").get_element_by_id("c-member")
    first = min((seat.get("value") for seat in seats), key=int)  # who was there
    h.do(
        office,
        "/sittings/1",
        "/sittings/1/corrections",
        {"member": first, "present": "0", "reason": w("correction.reason")},
        pick={"what": "attendance"},
    )
    h.do(
        office,
        f"/assessments/{KEY}/readers",
        f"/assessments/{KEY}/readers",
        {"who": "role:head", "reason": w("reader.reason", PARAGRAPH, True)},
    )


def send(h: House, w: Words) -> None:
    h.at("2024-07-01")
    office = h.person("office")
    page = office.get(f"/rounds/{REF}/procedure")
    fields = [e for e in page.iter("input", "textarea") if "/" in (e.get("name") or "")]
    answers = {
        e.get("name"): w(
            "procedure", PARAGRAPH if e.tag == "textarea" else LINE, e.tag == "textarea"
        )
        for e in fields
    }
    h.do(office, f"/rounds/{REF}/procedure", f"/rounds/{REF}/procedure", answers)
    for ref in (REF, f"{KEY}-basic~{ROUND}"):
        h.do(
            office,
            f"/rounds/{ref}/change-table",
            f"/rounds/{ref}/change-table",
            {"published": "2024-07-10"},
        )
    h.do(
        office,
        f"/rounds/{REF}",
        f"/rounds/{REF}/emergency",
        {"emergency": w("emergency", PARAGRAPH, True)},
    )
    _overrule(h, w, "submit")
    if w.printed:
        h.do(
            office,
            f"/rounds/{REF}/submit",
            f"/rounds/{REF}/submit",
            {"document_number": w("submit.number"), "decided": "2024-06-25", "sure": "1"},
        )
        h.work()
    else:
        filing.submit(
            h.wp,
            By("office", "secretariat", h.now),
            [REF, f"{KEY}-basic~{ROUND}"],
            document_number=w("submit.number"),
            decided=date(2024, 6, 25),
        )
    h.at("2024-07-10")
    office = h.person("office")
    _overrule(h, w, "publish")
    h.do(office, f"/rounds/{REF}/publish", f"/rounds/{REF}/publish", {"day": "2024-07-10"})
    h.do(
        office,
        f"/rounds/{REF}",
        f"/rounds/{REF}/days",
        {"kind": "CITY_SITE", "day": "2024-07-11", "note": w("days.note")},
    )


def _overrule(h: House, w: Words, step: str) -> None:
    """Goes on over everything that may be gone over with a reason, one after the other."""
    office, page = h.person("office"), f"/rounds/{REF}/{step}"
    while True:
        asked = office.get(page).xpath("//form[contains(@action, '/overrule')]")
        if not asked:
            return
        mark = office.fields(asked[0])["mark"]
        action = urlsplit(asked[0].get("action")).path
        h.do(
            office,
            page,
            unquote(action),
            {"because": w("overrule.because", PARAGRAPH, True)},
            pick={"mark": mark},
        )
