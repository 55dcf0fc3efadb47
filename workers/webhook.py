"""Tells of alerts by posting them to an address: whoever listens there passes them on to people.

The body is signed with a shared secret, together with the time of sending, so that nobody else can
raise an alarm and an old one cannot be sent again. docs/alerts.md says how to check that.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import msgspec

from domain.alert import NOT_TAKEN, Way
from domain.clock import Clock
from domain.identity import Id, derived_id
from domain.journal.posting import Unreachable, post
from workers.notice import Notice

SIGNATURE = "Shilu-Signature"
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True)
class Webhook:
    """An address that is told; neither it nor the secret is ever shown."""

    url: str = field(repr=False)
    secret: bytes = field(repr=False)
    clock: Clock

    @property
    def way(self) -> Way:
        """See `Notifier`."""
        return "webhook"

    @property
    def recipient(self) -> Id:
        """Whoever listens there: who that is, is not known here."""
        return derived_id("system", "webhook")

    def tell(self, notice: Notice) -> None:
        """See `Notifier`."""
        body = _encode(notice)
        moment = int(self.clock.now().timestamp())
        headers = {SIGNATURE: f"t={moment},v1={signature(self.secret, moment, body)}"}
        try:
            answer = post(self.url, body, "application/json", headers)
        except Unreachable as error:
            raise NOT_TAKEN("webhook", why=error.why) from None
        if not 200 <= answer.status < 300:
            raise NOT_TAKEN("webhook", why=str(answer.status))


def signature(secret: bytes, moment: int, body: bytes) -> str:
    """Return the HMAC-SHA-256, in hex, of the time of sending, a full stop, and the body."""
    return hmac.new(secret, b"%d.%b" % (moment, body), "sha256").hexdigest()
