"""What documents say held against itself: contradictions, gaps, names, and words that are hard to
read. Finds; decides nothing."""
