"""Talks to the provider of these tests over HTTP, as a real channel would."""

import http.client
import json
from datetime import timedelta
from typing import Any

from messaging.channels.base import (
    Account,
    Capabilities,
    Channel,
    Finding,
    Granted,
    GrantLater,
    GrantLost,
    GrantUnclear,
    Health,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Question,
    Reason,
    Renewal,
)


class GrantorChannel(Channel):
    code = "scripted"
    name = "Kênh cấp quyền thử"
    capabilities = Capabilities(can_be_asked=True, needs_grant=True)
    timeout = timedelta(seconds=20)

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        told = {"access": account.credentials.get("access"), "tracking_id": str(message.tracking_id)}
        answer = self._call(account, "/send", told)
        if answer is None:
            return Outcome(OutcomeKind.UNKNOWN, "cut")
        return self.classify(answer)

    def classify(self, answer: dict[str, Any]) -> Outcome:
        if answer["error"] == 0:
            return Outcome(OutcomeKind.DELIVERED)
        return Outcome(OutcomeKind.TEMPORARY, str(answer["error"]), "Khóa hết hạn.", reason=Reason.STALE)

    def refresh_credentials(self, account: Account) -> Renewal:
        try:
            answer = self._call(account, "/refresh", {"refresh": account.credentials["refresh"]})
        except ConnectionRefusedError:
            return GrantLater("refused")
        if answer is None:
            return GrantUnclear("cut")
        if answer["error"]:
            return GrantLost(str(answer["error"]), "Kênh không nhận mã gia hạn.")
        return Granted({"access": answer["access"], "refresh": answer["refresh"]}, timedelta(hours=25))

    def reconcile_unknown(self, account: Account, question: Question) -> Finding:
        answer = self._call(account, "/known", {"tracking_id": str(question.tracking_id)})
        if answer is None:
            return Finding.LATER
        return Finding.DELIVERED if answer["known"] else Finding.ABSENT

    def health(self, account: Account) -> Health:
        return Health(True)

    def _call(self, account: Account, path: str, content: dict[str, Any]) -> dict[str, Any] | None:
        """None when it was cut off after the request had left."""
        connection = http.client.HTTPConnection("127.0.0.1", account.config["port"], timeout=15)
        try:
            connection.connect()
            try:
                connection.request("POST", path, json.dumps(content))
                found: dict[str, Any] = json.loads(connection.getresponse().read())
            except (OSError, http.client.HTTPException, ValueError):
                return None
            return found
        finally:
            connection.close()
