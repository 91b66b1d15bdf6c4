"""A dossier in words for citizens: history, stages, status, complaints."""
