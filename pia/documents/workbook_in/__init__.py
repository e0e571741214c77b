"""Bytes of a workbook to a tree, with every problem in its cell."""
