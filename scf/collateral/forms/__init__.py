"""What people fill in about goods, prices and limits."""
