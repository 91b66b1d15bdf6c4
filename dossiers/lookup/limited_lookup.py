"""Rate-limited lookup, used wherever a code and perhaps a key are typed: pages, API and chats.

Guessing and copying a register get expensive; an owner pays for neither. Without a key, misses and hits are
limited per network; with one, wrong keys are, per code and network. So guessing shuts no owner out who types the key
elsewhere. Where many lookups fail in a province, a right code still answers. A limit is called `guess:<kind>[:…]`. What is
charged is taken before the lookup and given back when it was not due, so a hundred tries at once are no more than one by one.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from django.utils.translation import gettext as _

from dossiers.lifecycle.rules import codes
from dossiers.lifecycle.rules.codes import CodeError
from dossiers.lookup import lookup
from tenants.isolation.context import current_province
from tenants.text import BadCell, as_text
from tenants.web import telemetry
from tenants.web.budgets import DAY, BudgetSpent
from tenants.web.rate_limits import WINDOW_SECONDS, block, find_used_up, give_back, lacking, origin, site

# Wrong keys for one code: so many from one network; after so many from anywhere, each network has two.
PER_CODE_HERE, PER_CODE, PER_CODE_AMONG_MANY = 10, 20, 2
PER_ADDRESS = 60
PER_PROVINCE = 200
# Once so many fail together in a province, a network may fail so often: an honest slip may be mended.
PER_ADDRESS_AMONG_MANY = 5
# At so many failures all who type no key wait, at so many wrong keys the others too. So one site, however many networks
# it has, gets a twentieth of it: see `budgets.site`.
MOST_PER_PROVINCE = 2000
PER_SITE = MOST_PER_PROVINCE // 20
# Dossiers that a network, or a reader in a chat, may see by their codes alone. The same one again is not counted.
HITS, HITS_A_DAY = 100, 600
PROVINCE = "guess:province"
# Wrong codes are cheap to have: they must not use up what owners with their keys have.
_WITH_KEY = f"{PROVINCE}:key"
ONLY_COUNTED = 10**9
LONGEST_CODE = 120
_NARROWED = ("guess:network:", "guess:key-network:")


@dataclass(frozen=True)
class Guesser:
    """The source of tries, with the widest network that one customer has, or all chats; its limits as (name, size), some
    shared with others; and the typed code."""

    source: str
    here: str
    without_key: tuple[tuple[str, int], ...]
    with_key: tuple[tuple[str, int], ...]
    code: str
    narrows: bool = False
    """Whether few failures are left to it, each answered by a refusal, while many fail in the province."""

    @classmethod
    def at(cls, request_address: str, typed_code: str) -> "Guesser":
        """The guesser behind a request. Spellings of one code share one budget."""
        network, wide = block(request_address), site(request_address)

        def limits(kind: str) -> tuple[tuple[str, int], ...]:
            of_site = ((f"guess:{kind}site:{wide}", PER_SITE),) if wide else ()
            return (f"guess:{kind}network:{network}", PER_ADDRESS), *of_site

        return cls(
            f"network:{network}",
            origin(request_address),
            (*limits(""), (PROVINCE, MOST_PER_PROVINCE)),
            (*limits("key-"), (PROVINCE, ONLY_COUNTED), (_WITH_KEY, MOST_PER_PROVINCE)),
            _spelled(typed_code),
            narrows=True,
        )

    @classmethod
    def sharing(cls, source: str, limits: Mapping[str, int], typed_code: str) -> "Guesser":
        """A reader in a chat, who is known by these budgets of failures alone."""
        both = tuple(limits.items())
        return cls(source, "chat", both, both, _spelled(typed_code))

    def of_code(self) -> str:
        """The counter of wrong keys for this code from anywhere. It refuses nobody, but narrows."""
        return f"guess:code:{_digest(self.code)}"

    def code_limits(self, spent: Collection[str]) -> dict[str, int]:
        """The limits of wrong keys for this code, where those in `spent` are used up."""
        most = PER_CODE_AMONG_MANY if self.of_code() in spent else PER_CODE_HERE
        return {f"{self.of_code()}:{self.here}": most, self.of_code(): ONLY_COUNTED}

    def hits(self) -> tuple[dict[str, int], dict[str, int]]:
        """The limits of dossiers seen by their codes alone: in the window, and in a day."""
        return {f"guess:hits:{self.source}": HITS}, {f"guess:hits-day:{self.source}": HITS_A_DAY}

    def seen(self) -> str:
        """The counter that marks this code as answered without a key."""
        return f"guess:seen:{self.source}:{_digest(self.code)}"


@dataclass(frozen=True)
class Try:
    """A try that was charged for every way it may end. Say which it was, once."""

    failures: tuple[str, ...]
    hits: tuple[str, ...]
    seen: str
    among_many: bool
    """Whether so many fail in this province just now that a failure is answered like a refused try."""

    def failed(self) -> None:
        """An unreadable or unknown code, a wrong key, a complaint without its key."""
        give_back(self.hits)
        if self.among_many:
            _count_refusal("province")

    def found(self) -> None:
        """A dossier was shown by its code alone."""
        give_back(self.failures, charging=[self.seen] if self.hits else [])

    def free(self) -> None:
        """The key was right, or nothing was looked up."""
        give_back((*self.failures, *self.hits))


def begin(guesser: Guesser, *, with_key: bool) -> Try:
    """Charge a try before anything is looked up. Raises BudgetSpent, and then nothing is charged."""
    asked = {guesser.of_code(): PER_CODE} if with_key else {guesser.seen(): 1}
    if guesser.narrows:
        asked[PROVINCE] = PER_PROVINCE
    spent = find_used_up(asked)
    among_many = PROVINCE in spent
    failures = dict(guesser.with_key if with_key else guesser.without_key)
    if with_key:
        failures |= guesser.code_limits(spent)
    if among_many:
        failures = {
            name: min(size, PER_ADDRESS_AMONG_MANY) if name.startswith(_NARROWED) else size
            for name, size in failures.items()
        }
    repeated = with_key or guesser.seen() in spent
    window, day = ({}, {}) if repeated else guesser.hits()
    if refused := lacking(failures | window | day, lives=dict.fromkeys(day, DAY)):
        soon = [name for name in refused if name not in day]
        for name in soon or refused:
            _count_refusal(name.split(":")[1])
        raise BudgetSpent("", "", WINDOW_SECONDS if soon else DAY)
    return Try(tuple(failures), (*window, *day), guesser.seen(), among_many)


def key_is_locked(guesser: Guesser) -> bool:
    """True when too many wrong keys were tried here for this code: no key is compared for a while.

    The code alone still answers, so that guessing cannot shut the owner out.
    """
    limits = guesser.code_limits(find_used_up({guesser.of_code(): PER_CODE}))
    return bool(find_used_up(limits))


def _count_refusal(kind: str) -> None:
    telemetry.lookup_refused(current_province().slug, kind)


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()[:20]


def _spelled(typed_code: str) -> str:
    """The code as every look-up reads it, be it one of ours or of an old system."""
    text = typed_code[:LONGEST_CODE]
    if found := codes.read(text):
        return found.text
    with suppress(BadCell):
        text = as_text(text)
    return text


@dataclass(frozen=True)
class TooManyTries:
    """A budget is used up; trying again makes sense after so many seconds.

    `key_helps`: who types the right key is not refused. `sentence` says so where others failed, not this guesser.
    """

    retry_after: int
    key_helps: bool = False
    sentence: str = ""


def _among_many() -> TooManyTries:
    sentence = _(
        "Hiện rất nhiều nơi nhập sai mã hồ sơ, nên mã không khớp chưa được trả lời. Xin ông/bà xem lại hai mã in trên giấy hẹn: gõ đúng thì vẫn xem được ngay; mã QR trên giấy hẹn và liên kết trong tin báo vẫn mở bình thường."
    )
    return TooManyTries(WINDOW_SECONDS, key_helps=True, sentence=sentence)


def ask(address: str, typed_code: str, typed_key: str = "") -> lookup.Answer | TooManyTries:
    """The answer of `lookup.by_code` for a network address, unless its limits are used up.

    An unreadable code, an unknown one, a wrong key and a complaint without its key are failures. Raises
    CodeError for what is no code, which is counted too: codes of older systems have every form, so a guess
    at one may look like a slip of the finger.
    """
    return ask_as(Guesser.at(address, typed_code), typed_code, typed_key)


def ask_as(guesser: Guesser, typed_code: str, typed_key: str = "") -> lookup.Answer | TooManyTries:
    """The same for a guesser without a network address."""
    with_key = bool(typed_key.strip())
    try:
        tried = begin(guesser, with_key=with_key)
    except BudgetSpent as spent:
        return TooManyTries(spent.retry_after, key_helps=not with_key)
    try:
        answer = lookup.by_code(typed_code, typed_key)
    except CodeError:
        tried.failed()
        raise
    except BaseException:
        tried.free()
        raise
    if isinstance(answer, lookup.NotFound) or (isinstance(answer, lookup.Progress) and answer.wrong_key):
        tried.failed()
        return _among_many() if tried.among_many else answer
    if isinstance(answer, lookup.Progress):
        tried.found()
    else:
        tried.free()
    return answer
