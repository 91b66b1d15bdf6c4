"""`make demo`: everything on one machine, with invented data, stopped as cleanly as it was started."""
