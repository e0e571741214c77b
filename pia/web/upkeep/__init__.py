"""Pages for whoever looks after the server, while it does not serve."""
