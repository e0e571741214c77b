"""Reads: the facts each paper is filled with."""
