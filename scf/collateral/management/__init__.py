"""Commands of the collateral."""
