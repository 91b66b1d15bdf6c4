"""Texts of the province: written, shown as announcements, approved by a second person, sent to many."""
