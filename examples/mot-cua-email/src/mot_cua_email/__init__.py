"""E-mail as a channel of Một Cửa, in a package of its own."""
