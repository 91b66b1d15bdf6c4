"""Backup and restore of one province while all others are served.

An archive holds the province's schema as pg_dump tells it, its stored files and what `public` knows of it, and
is encrypted as a whole. It comes back beside the running schema under another name, is looked through there,
and takes the place of the running one in one short transaction. Rooms above leave here, by registration, where
their files are, what to look at in a copy, and what must not happen a second time.
"""
