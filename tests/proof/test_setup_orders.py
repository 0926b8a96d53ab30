"""Two leads set the desk up, or one and somebody at a ticket, in every order: it goes on, and nobody is undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, or_, select

from flask_sgsupport.actors import Right
from flask_sgsupport.business_hours import schedule_of
from flask_sgsupport.models import Agent, Category, Macro, Queue, Rule, SavedView, Target, Ticket
from flask_sgsupport.search_text import fold
from flask_sgsupport.services import (
    agents,
    assigning,
    clock,
    macros,
    opening,
    rules,
    saving_views,
    setup,
    sorting,
    targets,
)
from flask_sgsupport.services.hours import as_typed, change_hours
from flask_sgsupport.services.seen import Seen, read_seen, seal_seen
from tests.invariants import broken_of
from tests.proof.orders import LOCKS, Counted, Order, Stage, every_order, stage
from tests.proof.page import Figure, Rounds, full
from tests.proof.racing import only_sentences, still_whole
from tests.world import Host

LEADS = ("grace", "cleo")
FIRST_LOCK = LOCKS | {
    "postgresql": re.compile(
        r"FROM sgsupport_(ticket|queue|category|agent|macro|rule|target|saved_view)\s"
        r".*(FOR (NO KEY )?UPDATE|FOR SHARE|LOCK IN SHARE MODE)"
        r"|^INSERT (IGNORE )?INTO sgsupport_",
        re.DOTALL,
    )
}
"""In the words of MariaDB, too, which is looked at with the same."""
ALL = frozenset(Right)


@dataclass(frozen=True)
class There:
    """A ticket, and the keys of what leads have set up, before any two steps."""

    ticket_id: str
    macro: str
    rule: str
    target: str
    view: str


FORMS: Mapping[str, tuple[str, Callable[[There], Any]]] = {
    "queue": ("name", lambda there: select(Queue.name).where(Queue.key == "billing")),
    "category": ("name", lambda there: select(Category.name).where(Category.key == "invoices")),
    "agent": ("public_name", lambda there: select(Agent.public_name).where(Agent.name == "Ada Lovelace")),
    "macro": ("body", lambda there: select(Macro.body).where(Macro.key == there.macro)),
    "rule": ("name", lambda there: select(Rule.name).where(Rule.key == there.rule)),
    "target": ("plan", lambda there: select(Target.plan).where(Target.key == there.target)),
    "view": ("name", lambda there: select(SavedView.name).where(SavedView.key == there.view)),
    "mail": ("signature", lambda there: select(Queue.signature).where(Queue.key == "billing")),
    "hours": ("holidays", lambda there: select(Queue.hours).where(Queue.key == "billing")),
}
"""The field of each form that two leads write, and where it is kept."""


def stands(host: Host, there: There, form: str) -> str:
    """What is kept of a form's field, as the form shows it."""
    kept = host.db.session.scalar(FORMS[form][1](there))
    return str((as_typed(schedule_of(kept))["holidays"] if form == "hours" else kept) or "")


@dataclass
class Page:
    """What a lead's page showed when it was sent."""

    host: Host
    side: int
    there: There
    seen: dict[str, Seen] = field(default_factory=dict)

    @property
    def lead(self) -> Any:
        return self.host.agent(LEADS[self.side])

    @property
    def ticket_id(self) -> str:
        return self.there.ticket_id

    def look(self) -> None:
        """Read the rows the forms are made of."""
        for form, (name, __) in FORMS.items():
            seen = read_seen(seal_seen({name: stands(self.host, self.there, form)}))
            assert seen is not None
            self.seen[form] = seen
        self.host.db.session.rollback()


@dataclass(frozen=True)
class Step:
    """Something a lead does to the desk, or an agent or customer meanwhile.

    :param form: the form whose field it writes; what two write of it is said to the later one.
    :param made: the column of which two cannot make one alike.
    """

    call: Callable[[Page], Any]
    form: str = ""
    made: Any = None
    of_a_ticket: bool = False


ROBOTS: Mapping[str, Any] = {"all": [{"field": "tag", "op": "is", "value": ["robot"]}], "priority": "low"}
URGENT: Mapping[str, Any] = {"filters": {"priority": "urgent"}, "shared": True}


def said(page: Page) -> str:
    return f"Said by {LEADS[page.side]}"


def new(page: Page) -> str:
    return f"New {page.ticket_id}"


def other(page: Page) -> str:
    return str(page.host.ids[LEADS[1 - page.side]])


def person(page: Page, who: str) -> Any:
    return page.host.desk.hooks.directory.person(str(page.host.ids[who]))


STEPS: dict[str, Step] = {
    "rename queue": Step(
        lambda page: setup.change_queue(page.lead, "billing", {"name": said(page)}, seen=page.seen["queue"]), "queue"
    ),
    "close queue": Step(lambda page: setup.change_queue(page.lead, "billing", {"active": False})),
    "make default": Step(lambda page: setup.change_queue(page.lead, "billing", {"is_default": True})),
    "make queue": Step(
        lambda page: setup.create_queue(page.lead, "", {"name": new(page), "is_default": True}), made=Queue.name
    ),
    "make category": Step(
        lambda page: setup.create_category(page.lead, "", {"name": new(page), "queue": "billing"}), made=Category.name
    ),
    "rename category": Step(
        lambda page: setup.change_category(page.lead, "invoices", {"name": said(page)}, seen=page.seen["category"]),
        "category",
    ),
    "lead category": Step(
        lambda page: setup.change_category(page.lead, "invoices", {"queue": ("billing", "support")[page.side]})
    ),
    "make agent": Step(lambda page: agents.grant_agent(page.lead, person(page, "ben"), rights={Right.HANDLE})),
    "rename agent": Step(
        lambda page: agents.change_agent(
            page.lead, str(page.host.ids["ada"]), public_name=said(page), seen=page.seen["agent"]
        ),
        "agent",
    ),
    "withdraw agent": Step(lambda page: agents.withdraw_agent(page.lead, str(page.host.ids["ada"]))),
    "withdraw the other": Step(lambda page: agents.withdraw_agent(page.lead, other(page))),
    "unmake the other": Step(lambda page: agents.change_agent(page.lead, other(page), rights={Right.HANDLE})),
    "make macro": Step(
        lambda page: macros.create_macro(page.lead, {"name": new(page), "body": "Hello."}, shared=True), made=Macro.name
    ),
    "change macro": Step(
        lambda page: macros.change_macro(page.lead, page.there.macro, {"body": said(page)}, seen=page.seen["macro"]),
        "macro",
    ),
    "make rule": Step(lambda page: rules.create_rule(page.lead, {**ROBOTS, "name": new(page)}), made=Rule.name),
    "rename rule": Step(
        lambda page: rules.change_rule(page.lead, page.there.rule, {"name": said(page)}, seen=page.seen["rule"]), "rule"
    ),
    "move rule": Step(lambda page: rules.move_rule(page.lead, page.there.rule, 1)),
    "make target": Step(
        lambda page: targets.create_target(page.lead, {"plan": new(page), "response": "1 h"}), made=Target.plan
    ),
    "change target": Step(
        lambda page: targets.change_target(
            page.lead, page.there.target, {"plan": said(page)}, seen=page.seen["target"]
        ),
        "target",
    ),
    "share view": Step(
        lambda page: saving_views.save_view(page.lead, {**URGENT, "name": new(page)}), made=SavedView.name
    ),
    "rename view": Step(
        lambda page: saving_views.change_view(page.lead, page.there.view, {"name": said(page)}, seen=page.seen["view"]),
        "view",
    ),
    "move view": Step(lambda page: saving_views.move_view(page.lead, page.there.view, 1)),
    "remove view": Step(lambda page: saving_views.remove_view(page.lead, page.there.view)),
    "sign mail": Step(
        lambda page: setup.change_queue(page.lead, "billing", {"signature": said(page)}, seen=page.seen["mail"]), "mail"
    ),
    "set hours": Step(
        lambda page: change_hours(page.lead, "billing", {"holidays": f"12-25 {said(page)}"}, seen=page.seen["hours"]),
        "hours",
    ),
    "open": Step(
        lambda page: opening.open_ticket(
            page.host.customer(("jerome", "lena")[page.side]), subject="New", body="Help.", category="invoices"
        ),
        of_a_ticket=True,
    ),
    "move in": Step(
        lambda page: sorting.change_fields(page.ticket_id, page.lead, {"queue": "billing"}), of_a_ticket=True
    ),
    "give to ada": Step(
        lambda page: assigning.assign(page.ticket_id, page.lead, str(page.host.ids["ada"])), of_a_ticket=True
    ),
    "taken by ada": Step(lambda page: assigning.claim(page.ticket_id, page.host.agent("ada")), of_a_ticket=True),
}
PAIRS = [
    *((same, same) for same, step in STEPS.items() if not step.of_a_ticket),
    *(("close queue", other) for other in ("make default", "make queue", "make category", "lead category")),
    *(("make default", other) for other in ("make queue", "rename queue", "lead category")),
    *(("withdraw agent", other) for other in ("rename agent", "unmake the other", "close queue")),
    ("withdraw the other", "unmake the other"),
    ("rename category", "lead category"),
    ("make agent", "withdraw the other"),
    *(("close queue", other) for other in ("sign mail", "set hours")),
    ("move rule", "make rule"),
    *(("remove view", other) for other in ("rename view", "move view")),
    *(("close queue", other) for other in ("open", "move in", "give to ada")),
    *(("make default", other) for other in ("open", "move in")),
    *(("lead category", other) for other in ("open",)),
    *((other, "open") for other in ("rename rule", "move rule", "change target", "set hours")),
    *(("withdraw agent", other) for other in ("open", "give to ada", "taken by ada")),
]
"""Those that touch the same rows, or what the other goes by."""


def set_back(host: Host) -> There:
    """The desk as it was before, with a ticket; people are leads and agents again."""
    session, owner = host.db.session, host.agent("olga")
    everything = agents.Covers(queues=("support", "billing"))
    for who, rights in (("grace", ALL), ("cleo", ALL), ("ada", {Right.HANDLE, Right.ASSIGN, Right.CLOSE})):
        agents.grant_agent(owner, person_of(host, who), rights=rights, covers=everything)
    grace = host.agent("grace")
    setup.change_queue(grace, "support", {"is_default": True})
    setup.change_queue(grace, "billing", {"active": True, "name": "Billing", "signature": ""})
    setup.change_category(grace, "invoices", {"name": "Invoices", "queue": "billing", "active": True})
    change_hours(grace, "billing", {"holidays": ""})
    ben = session.scalars(select(Agent).where(Agent.host_id == str(host.ids["ben"]))).one()
    if ben.active:
        agents.withdraw_agent(grace, ben.host_id)
    # There is room for so many.
    for model in (Macro, Rule, Target, SavedView):
        session.execute(delete(model))
    session.commit()
    macro, rule, *__ = (
        macros.create_macro(grace, {"name": "Refund", "body": "It is on its way."}, shared=True),
        *(rules.create_rule(grace, {**ROBOTS, "name": name}) for name in ("Robots", "More robots", "Even more")),
    )
    target = targets.create_target(grace, {"plan": "Growth", "response": "1 h"})
    view, *__ = (saving_views.save_view(grace, {**URGENT, "name": name}) for name in ("Urgent", "More urgent", "Now"))
    ticket_id = opening.open_ticket(host.customer("jerome"), subject="Checkout failing", body="Help.").ticket_id
    session.remove()
    return There(ticket_id, macro, rule, target, view)


def person_of(host: Host, who: str) -> Any:
    return host.desk.hooks.directory.person(str(host.ids[who]))


class Duel:
    """Two steps, the desk set back each time."""

    def __init__(self, host: Host, on: Stage, pair: tuple[str, str], counted: Counted) -> None:
        self.host, self.stage, self.pair, self.counted = host, on, pair, counted
        self.steps = [STEPS[name] for name in pair]

    def play(self, beginning: Order) -> tuple[Order, list[Order]]:
        host = self.host
        with host.app.app_context():
            there = set_back(host)
        pages = [Page(host, side, there) for side in (0, 1)]

        def act(side: int) -> Any:
            pages[side].look()
            return self.steps[side].call(pages[side])

        results, order, others = self.stage.play([partial(act, 0), partial(act, 1)], beginning)
        refused = only_sentences(results, pending=False)
        with host.app.app_context():
            try:
                self.judge(pages, results)
            except AssertionError as error:
                raise AssertionError(f"{self.pair} in the order {order}: {error}; they got {results}") from error
            finally:
                host.db.session.remove()
        self.counted.orders += 1
        self.counted.kept += 2 - len(refused)
        self.counted.told += len(refused)
        return order, others

    def judge(self, pages: list[Page], results: list[Any]) -> None:
        host, session = self.host, self.host.db.session
        opened = [result.ticket_id for result in results if hasattr(result, "receipt") or hasattr(result, "queue")]
        done = [not isinstance(result, Exception) for result in results]
        self.the_desk_goes_on()
        for made in {str(step.made): step.made for step in self.steps if step.made is not None}.values():
            there = len(session.scalars(select(made).where(made == new(pages[0]))).all())
            makes = [done[side] for side in (0, 1) if self.steps[side].made is made]
            assert there == any(makes), f"{there} of one name"
        if self.pair[0] == self.pair[1] and self.steps[0].form and all(done):
            self.nobody_was_undone(pages, self.steps[0].form)
        clock.tick()
        session.expire_all()
        numbers = [pages[0].ticket_id, *opened]
        assert broken_of(host.desk, numbers) == []
        astray = select(Ticket.ticket_id).join(Queue, Queue.pk == Ticket.queue_pk)
        astray = astray.outerjoin(Agent, Agent.pk == Ticket.assignee_pk)
        gone = or_(Queue.active.is_(False), Agent.active.is_(False))
        assert session.scalars(astray.where(Ticket.ticket_id.in_(numbers), gone)).all() == [], "where nobody looks"

    def the_desk_goes_on(self) -> None:
        session = self.host.db.session
        session.expire_all()
        queues = session.scalars(select(Queue)).all()
        assert [queue.active for queue in queues if queue.is_default] == [True], "one default queue, and in use"
        leads = select(Agent.host_id).where(Agent.is_lead.is_(True), Agent.active.is_(True))
        assert session.scalars(leads).all(), "nobody leads any more"
        names = [fold(queue.name) for queue in queues]
        assert len(names) == len(set(names)), "two queues of one name"
        categories = session.scalars(select(Category).where(Category.active.is_(True))).all()
        in_use = {queue.pk for queue in queues if queue.active}
        assert all(one.queue_pk in in_use | {None} for one in categories), "a category leads to a disabled queue"

    def nobody_was_undone(self, pages: list[Page], form: str) -> None:
        now = stands(self.host, pages[0].there, form)
        last = next(page for page in pages if said(page) in now)
        first = pages[1 - last.side]
        shown = last.seen[form][FORMS[form][0]]
        assert said(first) in shown, f"{LEADS[first.side]} was overwritten without a word"


@pytest.mark.guarantee(
    "S9.3f Every order of two leads",
    "Two leads do the same of 25 things to queues, their mail and hours, categories, agents, macros, rules, targets "
    "and shared views, or two that meet, or one does and somebody opens, moves, gives or takes a ticket, and their "
    "steps come in every order that the locks allow: one default queue is in use and somebody leads, no name is there "
    "twice, no form is overwritten without a word, and no ticket is left in a queue or with an agent that is gone.",
)
@pytest.mark.every_database
@pytest.mark.timeout(7200)
def test_two_leads_in_every_order(host: Host, counted: Counted, figure: Figure, rounds: Rounds) -> None:
    most = rounds(1, 0) or None
    pairs = PAIRS if full() else counted.dice.sample(PAIRS, 25)
    with stage(host, FIRST_LOCK) as on:
        for pair in pairs:
            duel = Duel(host, on, pair, counted)
            for __ in every_order(duel.play, most, counted.dice):
                counted.of_pairs.add(pair)
    still_whole(host)
    assert len(counted.of_pairs) == len(pairs)
    figure(
        f"{len(pairs)} of {len(PAIRS)} pairs of acts, {counted.orders} orders, {on.waited} times one waited for the "
        f"other's lock: {counted.kept} acts kept, {counted.told} told, 0 overwritten"
    )
