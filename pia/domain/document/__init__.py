"""The section tree, the official form it follows, and the answers in it."""
