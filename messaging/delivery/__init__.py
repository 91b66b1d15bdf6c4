"""Taking messages out of the outbox, handing them to a channel, recording what became of them."""
