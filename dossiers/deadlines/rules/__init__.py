"""Due dates: calendars, terms, the arithmetic of working time, and its explanation."""
