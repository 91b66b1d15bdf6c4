"""A provider of identities (OpenID Connect) as the settings of the installation declare it. No Django here."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from tenants.validation import PlainText, Schema, fault, gettext_noop, read, shaped


def _sendable(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text or not text.isascii() or not text.isprintable():
        raise fault(gettext_noop("client_secret bị trống hoặc có ký tự không gửi được."))
    return secret


class OpenIdProvider(Schema):
    """Where staff of one province, or operators, may prove an identity instead of a password."""

    model_config = ConfigDict(frozen=True)

    issuer: Annotated[
        str, shaped(r"https?://[\x21-\x7e]{1,240}", gettext_noop("“%(value)s” không phải địa chỉ https."))
    ]
    """Compared letter by letter with what the provider says of itself."""
    client_id: Annotated[str, shaped(r"[\x21-\x7e]{1,200}", gettext_noop("“%(value)s” không đúng dạng."))]
    client_secret: Annotated[SecretStr, AfterValidator(_sendable)]
    label: Annotated[PlainText, Field(max_length=60)]
    """The name on the button."""
    second_factor: frozenset[str] = frozenset()
    """Values of `acr` or `amr` that stand for our second factor; empty: it is always asked for here."""


def read_providers(value: Any) -> Any:
    """Providers by the name of the schema, from JSON; anything but a text stays. Raises a fault without any secret."""
    if not isinstance(value, str):
        return value
    try:
        declared = json.loads(value)
    except (ValueError, RecursionError):
        declared = None
    if not isinstance(declared, dict):
        raise fault(gettext_noop('không phải JSON có dạng {"tỉnh": {…}}.'))
    found = {name: read(OpenIdProvider, one) for name, one in declared.items()}
    if faults := [str(one.below((name,))) for name, (_provider, wrong) in found.items() for one in wrong]:
        raise fault("%(faults)s", faults=" ".join(faults))
    return {name: provider for name, (provider, _wrong) in found.items()}
