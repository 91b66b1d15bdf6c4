"""Commands of this room, and what their terminals share."""
