"""Registers beside the assessments: their forms, and what changed in a record in one line."""
