"""Check a queue's mail settings, and try them."""

from __future__ import annotations

import secrets
from email.utils import parseaddr

from sqlalchemy import select

from ..actors import Actor
from ..delivery import Outcome
from ..delivery.email import EmailChannel
from ..delivery.message import Email
from ..errors import InvalidInput, NotFound
from ..i18n import gettext as _
from ..mail_address import ascii_address, is_mail_address
from ..models import Queue
from ..reply_address import message_id
from ..settings import state
from .delivering import mail_of, note_channel
from .host_session import is_clean
from .setup import require_lead
from .sorting import checked_address
from .transaction import read_before, run
from .unit import BIND, Unit

TEST = "TEST"


def check_mail_settings(from_address: str | None, reply_address: str | None) -> list[str]:
    """What is missing or wrong before mails of a queue can go out, a sentence each; the mail server is not asked."""
    host = state()
    problems = []
    if mail_of(host) is None:
        problems.append(_("The app has no Flask-Mail; write Mail(app)."))
    sender = _from_address(from_address)
    if sender is None:
        problems.append(
            _("There is no From address: write one here, or set SGSUPPORT_MAIL_FROM or MAIL_DEFAULT_SENDER in the app.")
        )
    for what, address in ((_("From address"), sender), (_("Reply address"), reply_address or None)):
        if address is not None and not is_mail_address(address):
            problems.append(
                _("%(what)s: %(address)s is not an address mail can come from.", what=what, address=address)
            )
    if host.settings.base_url is None:
        problems.append(_("Mails have no links: set SGSUPPORT_BASE_URL to where the app is reached."))
    return problems


def send_test_mail(actor: Actor, queue_key: str, to: str) -> Outcome:
    """Send a mail as this queue would, now, and keep what became of it in the audit log.

    With the queue it is kept only where it says that the queue's own side of the mail is wrong, the server included, or
    well again. Waits for the mail server, ``SGSUPPORT_MAIL_TIMEOUT_SECONDS`` at most.

    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such queue.
    :raises InvalidInput: field ``to`` is not an address; field ``from_address``: there is none to send from.
    """
    require_lead(actor)
    try:
        address = checked_address(to)
    except InvalidInput as error:
        raise InvalidInput({"to": error.sentence}) from error
    host = state()
    queue = _queue(actor, queue_key)
    email = _test_mail(queue, address)
    mail = mail_of(host)
    session = host.db.session()
    if is_clean(session):
        # No connection is held while the mail server is waited for.
        session.rollback()
    if mail is None:
        outcome = Outcome("channel_failed", reason=_("The app has no Flask-Mail; write Mail(app)."))
    else:
        [(__, outcome)] = EmailChannel().send_all(mail, [email], timeout_seconds=host.settings.mail_timeout_seconds)

    def write(unit: Unit) -> None:
        row = unit.session.scalars(select(Queue).where(Queue.key == queue_key).with_for_update()).one()
        row.mail_checked_at = unit.now
        note_channel(unit, row, outcome)
        unit.record(
            None,
            "queue.changed",
            field="test mail",
            old=address,
            new="sent" if outcome.kind == "sent" else outcome.reason,
            queue=queue_key,
        )

    run(actor, write)
    return outcome


def _queue(actor: Actor, key: str) -> Queue:
    wanted = select(Queue).where(Queue.key == key)
    queue = read_before(actor, lambda session: session.scalar(wanted, bind_arguments=BIND))
    if queue is None:
        raise NotFound(_("There is no queue “%(key)s”.", key=key))
    return queue


def _from_address(of_queue: str | None) -> str | None:
    return of_queue or parseaddr(state().default_from or "")[1] or None


def _test_mail(queue: Queue, to: str) -> Email:
    host = state()
    sender = _from_address(queue.from_address)
    if sender is None or not is_mail_address(sender):
        raise InvalidInput({"from_address": _("There is no From address to send from.")})
    domain = host.settings.mail_domain or ascii_address(sender).rpartition("@")[2]
    text = _(
        "This is a test mail of the queue “%(queue)s”. If you can read it, mails of this queue arrive.",
        queue=queue.name,
    )
    return Email(
        to_address=to,
        from_address=sender,
        from_name=queue.from_name,
        reply_to=queue.reply_address,
        subject=_("Test mail of the queue “%(queue)s”", queue=queue.name),
        text="\n\n".join(part for part in (text, queue.signature) if part) + "\n",
        message_id=message_id(TEST, secrets.token_hex(16), secret=host.secret_keys[0], domain=domain),
        ticket_id=TEST,
        auto_submitted=True,
    )
