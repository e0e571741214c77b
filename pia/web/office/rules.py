"""What the procedure checks, with what each rests on and the day it was read."""

from __future__ import annotations

from flask import Blueprint, render_template

from ..actor import workplace
from ..declared import needs

blueprint = Blueprint("rules", __name__)
KINDS = {
    "law": "法令（読んだ条文）",
    "guide": "指針・記載要領・様式（本文は未確認）",
    "city": "市の決まり",
}


@blueprint.get("/rules")
@needs("read")
def page() -> str:
    """What the procedure checks, with what each rests on and the day it was read."""
    wp = workplace()
    return render_template("office/rules.html", rules=wp.rules["rules"], law=wp.law, kinds=KINDS)
