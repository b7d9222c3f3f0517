"""Registers to practise with, as a process of their own: one of receipts and invoices, one of movable property.

They keep their books in a journal of facts, do an act once a key, and can be told to misbehave: down, slow, an answer
lost, or claiming that another member was there first. Reading order: kernel.sandbox.journal, books, server.
"""
