"""What people and banks do to applications: applying, checks, review, bank cases, choosing, paying, settling."""
