"""Words that nobody else may come by, planted in every kind of object; and the walk that looks
for them: every route, every parameter, every object, every person.

Routes and parameters come from the application's own map and from what its views declare;
whoever may see a word is written here, once, from `python -m tests.drills canaries` walks with
every object in every parameter.
"""

from __future__ import annotations

import io
import itertools
import random
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask import Flask
from sqlalchemy import update

from pia import registers
from pia.actions import jobs, sources
from pia.actions.editing import import_desk, items, looked_books, unsaved, versions
from pia.actions.output import form_files, formats
from pia.actions.people import registration, sign_in
from pia.actions.records import content_checks as looked
from pia.actions.steps import (
    affair_notices,
    affair_reports,
    answers,
    comments,
    content_checks,
    councils,
    filing,
    leaks,
    remarks,
    round_files,
    sittings,
    tablets,
    term_requests,
)
from pia.actions.viewing import rounds
from pia.actions.workplace import Workplace, line
from pia.domain.act import JST, By
from pia.store import nodes, queries
from pia.store.model import acted
from pia.store.rows import consultations as talks
from pia.store.rows import councils as halls
from pia.store.rows.assessments import NewRound, Round, Version
from pia.store.rows.bodies import Account
from pia.store.rows.content_checks import ContentAnswer
from pia.store.rows.jobs import Job
from pia.web import declared

from .. import minutes_period, shared
from .client import PageClient

AT = datetime(2024, 11, 1, 9, tzinfo=JST)
OFFICE, WRITER, ADMIN = (
    By("mizukoshi", "secretariat", AT),
    By("nonomura", "drafter", AT),
    By("sagara", "administrator", AT),
)
KEY, LINE, PATH = "elderly-medical", "elderly-medical~naisho", "IV/3"

# Who may come by each word. OTHERS are readers of the house without any part in the document.
READERS = {"mizukoshi", "makabe", "sagara", "nonomura", "sasahara", "morishita", "kurokawa"}
ALLOWED = {
    "CANARYDRAFT": READERS
    | {"yagami"},  # the text of a draft that lies before the second council only
    "CANARYWITHHELD": {"mizukoshi", "makabe", "sagara", "nonomura", "sasahara", "yagami"},
    "CANARYNOTE": READERS,
    "CANARYEXPLAIN": READERS | {"yagami"},
    "CANARYREMARK": READERS | {"yagami"},
    "CANARYFILE": READERS | {"yagami"},
    "CANARYTERM": READERS | {"yagami"},
    "CANARYMATERIAL": READERS | {"yagami"},
    "CANARYOPINION": READERS | {"yagami"},
    "CANARYINBOX": {"mizukoshi"},
    "CANARYATTACHED": {"mizukoshi"},
    "CANARYSENDER": {"mizukoshi"},
    "CANARYUNSAVED": {"nonomura"},
    "CANARYCOMMENT": READERS,
    "CANARYEXPECTED": READERS,  # until the department shows it to the members
    "CANARYSOURCE": READERS | {"yagami"},
    "CANARYSTANDS": READERS,
    "CANARYSLIP": {"mizukoshi", "makabe", "sagara", "nonomura", "sasahara"},
    # What was reported to a council, and what is known since.
    "CANARYTOLD": {"mizukoshi", "makabe", "nonomura", "sasahara", "yagami"},
    "CANARYLEAK": {"mizukoshi", "makabe", "nonomura", "sasahara"},
    "CANARYJOB": {"mizukoshi", "makabe", "sagara", "nonomura", "sasahara", "yagami"},
}
# Whoever must be kept out of something; the last two come in by no account.
PEOPLE = (
    "morishita",
    "kurokawa",
    "mitamura",
    "kiryu",
    "setoguchi",
    "nobody",
    "yagami",
    "nonomura",
    "mizukoshi",
)
WEAK = ("morishita", "mitamura", "kiryu", "setoguchi", "nobody", "tablet", "anonymous")


def _notify(wp: Workplace) -> None:
    """A 個人情報取扱事務 with its notice, and a report with both: number 1 of each."""
    with wp.store.read() as session:
        (office, *_) = queries.departments.open_of_body(session, 1)
    rule = affair_notices.NewRegisterRule(1, True, "架空市条例", "第3条", 2, 1, None)
    affair_notices.set_rule(wp, OFFICE, rule)
    tree = minutes_period.text(registers.shipped("affair"), "図書の貸出し", random.Random(1))
    day = AT.date()
    affair_notices.file(
        wp, OFFICE, affair_notices.NewAffairNotice("BEGIN", 1, tree, office.id, day)
    )
    affair_reports.make(wp, OFFICE, affair_reports.NewAffairReport(1, day, day, day))


def plant(wp: Workplace) -> dict[str, Any]:
    """Plants the words and returns, by kind of object, the names a request could use; the first
    of each is what others must not see."""
    for name, role in (("nobody", "member"), ("yagami", "member")):
        registration.add_account(wp, ADMIN, registration.NewAccount(name, name, role, "みなも市長"))
    ref = versions.open_round(
        wp,
        OFFICE,
        KEY,
        NewRound("naisho", "REASSESSMENT", reasons=["更改"], change_date=date(2026, 1, 1)),
    )
    head = rounds.round_view(wp, ref, AT.date()).base_ref
    said = "鍵はCANARYDRAFTが保管し、場所はCANARYWITHHELDとする。"
    head = items.save_answer(
        wp, WRITER, items.Opened(ref, tuple(PATH.split("/")), seen=head), said, why="更改"
    ).ref
    head = items.withhold(
        wp,
        WRITER,
        items.Opened(ref, tuple(PATH.split("/")), seen=head),
        "CANARYWITHHELD",
        "防犯のため",
        ground="SECURITY",
    ).ref
    filing.note(wp, WRITER, ref, tuple(PATH.split("/")), timing="事前", explanation="CANARYNOTE")
    filing.explain(wp, WRITER, ref, tuple(PATH.split("/")), "CANARYEXPLAIN")
    comment = comments.write(wp, WRITER, ref, tuple(PATH.split("/")), "CANARYCOMMENT")
    place = tuple(PATH.split("/"))
    expected = answers.expect(wp, WRITER, ref, place, "CANARYEXPECTED", "CANARYEXPECTED")
    law = answers.NewSource("LAW", "CANARYSOURCE")
    source = answers.rest_on(wp, WRITER, ref, place, law)
    stands = _stands(wp, ref)
    _notify(wp)
    slip = round_files.keep(wp, WRITER, ref, "説明", "x.txt", b"CANARYSLIP")
    unsaved.keep(wp, WRITER, ref, PATH, head, {"text": ["CANARYUNSAVED"]})
    hall = councils.set_up(
        wp,
        OFFICE,
        "第二審査会",
        {"quorum": 1},
        [{"name": "yagami", "since": date(2024, 1, 1), "account": "yagami"}],
    )
    job = jobs.ask(wp, WRITER, "paper", {"ref": head})
    with shared.by_hand(wp.store) as s:
        round_ = s.query(Round).filter_by(name="naisho").one()
        kept = nodes.put_blob(s, b"CANARYJOB")
        file = nodes.put_blob(s, b"CANARYFILE")
        s.execute(
            update(Job)
            .where(Job.id == job)
            .values(
                state="DONE", result={"sha256": kept, "name": "x.pdf", "type": "application/pdf"}
            )
        )
        materials = [{"number": "1", "title": "CANARYMATERIAL", "file": file, "name": "x.txt"}]
        referral = halls.Referral(
            council_id=hall, title="内密の諮問", materials=materials, **acted(OFFICE)
        )
        talk = talks.Consultation(
            title="内密の募集",
            announced=date(2024, 10, 1),
            start=date(2024, 10, 1),
            end=date(2024, 10, 31),
            method="窓口",
            rounds=[round_],
            **acted(OFFICE),
        )
        s.add_all([referral, talk])
        s.flush()
        version = s.get_one(Version, round_.head_id)
        s.add(
            halls.ReferralRound(
                referral_id=referral.id,
                round_id=round_.id,
                version_id=version.id,
                reviewed_digest=version.reviewed_digest,
            )
        )
        opinion = talks.Opinion(
            consultation_id=talk.id,
            number=1,
            received=date(2024, 10, 2),
            channel="post",
            item="IV-3",
            keys=[],
            text="CANARYOPINION",
            later=False,
        )
        inbox = talks.Inbox(
            receipt="AAAA-BBBB",
            consultation_id=talk.id,
            key=KEY,
            item="",
            text="CANARYINBOX",
            name="CANARYSENDER",
            address="",
            at=AT,
        )
        s.add_all([opinion, inbox])
        s.flush()
        s.add(
            talks.OpinionSender(opinion_id=opinion.id, name="CANARYSENDER", address="CANARYSENDER")
        )
        came = talks.OpinionAttachment(
            opinion_id=opinion.id,
            name="図.txt",
            sha256=nodes.put_blob(s, b"CANARYATTACHED"),
            size=14,
            cleaned=AT.date(),
            cleaned_how="装置",
            **acted(OFFICE),
        )
        s.add(came)
        s.flush()
        numbers = {
            "opinion_attachment": str(came.id),
            "referral": str(referral.id),
            "consultation": str(talk.id),
            "inbox": str(inbox.id),
        }
    remark = remarks.ask(wp, OFFICE, int(numbers["referral"]), "yagami", "CANARYREMARK")
    asked = term_requests.ask(wp, OFFICE, int(numbers["referral"]), "yagami", "CANARYTERM")
    agenda = [{"number": "1", "title": "内密", "referral": int(numbers["referral"])}]
    sitting = sittings.convene(
        wp,
        OFFICE,
        hall,
        sittings.NewSitting(
            name="内密の会議", day=AT.date(), opens=time(9), place="会議室", agenda=agenda
        ),
    )
    leak, given, wondered = _leak(wp, sitting)
    document = formats.written(sources.read_ref(wp, head), "json", wp)
    batch = import_desk.lay_out(wp, OFFICE, [("控え.json", document)])
    import_desk.read(wp, batch, lambda *_: None)
    chosen = looked_books.lay(wp, WRITER, ref, "CANARYWHY", ("案.json", document))
    form_files.begin_with_stand_in(wp, OFFICE, "all_item@平成30年5月")
    blank = next(row.current.id for row in form_files.listed(wp) if row.current)
    return {
        "document": [head, ref, KEY, f"{KEY}@1"],
        "seen": [head],
        "line": [ref],
        "round": [ref],
        "assessment": [KEY],
        "pinned": [KEY],
        "affair": [KEY],
        "referral": [numbers["referral"], "1"],
        "sitting": [str(sitting), "1"],
        "speech": ["1"],
        "sitting_step": ["1"],
        "movement": ["1"],
        "observer": ["1"],
        "carried_set": ["1"],
        "date_inquiry": ["1"],
        "member": ["1"],
        "transcript": ["1"],
        "council": [str(hall), "1"],
        "consultation": [numbers["consultation"], "1"],
        "opinion": ["1"],
        "inbox": [numbers["inbox"]],
        "opinion_attachment": [numbers["opinion_attachment"]],
        "consultation_notice": ["1"],
        "guide_file": ["1"],
        "notifying_body": ["1"],
        "notified_affair": ["1"],
        "affair_notice": ["1"],
        "affair_report": ["1"],
        "file_record": ["1"],
        "file_omission": ["1"],
        "published_file": ["1"],
        "amended_place": ["1"],
        "affair_origin": ["1"],
        "remark": [str(remark), "1"],
        "material": ["1"],
        "term": ["1"],
        "phrase": ["1"],
        "term_request": [str(asked), "1"],
        "comment": [str(comment)],
        "round_file": [str(slip)],
        "expected_question": [str(expected)],
        "wording_source": [str(source)],
        "planned_day": ["1"],
        "closing_day": ["1"],
        "confirmation": ["1"],
        "commission_letter": ["1"],
        "commission_reply": ["1"],
        "review": ["1"],
        "review_office": ["1"],
        "review_answer": ["1"],
        "review_reminder": ["1"],
        "report": ["1"],
        "candidate": ["1"],
        "incident": ["1"],
        "incident_decision": ["1"],
        "leak": [str(leak)],
        "leak_report": ["1"],
        "leak_given": [str(given)],
        "leak_question": [str(wondered)],
        "leak_reply": ["1"],
        "leak_effect": ["1"],
        "leak_body": ["1"],
        "content_answer": [str(stands)],
        "binding_check": ["1"],
        "job": [str(job)],
        "carrier": [str(blank)],
        "import": [str(batch)],
        "looked_book": [str(chosen)],
        "body": ["1"],
        "decision": [numbers["referral"], "1"],
        "national": ["none"],
        "text": ["opinion-1", "leak_fact-1"],
        "record": ["opinion:1", "leak:1"],
        "disclosure": ["1"],
        "account": ["nonomura"],
        "department": ["1"],
    }


def _leak(wp: Workplace, sitting: int) -> tuple[int, int, int]:
    """A case of 漏えい等 that was reported to the second council, and more that is known since: the
    numbers of the case, of what was reported and of a question."""
    with wp.store.read() as session:
        office = session.query(Account).filter_by(name="nonomura").one().department_id
    said = {
        "title": leaks.SaidFact("書類の紛失"),
        "known": leaks.SaidFact("2024-10-30"),
        "what": leaks.SaidFact("CANARYTOLD"),
    }
    case = leaks.register(wp, WRITER, office, said).id
    given = leaks.give(wp, OFFICE, case, sitting, "1")
    later = {"cause": leaks.SaidFact("CANARYLEAK"), "secondary_words": leaks.SaidFact("CANARYLEAK")}
    leaks.tell(wp, WRITER, case, leaks.ToldFacts(later, None))
    return case, given, leaks.ask(wp, OFFICE, given, "yagami", "原因は何か。")


def _stands(wp: Workplace, ref: str) -> int:
    """An answer to what is found in a draft; its number."""
    with wp.store.read() as session, nodes.whole():
        at = line(session, ref)
        tree = nodes.recent(session, at.own_head)
        found = looked.hints(session, wp, at, tree, [tuple(PATH.split("/"))])
    content_checks.answer(wp, WRITER, ref, found[0].fingerprint, "CANARYSTANDS")
    content_checks.bind(wp, OFFICE, "outsourcing_denied", "市の方針")
    with wp.store.read() as session:
        return int(session.query(ContentAnswer).one().id)


@dataclass
class Somebody:
    name: str
    page: PageClient
    token: str = ""


def people(app: Flask, names: Iterable[str]) -> Iterator[Somebody]:
    wp = app.extensions["pia"]
    for name in names:
        page = PageClient(app, "" if name in ("tablet", "anonymous") else name)
        if name == "tablet":
            page.client.get(f"/t/{tablets.open_door(wp, OFFICE, shared.new_sitting(wp, AT))}")
        home = {"tablet": "/plates", "anonymous": "/sign-in"}.get(name, "/me")
        form = page.get(home).xpath("//input[@name='csrf_token']")
        yield Somebody(name, page, form[0].get("value") if form else "")


OTHER = {
    "path": PATH,
    "name": "minutes",
    "fmt": "docx",
    "number": "1",
    "place": "1",
    "step": "refer",
    "token": "x",
    "filename": "pia.css",
    "key": KEY,
    "row": "1",
    "opinion": "1",
    "remark": "1",
    "thread": "1",
}
NAMES = {
    "consultation": ("opinion-results", "summary"),
    "council": ("minutes", "summary", "comparison-table", "explanation"),
}


def requests(
    app: Flask, things: dict[str, list[str]], full: bool = False
) -> Iterator[tuple[str, str, dict[str, str], dict[str, str]]]:
    """(method, path, query, form) of everything there is to ask: each route with each thing its
    path can name; each parameter it declares, and each that any route declares, with each thing
    of the kind (the first one, unless `full`)."""
    rules = [
        r
        for r in app.url_map.iter_rules()
        if r.endpoint not in ("static", "health", "signin.sign_out")
    ]
    views = {r.endpoint: declared.of(app.view_functions[r.endpoint]) for r in rules}
    everywhere = {p: kind for view in views.values() for p, kind in view.objects.items()}
    for rule in sorted(rules, key=str):
        objects = views[rule.endpoint].objects
        inside = sorted(rule.arguments)
        choices = [
            things[objects[a]]
            if a in objects
            else list(NAMES.get(rule.endpoint.partition(".")[2], ()))
            if a == "name" and "fmt" in inside
            else [OTHER.get(a, "1")]
            for a in inside
        ]
        for values in itertools.product(
            *(c or [OTHER.get(a, "1")] for a, c in zip(inside, choices))
        ):
            path = str(rule)
            for a, value in zip(inside, values):
                path = re.sub(rf"<(?:\w+:)?{a}>", value, path)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, path, {}, {}
                outside = {p: k for p, k in objects.items() if p not in inside}
                strange = {p: k for p, k in everywhere.items() if p not in objects} if full else {}
                for parameter, kind in {**outside, **strange}.items():
                    for value in things[kind] if full else things[kind][:2]:
                        sent = {
                            parameter.rstrip("_") + ("0" if parameter.endswith("_") else ""): value
                        }
                        yield (
                            (method, path, sent, {})
                            if method == "GET"
                            else (method, path, {}, sent)
                        )


def unpacked(body: bytes) -> bytes:
    """Everything a body says, to the last stream of a package."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        return b"\n".join(unpacked(package.read(name)) for name in package.namelist())


def walk(
    app: Flask,
    things: dict[str, list[str]],
    names: Iterable[str],
    full: bool = False,
    only: str = "",
) -> tuple[int, list[str]]:
    """(answers looked at, words that came to somebody who may not have them)."""
    found: list[str] = []
    count = 0
    for person in people(app, names):
        for n, (method, path, query, form) in enumerate(requests(app, things, full)):
            if only and not path.startswith(only):
                continue
            data = (
                {**form, "csrf_token": person.token, "_request": f"canary-{person.name}-{n:06d}"}
                if method == "POST"
                else None
            )
            answer = person.page.client.open(path, method=method, query_string=query, data=data)
            assert answer.status_code < 500, (person.name, method, path, query, form)
            count += 1
            words = unpacked(answer.data)
            for word, allowed in ALLOWED.items():
                if word.encode() in words and person.name not in allowed:
                    found.append(f"{person.name}: {word} by {method} {path} {query or form or ''}")
    return count, found


def signed_in_for_long(monkeypatch: Any) -> None:
    monkeypatch.setattr(sign_in, "IDLE", sign_in.LONGEST)
