"""The web server: its command line, the places for costly work, the reading of bodies, and the threads that run Django."""
