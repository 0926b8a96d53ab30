"""The cases of an incident that one reply can go to, and what became of such a reply.

A case that an agent does not see is neither named nor counted: how many there are would tell what other queues hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from ..actors import Actor
from ..errors import NotFound
from ..i18n import gettext as _
from ..lifecycle import Act, LinkKind, Status, consider, no_open_case, status_label
from ..models import Agent, CaseAnswer, CaseReply, Ticket, TicketLink
from ..permissions import visible_to
from ..settings import state
from .choices import BIND, Choice, ask, gathered
from .facts import FACT_COLUMNS, facts_of
from .inbox import shown_state, state_label
from .macros import macro_part

MAX_CASES = 200
EARLIER = 5
"""So many earlier replies are named."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    :param refusal: why it gets no reply from here; empty where it may.
    """

    ticket_id: str
    subject: str
    account: str
    requester: str
    state: str
    state_label: str
    version: int
    refusal: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A reply that was sent to the cases before."""

    key: str
    author: str
    at: datetime
    sent: int
    others: int


@dataclass(frozen=True, slots=True)
class Cases:
    """An incident with its cases, those first that can be answered."""

    ticket_id: str
    subject: str
    cases: Sequence[Case]
    earlier: Sequence[Earlier]
    macros: Sequence[Choice]

    @property
    def answerable(self) -> Sequence[Case]:
        """Those that may get the reply."""
        return [one for one in self.cases if not one.refusal]

    @property
    def left_out(self) -> Sequence[Case]:
        """Those that get none."""
        return [one for one in self.cases if one.refusal]


def cases_of(actor: Actor, ticket_id: str) -> Cases:
    """The cases of an incident that the agent sees.

    :raises NotFound: no such ticket for this agent.
    """
    session = state().db.session
    row = _incident(actor, ticket_id)
    columns = (
        *FACT_COLUMNS,
        Ticket.ticket_id,
        Ticket.subject,
        Ticket.account_name,
        Ticket.requester_name,
        Ticket.version,
        Ticket.assignee_pk,
        Ticket.waiting_on,
    )
    wanted = select(*columns).join(TicketLink, TicketLink.second_pk == Ticket.pk)
    wanted = wanted.where(TicketLink.first_pk == row.pk, TicketLink.kind == str(LinkKind.INCIDENT), visible_to(actor))
    found = session.execute(wanted.order_by(Ticket.pk).limit(MAX_CASES), bind_arguments=BIND)
    return Cases(
        ticket_id=row.ticket_id,
        subject=row.subject,
        cases=[_case(actor, one) for one in found],
        earlier=_earlier(actor, row.pk),
        macros=gathered(ask([macro_part(actor, queue_pk=row.queue_pk)])).macros,
    )


def _incident(actor: Actor, ticket_id: str) -> Any:
    wanted = select(Ticket.pk, Ticket.ticket_id, Ticket.subject, Ticket.queue_pk)
    row = state().db.session.execute(wanted.where(Ticket.ticket_id == ticket_id, visible_to(actor))).first()
    if row is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    return row


def _case(actor: Actor, row: Any) -> Case:
    shown, outcome = shown_state(row), consider(Act.REPLY, facts_of(row), actor)
    refusal = outcome if isinstance(outcome, str) else no_open_case(Status(row.status))
    return Case(
        ticket_id=row.ticket_id,
        subject=row.subject,
        account=row.account_name,
        requester=row.requester_name,
        state=shown,
        state_label=state_label(shown),
        version=row.version,
        refusal=refusal,
    )


def _earlier(actor: Actor, incident_pk: int) -> list[Earlier]:
    sent = func.sum(case((CaseAnswer.state == "sent", 1), else_=0))
    wanted = (
        select(CaseReply.key, CaseReply.created_at, Agent.name, sent.label("sent"), func.count().label("all"))
        .join(CaseAnswer, CaseAnswer.reply_pk == CaseReply.pk)
        .join(Ticket, Ticket.pk == CaseAnswer.ticket_pk)
        .outerjoin(Agent, Agent.host_id == CaseReply.host_id)
        .where(CaseReply.ticket_pk == incident_pk, visible_to(actor))
        .group_by(CaseReply.pk, CaseReply.key, CaseReply.created_at, Agent.name)
        .order_by(CaseReply.pk.desc())
        .limit(EARLIER)
    )
    return [
        Earlier(row.key, row.name or _("Support"), row.created_at, int(row.sent), row.all - int(row.sent))
        for row in state().db.session.execute(wanted, bind_arguments=BIND)
    ]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the reply in one case.

    :param state: waiting, sent, refused or gap.
    :param text: what was not sent, for its author only.
    :param version: of the ticket as it is now.
    """

    ticket_id: str
    subject: str
    account: str
    state: str
    why: str
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class Results:
    """A reply to several cases, and what became of it in those the agent sees.

    :param mine: the agent wrote it.
    :param worker: a worker sends what waits.
    """

    ticket_id: str
    subject: str
    key: str
    author: str
    at: datetime
    status: str
    mine: bool
    worker: bool
    results: Sequence[Result]

    def count(self, state: str) -> int:
        """How many of them are in this state."""
        return sum(one.state == state for one in self.results)


def results_of(actor: Actor, ticket_id: str, key: str) -> Results:
    """What became of a reply to the cases of an incident.

    :raises NotFound: no such ticket or reply for this agent.
    """
    session = state().db.session
    row = session.execute(
        select(
            CaseReply.pk,
            CaseReply.host_id,
            CaseReply.created_at,
            CaseReply.status,
            CaseReply.by_worker,
            Ticket.ticket_id,
            Ticket.subject,
            Agent.name,
        )
        .join(Ticket, Ticket.pk == CaseReply.ticket_pk)
        .outerjoin(Agent, Agent.host_id == CaseReply.host_id)
        .where(CaseReply.key == key, Ticket.ticket_id == ticket_id, visible_to(actor))
    ).first()
    if row is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    mine = actor.person is not None and actor.person.id == row.host_id
    found = session.execute(
        select(
            CaseAnswer.state,
            CaseAnswer.why,
            CaseAnswer.body,
            Ticket.ticket_id,
            Ticket.subject,
            Ticket.account_name,
            Ticket.version,
        )
        .join(Ticket, Ticket.pk == CaseAnswer.ticket_pk)
        .where(CaseAnswer.reply_pk == row.pk, visible_to(actor))
        .order_by(Ticket.pk)
        .limit(MAX_CASES),
        bind_arguments=BIND,
    )
    return Results(
        ticket_id=row.ticket_id,
        subject=row.subject,
        key=key,
        author=row.name or _("Support"),
        at=row.created_at,
        status=status_label(row.status) if row.status else "",
        mine=mine,
        worker=row.by_worker,
        results=[
            Result(
                ticket_id=one.ticket_id,
                subject=one.subject,
                account=one.account_name,
                state=one.state,
                why=one.why,
                text=one.body if mine else "",
                version=one.version,
            )
            for one in found
        ],
    )
