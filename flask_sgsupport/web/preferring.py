"""The page on which people choose how they are told, as panel and inbox share it; mails lead to it."""

from __future__ import annotations

from typing import Any

from flask import request

from ..actors import Actor, Side
from ..i18n import gettext as _
from ..notifications import BELL, CHANNELS, EMAIL
from ..queries.preferences import told_by
from ..services.preferring import set_preferences
from .asking import person
from .saying import say


def choices() -> dict[str, Any]:
    """What the page shows."""
    who = person()
    return {"told": told_by(who), "address": who.email or ""}


def save(actor: Actor) -> None:
    """Write what was changed on the page as it was shown, and say how they are told from now on.

    :raises NotAllowed: while somebody else acts for them.
    """
    before = told_by(person())
    shown = {channel: request.form.get(f"shown-{channel}") for channel in CHANNELS}
    wishes = {channel: channel in request.form for channel, was in shown.items() if was is not None}
    changed = {channel: wanted for channel, wanted in wishes.items() if wanted is not (shown[channel] == "1")}
    set_preferences(actor, changed)
    told = {**before, **changed}
    say(_words(told, actor.side), "success" if told[BELL] or told[EMAIL] else "warning")


def _words(told: dict[str, bool], side: Side) -> str:
    if told[BELL] and told[EMAIL]:
        return _("Saved. You are told in the app and by e-mail.")
    if told[EMAIL]:
        return _("Saved. You are told by e-mail only.")
    if told[BELL]:
        return _("Saved. You are told in the app only.")
    if side is Side.AGENT:
        return _("Saved. You are told of nothing now: look into the inbox from time to time.")
    return _("Saved. You are told of nothing now: look at your tickets from time to time.")
