"""Frauds that happened, done again: each stopped by its control, each with the loss that follows without it."""
