"""Files that people send: what they are by their content, whether they hold a virus, where their bytes lie."""

SHA256 = "X-Sha256"
"""Header of an answer that is a stored file: by it the server knows the file again; it is not sent."""
