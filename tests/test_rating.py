"""How the help was: said with one click and a few words, changed later, heard by support, and the requester's own."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from flask_sgsupport import signals
from flask_sgsupport.errors import InvalidInput, NotFound, TransitionRefused, Vetoed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Event, Message, PersonRecord, Rating, Ticket
from flask_sgsupport.services import rating, redacting, replying, status
from tests.told import told_events
from tests.world import Host

TICKETS = "/support/tickets/"
INBOX = "/admin/support/tickets/"


def given(host: Host, ticket_id: str) -> tuple[str, str, str] | None:
    """The rating of a ticket: how, with which words, by whom."""
    host.db.session.rollback()
    wanted = select(Rating.score, Rating.comment, PersonRecord.name)
    wanted = wanted.join(Ticket, Ticket.pk == Rating.ticket_pk).join(PersonRecord, PersonRecord.pk == Rating.person_pk)
    found = host.db.session.execute(wanted.where(Ticket.ticket_id == ticket_id)).first()
    return None if found is None else tuple(found)  # type: ignore[return-value]


def said(host: Host, ticket_id: str) -> list[tuple[str | None, str | None]]:
    """What the audit log says of it: from what to what."""
    pk = select(Ticket.pk).where(Ticket.ticket_id == ticket_id).scalar_subquery()
    entries = told_events(host.db.session, Event.ticket_pk == pk, Event.action == "ticket.rated")
    return [(entry.old, entry.new) for entry in entries]


def resolve_again(host: Host, ticket_id: str) -> None:
    """Opened again by its customer, and resolved anew a while later."""
    host.clock.forward(hours=1)
    replying.follow_up(ticket_id, host.customer("jerome"), body="It is back.")
    host.clock.forward(hours=1)
    replying.reply(ticket_id, host.agent("ada"), body="Now it holds.", status=Status.RESOLVED)


# Said, said again, said otherwise


@pytest.mark.every_database
def test_said_twice_it_is_there_once(in_app: Host, resolved_ticket: str) -> None:
    jerome = in_app.customer("jerome")
    for __ in range(2):
        rating.rate(resolved_ticket, jerome, good=True, comment="That was quick.")
    rating.rate(resolved_ticket, jerome, good=True)
    assert given(in_app, resolved_ticket) == ("good", "That was quick.", "Jerome Ellis")
    assert said(in_app, resolved_ticket) == [(None, "good")]


@pytest.mark.every_database
def test_another_score_or_comment_replaces_it_and_is_written_down(in_app: Host, resolved_ticket: str) -> None:
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=True, comment="Quick.")
    in_app.clock.forward(minutes=5)
    rating.rate(resolved_ticket, in_app.customer("lena"), good=False)
    assert given(in_app, resolved_ticket) == ("bad", "Quick.", "Lena Brandt"), "one click leaves what was written"
    rating.rate(resolved_ticket, in_app.customer("lena"), good=False, comment="It took four days.")
    assert given(in_app, resolved_ticket) == ("bad", "It took four days.", "Lena Brandt")
    rating.rate(resolved_ticket, in_app.customer("lena"), good=False, comment=" \r\n")
    assert given(in_app, resolved_ticket) == ("bad", "", "Lena Brandt")
    assert said(in_app, resolved_ticket) == [(None, "good"), ("good", "bad"), ("bad", "bad"), ("bad", "bad")]
    row = in_app.db.session.scalars(select(Rating)).one()
    assert (row.changed_at - row.rated_at).total_seconds() == 300  # type: ignore[operator]


@pytest.mark.every_database
def test_an_earlier_rating_stays_and_the_new_help_is_rated_anew(in_app: Host, resolved_ticket: str) -> None:
    jerome = in_app.customer("jerome")
    rating.rate(resolved_ticket, jerome, good=False, comment="Solved too soon.")
    resolve_again(in_app, resolved_ticket)
    assert given(in_app, resolved_ticket) == ("bad", "Solved too soon.", "Jerome Ellis")
    rating.rate(resolved_ticket, jerome, good=False)
    assert given(in_app, resolved_ticket) == ("bad", "", "Jerome Ellis"), "the words were about the earlier help"
    assert said(in_app, resolved_ticket) == [(None, "bad"), (None, "bad")]


def test_it_needs_a_resolved_ticket_of_ones_own(in_app: Host, answered_ticket: str) -> None:
    with pytest.raises(TransitionRefused, match="once the ticket is resolved"):
        rating.rate(answered_ticket, in_app.customer("jerome"), good=True)
    with pytest.raises(NotFound):
        rating.rate(answered_ticket, in_app.customer("mina"), good=True)
    replying.reply(answered_ticket, in_app.agent("ada"), body="Done.", status=Status.RESOLVED)
    with pytest.raises(TransitionRefused):
        rating.rate(answered_ticket, in_app.agent("ada"), good=True)
    assert given(in_app, answered_ticket) is None


def test_a_withdrawn_ticket_that_waits_in_the_filter_is_not_rated(in_app: Host, answered_ticket: str) -> None:
    status.withdraw(answered_ticket, in_app.customer("jerome"))
    in_app.bent = "a closed ticket was put aside past the services"
    in_app.db.session.execute(update(Ticket).values(filtered_reason="spam"))
    in_app.db.session.commit()
    with pytest.raises(TransitionRefused, match=r"^There is nothing to rate on this ticket\.$"):
        rating.rate(answered_ticket, in_app.customer("jerome"), good=True)


def test_a_comment_is_as_long_as_any_message(in_app: Host, resolved_ticket: str) -> None:
    in_app.desk.settings.max_body_chars = 5
    with pytest.raises(InvalidInput) as refused:
        rating.rate(resolved_ticket, in_app.customer("jerome"), good=True, comment="Longer")
    assert refused.value.fields == {"comment": "This text has 6 characters; 5 is the most."}
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=True, comment="Short")


@pytest.mark.every_database
def test_any_character_may_stand_in_it(in_app: Host, resolved_ticket: str) -> None:
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=True, comment="Grüße\x00 \ud83d 🙂 <b>\r\n– J.")
    assert given(in_app, resolved_ticket) == ("good", "Grüße ? 🙂 <b>\n– J.", "Jerome Ellis")


def test_the_app_rates_for_its_operator(in_app: Host, resolved_ticket: str) -> None:
    jerome = in_app.support.customer(in_app.ids["jerome"])
    in_app.support.rate(jerome, resolved_ticket, good=False, comment="Slow.")
    in_app.db.session.rollback()
    assert given(in_app, resolved_ticket) is None, "the app has not committed"
    in_app.support.rate(jerome, resolved_ticket, good=False, comment="Slow.")
    in_app.db.session.commit()
    assert given(in_app, resolved_ticket) == ("bad", "Slow.", "Jerome Ellis")


# Who hears of it


def test_the_responsible_hear_of_a_bad_one_only_and_no_notice_holds_the_words(
    in_app: Host, resolved_ticket: str
) -> None:
    def bells() -> list[tuple[str, str]]:
        wanted = select(Delivery.recipient_name, Delivery.channel).where(Delivery.notice == "rated_staff")
        return [tuple(row) for row in in_app.db.session.execute(wanted)]  # type: ignore[misc]

    rating.rate(resolved_ticket, in_app.customer("jerome"), good=True, comment="kanari")
    assert bells() == []
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=False)
    assert bells() == [("Ada Lovelace", "bell")]
    assert "kanari" not in "".join(in_app.db.session.scalars(select(Delivery.data)))
    page = in_app.client("ada").get("/admin/support/notifications/").text
    assert f"Jerome Ellis rated the help on {resolved_ticket} as bad: Checkout failing on Canvas Tote" in page


def test_receivers_hear_of_it_once_and_may_say_no(in_app: Host, resolved_ticket: str) -> None:
    heard: list[tuple[str, signals.TicketRated]] = []
    before = in_app.support.on(signals.before_ticket_rated)(lambda app, payload: heard.append(("before", payload)))
    after = in_app.support.on(signals.ticket_rated)(lambda app, payload: heard.append(("after", payload)))
    for __ in range(2):
        rating.rate(resolved_ticket, in_app.customer("jerome"), good=False, comment="Slow.")
    assert [name for name, __ in heard] == ["before", "after"]
    payload = heard[-1][1]
    assert (payload.score, payload.comment, payload.ticket["ticket_id"]) == ("bad", "Slow.", resolved_ticket)
    assert payload.envelope["actor"] == "jerome@northwind.example"

    @in_app.support.on(signals.before_ticket_rated)
    def refuse(app: Any, payload: signals.TicketRated) -> None:
        raise Vetoed("Not on Sundays.")

    with pytest.raises(Vetoed, match="Not on Sundays"):
        rating.rate(resolved_ticket, in_app.customer("jerome"), good=True)
    assert given(in_app, resolved_ticket) == ("bad", "Slow.", "Jerome Ellis")
    for signal, receiver in (
        (signals.before_ticket_rated, before),
        (signals.before_ticket_rated, refuse),
        (signals.ticket_rated, after),
    ):
        signal.disconnect(receiver)


# Taken out for good


@pytest.mark.every_database
def test_a_secret_in_the_comment_is_taken_out_like_any_other(in_app: Host, resolved_ticket: str) -> None:
    comment = "Fine, and my password\r\nis hunter2."
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=True, comment=comment)
    events = in_app.db.session.execute(select(Event.old, Event.new, Event.data)).all()
    assert "hunter2" not in str(events)
    key = in_app.db.session.scalars(select(Message.key).where(Message.kind == "public-reply")).one()
    redacting.redact(resolved_ticket, in_app.agent("grace"), key, secret="password\nis hunter2")
    assert given(in_app, resolved_ticket) == ("good", "Fine, and my [redacted].", "Jerome Ellis")
    history = unescape(in_app.client("grace").get(f"{INBOX}{resolved_ticket}/history").text)
    assert "redacted a message: what was written about the help" in history
