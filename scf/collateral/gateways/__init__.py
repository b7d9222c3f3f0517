"""Formats of others: files of market prices."""
