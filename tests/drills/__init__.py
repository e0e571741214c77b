"""Drills: long runs that try to lose, fork or mistake something. Each prints one JSON line of
counts and fails on any miss. `python -m tests.drills NAME`."""
