"""Entries of a repeat: added, copied, moved, taken out.

Knows one form. The change is made by `actions.editing.items`.
"""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as Answer

from ...actions.editing import items as editing
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, shows
from .draft import blueprint, path_of
from .parts import part

STEPS = {"up": -1, "down": 1}


@blueprint.post("/lines/<ref>/entries/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(lambda ref, path: part(ref))
def entries(ref: str, path: str) -> Answer:
    """One change of a repeat: an entry added, copied, moved or taken out."""
    wp = workplace()
    seen = inputs.line("seen", "見ていた版")
    opened = editing.Opened(ref, path_of(path), seen=seen)
    what = request.form.get("what", "")
    key = request.form.get("key", "")
    if what in ("add", "copy"):
        editing.add_entry(
            wp,
            by(),
            opened,
            inputs.line("name", "名前"),
            like=key if what == "copy" else "",
        )
        words = "欄を加えました。"
    elif what == "remove":
        editing.remove_entry(wp, by(), opened, key, why=inputs.line("why", "削除の理由"))
        words = "欄を削除しました。"
    elif what in STEPS:
        editing.move_entry(wp, by(), opened, key, STEPS[what])
        words = "順序を変えました。"
    else:
        raise PiaError("操作を選び直してください。")
    return done(words)
