"""One act on several tickets of a list, with a result for each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import redirect
from flask_admin import expose

from ..actors import Actor
from ..errors import InvalidInput
from ..queries.inbox import by_numbers
from ..queries.macros import uses_on
from ..queries.saved_views import saved_view
from ..queries.views import Filters
from ..services.in_bulk import act_on_each
from ..web.asking import agent_asking, form_token, new_form, typed
from ..web.guard import refused
from .selected import Bulk, boxes, chosen, remember, shown, wanted
from .way_back import came_from


class BulkActs:
    """Acts on the selected tickets of a list; part of `InboxView`."""

    @expose("/bulk", methods=("POST",))
    def bulk(self: Any) -> Any:
        """Do it with each; where one is refused the list comes back and says why, and that one stays selected."""
        actor, picked, act = agent_asking(), chosen(), wanted()
        try:
            uses = (
                uses_on(actor, [one.ticket_id for one in picked], act.value) if act.act == "macro" and picked else None
            )
            results = act_on_each(actor, act, picked, form=form_token(), uses=uses)
        except InvalidInput as error:
            again = Bulk(
                selected=boxes(picked),
                chosen=typed("chosen"),
                tag=typed("tag"),
                problem=error.sentence,
                form=form_token() or new_form(),
            )
            return refused(self._list_again(actor, again), error)
        errors = [one.error for one in results if one.error is not None]
        if errors:
            left = by_numbers(actor, [one.ticket_id for one in results if one.error is not None])
            return refused(self._list_again(actor, shown(act, results, left)), errors[0])
        remember(act, [one.ticket_id for one in results])
        return redirect(self.list_url())

    def _list_again(self: Any, actor: Actor, bulk: Bulk) -> Any:
        """The list the form was sent from; a search is made again for it, and not counted."""
        filters = came_from() or Filters()
        saved = saved_view(actor, filters.saved) if filters.saved else None
        filters = saved.opened(filters) if saved else replace(filters, saved="")
        return self.show_list(actor, filters, saved, bulk)
