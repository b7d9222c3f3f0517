"""Partner lenders: what they want, how we talk to them, what they paid and received."""
