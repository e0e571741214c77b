"""元に戻す: a save taken back, a version, an item or an entry of before taken up again.

Knows forms. Every one is a new version; what is made of the texts is said by
`actions.editing.restoring`.
"""

from __future__ import annotations

from flask import render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.editing import items as editing
from ...actions.editing import restoring
from ...actions.viewing import earlier
from .. import inputs, paging
from ..actor import by, who, workplace
from ..answers import done
from ..declared import needs, shows
from .draft import blueprint, path_of


@blueprint.get("/lines/<ref>/earlier")
@needs("draft", own="ref", ref="line", asks=("page",))
def saves(ref: str) -> str:
    """The saves of a document, each with what it changed, and what was taken out of it."""
    first = paging.first(earlier.PAGE)
    wp = workplace()
    listed = earlier.saves(wp, ref, first, who().name)
    return render_template(
        "desk/earlier.html",
        ref=ref,
        saves=listed,
        mine=_last_of_mine(listed),
        d={"closed": editing.closed(wp, ref)},
        pages=paging.Pages(first, earlier.PAGE, listed.whole),
    )


def _last_of_mine(listed: earlier.PastSaves) -> earlier.PastSave | None:
    """The newest save of a page that who looks made themselves and can take back."""
    return next((save for save in listed.lines if save.mine and save.undoable), None)


@blueprint.post("/lines/<ref>/earlier")
@needs("draft", own="ref", ref="line", seen="seen", version="seen")
@shows(saves)
def restore(ref: str) -> Answer:
    """Takes a save back, or takes up a whole version or an entry of one."""
    wp = workplace()
    version = inputs.line("version", "版")
    seen = inputs.line("seen", "見ていた版")
    back = url_for("writing.saves", ref=ref)
    what = inputs.choice("what", "戻し方", ("save", "version", "entry"))
    if what == "save":
        restoring.take_back(wp, by(), ref, version)
        words = "保存を取り消しました。取り消す前の記載も、版の履歴に残っています。"
    elif what == "version":
        restoring.restore_version(wp, by(), ref, version, seen)
        words = "前の版の記載に戻しました。戻す前の記載も、版の履歴に残っています。"
    else:
        opened = editing.Opened(ref, path_of(inputs.line("path", "欄", most=1_000)), seen)
        key = inputs.line("entry", "欄", most=400)
        restoring.restore_entry(wp, by(), opened, key, version)
        words = "削除した欄を元に戻しました。"
    return done(words, back)


@blueprint.get("/lines/<ref>/earlier/<path:path>")
@needs("draft", own="ref", ref="line", asks=("page",))
def wordings(ref: str, path: str) -> str:
    """What one item said before, to be taken up again."""
    first = paging.first(earlier.PAGE)
    wp = workplace()
    listed = earlier.wordings(wp, ref, path_of(path), first)
    return render_template(
        "desk/wordings.html",
        ref=ref,
        path=path,
        listed=listed,
        d={"closed": editing.closed(wp, ref)},
        pages=paging.Pages(first, earlier.PAGE, listed.whole),
    )


@blueprint.post("/lines/<ref>/earlier/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen", version="seen")
@shows(wordings)
def restore_item(ref: str, path: str) -> Answer:
    """Takes up what an item said in a version."""
    opened = editing.Opened(ref, path_of(path), inputs.line("seen", "見ていた版"))
    saved = restoring.restore_item(workplace(), by(), opened, inputs.line("version", "版"))
    words = "前の記載に戻しました。" if saved.new else "記載は変わっていません。"
    return done(words, url_for("writing.item", ref=ref, path=path))
