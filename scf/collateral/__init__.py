"""The registry of what stands behind loans: the same goods can be lent on only once."""
