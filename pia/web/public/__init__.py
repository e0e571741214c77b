"""The public zone: an application of its own."""
