"""Buttons of the host on the ticket page: shown as the host says, done once when pressed, told in the history."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from flask_sgsupport import signals
from flask_sgsupport.actors import Actor
from flask_sgsupport.errors import (
    ConfigurationError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refused,
    StaleTicket,
    TransitionRefused,
)
from flask_sgsupport.hooks import ButtonTicket
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import ButtonPress, Event, Message, Ticket
from flask_sgsupport.queries.events import history_page
from flask_sgsupport.queries.health import checks
from flask_sgsupport.queries.own_ticket import own_ticket
from flask_sgsupport.services import agents, host_buttons, opening
from flask_sgsupport.services.host_buttons import offered, press
from flask_sgsupport.services.merging import merge
from flask_sgsupport.services.redacting import redact
from tests.test_hooks import HUNG_FOR_GOOD, LET_GO, MISCHIEF, RUBBISH, Evil
from tests.test_transaction import in_parallel
from tests.world import Host, OpenTicket, build_host, dispose, populate

INBOX = "/admin/support/"


class Refunds:
    """What the host's code did, and how it answers."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self.answer: Callable[[], Any] = lambda: "Refunded 40 EUR."

    def __call__(self, ticket: ButtonTicket, actor: Actor) -> Any:
        self.done.append((ticket.ticket_id, actor.name))
        return self.answer()


@pytest.fixture
def refunds(host: Host) -> Refunds:
    """The button Refund of the host."""
    made = Refunds()
    host.support.button("refund", label="Refund the order", confirm="The customer gets 40 EUR back.")(made)
    return made


def said(host: Host, ticket_id: str, who: str = "grace") -> list[str]:
    """What the history says of buttons, oldest first."""
    rows = history_page(host.agent(who), ticket_id).rows
    return [f"{row.actor}: {row.text}" for row in rows if row.action.startswith("button.")][::-1]


def outcomes(host: Host) -> list[str]:
    return list(host.db.session.scalars(select(ButtonPress.outcome).order_by(ButtonPress.pk)))


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_a_button_is_done_once_and_the_history_says_by_whom_and_what_came_of_it(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket()
    [button] = offered(host.agent("ada"), ticket_id)
    assert (button.label, button.confirm, button.refusal) == (
        "Refund the order", "The customer gets 40 EUR back.", ""
    )  # fmt: skip
    pressed = press(ticket_id, host.agent("ada"), "refund", form="one form")
    assert (pressed.outcome, pressed.sentence, pressed.again) == ("done", "Refunded 40 EUR.", False)
    assert refunds.done == [(ticket_id, "Ada Lovelace")]
    assert said(host, ticket_id) == [
        "Ada Lovelace: pressed “Refund the order”",
        "Ada Lovelace: “Refund the order” is done: Refunded 40 EUR.",
    ]
    again = press(ticket_id, host.agent("ada"), "refund", form="one form")
    assert (again.outcome, again.again) == ("done", True)
    assert len(refunds.done) == 1
    assert outcomes(host) == ["done"]
    press(ticket_id, host.agent("ada"), "refund", form="another form")
    assert len(refunds.done) == 2, "on purpose, by another form"


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_the_host_knows_of_the_ticket_it_is_told(host: Host) -> None:
    told: list[ButtonTicket] = []
    host.support.button("look", label="Look", visible=lambda ticket, actor: bool(told.append(ticket)) or True)(
        lambda ticket, actor: "Looked."
    )
    ticket_id = opening.open_ticket(
        host.customer("jerome"), subject="Checkout", body="Fails.", category="storefront", site_ids=["12", "11"]
    ).ticket_id
    offered(host.agent("ada"), ticket_id)
    [ticket] = told
    assert (ticket.ticket_id, ticket.account_id, ticket.account_name, ticket.plan, ticket.site_ids) == (
        ticket_id, "1", "Northwind Outfitters", "Growth", ("12", "11")
    )  # fmt: skip
    assert (ticket.requester_id, ticket.requester_email) == (str(host.ids["jerome"]), "jerome@northwind.example")
    assert (ticket.status, ticket.queue, ticket.priority, ticket.channel) == ("open", "support", "normal", "panel")
    assert ticket.opened_at == host.clock()


@pytest.mark.usefixtures("in_app")
def test_what_the_host_refuses_is_said_and_changes_nothing_of_the_host(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket()

    def refuse() -> str:
        host.db.session.execute(text("UPDATE user SET role = 'refunded'"))
        raise Refused("The order is too old.")

    refunds.answer = refuse
    pressed = press(ticket_id, host.agent("ada"), "refund")
    assert (pressed.outcome, pressed.sentence) == ("refused", "The order is too old.")
    assert said(host, ticket_id)[-1] == "Ada Lovelace: “Refund the order” was refused: The order is too old."
    assert "refunded" not in host.db.session.scalars(text("SELECT role FROM user")).all()


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_fails_is_logged_said_and_not_done_again(
    host: Host, open_ticket: OpenTicket, refunds: Refunds, caplog: pytest.LogCaptureFixture
) -> None:
    ticket_id = open_ticket()

    def fail() -> str:
        # A deadlock of the host's own statements: units of ours are repeated for it, its code is not.
        raise OperationalError("UPDATE", {}, Exception(1213, "Deadlock found"))

    refunds.answer = fail
    pressed = press(ticket_id, host.agent("ada"), "refund")
    assert (pressed.outcome, pressed.sentence) == ("failed", "OperationalError")
    assert len(refunds.done) == 1
    assert said(host, ticket_id)[-1] == "Ada Lovelace: “Refund the order” failed: OperationalError"
    assert f"The button refund failed on {ticket_id}" in caplog.text
    assert outcomes(host) == ["failed"]
    assert any(
        one.name == "buttons" and one.state == "warn" and f"refund ({ticket_id})" in one.sentence for one in checks()
    )
    refunds.answer = lambda: "Refunded."
    press(ticket_id, host.agent("ada"), "refund")
    assert [one.state for one in checks() if one.name == "buttons"] == ["ok"]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_its_code_does_with_the_desk_and_its_own_tables_is_kept(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket()
    heard: list[Any] = []
    host.support.on(signals.ticket_replied)(lambda app, payload: heard.append(payload.reply["body"]))

    def reply() -> str:
        user = host.db.session.get(host.user_model, host.ids["jerome"])
        user.role = "refunded"
        host.support.reply(host.agent("ada"), ticket_id, "Your money is on its way.")
        return "Refunded."

    refunds.answer = reply
    assert press(ticket_id, host.agent("ada"), "refund").outcome == "done"
    host.db.session.remove()
    assert host.db.session.get(host.user_model, host.ids["jerome"]).role == "refunded"
    assert "Your money is on its way." in host.db.session.scalars(select(Message.body)).all()
    assert heard == ["Your money is on its way."]


@pytest.mark.usefixtures("in_app")
def test_what_cannot_be_stored_of_it_is_a_failure(host: Host, open_ticket: OpenTicket, refunds: Refunds) -> None:
    ticket_id = open_ticket()

    def clash() -> str:
        host.db.session.add(host.user_model(id=host.ids["jerome"], name="Twin"))
        return "Refunded."

    refunds.answer = clash
    assert press(ticket_id, host.agent("ada"), "refund").outcome == "failed"
    assert said(host, ticket_id)[-1].startswith("Ada Lovelace: “Refund the order” failed: ")


@pytest.mark.usefixtures("in_app")
@pytest.mark.parametrize("answer", [None, "", 5, b"done", object(), Evil("evil")], ids=lambda one: type(one).__name__)
def test_what_it_did_is_done_whatever_it_answers(
    host: Host, open_ticket: OpenTicket, refunds: Refunds, answer: Any
) -> None:
    ticket_id = open_ticket()
    refunds.answer = lambda: answer
    assert press(ticket_id, host.agent("ada"), "refund").outcome == "done"
    assert said(host, ticket_id)[-1].startswith("Ada Lovelace: “Refund the order” is done")


@pytest.mark.usefixtures("in_app")
def test_a_long_sentence_is_cut_and_no_database_chokes_on_it(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket()
    refunds.answer = lambda: "No\x00w \ud83d " + "long " * 500
    pressed = press(ticket_id, host.agent("ada"), "refund")
    assert len(pressed.sentence) == 500
    assert pressed.sentence.startswith("Now ? long")


@pytest.mark.every_database
def test_one_form_sent_many_times_at_once_does_it_once(host: Host, open_ticket: OpenTicket, refunds: Refunds) -> None:
    ticket_id = open_ticket()
    refunds.answer = lambda: time.sleep(0.2) or "Refunded."

    found = in_parallel(
        host, [lambda: press(ticket_id, host.agent("ada"), "refund", form="one form").outcome for __ in range(5)]
    )
    assert len(refunds.done) == 1
    assert set(found) <= {"done", "running"}
    with host.app.app_context():
        assert outcomes(host) == ["done"]


@pytest.mark.every_database
def test_of_two_agents_who_press_at_once_one_waits_and_learns_of_the_other(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket()
    inside, go_on = threading.Event(), threading.Event()

    def wait() -> str:
        inside.set()
        go_on.wait(20)
        return "Refunded."

    refunds.answer = wait

    def ada() -> None:
        with host.app.app_context():
            press(ticket_id, host.agent("ada"), "refund")

    first = threading.Thread(target=ada)
    first.start()
    assert inside.wait(20)
    with host.app.app_context():
        version = host.db.session.scalar(select(Ticket.version)) - 1
        with pytest.raises(Refused, match="Ada Lovelace pressed it at 14:03 UTC, and it has not ended yet"):
            press(ticket_id, host.agent("grace"), "refund", version=version)
    go_on.set()
    first.join()
    with host.app.app_context():
        with pytest.raises(StaleTicket, match="Ada Lovelace pressed it at 14:03 UTC. Look at the history"):
            press(ticket_id, host.agent("grace"), "refund", version=version)
        assert len(refunds.done) == 1
        now = host.db.session.scalar(select(Ticket.version))
        press(ticket_id, host.agent("grace"), "refund", version=now)
    assert len(refunds.done) == 2


@pytest.mark.usefixtures("in_app")
def test_what_a_killed_process_left_is_said_and_blocks_nobody_for_long(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket()

    def killed() -> str:
        raise KeyboardInterrupt

    refunds.answer = killed
    with pytest.raises(KeyboardInterrupt):
        press(ticket_id, host.agent("ada"), "refund", form="a form")
    assert said(host, ticket_id) == ["Ada Lovelace: pressed “Refund the order”"]
    refunds.answer = lambda: "Refunded."
    assert press(ticket_id, host.agent("ada"), "refund", form="a form").outcome == "running", "not done again by itself"
    with pytest.raises(Refused, match="has not ended yet"):
        press(ticket_id, host.agent("grace"), "refund", form="her form")
    host.clock.forward(minutes=11)
    assert press(ticket_id, host.agent("grace"), "refund", form="her form").outcome == "done"


@pytest.mark.usefixtures("in_app")
def test_what_came_of_it_is_told_though_the_history_cannot_be(
    host: Host, open_ticket: OpenTicket, refunds: Refunds, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket_id = open_ticket()

    def broken(*given: Any) -> None:
        raise Refused("No.")

    monkeypatch.setattr(host_buttons, "_end", broken)
    pressed = press(ticket_id, host.agent("ada"), "refund")
    assert (pressed.outcome, pressed.recorded) == ("done", False)
    assert len(refunds.done) == 1


@pytest.mark.usefixtures("in_app", "refunds")
def test_who_may_not_press_and_where_nothing_can_be_pressed(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id, other = open_ticket(), open_ticket()
    with pytest.raises(NotFound):
        press(ticket_id, host.agent("ben"), "refund")
    with pytest.raises(NotAllowed):
        press(ticket_id, host.customer("jerome"), "refund")
    assert offered(host.customer("jerome"), ticket_id) == ()
    with pytest.raises(NotFound, match="no such button"):
        press(ticket_id, host.agent("ada"), "refunds")
    with pytest.raises(NotAllowed, match="call its function"):
        press(ticket_id, host.support.agent(host.ids["ada"]), "refund")
    press(ticket_id, host.agent("ada"), "refund", form="a form")
    with pytest.raises(InvalidInput, match="sent already, for another button"):
        press(other, host.agent("ada"), "refund", form="a form")
    merge(ticket_id, host.agent("ada"), other)
    assert offered(host.agent("ada"), ticket_id) == ()
    with pytest.raises(NotFound):
        press(ticket_id, host.agent("ada"), "refund")


@pytest.mark.usefixtures("in_app")
def test_a_ticket_merged_while_the_host_was_asked_is_not_acted_on(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id, other = open_ticket(), open_ticket()

    def visible(ticket: ButtonTicket, actor: Actor) -> bool:
        merge(ticket_id, host.agent("grace"), other)
        return True

    host.support.button("late", label="Late", visible=visible)(refunds)
    with pytest.raises(TransitionRefused, match="merged into"):
        press(ticket_id, host.agent("ada"), "late")
    assert refunds.done == []


@pytest.mark.usefixtures("in_app")
def test_a_right_taken_while_the_host_was_asked_is_gone(host: Host, open_ticket: OpenTicket, refunds: Refunds) -> None:
    ticket_id = open_ticket()

    def enabled(ticket: ButtonTicket, actor: Actor) -> bool:
        agents.withdraw_agent(host.agent("grace"), str(host.ids["ada"]))
        return True

    host.support.button("late", label="Late", enabled=enabled)(refunds)
    with pytest.raises(NotAllowed):
        press(ticket_id, host.agent("ada"), "late")
    assert (refunds.done, outcomes(host)) == ([], [])


@pytest.mark.usefixtures("in_app")
def test_the_host_says_where_a_button_stands_and_why_it_cannot_be_pressed(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket()
    host.support.button("hidden", label="Hidden", visible=lambda ticket, actor: False)(refunds)
    host.support.button("why", label="Why", enabled=lambda ticket, actor: "It was refunded on 1 April.")(refunds)
    host.support.button("no", label="No", enabled=lambda ticket, actor: False)(refunds)
    shown = {one.key: one.refusal for one in offered(host.agent("ada"), ticket_id)}
    assert shown == {
        "refund": "",
        "why": "It was refunded on 1 April.",
        "no": "It cannot be used on this ticket now.",
    }
    with pytest.raises(NotFound):
        press(ticket_id, host.agent("ada"), "hidden")
    with pytest.raises(Refused, match="It was refunded on 1 April."):
        press(ticket_id, host.agent("ada"), "why")
    assert refunds.done == []


@pytest.fixture
def threaded(tmp_path: Path) -> Iterator[Host]:
    """A host that is not under test, so that what it is asked runs in threads with a time of their own."""
    host = build_host(f"sqlite:///{tmp_path}/threads.sqlite", tmp_path, TESTING=False, SGSUPPORT_WORKER="none")
    populate(host)
    LET_GO.clear()
    HUNG_FOR_GOOD.clear()
    yield host
    LET_GO.set()
    dispose(host)


@pytest.mark.parametrize("asked", ["visible", "enabled"])
@pytest.mark.parametrize("mischief", MISCHIEF)
def test_a_button_that_fails_or_hangs_costs_the_page_its_budget_only_and_says_why(
    threaded: Host, asked: str, mischief: str
) -> None:
    told: list[tuple[str, str]] = []
    host = threaded
    host.support.button("bad", label="Bad", **{asked: MISCHIEF[mischief]})(lambda ticket, actor: "Done.")
    host.support.button("good", label="Good", visible=lambda ticket, actor: True)(lambda ticket, actor: "Done.")
    host.support.on(signals.context_hook_failed)(lambda app, payload: told.append((payload.hook, payload.account_id)))
    with host.app.app_context():
        ticket_id = opening.open_ticket(host.customer("jerome"), subject="Checkout", body="Fails.").ticket_id
    page = host.client("ada").get(f"{INBOX}tickets/{ticket_id}")
    assert not HUNG_FOR_GOOD.is_set(), "the page is there while what it asked still hangs"
    assert page.status_code == 200
    words = unescape(page.text)
    assert "The app could not say whether it can be used: " in words
    assert re.search(r'<button class="sg-button" type="button" disabled[^>]*>Bad</button>', words)
    assert ">Good …</a>" in words
    assert told == [("button bad", "1")]
    with host.app.app_context():
        with pytest.raises(Refused, match="could not say whether"):
            press(ticket_id, host.agent("ada"), "bad")
        [found] = [one for one in checks() if one.name == "buttons"]
        assert (found.state, "bad: " in found.sentence) == ("warn", True)


ANSWERS = RUBBISH | st.just(Evil("evil")) | st.text(max_size=30)


@given(visible=ANSWERS, enabled=ANSWERS, label=ANSWERS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rubbish_of_any_kind_never_costs_the_page(in_app: Host, visible: Any, enabled: Any, label: Any) -> None:
    hooks = in_app.support.hooks
    hooks.buttons.clear()
    try:
        in_app.support.button("bad", label=label, visible=lambda t, a: visible, enabled=lambda t, a: enabled)(
            lambda t, a: "Done."
        )
    except (ConfigurationError, RuntimeError):
        return
    ticket_id = (
        in_app.db.session.scalar(select(Ticket.ticket_id).limit(1))
        or opening.open_ticket(in_app.customer("jerome"), subject="Checkout", body="Fails.").ticket_id
    )
    found = offered(in_app.agent("ada"), ticket_id)
    assert all(one.label for one in found)
    if visible is True and enabled is True:
        assert [one.refusal for one in found] == [""]
    elif visible is False:
        assert found == []
    else:
        assert all(one.refusal for one in found)
    hooks.buttons.clear()


def test_a_button_that_cannot_be_is_refused_when_it_is_registered(host: Host) -> None:
    button = host.support.button

    async def later(ticket: Any, actor: Any) -> str:
        return "Done."

    def works(ticket: Any, actor: Any) -> str:
        return "Done."

    for wrong in ("", "Refund", "a b", "x" * 33, works):
        with pytest.raises(ConfigurationError, match="The key of a button must be"):
            button(wrong, label="Refund")(works)  # type: ignore[arg-type]
    for label in (None, 5, b"Refund", "x" * 101):
        with pytest.raises(ConfigurationError, match="The label of the button refund"):
            button("refund", label=label)(works)
    with pytest.raises(ConfigurationError, match="has no label"):
        button("refund", label=" ")(works)
    with pytest.raises(ConfigurationError, match="is async"):
        button("refund", label="Refund")(later)
    with pytest.raises(ConfigurationError, match="is async"):
        button("refund", label="Refund", visible=later)(works)
    with pytest.raises(ConfigurationError, match=r"must be a function of \(ticket, actor\)"):
        button("refund", label="Refund")(lambda: "Done.")  # type: ignore[arg-type,misc]
    with pytest.raises(ConfigurationError, match=r"The enabled function of the button refund must be"):
        button("refund", label="Refund", enabled=True)(works)  # type: ignore[arg-type]
    button("refund", label="Refund")(works)
    with pytest.raises(ConfigurationError, match="There is a button refund already"):
        button("refund", label="Refund")(works)
    for number in range(19):
        button(f"more-{number}", label="More")(works)
    with pytest.raises(ConfigurationError, match="There are 20 buttons already"):
        button("last", label="Last")(works)


def test_an_agent_is_asked_and_presses_by_the_page(host: Host, open_ticket: OpenTicket, refunds: Refunds) -> None:
    ticket_id = open_ticket()
    client, page = host.client("ada"), f"{INBOX}tickets/{ticket_id}"
    assert f'href="{page}/buttons/refund"' in client.get(page).text
    asked = client.get(f"{page}/buttons/refund")
    assert "The customer gets 40 EUR back." in asked.text
    assert refunds.done == [], "nobody has said yes"
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    for turn in range(2):
        answer = client.post(f"{page}/buttons/refund", data=hidden)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{page}#sg-buttons")
        shown = unescape(client.get(page).text)
        wanted = "Refund the order: Refunded 40 EUR." if turn == 0 else "It was not done again."
        assert wanted in shown
    assert len(refunds.done) == 1
    assert "“Refund the order” is done: Refunded 40 EUR." in shown, "between the messages"
    assert "Refund" not in host.client("jerome").get(f"/support/tickets/{ticket_id}").text
    refunds.answer = lambda: 1 / 0
    failed = client.post(f"{page}/buttons/refund", data={"form": "anew"}, follow_redirects=True)
    assert "Refund the order failed: ZeroDivisionError." in failed.text


def test_of_two_agents_whom_the_page_asked_one_presses_and_the_other_is_told(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    page = f"{INBOX}tickets/{open_ticket()}/buttons/refund"
    clients = [host.client(who) for who in ("ada", "grace")]
    asked = [re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', one.get(page).text) for one in clients]
    answers = [one.post(page, data=dict(form)) for one, form in zip(clients, asked, strict=True)]
    assert [answer.status_code for answer in answers] == [302, 409]
    assert "Ada Lovelace pressed it at" in unescape(answers[1].text)
    assert len(refunds.done) == 1


@pytest.mark.every_database
def test_a_page_that_was_shown_while_it_went_on_does_not_press_it_again(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    page = f"{INBOX}tickets/{open_ticket()}/buttons/refund"
    grace, asked = host.client("grace"), []
    refunds.answer = lambda: asked.append(grace.get(page).text) or "Refunded."
    form = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', host.client("ada").get(page).text)
    host.client("ada").post(page, data=dict(form))
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked[0]))
    assert grace.post(page, data=hidden).status_code == 409
    assert len(refunds.done) == 1


def test_what_cannot_be_pressed_brings_the_page_back_with_the_reason(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket()
    host.support.button("old", label="Old", enabled=lambda ticket, actor: "The order is too old.")(refunds)
    client, page = host.client("ada"), f"{INBOX}tickets/{ticket_id}"
    assert "The order is too old." in client.get(f"{page}/buttons/old").text
    answer = client.post(f"{page}/buttons/old", data={"form": "a form"})
    assert (answer.status_code, "The order is too old." in answer.text) == (409, True)
    assert client.get(f"{page}/buttons/none").status_code == 404
    assert refunds.done == []


@pytest.mark.usefixtures("in_app")
def test_the_history_names_a_button_that_is_gone(host: Host, open_ticket: OpenTicket, refunds: Refunds) -> None:
    ticket_id = open_ticket()
    press(ticket_id, host.agent("ada"), "refund", form="a form")
    host.support.hooks.buttons.clear()
    assert said(host, ticket_id)[-1] == "Ada Lovelace: “Refund the order” is done: Refunded 40 EUR."
    assert offered(host.agent("ada"), ticket_id) == ()
    assert press(ticket_id, host.agent("ada"), "refund", form="a form").again


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_the_host_said_can_be_taken_out_of_the_history(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket(body="My card is 4111-1111.")
    refunds.answer = lambda: "Refunded to 4111-1111."
    press(ticket_id, host.agent("ada"), "refund")
    key = host.db.session.scalars(select(Message.key)).one()
    redact(ticket_id, host.agent("grace"), key, secret="4111-1111")
    assert "4111" not in " ".join(said(host, ticket_id))
    entries = host.db.session.execute(select(Event.new, Event.data).where(Event.action.like("button.%"))).all()
    assert "4111" not in str(entries)


@pytest.mark.usefixtures("in_app", "refunds")
def test_customers_learn_nothing_of_it(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    before = own_ticket(host.customer("jerome"), ticket_id)
    press(ticket_id, host.agent("ada"), "refund")
    assert own_ticket(host.customer("jerome"), ticket_id) == before


def test_the_page_asks_two_statements_more_where_the_host_has_buttons(
    host: Host, open_ticket: OpenTicket, refunds: Refunds
) -> None:
    ticket_id = open_ticket()
    client, page = host.client("ada"), f"{INBOX}tickets/{ticket_id}"
    client.get(page)
    with host.count_statements() as with_buttons:
        client.get(page)
    host.support.hooks.buttons.clear()
    with host.count_statements() as without:
        client.get(page)
    assert len(with_buttons) == len(without) + 2


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.usefixtures("in_app")
def test_it_is_pressed_whatever_the_status(
    host: Host, status: Status, refunds: Refunds, request: pytest.FixtureRequest
) -> None:
    made = {Status.OPEN: "answered_ticket", Status.RESOLVED: "resolved_ticket", Status.CLOSED: "closed_ticket"}
    assert press(request.getfixturevalue(made[status]), host.agent("ada"), "refund").outcome == "done"
    assert len(refunds.done) == 1
