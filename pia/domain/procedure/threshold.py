"""しきい値判断: which assessment is due for so many people, so many handlers, and whether a
重大事故 happened within a year (規則第4条第3号・第8号, 第6条第1項, 第7条第1項).

The bands are data (`pia/rules/threshold.yaml`); the sentence shown to anyone is made from the
inputs, never typed (R32).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import PiaError

ORDER = ("none", "basic_item", "key_item", "all_item")


@dataclass(frozen=True, slots=True)
class Judgement:
    """`due` is none, basic_item, key_item or all_item; `certain` is False where the band rests on
    unverified knowledge.
    """

    due: str
    sentence: str
    result: str
    band: str
    certain: bool
    source: str

    def as_json(self) -> dict[str, Any]:
        """The judgement as the register keeps it."""
        return {
            "due": self.due,
            "sentence": self.sentence,
            "result": self.result,
            "band": self.band,
            "certain": self.certain,
            "source": self.source,
        }


def judge(people: int, handlers: int, incident: bool, rules: Mapping[str, Any]) -> Judgement:
    """PiaError when a number is negative."""
    if people < 0 or handlers < 0:
        raise PiaError("対象人数と取扱者数は、0以上の整数で入力してください。")
    band = _band(people, rules["bands"])
    bound = rules["handlers_bound"]
    many = handlers >= bound or incident
    if many:
        due = band["many"]
    else:
        due = band["few"]
    why = f"対象人数は{people:,}人（{band['words']}）"
    if band["few"] != band["many"]:
        if handlers >= bound:
            side = "以上"
        else:
            side = "未満"
        if incident:
            incident_words = "あり"
        else:
            incident_words = "なし"
        why += (
            f"、取扱者数は{handlers:,}人（{bound:,}人{side}）、過去1年以内の重大事故の発生（"
            f"発生を知ったことを含む。）は{incident_words}"
        )
    sentence = f"{why}であるため、{rules['results'][due]}。"
    if not band["certain"]:
        sentence += "（この区分は条文との照合が済んでいません。指針で確かめてください。）"
    return Judgement(
        due, sentence, rules["results"][due], band["words"], bool(band["certain"]), band["source"]
    )


def _band(people: int, bands: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The first band a number of people is below; the last one has no bound."""
    for band in bands:
        if band["below"] is None or people < band["below"]:
            return band
    raise PiaError("しきい値判断の表に、上限のない区分がありません。")


def enough(chosen: str, due: str) -> bool:
    """R2: whether the chosen kind is at least the one that is due."""
    return ORDER.index(chosen) >= ORDER.index(due)


def missing(begun: Collection[str], due: str) -> tuple[str, ...]:
    """The kinds of document a result asks for and that are not among those begun, the
    基礎項目評価書 first (規則第5条第1項: it is made in every case)."""
    if due == "none":
        return ()
    lacking = []
    if "basic_item" not in begun:
        lacking.append("basic_item")
    if due != "basic_item" and not any(enough(kind, due) for kind in begun):
        lacking.append(due)
    return tuple(lacking)
