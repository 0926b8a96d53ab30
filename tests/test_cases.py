"""One reply to all the cases of an incident: each is answered as if it were written there, once, and says so."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict

from flask_sgsupport.actors import Right
from flask_sgsupport.errors import AlreadySaid, Busy, InvalidInput, NotFound
from flask_sgsupport.inbox import cases as door
from flask_sgsupport.lifecycle import LinkKind, Status
from flask_sgsupport.models import CaseAnswer, Event, Message, Ticket
from flask_sgsupport.queries.cases import cases_of, results_of
from flask_sgsupport.queries.own_ticket import OwnMessage, own_ticket
from flask_sgsupport.services import agents, cases, clock, delivering, redacting, replying, sorting, status
from flask_sgsupport.services.cases import (
    ForCase,
    answer_cases,
    send_answers,
    send_refused_anew,
    send_waiting_answers,
    stop_answers,
)
from flask_sgsupport.services.linking import link
from flask_sgsupport.services.macros import create_macro
from flask_sgsupport.services.merging import merge
from flask_sgsupport.signals import before_ticket_replied
from tests.panel_pages import hidden
from tests.world import Host, OpenTicket

INBOX = "/admin/support/"
DONE = "It works again. Sorry."


@pytest.fixture
def incident(host: Host, open_ticket: OpenTicket) -> list[str]:
    """Ada's ticket about the incident, then cases: Jerome's, Mina's of another account, one in Billing."""
    numbers = [open_ticket("jerome", subject="Checkout is down"), open_ticket("jerome"), open_ticket("mina")]
    numbers.append(open_ticket("lena", category="invoices"))
    with host.app.app_context():
        for number in numbers[1:]:
            link(number, host.agent("grace"), numbers[0], LinkKind.CASE)
    return numbers


def replies(host: Host) -> list[tuple[str, str]]:
    """What was replied, and on which ticket."""
    wanted = select(Ticket.ticket_id, Message.body).join(Ticket, Ticket.pk == Message.ticket_pk)
    host.db.session.rollback()
    wanted = wanted.where(Message.kind == "public-reply").order_by(Message.pk)
    return [(number, body) for number, body in host.db.session.execute(wanted)]


def states(host: Host, incident: list[str], key: str, who: str = "grace") -> list[tuple[str, str, str]]:
    found = results_of(host.agent(who), incident[0], key)
    return [(one.ticket_id, one.state, one.why) for one in found.results]


def status_of(host: Host, ticket_id: str) -> str:
    return host.db.session.scalars(select(Ticket.status).where(Ticket.ticket_id == ticket_id)).one()


def each(numbers: list[str], body: str = DONE) -> list[ForCase]:
    return [ForCase(number, body) for number in numbers]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_each_case_is_answered_once_as_if_it_were_written_there(host: Host, incident: list[str]) -> None:
    grace = host.agent("grace")
    for __ in range(2):
        key = answer_cases(incident[0], grace, each(incident[1:]), status=Status.RESOLVED, form="one")
        assert send_answers(incident[0], grace, key) == 0
    assert replies(host) == [(number, DONE) for number in incident[1:]]
    assert [status_of(host, number) for number in incident] == ["open", "resolved", "resolved", "resolved"]
    assert states(host, incident, key) == [(number, "sent", "") for number in incident[1:]]
    page = own_ticket(host.customer("mina"), incident[2])
    assert [one.body for one in page.entries if isinstance(one, OwnMessage)][-1] == DONE
    said = select(Event.new).join(Ticket, Ticket.pk == Event.ticket_pk).where(Ticket.ticket_id == incident[0])
    assert list(host.db.session.scalars(said.where(Event.action == "cases.answered"))) == [None]
    with pytest.raises(AlreadySaid):
        answer_cases(incident[0], grace, each(incident[1:], "Otherwise."), form="one")


def test_no_customer_reads_of_another_case(host: Host, incident: list[str]) -> None:
    with host.app.app_context():
        grace = host.agent("grace")
        key = answer_cases(incident[0], grace, each(incident[1:]), status=Status.RESOLVED)
        send_answers(incident[0], grace, key)
        mails = [delivering.prepare(one.key, "tests") for one in delivering.claim("tests", 50)]
    for who, own in (("mina", incident[2]), ("lena", incident[3])):
        client, address = host.client(who), f"{who}@"
        read = [client.get(f"/support/{page}").text for page in (f"tickets/{own}", "notifications")]
        read += [
            f"{mail.subject}{mail.text}{mail.html}" for mail in mails if mail and mail.to_address.startswith(address)
        ]
        assert len(read) > 2
        assert DONE in read[0]
        others = [number for number in incident if number != own]
        assert [number for number in others if any(number in one for one in read)] == [], who


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_an_agent_does_not_see_is_neither_named_nor_answered(host: Host, incident: list[str]) -> None:
    ada = host.agent("ada")
    assert [one.ticket_id for one in cases_of(ada, incident[0]).cases] == incident[1:3]
    key = answer_cases(incident[0], ada, each(incident[1:]))
    send_answers(incident[0], ada, key)
    assert [number for number, __ in replies(host)] == incident[1:3]
    assert [number for number, *__ in states(host, incident, key)] == incident[1:3]
    by_grace = answer_cases(incident[0], host.agent("grace"), each(incident[3:]))
    send_answers(incident[0], host.agent("grace"), by_grace)
    assert states(host, incident, by_grace, "ada") == [], "nor what a colleague answered"
    assert [one.key for one in cases_of(ada, incident[0]).earlier] == [key]
    with pytest.raises(NotFound):
        cases_of(host.agent("ben"), incident[0])
    with pytest.raises(NotFound):
        answer_cases(incident[0], host.agent("ben"), each(incident[3:]))
    with pytest.raises(NotFound):
        send_answers(incident[0], ada, by_grace)


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_cannot_be_answered_says_why_and_the_others_are(host: Host, incident: list[str]) -> None:
    grace = host.agent("grace")
    seen = {one.ticket_id: one.version for one in cases_of(grace, incident[0]).cases}
    replying.follow_up(incident[1], host.customer("jerome"), body="Now it says 500.")
    sorting.put_aside(incident[2], grace)
    answers = [ForCase(number, DONE, seen[number]) for number in incident[1:]]
    key = answer_cases(incident[0], grace, answers)
    assert send_answers(incident[0], grace, key) == 0
    found = states(host, incident, key)
    assert [state for __, state, __ in found] == ["refused", "refused", "sent"]
    assert "This crossed: the customer wrote" in found[0][2]
    assert "Spam / Filtered" in found[1][2]
    assert [number for number, __ in replies(host)] == [incident[3]]
    with pytest.raises(NotFound):
        send_refused_anew(incident[0], host.agent("ada"), key, shown_refused(host, incident, key))
    mine, theirs = (results_of(host.agent(who), incident[0], key).results[0].text for who in ("grace", "ada"))
    assert (mine, theirs) == (DONE, ""), "the text is not lost for its author"
    sorting.release(incident[2], grace)
    shown = shown_refused(host, incident, key)
    assert send_refused_anew(incident[0], grace, key, shown) == 2
    assert send_refused_anew(incident[0], grace, key, shown) == 0
    assert send_answers(incident[0], grace, key) == 0
    assert sorted(number for number, __ in replies(host)) == incident[1:], "once each"


def shown_refused(host: Host, incident: list[str], key: str) -> dict[str, int]:
    """What the page of the results sends with its button."""
    found = results_of(host.agent("grace"), incident[0], key).results
    return {one.ticket_id: one.version for one in found if one.state == "refused"}


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_only_what_was_shown_as_refused_is_sent_once_more_and_newer_words_stop_it_again(
    host: Host, incident: list[str]
) -> None:
    grace = host.agent("grace")
    seen = {one.ticket_id: one.version for one in cases_of(grace, incident[0]).cases}
    for number, who in zip(incident[1:3], ("jerome", "mina"), strict=True):
        replying.follow_up(number, host.customer(who), body="Now it says 500.")
    key = answer_cases(incident[0], grace, [ForCase(number, DONE, seen[number]) for number in incident[1:3]])
    send_answers(incident[0], grace, key)
    shown = shown_refused(host, incident, key)
    replying.follow_up(incident[1], host.customer("jerome"), body="Cancel my account.")
    # The page had been shown before the second was refused.
    assert send_refused_anew(incident[0], grace, key, {incident[1]: shown[incident[1]], "TKT-1999-1": 1}) == 1
    assert send_answers(incident[0], grace, key) == 0
    assert [state for __, state, __ in states(host, incident, key)] == ["refused", "refused"]
    assert replies(host) == []
    page = host.client("grace").get(f"/admin/support/tickets/{incident[0]}/cases?reply={key}").text
    sent = re.findall(r'name="(reply|anew|refused)" value="([^"]*)"', page)
    host.client("grace").post(f"/admin/support/tickets/{incident[0]}/cases", data=MultiDict(sent))
    assert sorted(number for number, __ in replies(host)) == incident[1:3]


@pytest.mark.usefixtures("in_app")
def test_only_open_cases_are_offered_and_the_others_say_why_not(
    host: Host, incident: list[str], open_ticket: OpenTicket
) -> None:
    grace, related = host.agent("grace"), open_ticket()
    link(incident[0], grace, related)
    replying.reply(incident[1], grace, body="Done.", status=Status.RESOLVED)
    merge(incident[3], grace, open_ticket("lena"))
    found = cases_of(grace, incident[0])
    assert [one.ticket_id for one in found.answerable] == [incident[2]]
    assert {one.ticket_id: one.refusal for one in found.left_out}[incident[1]] == "It is resolved already."
    assert "It was merged into" in {one.ticket_id: one.refusal for one in found.left_out}[incident[3]]
    with pytest.raises(InvalidInput, match="at least one case"):
        answer_cases(incident[0], grace, each([related]))
    with pytest.raises(InvalidInput) as wrong:
        answer_cases(incident[0], grace, each(incident[1:], " "))
    assert set(wrong.value.fields) == {"body"}
    with pytest.raises(InvalidInput, match="is no status"):
        answer_cases(incident[0], grace, each(incident[1:]), status="gone")  # type: ignore[arg-type]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_many_are_sent_by_a_worker_and_without_one_some_with_each_click(
    host: Host, incident: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "AT_ONCE", 2)
    grace = host.agent("grace")
    key = answer_cases(incident[0], grace, each(incident[1:]))
    assert send_answers(incident[0], grace, key) == 1, "nobody else would send them"
    assert send_answers(incident[0], grace, key) == 0
    clock.beat("worker", "tests", host.clock())
    host.clock.forward(minutes=11)
    clock.beat("worker", "tests", host.clock())
    key = answer_cases(incident[0], grace, each(incident[1:]))
    assert send_answers(incident[0], grace, key) == 3, "the page does not wait"
    assert send_waiting_answers() is True
    assert send_waiting_answers() is False
    assert [state for __, state, __ in states(host, incident, key)] == ["sent"] * 3
    assert len(replies(host)) == 6


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_still_waits_is_stopped_by_its_author_or_a_lead(host: Host, incident: list[str]) -> None:
    ada, grace = host.agent("ada"), host.agent("grace")
    key = answer_cases(incident[0], ada, each(incident[1:3]))
    by_grace = answer_cases(incident[0], grace, each(incident[1:3]))
    with pytest.raises(NotFound):
        stop_answers(incident[0], ada, by_grace)
    page = host.client("ada").get(f"{INBOX}tickets/{incident[0]}/cases?reply={key}").text
    assert "Stop those that wait" in page
    host.client("ada").post(f"{INBOX}tickets/{incident[0]}/cases", data={"reply": key, "stop": "1"})
    assert stop_answers(incident[0], grace, key) == 0
    assert states(host, incident, key) == [(number, "refused", "Ada Lovelace stopped it.") for number in incident[1:3]]
    assert stop_answers(incident[0], grace, by_grace) == 2
    send_waiting_answers()
    assert replies(host) == []


@pytest.mark.usefixtures("in_app")
def test_a_case_that_was_resolved_meanwhile_gets_none(host: Host, incident: list[str]) -> None:
    grace = host.agent("grace")
    key = answer_cases(incident[0], grace, each(incident[1:3]))
    replying.reply(incident[1], grace, body="Solved.", status=Status.RESOLVED)
    send_answers(incident[0], grace, key)
    assert states(host, incident, key) == [
        (incident[1], "refused", "It is resolved already."),
        (incident[2], "sent", ""),
    ]


@pytest.mark.usefixtures("in_app")
def test_one_that_can_never_be_sent_keeps_no_other_case_waiting(host: Host, incident: list[str]) -> None:
    @host.support.on(before_ticket_replied)
    def insert_twice(app: Any, payload: Any) -> None:
        if payload.ticket["ticket_id"] == incident[1]:
            raise IntegrityError("INSERT", None, ValueError("duplicate key"))

    answer_cases(incident[0], host.agent("grace"), each(incident[1:]))
    send_waiting_answers()
    assert [number for number, __ in replies(host)] == incident[2:]


@pytest.mark.usefixtures("in_app")
def test_the_page_says_what_waits_where_the_database_is_busy_after_it_was_written_down(
    host: Host, incident: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*arguments: Any) -> int:
        raise Busy("The support desk is busy. Nothing was changed; please try again.")

    monkeypatch.setattr(door, "send_answers", busy)
    page = f"{INBOX}tickets/{incident[0]}/cases"
    sent = {"case": incident[1:3], "body": DONE, "form": "a form"}
    answer = host.client("grace").post(page, data=sent, follow_redirects=True)
    assert answer.status_code == 200
    assert "Some still wait" in answer.text
    assert "Nothing was changed" not in answer.text


@pytest.mark.usefixtures("in_app")
def test_the_history_does_not_tell_how_many_cases_other_queues_hold(host: Host, incident: list[str]) -> None:
    answer_cases(incident[0], host.agent("grace"), each(incident[1:]))
    page = host.client("ada").get(f"{INBOX}tickets/{incident[0]}/history").text
    assert "sent one reply to cases of this incident" in page


@pytest.mark.usefixtures("in_app")
def test_a_worker_sends_with_the_rights_of_now(host: Host, incident: list[str]) -> None:
    ada = host.agent("ada")
    key = answer_cases(incident[0], ada, each(incident[1:3]))
    agents.change_agent(host.agent("grace"), str(host.ids["ada"]), rights={Right.ASSIGN})
    assert send_waiting_answers() is False
    assert replies(host) == []
    assert {state for __, state, __ in states(host, incident, key)} == {"refused"}
    host.change_user("ada", enabled=False)


@pytest.mark.usefixtures("in_app")
def test_what_could_not_be_sent_now_waits_and_is_sent_later_once(
    host: Host, incident: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    grace, give = host.agent("grace"), cases.give_answer
    key = answer_cases(incident[0], grace, each(incident[1:]))

    def busy(ticket_id: str, *arguments: Any, **more: Any) -> Any:
        if ticket_id == incident[2]:
            raise Busy("Later.")
        return give(ticket_id, *arguments, **more)

    monkeypatch.setattr(cases, "give_answer", busy)
    assert send_answers(incident[0], grace, key) == 1
    monkeypatch.setattr(cases, "give_answer", give)
    assert send_answers(incident[0], grace, key) == 0
    assert sorted(number for number, __ in replies(host)) == incident[1:]


@pytest.mark.usefixtures("in_app")
def test_two_who_send_the_same_at_once_answer_each_case_once(
    host: Host, incident: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    grace, give = host.agent("grace"), cases.give_answer
    key = answer_cases(incident[0], grace, each(incident[1:]))

    def crossed(ticket_id: str, *arguments: Any, **more: Any) -> Any:
        monkeypatch.setattr(cases, "give_answer", give)
        send_waiting_answers()
        return give(ticket_id, *arguments, **more)

    monkeypatch.setattr(cases, "give_answer", crossed)
    assert send_answers(incident[0], grace, key) == 0
    assert sorted(number for number, __ in replies(host)) == incident[1:]
    assert {state for __, state, __ in states(host, incident, key)} == {"sent"}


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_a_redaction_finds_what_still_waits_for_a_case(host: Host, incident: list[str]) -> None:
    grace = host.agent("grace")
    replying.reply(incident[1], grace, body="The key is hunter22.")
    key = host.db.session.scalars(select(Message.key).where(Message.kind == "public-reply")).one()
    answer_cases(incident[0], grace, each(incident[1:2], "Again: hunter22."))
    redacting.redact(incident[1], grace, key, secret="hunter22")
    assert [one for one in host.db.session.scalars(select(CaseAnswer.body))] == ["Again: [redacted]."]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_is_redacted_after_a_worker_has_read_it_goes_to_no_case(
    host: Host, incident: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    grace, give = host.agent("grace"), cases.give_answer
    replying.reply(incident[1], grace, body="The key is hunter22.")
    message = host.db.session.scalars(select(Message.key).where(Message.kind == "public-reply")).one()
    answer_cases(incident[0], grace, each(incident[1:2], "Again: hunter22."))

    def crossed(ticket_id: str, *arguments: Any, **more: Any) -> Any:
        monkeypatch.setattr(cases, "give_answer", give)
        redacting.redact(ticket_id, grace, message, secret="hunter22")
        return give(ticket_id, *arguments, **more)

    monkeypatch.setattr(cases, "give_answer", crossed)
    send_waiting_answers()
    assert replies(host) == [(incident[1], "The key is [redacted].")]
    send_waiting_answers()
    assert replies(host)[1:] == [(incident[1], "Again: [redacted].")]


def test_the_page_shows_to_whom_it_goes_and_what_became_of_it(host: Host, incident: list[str]) -> None:
    client, page = host.client("ada"), f"{INBOX}tickets/{incident[0]}"
    assert "One reply to the open cases (2)" in unescape(client.get(page).text)
    form = unescape(client.get(f"{page}/cases").text)
    assert re.findall(r'name="case" value="(TKT-\d+-\d+)" checked', form) == incident[1:3]
    for shown in ("Mina Sato · Fabrikam", "Jerome Ellis · ", "Cases that you do not see are not named here"):
        assert shown in form, shown
    assert incident[3] not in form
    sent: dict[str, Any] = hidden(form) | {"case": re.findall(r'name="case" value="([^"]+)"', form), "body": ""}
    refused = client.post(f"{page}/cases", data=sent)
    assert refused.status_code == 422
    assert "Write a message first." in refused.text
    nobody = client.post(f"{page}/cases", data=sent | {"body": DONE, "case": []})
    assert nobody.status_code == 422
    assert DONE in nobody.text
    assert "Choose at least one case." in nobody.text
    done = client.post(f"{page}/cases", data=sent | {"body": DONE, "status": "resolved"}, follow_redirects=True)
    assert "2 sent" in done.text
    assert "with the status Resolved" in done.text
    again = client.post(f"{page}/cases", data=sent | {"body": DONE, "status": "resolved"}, follow_redirects=True)
    assert again.status_code == 200
    with host.app.app_context():
        assert [number for number, __ in replies(host)] == incident[1:3]
    assert "No case of this ticket waits for a reply." in client.get(f"{page}/cases").text
    assert client.get(f"{page}/cases?reply={'0' * 32}").status_code == 404


def test_what_the_page_showed_of_a_case_comes_back_beside_its_box(host: Host, incident: list[str]) -> None:
    client, page = host.client("ada"), f"{INBOX}tickets/{incident[0]}/cases"
    before = unescape(client.get(page).text)
    with host.app.app_context():
        replying.follow_up(incident[1], host.customer("jerome"), body="Now it says 500.")
    boxes = re.compile(r'<input type="checkbox" name="case" value="([^"]+)"')
    # The name and value by which a tab knows a box is the same however often its ticket changes.
    assert boxes.findall(before) == boxes.findall(unescape(client.get(page).text)) == incident[1:3]
    seen = dict(re.findall(r'<input type="hidden" name="(seen-TKT-[^"]+)" value="(\d+)">', before))
    assert list(seen) == [f"seen-{number}" for number in incident[1:3]]
    sent: dict[str, Any] = hidden(before) | seen | {"case": incident[1:3], "body": DONE}
    done = client.post(page, data=sent, follow_redirects=True)
    assert "1 refused" in done.text
    assert "This crossed: the customer wrote" in done.text
    with host.app.app_context():
        assert [number for number, __ in replies(host)] == incident[2:3]


def test_a_macro_is_filled_for_each_case_and_a_gap_stops_that_case_only(host: Host, incident: list[str]) -> None:
    with host.app.app_context():
        body = "Hello {{requester.first_name}} of {{account.name}}, about {{category.name}}:"
        key = create_macro(host.agent("grace"), {"name": "Incident", "body": body}, shared=True)
    client, page = host.client("grace"), f"{INBOX}tickets/{incident[0]}/cases"
    form = unescape(client.get(page).text)
    sent: dict[str, Any] = hidden(form) | {"case": re.findall(r'name="case" value="([^"]+)"', form)}
    done = client.post(page, data=sent | {"body": "{{account.name}} stays.", "macro": key}, follow_redirects=True)
    assert "1 sent" in done.text
    assert "{{category.name}} is empty on this ticket" in unescape(done.text)
    assert "Send the refused once more" not in done.text, "what has a gap is not sent as it stands"
    with host.app.app_context():
        [(number, text)] = replies(host)
    assert number == incident[3]
    assert text.startswith("Hello Lena of Northwind"), text
    assert text.endswith("about Invoices:\n\n{{account.name}} stays."), "what is typed is text"
    assert "Fabrikam" not in text


def test_a_resolved_incident_offers_to_answer_its_open_cases(host: Host, incident: list[str]) -> None:
    with host.app.app_context():
        replying.reply(incident[0], host.agent("grace"), body=DONE)
        status.set_status(incident[0], host.agent("grace"), Status.RESOLVED)
    page = unescape(host.client("grace").get(f"{INBOX}tickets/{incident[0]}").text)
    assert "Cases of this incident are still open:" in page
    assert f"{INBOX}tickets/{incident[0]}/cases" in page


@pytest.mark.every_database
def test_the_page_costs_the_same_for_many_cases(host: Host, incident: list[str], open_ticket: OpenTicket) -> None:
    def cost() -> int:
        client = host.client("grace")
        client.get(f"{INBOX}tickets/{incident[0]}/cases")
        with host.count_statements() as ran:
            assert client.get(f"{INBOX}tickets/{incident[0]}/cases").status_code == 200
        return len(ran)

    few = cost()
    for __ in range(4):
        number = open_ticket("mina")
        with host.app.app_context():
            link(number, host.agent("grace"), incident[0], LinkKind.CASE)
    assert cost() == few <= 6
    with host.app.app_context():
        assert host.db.session.scalar(select(func.count()).select_from(CaseAnswer)) == 0
