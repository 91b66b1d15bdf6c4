"""A channel and its provider for tests with real processes: see `provider`. Installed with EXTRA_APPS."""
