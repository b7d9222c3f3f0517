"""What happens to loans (loans), the books that follow (books), surplus that goes back (refunds), statements of
banks (statements), files asked for (exports)."""
