"""The statutory forms, typeset with Typst."""
