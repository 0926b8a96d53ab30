"""Whether rules may give an agent tickets, said by themselves."""

from __future__ import annotations

from typing import Any

from flask import redirect
from flask_admin import expose

from ..i18n import gettext as _
from ..services.agents import say_available
from ..web.asking import agent_asking, typed
from ..web.saying import say


class AvailableActs:
    """Saying that one is there, or away; part of `InboxView`."""

    @expose("/available", methods=("POST",))
    def available(self: Any) -> Any:
        """Take tickets from rules from now on, or none."""
        here = bool(typed("available"))
        say_available(agent_asking(), available=here)
        say(_("Rules may give you tickets again.") if here else _("Rules give you no more tickets. Yours stay yours."))
        return redirect(self.url_to("inbox.index"))
