"""A keeper of keys for sealed quotes, as a process with a store and a clock of its own.

It imports nothing of the product but what signs requests, serves them and makes keys: no Django, no database of ours.
Whoever runs an auction platform has somebody else run this. Reading order: vault, server.
"""
