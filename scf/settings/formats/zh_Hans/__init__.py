"""Date formats: ISO everywhere, as finance reads them."""
