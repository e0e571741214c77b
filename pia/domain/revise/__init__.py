"""A tree made from a tree: replayed, moved to another form, changed by a national text."""
