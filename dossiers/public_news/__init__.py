"""Pages and desk of announcements and broadcasts."""
