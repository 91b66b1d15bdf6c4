"""Answers to citizens in chat."""
