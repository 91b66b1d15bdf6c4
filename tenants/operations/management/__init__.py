"""Commands of this room, and the terminal that they share."""
