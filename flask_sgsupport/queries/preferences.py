"""What somebody is told by: what they chose, and where they chose nothing what the host's contact preference says."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from ..actors import Person
from ..models import Preference
from ..notifications import WISHES, refused_by
from ..settings import state
from .choices import BIND


def told_by(person: Person) -> Mapping[str, bool]:
    """Each channel, and each topic within one, with whether they are told by it now; by their keys, see `wish`."""
    chosen = select(Preference.channel, Preference.wanted).where(Preference.host_id == person.id)
    rows = state().db.session.execute(chosen, bind_arguments=BIND)
    refused = refused_by(person.contact, {key: wanted for key, wanted in rows})
    return {key: key not in refused for key in WISHES}
