"""Online filing: forms, drafts, answers, papers, citizens' pages, and the review at the desk."""
