"""Orders, receipts, warehouse receipts and invoices: what a supplier brings, and how it gets in."""
