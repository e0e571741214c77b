"""The period of the minutes with invented names: a city whose register was brought in from a list,
the notices of eight months, and the reports of the mayor and of the assembly.

Knows how many there were of each kind (the minutes say it), and nothing of any real affair. The
settings, the list and the reports go through pages; the notices themselves are filed by act, each
on its day.
"""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import xlsxwriter
from sqlalchemy import select

from pia import config, registers
from pia.actions.people import bodies, departments, registration
from pia.actions.records import registers as records
from pia.actions.steps import affair_notices as acts
from pia.actions.steps import councils
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.domain.registers.model import BEGIN, CHANGE, END, RegisterForm
from pia.store import queries
from pia.store.rows.bodies import Department
from pia.store.rows.registers import RegisterRecord
from pia.web.application import create_app

from .shared import blank, once, workplace_at
from .web.client import PageClient

MAYOR, ASSEMBLY = "若葉市長", "若葉市議会議長"
COUNCIL = "若葉市情報公開・個人情報保護審議会"
ORDINANCE = "若葉市個人情報の保護に関する法律施行条例"
OWN_ORDINANCE = "若葉市議会の個人情報の保護に関する条例"
# (first day, last day, day of the letter, 開始, 変更, 廃止), as the minutes say
REPORTS = (
    (date(2023, 11, 1), date(2023, 12, 31), date(2024, 1, 9), 22, 104, 14),
    (date(2024, 1, 1), date(2024, 2, 29), date(2024, 3, 1), 5, 7, 0),
    (date(2024, 3, 1), date(2024, 4, 30), date(2024, 5, 9), 28, 164, 14),
    (date(2024, 5, 1), date(2024, 6, 30), date(2024, 7, 3), 12, 106, 7),
)
OF_ASSEMBLY = (
    (date(2023, 11, 20), date(2023, 12, 1), date(2023, 12, 26), 2, 0, 0),
    (date(2023, 12, 2), date(2023, 12, 20), date(2024, 3, 5), 0, 1, 0),
    (date(2023, 12, 21), date(2024, 2, 7), date(2024, 3, 5), 0, 0, 3),
)
OFFICES = (
    *(
        "総務課",
        "防災課",
        "市民税課",
        "資産税課",
        "収納対策課",
        "市民課",
        "環境政策課",
        "福祉総務課",
    ),
    *("障害支援課", "高齢福祉課", "子育て支援課", "保育課", "健康増進課", "商工観光課", "農政課"),
    *(
        "道路管理課",
        "建築指導課",
        "住宅課",
        "教育総務課",
        "学務課",
        "生涯学習課",
        "図書館",
        "消防総務課",
    ),
)
WHAT = (
    *("見守り事業", "交付金の申請受付", "講座の受講者の管理", "相談の記録", "施設の利用登録"),
    *(
        "表彰の候補者の推薦",
        "委員の委嘱",
        "アンケートの実施",
        "貸付けの管理",
        "防災訓練の参加者名簿",
    ),
    *("給付の支給", "苦情の受付", "協定の締結", "検診の案内", "台帳の整備"),
)
PEOPLE = (
    "申請をした市民",
    "市内に住所を有する者",
    "利用登録をした者",
    "委員及びその候補者",
    "受講者",
)
TICKS = (
    "氏名",
    "住所",
    "生年月日・年齢",
    "電話番号",
    "家族状況",
    "健康状態",
    "職業・職歴",
    "口座情報",
)
KNOWN = 320  # affairs of the mayor that were registered before


def at(day: date, hour: int = 10, actor: str = "fujisawa", role: str = "secretariat") -> By:
    return By(actor, role, datetime.combine(day, time(hour), JST))


def page_of(wp: Workplace, day: date, person: str = "fujisawa") -> PageClient:
    moment = datetime.combine(day, time(11), JST)
    return PageClient(create_app(wp, config.load({}), lambda: moment), person)


def city(wp: Workplace) -> None:
    """A city on its first day: bodies, departments, the council, the office, a member."""
    day = date(2023, 10, 2)
    first = By("cli", "administrator", datetime.combine(day, time(8), JST))
    registration.add_account(
        wp, first, registration.NewAccount("hatano", "波多野 悠", "administrator", MAYOR)
    )
    bodies.add(wp, first, ASSEMBLY)
    for name, shown, role, body, office in (
        ("fujisawa", "藤沢 結衣", "secretariat", MAYOR, "行政透明推進課"),
        ("onodera", "小野寺 歩", "drafter", MAYOR, "高齢福祉課"),
        ("kijima", "木島 薫", "drafter", ASSEMBLY, "議会総務課"),
    ):
        account = registration.NewAccount(name, shown, role, body, office)
        registration.add_account(wp, first, account)
    for office in OFFICES:
        if office != "高齢福祉課":
            departments.add(wp, first, MAYOR, office)


def numbers(wp: Workplace) -> tuple[int, int]:
    """The numbers of the mayor and of the assembly."""
    with wp.store.read() as session:
        rows = {row.name: row.id for row in queries.departments.bodies(session)}
    return rows[MAYOR], rows[ASSEMBLY]


def offices(wp: Workplace, body: int) -> list[Department]:
    with wp.store.read() as session:
        return queries.departments.open_of_body(session, body)


def text(form: RegisterForm, name: str, rng: random.Random) -> Tree:
    """A notice in invented words."""
    ticks = rng.sample(TICKS, rng.randint(3, 6))
    answers = [
        (("R-1",), name),
        (("R-2",), f"{name}に必要な連絡と記録のため。"),
        (("R-3",), rng.choice(PEOPLE)),
        (("R-4",), ticks),
        (("R-6",), ["本人"]),
        (("R-9",), ["しない"]),
        (("R-11",), rng.choice(("する", "しない"))),
        (("R-13",), f"{rng.choice((1, 3, 5, 10))}年"),
    ]
    return items.build(form.form, answers)


def names(rng: random.Random) -> Iterator[str]:
    """Names of affairs, none twice."""
    for number in range(1, 1_000_000):
        yield f"{rng.choice(OFFICES)[:-1]}の{rng.choice(WHAT)}に関する事務（その{number}）"


def changed(form: RegisterForm, tree: Tree, rng: random.Random) -> Tree:
    """The same notice with one or two things otherwise."""
    choice = rng.randrange(4)
    now = items.text_of(tree.find(("R-4",))).split("\n")
    if choice == 0:
        more = [f"[○] {tick}" for tick in TICKS if f"[○] {tick}" not in now]
        ticks = [*now, rng.choice(more)] if more else now[:3]
        return items.with_answer(form.form, tree, ("R-4",), "\n".join(ticks))
    if choice == 1:
        said = "[○] する（入力の業務）"
        if items.text_of(tree.find(("R-9",))) == said:
            said = "[○] しない"
        return items.with_answer(form.form, tree, ("R-9",), said)
    before = items.text_of(tree.find(("R-3",)))
    if choice == 2:
        other = [people for people in PEOPLE if people != before]
        return items.with_answer(form.form, tree, ("R-3",), rng.choice(other))
    purpose = items.text_of(tree.find(("R-2",)))
    more_of_it = "統計を作るため。"
    if purpose.endswith(more_of_it):
        return items.with_answer(form.form, tree, ("R-2",), purpose.removesuffix(more_of_it))
    return items.with_answer(form.form, tree, ("R-2",), purpose + more_of_it)


def list_of(known: list[tuple[str, str, Tree]], form: RegisterForm) -> bytes:
    """A register as a city keeps it in a workbook: a row an affair."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("登録簿")
    head = ["登録番号", "所管課", "登録年月日", *(line.plain_label for line in form.fields)]
    for column, words in enumerate(head):
        sheet.write_string(0, column, words)
    for row, (name, office, tree) in enumerate(known, 1):
        assert name
        said = [f"第{row}号", office, "平成30年4月1日"]
        for line in form.fields:
            words = items.text_of(tree.find(line.path))
            said.append(words.replace("[○] ", "").replace("\n", "、"))
        for column, words in enumerate(said):
            sheet.write_string(row, column, words)
    book.close()
    return out.getvalue()


def settings(wp: Workplace) -> None:
    """Both bodies keep their register, each by its own ordinance, as their pages say."""
    day = date(2023, 10, 3)
    mayor, assembly = numbers(wp)
    councils.set_up(wp, at(day), COUNCIL, {}, ())
    page = page_of(wp, day)
    council = "1"
    for body, ordinance, months in ((mayor, ORDINANCE, "2"), (assembly, OWN_ORDINANCE, "0")):
        page.post(
            "/notices/rules",
            f"/notices/rules/{body}",
            {
                "kept": "1",
                "ordinance": ordinance,
                "article": "第3条" if body == mayor else "第4条",
                "months": months,
                "first_month": "1",
                "council": council,
            },
        )


def bring(wp: Workplace, known: list[tuple[str, str, Tree]]) -> None:
    """The register of before, through the two steps of its page."""
    page = page_of(wp, date(2023, 10, 4))
    mayor, _ = numbers(wp)
    form = registers.shipped("affair")
    sent = {"body": str(mayor), "list": (io.BytesIO(list_of(known, form)), "登録簿.xlsx")}
    shown = page.post("/notices/import", "/notices/import", sent, 200)
    wanted = next(one for one in shown.iter("form") if one.get("action").endswith("/take"))
    page.send("/notices/import/take", page.fields(wanted))


def days(first: date, last: date, count: int) -> list[date]:
    """Days of a period, one a notice, in order, the first and the last day among them."""
    whole = (last - first).days
    return [first + timedelta(days=whole * place // max(1, count - 1)) for place in range(count)]


def file_period(
    wp: Workplace,
    body: int,
    period: tuple[date, date],
    counts: tuple[int, int, int],
    rng: random.Random,
    made: Iterator[str],
) -> None:
    """So many notices of each kind in a period, each on its day."""
    kinds = [BEGIN] * counts[0] + [CHANGE] * counts[1] + [END] * counts[2]
    rng.shuffle(kinds)
    homes = offices(wp, body)
    for kind, day in zip(kinds, days(*period, len(kinds)), strict=True):
        file_one(wp, body, kind, day, rng, made, homes)


def file_one(
    wp: Workplace,
    body: int,
    kind: str,
    day: date,
    rng: random.Random,
    made: Iterator[str],
    homes: list[Department],
) -> None:
    with wp.store.begin() as session:
        form = records.kept(session, body, "affair").form
        if kind == BEGIN:
            tree, office = text(form, next(made), rng), rng.choice(homes).id
            acts.filed(session, at(day), acts.NewAffairNotice(BEGIN, body, tree, office, day))
            return
        of = select(RegisterRecord).where(
            RegisterRecord.body_id == body, RegisterRecord.state == "LIVE"
        )
        record = rng.choice(session.scalars(of.order_by(RegisterRecord.id)).all())
        assert record.head_id is not None
        tree = records.texts(session, [record.head_id])[record.head_id]
        new = acts.NewAffairNotice(
            kind,
            body,
            changed(form, tree, rng) if kind == CHANGE else None,
            record.department_id,
            day,
            why="事業が終わったため。" if kind == END else "",
            record=record.id,
        )
        acts.filed(session, at(day), new)


def report(wp: Workplace, body: int, first: date, last: date, dated: date) -> None:
    page = page_of(wp, dated)
    to = f"/notices/reports/of/{body}"
    form = next(
        one for one in page.get("/notices/reports").iter("form") if one.get("action").endswith(to)
    )
    fields = {field.get("name") for field in form.iter("input")}
    values = {"last": last.isoformat(), "dated": dated.isoformat()}
    if "first" in fields:
        values["first"] = first.isoformat()
    page.post("/notices/reports", to, values)


def play(wp: Workplace) -> None:
    """All of it."""
    rng = random.Random(485)
    city(wp)
    settings(wp)
    mayor, assembly = numbers(wp)
    made = names(rng)
    form = registers.shipped("affair")
    known = []
    for name in (next(made) for _ in range(KNOWN)):
        known.append((name, rng.choice(OFFICES), text(form, name, rng)))
    bring(wp, known)
    for day in (date(2023, 10, 10), date(2023, 10, 11)):
        file_period(wp, assembly, (day, day), (2, 0, 0), rng, made)
    for first, last, dated, *counts in sorted([*REPORTS, *OF_ASSEMBLY]):
        body = mayor if (first, last) in {(each[0], each[1]) for each in REPORTS} else assembly
        file_period(wp, body, (first, last), (counts[0], counts[1], counts[2]), rng, made)
        report(wp, body, first, last, dated)


def played() -> Path:
    """A database in which it was played."""

    def make(file: Path) -> None:
        shutil.copy(blank(), file)
        wp = workplace_at(f"sqlite:///{file}")
        play(wp)
        wp.store.close()

    return once("minutes-period.db", make)
