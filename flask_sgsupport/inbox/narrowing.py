"""What a list is narrowed by beside its filters: a page of rows, which leads to the list and changes nothing."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, request
from flask_admin import expose

from ..conditions import FIELDS, GROUPS, ME, Conditions, group_of, lists_by, narrowing
from ..i18n import format_number
from ..i18n import gettext as _
from ..queries.macros import offerable
from ..queries.rules import names_in
from ..queries.saved_views import saved_view
from ..queries.search import SEARCH_WINDOW
from ..queries.views import Filters
from ..web.asking import agent_asking
from .conditions import Offered, as_rows, edited, group, offered, taken_apart, typed_rows
from .lists import in_words

OFFERS: Offered = {
    key: [one for one in offered(known) if one in listed]
    for key, known in FIELDS.items()
    if (listed := lists_by(known))
}
"""By what lists are narrowed here, and how."""


class NarrowingPages:
    """The page of conditions of a list; part of `InboxView`."""

    @expose("/narrow")
    def narrow(self: Any) -> Any:
        """Write conditions row by row; shown is the list they select."""
        actor = agent_asking()
        filters = Filters.of(request.args)
        saved = saved_view(actor, filters.saved) if filters.saved else None
        if saved is not None:
            filters = saved.opened(filters)
        wrong: dict[str, str] = {}
        values = typed_rows(request.args)
        if not edited(values, request.args) and "show" in request.args:
            apart = taken_apart(values)
            found = Conditions(*(group_of(name, apart[name], wrong) for name in GROUPS))
            text = found.as_text()
            try:
                narrowing(text)
            except ValueError as error:
                wrong.setdefault("all", str(error))
            if not wrong:
                return redirect(self.url_to("inbox.index", **filters.arguments(where=text)))
        elif not any(values.values()) and not {"add", "remove"} & request.args.keys():
            values = as_rows(_read(filters))
        choices = offerable()
        names = {**names_in(choices), ("assignee", ME): _("Me")}
        page = self.framed(actor).render(
            "sgsupport/inbox/narrow.html",
            sg_title=_("Conditions"),
            asked=filters.arguments(),
            misread="where" in filters.misread,
            back=self.url_to("inbox.index", **filters.arguments()),
            groups=[group(name, values[name], OFFERS, names, wrong) for name in GROUPS],
            errors=[(f"sg-{name}", said) for name, said in wrong.items()],
            listed=in_words(Filters.of(filters.arguments(where="")), choices),
            newest=format_number(SEARCH_WINDOW),
        )
        return make_response(page, 422) if wrong else page


def _read(filters: Filters) -> dict[str, Any]:
    """What stands in the address by now; nothing of it where it cannot be read."""
    found = narrowing(filters.where) if filters.narrows("where") else Conditions()
    return {name: getattr(found, name) for name in GROUPS}
