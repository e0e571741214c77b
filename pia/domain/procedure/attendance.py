"""Whether enough members will come to a sitting (定足数, 条例・運営要領 of the city).

Knows what members replied. Must not know rows nor how a quorum is laid down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

COMES, ABSENT, BY_WEB, OPEN = "出席", "欠席", "ウェブ会議で出席", "未定"
REPLIES = (COMES, ABSENT, OPEN)
YES, MAYBE, NO = "yes", "maybe", "no"
SUITS = {YES: "○ 出席できる", MAYBE: "△ まだ分からない", NO: "✕ 出席できない"}
_AS_REPLY = {YES: COMES, MAYBE: OPEN, NO: ABSENT}


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many of `seats` members said they come or stay away, beside the quorum."""

    seats: int
    quorum: int
    coming: int
    absent: int

    @property
    def waiting(self) -> int:
        """Members who said neither."""
        return self.seats - self.coming - self.absent

    @property
    def mark(self) -> str:
        """✓ where the quorum is reached by replies alone, ✕ where it cannot be, △ between."""
        if self.coming >= self.quorum:
            return "✓"
        if self.coming + self.waiting < self.quorum:
            return "✕"
        return "△"

    @property
    def sentence(self) -> str:
        """What the replies mean for the quorum."""
        short = self.quorum - self.coming
        if short <= 0:
            return f"✓ 出席の返事が{self.coming}名あり、定足数（{self.quorum}名）に足ります。"
        if short > self.waiting:
            return (
                f"✕ 返事のない委員が全員出席しても、定足数（{self.quorum}名）に"
                f"{short - self.waiting}名足りません。"
            )
        return (
            f"△ 出席の返事は{self.coming}名です。定足数（{self.quorum}名）まで、"
            f"あと{short}名の出席が必要です。"
        )


def forecast(replies: Iterable[str], quorum: int) -> Forecast:
    """The forecast of a sitting from one reply a member: COMES or BY_WEB, ABSENT, anything else is
    open."""
    answers = list(replies)
    coming = answers.count(COMES) + answers.count(BY_WEB)
    return Forecast(len(answers), quorum, coming, answers.count(ABSENT))


def forecast_of_day(suits: Iterable[str], quorum: int) -> Forecast:
    """The forecast of a day that members were asked for: YES, MAYBE, NO, or empty for no reply."""
    return forecast([_AS_REPLY.get(suit, OPEN) for suit in suits], quorum)
