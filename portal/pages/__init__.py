"""Pages of the portal itself: home, colours, errors, help, personal data, accessibility, handbook."""
