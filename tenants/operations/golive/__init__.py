"""Go-live, pause, off-boarding."""
