"""The contract of a channel, the adapters `mock`, `sms` and `zalo`, accounts with their credentials, and lanes."""
