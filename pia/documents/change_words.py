"""What a kind of change is called where a comparison is printed: in a workbook and on paper.

Knows the words alone. Must not know what a change holds nor how it is laid out.
"""

from __future__ import annotations

KINDS = {
    "added": "追加",
    "removed": "削除",
    "modified": "修正",
    "moved": "移動",
    "renumbered": "番号のみ",
}
