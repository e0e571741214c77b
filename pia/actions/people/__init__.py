"""Accounts, departments, rights, signing in."""
