"""What `manage.py province …` can be asked for: each file of this package is one act, named after it.

A file begins with what the act is for, shown as its help, and has two functions: `add_arguments(parser)` takes
what follows `province <act>`, `run(terminal, …)` gets those arguments by name. A new file is a new act.
"""


def listed(text: str) -> tuple[str, ...]:
    """The words of an option like `--only agencies,staff`."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
