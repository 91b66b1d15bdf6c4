"""Small vocabularies of old systems that mean the same everywhere: yes and no, kinds of people, channels."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from dossiers.models import Dossier, Party
from tenants.text import fold

_TICKS = {"✓", "✔", "☑"}
_YES = {"x", "co", "yes", "y", "true", "1", "dong y", "da dong y", "nhan"}
_NO = {"", "khong", "k", "no", "n", "false", "0", "khong dong y", "khong nhan"}
_PERSON = {"ca nhan", "cong dan", "nguoi dan", "person"}
_ORGANISATION = {"to chuc", "doanh nghiep", "co quan", "to chuc doanh nghiep", "organisation"}
# Numbers and names of the national exchange.
_CHANNELS = {
    "1": Dossier.Channel.COUNTER,
    "truc tiep": Dossier.Channel.COUNTER,
    "counter": Dossier.Channel.COUNTER,
    "2": Dossier.Channel.ONLINE,
    "truc tuyen": Dossier.Channel.ONLINE,
    "online": Dossier.Channel.ONLINE,
    "3": Dossier.Channel.POST,
    "qua buu chinh cong ich": Dossier.Channel.POST,
    "buu chinh cong ich": Dossier.Channel.POST,
    "post": Dossier.Channel.POST,
}


class WordUnclear(ValueError):
    """A word outside the vocabulary. The text is a reason."""


def is_yes(word: str) -> bool:
    """Whether a cell says yes; an empty one says no. Raises WordUnclear."""
    word, folded = word.strip(), fold(word)
    if folded in _YES or word in _TICKS:
        return True
    # Signs fold to nothing, and nothing says no: only a cell that is empty may.
    if folded in _NO and (folded or not word):
        return False
    raise WordUnclear(_("phải là “có” hoặc “không” (cũng nhận x, 1, 0, để trống)"))


def kind(word: str) -> str:
    """Person or organisation. Raises WordUnclear."""
    folded = fold(word)
    if folded in _PERSON:
        return str(Party.Kind.PERSON)
    if folded in _ORGANISATION:
        return str(Party.Kind.ORGANISATION)
    raise WordUnclear(_("phải là “cá nhân” hoặc “tổ chức”"))


def channel(word: str, own: Mapping[str, str]) -> str:
    """How the dossier came in; `own` are the mapping's words. Raises WordUnclear."""
    folded = fold(word)
    found = own.get(folded) or _CHANNELS.get(folded)
    if found is None:
        raise WordUnclear(_("không rõ hình thức nộp; hãy ghi trong mục “channels” của tệp ánh xạ"))
    return str(found)
