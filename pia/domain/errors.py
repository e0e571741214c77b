"""Problems as sentences: what is wrong, where, and what to do, in Japanese, for the person who can
mend it.

Knows no page, status code or exit; the doors translate. Expected problems inside a result are
values (`Problem`), not exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass


class PiaError(Exception):
    """Input or arguments that cannot be used. Nothing was changed. `str(e)` is one Japanese
    sentence.
    """


class Unfit(PiaError):
    """A field that cannot be taken; `field` is its name in the form."""

    def __init__(self, field: str, sentence: str):
        super().__init__(sentence)
        self.field = field


class Refused(PiaError):
    """The answer is no: an act whose guards are not met. `unmet` lists each missing thing as a
    sentence.
    """

    def __init__(self, sentence: str, unmet: tuple[str, ...] = ()):
        super().__init__(sentence)
        self.unmet = unmet


class Stale(Refused):
    """The head has moved since the person looked. `theirs` and `mine` hold both texts where they
    clash.
    """


class Unavailable(PiaError):
    """The database cannot be reached or written now; nothing was changed, unless the sentence says
    that nobody knows. It may heal by itself: `retry` is the number of seconds after which asking
    again makes sense. `full`: there is no room left.
    """

    def __init__(self, sentence: str, retry: int = 5, full: bool = False):
        super().__init__(sentence)
        self.retry = retry
        self.full = full


class Repeated(PiaError):
    """The same request again: it was carried out the first time, and this time nothing is done."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found while reading a document. `level` is "error" (the reading cannot be used) or
    "warning".

    `where` is a place a person can go to: sheet and cell, or a line. `code` is stable and for
    programs.
    """

    code: str
    sentence: str
    where: str = ""
    level: str = "error"

    def __str__(self) -> str:
        if self.where:
            return f"{self.where}：{self.sentence}"
        return self.sentence
