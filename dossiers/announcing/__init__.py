"""Doors to announcements: the pages for everybody, the feed, the desk's pages."""
