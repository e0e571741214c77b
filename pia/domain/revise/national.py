"""国の記載例: one national text for many assessments, as changes without a before. Applied, undone and compared through the one ChangeSet.

A revision names places (an item, a block's heading, a figure's title); which ファイル it goes to is chosen per assessment. What departs from it later is
computed, never declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ..canonical import clean
from ..change.compare import ANY, Change, ChangeSet, Place, own
from ..change.describe import label, names
from ..document.blocks import base_key, block, heading, join, split
from ..document.form import Form, FormNode
from ..document.items import from_text, leaf_text, shape, shown_beside, text_of
from ..document.tree import LEAVES, Node, Path, Tree
from ..errors import PiaError
from .replay import apply


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a revision. `path` has "*" for the ファイル (or any repeat); `figure` is part of a figure's title."""

    item: str
    path: Path
    text: str
    before: str
    after: str | None
    explanation: str
    figure: str = ""
    shape: Mapping[str, Any] | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    id: str
    title: str
    issuer: str
    edition: str
    reason: str
    slots: tuple[Slot, ...]


def parse(raw: Mapping[str, Any]) -> Revision:
    """A revision out of its YAML or JSON mapping. PiaError says what is missing or of the wrong kind."""
    if not isinstance(raw, Mapping):
        raise PiaError(
            "国の記載例の形が正しくありません。id・title・issuer・edition・reason・places を書いてください。"
        )
    said = {}
    for name in ("id", "title", "issuer", "edition", "reason"):
        said[name] = _words(raw.get(name), name)
    places = raw.get("places")
    if not isinstance(places, list) or not places:
        raise PiaError(
            f"国の記載例「{said['title']}」に、反映する箇所（places）の並びがありません。"
        )
    slots = []
    for number, place in enumerate(places, 1):
        for slot in _slots(place, f"国の記載例「{said['title']}」の{number}番目の箇所"):
            slots.append(slot)
    return Revision(
        said["id"], said["title"], said["issuer"], said["edition"], said["reason"], tuple(slots)
    )


def _words(given: Any, name: str, where: str = "国の記載例") -> str:
    """A text, or a number written without quotes. PiaError names the field that has none."""
    if isinstance(given, str | int | date) and not isinstance(given, bool) and str(given).strip():
        return clean(str(given), f"{where}の {name} ")
    raise PiaError(f"{where}の {name} がないか、文字ではありません。")


def _slots(place: Any, where: str) -> list[Slot]:
    """The slots of one place: a text with several headings is several blocks, each standing after the one before."""
    if not isinstance(place, Mapping):
        raise PiaError(f"{where}の形が正しくありません。item・path・text を書いてください。")

    def words(name: str) -> str:
        if place.get(name) not in (None, ""):
            return _words(place[name], name, where).strip("\n")
        return ""

    path = place.get("path") or ()
    drawn = place.get("shape")
    item = _words(place.get("item"), "item", where)
    text = words("text")
    figure = words("figure")
    if not isinstance(path, list | tuple) or not all(
        isinstance(key, str | int) and not isinstance(key, bool) for key in path
    ):
        raise PiaError(f"{where}の path は、項目までの鍵を並べたものにしてください。")
    if drawn is not None and not (
        isinstance(drawn, Mapping)
        and isinstance(drawn.get("text"), str)
        and all(isinstance(drawn.get(key), int) for key in "xywh")
    ):
        raise PiaError(
            f"{where}の shape の形が正しくありません。type・text・x・y・w・h を書いてください。"
        )
    if not (text and path) and not (drawn and figure):
        raise PiaError(
            f"{where}（{item}）に、本文（path・text）も図（figure・shape）もありません。"
        )
    whole = Slot(
        item,
        tuple(map(str, path)),
        text,
        words("before") or "absent",
        words("after") or None,
        words("explanation"),
        figure,
        drawn,
        words("where"),
    )
    if text:
        parts = split(text)[0]
    else:
        parts = ()
    if len(parts) < 2:
        return [whole]
    if whole.before not in ("absent", "any"):
        raise PiaError(
            f"{where}には見出しが{len(parts)}つあります。変更前（before）を書くときは、見出しごとに箇所を分けてください。"
        )
    if whole.path[-1] == parts[0].key:
        base = whole.path[:-1]
    else:
        base = whole.path
    before = [whole.after, *(part.key for part in parts)]
    changed = []
    for each_text, part in zip(before, parts):
        changed.append(
            replace(whole, path=(*base, part.key), text=part.value["text"], after=each_text)
        )
    return changed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened at one place: status applied, already, conflict, missing. Three texts for a clash: national, ours now."""

    slot: Slot
    path: Path
    label: str
    status: str
    national: str
    ours: str | None
    why: str = ""


def files_of(form: Form, tree: Tree) -> dict[str, str]:
    """The ファイル of an assessment: key to name."""
    part = tree.find(("II",))
    found = names(form, tree)
    if part and part.kind == "repeat":
        taken = {}
        for child in part.children:
            taken[child.key] = found.get(("II", child.key), (0, ""))[1]
        return taken
    return {}


def chosen(form: Form, tree: Tree, wanted: Sequence[str]) -> tuple[str, ...]:
    """File keys for what a person chose: keys, names, or "all". PiaError lists the files when the choice is open or unknown."""
    files = files_of(form, tree)
    listing = "、".join(f"{key}（{value}）" for key, value in files.items()) or "ありません"
    if not wanted:
        if len(files) > 1:
            raise PiaError(
                f"特定個人情報ファイルが{len(files)}つあります。--files で反映先を選んでください：{listing}。"
            )
        return tuple(files)
    if list(wanted) in (["all"], ["すべて"]):
        return tuple(files)
    out = []
    for word in wanted:
        hits = []
        for key, value in files.items():
            if word in (key, value):
                hits.append(key)
        if not hits:
            raise PiaError(f"特定個人情報ファイル「{word}」はありません。あるのは {listing} です。")
        out += hits
    return tuple(dict.fromkeys(out))


def needs_files(revision: Revision, form: Form) -> bool:
    """Whether it is to be chosen which ファイル a revision goes to."""
    return any(
        key == "*" and _of_files(form.at(slot.path[:index])[0])
        for slot in revision.slots
        for index, key in enumerate(slot.path)
    )


def _targets(
    form: Form, tree: Tree, slot: Slot, files: Sequence[str]
) -> list[tuple[Path, Change | None]]:
    """The item paths a slot leads to here, each with its change (None where the place does not exist)."""
    if slot.shape is not None:
        hits: list[tuple[Path, Change | None]] = []
        figures = tree.find(("B1", "F"))
        for child in figures.children if figures else ():
            title = child.child("0")
            if title is not None and slot.figure in text_of(title):
                path: Path = ("B1", "F", child.key, "1")
                made = shape(
                    slot.shape["type"],
                    slot.shape["text"],
                    *(int(slot.shape[each_key]) for each_key in "xywh"),
                )
                key = base_key("shape", made.value)
                there = tree.find(path)
                if there and there.leaves:
                    last = there.leaves[-1].key
                else:
                    last = None
                if there:
                    count = len(there.leaves)
                else:
                    count = 0
                hits.append(
                    (
                        path,
                        Change(
                            "added",
                            "shape",
                            (*path, key),
                            None,
                            None,
                            made,
                            Place(path, last, count),
                        ),
                    )
                )
        return hits or [(("B1", "F", slot.figure), None)]
    out: list[tuple[Path, Change | None]] = []
    for spelt in _spread(form, tree, slot.path, files):
        line, _, rest = form.at(spelt)
        if line is None or line.id != slot.item or len(rest) > 1 or not _there(form, tree, spelt):
            out.append((spelt, None))
            continue
        item = spelt[: len(spelt) - len(rest)]
        if line.kind != "text":
            written = from_text(line, slot.text)
            if slot.before == "any":
                before = ANY
            elif slot.before == "absent":
                before = None
            else:
                before = from_text(line, slot.before)
            current = tree.find(item)
            has = current is not None and current.content
            out.append(
                (
                    item,
                    Change(
                        "added" if before is None or not has else "modified",
                        "item",
                        item,
                        item,
                        before,
                        written,
                    ),
                )
            )
            continue
        made = block(slot.text)
        if slot.after:
            place = Place(item, slot.after, 0)
        else:
            place = Place(item, _last(tree, item), 0)
        spot = (*item, heading(slot.text))
        if slot.before in ("absent", "any"):
            out.append(
                (
                    item,
                    Change(
                        "added",
                        "block",
                        spot,
                        None,
                        ANY if slot.before == "any" else None,
                        made,
                        place,
                    ),
                )
            )
        else:
            was = block(slot.before)
            out.append((item, Change("modified", "block", spot, (*item, was.key), was, made)))
    return out


def _of_files(line: FormNode | None) -> bool:
    """Whether a repeated line has one entry per ファイル."""
    return line is not None and line.repeated and "II" in (line.id, line.shares)


def _spread(form: Form, tree: Tree, path: Path, files: Sequence[str]) -> list[Path]:
    """The paths a pattern stands for: "*" is each chosen ファイル, and below it (or elsewhere) each entry there is."""
    out: list[Path] = [()]
    for each_key in path:
        wider: list[Path] = []
        for texts in out:
            if texts:
                parent = tree.find(texts)
            else:
                parent = None
            keys: Sequence[str] = (each_key,)
            if each_key == "*":
                if _of_files(form.at(texts)[0]):
                    keys = files
                elif parent:
                    keys = []
                    for child in parent.children:
                        if child.kind == "entry":
                            keys.append(child.key)
                else:
                    keys = ()
            wider += [(*texts, key) for key in keys or ("*",)]
        out = wider
    return out


def _there(form: Form, tree: Tree, path: Path) -> bool:
    """Whether every repeated entry on the way exists: a national text never makes a ファイル or a 委託事項."""
    for index in range(1, len(path)):
        line, _, rest = form.at(path[:index])
        if line is None or rest or not line.repeated or form.at(path[: index + 1])[0] is not line:
            continue
        if line.shares:
            shared = (line.shares, path[index])
        else:
            shared = path[: index + 1]
        if tree.find(path[: index + 1]) is None and tree.find(shared) is None:
            return False
    return True


def _last(tree: Tree, item: Path) -> str | None:
    node = tree.find(item)
    if node and node.leaves:
        return node.leaves[-1].key
    return None


def apply_to(
    revision: Revision, form: Form, tree: Tree, files: Sequence[str]
) -> tuple[Tree, tuple[Outcome, ...]]:
    """The tree with the revision in it, and what happened at every place. Nothing of ours is overwritten: a clash stays as it is and is listed."""
    found = names(form, tree)
    planned = []
    for slot in revision.slots:
        for path, change in _targets(form, tree, slot, files):
            planned.append((slot, path, change))
    result = apply(
        tree,
        ChangeSet(
            tree.form,
            tree.form,
            tuple(change_here for _, _, change_here in planned if change_here is not None),
        ),
        form,
    )
    done = set()
    for one_change in result.done:
        done.add(id(one_change))
    already = set()
    for each_change in result.already:
        already.add(id(each_change))
    clashes = {}
    for conflict in result.conflicts:
        clashes[id(conflict.change)] = conflict
    out = []
    for slot, path, change in planned:
        said = label(
            form,
            path,
            found,
            change.path[-1] if change is not None and change.level in LEAVES else "",
        )
        national = slot.text or (slot.shape or {}).get("text", "")
        if change is None:
            out.append(
                Outcome(
                    slot,
                    path,
                    said,
                    "missing",
                    national,
                    None,
                    "この評価書には、この項目（図）がありません。",
                )
            )
        elif id(change) in done:
            out.append(Outcome(slot, path, said, "applied", national, None))
        elif id(change) in already:
            out.append(Outcome(slot, path, said, "already", national, None))
        else:
            clash = clashes[id(change)]
            if clash.current is not None:
                ours = leaf_text(clash.current)
            else:
                ours = None
            why = {
                "exists": "市の記載が既にあります。",
                "changed": "市の記載が、記載例の想定する変更前と違います。",
                "withheld": "非公表部分の印が付いた記載があります。",
                "missing": "変更前の記載が見つかりません。",
            }
            out.append(
                Outcome(slot, path, said, "conflict", national, ours, why.get(clash.why, ""))
            )
    return result.tree, tuple(out)


@dataclass(frozen=True, slots=True)
class Departure:
    """How one place of one assessment stands to the national text: "same", "differs", "absent", "missing". `shown`: both as people read them."""

    slot: Slot
    path: Path
    item: str
    label: str
    status: str
    national: str
    ours: str | None
    shown: tuple[str, ...] = ("", "")


def departures(
    revision: Revision, form: Form, tree: Tree, files: Sequence[str]
) -> tuple[Departure, ...]:
    """Every place with its standing, computed from the text as it is now."""
    found = names(form, tree)
    out = []
    for slot in revision.slots:
        for path, change in _targets(form, tree, slot, files):
            national = slot.text or (slot.shape or {}).get("text", "")
            if change is None:
                out.append(
                    Departure(
                        slot, path, slot.item, label(form, path, found), "missing", national, None
                    )
                )
                continue
            item = tree.find(path)
            wanted_content = change.after.content if change.after is not None else None
            ours: Node | None = None
            if change.level in LEAVES and item is not None:
                ours = next(
                    (leave for leave in item.leaves if leave.content == wanted_content), None
                )
                ours = ours or item.child(change.path[-1], leaf=True)
            elif item is not None and item.content:
                ours = own(item)
            if ours is None:
                status = "absent"
            elif ours.content == wanted_content:
                status = "same"
            else:
                status = "differs"
            if ours is None:
                text = None
            elif ours.kind == "shape":
                text = ours.value["text"]
            else:
                text = leaf_text(ours)
            said = label(form, path, found, change.path[-1] if change.level in LEAVES else "")
            out.append(
                Departure(
                    slot,
                    change.path,
                    slot.item,
                    said,
                    status,
                    national,
                    text,
                    shown_beside(change.after, ours),
                )
            )
    return tuple(out)


def substituted(form: Form, tree: Tree, path: Path, before: str, after: str) -> ChangeSet:
    """A wording change as an opinion or a member proposes it: a passage replaced inside one block. PiaError when the passage is not there exactly once."""
    item = tree.find(path[:-1])
    if item:
        there = item.child(path[-1], leaf=True)
    else:
        there = None
    if there is None:
        raise PiaError(
            f"{label(form, path[:-1], names(form, tree), path[-1])} がありません。修正する箇所を選び直してください。"
        )
    text = there.value["text"]
    if text.count(before) != 1:
        raise PiaError(
            f"修正前の語句「{before[:30]}」が、その箇所に{text.count(before)}回出てきます。1か所に決まる語句を指定してください。"
        )
    changed = join(split(text.replace(before, after))[0])
    made = block(changed)
    change = Change("modified", "block", (*path[:-1], made.key), path, own(there), made)
    return ChangeSet(tree.form, tree.form, (change,))
