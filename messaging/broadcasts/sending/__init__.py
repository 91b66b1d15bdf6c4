"""Sending a broadcast: estimate, trial, enqueueing, its pace, and what became of it."""
