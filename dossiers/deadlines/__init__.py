"""Due dates: the working calendar, terms, how a date is counted and how it is explained."""
