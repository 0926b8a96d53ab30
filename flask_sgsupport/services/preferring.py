"""What people wish to be told by."""

from __future__ import annotations

from ..actors import Actor
from ..errors import InvalidInput, NotAllowed
from ..i18n import gettext as _
from ..models import Preference
from ..notifications import BELL, EMAIL
from .inserting import insert_or_change
from .transaction import run
from .unit import Unit


def set_preference(actor: Actor, channel: str, *, wanted: bool) -> None:
    """Switch a channel, ``bell`` or ``email``, on or off for the person who asks.

    :raises InvalidInput: there is no such channel.
    """
    if channel not in {BELL, EMAIL}:
        raise InvalidInput({"channel": _("There is no such channel.")})

    def write(unit: Unit) -> None:
        if actor.person is None:
            raise NotAllowed(_("Only a person has preferences."))
        insert_or_change(
            unit.session,
            Preference,
            [{"host_id": actor.person.id, "channel": channel, "wanted": wanted}],
            change=lambda new: [("wanted", new.wanted)],
            returning=[Preference.wanted],
        )

    run(actor, write)
