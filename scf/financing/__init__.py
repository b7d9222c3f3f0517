"""Applications, bank cases, decisions, and the flows of people that orchestrate them."""
