"""Everything done on the ticket page: one POST, one verb of the services, then a redirect or the page once more."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from flask import redirect, request
from flask_admin import expose

from ..actors import Actor
from ..errors import InvalidInput, NotFound, NotReady, SupportError, TransitionRefused
from ..i18n import format_datetime
from ..i18n import gettext as _
from ..lifecycle import Act, Status, read_status, status_label
from ..queries.news import worker_was_seen
from ..queries.ticket import is_visible
from ..safe_html import markdown
from ..services import assigning, delivering, following, redacting, replying, sending, snoozing, sorting
from ..services import status as statuses
from ..services.conversation import Said
from ..services.pressing import behind_dropdown, pressed_again
from ..services.replying import Answer
from ..services.sending import Waiting
from ..services.standing import asked_of
from ..settings import state
from ..snoozes import read_until
from ..web.asking import agent_asking, form_token, typed, typed_list, uploads, version
from ..web.guard import refused
from ..web.saying import say
from .drafting import draft_seen
from .inserting import used
from .ticket import Sent

POST = ("POST",)
SHOWN_AGAIN = ("assignee", "macro", "also")
"""What of a reply's form stands there again beside its text when it is taken back."""
FIELDS = ("queue", "priority", "category", "tags")

Worded = str | Callable[[Any], str]
"""Words, or what makes them of what a verb gave back: ``None`` where its button was pressed again."""


class TicketActs:
    """What agents do with a ticket; part of `InboxView`."""

    @expose("/tickets/<ticket_id>/claim", methods=POST)
    def claim(self: Any, ticket_id: str) -> Any:
        """Assign to me."""
        return self.act(
            ticket_id, "assign", lambda actor: assigning.claim(ticket_id, actor), done=_("The ticket is yours.")
        )

    @expose("/tickets/<ticket_id>/assign", methods=POST)
    def assign(self: Any, ticket_id: str) -> Any:
        """Give it to an agent; an empty choice takes the assignee off."""
        agent_id, seen = typed("assignee"), request.form.get("seen")
        done = _("Assigned.") if agent_id else _("Nobody is assigned now.")
        same = _("This agent has it already; nothing was changed.") if agent_id else done
        return self.act(
            ticket_id,
            "assign",
            lambda actor: assigning.assign(ticket_id, actor, agent_id, seen=seen),
            done=lambda changed: done if changed else same,
        )

    @expose("/tickets/<ticket_id>/unassign", methods=POST)
    def unassign(self: Any, ticket_id: str) -> Any:
        """Back to the queue."""
        seen = request.form.get("seen")
        return self.act(
            ticket_id,
            "assign",
            lambda actor: assigning.unassign(ticket_id, actor, seen=seen),
            done=_("Nobody is assigned now."),
        )

    @expose("/tickets/<ticket_id>/follow", methods=POST)
    def follow(self: Any, ticket_id: str) -> Any:
        """Be told of it as its assignee is."""
        done = _("You follow this ticket: you are told what its assignee is told.")
        return self._follows(ticket_id, following.follow, done)

    @expose("/tickets/<ticket_id>/unfollow", methods=POST)
    def unfollow(self: Any, ticket_id: str) -> Any:
        """Be told no more than anybody else."""
        done = _("You follow this ticket no longer.")
        return self._follows(ticket_id, following.unfollow, done)

    @expose("/tickets/<ticket_id>/followers", methods=POST)
    def add_follower(self: Any, ticket_id: str) -> Any:
        """Have a colleague be told of it as its assignee is."""
        done, same = _("They follow this ticket and are told so."), _("They follow it already; nothing was changed.")
        return self._follows(ticket_id, following.add_follower, done, same, typed("follower"))

    @expose("/tickets/<ticket_id>/followers/remove", methods=POST)
    def remove_follower(self: Any, ticket_id: str) -> Any:
        """Have a colleague be told no more than anybody else."""
        done, same = _("They follow this ticket no longer."), _("They do not follow it; nothing was changed.")
        return self._follows(ticket_id, following.remove_follower, done, same, typed("follower"))

    @expose("/tickets/<ticket_id>/reply", methods=POST)
    def reply(self: Any, ticket_id: str) -> Any:
        """A public reply, with status and assignee in the same act."""

        def write(actor: Actor) -> Said | Waiting:
            answer = Answer(
                body=typed("body"),
                status=read_status(typed("status")) if typed("status") else None,
                assignee=typed("assignee") or None,
                use=used(),
                form=form_token(),
                version=version(),
            )
            shown = {name: typed_list(name) for name in SHOWN_AGAIN}
            return sending.send(
                ticket_id,
                actor,
                answer,
                files=uploads(),
                kept=typed_list("kept"),
                seen=draft_seen(),
                shown=shown,
                at_once=not typed("undo"),
            )

        goes_on = bool(typed("next"))
        return self.act(ticket_id, "reply", write, done=_sent, at=message_of, goes_on=goes_on)

    @expose("/tickets/<ticket_id>/note", methods=POST)
    def note(self: Any, ticket_id: str) -> Any:
        """An internal note."""

        def write(actor: Actor) -> Said:
            return replying.add_note(
                ticket_id, actor, body=typed("body"), files=uploads(), form=form_token(), draft=draft_seen()
            )

        return self.act(ticket_id, "note", write, done=_noted, at=message_of)

    @expose("/tickets/<ticket_id>/status", methods=POST)
    def status(self: Any, ticket_id: str) -> Any:
        """Choose another status in the dropdown."""
        chosen = typed("status")

        def write(actor: Actor) -> Status:
            wanted = read_status(chosen)
            statuses.set_status(ticket_id, actor, wanted, version=version())
            return wanted

        return self.act(
            ticket_id,
            "status",
            write,
            done=lambda changed: _("The status is changed.") if changed else _status_before(chosen),
            acts=behind_dropdown(chosen),
        )

    @expose("/tickets/<ticket_id>/close", methods=POST)
    def close(self: Any, ticket_id: str) -> Any:
        """Close it, recording how the customer confirmed."""

        def write(actor: Actor) -> None:
            replying.close_with_confirmation(ticket_id, actor, note=typed("note"), version=version(), form=form_token())

        return self.act(ticket_id, "close", write, done=_("The ticket is closed."))

    @expose("/tickets/<ticket_id>/reopen", methods=POST)
    def reopen(self: Any, ticket_id: str) -> Any:
        """Open a closed ticket again."""
        reason = typed("reason")[:500]
        return self.act(
            ticket_id,
            "reopen",
            lambda actor: statuses.reopen(ticket_id, actor, reason=reason),
            done=_reopened,
            corrected=typed("corrected")[:32],
            acts={Act.REOPEN},
            reason=reason,
        )

    @expose("/tickets/<ticket_id>/snooze", methods=POST)
    def snooze(self: Any, ticket_id: str) -> Any:
        """Out of the lists of what is to be done, until a time."""

        def write(actor: Actor) -> datetime:
            until = read_until(typed("until"), typed("at"), typed("zone"), state().now())
            return snoozing.snooze(ticket_id, actor, until, version=version())

        return self.act(ticket_id, "snooze", write, done=_snoozed)

    @expose("/tickets/<ticket_id>/unsnooze", methods=POST)
    def unsnooze(self: Any, ticket_id: str) -> Any:
        """Back into the lists."""
        return self.act(
            ticket_id,
            "snooze",
            lambda actor: snoozing.unsnooze(ticket_id, actor, version=version()),
            done=_("The ticket is awake: it is back in its lists."),
            acts={Act.WAKE},
        )

    @expose("/tickets/<ticket_id>/fields", methods=POST)
    def fields(self: Any, ticket_id: str) -> Any:
        """Queue, priority, category, tags: those that are otherwise than the page showed them."""
        changes = {
            name: typed(name)
            for name in FIELDS
            if name in request.form and typed(name) != request.form.get(f"seen-{name}")
        }
        return self.act(
            ticket_id,
            "fields",
            lambda actor: sorting.change_fields(ticket_id, actor, changes, version=version()),
            done=lambda changed: _("Saved.") if changed else _("It is so already; nothing was changed."),
        )

    @expose("/tickets/<ticket_id>/address", methods=POST)
    def address(self: Any, ticket_id: str) -> Any:
        """Correct the address the requester is answered at."""
        email = typed("email")
        done, same = _("Address corrected."), _("This is the address already; nothing was changed.")
        return self.act(
            ticket_id,
            "address",
            lambda actor: sorting.correct_address(ticket_id, actor, email, version=version()),
            done=lambda changed: done if changed else same,
        )

    @expose("/tickets/<ticket_id>/requester", methods=("GET", "POST"))
    def requester(self: Any, ticket_id: str) -> Any:
        """Make another person of the account the requester."""
        if request.method != "POST":
            return self.choose_requester(ticket_id, Sent())

        def write(actor: Actor) -> bool:
            person = asked_of(state().hooks.directory.person, typed("requester"))
            if person is None:
                raise InvalidInput({"requester": _("Choose a person.")})
            return sorting.change_requester(ticket_id, actor, person, version=version())

        done, same = _("The requester is changed."), _("They are the requester already; nothing was changed.")
        return self.act(ticket_id, "requester", write, done=lambda changed: done if changed else same)

    @expose("/tickets/<ticket_id>/release", methods=POST)
    def release(self: Any, ticket_id: str) -> Any:
        """Not spam; released from the list, it goes on there."""
        answer = self.act(
            ticket_id,
            "filter",
            lambda actor: sorting.release(ticket_id, actor, version=version()),
            done=_("%(ticket)s is released: it waits in its queue now.", ticket=ticket_id),
            acts={Act.RELEASE},
        )
        done = answer.status_code < 400
        return redirect(self.list_url()) if done and request.form.get("from") == "list" else answer

    @expose("/tickets/<ticket_id>/spam", methods=POST)
    def spam(self: Any, ticket_id: str) -> Any:
        """Into Spam / Filtered."""
        return self.act(
            ticket_id,
            "filter",
            lambda actor: sorting.put_aside(ticket_id, actor, _("marked as spam"), version=version()),
            done=_("It is under Spam / Filtered now; one click releases it."),
            acts={Act.FILTER},
        )

    @expose("/tickets/<ticket_id>/messages/<key>/edit", methods=POST)
    def edit(self: Any, ticket_id: str, key: str) -> Any:
        """Change a note's text."""
        body = typed("body")
        return self.act(
            ticket_id,
            f"edit-{key}",
            lambda actor: replying.edit_note(ticket_id, actor, key, body=body, version=version()),
            done=lambda remark: _and(_("Note changed; the older text stays in its history."), remark),
            at=f"m-{key}",
        )

    @expose("/tickets/<ticket_id>/messages/<key>/visibility", methods=POST)
    def visibility(self: Any, ticket_id: str, key: str) -> Any:
        """Show a message to the customer, or hide it."""
        public = request.form.get("public") == "1"
        return self.act(
            ticket_id,
            "visibility",
            lambda actor: replying.change_visibility(ticket_id, actor, key, public=public, version=version()),
            done=_("The customer sees this message now and is told.") if public else _("Hidden from the customer."),
            at=f"m-{key}",
            corrected=lambda who_has_it: key if who_has_it else "",
        )

    @expose("/tickets/<ticket_id>/messages/<key>/redact", methods=POST)
    def redact(self: Any, ticket_id: str, key: str) -> Any:
        """Take a secret out of a message, for good."""

        def write(actor: Actor) -> None:
            if not typed("sure"):
                raise InvalidInput({"sure": _("Say that you know this cannot be undone.")})
            said = redacting.redact(
                ticket_id, actor, key, secret=typed("secret"), remove_files=set(typed_list("remove"))
            )
            if said:
                say(_("Outside your reach: %(said)s.", said=said), "warning")

        done = _("Redacted. The history says so, not what it was.")
        return self.act(ticket_id, f"redact-{key}", write, done=done, at=f"m-{key}")

    @expose("/tickets/<ticket_id>/deliveries/<key>/send-again", methods=POST)
    def send_again(self: Any, ticket_id: str, key: str) -> Any:
        """Correct the address and send a failed mail once more."""
        address = typed("address") if "address" in request.form else None
        return self.act(
            ticket_id,
            f"again-{key}",
            lambda actor: delivering.send_again(ticket_id, actor, key, address=address, version=version()),
            done=_queued,
            kind="info",
        )

    @expose("/tickets/<ticket_id>/preview", methods=POST)
    def preview(self: Any, ticket_id: str) -> Any:
        """The typed text as it will be shown: a fragment for scripts, the page with it for everybody else."""
        actor = agent_asking()
        if not is_visible(actor, ticket_id):
            raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
        html = markdown(typed("body")[: state().settings.max_body_chars])
        if request.headers.get("X-Requested-With") == "fetch":
            return html
        return self.show_ticket(ticket_id, Sent(request.form.get("mode", "reply"), request.form, preview=html))

    def act(
        self: Any,
        ticket_id: str,
        form: str,
        verb: Callable[[Actor], Any],
        *,
        done: Worded,
        at: Worded = "",
        corrected: Worded = "",
        kind: str = "success",
        acts: Collection[Act] = (),
        reason: str = "",
        goes_on: bool = False,
    ) -> Any:
        """Carry out a verb; refused, the page comes back with what was typed and the reason.

        :param done: what is said then.
        :param at: the anchor the page is opened at.
        :param corrected: key of a message that was taken back: its correction stands in the composer, again or anew.
        :param kind: how it is said.
        :param acts: what a button does, see `pressed_again`: pressed twice, it has done what it says.
        :param reason: the words it was pressed with.
        :param goes_on: done, it leads to the next ticket of the list this one was found in.
        """
        actor, gave = agent_asking(), None
        try:
            gave = verb(actor)
        except (NotFound, NotReady):
            raise
        except SupportError as error:
            if not pressed_again(error, actor, ticket_id, acts, reason=reason):
                return refused(self._refused(ticket_id, Sent(form, request.form, error), error), error)
        say(_worded(done, gave), kind, about=ticket_id)
        if goes_on:
            return redirect(self.next_url(actor, ticket_id))
        key = _worded(corrected, gave)
        anchor = "sg-correction" if key else _worded(at, gave)
        return redirect(self.url_to("inbox.ticket", ticket_id=ticket_id, corrected=key or None, _anchor=anchor or None))

    def _follows(
        self: Any, ticket_id: str, verb: Callable[..., bool], done: str, same: str = "", *follower: str
    ) -> Any:
        """Change who follows it, the agent themselves where no ``follower`` is named.

        :param same: what is said where it was so already; empty where that is said as if it were done.
        """
        return self.act(
            ticket_id,
            "follower" if follower else "follow",
            lambda actor: verb(ticket_id, actor, *follower),
            done=lambda changed: done if changed or not same else same,
        )

    def _refused(self: Any, ticket_id: str, sent: Sent, error: SupportError) -> Any:
        """The page once more; of a ticket that was merged meanwhile the page of the other, where there is one."""
        into = getattr(error, "merged_into", "")
        if not into or not is_visible(agent_asking(), into):
            shown_by = self.choose_requester if sent.form == "requester" else self.show_ticket
            return shown_by(ticket_id, sent)
        sent.error = TransitionRefused(
            _("%(old)s has become a part of %(new)s, which you see here. Nothing was sent.", old=ticket_id, new=into)
        )
        return self.show_ticket(into, sent)


def _worded(words: Worded, gave: Any) -> str:
    return words if isinstance(words, str) else words(gave)


def message_of(said: Said | Waiting) -> str:
    """The anchor of what was written, where anything was; of what can still be taken back, that of the composer."""
    if isinstance(said, Waiting):
        return "sg-composer"
    return f"m-{said.message}" if said.message else ""


def _sent(said: Said | Waiting) -> str:
    """What is said of a reply, and of the status it was sent with."""
    if isinstance(said, Waiting):
        seconds = state().settings.undo_send_seconds
        return _("Your reply to %(ticket)s goes out in %(seconds)s s.", ticket=said.ticket_id, seconds=seconds)
    if said.closes_at is None:
        return _("Sent.")
    when = format_datetime(said.closes_at)
    return _("Sent and resolved; it closes on %(when)s unless the customer replies.", when=when)


def _snoozed(wakes_at: datetime) -> str:
    when = format_datetime(wakes_at)
    return _("Snoozed until %(when)s. It is under Snoozed, and back sooner if the customer writes.", when=when)


def _noted(said: Said) -> str:
    return _and(_("Note added. The customer does not see it."), said.remark)


def _and(sentence: str, remark: str) -> str:
    return f"{sentence} {remark}" if remark else sentence


def _queued(failed: str) -> str:
    """What is said of a mail that is tried again: it was not sent yet, and may fail as it did before."""
    said = [_("It is queued to be sent again.")]
    if failed:
        said.append(_("The last try failed: %(why)s.", why=failed.rstrip(". ")))
    if not worker_was_seen():
        said.append(_("No worker was seen lately: it waits until one runs."))
    return " ".join(said)


def _reopened(assignee: str | None) -> str:
    """What is said of a ticket that is open again, by the id of whoever has it; ``None`` where it was so before."""
    if assignee is None:
        return _("The ticket is open again.")
    if not assignee:
        return _("The ticket is open again; the customer is told. Nobody is assigned.")
    me = agent_asking().person
    if me is not None and assignee == me.id:
        return _("The ticket is open again; the customer is told. It is yours.")
    return _("The ticket is open again; customer and assignee are told.")


def _status_before(value: str) -> str:
    return _("It is %(status)s already; nothing was changed.", status=status_label(value))
