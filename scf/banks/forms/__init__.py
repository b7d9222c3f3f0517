"""What lenders' people fill in."""
