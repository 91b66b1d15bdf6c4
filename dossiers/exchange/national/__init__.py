"""The national portal: what happens here goes out, what is filed there comes in, and each day both are compared."""
