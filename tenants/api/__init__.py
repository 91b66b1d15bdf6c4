"""What the doors of the API are made of, in every room. The frame around them is `portal.api`."""
