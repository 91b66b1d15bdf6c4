"""Sending a broadcast: enqueueing, its pace, and what became of it."""
