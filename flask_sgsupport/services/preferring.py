"""What people wish to be told by."""

from __future__ import annotations

from collections.abc import Mapping

from ..actors import Actor
from ..errors import InvalidInput, NotAllowed
from ..i18n import gettext as _
from ..models import Preference
from ..notifications import CHANNELS, WISHES, wish
from .inserting import insert_or_change
from .transaction import run
from .unit import Unit


def set_preference(actor: Actor, channel: str, *, wanted: bool, topic: str | None = None) -> None:
    """Switch a channel, ``bell`` or ``email``, on or off for the person who asks; or one `Topic` within it.

    :raises InvalidInput: there is no such channel, or nothing of such a topic goes through it.
    :raises NotAllowed: while somebody else acts for them.
    """
    set_preferences(actor, {wish(channel, topic): wanted})


def set_preferences(actor: Actor, wishes: Mapping[str, bool]) -> None:
    """Switch channels, or topics within them, on or off for the person who asks; what is left out stays as it was.

    From then on their own wish for a channel counts, whatever contact preference the host knows.

    :param wishes: by their keys, see `wish`.
    :raises InvalidInput: there is no such channel, or nothing of such a topic goes through it.
    :raises NotAllowed: while somebody else acts for them.
    """
    person = actor.person
    for key in wishes.keys() - WISHES:
        channel, __, topic = key.partition("/")
        if channel in CHANNELS:
            raise InvalidInput({"topic": _("Nothing of “%(topic)s” is told through this channel.", topic=topic)})
        raise InvalidInput({"channel": _("There is no such channel.")})
    if person is None:
        raise NotAllowed(_("Only a person has preferences."))
    if person.acting is not None:
        raise NotAllowed(_("Only %(name)s can choose this.", name=person.display_name))
    rows = [{"host_id": person.id, "channel": key, "wanted": wanted} for key, wanted in sorted(wishes.items())]

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
