"""What became of each notification, in words: who has it by which channel, or why not, and is there a way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..i18n import format_near
from ..i18n import gettext as _

FAILED = frozenset({"failed", "bounced"})


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery under its message.

    :param state: how it is drawn: ok, waiting or bad.
    :param again: it can be sent again.
    :param address_wrong: what failed is this recipient, so the way out is another address; where the sender's side or
        the server failed, the mail waits for another try and the address is right.
    :param order: lines of one message are shown in this order.
    """

    key: str
    channel: str
    state: str
    text: str
    address: str = ""
    again: bool = False
    address_wrong: bool = False
    order: tuple[str, int, str] = ("", 0, "")


def line_of(row: Any, now: datetime) -> DeliveryLine:
    """A delivery read as columns.

    :param row: ``a`` key, ``b`` channel, ``c`` state, ``d`` recipient, ``e`` address, ``f`` error, ``n`` attempts.
    """
    in_app = row.b == "bell"
    state, text = _in_app(row, now) if in_app else _mail(row, now)
    return DeliveryLine(
        key=row.a,
        channel=row.b,
        state=state,
        text=text,
        address=row.e or "",
        again=not in_app and (row.c in FAILED or (row.c == "queued" and row.n > 0)),
        address_wrong=not in_app and row.c in FAILED,
        order=(row.d or "", 0 if in_app else 1, row.a),
    )


def no_address() -> DeliveryLine:
    """Where no mail goes out because the ticket has no address."""
    return DeliveryLine(
        key="",
        channel="email",
        state="bad",
        text=_("No e-mail: there is no address on this ticket"),
        order=("~", 1, ""),
    )


def _in_app(row: Any, now: datetime) -> tuple[str, str]:
    if row.c == "cancelled":
        return "waiting", _("In-app notice taken back")
    if row.read_at is not None:
        return "ok", _("In-app, read %(when)s", when=format_near(row.read_at, now))
    return "waiting", _("In-app, not read yet")


def _mail(row: Any, now: datetime) -> tuple[str, str]:
    who, why = row.e or row.d, row.f
    when = format_near(row.at, now) if row.at else ""
    if row.c == "sent":
        return "ok", _("E-mail to %(who)s, sent %(when)s", who=who, when=when)
    if row.c == "failed":
        return "bad", _("E-mail to %(who)s refused: %(why)s", who=who, why=why)
    if row.c == "bounced":
        return "bad", _("E-mail to %(who)s came back: %(why)s", who=who, why=why)
    if row.c == "cancelled":
        return "waiting", _("E-mail to %(who)s not sent: %(why)s", who=who, why=why)
    if row.c == "queued" and row.n > 0:
        due, why = format_near(row.due_at, now), (why or "").rstrip(". ")
        return "bad", _("E-mail to %(who)s not sent yet: %(why)s. Next try %(when)s.", who=who, why=why, when=due)
    if row.c == "queued":
        return "waiting", _("E-mail to %(who)s waits to be sent", who=who)
    return "waiting", _("E-mail to %(who)s is being sent", who=who)
