"""Home pages by role, search, the demo clock: what needs me now, then how things stand."""
