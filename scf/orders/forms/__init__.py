"""Forms of the orders app: files and columns, documents typed in, problems in words."""
