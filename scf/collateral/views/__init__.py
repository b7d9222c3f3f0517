"""Pages of the collateral."""
