"""The page of the mock channel: a telephone on which a person reads messages and writes back."""
