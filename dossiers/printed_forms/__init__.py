"""The statutory papers, typeset with Typst."""
