"""What people see in a file, read again and held against its data."""
