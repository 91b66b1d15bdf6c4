"""Text as people type it: cleaning, and the cells of spreadsheets."""
