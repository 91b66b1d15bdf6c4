"""The web server: its command line, the reading of request bodies, and the threads that run Django."""
