"""Vietnamese text: folding, cleaning of typed text, cells of spreadsheets."""
