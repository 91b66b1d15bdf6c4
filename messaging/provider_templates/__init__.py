"""Templates approved by a provider, and their assignment to the events of the portal."""
