"""What somebody is told by: what they chose, and where they chose nothing what the host's contact preference says."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from ..actors import Person
from ..models import Preference
from ..notifications import CHANNELS, refused_channels
from ..settings import state
from .choices import BIND


def told_by(person: Person) -> Mapping[str, bool]:
    """Each channel with whether it carries anything to them now."""
    chosen = select(Preference.channel, Preference.wanted).where(Preference.host_id == person.id)
    rows = state().db.session.execute(chosen, bind_arguments=BIND)
    refused = refused_channels(person.contact, {channel: wanted for channel, wanted in rows})
    return {channel: channel not in refused for channel in CHANNELS}
