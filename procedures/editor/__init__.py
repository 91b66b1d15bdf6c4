"""Drafts of what people must know of a procedure: edited, compared, approved by a second person, published."""
