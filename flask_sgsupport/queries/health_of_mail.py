"""Whether mail goes out: the health checks of its addresses, its worker and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ..i18n import format_datetime, format_duration, ngettext
from ..i18n import gettext as _
from ..mail_address import is_mail_address
from ..models import Delivery, Heartbeat, Queue, Ticket
from ..models.beating import WORKER_SEEN_WITHIN
from ..notifications import BELL
from ..settings import State
from .starting import MAX_COUNT, MAX_NAMES, Check, listed

CLOCK_SEEN_WITHIN = timedelta(minutes=10)
MAIL_SLOW_AFTER = timedelta(minutes=10)
CLOCKS_DIFFER_BY = timedelta(seconds=5)
"""So far ahead another machine's clock may be without a word."""


def from_addresses(host: State) -> Iterator[Check]:
    """Whether mail of each queue has where it comes from, and a channel that takes it."""
    default = host.default_address
    rows = host.db.session.execute(
        select(Queue.name, Queue.from_address, Queue.mail_error)
        .where(Queue.active.is_(True))
        .order_by(Queue.pk)
        .limit(MAX_COUNT)
    ).all()
    unset = [name for name, address, *__ in rows if not (address or default)]
    wrong = [
        f"{name} ({address or default})"
        for name, address, *__ in rows
        if (address or default) and not is_mail_address(address or default)
    ]
    if unset:
        yield Check(
            "From address",
            "bad",
            _(
                "No From address is set for %(names)s, so no mail goes out. Set MAIL_DEFAULT_SENDER.",
                names=listed(unset),
            ),
        )
    if wrong:
        yield Check("From address", "bad", _("Not an address mail can come from: %(names)s.", names=listed(wrong)))
    refused = [(name, error) for name, __, error in rows if error]
    if not unset and not wrong and not refused:
        yield Check("From address", "ok", _("Each queue has a From address."))
    for name, error in refused[:MAX_NAMES]:
        yield Check(
            "mail channel",
            "bad",
            _(
                "%(queue)s: %(why)s – its mail waits. Mend that, then send a test mail under Support → Mail settings.",
                queue=name,
                why=error,
            ),
        )
    if host.mail is None and "mail" not in host.app.extensions:
        yield Check("mail channel", "bad", _("The app has no Flask-Mail, so no mail goes out; write Mail(app)."))


def link_host(host: State) -> Iterator[Check]:
    """Whether mails can lead to their tickets."""
    if host.settings.base_url is None:
        yield Check("links", "warn", _('Mails have no links: write app.config["SGSUPPORT_BASE_URL"] = "https://…".'))
    else:
        yield Check("links", "ok", _("Links in mails lead to %(url)s.", url=host.settings.base_url))


def _seen(host: State, *names: str) -> list[datetime]:
    wanted = select(Heartbeat.name, Heartbeat.seen_at).where(Heartbeat.name.in_(names))
    seen = {name: at for name, at in host.db.session.execute(wanted)}
    return [seen.get(name, datetime.min.replace(tzinfo=host.now().tzinfo)) for name in names]


def _no_worker(host: State) -> str:
    if host.settings.worker == "none":
        return _("No worker was seen lately, so no mail goes out. Run: flask support worker")
    return _("No worker was seen lately, so no mail goes out. Run: flask support worker, or set SGSUPPORT_WORKER.")


def heartbeats(host: State) -> Iterator[Check]:
    """Whether a worker and the clock run."""
    now = host.now()
    worker, clock = _seen(host, "worker", "clock")
    if worker < now - WORKER_SEEN_WITHIN:
        yield Check("worker", "bad", _no_worker(host))
    else:
        yield Check("worker", "ok", _("A worker was seen on %(when)s.", when=format_datetime(worker)))
    if clock < now - CLOCK_SEEN_WITHIN:
        yield Check(
            "clock",
            "bad",
            _("The clock does not run, so resolved tickets do not close. Run a worker, or: flask support tick"),
        )
    else:
        yield Check("clock", "ok", _("The clock ran on %(when)s.", when=format_datetime(clock)))
    ahead = max(worker, clock) - now
    if ahead > CLOCKS_DIFFER_BY:
        yield Check(
            "clocks",
            "warn",
            _(
                "A worker or the clock was last seen %(long)s in the future: the clocks of your machines differ. Where "
                "they differ by %(seconds)s seconds or more, a mail may go out twice; set them by NTP.",
                long=format_duration(ahead),
                seconds=int(host.settings.delivery_lease_seconds - host.settings.mail_timeout_seconds),
            ),
        )


def mails(host: State) -> Iterator[Check]:
    """Mails that wait too long, and those that were given up."""
    session, now = host.db.session, host.now()
    oldest = session.scalar(
        select(func.min(Delivery.created_at)).where(Delivery.state.in_(("queued", "sending")), Delivery.channel != BELL)
    )
    tried = select(Delivery.pk).where(Delivery.state == "queued", Delivery.attempts > 0).limit(MAX_COUNT).subquery()
    again = session.scalar(select(func.count()).select_from(tried), bind_arguments={"mapper": Ticket}) or 0
    if again:
        yield Check(
            "undelivered mail",
            "warn",
            ngettext(
                "%(num)d mail failed and is tried again; its ticket says why.",
                "%(num)d mails failed and are tried again; their tickets say why.",
                again,
            )
            + _see(),
        )
    elif oldest is not None and oldest < now - MAIL_SLOW_AFTER:
        yield Check(
            "undelivered mail",
            "warn",
            _("The oldest mail has waited for %(long)s.", long=format_duration(now - oldest)),
        )
    else:
        yield Check("undelivered mail", "ok", _("No mail waits for long."))
    lost = select(Delivery.pk).where(Delivery.state.in_(("failed", "bounced"))).limit(MAX_COUNT + 1).subquery()
    failed = session.scalar(select(func.count()).select_from(lost), bind_arguments={"mapper": Ticket}) or 0
    if failed > MAX_COUNT:
        yield Check("failed mail", "warn", _("More than %(limit)s mails were not delivered.", limit=MAX_COUNT) + _see())
    elif failed:
        yield Check(
            "failed mail",
            "warn",
            ngettext(
                "%(num)d mail was not delivered; its ticket says why.",
                "%(num)d mails were not delivered; their tickets say why.",
                failed,
            )
            + _see(),
        )
    else:
        yield Check("failed mail", "ok", _("No mail failed."))


def _see() -> str:
    """Where in the inbox their tickets are."""
    return " " + _("See Support → %(view)s.", view=_("Delivery problems"))
