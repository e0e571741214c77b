"""Japanese text: cut into tokens, aligned, and how one text became another."""
