"""Acts: one function is one act of a person, one transaction, one audit entry.

Time and actor are arguments.
"""
