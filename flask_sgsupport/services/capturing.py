"""Capture the context: the host's four hooks, side by side, within one time budget, never at the ticket's cost.

What was shown in a form travels signed in the form, bound to person, account and form, and is stored as it was shown.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import signals
from ..actors import Actor, Via
from ..errors import NotAllowed
from ..hooks import Account, Activity, Operator, Origin, Site
from ..i18n import gettext as _
from ..models import Ticket
from ..reply_address import BadSignature, Expired, Signer
from ..settings import State, state
from ..snapshot import PARTS, Snapshot, decode, encode
from .host_session import in_memory, is_clean

log = logging.getLogger("flask_sgsupport.capturing")

MAX_THREADS = 8
PURPOSE = "snapshot"

_places = threading.BoundedSemaphore(MAX_THREADS)
_hanging: set[Callable[..., Any]] = set()
_hanging_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Captured:
    """A context ready to be stored.

    :param body: its JSON, byte for byte as it was shown.
    :param remark: what support should know about it, for instance that it was captured again.
    """

    snapshot: Snapshot
    body: str
    remark: str = ""


def capture(actor: Actor, account_id: str, origin: Origin, *, remark: str = "") -> Captured:
    """Ask the hooks now. Never raises: a part that cannot be had is named unavailable, with the reason."""
    host = state()
    answers, unavailable = _call_all(host, actor, account_id, origin)
    person = actor.person
    membership = person.membership(account_id) if person else None
    account = answers.get("account")
    if account is None and "account" not in unavailable:
        account = Account(name=(membership.account_name if membership else "") or account_id)
    operator = answers.get("operator")
    if operator is None and person is not None and "operator" not in unavailable:
        operator = Operator(person.display_name, membership.role if membership else "", person.contact)
    snapshot = Snapshot(
        captured_at=host.now().replace(microsecond=0),
        account=account,
        sites=tuple(_chosen(site, origin) for site in answers.get("sites", ())),
        activity=tuple(sorted(answers.get("activity", ()), key=lambda row: row.at, reverse=True)),
        operator=operator,
        operator_email=(person.email or "") if person else "",
        unavailable=unavailable,
    )
    body = encode(snapshot, max_bytes=host.settings.snapshot_max_bytes)
    return Captured(decode(body), body, remark)


def seal(actor: Actor, form: str, captured: Captured) -> str:
    """What travels in the form: the shown context, signed, good for this person, account and form only."""
    signer = Signer(state().secret_keys)
    return signer.sign(PURPOSE, [actor.person.id if actor.person else "", actor.account_id, form, captured.body])


def unseal(actor: Actor, form: str, token: str, origin: Origin) -> Captured:
    """The context as it was shown, or captured again where it is too old or not ours, which the ticket then says."""
    host = state()
    account_id = actor.account_id
    if account_id is None:
        raise NotAllowed(_("Only an operator of an account can open a ticket here."))
    try:
        signed = Signer(host.secret_keys).read(
            PURPOSE, token, max_age_seconds=host.settings.snapshot_max_age_minutes * 60
        )
        person_id, of_account, of_form, body = signed.value
    except Expired:
        return capture(
            actor,
            account_id,
            origin,
            remark=_("Captured again when the ticket was sent: the form had been open for a while."),
        )
    except (BadSignature, ValueError, TypeError):
        return capture(actor, account_id, origin, remark=_("Captured again when the ticket was sent."))
    if (person_id, of_account, of_form) != (actor.person.id if actor.person else "", account_id, form):
        return capture(actor, account_id, origin, remark=_("Captured again when the ticket was sent."))
    return Captured(decode(body), body)


def _chosen(site: Site, origin: Origin) -> Site:
    if not origin.site_ids:
        return site
    return Site(site.id, site.name, site.url, working_in=site.id in origin.site_ids)


def _call_all(host: State, actor: Actor, account_id: str, origin: Origin) -> tuple[dict[str, Any], dict[str, str]]:
    functions = {name: host.hooks.context[name] for name in PARTS if name in host.hooks.context}
    session = host.db.session()
    inline = host.testing or in_memory(session.get_bind(mapper=Ticket))
    if actor.via is not Via.PYTHON and not inline and is_clean(session):
        session.rollback()
    calls = [_Call(host, name, function, (actor, account_id, origin)) for name, function in functions.items()]
    deadline = time.monotonic() + host.settings.hook_timeout_seconds
    for call in calls:
        call.run() if inline else call.start(deadline)
    answers: dict[str, Any] = {}
    unavailable: dict[str, str] = {}
    for call in calls:
        if not inline:
            call.wait(deadline)
        value, reason = call.outcome()
        if reason:
            unavailable[call.name] = reason
            log.error("The %s hook gave nothing: %s", call.name, reason, exc_info=call.error)
            failed = signals.ContextHookFailed(hook=call.name, reason=reason, account_id=account_id)
            signals.tell(signals.context_hook_failed, host.app, failed)
        else:
            answers[call.name] = value
    return answers, unavailable


class _Call:
    """One hook on its way.

    A thread cannot be stopped: one that hangs is left behind, and its hook not called again until it returns.
    """

    def __init__(self, host: State, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.host, self.name, self.function, self.arguments = host, name, function, arguments
        self.error: BaseException | None = None
        self._value: Any = None
        self._refused = ""
        self._done = threading.Event()

    def run(self) -> None:
        try:
            self._value = _checked(self.name, self.function(*self.arguments))
        except Exception as error:  # noqa: BLE001 - whatever a host's hook raises
            self.error = error
        finally:
            self._done.set()

    def start(self, deadline: float) -> None:
        with _hanging_lock:
            if self.function in _hanging:
                self._refused = _("it is still busy with an earlier call")
                return
        threading.Thread(
            target=self._in_thread, args=(deadline,), name=f"sgsupport-hook-{self.name}", daemon=True
        ).start()

    def _in_thread(self, deadline: float) -> None:
        if not _places.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return
        with _hanging_lock:
            _hanging.add(self.function)
        try:
            with self.host.app.app_context():
                self.run()
        finally:
            with _hanging_lock:
                _hanging.discard(self.function)
            _places.release()

    def wait(self, deadline: float) -> None:
        if not self._refused and not self._done.wait(max(0.0, deadline - time.monotonic())):
            self._refused = _("it did not answer in time")

    def outcome(self) -> tuple[Any, str]:
        if self._refused:
            return None, self._refused
        if self.error is not None:
            return None, _("it failed: %(kind)s", kind=type(self.error).__name__)
        return self._value, ""


def _checked(name: str, value: Any) -> Any:
    """The answer of a hook, if it is of the promised type."""
    if name in {"account", "operator"}:
        _must_be(value, Account if name == "account" else Operator)
        return value
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise TypeError(f"The {name} hook must return a list, not {type(value).__name__}.")
    for row in value[:100]:
        _must_be(row, Site if name == "sites" else Activity)
        if isinstance(row, Activity) and (getattr(row.at, "tzinfo", None) is None):
            raise TypeError("An activity needs a time that knows its zone.")
    return tuple(value[:100])


def _must_be(value: object, wanted: type) -> None:
    if not isinstance(value, wanted):
        raise TypeError(f"Expected {wanted.__name__}, got {type(value).__name__}.")
