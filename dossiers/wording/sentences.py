"""Moments, amounts and a clerk's words as they stand in a Vietnamese sentence."""

from datetime import datetime

from tenants import clock


def moment(at: datetime) -> str:
    """16:30, 08/12/2026 in Vietnamese time."""
    return f"{at.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}"


def dong(amount: int) -> str:
    """1.250.000 đồng"""
    return f"{amount:,} đồng".replace(",", ".")


def sentence(text: str) -> str:
    """The clerk's words as a closed sentence."""
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else f"{text}."
