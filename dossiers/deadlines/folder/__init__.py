"""The calendar and the days off in a province's folder."""
