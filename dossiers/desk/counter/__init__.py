"""Staff pages of the counter: receiving, scanning, the receipt."""
