"""Pages where assessments are read and written."""
