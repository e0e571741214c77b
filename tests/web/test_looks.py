"""How pages look: every colour is a named one with its contrast on a light and on a dark page, the
reader's choice is kept, and paper stays light."""

from __future__ import annotations

import re

from pia import config, resources
from pia.actions.workplace import Workplace
from pia.web import looks
from pia.web.application import create_app

from ..conftest import NOW
from .client import PageClient

STATIC = resources.folder("static")
CSS = (STATIC / "pia.css").read_text("utf-8")
DARK = (STATIC / "dark.css").read_text("utf-8")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl)a?\(")
# Words on a ground that pages put them on; what is no word needs 3 (WCAG 1.4.11).
ON_PAPER = ("ink", "soft", "key", "visited", "add-ink", "del-ink", "warn-ink")
PAIRS = {
    "paper": ON_PAPER,
    "pale": ("ink", "soft", "key", "visited"),
    "key-pale": ("ink", "soft", "key", "visited"),
    "add": ("ink", "add-ink", "key"),
    "del": ("ink", "del-ink"),
    "warn": ("ink", "warn-ink", "key", "soft", "visited"),
    "focus-back": ("ink", "key", "visited", "soft"),
    # Words in the colour of paper.
    "key": ("paper",),
    "warn-ink": ("paper",),
    "add-ink": ("paper",),
    "ink": ("paper",),
    "del-ink": ("paper",),
    "blacked": ("on-blacked",),
}
EDGES = {
    "paper": ("line", "key", "focus", "warn-ink", "add-ink"),
    "pale": ("line",),
    "focus-ring": ("focus",),
}


def tokens(css: str) -> dict[str, str]:
    """The named colours of a style sheet."""
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6});", css))


def luminance(colour: str) -> float:
    """WCAG 2.2: relative luminance."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def too_weak(names: dict[str, str]) -> list[str]:
    """Pairs without their contrast."""
    weak = []
    for least, pairs in ((4.5, PAIRS), (3.0, EDGES)):
        for ground, words in pairs.items():
            for word in words:
                ratio = contrast(names[ground], names[word])
                if ratio < least:
                    weak.append(f"{word} on {ground}: {ratio:.2f}")
    return weak


def test_every_colour_has_a_name_and_every_pair_its_contrast() -> None:
    light = tokens(CSS)
    dark = {**light, **tokens(DARK)}
    assert too_weak(light) == [] and too_weak(dark) == []
    assert too_weak({**light, "soft": "#999"}) != []
    named = {ground for ground in (*PAIRS, *EDGES)}
    named |= {word for pairs in (PAIRS, EDGES) for words in pairs.values() for word in words}
    assert set(light) - named == {"faint", "sheet"}, "what is no word and no edge by itself"
    assert set(tokens(DARK)) == set(light) - {"sheet", "blacked", "on-blacked"}
    rest = CSS[CSS.index("}") :]
    assert [line for line in rest.splitlines() if COLOUR.search(line.partition("{")[0])] == []
    assert set(re.findall(r"var\(--([\w-]+)\)", CSS)) <= {*light, "text"}


def test_the_choice_is_kept_and_paper_is_light(seen: Workplace) -> None:
    page = PageClient(create_app(seen, config.load({}), lambda: NOW), "mizukoshi")

    def media(url: str) -> list[str]:
        return page.get(url).xpath("//link[contains(@href, 'dark.css') or @media]/@media")

    assert media("/me") == [
        "screen and (prefers-color-scheme: dark)",
        "screen and (prefers-contrast: more)",
    ]
    me = page.get("/me")
    chosen = [look.text_content().strip() for look in me.xpath("//a[@aria-current='true']")]
    assert chosen == ["標準", "✓ 端末に合わせる", "✓ 端末に合わせる"]
    dark = me.xpath("//a[contains(., '暗い画面')]/@href")[0].partition("#")[0]
    assert media(dark)[0] == "screen" and media("/register")[0] == "screen"
    page.get("/me?contrast=more")
    assert media("/") == ["screen", "screen"]
    page.get("/me?colours=light")
    assert media("/") == ["screen"]
    page.get("/me?colours=pink")
    assert media("/me") == ["screen"], "what is no choice is not kept"
    assert set(looks.LOOKS) == {"size", "colours", "contrast"}
