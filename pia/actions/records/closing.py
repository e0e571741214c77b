"""When a record closes: asked by every act within its own transaction, so that nothing is written
into what is over.

What comes after its event is refused with a sentence or, where it may still come (a question after
the sitting, an opinion by post), kept apart as later. Knows rounds, referrals, sittings and
consultations by their rows. Must not know pages. Serves 規則第7条第1項・第4項.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.procedure.opinions import FIELDS
from ...domain.wareki import written
from ...store import queries
from ...store.rows import consultations, councils
from ...store.rows.assessments import Assessment, Round
from ..access import tablets as access_tablets
from ..workplace import VersionLine

ENDED = ("SUBMITTED", "PUBLISHED", "WITHDRAWN")
OVER = ("PUBLISHED", "WITHDRAWN")
_HOW = "提出した後に直すときは、新しい修正を始めてください。"


def must_be_open(at: VersionLine, *, before: tuple[str, ...] = ENDED) -> None:
    """Refused for a round that was submitted, published or withdrawn (or is in one of the states
    `before`).
    """
    if at.round is not None and at.round.state in before:
        raise Refused(f"{at.ref}：この手続の記録は閉じているため、書き加えられません。", (_HOW,))


def must_be_unpublished(at: VersionLine, by: By, published: bool) -> None:
    """Refused for the main line of what was published: a new text of it begins with a round.

    The owner of the server (the command line) may still mend it.
    """
    if at.round is None and published and by.role != "administrator":
        raise Refused("公表した評価書を直すには、先に再実施か修正を始めてください。")


# ---- 諮問と会議


@dataclass(frozen=True, slots=True)
class ReferralStanding:
    """How a referral's record stands for words that come now: `open` in the sitting, `later` apart
    from it, else closed; `says` why it is not open.
    """

    open: bool
    later: bool
    says: str = ""


OPEN = ReferralStanding(True, False)


def over(sitting: councils.Sitting, today: date) -> bool:
    """Whether a sitting is over: closed, or its day is past."""
    return sitting.closes is not None or sitting.day < today


def sittings_of(session: Session, referral: councils.Referral) -> list[councils.Sitting]:
    """The sittings that have a referral on their agenda, in order."""
    sittings = queries.sittings.of_council(session, referral.council_id)
    with_it = []
    for x in sittings:
        if any(entry.get("referral") == referral.id for entry in x.agenda):
            with_it.append(x)
    return with_it


def standing(
    session: Session, referral: councils.Referral, today: date, *, ended: tuple[str, ...] = ENDED
) -> ReferralStanding:
    """Whether words about a referral are the sitting's, come later, or come too late: when every
    round of it is in one of the states `ended`.
    """
    states = []
    for round_ in referral.rounds:
        states.append(session.get_one(Round, round_.round_id).state)
    if states and all(x in ended for x in states):
        return ReferralStanding(
            False, False, "この諮問の手続は終わっているため、質問や回答は記録できません。"
        )
    if queries.referrals.recall(session, referral.id) is not None:
        return ReferralStanding(
            False,
            True,
            "この諮問は取り下げられています。"
            "これからの質問と回答は、取下げの後のものとして、日付を付けて分けて記録します。",
        )
    decided = "REVIEWING" not in states and queries.councils.decided_on(session, referral.id)
    held = sittings_of(session, referral)
    if not decided and (not held or not all(over(x, today) for x in held)):
        return OPEN
    return ReferralStanding(
        False,
        True,
        "この諮問の会議は終わっています。"
        "これからの質問と回答は、会議の後のものとして、日付を付けて分けて記録します。",
    )


def must_speak_now(session: Session, by: By, referral: councils.Referral, what: str) -> None:
    """PiaError where the sitting is over: what a member does in it is not done afterwards."""
    if not standing(session, referral, by.day).open:
        raise PiaError(f"この諮問の会議は終わっているため、{what}は記録できません。")


def must_be_theirs(session: Session, by: By, referral: councils.Referral, speaker: str) -> None:
    """PiaError unless who acts may speak as `speaker` on this referral: a member in office under
    their own name, a tablet under the plate the office gave it, the secretariat for anybody it
    heard.
    """
    if by.role == "tablet":
        sitting_ids = frozenset(x.id for x in sittings_of(session, referral))
        if access_tablets.still_bound(session, by, sitting_ids) != speaker:
            raise PiaError(
                "この端末の名札では、この諮問について記録できません。事務局に声をかけてください。"
            )
    elif by.role in ("member", "chair"):
        seats = councils.in_office(session, referral.council_id, by.day)
        mine = queries.accounts.id_of(session, by.actor)
        if not any(seat.account_id == mine for seat in seats):
            raise PiaError("任期の間の委員だけが、この諮問について記録できます。")


def must_sit(sitting: councils.Sitting) -> None:
    """Refused for a sitting that was closed; what is wrong in its record is corrected, with a
    reason.
    """
    if sitting.closes is not None:
        raise Refused(
            "この会議は閉会しています。",
            ("記録を直すときは、理由を付けて「閉会した後に記録を直す」を使ってください。",),
        )


# ---- 意見聴取

# How opinions come.
CHANNELS = {
    "web": "ウェブサイト",
    "fax": "ファックス",
    "post": "郵送",
    "mail": "電子メール",
    "counter": "窓口",
    "form": "電子申請",
}
COUNT = "counted"
APART = "apart"
COUNTING = {COUNT: "ほかの意見と同じに数え、市の考え方を示す", APART: "件数に入れず、分けて残す"}


def days_in_order(announced: date | None, start: date, end: date) -> None:
    """Unfit where a consultation would end before it begins, or begin before its notice."""
    if end < start:
        raise Unfit(
            "end", f"終わりの日（{written(end)}）が、始まりの日（{written(start)}）より前です。"
        )
    if announced is not None and announced > start:
        raise Unfit(
            "announced",
            f"公示日（{written(announced)}）が、始まりの日（{written(start)}）より後です。"
            "公示した日から意見を受け付けます。",
        )


@dataclass(frozen=True, slots=True)
class Arrival:
    """How an opinion came: the day, the way, the day of its postmark, and which of name and
    address it gave."""

    received: date
    channel: str
    postmarked: date | None = None
    given: frozenset[str] = frozenset()


def must_have_come(arrival: Arrival, today: date) -> None:
    """Unfit for a day that is still to come, and for a postmark after the day it came."""
    received, postmarked = arrival.received, arrival.postmarked
    if received > today:
        raise Unfit("received", f"受け付けた日（{written(received)}）がまだ来ていません。")
    if postmarked is not None and postmarked > received:
        raise Unfit(
            "postmarked",
            f"消印の日（{written(postmarked)}）が、受け付けた日（{written(received)}）より後です。",
        )


def is_outside(con: consultations.Consultation, arrival: Arrival) -> str:
    """Why an opinion did not come in the period; empty where it did. By post, where the postmark
    counts, the day of the postmark is asked; where nobody noted it, the letter is taken to bear one
    of the period."""
    if arrival.received < con.start:
        return f"受け付けた日（{written(arrival.received)}）が、募集の始まりの日より前です。"
    if arrival.received <= con.end:
        return ""
    if arrival.channel == "post" and con.facts.get("postmark"):
        marked = arrival.postmarked
        if marked is None or marked <= con.end:
            return ""
        return f"消印の日（{written(marked)}）が、募集の終わりの日より後です。"
    return f"受け付けた日（{written(arrival.received)}）が、募集の終わりの日より後です。"


def lacking(con: consultations.Consultation, arrival: Arrival) -> list[str]:
    """Why an opinion does not count by itself: it came outside the period, or does not say what the
    consultation demands of its sender."""
    told = [is_outside(con, arrival)]
    rules = con.facts.get("sender") or {}
    for field, words in FIELDS.items():
        if rules.get(field) == "required" and field not in arrival.given:
            told.append(f"この募集で必須の{words}がありません。")
    return [why for why in told if why]


def comes_later(
    con: consultations.Consultation, arrival: Arrival, counting: str, reason: str
) -> bool:
    """Whether an opinion is kept apart: the case has gone on, or an officer said so (`counting`) of
    one that does not count by itself. Unfit where that is to be decided and nobody has, with why.
    """
    if gone_on(con):
        return True
    told = lacking(con, arrival)
    if not told:
        return False
    if counting not in COUNTING:
        raise Unfit("counting", f"{''.join(told)}この意見の数え方を選んでください。")
    if not reason.strip():
        raise Unfit("counting_reason", f"{''.join(told)}数え方の理由を入力してください。")
    return counting == APART


def gone_on(consultation: consultations.Consultation) -> bool:
    """Whether the opinions of a consultation were reflected already: no round of it is still before
    that.
    """
    return not any(
        round_.state in ("DRAFTING", "CONSULTING", "REVISING") for round_ in consultation.rounds
    )


def must_be_answering(session: Session, consultation: consultations.Consultation) -> None:
    """Refused once every document of a consultation was decided on: the council saw the answers,
    and the results are fixed.
    """
    if consultation.rounds and all(
        round_.state in (*ENDED, "REVIEWED") for round_ in consultation.rounds
    ):
        raise Refused(
            "この意見募集の結果は確定しているため、市の考え方は書き換えられません。",
            ("直すときは、点検をやり直してください。",),
        )


def must_be_of(session: Session, consultation: consultations.Consultation, at: VersionLine) -> None:
    """PiaError for a document that a consultation is not about."""
    if at.round is None or at.round.id not in {round_.id for round_ in consultation.rounds}:
        raise PiaError(f"{at.ref} は、この意見募集の評価書ではありません。")


def keys_of(session: Session, consultation: consultations.Consultation) -> set[str]:
    """The keys of the documents of a consultation."""
    keys = set()
    for round_ in consultation.rounds:
        keys.add(session.get_one(Assessment, round_.assessment_id).key)
    return keys
