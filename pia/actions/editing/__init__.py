"""Acts on texts."""
