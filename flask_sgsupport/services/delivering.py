"""Carry deliveries out: claim, prepare, record, send again.

A claim is a lease: the rows of a worker that died come back by themselves when it ends. A mail is prepared after its
row says ``sending`` and in a transaction that waits for whoever is changing the ticket, so that no mail leaves after
somebody was told "not sent", or with words that were taken out. Locks are taken in `locking.LOCK_ORDER`.

A failure of a mail to a customer puts a notice into the bell of whoever is responsible. One to an agent does not: it
stands in the history and on the health page, since notices about notices would never end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update

from .. import signals
from ..actors import Actor, Person, Right, Side, Via
from ..delivery import Outcome
from ..delivery.message import Email
from ..errors import InvalidInput, NotAllowed, NotFound, TransitionRefused, Vetoed
from ..i18n import gettext as _
from ..models import Delivery, Message, Queue, Ticket, TicketSite
from ..notifications import EMAIL
from ..payloads import envelope
from ..permissions import require
from ..settings import State, state
from .composing import Parts, composed, parts_of
from .crossing import ADDRESSEE, check_version
from .holding import touch
from .host_session import after_commit
from .sorting import checked_address, set_requester_address
from .transaction import run
from .turns import DICE
from .unit import Loaded, Unit, load, queue_or_deleted
from .withholding import refused_now, told_without, untrue, why_not

log = logging.getLogger("flask_sgsupport.delivering")

BACKOFF_SECONDS = (60, 300, 1_800, 7_200)
"""Waits after the first attempts that fail for now; later ones are an hour, each ±20 %."""
HOUR_SECONDS = 3_600
JITTER = 0.2
MAX_WAIT_SECONDS = 5
"""As long as this a mail waits for an act on its ticket; then it is put off as long again, so that others can go."""
LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery this worker may carry out until its lease ends.

    ``attempt`` counts from one, and only those whose outcome was written: a worker that dies costs no delivery a try.
    """

    key: str
    attempt: int


def worker_actor() -> Actor:
    """Whoever sends mail."""
    return Actor(side=Side.TIMER, via=Via.WORKER, label="system:worker")


def claim(owner: str, limit: int) -> list[ClaimedDelivery]:
    """Take what is due, oldest first, and commit; another worker gets other rows.

    :param owner: at most 40 characters, a name no other worker has.
    """

    def write(unit: Unit) -> list[ClaimedDelivery]:
        session, now = unit.session, unit.now
        lease_ends = now + timedelta(seconds=unit.host.settings.delivery_lease_seconds)
        due = (Delivery.state.in_(("queued", "sending")), Delivery.due_at <= now, Delivery.channel == EMAIL)
        taken = {"state": "sending", "owner": owner, "due_at": lease_ends}
        columns = Delivery.pk, Delivery.key, Delivery.attempts
        quiet = {"synchronize_session": False}
        rows: Sequence[Any]
        if session.get_bind(mapper=Ticket).dialect.name in {"mysql", "mariadb"}:
            # No UPDATE … RETURNING there.
            free = select(*columns).where(*due).order_by(Delivery.due_at).limit(limit)
            rows = session.execute(free.with_for_update(skip_locked=True)).all()
            marked = update(Delivery).where(Delivery.pk.in_([row.pk for row in rows])).values(taken)
            session.execute(marked, execution_options=quiet)
        else:
            # The first statement is the UPDATE: SQLite gives its write lock at once or makes this worker wait.
            oldest = select(Delivery.pk).where(*due).order_by(Delivery.due_at).limit(limit)
            marked = update(Delivery).where(Delivery.pk.in_(oldest.with_for_update(skip_locked=True))).values(taken)
            rows = session.execute(marked.returning(*columns), execution_options=quiet).all()
        return [ClaimedDelivery(row.key, row.attempts + 1) for row in sorted(rows, key=lambda row: row.pk)]

    return run(worker_actor(), write)


def renew(owner: str, delivery_keys: Sequence[str]) -> None:
    """Lease what waits in a worker's batch anew; what another worker has taken over stays with it."""

    def write(unit: Unit) -> None:
        lease_ends = unit.now + timedelta(seconds=unit.host.settings.delivery_lease_seconds)
        waiting = update(Delivery).where(
            Delivery.key.in_(delivery_keys), Delivery.owner == owner, Delivery.state == "sending"
        )
        unit.session.execute(waiting.values(due_at=lease_ends), execution_options={"synchronize_session": False})

    run(worker_actor(), write)


def prepare(delivery_key: str, owner: str) -> Email | None:
    """The mail of a claimed delivery, if it may still go out now; otherwise the delivery is cancelled or put off.

    Asks now, in the database and the directory: the message is public for a customer, what the mail tells of the status
    holds, the person has access and wants mail. Where it does not hold any more, the reply goes out without it. Renews
    the lease, of which the time one mail has is left; ``None`` also where another worker has taken the delivery over.
    """
    began_at = time.monotonic()
    try:
        email = _prepare(delivery_key, owner)
    except Exception as error:
        log.exception("A mail could not be prepared")
        record(
            delivery_key, owner, Outcome("retry", reason=f"The mail could not be prepared ({type(error).__name__}).")
        )
        return None
    settings = state().settings
    spent = time.monotonic() - began_at
    if isinstance(email, Email) and spent > settings.delivery_lease_seconds - settings.mail_timeout_seconds:
        email = Outcome("retry", reason="Preparing the mail took too long.")
    if isinstance(email, Outcome):
        record(delivery_key, owner, email)
        return None
    return email


def _prepare(delivery_key: str, owner: str) -> Email | Outcome | None:
    host = state()
    mine = _mine(delivery_key, owner)
    wanted = select(Delivery.recipient_id, Delivery.ticket_pk, Delivery.message_pk).where(*mine)
    found = host.db.session.execute(wanted).first()
    if found is None:
        return None
    recipient_id, ticket_pk, message_pk = found
    person: Person | None = host.hooks.directory.person(recipient_id)
    ready = run(worker_actor(), lambda unit: _checked(unit, mine, ticket_pk, message_pk, person))
    if ready is None:
        return None
    if mail_of(host) is None:
        return Outcome("channel_failed", reason="The app has no Flask-Mail; write Mail(app).")
    return ready if isinstance(ready, Outcome) else composed(ready)


def mail_of(host: State) -> Any:
    """The host's Flask-Mail, or ``None``."""
    return host.mail or host.app.extensions.get("mail")


def _mine(delivery_key: str, owner: str) -> tuple[ColumnElement[bool], ...]:
    return Delivery.key == delivery_key, Delivery.owner == owner, Delivery.state == "sending"


def _checked(
    unit: Unit, mine: tuple[ColumnElement[bool], ...], ticket_pk: int, message_pk: int | None, person: Person | None
) -> Parts | Outcome | None:
    session = unit.session
    # Nobody takes words out of the ticket, or hides its messages, from here until the mail is written.
    if not _nobody_changes(unit, ticket_pk):
        put_off = {"state": "queued", "owner": None, "due_at": unit.now + timedelta(seconds=MAX_WAIT_SECONDS)}
        session.execute(update(Delivery).where(*mine).values(put_off), execution_options={"synchronize_session": False})
        return None
    brought = select(Message).where(Message.pk == message_pk).execution_options(populate_existing=True)
    message = None if message_pk is None else session.scalar(brought)
    lease_ends = unit.now + timedelta(seconds=unit.host.settings.delivery_lease_seconds)
    renewed = update(Delivery).where(*mine).values(due_at=lease_ends)
    if not session.execute(renewed, execution_options={"synchronize_session": False}).rowcount:  # type: ignore[attr-defined]
        return None
    wanted = (
        select(Delivery, Ticket, Queue)
        .join(Ticket, Ticket.pk == Delivery.ticket_pk)
        .outerjoin(Queue, Queue.pk == Ticket.queue_pk)
        .where(*mine)
        .execution_options(populate_existing=True)
    )
    delivery, ticket, found = session.execute(wanted).one()
    queue = queue_or_deleted(found)
    if delivery.side == Side.CUSTOMER and delivery.recipient_id == ticket.requester_id and ticket.requester_email:
        # It may have been corrected since this mail was written, or taken for sending before.
        delivery.address = ticket.requester_email
    refused = refused_now(unit, person)
    message = told_without(unit, delivery, ticket, message, refused)
    reason = why_not(unit, delivery, ticket, message, person, refused)
    if reason is None:
        try:
            unit.ask(signals.before_delivery_changed, payload_of(unit, delivery, ticket.ticket_id, "sending"))
        except Vetoed as veto:
            reason = veto.sentence
    if reason is not None:
        delivery.state, delivery.owner, delivery.error = "cancelled", None, reason[:500]
        unit.tell(signals.delivery_changed, payload_of(unit, delivery, ticket.ticket_id, "cancelled"))
        return None
    return parts_of(unit, delivery, ticket, queue, message)


def _nobody_changes(unit: Unit, ticket_pk: int) -> bool:
    """Share the ticket's row, so that whoever wants to change it waits; whether it could be had within a while.

    Asked again and again and not waited for: a lock that is never waited for is part of no deadlock.
    """
    row = select(Ticket.pk).where(Ticket.pk == ticket_pk).with_for_update(read=True, skip_locked=True)
    began_at = time.monotonic()
    while unit.session.scalar(row) is None:
        if time.monotonic() - began_at > MAX_WAIT_SECONDS:
            return False
        time.sleep(LOOK_EVERY_SECONDS)
    return True


def record(delivery_key: str, owner: str, outcome: Outcome) -> bool:
    """Write what became of an attempt; ``False`` where the delivery is another worker's by now, or was cancelled."""
    if outcome.kind == "sent":
        return run(worker_actor(), lambda unit: _sent(unit, delivery_key, owner))
    return run(worker_actor(), lambda unit: _not_sent(unit, delivery_key, owner, outcome))


def _sent(unit: Unit, delivery_key: str, owner: str) -> bool:
    session = unit.session
    arrived = update(Delivery).where(*_mine(delivery_key, owner))
    arrived = arrived.values(
        state="sent", sent_at=unit.now, owner=None, error="", error_code=None, attempts=Delivery.attempts + 1
    )
    if not session.execute(arrived, execution_options={"synchronize_session": False}).rowcount:  # type: ignore[attr-defined]
        return False
    delivery, ticket_id, queue = _with_ticket(unit, delivery_key)
    note_channel(unit, queue, Outcome("sent"))
    unit.tell(signals.delivery_changed, payload_of(unit, delivery, ticket_id, "sent"))
    return True


def note_channel(unit: Unit, queue: Queue, outcome: Outcome) -> None:
    """Keep with a queue that its own side of the mail is wrong, or well again; other outcomes say nothing about it."""
    if outcome.kind == "channel_failed":
        queue.mail_error, queue.mail_error_at = outcome.reason[:500], unit.now
    elif outcome.kind == "sent" and queue.mail_error:
        queue.mail_error, queue.mail_error_at = "", None


def _with_ticket(unit: Unit, delivery_key: str) -> Any:
    wanted = (
        select(Delivery, Ticket.ticket_id, Queue)
        .join(Ticket, Ticket.pk == Delivery.ticket_pk)
        .outerjoin(Queue, Queue.pk == Ticket.queue_pk)
        .where(Delivery.key == delivery_key)
        .execution_options(populate_existing=True)
    )
    delivery, ticket_id, found = unit.session.execute(wanted).one()
    return delivery, ticket_id, queue_or_deleted(found)


def _not_sent(unit: Unit, delivery_key: str, owner: str, outcome: Outcome) -> bool:
    session = unit.session
    found = session.execute(
        select(Ticket.ticket_id, Delivery.attempts)
        .join(Ticket, Ticket.pk == Delivery.ticket_pk)
        .where(*_mine(delivery_key, owner))
    ).first()
    if found is None:
        return False
    ticket_id, attempts = found[0], found[1] + 1
    wait = None if outcome.kind == "failed" else wait_seconds(attempts, unit.host.settings.delivery_give_up_after_hours)
    loaded = load(unit, ticket_id) if wait is None else None
    changed = update(Delivery).where(*_mine(delivery_key, owner))
    changed = changed.values(
        state="queued",
        attempts=attempts,
        due_at=unit.now + timedelta(seconds=wait or 0),
        owner=None,
        error=outcome.reason[:500],
        error_code=outcome.code,
    )
    if not session.execute(changed, execution_options={"synchronize_session": False}).rowcount:  # type: ignore[attr-defined]
        return False
    delivery, ticket_id, queue = _with_ticket(unit, delivery_key)
    if not (outcome.single and attempts == 1):
        note_channel(unit, queue, outcome)
    if loaded is None:
        unit.tell(signals.delivery_changed, payload_of(unit, delivery, ticket_id, delivery.state))
    else:
        give_up(unit, loaded, delivery, outcome)
    return True


def give_up(unit: Unit, loaded: Loaded, delivery: Delivery, outcome: Outcome) -> None:
    """Write that a mail is not delivered, with its history and signal; for a customer's whoever is responsible is told.

    It counts as failed and can be sent again. Rights, guards and before-signals are the caller's.
    """
    delivery.state, delivery.due_at, delivery.owner = "failed", unit.now, None
    delivery.error, delivery.error_code = outcome.reason[:500], outcome.code
    unit.record(
        loaded.ticket,
        "delivery.failed",
        old_person_pk=_recipient_pk(unit, delivery),
        new=outcome.reason,
        channel=delivery.channel,
        notice=delivery.notice,
        code=outcome.code,
    )
    if delivery.side == Side.CUSTOMER:
        touch(unit, loaded, customer_sees=False)
        message = unit.session.get(Message, delivery.message_pk) if delivery.message_pk else None
        unit.notify(loaded, ("delivery_failed_staff",), message=message, reason=f"{delivery.address}: {outcome.reason}")
    unit.tell(signals.delivery_changed, payload_of(unit, delivery, loaded.ticket.ticket_id, "failed"))


def _recipient_pk(unit: Unit, delivery: Delivery) -> int | None:
    """The record of whom a mail goes to, with the address it goes to."""
    return unit.person_pk(Person(delivery.recipient_id, delivery.recipient_name, delivery.address))


def wait_seconds(attempts: int, give_up_after_hours: int) -> float | None:
    """How long to wait after that many attempts, ±20 %; ``None``: it has been tried long enough.

    Counted in planned waits and not by the clock, so that a night without a worker costs no delivery its tries.
    """
    waits = [BACKOFF_SECONDS[n] if n < len(BACKOFF_SECONDS) else HOUR_SECONDS for n in range(max(attempts, 1))]
    if sum(waits) > give_up_after_hours * HOUR_SECONDS:
        return None
    return waits[-1] * DICE.uniform(1 - JITTER, 1 + JITTER)


def payload_of(unit: Unit, delivery: Delivery, ticket_id: str, reached: str) -> signals.DeliveryChanged:
    """What the signals of a delivery carry; ``reached`` is the state it comes into."""
    sites = select(TicketSite.name).where(TicketSite.ticket_pk == delivery.ticket_pk).order_by(TicketSite.position)
    site = unit.session.scalar(sites.limit(1))
    return signals.DeliveryChanged(
        ticket_id=ticket_id,
        channel=delivery.channel,
        notice=delivery.notice,
        recipient=delivery.address,
        state=reached,
        reason=delivery.error,
        envelope=envelope(site=site, actor=unit.actor.email, at=unit.now),
    )


def send_again(
    ticket_id: str, actor: Actor, delivery_key: str, *, address: str | None = None, version: int | None = None
) -> str:
    """Queue a mail that failed, or waits after a failure, to be sent once more and at once.

    :param address: the requester's right address, which the ticket keeps; only for mail to the customer.
    :param version: the version of the ticket the person saw, where they correct the address.
    :return: why its last try failed; empty where it was not tried, or goes to another address now.
    :raises NotFound: no such mail on a ticket this actor may see.
    :raises TransitionRefused: it was sent, is being sent or was taken back, or what it says is so no more.
    :raises InvalidInput: not an address.
    :raises StaleTicket: somebody else has corrected the address, or changed the requester in the meantime.
    """

    def write(unit: Unit) -> str:
        if actor.side is not Side.AGENT:
            raise NotAllowed(_("Only the support team can send a mail again."))
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        session = unit.session
        wanted = select(Delivery).where(
            Delivery.key == delivery_key, Delivery.ticket_pk == loaded.ticket.pk, Delivery.channel == EMAIL
        )
        delivery = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
        if delivery is None:
            raise NotFound(_("There is no such mail on this ticket."))
        if delivery.state not in {"failed", "bounced", "queued"}:
            raise TransitionRefused(_("Only a mail that failed or waits can be sent again."))
        brought = select(Message).where(Message.pk == delivery.message_pk).execution_options(populate_existing=True)
        message = told_without(unit, delivery, loaded.ticket, session.scalar(brought))
        if why := untrue(unit, delivery, loaded.ticket, message):
            raise TransitionRefused(_("This mail is not sent any more: %(why)s.", why=why))
        failed, to = delivery.error, delivery.address
        if address is not None:
            _correct(unit, loaded, delivery, address, version=version)
        unit.ask(signals.before_delivery_changed, payload_of(unit, delivery, ticket_id, "queued"))
        delivery.state, delivery.attempts, delivery.due_at = "queued", 0, unit.now
        delivery.owner, delivery.error, delivery.error_code = None, "", None
        touch(unit, loaded, customer_sees=False)
        unit.record(
            loaded.ticket,
            "delivery.requeued",
            new_person_pk=_recipient_pk(unit, delivery),
            channel=delivery.channel,
            notice=delivery.notice,
        )
        unit.tell(signals.delivery_changed, payload_of(unit, delivery, ticket_id, "queued"))
        if unit.host.nudge is not None:
            after_commit(session, unit.host.nudge)
        return failed if delivery.address == to else ""

    return run(actor, write)


def _correct(unit: Unit, loaded: Loaded, delivery: Delivery, address: str, *, version: int | None) -> None:
    if delivery.side != Side.CUSTOMER:
        raise InvalidInput({"email": _("An agent's address is changed under Support → Agents.")})
    if delivery.recipient_id == loaded.ticket.requester_id:
        delivery.address = set_requester_address(unit, loaded, address, version=version)
        return
    right = checked_address(address)
    if right != delivery.address:
        check_version(unit, loaded.ticket, version, ADDRESSEE, actions=("delivery.requeued",))
    delivery.address = right
