"""The matrix of rights as a file (docs/rights.csv): every route with its right and what each
role gets, every parameter of a route that names an object, every kind of object with who sees
which of it, and every step of the procedure by state and role.

`python -m tests.web.matrix` writes it anew; a test compares it with the application, so a route
cannot change hands unseen.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from pia import rules
from pia.actions.access.roles import ROLES
from pia.domain.procedure import steps
from pia.web import declared
from pia.web.allowed import lines as rights_lines

FILE = Path(__file__).resolve().parents[2] / "docs" / "rights.csv"
WHO = ("anonymous", *ROLES, "tablet")


def lines(app: Flask) -> list[str]:
    out = ["what,where,right," + ",".join(WHO)]
    with app.app_context():
        known = rights_lines()
        kinds = app.extensions["pia"].rights["objects"]
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: str(r)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint == "static":
                out.append(f"{method},{rule},open," + ",".join("yes" for _ in WHO))
                continue
            view = declared.of(app.view_functions[rule.endpoint])
            right = view.right
            line = known[right]
            out.append(
                f"{method},{rule},{right}," + ",".join(_cell(line, who, view.own) for who in WHO)
            )
            for parameter, kind in sorted(view.objects.items()):
                cells = ",".join(_object(kinds[kind], line, who) for who in WHO)
                out.append(f"{method} {rule},{parameter},{kind},{cells}")
    out += [
        f"object,{kind},," + ",".join(_object(kinds[kind], None, who) for who in WHO)
        for kind in sorted(kinds)
    ]
    line = known["withheld"]
    out.append("object,withheld words,withheld," + ",".join(_withheld(line, who) for who in WHO))
    for name in ("standard", "council-twice", "outside-checker"):
        table = rules.load(f"procedure-{name}")
        for track in table["tracks"]:
            kind, _, sort = track.partition("/")
            for step in steps.steps(table, kind, sort):
                for state in step.sources:
                    out.append(
                        f"{name} {track},{state} {step.event},office,"
                        + ",".join("yes" if who in step.who else "no" for who in WHO)
                    )
    return out


def _cell(line: dict, who: str, own: str) -> str:  # type: ignore[type-arg]
    if who not in line["roles"]:
        return "no"
    return "own" if own and who in line.get("own", ()) else "yes"


def _object(kind: dict, line: dict | None, who: str) -> str:  # type: ignore[type-arg]
    """all: every one of the kind; given: what their council was given; asked: what they asked
    for; no: none, or not the right."""
    if line is not None and who not in line["roles"]:
        return "no"
    return next((word for word in ("all", "given", "asked") if who in kind.get(word, ())), "no")


def _withheld(line: dict, who: str) -> str:  # type: ignore[type-arg]
    if who not in line["roles"]:
        return "no"
    return (
        "own" if who in line.get("own", ()) else "given" if who in line.get("given", ()) else "all"
    )


if __name__ == "__main__":
    from pia import config
    from pia.actions.upkeep.opening import open_workplace
    from pia.web.application import create_app

    settings = config.load()
    FILE.write_text(
        "\n".join(lines(create_app(open_workplace(settings), settings))) + "\n", "utf-8"
    )
