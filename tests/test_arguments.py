"""What host code passes by mistake meets a sentence: no error of the database, and never another meaning."""

from __future__ import annotations

import inspect
import io
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from flask_sgsupport import Support, UserDirectory
from flask_sgsupport.errors import ConfigurationError, InvalidInput, NotFound, SupportError
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Event, HostChange, Message, Preference, Rating, Ticket
from tests.test_extension import bare_app
from tests.world import Host, OpenTicket

HOOKS = {"account", "sites", "activity", "operator", "permission", "route", "targets", "subjects", "button", "on"}
"""Registered at the start, each looked at as a function where it is tested."""

TEXTS: tuple[Any, ...] = (7, True, None, b"text", ["text"], {"text": 1}, object())
SOME: tuple[Any, ...] = (7, True, b"text", ["text"], {"text": 1}, object())
IDS: tuple[Any, ...] = (None, True, 1.0, b"1", ["1"], {"1": 1}, "1" * 65)
LISTS: tuple[Any, ...] = (7, True, None, "text", b"text", {"text": 1}, [None], [["text"]])
TRUTHS: tuple[Any, ...] = ("bad", "no", "", 0, 1, None, [], [True])
STATUSES: tuple[Any, ...] = ("solved", "RESOLVED", "wating", "", 3, True, [], ["resolved"])

GIVEN: Mapping[str, Mapping[str, Any]] = {
    "customer": {"person_id": "jerome", "account_id": "1"},
    "agent": {"person_id": "ada"},
    "open_ticket": {
        "actor": "ada",
        "subject": "Checkout",
        "body": "Nobody can pay.",
        "account_id": "1",
        "requester": "jerome",
        "category": "storefront",
        "site_ids": ["11"],
        "subjects": [("order", 1042)],
        "files": [("log.txt", io.BytesIO(b"502"))],
        "form": "a form",
    },
    "reply": {"actor": "ada", "ticket_id": "TKT", "body": "Restored.", "status": Status.RESOLVED},
    "follow_up": {"actor": "jerome", "ticket_id": "TKT", "body": "Since noon."},
    "add_note": {"actor": "ada", "ticket_id": "TKT", "body": "Known."},
    "claim": {"actor": "ada", "ticket_id": "TKT"},
    "snooze": {"actor": "ada", "ticket_id": "TKT", "until": datetime(2026, 5, 1, 9, tzinfo=UTC)},
    "unsnooze": {"actor": "ada", "ticket_id": "TKT"},
    "set_status": {"actor": "ada", "ticket_id": "TKT", "wanted": Status.CLOSED},
    "close": {"actor": "ada", "ticket_id": "TKT", "note": "He said so on the phone."},
    "merge": {"actor": "ada", "ticket_id": "TKT", "into": "TKT"},
    "split_off": {"actor": "ada", "ticket_id": "TKT", "message": "KEY", "subject": "Another", "queue": "support"},
    "link": {"actor": "ada", "ticket_id": "TKT", "to": "TKT"},
    "unlink": {"actor": "ada", "ticket_id": "TKT", "to": "TKT"},
    "confirm_solved": {"actor": "jerome", "ticket_id": "TKT"},
    "rate": {"actor": "jerome", "ticket_id": "TKT", "good": True, "comment": "Quick."},
    "redact": {"actor": "grace", "ticket_id": "TKT", "message": "KEY", "secret": "Restored", "remove_files": ["KEY"]},
    "account_renamed": {"account_id": "1", "name": "Northwind & Sons"},
    "account_removed": {"account_id": "1"},
    "person_changed": {"person_id": "jerome"},
    "person_left": {"person_id": "jerome"},
    "set_preference": {"actor": "jerome", "channel": "email", "wanted": False, "topic": "answers"},
}
"""Every verb of the desk with arguments that fit; people by their names here, ticket and message by what they are."""

WRONG: Mapping[str, tuple[Any, ...]] = {
    "actor": (7, None, "jerome", ["jerome"]),
    "person_id": IDS,
    "account_id": IDS,
    "account_id or none": IDS[1:],
    "requester": (7, "jerome", ["jerome"]),
    "category": SOME,
    "form": SOME,
    "topic": SOME,
    "comment": SOME,
    "site_ids": LISTS,
    "subjects": (*LISTS, [("order",)], [(7, "1042")], ["or"], [("order", None)]),
    "remove_files": LISTS[:-1],
    "files": (*LISTS, [("log.txt", "502")], [("log.txt", io.StringIO("502"))], [(7, io.BytesIO(b""))]),
    "status": STATUSES,
    "wanted": TRUTHS,
    "good": TRUTHS,
    "until": (7, None, "2026-05-01", date(2026, 5, 1), datetime(2026, 5, 1, 9)),  # noqa: DTZ001 - it has no zone
}
"""What a parameter must not be, by its name; the others are texts."""


KINDS: Mapping[tuple[str, str], str] = {
    ("customer", "account_id"): "account_id or none",
    ("open_ticket", "account_id"): "account_id or none",
    ("set_status", "wanted"): "status",
}
"""Parameters that are otherwise than others of their name."""


def written(host: Host) -> list[Any]:
    """How much of everything there is, and how the ticket stands."""
    counts = [host.db.session.scalar(select(func.count()).select_from(table)) for table in (Ticket, Message, Event)]
    counts += [host.db.session.scalar(select(func.count()).select_from(t)) for t in (HostChange, Preference, Rating)]
    return [*counts, *host.db.session.execute(select(Ticket.status, Ticket.account_name)).one()]


def fitting(host: Host, verb: str) -> dict[str, Any]:
    """Arguments that fit, made of their names."""
    found = dict(GIVEN[verb])
    message = select(Message.key).where(Message.kind == "public-reply")
    made = {"TKT": host.db.session.scalar(select(Ticket.ticket_id)), "KEY": host.db.session.scalar(message)}
    for name, value in found.items():
        if name == "person_id":
            found[name] = host.ids[value]
        elif name == "requester":
            found[name] = host.customer(value).person
        elif name == "actor":
            found[name] = host.customer(value) if value == "jerome" else host.agent(value)
        elif isinstance(value, str):
            found[name] = made.get(value, value)
    return found


def test_every_verb_of_the_desk_and_each_of_its_parameters_is_tried() -> None:
    verbs = {name: one for name, one in vars(Support).items() if callable(one) and not name.startswith("_")}
    assert set(verbs) - HOOKS - {"init_app"} == set(GIVEN)
    for name, given in GIVEN.items():
        assert list(inspect.signature(verbs[name]).parameters)[1:] == list(given), name


@pytest.mark.parametrize("verb", GIVEN)
def test_an_argument_of_a_wrong_type_is_refused_with_a_sentence_and_nothing_is_done(
    in_app: Host, resolved_ticket: str, verb: str
) -> None:
    before = written(in_app)
    for name in GIVEN[verb]:
        kind = KINDS.get((verb, name), name)
        for value in WRONG.get(kind, TEXTS):
            with pytest.raises((InvalidInput, ConfigurationError)) as refused:
                pytest.fail(
                    f"{name}={value!r}: {getattr(in_app.support, verb)(**fitting(in_app, verb) | {name: value})}"
                )
            if name == "actor":
                assert "support.customer(person_id)" in str(refused.value)
                continue
            assert isinstance(refused.value, InvalidInput), f"{name}={value!r}: {refused.value}"
            field = "status" if kind == "status" else name
            assert set(refused.value.fields) == {field}, f"{name}={value!r}: {refused.value.fields}"
    in_app.db.session.commit()
    assert written(in_app) == before


@pytest.mark.every_database
def test_a_text_no_database_takes_costs_none_of_its_errors(in_app: Host, resolved_ticket: str) -> None:
    for verb, name in ((verb, name) for verb, given in GIVEN.items() for name in given):
        given = fitting(in_app, verb)
        if isinstance(given[name], str | int) and not isinstance(given[name], Status | bool):
            with suppress(SupportError):
                getattr(in_app.support, verb)(**given | {name: f"{given[name]}\x00\ud800"})
            in_app.db.session.rollback()


def test_a_rating_is_what_was_said_and_not_what_is_true_in_python(in_app: Host, resolved_ticket: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        in_app.support.rate(in_app.customer("jerome"), resolved_ticket, good="bad")  # type: ignore[arg-type]
    assert refused.value.fields == {"good": "good must be True or False, not a value of the type str."}


def test_an_unknown_status_is_refused_with_those_there_are(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    for wrong in ("solved", "RESOLVED", "wating"):
        with pytest.raises(InvalidInput) as refused:
            in_app.support.set_status(ada, ticket_id, wrong)  # type: ignore[arg-type]
        assert refused.value.fields == {"status": f"“{wrong}” is no status. There are: open, resolved, closed."}
    in_app.support.reply(ada, ticket_id, "Restored.", status="resolved")  # type: ignore[arg-type]
    assert in_app.db.session.scalar(select(Ticket.status)) == "resolved", "a status by its word"


def test_ids_may_be_numbers_texts_or_uuids(in_app: Host) -> None:
    ada, jerome = in_app.agent("ada"), in_app.customer("jerome").person
    given: dict[str, Any] = {"account_id": 1, "requester": jerome, "site_ids": (11,)}
    assert in_app.support.open_ticket(ada, subject="Checkout", body="Nobody can pay.", **given).ticket_id
    assert in_app.support.customer(str(in_app.ids["jerome"]), 1).account_id == "1"
    with pytest.raises(NotFound, match="The directory knows nobody with the id UUID"):
        in_app.support.customer(uuid4())


def test_what_is_no_part_of_an_app_is_refused_at_the_start() -> None:
    app, db, user = bare_app()
    support = Support(directory=UserDirectory(user, account_id="account_id"))
    for wrong in (None, "app", 7, [app]):
        with pytest.raises(ConfigurationError, match=r"Support needs your Flask app, not .*; write support.init_app"):
            support.init_app(wrong, db)  # type: ignore[arg-type]
    for wrong in (False, "", 0, [], "db"):
        with pytest.raises(ConfigurationError, match=r"Support needs your Flask-SQLAlchemy object; write"):
            support.init_app(app, wrong)  # type: ignore[arg-type]
    for wrong in ("", False, 7, {"admin"}):
        with pytest.raises(ConfigurationError, match=r"admin must be your Flask-Admin object or a list of them"):
            support.init_app(app, db, admin=wrong)  # type: ignore[arg-type]
    assert "sgsupport" not in app.extensions
