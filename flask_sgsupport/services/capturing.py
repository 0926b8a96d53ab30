"""Capture the context: the host's hooks, side by side, within one time budget, never at the ticket's cost.

What was shown in a form travels signed in the form, bound to person, account and form, and is stored as it was shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .. import signals
from ..actors import Actor
from ..errors import NotAllowed
from ..hooks import HOOK_FAILURES, Account, Operator, Origin, Site, Subject
from ..i18n import Coded, worded
from ..i18n import gettext as _
from ..reply_address import BadSignature, Expired, Signer
from ..settings import State, state
from ..snapshot import MAX_OFFERED, PARTS, SUBJECTS, Snapshot, decode, encode, sound
from .calling import ask_hooks

log = logging.getLogger("flask_sgsupport.capturing")

PURPOSE = "snapshot"

Ref = tuple[str, str]
"""Kind and key of one of the host's things."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A context ready to be stored.

    :param body: its JSON, byte for byte as it was shown.
    :param remark: what support should know about it, a row of `REMARKS`: for instance that it was captured again.
    :param subjects: the host's things that a form offers, or those that were asked for.
    """

    snapshot: Snapshot
    body: str
    remark: Coded | None = None
    subjects: tuple[Subject, ...] = ()


def capture(
    actor: Actor,
    account_id: str,
    origin: Origin,
    *,
    remark: Coded | None = None,
    wanted: Sequence[Ref] | None = None,
) -> Captured:
    """Ask the hooks now. Never raises: a part that cannot be had is named unavailable, with the reason.

    :param wanted: the things of the host's to be asked for, none for those a form offers; ``None``: they are not asked.
    """
    host = state()
    questions: dict[str, Callable[[], Any]] = {
        part: partial(_asked, part, host.hooks.context[part], actor, account_id, origin)
        for part in PARTS
        if part in host.hooks.context
    }
    if wanted is not None and host.hooks.subjects is not None:
        questions[SUBJECTS] = _about(actor, account_id, origin, wanted)
    answers, unavailable = _ask(host, actor, account_id, questions)
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
    return Captured(decode(body), body, remark, _bounded(answers.get(SUBJECTS, ()), wanted or ()))


def subjects_of(
    actor: Actor, account_id: str, origin: Origin, wanted: Sequence[Ref]
) -> tuple[tuple[Subject, ...], Coded | None]:
    """Those of the host's things that are wanted which are there now and the account's, or why nothing is known.

    In the time of the context hooks. Never raises.
    """
    host = state()
    if host.hooks.subjects is None:
        return (), None
    answers, unavailable = _ask(host, actor, account_id, {SUBJECTS: _about(actor, account_id, origin, wanted)})
    return _bounded(answers.get(SUBJECTS, ()), wanted), unavailable.get(SUBJECTS)


def _about(actor: Actor, account_id: str, origin: Origin, wanted: Sequence[Ref]) -> Callable[[], Any]:
    function = state().hooks.subjects
    return partial(_asked, SUBJECTS, function, actor, account_id, origin, tuple(wanted))


def _bounded(found: Sequence[Subject], wanted: Sequence[Ref]) -> tuple[Subject, ...]:
    """Each once, and of those that were asked for nothing else."""
    once = {(one.kind, one.key): one for one in found}
    named = [once[ref] for ref in dict.fromkeys(wanted) if ref in once] if wanted else list(once.values())
    return tuple(named[:MAX_OFFERED])


def seal(actor: Actor, form: str, captured: Captured) -> str:
    """What travels in the form: the shown context, signed, good for this person, account and form only."""
    signer = Signer(state().secret_keys)
    offered = [[one.kind, one.key, one.title, one.url] for one in captured.subjects]
    who = actor.person.id if actor.person else ""
    return signer.sign(PURPOSE, [who, actor.account_id, form, captured.body, offered])


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
        person_id, of_account, of_form, body, offered = signed.value
        subjects = tuple(Subject(*one) for one in offered)
    except Expired:
        return capture(actor, account_id, origin, remark={"code": "expired"}, wanted=())
    except (BadSignature, ValueError, TypeError):
        return capture(actor, account_id, origin, remark={"code": "again"}, wanted=())
    if (person_id, of_account, of_form) != (actor.person.id if actor.person else "", account_id, form):
        return capture(actor, account_id, origin, remark={"code": "again"}, wanted=())
    return Captured(decode(body), body, subjects=subjects)


def _chosen(site: Site, origin: Origin) -> Site:
    if not origin.site_ids:
        return site
    return Site(site.id, site.name, site.url, working_in=site.id in origin.site_ids)


def _not_worked_in(site: Site) -> bool:
    """Puts the sites worked in first, so that no bound takes them away."""
    return not site.working_in


def _ask(
    host: State, actor: Actor, account_id: str, questions: Mapping[str, Callable[[], Any]]
) -> tuple[dict[str, Any], dict[str, Coded]]:
    """The sound answers, and why the others are missing; a failure is logged and told."""
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


def _asked(part: str, function: Callable[..., Any], *given: Any) -> Any:
    return sound(part, function(*given))
