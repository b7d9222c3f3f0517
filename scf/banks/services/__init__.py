"""What happens with banks: payments out (payments), messages that come (messages), statements (statements)."""
