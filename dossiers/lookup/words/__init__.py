"""What a dossier looks like to citizens, in words."""
