"""How dates, moments and amounts stand in a Vietnamese sentence."""
