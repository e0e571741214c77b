"""Workbooks and bundles only the office makes."""
