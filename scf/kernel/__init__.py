"""What every app stands on: outbox, run-once keys, audit trail, clock, engines. Knows Django, not finance."""
