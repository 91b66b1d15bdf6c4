"""The page of the mock channel: a simulated telephone that shows messages and writes back."""
