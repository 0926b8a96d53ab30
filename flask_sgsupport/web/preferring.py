"""The page on which people choose how they are told, as panel and inbox share it; mails lead to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from ..actors import Actor, Side
from ..i18n import gettext as _
from ..i18n import lazy_gettext
from ..notifications import BELL, CHANNELS, EMAIL, WISHES, Topic, topics_of, wish
from ..queries.preferences import told_by
from ..services.preferring import set_preferences
from .asking import person
from .saying import say

LABELS = {
    Topic.ANSWERS: lazy_gettext("Support answers"),
    Topic.STATUS: lazy_gettext("A ticket is solved, closed or open again"),
    Topic.RECEIPTS: lazy_gettext("A ticket has arrived, was split, or goes on as another"),
    Topic.QUEUE: lazy_gettext("Something waits in your queues and nobody has taken it"),
    Topic.ASSIGNMENTS: lazy_gettext("A ticket is given to you, or taken from you"),
    Topic.CUSTOMER: lazy_gettext("The customer of a ticket of yours writes, confirms or rates, or it is reopened"),
    Topic.MENTIONS: lazy_gettext("A colleague mentions you, or has you follow a ticket"),
    Topic.NOTES: lazy_gettext("A colleague leaves a note on a ticket of yours"),
    Topic.CHANGES: lazy_gettext("A ticket of yours changes without you: its status, a merge, the end of a snooze"),
    Topic.TARGETS: lazy_gettext("A target is nearly over, or over"),
}
"""“Yours” are those one follows, too."""


def choices(side: Side) -> dict[str, Any]:
    """What the page shows: of each topic its label, and by channel the key of the wish, where it carries any of it."""
    who = person()
    topics = [
        (topic, LABELS[topic], {channel: wish(channel, topic) for channel in channels})
        for topic, channels in topics_of(side).items()
    ]
    return {"told": told_by(who), "address": who.email or "", "topics": topics}


def save(actor: Actor) -> None:
    """Write what was changed on the page as it was shown, and say how they are told from now on.

    :raises NotAllowed: while somebody else acts for them.
    """
    before = told_by(person())
    shown = {key: request.form.get(f"shown-{key}") for key in WISHES}
    wishes = {key: key in request.form for key, was in shown.items() if was is not None}
    changed = {key: wanted for key, wanted in wishes.items() if wanted is not (shown[key] == "1")}
    set_preferences(actor, changed)
    wishes = {**before, **changed}
    told = {channel: wishes[channel] and _anything(channel, wishes, actor.side) for channel in CHANNELS}
    say(_words(told, actor.side), "success" if told[BELL] or told[EMAIL] else "warning")


def _anything(channel: str, wishes: Mapping[str, bool], side: Side) -> bool:
    """Whether a topic is left that the channel carries."""
    return any(wishes[wish(channel, topic)] for topic, channels in topics_of(side).items() if channel in channels)


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
