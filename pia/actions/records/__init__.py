"""Reads: what is on record of a round."""
