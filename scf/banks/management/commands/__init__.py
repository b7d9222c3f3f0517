"""Commands of the banks app."""
