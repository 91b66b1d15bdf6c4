"""The people a province can write to: addresses, consents, followers, subscriptions."""
