"""What happens to loans (loans), the books that follow (books), statements of banks (statements), files asked for (exports)."""
