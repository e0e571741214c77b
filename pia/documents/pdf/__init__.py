"""Japanese documents on paper."""
