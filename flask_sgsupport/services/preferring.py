"""What people wish to be told by."""

from __future__ import annotations

from collections.abc import Mapping

from ..actors import Actor
from ..errors import InvalidInput, NotAllowed
from ..i18n import gettext as _
from ..models import Preference
from ..notifications import CHANNELS
from .inserting import insert_or_change
from .transaction import run
from .unit import Unit


def set_preference(actor: Actor, channel: str, *, wanted: bool) -> None:
    """Switch a channel, ``bell`` or ``email``, on or off for the person who asks.

    :raises InvalidInput: there is no such channel.
    :raises NotAllowed: while somebody else acts for them.
    """
    set_preferences(actor, {channel: wanted})


def set_preferences(actor: Actor, wishes: Mapping[str, bool]) -> None:
    """Switch channels on or off for the person who asks; of those left out, what was so stays.

    From then on their own wish counts, whatever contact preference the host knows.

    :raises InvalidInput: there is no such channel.
    :raises NotAllowed: while somebody else acts for them.
    """
    person = actor.person
    if not wishes.keys() <= set(CHANNELS):
        raise InvalidInput({"channel": _("There is no such channel.")})
    if person is None:
        raise NotAllowed(_("Only a person has preferences."))
    if person.acting is not None:
        raise NotAllowed(_("Only %(name)s can choose this.", name=person.display_name))
    rows = [{"host_id": person.id, "channel": channel, "wanted": wanted} for channel, wanted in wishes.items()]

    def write(unit: Unit) -> None:
        insert_or_change(
            unit.session,
            Preference,
            rows,
            change=lambda new: [("wanted", new.wanted)],
            returning=[Preference.wanted],
        )

    if rows:
        run(actor, write)
