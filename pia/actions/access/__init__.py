"""Who somebody is, what they are called and what they may read."""
