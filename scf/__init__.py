"""Supply-chain finance for a trading platform: see ARCHITECTURE.md."""
