"""Reads: what is written out, in every format."""
