"""Whoever runs it: anchors, clocks, placement, the yearly check, rehearsals."""
