"""Staff pages of online filing: review of answers, filling in at the counter, drafts prepared at home, forms."""
