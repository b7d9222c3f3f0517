"""Benchmarks: what the product costs, as a ratio to a bare baseline in the same run. `make bench` runs them."""
