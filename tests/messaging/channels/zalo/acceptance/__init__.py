"""Our own stack from outbox to telephone and back, at a pretended Zalo: `stage` says who takes part."""
