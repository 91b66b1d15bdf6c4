"""Agencies, communes, roles, rights, delegation, versions of data, and the staff's site."""
