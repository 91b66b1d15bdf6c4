"""The contract of a channel (`base`), the adapters `mock`, `sms`, `zalo`, and `http` for packages outside."""
