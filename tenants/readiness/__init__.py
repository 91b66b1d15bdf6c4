"""What is missing before go-live."""
