"""A tree in the city's own workbook."""
