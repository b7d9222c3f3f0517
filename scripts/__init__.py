"""Tools of the house; see the Makefile."""
