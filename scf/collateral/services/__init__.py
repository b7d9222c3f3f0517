"""What is done with collateral: pledging, moving, releasing, watching."""
