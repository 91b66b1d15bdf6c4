"""Reading templates and followers from the providers' lists."""
