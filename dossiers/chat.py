"""What people type into the chat of the province's account: each kind of text that the dossiers' room takes."""

from django.db import transaction

from dossiers import budget, chat_words, linking, services
from messaging import chat

# Failures within a quarter of an hour. Twenty letters in six places are 64 million codes, of which a few wait.
PER_READER = 5
PER_ACCOUNT = 200
PER_PROVINCE = 300


def register() -> None:
    """Called once, when Django is ready."""
    chat.register(link_code)


def link_code(heard: chat.Heard) -> bool:
    """A link code ties who typed it to the dossier. It was made for a machine: also while a person answers.

    Who guesses too often is told so once, and then nothing for a while.
    """
    code = linking.read(heard.text)
    if code is None:
        return False
    limits = {
        f"link:reader:{heard.follower_id}": PER_READER,
        f"link:account:{heard.channel}:{heard.account}": PER_ACCOUNT,
        "link:province": PER_PROVINCE,
    }
    if budget.used_up(limits):
        told = {f"link:told:{heard.follower_id}": 1}
        if not budget.used_up(told):
            budget.charge(told)
            _say(heard, chat_words.too_many())
    elif not services.link_reader(code, heard):
        budget.charge(limits)
        _say(heard, chat_words.wrong())
    return True


def _say(heard: chat.Heard, text: str) -> None:
    with transaction.atomic(durable=True):
        chat.answer(heard, text)
