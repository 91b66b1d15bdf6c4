"""What comes back: callbacks, delivery receipts, texts of readers, the chat, and one person's data."""
