"""Loans, their events, statements of banks, and who owes what to whom."""
