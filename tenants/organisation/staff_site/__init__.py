"""The staff's site and the base classes of its pages."""
