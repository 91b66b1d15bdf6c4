"""Groups of people to whom a broadcast goes."""
