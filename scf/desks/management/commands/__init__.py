"""Commands of the desks."""
