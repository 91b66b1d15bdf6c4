"""Reading templates and followers from providers."""
