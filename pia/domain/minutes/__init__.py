"""The minutes of a meeting: who said what about which item, read from a transcript.

Knows lines, names and items as they are handed in. Must not know files, rows or pages.
"""
