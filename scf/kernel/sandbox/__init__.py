"""What machines to practise with share: a journal of facts, faults on demand, a small web server."""
