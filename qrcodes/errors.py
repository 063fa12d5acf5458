"""All that the reading and sealing of QR codes can decline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import Conflict, Refusal

if TYPE_CHECKING:
    from qrcodes.tokens import Token


class TokenInvalid(Refusal):
    """No code of ours: the one answer for everything forged, torn, foreign or misread.

    `reason` is a short word for the metrics. It is never shown, because a forger who
    learns which check failed learns how to pass the next one.
    """

    status = 400
    code = "token_invalid"
    title = "Not a valid QR code"
    remedy = "Have a new code made for the ticket, and scan that."

    def __init__(self, reason: str) -> None:
        super().__init__("This is not a valid QR code. Ask for a new one.")
        self.reason = reason


class WrongTokenType(Refusal):
    """Genuine, but made for another use: a link to look at never opens a gate."""

    status = 400
    code = "wrong_token_type"
    title = "QR code for another use"
    remedy = "Scan the ticket's own code, or one made with qr_type encrypted."

    def __init__(self, token: Token) -> None:
        super().__init__("This QR code serves another purpose. Show the one made for this use.")
        self.token = token


class TokenExpired(Conflict):
    """Genuine, but its time is over.

    `token` tells whose it was.
    """

    code = "token_expired"
    title = "QR code expired"
    remedy = "Have a new code made for the same ticket."

    def __init__(self, token: Token) -> None:
        super().__init__("This QR code has expired. Make a new one for the same ticket.")
        self.token = token


class QrSuperseded(Conflict):
    """Genuine, but the ticket has been reissued since, which ends every earlier code."""

    code = "superseded_qr"
    title = "QR code replaced"
    remedy = "Scan the newest code of the ticket."

    def __init__(self) -> None:
        super().__init__("This ticket was reissued. Use its newest QR code.")


class QrNotConfigured(Refusal):
    """There is no usable key to seal or read with; only an operator can help."""

    status = 500
    code = "qr_not_configured"
    title = "QR codes are not configured"
    remedy = "Tell us the request id; nothing in the request can change it."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or "The QR keys are missing or faulty. Tell the operators.")


class QrKeyGone(QrNotConfigured):
    """The key this ticket's QR was made with has been destroyed; others still work."""

    def __init__(self, kid: int) -> None:
        super().__init__("The key of this ticket's QR code no longer exists. Reissue the ticket.")
        self.kid = kid
