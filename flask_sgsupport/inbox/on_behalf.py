"""Open a ticket on somebody's behalf, and choose another requester: people are found by name, address or account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request
from flask_admin import expose
from werkzeug.datastructures import MultiDict

from ..actors import Actor, Membership, Person, Via
from ..errors import InvalidInput, LimitReached, NotFound, SupportError
from ..hooks import Directory, Origin, can_search
from ..i18n import gettext as _
from ..i18n import worded
from ..permissions import customer_actor
from ..queries.choices import ask, category_part, gathered
from ..queries.news import News
from ..queries.people import ids_of_people_known
from ..queries.similar import Similar, similar_open
from ..queries.ticket import TicketPage, is_visible, ticket_page
from ..safe_html import markdown
from ..services.capturing import Captured, capture, seal, unseal
from ..services.limiting import count_search
from ..services.opening import open_ticket
from ..services.standing import asked_of, listed_by
from ..settings import state
from ..snapshot import REMARKS, read_ref, sites_hint, subjects_hint
from ..web.alike import NOTHING, carried, looked_for, offer
from ..web.asking import (
    agent_asking,
    asked,
    files_lost,
    form_token,
    is_looking,
    new_form,
    typed,
    typed_list,
    unsearched,
    uploads,
)
from ..web.guard import refused
from ..web.page import Time
from ..web.saying import say, with_link
from .ticket import Sent

MAX_SHOWN = 50
MAX_KNOWN = 10
"""Of people known from before; the directory is asked for each."""
ORIGIN = Origin(channel="inbox")
NOTE = "n"
"""How the form of a note on the ticket page ends: what was sent as one is known as this form, and its draft goes."""


class OnBehalfPages:
    """Acting for operators; part of `InboxView`."""

    @expose("/open", methods=("GET", "POST"))
    def open_form(self: Any) -> Any:
        """Find the person, then the form."""
        actor = agent_asking()
        chosen = _chosen(*_wanted())
        if chosen is None and request.method == "POST":
            return self._without_person(actor)
        if chosen is None:
            q = asked("q").strip()[:200]
            return self._find(actor, q) if is_looking() or not q else unsearched()
        person, place = chosen
        if request.method == "POST" and not typed("choosing"):
            return self._open(actor, person, place)
        fresh = capture(_asked_as(person, place), place.account_id, ORIGIN, wanted=())
        return self._form(actor, person, place, Sent("open", request.form) if typed("choosing") else Sent(), fresh)

    @expose("/open/similar", methods=("POST",))
    def open_similar(self: Any) -> Any:
        """Open tickets of the account like the one that is written: a fragment for the script, counted as a search."""
        actor, chosen = agent_asking(), _chosen(typed("person"), typed("account"))
        try:
            count_search(actor)
        except LimitReached:
            return NOTHING
        found = _similar(actor, *chosen) if chosen else ()
        return render_template("sgsupport/alike.html", sg=self.bare(), alike=self._offer(found)) if found else NOTHING

    @expose("/tickets/<ticket_id>/carry", methods=("POST",))
    def carry(self: Any, ticket_id: str) -> Any:
        """The ticket that is alike, with the text in the box for a note; nothing is sent yet."""
        if not is_visible(agent_asking(), ticket_id):
            raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
        say(_("Your text is in the note below; nothing is sent yet."), "info")
        values = MultiDict(request.form)
        values["body"], values["form"] = carried(), (form_token() or new_form()).removesuffix(NOTE)
        return self.show_ticket(ticket_id, Sent("note", values))

    @expose("/open/preview", methods=("POST",))
    def open_preview(self: Any) -> Any:
        """The typed text as it will be shown."""
        actor = agent_asking()
        html = markdown(typed("body")[: state().settings.max_body_chars])
        if request.headers.get("X-Requested-With") == "fetch":
            return html
        chosen = _chosen(typed("person"), typed("account"))
        if chosen is None:
            return self._without_person(actor)
        return self._form(actor, *chosen, Sent("open", request.form, preview=html), _as_shown(*chosen))

    def choose_requester(self: Any, ticket_id: str, sent: Sent) -> Any:
        """The people of the ticket's account with support access."""
        actor = agent_asking()
        page: TicketPage = ticket_page(actor, ticket_id)
        directory = state().hooks.directory
        people = [
            (person, _role(person, page.account_id)) for person in listed_by(directory.people_of, page.account_id)
        ]
        return self.frame(actor, News(page.unread, page.mail_waits)).render(
            "sgsupport/inbox/requester.html", sg_title=_("Change the requester"), t=page, people=people, sent=sent
        )

    def _find(self: Any, actor: Actor, q: str, lost: Sent | None = None) -> Any:
        """The search for a person.

        :param lost: a form whose person cannot have a ticket; its words go on to whoever is chosen instead.
        """
        if q:
            count_search(actor)
        found, beyond = _found(q)
        people = [(person, place) for person in found for place in person.accounts if place.may_use_support]
        if len(people) >= MAX_SHOWN:
            beyond = _("The first %(count)s are shown; write more of the name or address.", count=MAX_SHOWN)
        return self.framed(actor).render(
            "sgsupport/inbox/open_find.html",
            sg_title=_("Open a ticket on somebody's behalf"),
            q=q,
            people=people[:MAX_SHOWN],
            beyond=beyond,
            lost=lost,
            files_lost=files_lost(),
        )

    def _without_person(self: Any, actor: Actor) -> Any:
        """A text was sent for nobody who can have a ticket: it stays, and another person is chosen for it."""
        person_id, __ = _wanted()
        if typed("choosing") and not person_id:
            return self._find(actor, typed("q").strip()[:200], Sent("open", request.form))
        error = _no_access(person_id)
        return refused(self._find(actor, "", Sent("open", request.form, error)), error)

    def _open(self: Any, actor: Actor, person: Person, place: Membership) -> Any:
        form = request.form
        token = form_token() or new_form()
        captured = _as_shown(person, place)
        if alike := _similar(actor, person, place, unseen=True):
            return self._form(actor, person, place, Sent("open", form), captured, alike)
        try:
            opened = open_ticket(
                actor,
                subject=typed("subject"),
                body=typed("body"),
                account_id=place.account_id,
                requester=person,
                category=typed("category") or None,
                site_ids=typed_list("sites"),
                subjects=[read_ref(one) for one in typed_list("subjects")],
                files=uploads(),
                captured=captured,
                form=token,
            )
        except NotFound:
            raise
        except SupportError as error:
            sent = Sent("open", form, error)
            return refused(self._form(actor, person, place, sent, captured), error)
        say(_("%(ticket)s is opened for %(name)s.", ticket=opened.ticket_id, name=person.display_name))
        return redirect(self.url_to("inbox.ticket", ticket_id=opened.ticket_id))

    def _offer(self: Any, found: Sequence[Similar], *, asks: str = "") -> dict[str, Any]:
        def carry_url(ticket_id: str) -> str:
            return str(self.url_to("inbox.carry", ticket_id=ticket_id, _anchor="sg-compose-note"))

        return offer(found, carry_url, verb=_("Add as a note here"), asks=asks)

    def _form(
        self: Any,
        actor: Actor,
        person: Person,
        place: Membership,
        sent: Sent,
        captured: Captured,
        alike: Sequence[Similar] = (),
    ) -> Any:
        token = sent.token.removesuffix(NOTE) + NOTE
        # The seal of the form that came back goes on, and with it the age of its context.
        kept = bool(sent.form) and captured.remark is None and token == form_token()
        snapshot = captured.snapshot
        return self.framed(actor).render(
            "sgsupport/inbox/open.html",
            sg_title=_("Open a ticket for %(name)s", name=person.display_name),
            person=person,
            place=place,
            sent=sent,
            refusal=with_link(sent.error, lambda ticket: self.url_to("inbox.ticket", ticket_id=ticket))
            if sent.error
            else "",
            form=token,
            context=typed("context") if kept else seal(_asked_as(person, place), token, captured),
            remark=worded(REMARKS, captured.remark) if captured.remark else "",
            categories=[(one.key, one.label) for one in gathered(ask([category_part()])).categories],
            sites=[(site.id, site.name) for site in snapshot.sites],
            sites_hint=sites_hint(snapshot),
            subjects=[(one.ref, one.title) for one in captured.subjects],
            subjects_hint=subjects_hint(captured.subjects),
            about=typed_list("subjects"),
            chosen=typed_list("sites")
            or ([] if sent.form else [site.id for site in snapshot.sites if site.working_in]),
            snapshot=snapshot,
            alike_url=self.url_to("inbox.open_similar"),
            alike=self._offer(alike, asks=_("Open it anyway")) if alike else None,
            activity=[{"when": Time.of(row.at), "text": row.action} for row in snapshot.activity[:5]],
            errors=[(f"sg-{name}", sentence) for name, sentence in sent.fields.items()],
        )


def _similar(actor: Actor, person: Person, place: Membership, *, unseen: bool = False) -> Sequence[Similar]:
    """Open tickets of the account like the text of the form, of those the agent may see.

    :param unseen: nothing where all of it was offered before.
    """
    if unseen and looked_for():
        return ()
    return similar_open(
        actor,
        place.account_id,
        subject=typed("subject"),
        body=typed("body"),
        requester_id=person.id,
        seen=typed_list("alike") if unseen else (),
    )


def _asked_as(person: Person, place: Membership) -> Actor:
    """The operator, for whom the hooks are asked."""
    return customer_actor(person, place.account_id, Via.INBOX)


def _as_shown(person: Person, place: Membership) -> Captured:
    """The context sealed into the form that was sent."""
    return unseal(_asked_as(person, place), form_token() or "", typed("context"), ORIGIN)


def _role(person: Person, account_id: str) -> str:
    place = person.membership(account_id)
    return place.role if place else ""


def _wanted() -> tuple[str, str]:
    """Ids of the person and account that were chosen; empty where none were."""
    return typed("person") or asked("person"), typed("account") or asked("account")


def _no_access(person_id: str) -> InvalidInput:
    directory = state().hooks.directory
    person = asked_of(directory.person, person_id) if person_id else None
    name = person.display_name if person else _("This person")
    return InvalidInput({"person": _("%(name)s has no access to support now, so nothing was opened.", name=name)})


def _chosen(person_id: str, account_id: str) -> tuple[Person, Membership] | None:
    """The person somebody was chosen to be, as the directory knows them now; ``None`` where nobody is."""
    directory = state().hooks.directory
    person = asked_of(directory.person, person_id) if person_id else None
    place = person.membership(account_id) if person else None
    if person is None or place is None or not person.active or not place.may_use_support:
        return None
    return person, place


def _found(q: str) -> tuple[list[Person], str]:
    """Operators by address or the id of their account, else by what their name or address holds.

    With a sentence where there may be more of them.
    """
    directory = state().hooks.directory
    if not q or directory is None:
        return [], ""
    found = listed_by(directory.by_email if "@" in q else directory.people_of, q)
    found, beyond = (found, "") if found else _alike(directory, q)
    return [person for person in found if person.active], beyond


def _alike(directory: Directory, q: str) -> tuple[list[Person], str]:
    """People whose name or address holds the words: the directory's, or those we know where it cannot search."""
    if can_search(directory):
        return listed_by(directory.find, words=q, limit=MAX_SHOWN), ""
    ids = ids_of_people_known(q, MAX_KNOWN)
    beyond = _(
        "Of people who wrote before, the last %(count)s with that name are shown; write more of the name or address, "
        "or the id of the account.",
        count=MAX_KNOWN,
    )
    known = (asked_of(directory.person, person_id) for person_id in ids)
    return [person for person in known if person is not None], beyond if len(ids) == MAX_KNOWN else ""
