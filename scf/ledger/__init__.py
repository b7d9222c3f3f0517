"""Double-entry books in minor units, balanced by the database."""
