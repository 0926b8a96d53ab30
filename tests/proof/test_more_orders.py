"""Two acts in every order of their steps: what sleeps, is linked, waits to be sent, or is done to several at once."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.lifecycle import LinkKind
from flask_sgsupport.macros import Use
from flask_sgsupport.models import CaseAnswer, CaseReply, Draft, Event, Macro, Message, Ticket
from flask_sgsupport.services import (
    cases,
    clock,
    drafting,
    following,
    in_bulk,
    linking,
    macros,
    opening,
    sending,
    snoozing,
    sorting,
    using,
)
from flask_sgsupport.services.in_bulk import Chosen, Wanted
from flask_sgsupport.services.replying import Answer
from tests.proof.orders import LOCKS, Counted, every_order, stage
from tests.proof.page import Figure, Rounds
from tests.proof.racing import still_whole
from tests.proof.test_orders import (
    AGENTS,
    ANY,
    OPEN,
    RESOLVED,
    WANTED,
    WRITERS,
    WROTE,
    Duel,
    Seen,
    Writer,
    prepare,
    states,
)
from tests.services import DATABASES
from tests.told import told_events
from tests.world import Host

LATER = "Restored for good."
"""A reply of Ada's that waits, to the ticket or, as a case, to it among others."""
SECRET = "Restored"
NOBODY, ADA = ("", ""), ("ada", "ada")
FIRST_LOCK = LOCKS | {
    "sqlite": re.compile(LOCKS["sqlite"].pattern + r"|^INSERT INTO user\b"),
    "postgresql": re.compile(LOCKS["postgresql"].pattern + r"|^UPDATE sgsupport_(draft|case_answer)", re.DOTALL),
}
"""Who takes a reply back locks no ticket; on SQLite the host's own row locks everything."""


@dataclass
class Sees(Seen):
    """What the page showed, and what stands in Ada's own form."""

    draft: str = ""
    kept: int = 0
    """The version of that draft."""
    macro: str = ""
    beside: str = ""
    """Number of a third ticket, where several are chosen."""
    to_cases: str = ""
    """Key of the reply to cases, of which the ticket is one."""

    def look(self) -> None:
        super().look()
        session = self.host.db.session
        row = session.execute(draft_on(self.host, self.ticket_id)).first()
        self.draft, self.kept = (row.body, row.version) if row else ("", 0)
        self.macro = session.scalars(select(Macro.key).limit(1)).one()
        self.to_cases = session.scalar(select(CaseReply.key).order_by(CaseReply.pk.desc()).limit(1)) or ""
        session.rollback()

    @property
    def until(self) -> Any:
        return self.host.clock() + timedelta(days=1 + self.side)

    @property
    def there(self) -> tuple[str, str]:
        """The ticket and the other one; on the second side the other way round."""
        return (self.other, self.ticket_id) if self.side else (self.ticket_id, self.other)

    def ada(self) -> Any:
        return self.host.agent("ada")

    def answer_later(self) -> Any:
        answer = Answer(f"Later {self.side}", None, form=f"{self.ticket_id} {self.side}", version=self.version)
        return sending.send(self.ticket_id, self.ada(), answer, seen=self.kept)

    def in_bulk(self, wanted: Wanted) -> None:
        for one in in_bulk.act_on_each(self.agent, wanted, [Chosen(self.ticket_id, self.version), Chosen(self.beside)]):
            if one.error is not None:
                raise one.error


def draft_on(host: Host, ticket_id: str) -> Any:
    """Ada's reply that is not sent."""
    wanted = select(Draft.body, Draft.version, Draft.send_at).join(Ticket, Ticket.pk == Draft.ticket_pk)
    return wanted.where(
        Ticket.ticket_id == ticket_id, Draft.host_id == str(host.ids["ada"]), Draft.kind == drafting.REPLY
    )


def priority(seen: Any) -> str:
    return ("high", "low")[seen.side]


# fmt: off
ADDED: dict[str, Writer] = {
    "snooze": Writer(
        lambda seen: snoozing.snooze(seen.ticket_id, seen.agent, seen.until, version=seen.version),
        states(OPEN), "ticket.snoozed", "snoozed_until", decides=True, over=WROTE,
    ),
    "wake": Writer(
        lambda seen: snoozing.unsnooze(seen.ticket_id, seen.agent, version=seen.version),
        states(OPEN), "ticket.woken", "snoozed_until", decides=True,
    ),
    "the clock wakes": Writer(
        lambda seen: clock.tick(), states(OPEN), "ticket.woken", "snoozed_until", people=NOBODY
    ),
    "link": Writer(
        lambda seen: linking.link(seen.there[0], seen.agent, seen.there[1]),
        ANY, "ticket.linked", entries=2, answers=True,
    ),
    "unlink": Writer(
        lambda seen: linking.unlink(seen.there[0], seen.agent, seen.there[1]),
        ANY, "ticket.unlinked", entries=2, answers=True,
    ),
    "put aside": Writer(
        lambda seen: sorting.put_aside(seen.ticket_id, seen.agent, version=seen.version),
        states(OPEN), "ticket.filtered", "filtered", decides=True, over=WROTE,
    ),
    "release": Writer(
        lambda seen: sorting.release(seen.ticket_id, seen.agent, version=seen.version),
        states(OPEN), "ticket.released", "filtered", decides=True,
    ),
    "follow": Writer(
        lambda seen: following.follow(seen.ticket_id, seen.agent), ANY, "follower.changed", "follower", answers=True
    ),
    "unfollow": Writer(
        lambda seen: following.unfollow(seen.ticket_id, seen.agent), ANY, "follower.changed", "follower", answers=True
    ),
    "change tags": Writer(
        lambda seen: sorting.change_tags(seen.ticket_id, seen.agent, add=f"tag{seen.side}"),
        ANY, "field.changed", "tags",
    ),
    "macro sorts": Writer(
        lambda seen: using.use_macro(
            seen.ticket_id, seen.agent, Use(seen.macro, {"priority": priority(seen), "add_tags": f"tag{seen.side}"}),
            version=seen.version,
        ),
        ANY, "field.changed", "priority", decides=True,
    ),
    "macro resolves": Writer(
        lambda seen: using.use_macro(
            seen.ticket_id, seen.agent, Use(seen.macro, {"status": "resolved", "note": f"By a macro {seen.side}"}),
            version=seen.version,
        ),
        states(OPEN), "status.changed", "status", decides=True,
    ),
    "sort several": Writer(
        lambda seen: seen.in_bulk(Wanted("priority", priority(seen))),
        ANY, "field.changed", "priority", decides=True,
    ),
    "resolve several": Writer(
        lambda seen: seen.in_bulk(Wanted("status", "resolved")), states(OPEN), "status.changed", "status",
        decides=True,
    ),
    "keep a draft": Writer(
        lambda seen: drafting.save_draft(
            seen.ticket_id, seen.ada(), drafting.REPLY, body=f"Half {seen.side}", seen=seen.kept
        ),
        ANY, "", people=ADA,
    ),
    "discard the draft": Writer(
        lambda seen: drafting.discard_draft(seen.ticket_id, seen.ada(), drafting.REPLY, seen=seen.kept),
        ANY, "", people=ADA,
    ),
    "send later": Writer(lambda seen: seen.answer_later(), states(OPEN, RESOLVED), "", people=ADA),
    "take back": Writer(lambda seen: sending.undo_send(seen.ticket_id, seen.ada()), states(OPEN), "", people=ADA),
    "replies go out": Writer(lambda seen: sending.send_due(), states(OPEN), "", people=NOBODY),
    "send to cases": Writer(
        lambda seen: cases.send_answers(seen.other, seen.ada(), seen.to_cases),
        states(OPEN),
        "",
        people=ADA,
        sees_to_the_rest=True,
    ),
    "a worker sends to cases": Writer(
        lambda seen: cases.send_waiting_answers(), states(OPEN), "", people=NOBODY
    ),
    "stop what cases get": Writer(
        lambda seen: cases.stop_answers(seen.other, seen.ada(), seen.to_cases), states(OPEN), "", people=ADA
    ),
}
MEET = [
    *(("snooze", other) for other in (
        "snooze", "wake", "the clock wakes", "follow-up", "reply", "resolve", "claim", "merge", "put aside",
    )),
    *(("wake", other) for other in ("wake", "follow-up", "resolve", "merge")),
    *(("the clock wakes", other) for other in ("the clock wakes", "wake", "follow-up", "resolve", "merge", "assign")),
    *(("link", other) for other in ("link", "unlink", "merge")),
    *(("unlink", other) for other in ("unlink", "merge")),
    *(("put aside", other) for other in ("put aside", "reply", "follow-up", "resolve", "claim", "merge")),
    *(("release", other) for other in ("release", "put aside", "reply", "follow-up", "claim", "merge")),
    *(("follow", other) for other in ("follow", "unfollow", "merge")),
    *(("change tags", other) for other in ("change tags", "macro sorts", "merge")),
    *(("macro sorts", other) for other in ("macro sorts", "change field", "sort several", "merge")),
    *(("macro resolves", other) for other in (
        "macro resolves", "reply", "follow-up", "resolve", "claim", "snooze", "merge", "resolve several",
    )),
    *(("sort several", other) for other in ("sort several", "change field", "merge")),
    *(("resolve several", other) for other in ("resolve several", "reply", "follow-up", "snooze")),
    *(("keep a draft", other) for other in ("keep a draft", "discard the draft", "send later", "redact", "merge")),
    *(("discard the draft", other) for other in ("discard the draft", "send later", "redact")),
    *(("send later", other) for other in ("send later", "reply", "follow-up", "resolve", "merge", "redact")),
    *(("take back", other) for other in (
        "take back", "replies go out", "keep a draft", "discard the draft", "send later", "redact", "merge",
    )),
    *(("replies go out", other) for other in (
        "replies go out", "keep a draft", "discard the draft", "send later", "reply", "follow-up", "resolve", "claim",
        "assign", "merge", "put aside", "redact", "macro resolves", "snooze", "toggle visibility",
    )),
    *(("send to cases", other) for other in (
        "send to cases", "a worker sends to cases", "stop what cases get", "reply", "follow-up", "resolve", "merge",
        "redact",
    )),
    *(("a worker sends to cases", other) for other in (
        "a worker sends to cases", "stop what cases get", "reply", "follow-up", "merge", "redact", "put aside",
    )),
    ("stop what cases get", "redact"),
]
# fmt: on
"""Those that write the same rows: the ticket's own, its links, its followers, a draft, what a case is to get."""
SLEEPS, GOES_OUT = {"wake", "the clock wakes"}, {"take back", "replies go out"}
TO_CASES = {"send to cases", "a worker sends to cases", "stop what cases get"}
WRITES_A_DRAFT = {"keep a draft", "discard the draft", "send later"}
BEGUN = f"Begun. {SECRET}."
"""A draft of Ada's."""
SAYS = {"keep a draft": "Half", "send later": "Later"}
"""What an act writes, before the number of its side."""


def version_of(host: Host, ticket_id: str) -> int | None:
    return host.db.session.scalar(select(Ticket.version).where(Ticket.ticket_id == ticket_id))


def follow_both(host: Host, ticket_id: str) -> None:
    for who in AGENTS:
        following.follow(ticket_id, host.agent(who))


def answer_later(host: Host, ticket_id: str) -> None:
    clock.beat("worker", "a worker")
    answer = Answer(LATER, RESOLVED, form=ticket_id, version=version_of(host, ticket_id))
    sending.send(ticket_id, host.agent("ada"), answer)


def answer_as_a_case(host: Host, ticket_id: str, incident: str) -> None:
    ada = host.agent("ada")
    linking.link(incident, ada, ticket_id, LinkKind.INCIDENT)
    for_case = cases.ForCase(ticket_id, LATER, version_of(host, ticket_id))
    cases.answer_cases(incident, ada, [for_case], status=RESOLVED)


BEFORE: dict[frozenset[str], Callable[[Host, str, str], Any]] = {
    frozenset(SLEEPS): lambda host, one, __: snoozing.snooze(one, host.agent("ada"), host.clock() + timedelta(hours=1)),
    frozenset({"unlink"}): lambda host, one, other: linking.link(one, host.agent("ada"), other),
    frozenset({"release"}): lambda host, one, __: sorting.put_aside(one, host.agent("ada")),
    frozenset({"unfollow"}): lambda host, one, __: follow_both(host, one),
    frozenset(GOES_OUT): lambda host, one, __: answer_later(host, one),
    frozenset(TO_CASES): lambda host, one, other: answer_as_a_case(host, one, other),
}
"""What is done to the ticket before, where one of these acts comes."""
SOME = 30
"""So many pairs in a short run, others each time."""


class Meeting(Duel):
    """Two acts, one of them or both of those above."""

    writers_of = WRITERS | ADDED
    wanted = WANTED | {
        "snooze": lambda seen: seen.until.isoformat(),
        "macro sorts": priority,
        "sort several": priority,
        "macro resolves": lambda seen: RESOLVED,
        "resolve several": lambda seen: RESOLVED,
    }

    def ready(self) -> list[Seen]:
        host, names, ada = self.host, {*self.pair}, self.host.agent("ada")
        if any(not writer.people[0] for writer in self.writers):
            # What earlier orders left is none of this one's clock's and worker's business.
            host.clock.forward(hours=49)
            for settle in (sending.send_due, cases.send_waiting_answers, clock.tick):
                settle()
        ticket_id, answer = prepare(host, self.pair, self.writers_of)
        other = opening.open_ticket(host.customer("jerome"), subject="Again", body="Still.").ticket_id
        several = any(name.endswith("several") for name in names)
        beside = prepare(host, self.pair, self.writers_of)[0] if several else ""
        for whose, act in BEFORE.items():
            if names & whose:
                act(host, ticket_id, other)
        if names & WRITES_A_DRAFT and not names & GOES_OUT:
            drafting.save_draft(ticket_id, ada, drafting.REPLY, body=BEGUN)
        host.clock.forward(hours=48)
        clock.beat("worker", "a worker")
        return [Sees(host, ticket_id, answer, side, other=other, beside=beside) for side in (0, 1)]

    def judge(self, ticket_id: str, seen: list[Any], results: list[Any], last: int) -> None:
        super().judge(ticket_id, seen, results, last)
        names = {*self.pair}
        if names & (GOES_OUT | WRITES_A_DRAFT | TO_CASES):
            self.no_text_is_lost_or_there_twice(ticket_id, seen, results)
        if "redact" in names:
            self.what_is_taken_out_is_said_no_more(ticket_id, results)
        if {"take back", "replies go out"} <= names and not isinstance(
            results[self.pair.index("take back")], Exception
        ):
            assert LATER not in self.messages(ticket_id).values(), "it went out, and was taken back"

    def messages(self, ticket_id: str) -> dict[str, str]:
        wanted = select(Message.key, Message.body).join(Ticket, Ticket.pk == Message.ticket_pk)
        return {key: body for key, body in self.host.db.session.execute(wanted.where(Ticket.ticket_id == ticket_id))}

    def waiting(self, ticket_id: str) -> list[str]:
        """What is not sent: Ada's draft, and what the ticket is to get as a case."""
        session = self.host.db.session
        drafts = session.execute(draft_on(self.host, ticket_id)).all()
        case = select(CaseAnswer.body).join(Ticket, Ticket.pk == CaseAnswer.ticket_pk)
        case = case.where(Ticket.ticket_id == ticket_id, CaseAnswer.state != "sent")
        return [*(draft.body for draft in drafts), *session.scalars(case)]

    def no_text_is_lost_or_there_twice(self, ticket_id: str, seen: list[Any], results: list[Any]) -> None:
        names, done = {*self.pair}, [not isinstance(result, Exception) for result in results]
        here = [*self.messages(ticket_id).values(), *self.waiting(ticket_id)]
        there = Counter(text.replace(SECRET, "[redacted]") for text in here)
        written = {f"{said} {side}": done[side] for side, said in enumerate(map(SAYS.get, self.pair)) if said}
        begun = LATER if names & (GOES_OUT | TO_CASES) else BEGUN
        for text, was_written in {begun: True, **written}.items():
            found = there[text.replace(SECRET, "[redacted]")]
            assert found <= 1, f"{text!r} is there {found} times"
            assert found <= was_written, f"{text!r} was refused, and is there"
            overwritten = any(
                done[side]
                and self.pair[side] in WRITES_A_DRAFT
                and one.draft.replace(SECRET, "[redacted]") == text.replace(SECRET, "[redacted]")
                for side, one in enumerate(seen)
            )
            assert found or not was_written or overwritten, f"{text!r} is lost without a word"

    def what_is_taken_out_is_said_no_more(self, ticket_id: str, results: list[Any]) -> None:
        if isinstance(results[self.pair.index("redact")], Exception):
            return
        here = select(Ticket.pk).where(Ticket.ticket_id == ticket_id).scalar_subquery()
        events = list(told_events(self.host.db.session, Event.ticket_pk == here))
        redacted = next(event.pk for event in events if event.action == "message.redacted")
        late = {event.data["message"] for event in events if event.action == "message.added" and event.pk > redacted}
        said = [text for key, text in self.messages(ticket_id).items() if key in late]
        assert not [text for text in (*said, *self.waiting(ticket_id)) if SECRET in text], "it is said anew"


class WithTheHosts(Meeting):
    """The same, where the host has written something of its own that is not committed yet."""

    pending = True


PENDING = [
    ("snooze", "follow-up"),
    ("take back", "keep a draft"),
    ("keep a draft", "send later"),
    ("macro resolves", "follow-up"),
    ("link", "merge"),
    ("put aside", "reply"),
]
"""A few, with a row of the host's pending in either's session."""


@pytest.mark.guarantee(
    "S9.3g Every order of more acts",
    "Two people, or one and the clock or a worker, do two things to one ticket of which one is snoozing, waking, "
    "linking, putting aside, releasing, following, tagging, using a macro, doing it to several at once, keeping a "
    "draft, sending so that it can be undone, undoing, or sending to cases, some of them while the host has a write "
    "pending; their steps come in every order that the locks of one database allow, and on the others with both "
    "looking before either acts: both acts are kept or the second is told, nothing is overwritten, lost or there twice "
    "without a word, what was redacted is said no more, and after each order everything holds.",
)
@pytest.mark.every_database
@pytest.mark.timeout(7200)
def test_two_more_acts_in_every_order(
    host: Host, counted: Counted, request: pytest.FixtureRequest, figure: Figure, rounds: Rounds
) -> None:
    few = rounds(SOME, 0)
    with host.app.app_context():
        macros.create_macro(host.agent("grace"), {"name": "Sort", "body": "Sorted."}, shared=True)
    turn = DATABASES.index(request.node.callspec.params["database_url"])
    of_all = [*((Meeting, pair) for pair in MEET), *((WithTheHosts, pair) for pair in PENDING)]
    in_turn = [place for place in range(len(of_all)) if not few and place % len(DATABASES) == turn]
    wrong: list[str] = []
    with stage(host, FIRST_LOCK) as on:
        for place in sorted(random.sample(range(len(of_all)), few)) if few else range(len(of_all)):
            kind, pair = of_all[place]
            duel = kind(host, on, pair, counted)
            try:
                for __ in every_order(duel.play, None if place in in_turn else 2, counted.dice):
                    counted.of_pairs.add(pair)
            except AssertionError as error:
                wrong.append(str(error))
    assert wrong == []
    still_whole(host)
    figure(
        f"{few or len(of_all)} pairs of acts, {len(in_turn)} of them in every order: {counted.orders} orders, "
        f"{on.waited} times one waited for the other's lock: {counted.kept} acts kept, {counted.told} told, "
        "0 overwritten, lost or twice"
    )
