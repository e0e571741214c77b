"""What differs between two trees, and in which words it is said."""
