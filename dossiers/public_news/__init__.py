"""Public pages, feed and desk pages of announcements and broadcasts."""
