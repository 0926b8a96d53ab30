"""The account's tickets: tabs by status, search, one page at a time."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from ..actors import Actor
from ..i18n import gettext as _
from ..queries.panel import ALL, TicketLine, Wanted, own_tickets, tabs
from ..queries.polling import list_version, version_of_ticket
from ..services.limiting import count_search
from ..web.asking import asked, asked_without_empty, customer, is_looking, unsearched
from ..web.page import Live, Time
from .frame import account_choices, frame, ticket_url


def tickets() -> ResponseReturnValue:
    """The list."""
    actor = customer()
    if "" in request.args.values():
        return redirect(url_for("sgsupport.tickets") + asked_without_empty())
    accounts = account_choices(actor)
    wanted = Wanted(
        status=asked("status") if asked("status") in dict(tabs()) else ALL,
        text=asked("q"),
        account_id=asked("account") if asked("account") in dict(accounts) else "",
        after=asked("after"),
    )
    searching = bool(wanted.text.strip())
    if searching and not is_looking():
        return unsearched()
    if searching:
        count_search(actor)
    # The news of a search would be another search.
    live, version = (Live.NUMBER, "") if searching else (Live.LIST, list_version(actor))
    found = own_tickets(actor, wanted)
    return frame(actor, "sgsupport.tickets", live=live, version=version).render(
        "sgsupport/panel/tickets.html",
        sg_title=_("Support"),
        account_name=_account_name(actor, accounts, found.rows),
        account_tabs=[
            {"label": name, "url": _url(wanted, account=account_id), "current": account_id == wanted.account_id}
            for account_id, name in ([("", _("All accounts")), *accounts] if accounts else [])
        ],
        wanted=wanted,
        rows=[_row(line, several=bool(accounts)) for line in found.rows],
        tabs=[
            {"label": label, "url": _url(wanted, status=value), "current": value == wanted.status}
            for value, label in tabs()
        ],
        current_tab=dict(tabs())[wanted.status],
        chips=_chips(wanted),
        narrowed=bool(wanted.text or wanted.known_status or wanted.account_id),
        next_url=_url(wanted, after=found.after) if found.after else "",
        first_url=_url(wanted) if wanted.after else "",
    )


def _url(wanted: Wanted, **changes: str) -> str:
    now = {"status": wanted.status, "q": wanted.text, "account": wanted.account_id} | changes
    if now["status"] == ALL:
        now["status"] = ""
    kept: dict[str, Any] = {name: value for name, value in now.items() if value}
    return url_for("sgsupport.tickets", **kept)


def _chips(wanted: Wanted) -> list[dict[str, str]]:
    return [{"label": _("“%(words)s”", words=wanted.text), "url": _url(wanted, q="")}] if wanted.text else []


def _account_name(actor: Actor, accounts: list[tuple[str, str]], rows: Any) -> str:
    """The account's name where it is one; tickets know it, where the directory does not."""
    if accounts:
        return _("All your accounts")
    membership = actor.person.membership(actor.account_id) if actor.person else None
    return (membership.account_name if membership else "") or next((row.account_name for row in rows), "")


def _row(line: TicketLine, *, several: bool) -> dict[str, Any]:
    waits = _("support waits for your answer") if line.yours else ""
    parts = [line.account_name if several else "", _opened(line), waits]
    return {
        "ticket_id": line.ticket_id,
        "url": ticket_url(line.ticket_id, line.message, earlier=line.earlier),
        "subject": line.subject,
        "unread": line.unread,
        "state": line.status,
        "state_label": line.status_label,
        "detail": " · ".join(part for part in parts if part),
        "updated": Time.of(line.updated_at),
        "version": version_of_ticket(line.updated_at),
    }


def _opened(line: TicketLine) -> str:
    agent = line.opened_for_them
    if agent is None:
        return _("opened by you") if line.by_me else _("opened by %(name)s", name=line.opened_by)
    if line.by_me:
        return _("opened by %(agent)s for you", agent=agent)
    return _("opened by %(agent)s for %(who)s", agent=agent, who=line.opened_by)
