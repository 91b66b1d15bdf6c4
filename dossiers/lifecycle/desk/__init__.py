"""What all desk pages of dossiers share."""
