"""Whether what people see in a table says what it must."""
