"""What the records office keeps: which records there are, how long, what of them is disclosed."""
