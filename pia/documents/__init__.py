"""Documents: bytes to domain values and back. Knows no database, no request and no clock."""
