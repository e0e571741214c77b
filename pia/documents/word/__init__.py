"""A written paper: its model, as Word, read back, as PDF."""
