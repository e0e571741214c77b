"""The store: rows and queries, on SQLite and PostgreSQL alike. Knows the domain's trees; must not
know documents, pages or the rules of the procedure.
"""
