"""Reads: what pages show."""
