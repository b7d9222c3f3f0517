"""Pages of the servicing: loans (loans), PDFs (files), reconciliation (reconciliation), exports (exports)."""
