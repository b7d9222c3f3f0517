"""A bank to practise with: a process of its own that plays every lender.

It speaks ISO 20022 over signed HTTP, keeps its books in a journal of facts,
pays a given end-to-end id once for ever, and can be told to misbehave. It
knows nothing of the product's database. Reading order: kernel.sandbox.journal, bank, server.
"""
