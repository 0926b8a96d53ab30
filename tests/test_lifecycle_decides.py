"""What the lifecycle decides, asked without a desk around it: who may do what, what comes of it, and why not.

Copied by hand from what the product promises, so that a slip in the table of the code is a difference to this page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from flask_sgsupport.actors import Actor, Right, Side, Via
from flask_sgsupport.errors import InvalidInput, TransitionRefused
from flask_sgsupport.lifecycle import (
    TABLE,
    TURN_ON_LAST_WORD,
    TURN_ON_REACHING,
    Act,
    Facts,
    Limits,
    LinkKind,
    Row,
    Score,
    Status,
    Transition,
    brought_by,
    change_to,
    consider,
    decide,
    derived_state,
    is_about_earlier_help,
    possible,
    read_status,
    score_label,
    status_label,
)
from flask_sgsupport.settings import Settings
from flask_sgsupport.states import customer_waits, goes_on, is_open, is_supports_turn, moved, rests, why_not_split

NOW = datetime(2026, 4, 24, 8, 11, tzinfo=UTC)
IN_48_HOURS = datetime(2026, 4, 26, 8, 11, tzinfo=UTC)
LIMITS = Limits(auto_close_after=timedelta(hours=48), reopen_within=timedelta(days=30))
NO_TICKET, OPEN, RESOLVED, CLOSED = STATES = (None, Status.OPEN, Status.RESOLVED, Status.CLOSED)
WHO = {"C": Side.CUSTOMER, "A": Side.AGENT, "M": Side.MAIL, "T": Side.TIMER, "R": Side.RULE}
CUSTOMER, AGENT, MAIL, TIMER, RULE = (Actor(side, Via.PANEL) for side in WHO.values())
ACTORS = {side: Actor(side, Via.PANEL) for side in Side}


def facts(status: Status | None, **more: Any) -> Facts:
    return Facts(**({"now": NOW, "limits": LIMITS, "status": status} | more))


# fmt: off
# No ticket yet, open, resolved, closed.
WHO_MAY: dict[Act, tuple[str, str, str, str]] = {
    Act.OPEN:              ("CAM",  "",   "",   ""),
    Act.OPEN_FILTERED:     ("CAMR", "",   "",   ""),
    Act.RELEASE:           ("",     "CA", "CA", "CA"),
    Act.FILTER:            ("",     "AR", "",   ""),
    Act.FOLLOW_UP:         ("",     "CM", "CM", "CM"),
    Act.REPLY:             ("",     "A",  "A",  ""),
    Act.NOTE:              ("",     "A",  "A",  "A"),
    Act.RESOLVE:           ("",     "A",  "",   ""),
    Act.CONFIRM_SOLVED:    ("",     "",   "C",  ""),
    Act.AUTO_CLOSE:        ("",     "",   "T",  ""),
    Act.CLOSE:             ("",     "",   "A",  ""),
    Act.STILL_NEED_HELP:   ("",     "",   "CM", ""),
    Act.SET_OPEN:          ("",     "",   "A",  ""),
    Act.REOPEN:            ("",     "",   "",   "CA"),
    Act.CONTINUE:          ("",     "",   "",   "CM"),
    Act.SET_RESOLVED:      ("",     "",   "",   "A"),
    Act.WITHDRAW:          ("",     "C",  "",   ""),
    Act.ASSIGN:            ("",     "AR", "AR", "AR"),
    Act.CHANGE_FIELD:      ("",     "AR", "AR", "AR"),
    Act.CHANGE_REQUESTER:  ("",     "A",  "A",  "A"),
    Act.CHANGE_VISIBILITY: ("",     "A",  "A",  "A"),
    Act.HOLD_TIMER:        ("",     "",   "T",  ""),
    Act.RELEASE_TIMER:     ("",     "",   "T",  ""),
    Act.EDIT_NOTE:         ("",     "A",  "A",  "A"),
    Act.REDACT:            ("",     "A",  "A",  "A"),
    Act.RATE:              ("",     "",   "C",  "C"),
    Act.SNOOZE:            ("",     "A",  "",   ""),
    Act.WAKE:              ("",     "AT", "",   ""),
    Act.MERGE:             ("",     "A",  "A",  "A"),
    Act.RECEIVE:           ("",     "A",  "A",  ""),
    Act.LINK:              ("",     "A",  "A",  "A"),
    Act.SPLIT:             ("",     "A",  "A",  "A"),
    Act.ANSWER_CASES:      ("",     "A",  "A",  "A"),
    Act.PRESS:             ("",     "A",  "A",  "A"),
}
# fmt: on
WHERE_IT_MAY: dict[Act, dict[str, Any]] = {
    Act.RELEASE: {"filtered": True},
    Act.RESOLVE: {"answered": True},
    Act.AUTO_CLOSE: {"auto_close_at": NOW},
    Act.CLOSE: {"auto_close_at": NOW},
    Act.REOPEN: {"closed_at": NOW},
    Act.FOLLOW_UP: {"closed_at": NOW},
    Act.CONTINUE: {"closed_at": NOW - timedelta(days=31)},
    Act.HOLD_TIMER: {"notice_undelivered": True},
    Act.RELEASE_TIMER: {"held": True},
    Act.RATE: {"answered": True},
    Act.SNOOZE: {"wanted_until": IN_48_HOURS},
    Act.WAKE: {"snoozed_until": NOW},
}
"""What has to be so beside the status."""


def done(act: Act, status: Status | None, actor: Actor, **more: Any) -> Transition:
    return decide(act, facts(status, **(WHERE_IT_MAY.get(act, {}) | more)), actor)


def every_way() -> list[tuple[Act, Status | None, str]]:
    return [
        (act, state, who)
        for act, row in WHO_MAY.items()
        for state, whose in zip(STATES, row, strict=True)
        for who in whose
    ]


def test_every_act_is_on_this_page() -> None:
    assert set(WHO_MAY) == set(Act)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", WHO)
def test_each_side_may_do_what_is_named_and_nothing_else(state: Status | None, who: str) -> None:
    may = {act for act, row in WHO_MAY.items() if who in row[STATES.index(state)]}
    found = {
        act
        for act in Act
        if isinstance(consider(act, facts(state, **WHERE_IT_MAY.get(act, {})), ACTORS[WHO[who]]), Transition)
    }
    assert found == may


@dataclass(frozen=True)
class Way:
    """An act from a status by a side: its rule, the statuses it goes through, and what is written of it."""

    rule: str
    act: Act
    begins: str
    who: str
    through: str = ""
    told: str = ""
    log: str = ""
    cause: str | None = None
    right: Right = Right.HANDLE


# fmt: off
WAYS = (
    Way("L1", Act.OPEN, "-", "CAM", "open", "opened_receipt opened_staff", "ticket.opened"),
    Way("L2", Act.OPEN_FILTERED, "-", "CAMR", "open", "", "ticket.opened ticket.filtered"),
    Way("L3", Act.RELEASE, "ORC", "A", "", "opened_receipt opened_staff", "ticket.released"),
    Way("L3", Act.RELEASE, "ORC", "C", "", "opened_staff", "ticket.released", "follow-up"),
    Way("L2", Act.FILTER, "O", "AR", "", "", "ticket.filtered"),
    Way("L4", Act.FOLLOW_UP, "O", "CM", "", "follow_up_staff", "message.added"),
    Way("L5", Act.REPLY, "O", "A", "", "replied_customer", "message.added"),
    Way("L12", Act.REPLY, "R", "A", "", "replied_customer", "message.added timer.restarted"),
    Way("L6", Act.NOTE, "ORC", "A", "", "mentioned_staff note_staff", "note.added"),
    Way("L7", Act.RESOLVE, "O", "A", "resolved", "resolved_customer", "status.changed", "resolved"),
    Way("L8", Act.CONFIRM_SOLVED, "R", "C", "closed", "confirmed_staff closed_bell_customer", "status.changed",
        "confirmed"),
    Way("L9", Act.AUTO_CLOSE, "R", "T", "closed", "auto_closed_customer auto_closed_staff", "status.changed",
        "no_reply"),
    Way("L10", Act.CLOSE, "R", "A", "closed", "closed_customer", "status.changed confirmation.recorded", "closed",
        right=Right.CLOSE),
    Way("L11", Act.STILL_NEED_HELP, "R", "CM", "open", "reopened_staff reopened_bell_customer",
        "message.added status.changed", "follow-up"),
    Way("L11", Act.FOLLOW_UP, "R", "CM", "open", "reopened_staff reopened_bell_customer",
        "message.added status.changed", "follow-up"),
    Way("L13", Act.SET_OPEN, "R", "A", "open", "set_open_bell_customer set_open_staff", "status.changed",
        "correction"),
    Way("L14", Act.REOPEN, "C", "A", "open", "reopened_customer reopened_staff", "status.changed", "reopen"),
    Way("L15", Act.REOPEN, "C", "C", "open", "reopened_staff reopened_customer", "status.changed", "reopen"),
    Way("L15", Act.FOLLOW_UP, "C", "CM", "open", "reopened_staff reopened_customer", "message.added status.changed",
        "reopen"),
    Way("L16", Act.CONTINUE, "C", "CM", "", "continued_customer opened_staff", "ticket.opened ticket.continued_in"),
    Way("L17", Act.SET_RESOLVED, "C", "A", "resolved", "resolved_customer set_resolved_staff", "status.changed",
        "correction", right=Right.CLOSE),
    Way("L18", Act.WITHDRAW, "O", "C", "resolved closed", "withdrawn_staff", "status.changed", "withdrawn"),
    Way("L19", Act.ASSIGN, "ORC", "AR", "", "assigned_staff unassigned_staff", "assignee.changed", right=Right.ASSIGN),
    Way("L20", Act.CHANGE_FIELD, "ORC", "AR", "", "moved_staff unassigned_staff", "field.changed"),
    Way("L20", Act.CHANGE_REQUESTER, "OC", "A", "", "", "field.changed"),
    Way("L20", Act.CHANGE_REQUESTER, "R", "A", "", "resolved_customer", "field.changed timer.restarted"),
    Way("L21", Act.CHANGE_VISIBILITY, "ORC", "A", "", "replied_customer", "message.visibility_changed"),
    Way("L24", Act.HOLD_TIMER, "R", "T", "", "timer_held_staff", "timer.held"),
    Way("L24", Act.RELEASE_TIMER, "R", "T", "", "", "timer.restarted"),
    Way("L26", Act.EDIT_NOTE, "ORC", "A", "", "mentioned_staff", "note.edited"),
    Way("L26", Act.REDACT, "ORC", "A", "", "", "message.redacted", right=Right.LEAD),
    Way("L22", Act.MERGE, "ORC", "A", "", "", "ticket.merged_into"),
    Way("L22", Act.RECEIVE, "OR", "A", "", "merged_customer merged_staff", "ticket.merge_received"),
    Way("K1", Act.LINK, "ORC", "A", "", "", "ticket.linked ticket.unlinked"),
    Way("K2", Act.SPLIT, "ORC", "A", "", "split_customer", "ticket.split_off ticket.linked"),
    Way("K3", Act.ANSWER_CASES, "ORC", "A", "", "", "cases.answered"),
    Way("B1", Act.PRESS, "ORC", "A", "", "", "button.pressed button.ended"),
    Way("R1", Act.RATE, "RC", "C", "", "rated_staff", "ticket.rated"),
    Way("S1", Act.SNOOZE, "O", "A", "", "", "ticket.snoozed"),
    Way("S2", Act.WAKE, "O", "A", "", "", "ticket.woken"),
    Way("S3", Act.WAKE, "O", "T", "", "woken_staff", "ticket.woken"),
)
# fmt: on
LETTERS = {"-": NO_TICKET, "O": OPEN, "R": RESOLVED, "C": CLOSED}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.rule} {way.act.name} {way.who}")
def test_an_act_goes_its_way_tells_whom_it_must_and_is_written_down(way: Way) -> None:
    for begins, who in product(way.begins, way.who):
        transition = done(way.act, LETTERS[begins], ACTORS[WHO[who]])
        row = transition.row
        assert row.number == way.rule
        assert " ".join(row.path) == way.through
        assert transition.status == (way.through.split()[-1] if way.through else None)
        assert transition.changes.get("status") == transition.status
        assert " ".join(row.notices) == way.told
        assert " ".join(row.actions) == way.log
        assert (None if row.cause is None else str(row.cause)) == way.cause
        assert row.right is way.right


def test_no_way_is_left_out_of_this_page() -> None:
    named = {(way.act, LETTERS[begins], who) for way in WAYS for begins in way.begins for who in way.who}
    assert named == set(every_way())


def test_a_ticket_is_closed_from_resolved_and_from_nowhere_else() -> None:
    for act, state, who in every_way():
        path = done(act, state, ACTORS[WHO[who]]).row.path
        if CLOSED in path:
            assert (state, *path)[-2:] == (RESOLVED, CLOSED)


STAFF_S_TURN = {"waiting_on": "staff", "addressed": False}
CUSTOMER_S_TURN = {"waiting_on": "customer", "addressed": True}
THE_CUSTOMER_WROTE = STAFF_S_TURN | {"last_customer_message_at": NOW}
THE_CLOCK_RUNS = {"auto_close_at": IN_48_HOURS, "hold_reason": None}
AS_NEVER_RESOLVED = {
    "resolved_at": None,
    "auto_close_at": None,
    "hold_reason": None,
    "closed_at": None,
    "close_reason": None,
}
NEWLY_RESOLVED = THE_CLOCK_RUNS | {"resolved_at": NOW, "closed_at": None, "close_reason": None, "addressed": True}
FOR_GOOD = {"closed_at": NOW, "auto_close_at": None, "hold_reason": None, "addressed": True}
BY_THE_CUSTOMER = FOR_GOOD | {"close_reason": "customer_confirmed"}
BY_TIME = FOR_GOOD | {"close_reason": "no_reply"}

LEAVES: dict[tuple[Act, Status | None, str], Mapping[str, Any]] = {
    (Act.OPEN, NO_TICKET, "CAM"): THE_CUSTOMER_WROTE,
    (Act.OPEN_FILTERED, NO_TICKET, "CAMR"): THE_CUSTOMER_WROTE,
    (Act.RELEASE, OPEN, "CA"): {"filtered_reason": None},
    (Act.RELEASE, RESOLVED, "CA"): {"filtered_reason": None},
    (Act.RELEASE, CLOSED, "CA"): {"filtered_reason": None},
    (Act.FOLLOW_UP, OPEN, "CM"): THE_CUSTOMER_WROTE,
    (Act.REPLY, OPEN, "A"): CUSTOMER_S_TURN,
    (Act.REPLY, RESOLVED, "A"): CUSTOMER_S_TURN | THE_CLOCK_RUNS,
    (Act.RESOLVE, OPEN, "A"): NEWLY_RESOLVED,
    (Act.CONFIRM_SOLVED, RESOLVED, "C"): BY_THE_CUSTOMER,
    (Act.AUTO_CLOSE, RESOLVED, "T"): BY_TIME,
    (Act.CLOSE, RESOLVED, "A"): BY_TIME,
    (Act.STILL_NEED_HELP, RESOLVED, "CM"): AS_NEVER_RESOLVED | THE_CUSTOMER_WROTE,
    (Act.FOLLOW_UP, RESOLVED, "CM"): AS_NEVER_RESOLVED | THE_CUSTOMER_WROTE,
    (Act.SET_OPEN, RESOLVED, "A"): AS_NEVER_RESOLVED | STAFF_S_TURN,
    (Act.REOPEN, CLOSED, "A"): AS_NEVER_RESOLVED | STAFF_S_TURN,
    (Act.REOPEN, CLOSED, "C"): AS_NEVER_RESOLVED | THE_CUSTOMER_WROTE,
    (Act.FOLLOW_UP, CLOSED, "CM"): AS_NEVER_RESOLVED | THE_CUSTOMER_WROTE,
    (Act.SET_RESOLVED, CLOSED, "A"): NEWLY_RESOLVED,
    (Act.WITHDRAW, OPEN, "C"): BY_THE_CUSTOMER | {"resolved_at": NOW},
    (Act.CHANGE_REQUESTER, RESOLVED, "A"): THE_CLOCK_RUNS,
    (Act.CHANGE_VISIBILITY, OPEN, "A"): STAFF_S_TURN,
    (Act.RELEASE_TIMER, RESOLVED, "T"): THE_CLOCK_RUNS,
    (Act.SNOOZE, OPEN, "A"): {"snoozed_until": IN_48_HOURS},
    (Act.WAKE, OPEN, "AT"): {"snoozed_until": None},
}
"""The columns an act changes beside the status; one that is not here changes none."""


def test_an_act_leaves_the_ticket_as_promised_and_touches_nothing_else() -> None:
    promised = {(act, state, who): left for (act, state, whose), left in LEAVES.items() for who in whose}
    for act, state, who in every_way():
        changes = {k: v for k, v in done(act, state, ACTORS[WHO[who]]).changes.items() if k != "status"}
        assert changes == promised.get((act, state, who), {}), (act, state, who)


def test_a_reopening_is_counted_where_somebody_asked_for_it() -> None:
    counted = {(act, state, who) for act, state, who in every_way() if done(act, state, ACTORS[WHO[who]]).row.reopens}
    assert counted == {
        (Act.STILL_NEED_HELP, RESOLVED, "C"),
        (Act.STILL_NEED_HELP, RESOLVED, "M"),
        (Act.FOLLOW_UP, RESOLVED, "C"),
        (Act.FOLLOW_UP, RESOLVED, "M"),
        (Act.FOLLOW_UP, CLOSED, "C"),
        (Act.FOLLOW_UP, CLOSED, "M"),
        (Act.REOPEN, CLOSED, "C"),
        (Act.REOPEN, CLOSED, "A"),
    }


def test_who_resolves_an_unclaimed_ticket_has_it() -> None:
    assert {act for act, state, who in every_way() if done(act, state, ACTORS[WHO[who]]).row.claims} == {Act.RESOLVE}


def refusal(act: Act, status: Status | None, actor: Actor, **more: Any) -> str:
    with pytest.raises(TransitionRefused) as refused:
        decide(act, facts(status, **more), actor)
    assert consider(act, facts(status, **more), actor) == refused.value.sentence
    return refused.value.sentence


# What has to be so


def test_resolving_asks_for_an_answer_first() -> None:
    assert refusal(Act.RESOLVE, OPEN, AGENT) == ("The customer has no answer yet. Write a public reply, then resolve.")


def test_the_clock_closes_at_the_hour_and_not_a_moment_before() -> None:
    assert done(Act.AUTO_CLOSE, RESOLVED, TIMER, auto_close_at=NOW).status is Status.CLOSED
    soon = NOW + timedelta(seconds=1)
    assert refusal(Act.AUTO_CLOSE, RESOLVED, TIMER, auto_close_at=soon) == (
        "It closes on 24 April 2026, 08:11 UTC unless the customer replies."
    )


def test_the_clock_says_why_it_does_not_close() -> None:
    up = {"auto_close_at": NOW}
    assert refusal(Act.AUTO_CLOSE, RESOLVED, TIMER, answer_since_resolved=True, **up) == (
        "The customer has written since it was resolved."
    )
    not_reached = "The clock is held: the customer was not reached."
    assert refusal(Act.AUTO_CLOSE, RESOLVED, TIMER, notice_undelivered=True, **up) == not_reached
    assert refusal(Act.AUTO_CLOSE, RESOLVED, TIMER, held=True, **up) == not_reached
    assert refusal(Act.AUTO_CLOSE, RESOLVED, TIMER) == "No clock runs on it."


FINAL = "A ticket is closed only once the customer confirms or the waiting time passes without reply."
RECORD = "Record in a note how the customer confirmed."
SOON = {"auto_close_at": NOW + timedelta(hours=5)}


def test_an_agent_closes_early_only_with_a_recorded_confirmation() -> None:
    recorded = decide(Act.CLOSE, facts(RESOLVED, confirmation_recorded=True, **SOON), AGENT)
    assert recorded.changes == BY_THE_CUSTOMER | {"status": "closed"}
    assert refusal(Act.CLOSE, RESOLVED, AGENT, **SOON) == (
        f"{FINAL} It can be closed from 24 April 2026, 13:11 UTC on, "
        "or now if you record in a note how the customer confirmed."
    )


@pytest.mark.parametrize("why", [{}, SOON | {"held": True}, SOON | {"notice_undelivered": True}])
def test_where_no_hour_can_be_named_only_the_confirmation_is_asked_for(why: dict[str, Any]) -> None:
    assert refusal(Act.CLOSE, RESOLVED, AGENT, **why) == f"{FINAL} {RECORD}"


def test_a_confirmation_counts_where_the_customer_was_not_reached() -> None:
    given = facts(RESOLVED, confirmation_recorded=True, held=True)
    assert decide(Act.CLOSE, given, AGENT).changes["close_reason"] == "customer_confirmed"


OVER = "It was closed too long ago to be reopened. A follow-up opens a new ticket linked to it."


@pytest.mark.parametrize(
    ("days", "since", "inside"),
    [
        (30, timedelta(days=30), True),
        (30, timedelta(days=30, seconds=1), False),
        (1, timedelta(hours=23), True),
        (None, timedelta(days=4000), True),
        (0, timedelta(0), False),
    ],
)
def test_a_customer_reopens_within_the_window_and_gets_a_new_ticket_after_it(
    days: int | None, since: timedelta, *, inside: bool
) -> None:
    limits = Limits(timedelta(hours=48), None if days is None else timedelta(days=days))
    given = facts(CLOSED, limits=limits, closed_at=NOW - since)
    assert given.inside_reopen_window is inside
    outcomes = [consider(act, given, CUSTOMER) for act in (Act.REOPEN, Act.FOLLOW_UP, Act.CONTINUE)]
    if inside:
        assert [getattr(one, "status", one) for one in outcomes] == [OPEN, OPEN, "It can still be reopened."]
    else:
        assert [getattr(one, "status", one) for one in outcomes] == [OVER, OVER, None]
    assert decide(Act.REOPEN, given, AGENT).status is OPEN, "for an agent there is no window"


def test_a_ticket_that_was_never_closed_has_no_window() -> None:
    assert not facts(OPEN).inside_reopen_window
    assert facts(OPEN).may_reopen_until is None


def test_the_end_of_the_window_can_be_told() -> None:
    closed = facts(CLOSED, closed_at=NOW)
    assert closed.may_reopen_until == datetime(2026, 5, 24, 8, 11, tzinfo=UTC)
    assert facts(CLOSED, closed_at=NOW, limits=Limits(timedelta(hours=48), None)).may_reopen_until is None


WAITS = "It waits in Spam / Filtered: release it before you answer or change its status."


def test_nothing_is_sent_and_no_clock_runs_while_a_ticket_is_filtered() -> None:
    refused = {
        (act, state, who)
        for act, state, who in every_way()
        if consider(act, facts(state, **(WHERE_IT_MAY.get(act, {}) | {"filtered": True})), ACTORS[WHO[who]]) == WAITS
    }
    assert refused == {
        (Act.REPLY, OPEN, "A"),
        (Act.REPLY, RESOLVED, "A"),
        (Act.RESOLVE, OPEN, "A"),
        (Act.AUTO_CLOSE, RESOLVED, "T"),
        (Act.CLOSE, RESOLVED, "A"),
        (Act.SET_OPEN, RESOLVED, "A"),
        (Act.REOPEN, CLOSED, "A"),
        (Act.SET_RESOLVED, CLOSED, "A"),
        (Act.HOLD_TIMER, RESOLVED, "T"),
        (Act.RELEASE_TIMER, RESOLVED, "T"),
        (Act.SNOOZE, OPEN, "A"),
        (Act.SPLIT, OPEN, "A"),
        (Act.SPLIT, RESOLVED, "A"),
        (Act.SPLIT, CLOSED, "A"),
        (Act.MERGE, OPEN, "A"),
        (Act.MERGE, RESOLVED, "A"),
        (Act.MERGE, CLOSED, "A"),
        (Act.RECEIVE, OPEN, "A"),
        (Act.RECEIVE, RESOLVED, "A"),
    }


@pytest.mark.parametrize("state", [OPEN, RESOLVED, CLOSED])
def test_a_message_is_hidden_but_not_shown_while_a_ticket_is_filtered(state: Status) -> None:
    assert refusal(Act.CHANGE_VISIBILITY, state, AGENT, filtered=True, shows=True) == WAITS
    for more in ({"filtered": True}, {"shows": True}):
        assert done(Act.CHANGE_VISIBILITY, state, AGENT, **more).row.number == "L21"


# Snoozing


def test_a_ticket_is_snoozed_until_a_time_within_a_year() -> None:
    for past in (None, NOW - timedelta(minutes=1), NOW):
        assert refusal(Act.SNOOZE, OPEN, AGENT, wanted_until=past) == "Choose a time that is still to come."
    assert done(Act.SNOOZE, OPEN, AGENT, wanted_until=NOW + timedelta(days=366)).row.number == "S1"
    too_late = NOW + timedelta(days=366, minutes=1)
    said = "A ticket sleeps for a year at most. Choose an earlier time."
    assert refusal(Act.SNOOZE, OPEN, AGENT, wanted_until=too_late) == said


def test_a_snoozed_ticket_is_woken_by_hand_at_any_time_and_by_the_clock_at_its_own() -> None:
    later = {"snoozed_until": NOW + timedelta(seconds=1)}
    assert done(Act.WAKE, OPEN, AGENT, **later).row.number == "S2"
    assert refusal(Act.WAKE, OPEN, TIMER, **later) == "It is snoozed until 24 April 2026, 08:11 UTC."
    assert done(Act.WAKE, OPEN, TIMER, snoozed_until=NOW).row.number == "S3"
    for actor in (AGENT, TIMER):
        assert refusal(Act.WAKE, OPEN, actor) == "It is not snoozed."


def test_the_customers_word_and_another_status_wake_a_ticket_and_nothing_else_does() -> None:
    asleep = {"snoozed_until": NOW + timedelta(days=1)}
    waking = {
        (act, who)
        for act, state, who in every_way()
        if state is OPEN
        and done(act, state, ACTORS[WHO[who]], **asleep | WHERE_IT_MAY.get(act, {})).changes.get("snoozed_until", 0)
        is None
    }
    assert waking == {
        (Act.FOLLOW_UP, "C"), (Act.FOLLOW_UP, "M"), (Act.RESOLVE, "A"), (Act.WITHDRAW, "C"), (Act.WAKE, "A"),
        (Act.WAKE, "T"),
    }  # fmt: skip


# What was merged


PART = "It was merged into TKT-2026-00002 and stands still. Go on there."


def test_what_is_merged_stands_still_but_for_what_is_said_inside() -> None:
    merged = {"merged_into": "TKT-2026-00002"}
    said = {Act.NOTE, Act.EDIT_NOTE, Act.REDACT, Act.CHANGE_VISIBILITY, Act.LINK, Act.SPLIT, Act.ANSWER_CASES}
    ways = [way for way in every_way() if way[1] is not NO_TICKET]
    moves = {
        (act, state)
        for act, state, who in ways
        if consider(act, facts(state, **(WHERE_IT_MAY.get(act, {}) | merged)), ACTORS[WHO[who]]) != PART
    }
    assert moves == {(act, state) for act, state, __ in ways if act in said}
    with pytest.raises(TransitionRefused) as refused:
        decide(Act.WITHDRAW, facts(CLOSED, **merged), CUSTOMER)
    assert (refused.value.sentence, refused.value.merged_into) == (PART, "TKT-2026-00002")
    assert [row.act for row in possible(facts(OPEN, **merged), CUSTOMER)] == []


def test_a_question_that_comes_with_a_merged_ticket_waits_in_the_other() -> None:
    assert done(Act.RECEIVE, OPEN, AGENT, brings_open=True, brings_question=True).changes == STAFF_S_TURN
    assert done(Act.RECEIVE, OPEN, AGENT, brings_open=True).changes == {}
    asleep = {"brings_open": True, "snoozed_until": IN_48_HOURS}
    waking = STAFF_S_TURN | {"snoozed_until": None}
    assert done(Act.RECEIVE, OPEN, AGENT, brings_question=True, **asleep).changes == waking
    assert done(Act.RECEIVE, OPEN, AGENT, **asleep).changes == {}


def test_what_is_resolved_or_closed_takes_in_nothing_open() -> None:
    assert refusal(Act.RECEIVE, RESOLVED, AGENT, brings_open=True) == (
        "It is resolved, and would close over what is open in the other. Set it back to open first."
    )
    assert refusal(Act.RECEIVE, CLOSED, AGENT) == "It is closed. Reopen it first, then merge the other into it."


@pytest.mark.parametrize(("state", "is_open"), [(OPEN, True), (RESOLVED, False), (CLOSED, False)])
def test_what_a_merged_ticket_brings_follows_from_how_it_stands(state: Status, *, is_open: bool) -> None:
    assert brought_by(facts(state), addressed=True) == {"brings_open": is_open, "brings_question": False}
    assert brought_by(facts(state), addressed=False) == {"brings_open": is_open, "brings_question": is_open}


NOTHING_TO_RATE = "There is nothing to rate on this ticket."


@pytest.mark.parametrize("state", [RESOLVED, CLOSED])
def test_a_customer_who_rates_learns_nothing_of_the_filter(state: Status) -> None:
    assert refusal(Act.RATE, state, CUSTOMER, filtered=True) == NOTHING_TO_RATE


@pytest.mark.parametrize("state", [RESOLVED, CLOSED])
def test_help_that_nobody_gave_is_not_rated(state: Status) -> None:
    assert refusal(Act.RATE, state, CUSTOMER, answered=False) == NOTHING_TO_RATE


def test_only_what_is_filtered_is_released_and_only_what_is_not_is_filtered() -> None:
    for actor in (AGENT, CUSTOMER):
        assert refusal(Act.RELEASE, OPEN, actor) == "It is not filtered."
    assert refusal(Act.FILTER, OPEN, AGENT, filtered=True) == "It is filtered already."


def test_whose_turn_it_is_follows_from_the_last_word_the_customer_sees() -> None:
    spoke = done(Act.CHANGE_VISIBILITY, OPEN, AGENT, support_spoke_last=True)
    assert spoke.changes == CUSTOMER_S_TURN
    assert done(Act.CHANGE_VISIBILITY, RESOLVED, AGENT, support_spoke_last=True).changes == {}


# Whether the customer was reached


def test_the_clock_is_held_once_where_the_customer_was_not_reached() -> None:
    reached = "The customer was reached."
    assert refusal(Act.HOLD_TIMER, RESOLVED, TIMER) == reached
    assert refusal(Act.HOLD_TIMER, RESOLVED, TIMER, notice_undelivered=True, held=True) == reached


@pytest.mark.parametrize(
    "why", [{}, {"held": True, "notice_undelivered": True}, {"held": True, "notice_under_way": True}]
)
def test_a_held_clock_starts_anew_once_the_customer_was_reached(why: dict[str, Any]) -> None:
    assert refusal(Act.RELEASE_TIMER, RESOLVED, TIMER, **why) == "The customer was not reached yet."


def test_whether_the_customer_was_reached_is_asked_for_the_acts_of_the_clock() -> None:
    assert TURN_ON_REACHING == {Act.CLOSE, Act.AUTO_CLOSE, Act.HOLD_TIMER, Act.RELEASE_TIMER}


def test_the_last_word_is_asked_for_the_acts_that_turn_on_it_and_do_not_bring_it() -> None:
    facts = Facts(NOW, LIMITS)
    turning = {
        row.act
        for row in TABLE
        if row.effects and row.effects(facts) != row.effects(replace(facts, support_spoke_last=True))
    }
    # Who shows or hides a message knows what is left.
    assert turning - {Act.CHANGE_VISIBILITY} == TURN_ON_LAST_WORD


def test_a_new_requester_is_told_and_lets_no_clock_go_on_that_is_held() -> None:
    transition = done(Act.CHANGE_REQUESTER, RESOLVED, AGENT, held=True)
    assert (transition.changes, transition.row.notices) == ({}, ("resolved_customer",))
    assert (transition.row.number, transition.row.actions) == ("L20", ("field.changed",))


def test_a_status_is_read_by_its_word_and_no_other_is_taken_for_one() -> None:
    assert [read_status(word) for word in ("open", "resolved", "closed")] == [OPEN, RESOLVED, CLOSED]
    assert read_status(Status.CLOSED) is CLOSED
    with pytest.raises(InvalidInput) as refused:
        read_status("o" * 51)
    assert refused.value.fields == {"status": f"“{'o' * 50}” is no status. There are: open, resolved, closed."}


def test_only_what_the_customer_would_not_call_news_leaves_the_ticket_read() -> None:
    ways = [(act, done(act, state, ACTORS[WHO[who]])) for act, state, who in every_way()]
    ways.append((Act.CHANGE_REQUESTER, done(Act.CHANGE_REQUESTER, RESOLVED, AGENT, held=True)))
    inside = {Act.CHANGE_REQUESTER, Act.HOLD_TIMER, Act.RELEASE_TIMER, Act.LINK, Act.ANSWER_CASES, Act.PRESS}
    inside |= {Act.SNOOZE, Act.WAKE}
    assert {act: way.row.inside for act, way in ways if way.row.inside is not (act in inside)} == {}


@pytest.mark.parametrize("said", [{"actions": ("ticket.opened",)}, {"doc": "A ticket is opened."}])
def test_no_row_is_without_what_it_writes_down_and_what_it_means(said: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="required keyword-only argument"):
        Row("L1", Act.OPEN, frozenset(), frozenset(), **said)


# Why not, and what instead


def test_an_agent_is_told_how_to_reply_on_a_closed_ticket() -> None:
    assert refusal(Act.REPLY, CLOSED, AGENT) == ("This ticket is closed. Reopen it first, then send your reply.")


def test_without_a_ticket_there_is_nothing_to_do_but_open_one() -> None:
    nothing_known = Facts(now=NOW, limits=LIMITS)
    assert consider(Act.NOTE, nothing_known, AGENT) == "There is no ticket yet."
    assert decide(Act.OPEN, nothing_known, CUSTOMER).status is Status.OPEN


@pytest.mark.parametrize(
    ("act", "state", "actor", "sentence"),
    [
        (
            Act.CONFIRM_SOLVED,
            OPEN,
            CUSTOMER,
            "This ticket is open. Possible now: follow up, say that it is no longer needed.",
        ),
        (
            Act.WITHDRAW,
            RESOLVED,
            CUSTOMER,
            "This ticket is resolved. Possible now: follow up, say that it is solved, say that you still need help.",
        ),
        (Act.WITHDRAW, CLOSED, CUSTOMER, "This ticket is closed. Possible now: follow up, reopen."),
        (Act.REOPEN, OPEN, AGENT, "This ticket is open. Possible now: reply, resolve."),
        (Act.REOPEN, RESOLVED, AGENT, "This ticket is resolved. Possible now: reply, close, set back to open."),
        (Act.RESOLVE, CLOSED, AGENT, "This ticket is closed. Possible now: reopen, set back to resolved."),
        (Act.HOLD_TIMER, OPEN, TIMER, "This ticket is open."),
        (Act.RATE, OPEN, CUSTOMER, "You can say how the help was once the ticket is resolved."),
        (Act.RATE, CLOSED, AGENT, "This ticket is closed. Possible now: reopen, set back to resolved."),
    ],
)
def test_a_refusal_names_the_status_and_what_is_possible_now(
    act: Act, state: Status, actor: Actor, sentence: str
) -> None:
    given = {"answered": True, "closed_at": NOW, "confirmation_recorded": True}
    assert refusal(act, state, actor, **given) == sentence


def test_after_the_window_a_refusal_names_the_new_ticket() -> None:
    assert refusal(Act.WITHDRAW, CLOSED, CUSTOMER, closed_at=NOW - timedelta(days=31)) == (
        "This ticket is closed. Possible now: open a new ticket linked to it."
    )


def test_a_refusal_says_when_the_ticket_closes_while_its_clock_runs() -> None:
    closes = " It closes on 24 April 2026, 13:11 UTC unless the customer replies."
    assert refusal(Act.WITHDRAW, RESOLVED, CUSTOMER, **SOON).endswith(f"still need help.{closes}")
    assert not refusal(Act.WITHDRAW, RESOLVED, CUSTOMER, held=True, **SOON).endswith(closes)
    assert (
        refusal(Act.REOPEN, OPEN, AGENT, answered=True, **SOON) == "This ticket is open. Possible now: reply, resolve."
    )


def test_what_is_possible_comes_in_the_order_of_the_acts() -> None:
    given = facts(RESOLVED, auto_close_at=NOW, answered=True)
    assert [row.act for row in possible(given, CUSTOMER)] == [
        Act.FOLLOW_UP,
        Act.CONFIRM_SOLVED,
        Act.STILL_NEED_HELP,
        Act.RATE,
    ]
    assert [row.act for row in possible(given, TIMER)] == [Act.AUTO_CLOSE]


# The dropdown


@pytest.mark.parametrize(
    ("begins", "wanted", "act"),
    [
        (OPEN, RESOLVED, Act.RESOLVE),
        (RESOLVED, OPEN, Act.SET_OPEN),
        (RESOLVED, CLOSED, Act.CLOSE),
        (CLOSED, OPEN, Act.REOPEN),
        (CLOSED, RESOLVED, Act.SET_RESOLVED),
    ],
)
def test_choosing_a_status_means_an_act(begins: Status, wanted: Status, act: Act) -> None:
    assert change_to(wanted, facts(begins)) is act


@pytest.mark.parametrize(("hours", "words"), [(1, "1 hour"), (48, "48 hours"), (36.5, "36 hours")])
def test_there_is_no_way_from_open_to_closed(hours: float, words: str) -> None:
    limits = Limits(timedelta(hours=hours), None)
    with pytest.raises(TransitionRefused) as refused:
        change_to(CLOSED, facts(OPEN, limits=limits))
    assert refused.value.sentence == (
        "An open ticket cannot be closed. Resolve it first: it closes when the customer confirms, "
        f"or after {words} without reply."
    )


@pytest.mark.parametrize(("status", "word"), [(OPEN, "Open"), (RESOLVED, "Resolved"), (CLOSED, "Closed")])
def test_the_status_it_has_cannot_be_chosen(status: Status, word: str) -> None:
    for now in (status, NO_TICKET):
        with pytest.raises(TransitionRefused) as refused:
            change_to(status, facts(now))
        assert refused.value.sentence == f"It is {word} already."
    assert status_label(status) == status_label(str(status)) == word


# What a rating is about


@pytest.mark.parametrize(("opened_again", "earlier"), [(0, False), (1, True), (2, True)])
def test_a_rating_is_about_earlier_help_once_the_ticket_was_opened_again(opened_again: int, *, earlier: bool) -> None:
    assert is_about_earlier_help(0, opened_again) is earlier


@pytest.mark.parametrize(("score", "stored", "word"), [(Score.GOOD, "good", "Good"), (Score.BAD, "bad", "Bad")])
def test_there_are_two_ways_to_say_how_the_help_was(score: Score, stored: str, word: str) -> None:
    assert str(score) == stored
    assert score_label(score) == score_label(stored) == word


# What linked tickets are to each other


def test_an_incident_has_cases_and_what_is_related_is_so_both_ways() -> None:
    assert [(kind, kind.turned_round) for kind in LinkKind] == [
        ("related", "related"),
        ("case", "incident"),
        ("incident", "case"),
    ]


# What a ticket is taken for


@pytest.mark.parametrize(
    ("status", "more", "chip"),
    [
        ("open", {}, "new"),
        ("open", {"answered": True}, "open"),
        ("open", {"assigned": True}, "open"),
        ("open", {"answered": True, "assigned": True, "waiting_on": "customer"}, "waiting"),
        ("resolved", {"waiting_on": "customer"}, "resolved"),
        ("closed", {}, "closed"),
        ("closed", {"filtered": True}, "filtered"),
        ("open", {"merged": True}, "merged"),
        ("open", {"merged": True, "filtered": True}, "merged"),
        ("open", {"filtered": True, "waiting_on": "customer"}, "filtered"),
        ("open", {"snoozed": True, "answered": True, "waiting_on": "customer"}, "snoozed"),
        ("open", {"snoozed": True}, "snoozed"),
        ("open", {"snoozed": True, "filtered": True}, "filtered"),
    ],
)
def test_the_chip_says_at_a_glance_where_a_ticket_stands(status: str, more: dict[str, Any], chip: str) -> None:
    plain: dict[str, Any] = {"filtered": False, "snoozed": False, "answered": False, "assigned": False}
    plain["waiting_on"] = "staff"
    assert derived_state(status, **(plain | more)) == chip


BARE = {
    "status": "resolved",
    "filtered_reason": None,
    "first_reply_at": None,
    "auto_close_at": IN_48_HOURS,
    "closed_at": None,
    "hold_reason": None,
    "resolved_at": NOW,
    "last_customer_message_at": NOW,
    "snoozed_until": None,
    "merged_into_id": None,
}


@pytest.mark.parametrize(
    ("columns", "known"),
    [
        ({}, {}),
        ({"filtered_reason": ""}, {"filtered": True}),
        ({"first_reply_at": NOW}, {"answered": True}),
        ({"hold_reason": ""}, {"held": True}),
        ({"merged_into_id": "TKT-2026-00002"}, {"merged_into": "TKT-2026-00002"}),
        ({"closed_at": NOW}, {"closed_at": NOW}),
        ({"snoozed_until": IN_48_HOURS}, {"snoozed_until": IN_48_HOURS}),
        ({"last_customer_message_at": NOW + timedelta(seconds=1)}, {"answer_since_resolved": True}),
        ({"resolved_at": None, "status": "open"}, {"status": OPEN}),
    ],
)
def test_the_facts_of_a_ticket_are_read_from_its_columns(columns: dict[str, Any], known: dict[str, Any]) -> None:
    ticket = SimpleNamespace(**(BARE | columns))
    expected = {"status": RESOLVED, "auto_close_at": IN_48_HOURS} | known
    assert Facts.of(ticket, now=NOW, limits=LIMITS) == Facts(now=NOW, limits=LIMITS, **expected)


@pytest.mark.parametrize(("days", "within"), [(30, timedelta(days=30)), (0, timedelta(0)), (None, None)])
def test_the_hours_and_days_are_settings(days: int | None, within: timedelta | None) -> None:
    settings = Settings({"SGSUPPORT_AUTO_CLOSE_AFTER_HOURS": 72, "SGSUPPORT_REOPEN_WITHIN_DAYS": days})
    assert Limits.of(settings) == Limits(auto_close_after=timedelta(hours=72), reopen_within=within)


@pytest.mark.parametrize(
    ("columns", "waits"),
    [
        ({}, True),
        ({"status": "resolved"}, False),
        ({"status": "closed"}, False),
        ({"waiting_on": "customer"}, False),
        ({"filtered_reason": ""}, False),
        ({"merged_into_id": "TKT-2026-00002"}, False),
    ],
)
def test_it_is_supports_turn_while_an_open_ticket_in_the_inbox_waits_for_it(
    columns: dict[str, Any], *, waits: bool
) -> None:
    waiting = {"status": "open", "waiting_on": "staff", "filtered_reason": None, "merged_into_id": None}
    ticket = SimpleNamespace(**(waiting | columns))
    assert is_supports_turn(ticket) is waits


def test_only_what_a_customer_wrote_can_be_split_off() -> None:
    sentence = "Only what a customer wrote can be made a ticket of its own."
    kinds = ("description", "public-reply", "follow-up", "internal-note", "system")
    can = {(kind, public) for kind in kinds for public in (True, False) if not why_not_split(kind, public=public)}
    assert can == {("description", True), ("follow-up", True)}
    assert why_not_split("internal-note", public=True) == why_not_split("follow-up", public=False) == sentence


def test_what_a_change_of_status_was_is_told_by_what_it_was_before_and_after() -> None:
    found = {
        (old, new): [name for name in ("resolves", "closes", "opens", "undoes_close") if getattr(moved(old, new), name)]
        for old in (None, "open", "resolved", "closed")
        for new in ("open", "resolved", "closed")
    }
    assert found == {
        (None, "open"): ["opens"], (None, "resolved"): [], (None, "closed"): ["closes"],
        ("open", "open"): ["opens"], ("open", "resolved"): ["resolves"], ("open", "closed"): ["closes"],
        ("resolved", "open"): ["opens"], ("resolved", "resolved"): [], ("resolved", "closed"): ["closes"],
        ("closed", "open"): ["opens", "undoes_close"], ("closed", "resolved"): ["undoes_close"],
        ("closed", "closed"): ["closes", "undoes_close"],
    }  # fmt: skip
    assert [word for word in ("open", "resolved", "closed") if is_open(word)] == ["open"]


def test_the_customer_waits_where_it_is_open_and_their_word_is_the_last_also_before_anybody_sees_it() -> None:
    every = [
        SimpleNamespace(status=status, waiting_on=turn, filtered_reason=reason, merged_into_id=into)
        for status in ("open", "resolved", "closed")
        for turn in ("staff", "customer")
        for reason in (None, "spam")
        for into in (None, "TKT-2026-00001")
    ]
    waits, turns = ([one for one in every if asked(one)] for asked in (customer_waits, is_supports_turn))
    plain = {"status": "open", "waiting_on": "staff", "merged_into_id": None}
    assert [vars(one) for one in waits] == [plain | {"filtered_reason": None}, plain | {"filtered_reason": "spam"}]
    assert [vars(one) for one in turns] == [plain | {"filtered_reason": None}]


def test_a_ticket_goes_on_or_rests_by_its_status_while_it_is_a_part_of_no_other() -> None:
    every = [(status, into) for status in ("open", "resolved", "closed") for into in (None, "TKT-2026-00001")]
    tickets = {one: SimpleNamespace(status=one[0], merged_into_id=one[1]) for one in every}
    assert [one for one, ticket in tickets.items() if goes_on(ticket)] == [("open", None)]
    assert [one for one, ticket in tickets.items() if rests(ticket)] == [("resolved", None)]
