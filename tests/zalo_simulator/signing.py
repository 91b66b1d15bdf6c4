"""The four formulas: webhook MAC, PKCE challenge, proof of the App's secret, hash of a telephone number."""

import base64
import hashlib
import hmac

SIGNATURE_HEADER = "X-ZEvent-Signature"


def webhook_mac(first_term: str, body: bytes, timestamp: str, key: str) -> str:
    """A plain SHA-256 over the four terms one after the other; Zalo uses no HMAC here."""
    return hashlib.sha256(first_term.encode() + body + timestamp.encode() + key.encode()).hexdigest()


def challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def secret_proof(secret: str, token: str) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def phone_hash(phone: str) -> str:
    """`phone` as 84…"""
    return hashlib.sha256(phone.encode()).hexdigest()
