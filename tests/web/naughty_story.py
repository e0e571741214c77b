"""A small house in which every field of every form is filled with words of a `Words`, from the
first account to publication, by the pages alone.

Written once, played with naughty and with harmless words. Knows the forms' fields; `sent` holds
which took words. Must not know what comes out.
"""

from __future__ import annotations

import io
import re
from typing import Any

import yaml

from pia import forms
from pia.actions import demo
from pia.actions.people import registration, sign_in
from pia.actions.steps import councils
from pia.documents.workbook_out import writer
from pia.domain.act import By
from pia.web.inputs import LINE, PARAGRAPH

from .naughty import Words
from .naughty_council import send, sit
from .naughty_house import (
    BEFORE,
    BLOCK,
    CHOICE,
    DATE,
    FIGURE,
    KEY,
    MANY,
    NAMES,
    NUMBER,
    REF,
    ROUND,
    TABLE,
    TEXT,
    WRITE,
    House,
    Resident,
    document,
)


def play(h: House) -> None:
    """The whole story; at its end everything can be looked at."""
    w = h.words
    _begin(h, w)
    _write(h, w)
    _hear(h, w)
    sit(h, w)
    send(h, w)
    _check(h, w)
    _write_national(h, w, h.person("office"))


def _check(h: House, w: Words) -> None:
    """The yearly check: of a department without a head, and of those without a department."""
    admin = h.person("admin")
    alone = {
        "name": "clerk",
        "shown": w("shown", 60),
        "role": "drafter",
        "body": registration.bodies(h.wp)[0],
        "department": w("department", 60),
    }
    h.do(admin, "/accounts", "/accounts", {**alone, "password": demo.PASSWORD})
    _own(h, "clerk")
    for action in ("/yearly", "/yearly/departments/*"):
        h.do(admin, "/yearly", action, {"remark": w("yearly.remark", 400, True)})
    right = {"remark": w("yearly.remark", 400, True), "reason": w("yearly.reason", 400)}
    h.do(admin, "/yearly", "/yearly/corrections", right)
    right = {"remark": w("yearly.remark", 400, True), "reason": w("yearly.reason", 400)}
    h.do(admin, "/yearly", "/yearly/departments/*/corrections", right)
    answers = "/yearly/answers"
    said = {"words": w("audit.words", 1000, True)}
    h.do(admin, answers, answers, said, pick={"key": "place"})
    said = {"words": w("audit.words", 1000, True), "reason": w("audit.reason", LINE)}
    h.do(admin, answers, answers, said, pick={"key": "place"})


def _national(w: Words) -> dict[str, str]:
    """The fields of a national text of one place."""
    fields = {name: w(f"national.{name}") for name in ("title", "issuer", "edition", "reason")}
    fields |= {name: w(f"national.{name}") for name in ("published_in", "document_number")}
    return fields | {
        "item0": "Ⅱ６①",
        "heading0": w("national.heading", 100, without="＜＞<>〈〉"),
        "text0": f"前。{w('national.text', 3_000, True)}",
        "taking0": "text",
        "before0": f"前。{w('national.before', 3_000, True)}",
        "after0": w("national.after", 100, without="＜＞<>〈〉"),
        "explanation0": w("national.explanation", 3_000, True),
    }


def _write_national(h: House, w: Words, office: Any) -> None:
    """A national text written on its page, and corrected."""
    h.do(office, "/national/new", "/national/new", _national(w), pick={"do": "keep"})
    found = [a.get("href") for a in office.get("/national").iter("a")]
    key = next(each for each in found if each and each.startswith("/national/text-"))
    right = {**_national(w), "correction": w("national.correction")}
    h.do(office, f"{key}/correction", f"{key}/correction", right, pick={"do": "keep"})


def _own(h: House, name: str) -> None:
    """Somebody makes the password they were given their own."""
    sign_in.set_password(h.wp, By(name, "drafter", h.now), name, demo.PASSWORD)


def _begin(h: House, w: Words) -> None:
    first = By("cli", "administrator", h.now)
    body = w("body", 100)
    registration.add_account(
        h.wp, first, registration.NewAccount("admin", "管理者", "administrator", body)
    )
    councils.explain(
        h.wp, first, f"措置{w('glossary.term', 60)}", w("glossary.explanation", PARAGRAPH, True)
    )
    admin, department = h.person("admin"), w("department", 60)
    for name, role in (
        ("drafter", "drafter"),
        ("head", "head"),
        ("office", "secretariat"),
        ("chair", "chair"),
        ("auditor", "auditor"),
    ):
        h.do(
            admin,
            "/accounts",
            "/accounts",
            {
                "name": name,
                "shown": w("shown", 60),
                "role": role,
                "body": body,
                "department": department,
                "password": demo.PASSWORD,
            },
        )
        _own(h, name)
    for i in range(h.more):
        registration.add_account(
            h.wp,
            first,
            registration.NewAccount(f"body{i}", "管理者", "administrator", w("body", 100)),
        )
        about = {
            "name": f"more{i}",
            "shown": w("shown", 60),
            "role": "drafter",
            "body": body,
            "department": w("department", 60),
        }
        h.do(admin, "/accounts", "/accounts", about | {"password": demo.PASSWORD})
        _own(h, f"more{i}")
        councils.explain(
            h.wp, first, f"措置{w('glossary.term', 60)}", w("glossary.explanation", PARAGRAPH, True)
        )
    office = h.person("office")
    word = {
        "term": w("glossary.term", 60),
        "explanation": w("glossary.explanation", PARAGRAPH, True),
        "source": w("glossary.source"),
    }
    h.do(office, "/glossary", "/glossary", word)
    wording = {
        "heading": w("phrase.heading"),
        "text": w("phrase.text", PARAGRAPH, True),
        "note": w("phrase.note", PARAGRAPH, True),
    }
    h.do(office, "/phrases", "/phrases", wording)
    h.do(
        office,
        "/affairs/new",
        "/affairs/new",
        {
            "name": w("affair", LINE),
            "number": w("number", 20),
            "key": KEY,
            "body": body,
            "department": department,
            "kind": "all_item",
        },
    )
    for i in range(h.more):
        about = {
            "name": w("affair", LINE),
            "number": w.alone("number", 20) or w("number", 20),
            "key": f"{KEY}{i}",
        }
        h.do(
            office,
            "/affairs/new",
            "/affairs/new",
            {**about, "body": body, "department": department, "kind": "all_item"},
        )
    h.do(
        office,
        "/plan",
        "/plan",
        {
            "body": body,
            **{k: w(f"plan.{k}") for k in ("department", "contact")},
            "created": "2015-03-02",
            "updated": "令和5年4月1日",
        },
    )
    h.do(
        office,
        f"/affairs/{KEY}",
        f"/affairs/{KEY}/counts",
        {
            "people": "310000",
            "handlers": "620",
            "counted_people": "2024-01-05",
            "counted_handlers": "2024-01-05",
        },
    )
    begun = {"name": "書き始める事務", "number": "777", "key": f"{KEY}-begun", "kind": ""}
    h.do(office, "/affairs/new", "/affairs/new", {**begun, "body": body, "department": department})
    here = f"/affairs/{KEY}-begun/begin"
    h.do(office, here, here, {"title": w("begun.title"), "kinds": ["basic_item"]})
    for key in (KEY, f"{KEY}-basic"):
        tree = document(key)
        book = writer.write(tree, forms.load(tree.form), title="小さな評価書", ref=f"{key}@1")
        h.do(
            office,
            "/import",
            "/import",
            {
                "files": (io.BytesIO(book), f"{w('import.file', 100, without=NAMES)}.xlsx"),
                "into": key,
                "why": w("import.why"),
            },
        )
        h.do(
            office,
            f"/affairs/{KEY}",
            f"/affairs/{KEY}/published",
            {"day": "2023-04-01"},
            pick={"document": key},
        )
    for _ in range(1 + h.more):
        h.do(
            admin,
            "/departments",
            "/departments",
            {"body": body, "department": w("department.new", 60)},
        )
    named = [
        f.get("action")
        for f in admin.get("/departments").iter("form")
        if "rename" in [e.get("value") for e in f.iter("input")]
    ]
    for action in named[: 1 + h.more]:
        h.do(
            admin,
            "/departments",
            action,
            {"name": w("department.renamed", 60)},
            pick={"what": "rename"},
        )
    h.at("2024-02-01")
    reasons = "\n".join(w("round.reason", 180).replace("\n", "") for _ in range(2))
    for name, documents in ((ROUND, [KEY, f"{KEY}-basic"]), ("gone", [f"{KEY}-basic"])):
        about = {
            "title": w("round.title"),
            "name": name,
            "kind": "REASSESSMENT",
            "documents": documents,
            "reasons": reasons,
            "change_date": "2025-01-06",
            "requirements_fixed": "2024-12-20",
        }
        h.do(h.person("office"), f"/affairs/{KEY}", f"/affairs/{KEY}/rounds", about)
    h.do(
        h.person("office"),
        f"/rounds/{KEY}-basic~gone",
        f"/rounds/{KEY}-basic~gone/move",
        {"why": w("move.why"), "document_number": w("move.number")},
        pick={"event": "withdraw"},
    )


def _write(h: House, w: Words) -> None:
    drafter = h.person("drafter")

    def item(path: str, values: dict[str, Any], url: str = "") -> None:
        page = url or f"{WRITE}/{path}"
        sent = {**values, "why": w("item.why")}
        form = next(
            f for f in drafter.get(page).iter("form") if f.get("action") == f"{WRITE}/{path}"
        )
        for what, endpoint, status in (
            ("marks", "marks", 200),
            ("unsaved", "keep_unsaved", 303),
        ):  # while it is written
            if (what, path) != ("marks", FIGURE):
                h.note(f"writing.{endpoint}", sent)
                drafter.send(f"/lines/{REF}/{what}/{path}", drafter.fields(form) | sent, status)
        drafter.get(f"{WRITE}/{path}?unsaved=1")
        h.do(drafter, page, f"{WRITE}/{path}", sent)

    h.shown = f"〔{len(w.kept):03d}〕"
    item(TEXT, {"text": f"はじめの行。\n{BEFORE}\n{w('item.text', 20_000, True)}"})
    item(BLOCK, {"text": w("item.block", 4_000, True)}, f"{WRITE}/{BLOCK}?block=")
    item(CHOICE, {"option": "", "typed": w("item.typed", PARAGRAPH)})
    page = drafter.get(f"{WRITE}/{MANY}")
    notes = [
        e.get("name") for e in page.iter("input") if re.fullmatch(r"n\d+", e.get("name") or "")
    ]
    item(
        MANY,
        {**{n.replace("n", "o"): "1" for n in notes}, **{n: w("item.note", 1_000) for n in notes}},
    )
    item(NUMBER, {"text": w("item.number")})
    item(DATE, {"text": w("item.date")})
    cells = [[w("item.cell", 60), w("item.cell", 1_000)] for _ in range(3 + h.more)]
    item(
        TABLE,
        {"text": "\n".join("\t".join('"' + c.replace('"', '""') + '"' for c in r) for r in cells)},
    )
    h.figures = {len(w.kept), len(w.kept) + 1}
    item(
        FIGURE,
        {
            "text0": w("figure.text", 300, True),
            "new_type": "label",
            "new_text": w("figure.new", 300),
        },
    )
    words = w("withheld", 300, True)
    item("I/5/a", {"text": f"前の文。\n{words}\n後の文。"})
    h.do(
        drafter,
        f"{WRITE}/I/5/a",
        f"/lines/{REF}/withheld/I/5/a",
        {"words": "前の文。", "because": w("withhold.because"), "ground": "SECURITY"},
    )
    item("V/1/2", {"text": "前の文。をもう一度。"})
    h.do(
        drafter,
        f"/lines/{REF}/occurrences",
        f"/lines/{REF}/occurrences",
        {"because": w("withheld.because")},
        pick={"what": "open"},
    )
    part = f"/lines/{REF}/parts?part=II/file-nhi"
    path = f"/lines/{REF}/entries/II/file-nhi/4/T"
    h.do(drafter, part, path, {"name": w("entry.name")}, pick={"what": "add"})
    h.do(drafter, part, path, {"name": w("entry.copy")}, pick={"what": "copy"})
    h.do(drafter, part, path, {"name": w("entry.gone")}, pick={"what": "add"})
    h.do(drafter, part, path, {"why": w("entry.why")}, pick={"what": "remove"})
    office = h.person("office")
    raw = {
        "id": "words-2024",
        "title": w("national.title"),
        "issuer": w("national.issuer"),
        "edition": w("national.edition"),
        "reason": w("national.reason"),
        "source": {"note": "invented"},
        "places": [
            {
                "item": "II-6-3",
                "path": ["II", "*", "6", "3", "あたらしい措置"],
                "before": "absent",
                "text": f"＜あたらしい措置＞\n{w('national.text', 3_000, True)}",
                "explanation": w("national.explanation"),
            }
        ],
    }
    h.do(
        office,
        "/national",
        "/national",
        {
            "file": (
                io.BytesIO(yaml.safe_dump(raw, allow_unicode=True).encode()),
                f"{w('national.file', 100, without=NAMES)}.yaml",
            )
        },
    )
    for what in ("try", "apply"):
        h.do(
            office,
            "/national/words-2024",
            "/national/words-2024",
            {"lines": [REF], "what": what},
            200,
        )
    h.do(
        office,
        "/national/words-2024",
        "/national/words-2024/confirmations",
        {"asked": "1", "day": "2024-03-01", "answer": w("national.answer", PARAGRAPH, True)},
    )
    page = drafter.get(f"/rounds/{REF}/change-table")
    rows = [f.get("action") for f in page.iter("form") if "/notes/" in f.get("action")]
    for action in dict.fromkeys(rows):
        h.do(
            drafter,
            f"/rounds/{REF}/change-table",
            action,
            {
                "day": "2025-01-06",
                "timing": "事前",
                "explanation": w("note.explanation", 300, True),
            },
        )
    reader_words = w("explain.reader", PARAGRAPH, True)
    h.do(
        drafter,
        f"/rounds/{REF}/change-table",
        rows[0].replace("/notes/", "/explain/"),
        {"reader": reader_words, "reason": w("explain.reason", PARAGRAPH, True)},
    )
    h.do(
        drafter,
        f"/rounds/{REF}/change-table",
        f"/rounds/{REF}/notes",
        {"reason": w("notes.reason", PARAGRAPH, True), "what": "unexplained"},
    )
    material = next(a for a in rows if rows.count(a) > 1)
    page = drafter.get(f"/rounds/{REF}/change-table")
    form = [f for f in page.iter("form") if f.get("action") == material][1]
    sent = {"choice": "LOWER_RISK", "why": w("note.why")}
    h.note("desk.note", sent)
    drafter.send(material, drafter.fields(form) | sent)


def _hand_on(h: House, w: Words) -> None:
    """The draft on its way through the house, by who stands in for others, and a 決裁."""
    office, page = h.person("office"), f"/rounds/{REF}"
    h.do(office, page, f"{page}/handover", {"absent": w("handover.absent")})
    back = {"back_reason": w("handover.reason", PARAGRAPH, True)}
    h.do(office, page, f"{page}/handover/back", back | {"back_absent": w("handover.absent")})
    decision = {"decision_number": w("decision.number"), "category": w("decision.category")}
    h.do(office, page, f"{page}/decisions", decision | {"decision_day": "2024-05-13"})
    schedule = f"{page}/schedule"
    chosen = {"step": "heard", "day": "2024-12-02", "reason": w("schedule.reason")}
    h.do(office, schedule, schedule, chosen)
    closings = "/calendar/closings"
    h.do(office, closings, closings, {"first": "2026-08-13", "name": w("closing.name")})


def _hear(h: House, w: Words) -> None:
    h.at("2024-05-13")
    _hand_on(h, w)
    office = h.person("office")
    h.do(
        office,
        "/consultations/new",
        "/consultations/new",
        {
            "rounds": [REF],
            "title": w("consultation.title"),
            "announced": "2024-05-13",
            "start": "2024-05-13",
            "end": "2024-06-13",
            "method": w("consultation.method", PARAGRAPH, True),
            "name": "optional",
            "address": "optional",
            "contact": w("consultation.contact", PARAGRAPH, True),
            "shortened_reason": w("consultation.shortened", PARAGRAPH, True),
            "document_number": w("consultation.number"),
            "decided": "2024-05-01",
        },
    )
    h.at("2024-05-20")
    office = h.person("office")
    resident, opinion = Resident(h), "/consultations/1/opinion"
    given = {
        "text": w("opinion.web", PARAGRAPH, True),
        "name": w("opinion.name"),
        "address": w("opinion.address"),
    }
    h.note("public.send", given)
    shown = resident.send(
        opinion, resident.fields(next(resident.get(opinion).iter("form"))) | given, 200
    )
    resident.send(opinion, resident.fields(next(shown.iter("form"))))
    h.do(office, "/consultations/1", "/consultations/1/inbox/1", {})
    for channel in ("post", "fax", "mail", "counter"):
        about = {
            "channel": channel,
            "received": "2024-05-20",
            "text": w(f"opinion.{channel}", 4_000, True),
            "keys": [KEY],
            "item": "IV-3",
            "name": w("sender.name"),
            "address": w("sender.address"),
        }
        h.do(office, "/consultations/1", "/consultations/1/opinions", about)
    about |= {"received": "2024-05-01", "counting": "apart"}
    about["counting_reason"] = w("counting", 4_000)
    h.do(office, "/consultations/1", "/consultations/1/opinions", about)
    h.at("2024-06-14")
    office = h.person("office")
    h.do(office, "/consultations/1", "/consultations/1/close", {})
    for n in range(1, 6):
        h.do(
            office,
            "/consultations/1",
            f"/consultations/1/opinions/{n}/response",
            {"text": w("response", PARAGRAPH, True), "outcome": "AMENDED" if n == 1 else "NOTED"},
        )
    h.do(
        office,
        "/consultations/1",
        "/consultations/1/opinions/1/adopt",
        {"before": BEFORE, "after": w("adopt.after", 1_000, True)},
    )
    h.do(office, f"/rounds/{REF}", f"/rounds/{REF}/review-fixed", {"day": "2024-06-14"})
