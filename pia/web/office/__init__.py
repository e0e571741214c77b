"""Pages of the council's office."""
