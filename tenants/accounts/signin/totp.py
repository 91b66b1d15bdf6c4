"""The second factor: six digits that change every half minute (RFC 6238), and codes for the day it is lost."""

import base64
import secrets
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction

from tenants import clock
from tenants.accounts.models import RecoveryCode, SecondFactor, User
from tenants.isolation import crypto

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
# A telephone's clock may be a step off; what is older was read over a shoulder.
STEPS = (0, -1, 1)
RECOVERY_CODES = 10
RECOVERY_LENGTH = 16
# No letter or digit that looks like another; 16 of 20 are 69 bits.
RECOVERY_ALPHABET = "BCGHKLMNPQTV23456789"


def new_secret() -> str:
    """A secret for a telephone, as people type it where a camera cannot read the picture."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def otpauth_uri(secret: str, *, account: str, issuer: str) -> str:
    """The content of the QR code for the telephone's application."""
    # Applications decode %20 everywhere, a plus sign not.
    return (
        f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={secret}&issuer={quote(issuer)}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    )


def has_factor(user: User) -> bool:
    return SecondFactor.objects.filter(user=user).exists()


@transaction.atomic
def enrol(user: User, secret: str, code: str) -> list[str] | None:
    """Make the telephone with this secret the account's second factor, if its code proves that it is there.

    Answers the recovery codes, which are shown once and kept as digests only; None for a wrong code, or when
    the account has a second factor already.
    """
    step = _step_of(secret, code)
    if step is None:
        return None
    _row, made = SecondFactor.objects.get_or_create(
        user=user, defaults={"secret": crypto.encrypt_here(secret), "last_step": step}
    )
    return renew_recovery_codes(user) if made else None


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """New recovery codes instead of all former ones. Shown to their owner now or never."""
    codes = [
        "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    user.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=crypto.token_digest(code)) for code in codes
    )
    return ["-".join(code[i : i + 4] for i in range(0, RECOVERY_LENGTH, 4)) for code in codes]


def verify(user: User, typed: str) -> str:
    """Use up this code, if it is one: "app" for the telephone's, "recovery" for a recovery code, else "".

    A code counts once, also when two requests bring it at the same moment.
    """
    code = "".join(character for character in typed.upper() if character.isalnum())
    if len(code) == DIGITS and code.isascii() and code.isdigit():
        factor = SecondFactor.objects.filter(user=user).first()
        step = _step_of(crypto.decrypt_here(factor.secret), code) if factor else None
        if step is None:
            return ""
        # Compared and set in one statement: the second of two finds it used.
        fresh = SecondFactor.objects.filter(user=user, last_step__lt=step).update(last_step=step)
        return "app" if fresh else ""
    if len(code) == RECOVERY_LENGTH:
        used, _rows = RecoveryCode.objects.filter(user=user, digest=crypto.token_digest(code)).delete()
        return "recovery" if used else ""
    return ""


@transaction.atomic
def remove(user: User) -> bool:
    """Take the second factor and its recovery codes from the account; whether it had one."""
    user.recovery_codes.all().delete()
    gone, _rows = SecondFactor.objects.filter(user=user).delete()
    return bool(gone)


def _step_of(secret: str, code: str) -> int | None:
    """The half minute near the present one to which the code belongs."""
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    machine = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 – as the standard has it
    present = int(clock.now().timestamp()) // STEP_SECONDS
    for step in (present + away for away in STEPS):
        try:
            machine.verify(code.encode(), step * STEP_SECONDS)
        except InvalidToken:
            continue
        return step
    return None
