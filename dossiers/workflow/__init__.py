"""Workflows as data: schema, checks, clock, pictures, limits of complaints, and which procedures they hold for."""
