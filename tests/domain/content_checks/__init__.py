"""What documents say held against itself."""
