"""Calls that staff make where no message arrived."""
