"""What is printed of a filing: the blank sheet, and the copy of what was filed."""
