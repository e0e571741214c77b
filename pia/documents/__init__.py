"""Documents: bytes on one side, domain values on the other. Knows no database and no page."""
