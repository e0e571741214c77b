"""初期設定 and 人事異動: what an administrator does on a city's first day and each April, step by
step, each to be done again, with what is done.

Knows forms and files of lists. What a list changes is said by `actions.people.rosters`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.access import roles
from ...actions.issuing import classes
from ...actions.people import bodies, departments, members, registration, rosters
from ...actions.people.members import Term
from ...actions.steps import councils
from ...documents.papers import listing
from ...documents.text import lists
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..answers import attachment, done
from ..declared import needs, proven, shows
from ..sso import ways

blueprint = Blueprint("setup", __name__)

BLANK = 10  # empty lines of a new council's table
MORE = 3  # empty lines below the terms of one that is there
LIST = 400_000  # letters of a list


@blueprint.get("/setup")
@needs("admin")
def page() -> str:
    """The steps with what is done."""
    return render_template(
        "admin/setup.html", far=bodies.how_far(workplace()), sso=ways.name(), roles=roles.ROLES
    )


# ---- bodies


@blueprint.get("/setup/bodies")
@needs("admin")
def all_bodies() -> str:
    """The bodies with the names they had."""
    opened = (request.view_args or {}).get("number")
    return render_template("admin/bodies.html", bodies=bodies.listed(workplace()), opened=opened)


@blueprint.post("/setup/bodies")
@needs("admin")
@shows(all_bodies)
def add_body() -> Answer:
    """A new body."""
    name = inputs.line("name", "評価実施機関の名前", most=100)
    bodies.add(workplace(), by(), name)
    return done(f"「{name}」を登録しました。", url_for("setup.all_bodies"))


@blueprint.post("/setup/bodies/<int:number>")
@needs("admin", number="body")
@shows(lambda number: all_bodies())
def rename_body(number: int) -> Answer:
    """Another name of a body."""
    bodies.rename(workplace(), by(), number, inputs.line("renamed", "新しい名前", most=100))
    return done("名前を変えました。前の名前は記録に残ります。", url_for("setup.all_bodies"))


# ---- lists


@blueprint.get("/setup/departments")
@needs("admin")
def department_list() -> str:
    """The list of departments: sent or pasted, looked at, taken over."""
    return _list_page("departments")


@blueprint.post("/setup/departments")
@needs("admin")
@shows(department_list)
def take_departments() -> Answer | tuple[str, int]:
    """Looks at a list of departments, or takes it over as it was looked at."""
    return _look_or_take(
        "departments", rosters.DEPARTMENTS, ("name",), rosters.plan_departments, _departments_taken
    )


def _departments_taken(rows: list[lists.Row], mark: str) -> str:
    count = rosters.take_departments(workplace(), by(), rows, mark, inputs.ticked("gone"))
    return f"課の一覧を登録しました（変わったもの {count}件）。"


@blueprint.get("/setup/people")
@needs("admin")
def people_list() -> str:
    """The list of people: sent or pasted, looked at, taken over."""
    return _list_page("people")


@blueprint.post("/setup/people")
@needs("admin")
@shows(people_list)
def take_people() -> Answer | tuple[str, int]:
    """Looks at a list of people, or takes it over as it was looked at."""

    def plan(wp: Any, rows: list[lists.Row]) -> rosters.RosterPlan:
        return rosters.plan_people(wp, by(), rows)

    return _look_or_take("people", rosters.PEOPLE, ("name", "shown", "role"), plan, _people_taken)


def _people_taken(rows: list[lists.Row], mark: str) -> str:
    count = rosters.take_people(workplace(), by(), rows, mark, inputs.ticked("gone"))
    return f"利用者の一覧を登録しました（変わったもの {count}件）。"


def _list_page(what: str) -> str:
    return render_template(
        "admin/roster.html",
        what=what,
        columns=rosters.DEPARTMENTS if what == "departments" else rosters.PEOPLE,
        plan=g.get("plan"),
        given=g.get("given", ""),
        roles=roles.ROLES,
        bodies=registration.bodies(workplace()),
    )


def _look_or_take(
    what: str,
    columns: lists.Columns,
    needed: tuple[str, ...],
    plan: Callable[..., rosters.RosterPlan],
    take: Callable[[list[lists.Row], str], str],
) -> Answer | tuple[str, int]:
    given = _given_list()
    rows = lists.rows_of(given, columns, needed)
    g.given = given
    g.plan = plan(workplace(), rows)
    if request.form.get("what") != "take":
        return _list_page(what), 200
    said = take(rows, request.form.get("mark", "")[:64])
    return done(said, url_for("setup.page"))


def _given_list() -> str:
    """The list that was sent: as a file, else as it was pasted or looked at."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        name, body = inputs.upload("file", "一覧のファイル")
        return lists.from_file(body, name)
    return inputs.text("list", "一覧", most=LIST).replace("\r\n", "\n")


@blueprint.get("/setup/<what>.<fmt>")
@needs("admin")
def list_file(what: str, fmt: str) -> Response:
    """What is registered now, in the columns of a list, to be written in and sent back."""
    wp = workplace()
    if what == "departments":
        title = "課の一覧"
        headings = ["課の名前", "旧名称", "評価実施機関"]
        rows = [[one.name, "", one.body] for one in departments.listed(wp) if one.closed is None]
    elif what == "people":
        title = "利用者の一覧"
        headings = ["利用者名", "氏名", "役割", "所属"]
        rows = [
            [one.name, one.shown, roles.ROLES[one.role], one.department]
            for one in registration.people(wp)
            if one.active
        ]
    else:
        raise PiaError("その一覧はありません。")
    body = listing.write(fmt, title, [], headings, rows)
    return attachment(body, f"{title}.{fmt}", listing.TYPES[fmt], classes.of(wp, classes.INNER))


# ---- first passwords


@blueprint.get("/setup/passwords")
@needs("admin")
def passwords() -> str:
    """Who has no way to sign in yet."""
    waiting = rosters.without_way_in(workplace(), who().name)
    return render_template("admin/passwords.html", waiting=waiting, made=(), sso=ways.name())


@blueprint.post("/setup/passwords")
@needs("admin")
@shows(passwords)
@proven
def give_passwords() -> tuple[str, int]:
    """First passwords for everybody without a way in, shown this once."""
    made = rosters.give_passwords(workplace(), by())
    return render_template("admin/passwords.html", waiting=(), made=made, sso=ways.name()), 200


# ---- councils


@blueprint.get("/setup/councils")
@needs("admin")
def council_tables() -> str:
    """Each council with its members in one table, and an empty one."""
    wp = workplace()
    people = []
    for account, shown, role, _ in registration.accounts(wp):
        if role in rosters.OF_COUNCIL:
            people.append((account, f"{shown}（{account}）"))
    return render_template(
        "admin/councils.html",
        councils=members.councils(wp, now_day()),
        people=people,
        blank=BLANK,
        more=MORE,
        sent=(request.view_args or {}).get("number"),
    )


@blueprint.post("/setup/councils")
@needs("admin")
@shows(council_tables)
def add_council() -> Answer:
    """A council with its members."""
    name = inputs.line("name", "審議会の名称")
    quorum = inputs.number("quorum", "定足数", least=1, most=100, need=False)
    terms = []
    for _, term in _terms():
        if term is not None:
            terms.append(
                {
                    "name": term.name,
                    "title": term.title,
                    "since": term.since,
                    "until": term.until,
                    "account": term.account,
                }
            )
    councils.set_up(workplace(), by(), name, {"quorum": quorum}, terms)
    return done(f"「{name}」と委員{len(terms)}人を登録しました。", url_for("setup.council_tables"))


@blueprint.post("/setup/councils/<int:number>")
@needs("admin", number="council")
@shows(lambda number: council_tables())
def put_terms(number: int) -> Answer:
    """The members of a council as its table says."""
    count = members.put_terms(workplace(), by(), number, _terms())
    words = f"委員の表を保存しました（変わった行 {count}）。前の記載は記録に残ります。"
    return done(words, url_for("setup.council_tables"))


def _terms() -> list[tuple[int | None, Term | None]]:
    """The lines of the table that was sent: (number of the term, what it says); of lines without a
    name those of a term that is there."""
    since = inputs.day("since", "任期の始まり（表で空けた人に入れる日）", need=False)
    until = inputs.day("until", "任期の終わり（表で空けた人に入れる日）", need=False)
    terms: list[tuple[int | None, Term | None]] = []
    for line in range(100):
        if f"member-{line}" not in request.form:
            break
        number = inputs.number(f"term-{line}", "委員", most=2**31 - 1, need=False)
        name = inputs.line(f"member-{line}", f"{line + 1}行目の氏名", most=60, need=False)
        if name:
            terms.append((number, _term(line, name, since, until)))
        elif number is not None:
            terms.append((number, None))
    return terms


def _term(line: int, name: str, since: date | None, until: date | None) -> Term:
    begins = inputs.day(f"since-{line}", f"{name}さんの任期の始まり", need=False) or since
    if begins is None:
        raise inputs.Unfit(f"since-{line}", f"{name}さんの任期の始まりを入力してください。")
    return Term(
        name=name,
        title=inputs.line(f"title-{line}", f"{name}さんの役職", most=30, need=False),
        since=begins,
        until=inputs.day(f"until-{line}", f"{name}さんの任期の終わり", need=False) or until,
        account=inputs.line(f"account-{line}", "利用者", most=60, need=False) or None,
    )
