"""Pretended providers for tests, benchmarks and demonstrations: an SMS gateway and Zalo."""
