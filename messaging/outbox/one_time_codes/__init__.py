"""One-time codes: proof that a person holds a telephone number, for any room that asks."""
