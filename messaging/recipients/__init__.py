"""Who can be written to: contacts, consents, followers, subscriptions."""
