"""Messages to people: in the product and by mail, fed by the outbox."""
