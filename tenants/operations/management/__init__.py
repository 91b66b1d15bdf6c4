"""Commands of operators, and the questions to operators that they share."""
