"""Templates approved by a provider and which of them stands for which event."""
