"""The view ``<prefix>_inbox``: lists, the ticket page with everything done on it, and opening on somebody's behalf."""

from __future__ import annotations

from .acting import TicketActs
from .frame import SupportView
from .lists import ListPages
from .on_behalf import OnBehalfPages
from .ticket import TicketPages


class InboxView(ListPages, TicketPages, TicketActs, OnBehalfPages, SupportView):
    """Where agents work."""
