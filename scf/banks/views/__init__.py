"""Pages of lenders' own matters: what they want, and what they are licensed for."""
