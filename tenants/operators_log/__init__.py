"""What operators did, and approval by two persons."""
