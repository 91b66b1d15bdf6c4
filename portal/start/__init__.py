"""What the apps leave with each other when the process starts."""
