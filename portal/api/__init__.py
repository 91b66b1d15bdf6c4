"""The frame of the API: its addresses, how problems are told, the schema and the page that explains it.

What is answered belongs to the rooms (`procedures.api`, `dossiers.api.views`), what their doors are made of to `tenants.api`.
"""
