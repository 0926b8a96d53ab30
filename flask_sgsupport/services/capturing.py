"""Capture the context: the host's four hooks, side by side, within one time budget, never at the ticket's cost.

What was shown in a form travels signed in the form, bound to person, account and form, and is stored as it was shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from .. import signals
from ..actors import Actor
from ..errors import NotAllowed
from ..hooks import HOOK_FAILURES, Account, Operator, Origin, Site
from ..i18n import Coded, worded
from ..i18n import gettext as _
from ..reply_address import BadSignature, Expired, Signer
from ..settings import State, state
from ..snapshot import PARTS, Snapshot, decode, encode, sound
from .calling import ask_hooks

log = logging.getLogger("flask_sgsupport.capturing")

PURPOSE = "snapshot"


@dataclass(frozen=True, slots=True)
class Captured:
    """A context ready to be stored.

    :param body: its JSON, byte for byte as it was shown.
    :param remark: what support should know about it, a row of `REMARKS`: for instance that it was captured again.
    """

    snapshot: Snapshot
    body: str
    remark: Coded | None = None


def capture(actor: Actor, account_id: str, origin: Origin, *, remark: Coded | None = None) -> Captured:
    """Ask the hooks now. Never raises: a part that cannot be had is named unavailable, with the reason."""
    host = state()
    answers, unavailable = _ask(host, actor, account_id, origin)
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
        sites=tuple(sorted((_chosen(site, origin) for site in answers.get("sites", ())), key=_not_worked_in)),
        activity=answers.get("activity", ()),
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
        return capture(actor, account_id, origin, remark={"code": "expired"})
    except (BadSignature, ValueError, TypeError):
        return capture(actor, account_id, origin, remark={"code": "again"})
    if (person_id, of_account, of_form) != (actor.person.id if actor.person else "", account_id, form):
        return capture(actor, account_id, origin, remark={"code": "again"})
    return Captured(decode(body), body)


def _chosen(site: Site, origin: Origin) -> Site:
    if not origin.site_ids:
        return site
    return Site(site.id, site.name, site.url, working_in=site.id in origin.site_ids)


def _not_worked_in(site: Site) -> bool:
    """Puts the sites worked in first, so that no bound takes them away."""
    return not site.working_in


def _ask(host: State, actor: Actor, account_id: str, origin: Origin) -> tuple[dict[str, Any], dict[str, Coded]]:
    """The sound answers, and why the others are missing; a failure is logged and told."""
    questions = {
        part: partial(_asked, part, host.hooks.context[part], actor, account_id, origin)
        for part in PARTS
        if part in host.hooks.context
    }
    answers: dict[str, Any] = {}
    unavailable: dict[str, Coded] = {}
    for part, answer in ask_hooks(actor, questions).items():
        if answer.failure is None:
            answers[part] = answer.value
            continue
        unavailable[part] = answer.failure
        log.error("The %s hook gave nothing: %s", part, answer.failure, exc_info=answer.error)
        reason = worded(HOOK_FAILURES, answer.failure)
        failed = signals.ContextHookFailed(hook=part, reason=reason, account_id=account_id)
        signals.tell(signals.context_hook_failed, host.app, failed)
    return answers, unavailable


def _asked(part: str, function: Callable[..., Any], actor: Actor, account_id: str, origin: Origin) -> Any:
    return sound(part, function(actor, account_id, origin))
