"""What people wish to be told by."""

from __future__ import annotations

from sqlalchemy import update

from ..actors import Actor
from ..errors import InvalidInput, NotAllowed
from ..i18n import gettext as _
from ..models import Preference
from ..notifications import BELL, EMAIL
from .inserting import insert_missing
from .transaction import BIND, Unit, run


def set_preference(actor: Actor, channel: str, *, wanted: bool) -> None:
    """Switch a channel, ``bell`` or ``email``, on or off for the person who asks.

    :raises InvalidInput: there is no such channel.
    """
    if channel not in {BELL, EMAIL}:
        raise InvalidInput({"channel": _("There is no such channel.")})

    def write(unit: Unit) -> None:
        if actor.person is None:
            raise NotAllowed(_("Only a person has preferences."))
        row = {"host_id": actor.person.id, "channel": channel}
        insert_missing(unit.session, Preference, [row | {"wanted": wanted}])
        chosen = update(Preference).where(Preference.host_id == actor.person.id, Preference.channel == channel)
        unit.session.execute(
            chosen.values(wanted=wanted), execution_options={"synchronize_session": False}, bind_arguments=BIND
        )

    run(actor, write)
