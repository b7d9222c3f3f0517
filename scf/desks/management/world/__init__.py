"""The demo world: who is in it (people), what they trade (papers), what happened so far (story)."""
