"""Pages of the orders app; each view makes one call of a service or a selector."""
