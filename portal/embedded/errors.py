"""What can go wrong with the embedded services, said so that the reader knows what to do."""


class EmbeddedError(RuntimeError):
    """The embedded services cannot be started or stopped; the message is for people, in Vietnamese."""


class EmbeddedUnavailable(EmbeddedError):
    """This machine has no embedded service at all; the message names the variables to set instead."""

    def __init__(self, service: str, cause: str = "") -> None:
        why = f" ({cause})" if cause else ""
        super().__init__(
            f"Máy này không có {service} nhúng{why}. Hãy dùng PostgreSQL 18 và Valkey có sẵn: "
            "đặt DATABASE_URL, DATABASE_OWNER_URL và REDIS_URL rồi chạy lại."
        )
