"""Open tickets of the account that look like the one being written are offered before it is sent."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select, update

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Message, Ticket
from flask_sgsupport.queries.similar import MAX_OFFERED, SENT_TWICE, is_alike, similar_open, telling
from flask_sgsupport.services import replying
from tests.panel_pages import FORM, fresh_form, hidden, number_in, send_form
from tests.world import Host, OpenTicket

ALIKE = {"subject": "The checkout fails on a canvas tote", "body": "My customers see an error."}


def offered(host: Host, who: str, subject: str, body: str = "", account_id: str = "1") -> list[str]:
    """Numbers of what is offered to somebody who writes that."""
    with host.app.app_context():
        actor = host.agent(who) if who in {"ada", "ben", "cleo", "grace"} else host.customer(who)
        found = similar_open(actor, account_id, subject=subject, body=body, requester_id="nobody")
        return [one.ticket_id for one in found]


def count_tickets(host: Host) -> int:
    """How many there are."""
    with host.app.app_context():
        return int(host.db.session.scalar(select(func.count()).select_from(Ticket)))


def change_messages(host: Host, **values: Any) -> None:
    """Change every message by hand, past the services."""
    host.bent = "messages were changed by hand"
    with host.app.app_context():
        host.db.session.execute(update(Message).values(**values))
        host.db.session.commit()


@pytest.mark.every_database
def test_a_colleagues_open_ticket_is_found_by_words_of_subject_and_description(
    host: Host, open_ticket: OpenTicket
) -> None:
    tote = open_ticket(subject="Checkout failing on Canvas Tote", body="Nobody can pay; error 500 since Größe changed.")
    open_ticket(subject="Invoice of March", body="It is twice in my mail.")
    assert offered(host, "lena", "The checkout fails for totes") == [tote]
    assert offered(host, "lena", "Error 500, nobody pays") == [tote]
    assert offered(host, "lena", "Help!", "Since the GRÖSSE was changed nobody can pay") == [tote]
    assert offered(host, "lena", "Where is my parcel") == []
    assert offered(host, "lena", "please help with this") == []
    assert offered(host, "lena", "100%_") == []


def test_the_most_alike_come_first_and_only_some(host: Host, open_ticket: OpenTicket, clock: Any) -> None:
    for number in range(MAX_OFFERED + 2):
        open_ticket(subject=f"Checkout broken, order {1000 + number}")
        clock.forward(minutes=11)
    both = open_ticket(subject="Checkout broken for canvas bags")
    clock.forward(minutes=11)
    open_ticket(subject="Checkout broken")
    found = offered(host, "lena", "Checkout of canvas bags broken")
    assert found[0] == both
    assert len(found) == MAX_OFFERED


@pytest.mark.every_database
def test_nobody_is_offered_what_they_may_not_see(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(subject="Checkout failing on Canvas Tote")
    subject = "Checkout failing on tote"
    assert offered(host, "jerome", subject) == [ticket_id]
    assert offered(host, "mina", subject, account_id="2") == []
    assert offered(host, "mina", subject, account_id="1") == []
    assert offered(host, "ada", subject) == [ticket_id]
    assert offered(host, "ben", subject) == []
    assert offered(host, "grace", subject) == [ticket_id]


def test_only_open_tickets_are_offered(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(subject="Checkout failing on Canvas Tote")
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Mended.", status=Status.RESOLVED)
    assert offered(host, "lena", "Checkout failing on tote") == []


def test_neither_notes_nor_what_was_hidden_makes_a_ticket_alike(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(subject="A question", body="My certificate wildcard expired.")
    with host.app.app_context():
        replying.add_note(ticket_id, host.agent("ada"), body="He owes us the ransom payment.")
    for who in ("lena", "ada"):
        assert offered(host, who, "ransom payment") == []
        assert offered(host, who, "certificate wildcard") == [ticket_id]
    change_messages(host, public=False)
    assert offered(host, "ada", "certificate wildcard") == []


def test_what_was_written_before_there_was_a_search_is_found_by_its_subject(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket(subject="Checkout failing on Canvas Tote", body="certificate wildcard")
    change_messages(host, searched=None)
    assert offered(host, "lena", "Checkout failing") == [ticket_id]
    assert offered(host, "lena", "certificate wildcard") == []


@pytest.mark.parametrize(
    ("words", "in_subject", "in_all", "alike"),
    [(1, 1, 1, True), (1, 0, 1, False), (2, 1, 1, False), (2, 0, 2, True), (4, 0, 2, True), (5, 1, 2, False)],
)
def test_half_of_the_words_make_it_alike_and_never_one_in_a_long_text(
    words: int, in_subject: int, in_all: int, *, alike: bool
) -> None:
    assert is_alike(words, in_subject, in_all) is alike


def test_telling_words_are_those_of_the_subject_unless_it_says_little() -> None:
    assert telling("Checkout broken since March", "a description with certificates") == ["checko", "brok", "marc"]
    assert telling("Please help", "the certificates are not valid") == ["certificat", "vali"]
    assert telling("Hilfe bitte", "") == []
    assert len(telling(" ".join(f"word{number}" for number in range(30)))) == 8


# Without scripts: asked once, on the first sending.


def test_a_form_with_nothing_alike_is_sent_at_once(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(subject="Where is my parcel", body="It is late.")
    assert send_form(host.client("lena")).status_code == 302


def test_the_first_sending_asks_once_and_the_second_opens_it(host: Host, open_ticket: OpenTicket) -> None:
    earlier = open_ticket(subject=FORM["subject"], body="It began at noon.")
    lena = host.client("lena")
    asks = lena.post("/support/open", data=fresh_form(lena) | ALIKE | {"category": "storefront"})
    assert asks.status_code == 200
    assert "Not sent yet." in asks.text and earlier in asks.text and "opened by Jerome Ellis" in asks.text
    assert "Send anyway" in asks.text and "Follow up here" in asks.text
    assert ALIKE["body"] in asks.text and 'value="storefront" selected' in asks.text
    assert count_tickets(host) == 1
    opened = lena.post("/support/open", data=hidden(asks.text) | ALIKE | {"alike": [earlier]})
    assert opened.status_code == 302
    assert number_in(opened.location) != earlier
    assert count_tickets(host) == 2


def test_it_asks_again_for_one_that_came_meanwhile(host: Host, open_ticket: OpenTicket) -> None:
    earlier = open_ticket(subject=FORM["subject"])
    lena = host.client("lena")
    form = fresh_form(lena) | ALIKE
    assert lena.post("/support/open", data=form).status_code == 200
    later = open_ticket(subject="Checkout fails, tote again")
    asks = lena.post("/support/open", data=form | {"alike": [earlier]})
    assert asks.status_code == 200 and later in asks.text
    assert lena.post("/support/open", data=form | {"alike": [earlier, later]}).status_code == 302


def test_what_the_script_has_looked_for_is_not_looked_for_again(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(subject=FORM["subject"])
    lena = host.client("lena")
    form = fresh_form(lena) | ALIKE
    assert lena.post("/support/open", data=form | {"looked-for": "Another subject"}).status_code == 200
    assert lena.post("/support/open", data=form | {"looked-for": ALIKE["subject"]}).status_code == 302


def test_files_that_were_chosen_are_named_when_it_asks(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(subject=FORM["subject"])
    lena = host.client("lena")
    asks = lena.post("/support/open", data=fresh_form(lena) | ALIKE | {"files": [(BytesIO(b"x"), "trace.txt")]})
    assert "Choose these files again, they were not kept: trace.txt." in asks.text


def test_what_lacks_a_text_is_told_after_it_was_asked_and_nothing_is_opened(
    host: Host, open_ticket: OpenTicket
) -> None:
    earlier = open_ticket(subject=FORM["subject"])
    lena = host.client("lena")
    refused = lena.post("/support/open", data=fresh_form(lena) | ALIKE | {"body": "", "alike": [earlier]})
    assert refused.status_code == 422
    assert "Describe what happens" in refused.text


def test_a_form_that_comes_twice_leads_to_its_ticket_and_asks_nothing(host: Host) -> None:
    jerome = host.client("jerome")
    form = fresh_form(jerome)
    first, second = send_form(jerome, form), send_form(jerome, form)
    assert first.status_code == second.status_code == 302
    assert first.location == second.location


def test_a_repeated_form_is_no_likeness_for_as_long_as_opening_knows_it(
    host: Host, open_ticket: OpenTicket, clock: Any
) -> None:
    open_ticket(subject=FORM["subject"])
    jerome = str(host.ids["jerome"])
    with host.app.app_context():
        assert similar_open(host.customer("jerome"), "1", subject=FORM["subject"], requester_id=jerome) == ()
        clock.forward(seconds=SENT_TWICE.total_seconds() + 1)
        assert len(similar_open(host.customer("jerome"), "1", subject=FORM["subject"], requester_id=jerome)) == 1


def test_the_text_is_taken_along_to_the_ticket_there_is(host: Host, open_ticket: OpenTicket) -> None:
    earlier = open_ticket(subject=FORM["subject"])
    lena = host.client("lena")
    form = fresh_form(lena) | ALIKE
    page = lena.post(f"/support/tickets/{earlier}/carry", data=form)
    assert page.status_code == 200
    assert f"{ALIKE['subject']}\n\n{ALIKE['body']}</textarea>" in page.text
    assert "nothing is sent yet" in page.text
    with host.count_statements() as ran:
        lena.post(f"/support/tickets/{earlier}/carry", data=form)
    assert not [one for one in ran.ran if not one.lstrip().upper().startswith("SELECT")]
    sent = lena.post(f"/support/tickets/{earlier}/follow-up", data=hidden(page.text) | {"body": "x", "plain": "1"})
    assert sent.status_code == 302
    # The browser's draft of the other form goes: what was sent has its random text.
    assert f'data-sg-sent="{form["form"]}"' in lena.get(sent.location).text


def test_a_text_taken_to_a_ticket_out_of_sight_is_not_lost(host: Host, open_ticket: OpenTicket) -> None:
    earlier = open_ticket()
    gone = host.client("mina").post(f"/support/tickets/{earlier}/carry", data=ALIKE)
    assert gone.status_code == 404
    assert ALIKE["body"] in gone.text and earlier not in gone.text.replace(f"no ticket {earlier} here", "")


# With scripts: a fragment while somebody types.


def test_the_script_gets_a_fragment_or_nothing(host: Host, open_ticket: OpenTicket) -> None:
    earlier = open_ticket(subject=FORM["subject"])
    lena = host.client("lena")
    found = lena.post("/support/open/similar", data=ALIKE)
    assert found.status_code == 200 and earlier in found.text
    assert "<html" not in found.text and "Send anyway" not in found.text
    nothing = lena.post("/support/open/similar", data={"subject": "Where is my parcel"})
    assert (nothing.status_code, nothing.text) == (204, "")
    assert host.client("mina").post("/support/open/similar", data=ALIKE).status_code == 204


def test_offers_count_as_searches_and_stop_quietly(host: Host) -> None:
    host.desk.settings.searches_per_minute = 2
    send_form(host.client("jerome"))
    lena = host.client("lena")
    codes = [lena.post("/support/open/similar", data=ALIKE).status_code for __ in range(3)]
    assert codes == [200, 200, 204]
    assert lena.post("/support/open", data=fresh_form(lena) | ALIKE).status_code == 200, "the step asks all the same"


@pytest.mark.every_database
def test_an_offer_costs_one_statement_beside_its_count(host: Host, open_ticket: OpenTicket) -> None:
    for number in range(30):
        open_ticket(subject=f"Checkout failing on tote {number}")
    lena = host.client("lena")
    lena.post("/support/open/similar", data=ALIKE)
    with host.count_statements() as ran:
        lena.post("/support/open/similar", data=ALIKE)
    assert len(ran) <= 3, "\n".join(ran.ran)


# Agents who open on somebody's behalf.


def test_an_agent_is_asked_too_and_takes_the_text_along_as_a_note(host: Host, open_ticket: OpenTicket) -> None:
    earlier = open_ticket(subject=FORM["subject"])
    ada, here = host.client("ada"), {"person": str(host.ids["lena"]), "account": "1"}
    fragment = ada.post("/admin/support/open/similar", data=here | ALIKE)
    assert earlier in fragment.text and "Add as a note here" in fragment.text
    form = hidden(ada.get("/admin/support/open", query_string=here).text) | here | ALIKE
    asks = ada.post("/admin/support/open", data=form)
    assert asks.status_code == 200 and "Open it anyway" in asks.text
    assert count_tickets(host) == 1
    page = ada.post(f"/admin/support/tickets/{earlier}/carry", data=form)
    assert f"{ALIKE['subject']}\n\n{ALIKE['body']}</textarea>" in page.text.split('id="sg-compose-note"')[1]
    assert f'name="form" value="{form["form"]}"' in page.text, "a note that is sent is known as this form"
    assert ada.post("/admin/support/open", data=form | {"alike": [earlier]}).status_code == 302


def test_an_agent_who_does_not_see_the_ticket_is_not_asked(host: Host, open_ticket: OpenTicket) -> None:
    earlier = open_ticket(subject=FORM["subject"])
    ben, here = host.client("ben"), {"person": str(host.ids["lena"]), "account": "1"}
    assert ben.post("/admin/support/open/similar", data=here | ALIKE).status_code == 204
    gone = ben.post(f"/admin/support/tickets/{earlier}/carry", data=here | ALIKE)
    assert gone.status_code == 404 and ALIKE["body"] in gone.text
    form = hidden(ben.get("/admin/support/open", query_string=here).text) | here | ALIKE
    assert ben.post("/admin/support/open", data=form).status_code == 302
