"""The people a province can write to: contacts, consents, followers, subscriptions."""
