"""Packages and cells of office files; no form."""
