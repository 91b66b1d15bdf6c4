"""What other systems tell of their dossiers: row by row, an answer to each."""
