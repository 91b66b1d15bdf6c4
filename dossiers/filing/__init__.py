"""Filing online: forms in force, drafts and their sessions, answers, papers, and their end."""
