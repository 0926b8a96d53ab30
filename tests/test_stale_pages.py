"""An older page undoes nothing unseen: whom a reply goes to, what is put out of sight, what was put there anew."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from flask_sgsupport.actors import Person
from flask_sgsupport.errors import StaleTicket
from flask_sgsupport.models import Delivery, Draft, Ticket
from flask_sgsupport.services import clock as clock_service
from flask_sgsupport.services import delivering, replying, sending, snoozing, sorting
from flask_sgsupport.services.replying import Answer
from tests.world import Clock, Host, OpenTicket

INBOX = "/admin/support/"
RIGHT, WRONG = "j.ellis@northwind.example", "elis@northwind.example"
TOMORROW, LATER = datetime(2026, 4, 23, 9, tzinfo=UTC), datetime(2026, 4, 29, 9, tzinfo=UTC)


def fields_in(html: str, act: str) -> dict[str, str]:
    """Every hidden input of a form."""
    form = re.search(rf'<form[^>]*action="[^"]*/{act}(?:\?[^"]*)?".*?</form>', html, re.DOTALL)
    assert form is not None, f"no form {act}"
    return {name: unescape(value) for name, value in re.findall(r' name="([\w-]+)" value="([^"]*)">', form[0])}


class Page:
    """A ticket in an agent's browser, as it was when they looked at it."""

    def __init__(self, host: Host, who: str, ticket_id: str, path: str = "") -> None:
        self.client: FlaskClient = host.client(who)
        self.address = f"{INBOX}tickets/{ticket_id}"
        self.html = self.client.get(self.address + path).text

    def sends(self, act: str, **typed: str) -> TestResponse:
        """A form of the page, which is replaced by the page it comes back with."""
        answer = self.client.post(f"{self.address}/{act}", data=fields_in(self.html, act) | typed)
        if answer.status_code == 409:
            self.html = answer.text
        return answer


def now(host: Host, ticket_id: str) -> Any:
    with host.app.app_context():
        row = host.db.session.scalars(select(Ticket).where(Ticket.ticket_id == ticket_id)).one()
        host.db.session.expunge(row)
        host.db.session.remove()
    return row


def person(host: Host, name: str) -> Person:
    found = host.desk.hooks.directory.person(str(host.ids[name]))
    assert found is not None
    return found


def told(answer: TestResponse) -> str:
    """What a page that came back says of it; it is no redirect."""
    assert answer.status_code == 409
    banner = re.search(r'<div class="sg-banner sg-banner-danger" role="alert">.*?</ul>', answer.text, re.DOTALL)
    assert banner is not None
    return unescape(re.sub(r"<[^>]+>", " ", banner[0]))


def writes(host: Host, ticket_id: str, body: str = "URGENT: the orders are gone as well") -> None:
    """The customer, while the page is open."""
    host.clock.forward(minutes=1)
    with host.app.app_context():
        replying.follow_up(ticket_id, host.customer("jerome"), body=body)


# Whom a reply goes to


@pytest.mark.every_database
def test_the_second_of_two_who_correct_the_address_is_told_of_the_first(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    grace, ada = Page(host, "grace", ticket_id), Page(host, "ada", ticket_id)
    assert grace.sends("address", email=RIGHT).status_code == 302
    refused = ada.sends("address", email=WRONG)
    assert f"Grace Hopper: requester's address jerome@northwind.example → {RIGHT}" in told(refused)
    assert f'value="{WRONG}"' in refused.text
    assert now(host, ticket_id).requester_email == RIGHT
    assert ada.sends("address", email=WRONG).status_code == 302
    assert now(host, ticket_id).requester_email == WRONG


@pytest.mark.every_database
def test_the_second_of_two_who_change_the_requester_is_told_of_the_first(host: Host, open_ticket: OpenTicket) -> None:
    host.change_user("nora", support=True)
    ticket_id = open_ticket()
    grace, ada = (Page(host, who, ticket_id, "/requester") for who in ("grace", "ada"))
    assert grace.sends("requester", requester=str(host.ids["lena"])).status_code == 302
    refused = ada.sends("requester", requester=str(host.ids["nora"]))
    assert "Grace Hopper: requester Jerome Ellis → Lena Brandt" in told(refused)
    assert re.search(rf'value="{host.ids["nora"]}"[^>]* checked', refused.text)
    assert "Now that is Lena Brandt." in refused.text
    assert now(host, ticket_id).requester_id == str(host.ids["lena"])
    assert ada.sends("requester", requester=str(host.ids["nora"])).status_code == 302
    assert now(host, ticket_id).requester_id == str(host.ids["nora"])


def test_two_who_want_the_same_are_in_nobodys_way(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    grace, ada = Page(host, "grace", ticket_id), Page(host, "ada", ticket_id)
    choosing = [Page(host, who, ticket_id, "/requester") for who in ("grace", "ada")]
    assert [one.sends("address", email=RIGHT).status_code for one in (grace, ada)] == [302, 302]
    lena = str(host.ids["lena"])
    assert [one.sends("requester", requester=lena).status_code for one in choosing] == [302, 302]


def test_a_form_that_came_back_for_a_slip_has_shown_nothing_of_what_a_colleague_did(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    ada = Page(host, "ada", ticket_id)
    with host.app.app_context():
        sorting.correct_address(ticket_id, host.agent("grace"), RIGHT)
    slip = ada.sends("address", email="elis@")
    assert slip.status_code == 422
    ada.html = slip.text
    assert "requester's address" in told(ada.sends("address", email=WRONG))


@pytest.mark.every_database
def test_an_address_is_not_corrected_on_somebody_it_was_not_meant_for(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada, grace = open_ticket(), in_app.agent("ada"), in_app.agent("grace")
    version = now(in_app, ticket_id).version
    sorting.change_requester(ticket_id, grace, person(in_app, "lena"))
    with pytest.raises(StaleTicket, match="requester Jerome Ellis → Lena Brandt"):
        sorting.correct_address(ticket_id, ada, RIGHT, version=version)
    assert now(in_app, ticket_id).requester_email == "lena@northwind.example"
    # What one did oneself is no news, nor is anything to who has looked at no page.
    assert sorting.correct_address(ticket_id, grace, "lena.b@northwind.example", version=version)
    assert sorting.correct_address(ticket_id, ada, "l.brandt@northwind.example")


@pytest.mark.every_database
def test_a_mail_sent_again_undoes_no_correction_it_did_not_see(host: Host, answered_ticket: str) -> None:
    with host.app.app_context():
        mails = (Delivery.notice == "replied_customer") & (Delivery.channel == "email")
        host.db.session.execute(update(Delivery).where(mails).values(state="failed", error="550 unknown user"))
        host.db.session.commit()
        key = host.db.session.scalars(select(Delivery.key).where(mails)).one()
        host.db.session.remove()
    ada = Page(host, "ada", answered_ticket, f"?again={key}")
    with host.app.app_context():
        sorting.correct_address(answered_ticket, host.agent("grace"), RIGHT)
    refused = ada.sends(f"deliveries/{key}/send-again", address=WRONG)
    assert f"requester's address jerome@northwind.example → {RIGHT}" in told(refused)
    assert f'value="{WRONG}"' in refused.text
    assert now(host, answered_ticket).requester_email == RIGHT
    assert ada.sends(f"deliveries/{key}/send-again", address=WRONG).status_code == 302
    assert now(host, answered_ticket).requester_email == WRONG


@pytest.mark.every_database
def test_a_former_requesters_mail_undoes_no_correction_it_did_not_see(in_app: Host, answered_ticket: str) -> None:
    ada, grace, session = in_app.agent("ada"), in_app.agent("grace"), in_app.db.session
    mails = (Delivery.notice == "replied_customer") & (Delivery.channel == "email")
    sorting.change_requester(answered_ticket, grace, person(in_app, "lena"))
    key, version = session.scalars(select(Delivery.key).where(mails)).one(), now(in_app, answered_ticket).version
    delivering.send_again(answered_ticket, grace, key, address=RIGHT, version=version)
    delivering.send_again(answered_ticket, ada, key, address=RIGHT, version=version)
    with pytest.raises(StaleTicket, match=f"Grace Hopper: sends again to {RIGHT}"):
        delivering.send_again(answered_ticket, ada, key, address=WRONG, version=version)
    assert session.scalars(select(Delivery.address).where(mails)).one() == RIGHT


@pytest.mark.every_database
def test_a_reply_goes_to_nobody_but_whom_its_page_named(host: Host, answered_ticket: str) -> None:
    ada = Page(host, "ada", answered_ticket)
    assert "Reply to Jerome" in ada.html
    with host.app.app_context():
        sorting.change_requester(answered_ticket, host.agent("grace"), person(host, "lena"))
    refused = ada.sends("reply", body="Dear Jerome, your new password is abc")
    assert "Grace Hopper: requester Jerome Ellis → Lena Brandt at 14:03 UTC" in told(refused)
    assert "Dear Jerome, your new password is abc</textarea>" in refused.text
    assert "Reply to Lena" in refused.text
    assert ada.sends("reply", body="Dear Lena, all is well").status_code == 302
    with host.app.app_context():
        to = select(Delivery.address).where(Delivery.notice == "replied_customer", Delivery.channel == "email")
        assert host.db.session.scalars(to.order_by(Delivery.pk)).all()[1:] == ["lena@northwind.example"]


def test_a_reply_does_not_go_unseen_to_an_address_that_was_changed(host: Host, answered_ticket: str) -> None:
    ada = Page(host, "ada", answered_ticket)
    with host.app.app_context():
        sorting.correct_address(answered_ticket, host.agent("grace"), RIGHT)
    refused = ada.sends("reply", body="All is well")
    assert f"Grace Hopper: requester's address jerome@northwind.example → {RIGHT} at" in told(refused)
    assert "All is well</textarea>" in refused.text
    assert ada.sends("reply", body="All is well").status_code == 302


def test_a_reply_that_waits_comes_back_where_its_requester_is_another(in_app: Host, answered_ticket: str) -> None:
    clock_service.beat("worker", "a worker")
    answer = Answer("Dear Jerome", form="a", version=now(in_app, answered_ticket).version)
    sending.send(answered_ticket, in_app.agent("ada"), answer)
    sorting.change_requester(answered_ticket, in_app.agent("grace"), person(in_app, "lena"))
    in_app.clock.forward(minutes=1)
    sending.send_due()
    in_app.db.session.rollback()
    draft = in_app.db.session.scalars(select(Draft)).one()
    assert (draft.body, draft.send_at) == ("Dear Jerome", None)
    assert "requester Jerome Ellis → Lena Brandt" in str(draft.unsent)


# What is put out of sight


@pytest.mark.every_database
def test_nobody_snoozes_what_the_customer_has_just_written(host: Host, answered_ticket: str) -> None:
    ada = Page(host, "ada", answered_ticket)
    writes(host, answered_ticket)
    refused = ada.sends("snooze", at="2026-05-01T12:00", until="")
    assert "the customer wrote at 14:04 UTC" in told(refused)
    assert 'value="2026-05-01T12:00"' in refused.text
    assert "the orders are gone as well" in refused.text
    assert now(host, answered_ticket).snoozed_until is None
    assert ada.sends("snooze", at="2026-05-01T12:00", until="").status_code == 302
    assert now(host, answered_ticket).snoozed_until == datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.every_database
def test_what_a_colleague_answered_and_the_customer_followed_up_is_not_put_aside_unseen(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    ada = Page(host, "ada", ticket_id)
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("grace"), body="We are on it.")
    writes(host, ticket_id)
    said = told(ada.sends("spam"))
    assert "Grace Hopper replied at 14:03 UTC" in said
    assert "the customer wrote at 14:04 UTC" in said
    assert now(host, ticket_id).filtered_reason is None
    assert ada.sends("spam").status_code == 302
    assert now(host, ticket_id).filtered_reason == "marked as spam"


def test_who_released_it_is_named_to_whoever_puts_it_aside_from_an_older_page(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    ticket_id, ada, grace = open_ticket(), in_app.agent("ada"), in_app.agent("grace")
    version = now(in_app, ticket_id).version
    sorting.put_aside(ticket_id, ada, "a robot")
    sorting.release(ticket_id, grace)
    with pytest.raises(StaleTicket, match="Grace Hopper: released it from Spam / Filtered"):
        sorting.put_aside(ticket_id, ada, version=version)
    sorting.put_aside(ticket_id, ada, version=now(in_app, ticket_id).version)


@pytest.mark.every_database
@pytest.mark.parametrize("place", ["the page", "the list"])
def test_what_was_put_aside_anew_is_not_released_unseen(host: Host, open_ticket: OpenTicket, place: str) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        grace = host.agent("grace")
        sorting.put_aside(ticket_id, grace, "a robot")
    ada = Page(host, "ada", ticket_id)
    if place == "the list":
        ada.html = ada.client.get(f"{INBOX}?view=filtered").text
    with host.app.app_context():
        sorting.release(ticket_id, grace)
        sorting.put_aside(ticket_id, grace, "phishing")
    assert "Grace Hopper: filtered: phishing" in told(ada.sends("release"))
    assert now(host, ticket_id).filtered_reason == "phishing"
    assert ada.sends("release").status_code == 302


@pytest.mark.every_database
def test_a_colleagues_newer_snooze_is_not_undone_unseen(host: Host, answered_ticket: str) -> None:
    with host.app.app_context():
        snoozing.snooze(answered_ticket, host.agent("ada"), TOMORROW)
    ada = Page(host, "ada", answered_ticket)
    with host.app.app_context():
        snoozing.snooze(answered_ticket, host.agent("grace"), LATER)
    assert "Grace Hopper: snoozed it until 29 April 2026, 09:00 UTC" in told(ada.sends("unsnooze"))
    assert now(host, answered_ticket).snoozed_until == LATER
    assert ada.sends("unsnooze").status_code == 302
    assert now(host, answered_ticket).snoozed_until is None


def test_the_same_time_wanted_by_two_is_no_conflict(in_app: Host, answered_ticket: str) -> None:
    version = now(in_app, answered_ticket).version
    for who in ("grace", "ada"):
        assert snoozing.snooze(answered_ticket, in_app.agent(who), TOMORROW, version=version) == TOMORROW


def test_who_looked_at_no_page_is_asked_nothing(in_app: Host, answered_ticket: str, clock: Clock) -> None:
    ada, grace = in_app.agent("ada"), in_app.agent("grace")
    replying.follow_up(answered_ticket, in_app.customer("jerome"), body="And now?")
    snoozing.snooze(answered_ticket, ada, TOMORROW)
    snoozing.snooze(answered_ticket, grace, LATER)
    snoozing.unsnooze(answered_ticket, ada)
    sorting.put_aside(answered_ticket, ada)
    sorting.release(answered_ticket, grace)
    assert sorting.change_requester(answered_ticket, ada, person(in_app, "lena"))
    assert sorting.change_requester(answered_ticket, grace, person(in_app, "jerome"))
    clock.forward(minutes=1)
    assert replying.reply(answered_ticket, ada, body="Now it works.").message
