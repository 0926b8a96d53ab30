"""The view ``<prefix>_inbox``: lists, the ticket page with everything done on it, and opening on somebody's behalf."""

from __future__ import annotations

from typing import Any

from .acting import TicketActs
from .available import AvailableActs
from .bulk import BulkActs
from .cases import CasePages
from .drafting import DraftActs
from .frame import SupportView
from .host_buttons import HostButtonActs
from .linking import LinkActs
from .lists import ListPages
from .macros import MacroActs
from .merging import MergePages
from .narrowing import NarrowingPages
from .on_behalf import OnBehalfPages
from .palette import PalettePages
from .saved_views import SavedLists
from .splitting import SplitPages
from .stepping import StepPages
from .tags import TagPages
from .ticket import TicketPages
from .way_back import came_from, carried


class InboxView(
    ListPages,
    SavedLists,
    NarrowingPages,
    TicketPages,
    TicketActs,
    StepPages,
    DraftActs,
    MacroActs,
    MergePages,
    SplitPages,
    LinkActs,
    CasePages,
    HostButtonActs,
    AvailableActs,
    BulkActs,
    PalettePages,
    TagPages,
    OnBehalfPages,
    SupportView,
):
    """Where agents work."""

    def url_to(self, target: str, **values: Any) -> str:
        """The address of a page; those of a ticket carry on where the person came from."""
        return super().url_to(target, **(carried() | values if "ticket_id" in values else values))

    def list_url(self) -> str:
        """The list the person came from, or the first one."""
        filters = came_from()
        return self.url_to("inbox.index", **(filters.arguments(after=filters.after) if filters else {}))
