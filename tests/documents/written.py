"""Assessments as a city writes them, for what goes out on paper and comes back: long texts with
headings, lists, numbers and Latin words."""

from __future__ import annotations

import random
from typing import Any

from pia import forms
from pia.domain.document import items
from pia.domain.document.form import Form
from pia.domain.document.tree import Path, Tree
from tests.documents import foreign

_BEGINNINGS = (
    "窓口で申請を受け付けるときは、",
    "中間サーバー・プラットフォームでは、",
    "委託先に対しては、",
    "システムの利用者には、",
    "ガバメントクラウドにおいては、",
    "紙の申請書は、",
)
_MIDDLES = (
    "個人番号カード又は運転免許証により本人であることを確認し、",
    "ISO/IEC 27001の認証を受けた事業者の施設を使い、",
    "ＩＤ・パスワードと生体認証の２つで利用者を確かめ、",
    "年に1回以上（4月と10月）研修を行い、",
    "Windows Server 2022 のアクセス記録を7年間保存し、",
    "データセンター（国内）の入退室を24時間365日監視し、",
)
_ENDS = (
    "記録を課長が毎月確かめる。",
    "目的外の入手が行われないようにする。",
    "番号法第9条第1項及び別表に基づいて取り扱う。",
    "1,000件ごとに分けて、暗号化（AES-256）して送る。",
    "※詳しくは「運用手順書」のとおり。",
    "必要のない情報は、その場で消去する。",
)
_HEADS = ("＜庁舎における措置＞", "＜中間サーバーにおける措置＞", "＜委託先における措置＞")
_MARKS = ("①", "②", "③", "（1）", "・", "ア　")


def sentence(rng: random.Random) -> str:
    """One sentence."""
    middle = "".join(rng.sample(_MIDDLES, rng.randint(0, 2)))
    return rng.choice(_BEGINNINGS) + middle + rng.choice(_ENDS)


def text(rng: random.Random) -> str:
    """A text of an item: lines, some below headings, some marked as a list."""
    lines: list[str] = []
    for _ in range(rng.choice((1, 1, 2, 3, 6, 12))):
        shape = rng.random()
        if shape < 0.15 and (not lines or lines[-1] not in _HEADS):
            lines += ["", rng.choice(_HEADS)] if lines else [rng.choice(_HEADS)]
        words = "".join(sentence(rng) for _ in range(rng.choice((1, 1, 2, 4))))
        lines.append(rng.choice(_MARKS) + words if shape > 0.6 else words)
    return "\n".join(lines)


def assessment(rng: random.Random, form_id: str, share: float = 0.8, longest: int = 10_000) -> Tree:
    """A whole assessment on a form, with no text of more than so many letters."""
    form = forms.load(form_id)
    said: dict[Path, Any] = {}
    for path, answer in foreign.answers(rng, form, share).items():
        said[path] = _longer(rng, form, path, answer)
        if isinstance(said[path], str):
            said[path] = said[path][:longest].strip()
    return items.build(form, said.items())


def _longer(rng: random.Random, form: Form, path: Path, answer: Any) -> Any:
    line = form.at(path)[0]
    if line is not None and line.kind == "text" and line.size == "long":
        return text(rng)
    return answer
