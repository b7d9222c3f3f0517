"""One file an exhibit. A new one needs TITLE, TRICK, SOURCE, CONTROL, and commit(world), see museum.Exhibit."""
