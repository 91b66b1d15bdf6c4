"""Rules of codes and of people, without Django."""
