"""Settings: base is what is the same everywhere; dev, test and production say only what differs."""
