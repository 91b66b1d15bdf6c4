"""The sub-commands of `manage.py province`: each file is one, named after it, or lists several in `COMMANDS`.

A sub-command begins with its help text and has two functions: `add_arguments(parser)` takes what follows
`province <name>`, `run(terminal, …)` gets those arguments by name.
"""


def listed(text: str) -> tuple[str, ...]:
    """The words of an option like `--only agencies,staff`."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
