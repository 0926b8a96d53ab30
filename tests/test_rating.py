"""How the help was: said with one click and a few words, changed later, heard by support, and the requester's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from flask_sgsupport import signals
from flask_sgsupport.errors import InvalidInput, NotFound, StaleTicket, TransitionRefused, Vetoed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Event, Message, PersonRecord, Rating, Spent, Ticket
from flask_sgsupport.queries.bells import bells
from flask_sgsupport.queries.panel import unread_notices
from flask_sgsupport.services import assigning, rating, reading, redacting, replying, status
from tests.panel_pages import buttons, hidden, lines
from tests.told import told_events
from tests.world import Host, OpenTicket

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
    assert given(in_app, resolved_ticket) == ("bad", "", "Lena Brandt"), "nobody's words stand under another name"
    rating.rate(resolved_ticket, in_app.customer("lena"), good=False, comment="It took four days.")
    rating.rate(resolved_ticket, in_app.customer("lena"), good=True)
    assert given(in_app, resolved_ticket) == ("good", "It took four days.", "Lena Brandt"), "one click leaves one's own"
    rating.rate(resolved_ticket, in_app.customer("lena"), good=False)
    assert given(in_app, resolved_ticket) == ("bad", "It took four days.", "Lena Brandt")
    rating.rate(resolved_ticket, in_app.customer("lena"), good=False, comment=" \r\n")
    assert given(in_app, resolved_ticket) == ("bad", "", "Lena Brandt")
    assert said(in_app, resolved_ticket) == [
        (None, "good"),
        ("good", "bad"),
        ("bad", "bad"),
        ("bad", "good"),
        ("good", "bad"),
        ("bad", "bad"),
    ]
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


def test_the_responsible_hear_of_a_bad_one_and_of_words_and_no_notice_holds_the_words(
    in_app: Host, resolved_ticket: str
) -> None:
    def rung() -> list[tuple[str, str]]:
        wanted = select(Delivery.recipient_name, Delivery.channel).where(
            Delivery.notice == "rated_staff", Delivery.state == "sent"
        )
        return [tuple(row) for row in in_app.db.session.execute(wanted)]  # type: ignore[misc]

    rating.rate(resolved_ticket, in_app.customer("jerome"), good=True)
    assert rung() == []
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=True, comment="kanari: it still fails")
    assert rung() == [("Ada Lovelace", "bell")]
    page = in_app.client("ada").get("/admin/support/notifications/").text
    line = f"Jerome Ellis rated the help on {resolved_ticket} as good and wrote about it: Checkout failing"
    assert line in page
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=False)
    assert rung() == [("Ada Lovelace", "bell")], "whoever has not looked yet is not rung again"
    assert "kanari" not in "".join(in_app.db.session.scalars(select(Delivery.data)))
    page = in_app.client("ada").get("/admin/support/notifications/").text
    assert f"Jerome Ellis rated the help on {resolved_ticket} as bad: Checkout failing on Canvas Tote" in page
    assert "as good and wrote about it" not in page, "the one that waits says what was said last"


@pytest.mark.every_database
def test_a_rating_said_back_and_forth_rings_once_until_somebody_looks(in_app: Host, resolved_ticket: str) -> None:
    def unread() -> int:
        in_app.db.session.rollback()
        return unread_notices(in_app.agent("ada"))

    told: list[signals.DeliveryChanged] = []
    reading.mark_all_read(in_app.agent("ada"))
    with signals.delivery_changed.connected_to(lambda app, payload: told.append(payload)):
        for good in (False, True, False, True, False):
            rating.rate(resolved_ticket, in_app.customer("jerome"), good=good)
        assert (unread(), len(told)) == (1, 1)
        reading.mark_all_read(in_app.agent("ada"))
        rating.rate(resolved_ticket, in_app.customer("jerome"), good=True)
        assert unread() == 0
        rating.rate(resolved_ticket, in_app.customer("jerome"), good=False)
        assert (unread(), len(told)) == (1, 2)


@pytest.mark.every_database
def test_a_line_that_waits_says_what_is_so_by_now_and_stands_on_top(
    in_app: Host, resolved_ticket: str, open_ticket: OpenTicket
) -> None:
    ada, jerome = in_app.agent("ada"), in_app.customer("jerome")
    rating.rate(resolved_ticket, jerome, good=False)
    in_app.clock.forward(hours=1)
    open_ticket()
    in_app.clock.forward(hours=1)
    [__, rung, *__] = bells(ada).rows
    assert "rated the help" in rung.text
    rating.rate(resolved_ticket, jerome, good=True)
    lines = bells(ada).rows
    assert f"Jerome Ellis rated the help on {resolved_ticket} as good: Checkout failing" in lines[0].text
    assert (lines[0].unread, lines[0].at) == (True, in_app.clock())
    assert sum("rated the help" in line.text for line in lines) == 1
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)


def test_who_has_the_ticket_no_longer_reads_no_rating_that_is_not_so(in_app: Host, resolved_ticket: str) -> None:
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=False)
    assigning.assign(resolved_ticket, in_app.agent("grace"), str(in_app.ids["cleo"]))
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=True, comment="Now it works.")
    for name in ("ada", "cleo"):
        [line] = [bell.text for bell in bells(in_app.agent(name)).rows if "rated the help" in bell.text]
        assert "as good and wrote about it" in line


def test_the_next_page_goes_on_behind_a_line_that_was_brought_up_to_date(
    in_app: Host, resolved_ticket: str, open_ticket: OpenTicket
) -> None:
    ada, jerome = in_app.agent("ada"), in_app.customer("jerome")
    in_app.desk.settings.page_size = 1
    later = open_ticket()
    rating.rate(resolved_ticket, jerome, good=False)
    after = bells(ada).after
    rating.rate(resolved_ticket, jerome, good=True)
    [below] = bells(ada, after=after).rows
    assert below.ticket_id == later


def while_they_read(host: Host, act: Callable[[], object]) -> None:
    """Let Ada mark everything as read between the two statements that bring a line up to date."""
    readers: list[Thread] = []

    def read() -> None:
        with host.app.app_context():
            reading.mark_all_read(host.agent("ada"))

    def on_statement(connection: Any, cursor: Any, statement: str, *__: Any) -> None:
        if not readers and statement.startswith("UPDATE sgsupport_delivery"):
            readers.append(Thread(target=read))
            readers[0].start()
            readers[0].join(1)

    event.listen(host.db.engine, "before_cursor_execute", on_statement)
    try:
        act()
    finally:
        event.remove(host.db.engine, "before_cursor_execute", on_statement)
    [reader] = readers
    reader.join(30)


@pytest.mark.every_database
def test_a_rating_is_not_lost_on_who_reads_their_notices_that_moment(in_app: Host, resolved_ticket: str) -> None:
    if in_app.db.engine.dialect.name == "sqlite":
        pytest.skip("has one writer at a time")
    jerome = in_app.customer("jerome")
    rating.rate(resolved_ticket, jerome, good=False)
    while_they_read(in_app, lambda: rating.rate(resolved_ticket, jerome, good=True, comment="Now it works."))
    in_app.db.session.rollback()
    assert "as good and wrote about it" in bells(in_app.agent("ada")).rows[0].text


@pytest.mark.every_database
def test_a_rating_by_the_app_is_not_lost_on_who_has_read_since_its_transaction_began(
    in_app: Host, resolved_ticket: str
) -> None:
    if in_app.db.engine.dialect.name == "sqlite":
        pytest.skip("has one writer at a time")
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=False)
    jerome = in_app.support.customer(in_app.ids["jerome"])
    in_app.db.session.execute(select(func.count()).select_from(Delivery)).scalar()

    def read() -> None:
        with in_app.app.app_context():
            reading.mark_all_read(in_app.agent("ada"))

    reader = Thread(target=read)
    reader.start()
    reader.join(30)
    in_app.support.rate(jerome, resolved_ticket, good=False, comment="It broke my shop.")
    in_app.db.session.commit()
    assert unread_notices(in_app.agent("ada")) == 1


def behind_an_open_transaction(host: Host, ticket_id: str) -> None:
    """Jerome rates after the app has begun to write and, on MariaDB, to see the tables as they were."""
    session = host.db.session
    session.rollback()
    session.scalar(select(host.user_model.id).limit(1))
    session.add(host.user_model(name="visit"))

    def click() -> None:
        with host.app.app_context():
            rating.rate(ticket_id, host.customer("jerome"), good=True, comment="Quick.")

    clicks = Thread(target=click)
    clicks.start()
    clicks.join(30)


@pytest.mark.every_database
@pytest.mark.parametrize("comment", ["Quick.", None])
def test_a_second_click_counts_as_the_first_that_a_transaction_of_the_app_hides(
    in_app: Host, resolved_ticket: str, comment: str | None
) -> None:
    jerome = in_app.customer("jerome")
    behind_an_open_transaction(in_app, resolved_ticket)
    assert rating.rate(resolved_ticket, jerome, good=True, comment=comment) is True
    assert given(in_app, resolved_ticket) == ("good", "Quick.", "Jerome Ellis")
    assert said(in_app, resolved_ticket) == [(None, "good")]


@pytest.mark.every_database
@pytest.mark.parametrize(("who", "score", "comment"), [("jerome", "bad", "Quick."), ("lena", "bad", "Slow.")])
def test_another_rating_than_the_hidden_one_is_taken_or_told(
    in_app: Host, resolved_ticket: str, who: str, score: str, comment: str
) -> None:
    actor, stands = in_app.customer(who), ("good", "Quick.", "Jerome Ellis")
    behind_an_open_transaction(in_app, resolved_ticket)
    try:
        rating.rate(resolved_ticket, actor, good=score == "good", comment=comment)
    except StaleTicket as error:
        assert "at the same moment" in error.sentence
    else:
        assert actor.person is not None
        stands = (score, comment, actor.person.display_name)
    assert given(in_app, resolved_ticket) == stands


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


# In the panel


def card(html: str) -> str:
    """The part of a page that asks how the help was; empty where it has none."""
    found = re.search(r'<section class="sg-card sg-rating".*?</section>', html, re.DOTALL)
    return unescape(" ".join(found.group(0).split())) if found else ""


def pressed(html: str) -> dict[str, str]:
    """The two buttons, and whether each is pressed."""
    return dict(re.findall(r'name="score" value="(\w+)" aria-pressed="(\w+)"', html))


def sent(html: str, **typed: str) -> dict[str, str]:
    """What a browser sends of the card."""
    return hidden(card(html)) | typed


@pytest.mark.every_database
def test_one_click_says_it_and_then_words_may_follow(host: Host, resolved_ticket: str) -> None:
    client, page = host.client("jerome"), TICKETS + resolved_ticket
    html = client.get(page).text
    assert pressed(card(html)) == {"good": "false", "bad": "false"}
    assert "textarea" not in card(html)
    answer = client.post(f"{page}/rate", data=sent(html, score="bad"))
    assert (answer.status_code, answer.location) == (302, f"{page}#sg-rating")
    html = client.get(page).text
    assert "Thank you. Support sees what you said of the help." in html
    assert "Bad, said Jerome Ellis on 22 April 2026, 14:03 UTC." in card(html)
    assert pressed(card(html)) == {"good": "false", "bad": "true"}
    assert buttons(card(html)) == {"Good", "Bad", "Save the comment"}
    client.post(f"{page}/rate", data=sent(html, score="bad", comment="It took <four> days."))
    html = client.get(page).text
    assert ">\nIt took &lt;four&gt; days.</textarea>" in html
    client.post(f"{page}/rate", data=sent(html, score="good", comment="It took <four> days. But well."))
    with host.app.app_context():
        assert given(host, resolved_ticket) == ("good", "It took <four> days. But well.", "Jerome Ellis")
        assert said(host, resolved_ticket) == [(None, "bad"), ("bad", "bad"), ("bad", "good")]
    html = client.get(page).text
    assert lines(html)[1:] == [
        "Jerome Ellis rated the help as bad",
        "Jerome Ellis commented on the help",
        "Jerome Ellis rated the help as good",
    ]


def test_a_button_pressed_twice_is_thanked_for_twice_and_said_once(host: Host, closed_ticket: str) -> None:
    client, page = host.client("jerome"), TICKETS + closed_ticket
    form = sent(client.get(page).text, score="good")
    for __ in range(2):
        assert client.post(f"{page}/rate", data=form).status_code == 302
        assert "Thank you. Support sees what you said of the help." in client.get(page).text
    with host.app.app_context():
        assert said(host, closed_ticket) == [(None, "good")]


def test_a_colleague_sees_it_and_may_say_it_otherwise(host: Host, closed_ticket: str) -> None:
    page = TICKETS + closed_ticket
    host.client("jerome").post(f"{page}/rate", data={"score": "good", "comment": "Quick."})
    lena = host.client("lena")
    assert "Good, said Jerome Ellis on" in card(lena.get(page).text)
    html = lena.get(page).text
    assert '<p class="sg-words">Quick.</p>' in card(html)
    assert ">\n</textarea>" in html, "the words of another person are no draft of one's own"
    assert "What you say takes the place of this, words included." in card(html)
    lena.post(f"{page}/rate", data=sent(html, score="good", comment=""))
    with host.app.app_context():
        assert given(host, closed_ticket) == ("good", "", "Lena Brandt")
    html = lena.get(page).text
    assert lines(html)[-1] == "Lena Brandt rated the help as good"
    lena.post(f"{page}/rate", data=sent(html, score="bad", comment="Slow."))
    html = lena.get(page).text
    assert "Bad, said Lena Brandt on" in card(html)
    assert ">\nSlow.</textarea>" in html
    assert "takes the place of this" not in card(html)


# From an older page


CHANGED = "Something has changed since this page was shown. Look how it stands now, then say it again."


@pytest.mark.every_database
def test_a_colleagues_newer_rating_is_not_undone_by_an_older_page(host: Host, closed_ticket: str) -> None:
    client, page = host.client("jerome"), TICKETS + closed_ticket
    client.post(f"{page}/rate", data={"score": "bad", "comment": "Slow."})
    older = client.get(page).text
    host.clock.forward(minutes=1)
    lena = host.client("lena")
    lena.post(f"{page}/rate", data=sent(lena.get(page).text, score="good", comment="And then quick."))
    answer = client.post(f"{page}/rate", data=sent(older, score="bad", comment="Slow, and <unkind>."))
    assert answer.status_code == 409
    assert CHANGED in answer.text
    assert "Good, said Lena Brandt on" in card(answer.text)
    assert '<p class="sg-words">And then quick.</p>' in card(answer.text)
    assert ">\nSlow, and &lt;unkind&gt;.</textarea>" in answer.text
    with host.app.app_context():
        assert given(host, closed_ticket) == ("good", "And then quick.", "Lena Brandt")
    again = sent(answer.text, score="bad", comment="Slow, and <unkind>.")
    assert client.post(f"{page}/rate", data=again).status_code == 302, "having looked, one may"
    with host.app.app_context():
        assert given(host, closed_ticket) == ("bad", "Slow, and <unkind>.", "Jerome Ellis")


def test_a_first_click_does_not_take_the_place_of_a_colleagues_words_unseen(host: Host, closed_ticket: str) -> None:
    client, page = host.client("jerome"), TICKETS + closed_ticket
    older = client.get(page).text
    host.client("lena").post(f"{page}/rate", data={"score": "good", "comment": "Careful praise."})
    answer = client.post(f"{page}/rate", data=sent(older, score="bad"))
    assert answer.status_code == 409
    assert "What you say takes the place of this, words included." in card(answer.text)
    with host.app.app_context():
        assert given(host, closed_ticket) == ("good", "Careful praise.", "Lena Brandt")


@pytest.mark.every_database
def test_a_secret_that_was_taken_out_does_not_come_back_by_an_older_page(host: Host, closed_ticket: str) -> None:
    client, page = host.client("jerome"), TICKETS + closed_ticket
    client.post(f"{page}/rate", data={"score": "good", "comment": "Fine.\r\nMy password is hunter2."})
    older = client.get(page).text
    with host.app.app_context():
        key = host.db.session.scalars(select(Message.key).where(Message.kind == "public-reply")).one()
        host.db.session.rollback()
        redacting.redact(closed_ticket, host.agent("grace"), key, secret="hunter2")
    answer = client.post(f"{page}/rate", data=sent(older, score="bad", comment="Fine.\r\nMy password is hunter2."))
    assert answer.status_code == 409
    assert "hunter2" not in answer.text, "nobody typed it this time"
    assert client.post(f"{page}/rate", data=sent(older, score="bad")).status_code == 409
    with host.app.app_context():
        assert given(host, closed_ticket) == ("good", "Fine.\nMy password is [redacted].", "Jerome Ellis")


@pytest.mark.every_database
@pytest.mark.parametrize("rated", [False, True])
def test_a_page_from_before_a_reopening_rates_no_later_help(host: Host, closed_ticket: str, *, rated: bool) -> None:
    client, page = host.client("jerome"), TICKETS + closed_ticket
    if rated:
        client.post(f"{page}/rate", data={"score": "good", "comment": "Quick."})
    older = client.get(page).text
    with host.app.app_context():
        before = said(host, closed_ticket)
        resolve_again(host, closed_ticket)
    answer = client.post(f"{page}/rate", data=sent(older, score="bad", comment="Quick."))
    assert answer.status_code == 409
    assert CHANGED in answer.text
    with host.app.app_context():
        assert said(host, closed_ticket) == before


def test_python_is_not_asked_what_it_saw_and_may_say_it(in_app: Host, resolved_ticket: str) -> None:
    jerome = in_app.customer("jerome")
    rating.rate(resolved_ticket, jerome, good=True)
    with pytest.raises(StaleTicket):
        rating.rate(resolved_ticket, jerome, good=False, seen="of another page")
    rating.rate(resolved_ticket, jerome, good=False)
    assert given(in_app, resolved_ticket) == ("bad", "", "Jerome Ellis")


def test_bad_help_on_a_resolved_ticket_says_what_opens_it_again(host: Host, resolved_ticket: str) -> None:
    client, page = host.client("jerome"), TICKETS + resolved_ticket
    words = "The ticket is still marked as solved: “I still need help” opens it again."
    html = client.post(f"{page}/rate", data={"score": "good"}, follow_redirects=True).text
    assert words not in html
    html = client.post(f"{page}/rate", data={"score": "bad"}, follow_redirects=True).text
    assert f"Thank you. Support sees what you said of the help. {words}" in html
    with host.app.app_context():
        replying.confirm_solved(resolved_ticket, host.customer("jerome"))
    html = client.post(f"{page}/rate", data={"score": "bad", "comment": "Slow."}, follow_redirects=True).text
    assert words not in html


@pytest.mark.every_database
def test_a_corrected_close_is_no_reopening(host: Host, closed_ticket: str) -> None:
    client, page = host.client("jerome"), TICKETS + closed_ticket
    client.post(f"{page}/rate", data={"score": "good", "comment": "Quick."})
    host.clock.forward(minutes=5)
    with host.app.app_context():
        status.set_status(closed_ticket, host.agent("grace"), Status.RESOLVED)
    html = client.get(page).text
    assert "before it was opened again" not in card(html) + banner(host.client("ada").get(INBOX + closed_ticket).text)
    assert pressed(card(html)) == {"good": "true", "bad": "false"}
    client.post(f"{page}/rate", data=sent(html, score="bad", comment="Quick."))
    with host.app.app_context():
        assert said(host, closed_ticket) == [(None, "good"), ("good", "bad")]


@pytest.mark.every_database
def test_a_ticket_that_nobody_answered_asks_nothing_when_it_is_withdrawn(host: Host, open_ticket: OpenTicket) -> None:
    with host.app.app_context():
        ticket_id = open_ticket()
        status.withdraw(ticket_id, host.customer("jerome"))
    client, page = host.client("jerome"), TICKETS + ticket_id
    assert card(client.get(page).text) == ""
    assert "How was the help?" not in client.get(f"{page}/solved").text
    answer = client.post(f"{page}/rate", data={"score": "bad", "comment": "My words."})
    assert answer.status_code == 409
    assert "There is nothing to rate on this ticket." in answer.text
    assert "My words." in answer.text


def test_the_way_out_of_a_resolved_ticket_stands_first(host: Host, resolved_ticket: str) -> None:
    html = host.client("jerome").get(TICKETS + resolved_ticket).text
    order = ["That solved it", "I still need help", "Send, I still need help", "How was the help?"]
    assert [html.index(words) for words in order] == sorted(html.index(words) for words in order)
    host.client("jerome").post(f"{TICKETS}{resolved_ticket}/rate", data={"score": "good"})
    with host.app.app_context():
        ticket = host.db.session.scalars(select(Ticket)).one()
        assert (ticket.status, ticket.auto_close_at is not None) == ("resolved", True)


def test_an_open_ticket_asks_nothing_and_keeps_what_was_said_earlier(host: Host, answered_ticket: str) -> None:
    client, page = host.client("jerome"), TICKETS + answered_ticket
    assert card(client.get(page).text) == ""
    with host.app.app_context():
        replying.reply(answered_ticket, host.agent("ada"), body="Done.", status=Status.RESOLVED)
        rating.rate(answered_ticket, host.customer("jerome"), good=False, comment="Solved\n\ntoo <soon>.")
        host.clock.forward(hours=1)
        replying.follow_up(answered_ticket, host.customer("jerome"), body="It is back.")
    html = client.get(page).text
    assert "Bad, said Jerome Ellis on 22 April 2026, 14:03 UTC, before it was opened again." in card(html)
    assert "Solved too <soon>." in card(html)
    assert "Solved\n\ntoo &lt;soon&gt;." in html
    assert pressed(card(html)) == {}
    with host.app.app_context():
        host.clock.forward(hours=1)
        replying.reply(answered_ticket, host.agent("ada"), body="Now.", status=Status.RESOLVED)
    html = client.get(page).text
    assert "before it was opened again." in card(html)
    assert pressed(card(html)) == {"good": "false", "bad": "false"}
    client.post(f"{page}/rate", data=sent(html, score="good"))
    assert "Good, said Jerome Ellis on 22 April 2026, 16:03 UTC." in card(client.get(page).text)


def test_what_is_refused_comes_back_with_every_word(host: Host, resolved_ticket: str) -> None:
    client, page = host.client("jerome"), TICKETS + resolved_ticket
    html = client.post(f"{page}/rate", data={"score": "good"}, follow_redirects=True).text
    host.desk.settings.max_body_chars = 10
    form = sent(html, score="good", comment="Longer than <ten> characters.")
    answer = client.post(f"{page}/rate", data=form)
    assert answer.status_code == 422
    assert '<a href="#sg-comment">This text has 29 characters; 10 is the most.</a>' in answer.text
    assert ">\nLonger than &lt;ten&gt; characters.</textarea>" in answer.text
    assert sent(answer.text)["form"] == form["form"]
    host.desk.settings.max_body_chars = 100
    answer = client.post(f"{page}/rate", data={"score": "perfect", "comment": "My words."})
    assert answer.status_code == 422
    assert "Choose Good or Bad." in answer.text
    assert ">\nMy words.</textarea>" in answer.text


def test_words_for_a_ticket_that_was_opened_meanwhile_can_be_sent_as_a_message(
    host: Host, resolved_ticket: str
) -> None:
    client, page = host.client("jerome"), TICKETS + resolved_ticket
    html = client.post(f"{page}/rate", data={"score": "good"}, follow_redirects=True).text
    with host.app.app_context():
        status.set_status(resolved_ticket, host.agent("ada"), Status.OPEN)
    answer = client.post(f"{page}/rate", data=sent(html, score="bad", comment="It is not solved at all."))
    assert answer.status_code == 409
    assert "You can say how the help was once the ticket is resolved." in answer.text
    assert ">\nIt is not solved at all.</textarea>" in answer.text


def test_ratings_are_limited_like_messages(host: Host, resolved_ticket: str) -> None:
    host.desk.settings.messages_per_hour = 1
    client, page = host.client("jerome"), TICKETS + resolved_ticket
    assert client.post(f"{page}/rate", data={"score": "good"}).status_code == 302
    refused = client.post(f"{page}/rate", data={"score": "bad", "comment": "On second thoughts."})
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    assert "On second thoughts." in refused.text
    with host.app.app_context():
        assert host.db.session.scalar(select(Spent.amount)) == 1


def test_who_may_not_rate(host: Host, resolved_ticket: str) -> None:
    page = f"{TICKETS}{resolved_ticket}/rate"
    for who, status_code in (("mina", 404), ("nora", 403), ("ada", 403), ("grace", 403)):
        refused = host.client(who).post(page, data={"score": "good", "comment": "Their words."})
        assert refused.status_code == status_code, who
        assert "Their words." in refused.text
    with host.app.app_context():
        assert given(host, resolved_ticket) is None


# By way of a mail


def test_the_page_mails_lead_to_asks_and_changes_nothing_by_being_looked_at(host: Host, resolved_ticket: str) -> None:
    client, page = host.client("jerome"), f"{TICKETS}{resolved_ticket}/solved"
    html = client.get(page).text
    assert {"That solved it", "I still need help", "Good", "Bad"} <= buttons(html)
    assert "<h1>" in html
    with host.app.app_context():
        assert given(host, resolved_ticket) is None
        replying.confirm_solved(resolved_ticket, host.customer("jerome"))
    html = client.get(page).text
    assert '<span aria-current="page">How was the help?</span>' in html
    answer = client.post(f"{TICKETS}{resolved_ticket}/rate", data=sent(html, score="good"))
    assert answer.location == f"{page}#sg-rating"
    assert "Good, said Jerome Ellis on" in card(client.get(answer.location).text)
    assert "textarea" in card(client.get(answer.location).text)


# In the inbox


def banner(html: str) -> str:
    """What stands above the conversation of how the help was; empty where nothing does."""
    found = re.search(
        r'<div class="sg-banner sg-banner-(\w+)">(?:(?!</div>).)*How the help was:.*?</div>', html, re.DOTALL
    )
    return f"{found[1]}: {unescape(re.sub('<[^>]+>', '', found[0]))}" if found else ""


@pytest.mark.every_database
def test_agents_read_how_who_when_and_every_word(host: Host, closed_ticket: str) -> None:
    ada, page = host.client("ada"), INBOX + closed_ticket
    assert banner(ada.get(page).text) == ""
    with host.app.app_context():
        rating.rate(closed_ticket, host.customer("lena"), good=False, comment="Four days.\n<script>alert(1)</script>")
    html = ada.get(page).text
    shown = banner(html)
    assert shown.startswith("warning: ")
    assert "Bad, said Lena Brandt on 22 April 2026, 14:03 UTC." in shown
    assert "Four days.\n<script>alert(1)</script>" in shown
    assert "<script>alert(1)" not in html
    assert "Lena Brandt: rated the help as bad" in lines(html)
    assert buttons(html).isdisjoint({"Good", "Bad"})
    with host.app.app_context():
        rating.rate(closed_ticket, host.customer("lena"), good=True)
    assert banner(ada.get(page).text).startswith("info: ")


def test_agents_see_that_a_rating_is_about_earlier_help(host: Host, closed_ticket: str) -> None:
    with host.app.app_context():
        rating.rate(closed_ticket, host.customer("jerome"), good=False)
        resolve_again(host, closed_ticket)
    shown = banner(host.client("ada").get(INBOX + closed_ticket).text)
    assert shown.startswith("info: ")
    assert "Bad, said Jerome Ellis on 22 April 2026, 14:03 UTC, before it was opened again." in shown


def test_a_new_rating_is_news_to_colleagues_and_puts_no_work_before_agents(host: Host, closed_ticket: str) -> None:
    pages = {"ada": (INBOX, "/admin/support/?view=all"), "lena": (TICKETS, "/support/")}
    for who, (ticket, __) in pages.items():
        host.client(who).get(ticket + closed_ticket)
    host.clock.forward(minutes=1)
    host.client("jerome").post(f"{TICKETS}{closed_ticket}/rate", data={"score": "bad"})
    unread = {who: "Unread:" in host.client(who).get(page).text for who, (__, page) in pages.items()}
    assert unread == {"ada": False, "lena": True}
