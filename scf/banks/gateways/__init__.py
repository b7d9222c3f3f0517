"""Conversations with banks' machines: what is said (base), in which words (iso20022), and with whom (sandbox).

Nothing here touches the product's database.
"""
