"""Pages of accounts: signing in, the city's own systems, the administrator."""
