"""Look-up by code and key, link, QR or chat: status page, holder's pages, desks, posters, API."""
