"""Random requests by everybody: plausible and absurd addresses, queries and forms with a valid
token, as each role, as nobody, from a tablet and in the public zone, at three moments of the
case. No answer is a fault of ours (500 and above), and nobody gets what docs/rights.csv forbids.

Knows routes, the names of fields (read from the views' source) and the matrix. Runs in process;
what it changes stays in its own database.
"""

from __future__ import annotations

import argparse
import io
import logging
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask
from lxml import html
from sqlalchemy import select

import pia.web
from pia import config
from pia.actions.people import registration, sign_in
from pia.actions.steps import tablets
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store.rows.bodies import Account
from pia.store.rows.councils import Sitting
from pia.store.upkeep import fsck
from pia.web.application import create_app
from pia.web.public.pages import create_public_app
from tests.web import matrix

from . import visitor
from .defences import without
from .places import place

STAGES = ("national", "announce", "")
NOW, DURING = datetime(2024, 11, 1, 9, tzinfo=JST), datetime(2024, 5, 20, 12, tzinfo=JST)
PEOPLE = {
    "drafter": "morishita",
    "head": "head",
    "secretariat": "hiratsuka",
    "member": "mitamura",
    "chair": "kiryu",
    "auditor": "makabe",
    "administrator": "sagara",
}
ADMIN = By("sagara", "administrator", NOW)
SLOW = re.compile(
    r"\.(pdf|docx|xlsx|zip)|<fmt>|/submit|/published|/accounts|/sign-in|/me/password|/file$"
)
FIELDS = sorted(
    {
        name
        for f in Path(pia.web.__path__[0]).rglob("*.py")
        for name in re.findall(
            r"""(?:inputs\.\w+\(|form\.get(?:list)?\(|args\.get\(|chosen\()f?"(\w+)""",
            f.read_text("utf-8"),
        )
    }
)
ABSURD = (
    "",
    " ",
    "0",
    "-1",
    "99999999999999999999",
    "9" * 400,
    "１２",
    "½",
    "²",
    "\x00",
    "a\x00b",
    "\udcff",
    "\r\nX: y",
    "../../etc/passwd",
    "..",
    ".",
    "~",
    "@",
    "nhi-benefits@",
    "nhi-benefits@0",
    "nhi-benefits@-1",
    "nhi-benefits@99999999999999999999",
    "nhi-benefits~",
    "~r6-cloud",
    "nhi-benefits~r6-cloud@1",
    "nhi-benefits~nope",
    "a" * 5000,
    "'; DROP TABLE version; --",
    "{{ 7*7 }}",
    "<script>alert(1)</script>",
    "%",
    "%s",
    "%00",
    "\u202e",
    "👩‍👩‍👧",
    "𠮷",
    "nan",
    "inf",
    "1e9",
    "true",
    "null",
    "[]",
    "{}",
    "C/",
    "/C",
    "//",
    "C//4",
    "II/nope/6/1",
    "II",
    "9999-99-99",
    "0000-01-01",
    "令和99年99月99日",
    "令和0年0月0日",
    "25:61",
    "24:00",
    "2024-02-30",
    "R6.13.1",
    "13:30:00+09:00:61",
)
PLAUSIBLE: dict[str, tuple[str, ...]] = {
    "ref": (
        "nhi-benefits",
        "nhi-benefits~r6-cloud",
        "nhi-levy~r6-cloud",
        "nhi-levy-basic~r6-cloud",
        "nhi-benefits@1",
        "nhi-benefits@2",
        "elderly-medical~r6-cloud",
        "nhi-benefits@published",
        "elderly-medical",
    ),
    "key": (
        "nhi-benefits",
        "nhi-levy",
        "nhi-benefits-basic",
        "elderly-medical",
        "govcloud-2024",
        "r6-cloud",
    ),
    "fmt": ("json", "md", "html", "csv", "xlsx", "pdf", "docx"),
    "path": (
        "C/4",
        "IV/3",
        "I/1/1",
        "II/file-nhi/6/1",
        "II/file-nhi/2/4",
        "II",
        "II/file-nhi/4/T",
        "A1/1",
        "A2/file-nhi/1",
        "C/7",
        "III/file-nhi/2/1/1",
        "I/5/1",
    ),
    "name": (
        "kume",
        "ooba",
        "invitation",
        "announcement",
        "comparison-table",
        "summary",
        "minutes",
        "chair-script",
        "report",
        "opinion-results-council",
    ),
    "filename": ("pia.css", "keys.js"),
    "receipt": ("ABCD-2345",),
    "number": ("1", "2"),
    "part": ("C", "I", "II/file-nhi", "IV", "VI"),
    "block": ("", "ガバメントクラウドにおける措置"),
    "day": ("2024-09-02", "令和6年9月2日", "2099-01-01"),
    "seen": ("nhi-benefits@2", "nhi-benefits@3", "nhi-benefits@4", "nhi-benefits@1"),
    "rounds": ("nhi-benefits~r6-cloud", "nhi-levy~r6-cloud"),
    "documents": ("nhi-benefits", "nhi-levy"),
    "lines": ("nhi-benefits~r6-cloud",),
    "kind": ("REASSESSMENT", "CORRECTION", "bundle", "paper", "CITY_SITE", "all_item"),
    "what": ("add", "copy", "remove", "up", "down", "try", "apply", "role", "start", "stop"),
    "old": ("nhi-benefits@1", "nhi-levy@1"),
    "new": ("nhi-benefits@2", "nhi-benefits~r6-cloud"),
    "mid": ("nhi-benefits@2",),
    "base": ("nhi-benefits@1", "none"),
    "event": ("withdraw", "send_back", "reopen", "announce", "nope"),
    "opens": ("13:30",),
    "closes": ("16:00",),
    "body": ("みなも市長",),
    "role": ("auditor", "drafter"),
    "channel": ("post", "web"),
    "outcome": ("adopted", "ADOPTED", "explained"),
    "choice": ("MATERIAL", "NOT_MATERIAL", "minor"),
    "timing": ("before", "after", "事前", "事後"),
    "department": ("情報政策課", "保険年金課"),
    "before": ("特定個人情報", "する。"),
    "reason": ("ガバメントクラウド",),
    "sure": ("1",),
    "on": ("1",),
    "view": ("char",),
    "layout": ("inline",),
}


@dataclass(slots=True)
class Somebody:
    """One person at one application, with the token their forms need."""

    role: str
    app: Flask
    client: Any
    token: str = ""


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Answers of 500 where what is typed is taken for a number, whatever it is."""
    with without("lines looked at"):
        most = argparse.Namespace(n=6_000, seed=args.seed)
        return int(run(kind, pg, most, STAGES[:1], enough=1)["missed"])


def run(
    kind: str,
    pg: str | None,
    args: argparse.Namespace,
    stages: Sequence[str] = STAGES,
    enough: int | None = None,
) -> dict[str, Any]:
    """`-n` requests, a third at each moment of the case; `enough` faults end a moment early.

    A control asks for one fault: how many requests that takes is chance, that it comes is not.
    """
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    rng, counts, found = random.Random(args.seed), Counter[str](), []
    began = time.monotonic()
    for stage in stages:
        with place(kind, pg, stage) as url:
            wp = visitor.workplace(url)
            registration.add_account(
                wp,
                ADMIN,
                registration.NewAccount("head", "所属長", "head", "みなも市長", "情報政策課"),
            )
            found += _requests(wp, rng, args.n // len(stages) or 1, counts, stage, enough)
            damage = [str(p) for p in fsck.check(wp.store) if p.level != "info"]
            found += [f"{stage}: fsck: {d}" for d in damage]
            wp.store.close()
    faults = sorted(set(found))
    return {
        "requests": counts.total() - counts["forbidden tried"],
        **dict(sorted(counts.items())),
        "seed": args.seed,
        "seconds": round(time.monotonic() - began),
        "which": faults[:40],
        "missed": len(found),
    }


def _requests(
    wp: Workplace,
    rng: random.Random,
    n: int,
    counts: Counter[str],
    stage: str,
    enough: int | None = None,
) -> list[str]:
    settings = config.load({})
    staff, public = (
        create_app(wp, settings, lambda: NOW),
        create_public_app(wp, settings, lambda: DURING),
    )
    caught: list[str] = []
    for app in (staff, public):
        _listen(app, caught)
    people = [
        Somebody(role, staff, staff.test_client()) for role in ("anonymous", "tablet", *PEOPLE)
    ] + [Somebody("public", public, public.test_client())]
    allowed = _matrix(staff)
    out: list[str] = []
    for person in people:
        _come_in(wp, person)
    for _ in range(n):
        if enough and len(out) >= enough:
            break
        person = rng.choice(people)
        rule = _rule(rng, person.app)
        method = (
            "GET"
            if "GET" in rule.methods and rng.random() < 0.97
            else "POST"
            if "POST" in rule.methods
            else "GET"
        )
        method = rng.choice(("PUT", "DELETE", "HEAD", "OPTIONS")) if rng.random() < 0.01 else method
        given = {a: _value(rng, a, int_=f"<int:{a}>" in str(rule)) for a in rule.arguments}
        address = re.sub(
            r"<(?:\w+:)?(\w+)>",
            lambda m, given=given: quote(
                given[m.group(1)].encode("utf-8", "surrogateescape"),
                safe="/" if m.group(1) in ("path", "filename") else "",
            ),
            str(rule),
        )
        sent = _form(rng, person) if method == "POST" else None
        query = {f: _value(rng, f) for f in rng.sample(FIELDS, rng.choice((0, 0, 1, 3)))}
        what = (
            f"{person.role} {method} {rule} {given} {query} "
            f"{sorted((sent or {}).items(), key=lambda x: x[0])}"[:1200]
        )
        caught.clear()
        try:
            answer = person.client.open(
                _address(address, query),
                method=method,
                data=sent,
                content_type="multipart/form-data" if sent else None,
            )
        except Exception as e:
            out.append(f"{stage} raised {type(e).__name__}: {e}: {what}")
            continue
        counts[str(answer.status_code)] += 1
        if answer.status_code >= 500:
            out.append(f"{stage} {caught[:1]} {what}")
        cell = allowed.get((method, str(rule), person.role), "yes")
        not_theirs = cell == "no" or (
            cell == "own" and _of_others(wp, person.role, given.get("ref", ""))
        )
        if not_theirs and not _refused(answer):
            out.append(f"{stage} forbidden, and answered {answer.status_code}: {what}")
        counts["forbidden tried"] += not_theirs
        if method == "POST" or (
            answer.status_code == 303 and "sign-in" in answer.headers.get("Location", "")
        ):
            _come_in(wp, person)
    counts["forbidden tried"] += 0
    return out


def _listen(app: Flask, caught: list[str]) -> None:
    """Keeps the cause of an unexpected error, which no page shows."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info and record.exc_info[1]:
                last = record.exc_info[2]
                spots = []
                while last is not None:
                    spots.append(
                        f"{last.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{last.tb_lineno}"
                    )
                    last = last.tb_next
                caught.append(
                    f"{record.exc_info[0].__name__}: {record.exc_info[1]} at "
                    f"{' '.join(spots[-6:])}"[:400]
                )  # type: ignore[union-attr]

    app.logger.handlers[:] = [Handler()]
    app.logger.setLevel(logging.ERROR)
    app.logger.propagate = False


def _matrix(app: Flask) -> dict[tuple[str, str, str], str]:
    """docs/rights.csv: (method, route, role) → yes, no or own."""
    out = {}
    for line in matrix.FILE.read_text("utf-8").splitlines()[1:]:
        method, route, _, *cells = line.split(",")
        out |= {(method, route, role): cell for role, cell in zip(matrix.WHO, cells)}
    assert len(out) > 200 and {r.rule for r in app.url_map.iter_rules()} >= {
        k[1] for k in out if k[0] in ("GET", "POST")
    }
    return out


def _of_others(wp: Workplace, role: str, ref: str) -> bool:
    """Whether an assessment belongs to another department than this person's."""
    if not ref.isprintable():
        return False  # no key at all
    owner = sign_in.department_of(wp, ref.split("@")[0].split("~")[0])
    with wp.store.read() as s:
        mine = s.scalar(select(Account.department_id).where(Account.name == PEOPLE[role]))
    return owner is not None and role in ("drafter", "head") and owner != mine


def _refused(answer: Any) -> bool:
    """Whether nothing was shown or done: also where somebody is sent to sign in, or to what they
    have to do first (a password of their own)."""
    if answer.status_code == 303:
        there = urlsplit(answer.headers["Location"]).path
        return there == "/me" or there.startswith("/sign-in")
    return answer.status_code in (400, 401, 403, 404, 405, 413, 301, 308)


def _come_in(wp: Workplace, person: Somebody) -> None:
    """Signed in again where the session ended, and with a token for forms."""
    home = {"public": "/consultations/1/opinion", "anonymous": "/sign-in", "tablet": "/plates"}.get(
        person.role, "/me"
    )
    answer = person.client.get(home)
    if answer.status_code == 303 and person.role in PEOPLE:
        sign_in.set_active(wp, ADMIN, PEOPLE[person.role], True)
        with person.client.session_transaction() as kept:
            kept["t"] = sign_in.begin(wp, PEOPLE[person.role], NOW)
        answer = person.client.get(home)
    elif answer.status_code == 303 and person.role == "tablet":
        with wp.store.read() as s:
            sitting = s.scalar(select(Sitting.id).where(Sitting.closes.is_(None)))
        if sitting is None:
            return
        person.client.get(f"/t/{tablets.open_door(wp, ADMIN, sitting)}")
        answer = person.client.get(home)
    if answer.status_code == 200:
        tokens = [
            e.get("value")
            for e in html.document_fromstring(answer.get_data(as_text=True)).iter("input")
            if e.get("name") == "csrf_token"
        ]
        person.token = tokens[0] if tokens else ""


def _rule(rng: random.Random, app: Flask) -> Any:
    rules = [r for r in app.url_map.iter_rules() if r.endpoint != "static"]
    while True:
        rule = rng.choice(rules)
        if not SLOW.search(str(rule)) or rng.random() < 0.12:
            return rule


def _value(rng: random.Random, name: str, int_: bool = False) -> str:
    if int_ and rng.random() < 0.9:
        return rng.choice(
            ("0", "1", "1", "1", "2", "3", "7", "2147483648", "99999999999999999999", "9" * 300)
        )
    known = PLAUSIBLE.get(name) or PLAUSIBLE.get(
        re.sub(
            r"^(new_|counted_|counted|announced|start|end|since|until|decided|published|"
            r"change_date)",
            "day",
            name,
        )
    )
    if known and rng.random() < 0.75:
        return rng.choice(known)
    return (
        rng.choice(ABSURD)
        if rng.random() < 0.7
        else rng.choice(
            (
                "1",
                "件名",
                "2024-09-02",
                "13:30",
                "記載。\n二行目",
                "nhi-benefits",
                "a good pass phrase 9",
            )
        )
    )


def _form(rng: random.Random, person: Somebody) -> dict[str, Any]:
    """Many fields at once: a view takes what it knows."""
    names = FIELDS if rng.random() < 0.6 else rng.sample(FIELDS, 12)
    sent: dict[str, Any] = {
        f: _text(_value(rng, f))
        for f in names
        if f not in ("_request", "csrf_token", "password", "files", "file")
    }
    if rng.random() < 0.1:
        sent |= {
            f"{p}{i}": _text(_value(rng, p))
            for p in ("text", "title", "referral", "arrived", "o", "n", "gone")
            for i in range(3)
        }
    if rng.random() < 0.15:
        sent[rng.choice(("files", "file"))] = (
            io.BytesIO(
                rng.choice(
                    (
                        b"",
                        b"PK\x03\x04",
                        b"{}",
                        b"a: [",
                        b"\xff\xfe\x00",
                        b"key: x\nitems: 3\n",
                        b"- " * 500,
                    )
                )
            ),
            rng.choice(("a.xlsx", "b.yaml", "c.json", "../d", "e")),
        )
    key = (
        f"{rng.getrandbits(96):024x}"
        if rng.random() < 0.97
        else rng.choice(("", "x", "k" * 65, "鍵" * 20))
    )
    return sent | {"csrf_token": person.token, "_request": key}


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode() if "\udcff" in value else value


def _address(path: str, query: dict[str, str]) -> str:
    pairs = "&".join(
        f"{k}={quote(v.encode('utf-8', 'surrogateescape'), safe='')}" for k, v in query.items()
    )
    return f"{path}?{pairs}" if pairs else path
