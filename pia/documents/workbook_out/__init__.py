"""A tree as our own workbook."""
