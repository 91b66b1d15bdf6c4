"""Labels of recorded actions. Rooms above are named as settings name them: nothing of them is imported."""

from pathlib import Path

from tenants.text import read_labels

FILE = Path(__file__).with_name("labels.csv")
WORDS = read_labels(FILE)


def words(action: str) -> str:
    """The act in words; its code where it has none."""
    return str(WORDS.get(action, action))
