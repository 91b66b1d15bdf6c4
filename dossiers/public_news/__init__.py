"""Public pages, feed and desk pages of publications."""
