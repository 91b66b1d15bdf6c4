"""Forms of online filing as data: questions, conditions, the journey through them, and their exports."""
