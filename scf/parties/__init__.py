"""Organisations, people, and for whom a person acts."""
