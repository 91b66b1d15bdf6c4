"""Helpers of the public pages: private responses, redirects, limits, pagination."""
