"""Open a ticket: the form with what goes with it, and the page that explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ..actors import Actor
from ..errors import InvalidInput, NotFound, NotReady, SupportError
from ..hooks import Origin
from ..i18n import format_bytes, worded
from ..i18n import gettext as _
from ..queries.panel import categories
from ..queries.similar import Similar
from ..safe_html import markdown
from ..services import opening
from ..services.about import with_linked
from ..services.capturing import Captured, capture, seal, unseal
from ..settings import state
from ..snapshot import MAX_ROWS, MAX_SUBJECTS, REMARKS, read_ref, sites_hint, subjects_hint
from ..web.asking import (
    asked,
    asked_list,
    customer,
    files_lost,
    form_after,
    form_token,
    local_path,
    new_form,
    typed,
    typed_list,
    uploads,
)
from ..web.guard import refused
from ..web.saying import say, with_link
from .alike import find, offers
from .context import explained, shown
from .frame import account_choices, frame

MAX_PAGE_CHARS = 500
FIELDS = ("subject", "body", "category", "sites", "subjects", "files")


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it is shown: fresh, refused or previewed."""

    form: str
    captured: Captured
    sealed: str
    sites: Sequence[str]
    page: str = ""
    subject: str = ""
    body: str = ""
    category: str = ""
    subjects: Sequence[str] = ()
    """References of what was chosen that it is about."""
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: Markup | str = ""
    preview: Markup | str = ""
    alike: Sequence[Similar] = ()
    """What is shown instead of sending it."""


def open_form() -> str:
    """The empty form, the context captured now and sealed into it."""
    actor = customer(asked("account") or None)
    page = _local(asked("from") or _referring())
    about, origin = asked_list("about")[:MAX_SUBJECTS], _origin(page, asked_list("site"))
    captured = with_linked(actor, origin, capture(actor, str(actor.account_id), origin, wanted=()), about)
    form = new_form()
    working_in = [site.id for site in captured.snapshot.sites if site.working_in]
    filled = Filled(
        form,
        captured,
        seal(actor, form, captured),
        working_in,
        page,
        subject=asked("subject")[: state().settings.max_subject_chars],
        subjects=about,
    )
    return show_form(actor, filled)


def open_one() -> ResponseReturnValue:
    """Open the ticket, or show the form again with everything that was typed."""
    actor = customer(typed("account") or None)
    filled = sent_form(actor)
    if alike := find(actor, unseen=True):
        return show_form(actor, _again(actor, filled, alike=alike, errors=_files_lost()))
    try:
        opened = opening.open_ticket(
            actor,
            subject=filled.subject,
            body=filled.body,
            category=filled.category or None,
            site_ids=filled.sites,
            subjects=[read_ref(one) for one in filled.subjects],
            files=uploads(),
            captured=filled.captured,
            form=filled.form,
            page=filled.page,
        )
    except (NotFound, NotReady):
        raise
    except SupportError as error:
        return refused(show_form(actor, _refused(actor, filled, error)), error)
    say(_opened(actor, opened.ticket_id))
    return redirect(url_for("sgsupport.ticket", ticket_id=opened.ticket_id))


def what_support_sees() -> str:
    """The same context with an explanation of each part."""
    actor = customer(asked("account") or None)
    captured = capture(actor, str(actor.account_id), _origin("", asked_list("site")))
    return frame(actor, "sgsupport.context").render(
        "sgsupport/panel/context.html",
        sg_title=_("What support sees"),
        seen=shown(actor, captured.snapshot),
        parts=explained(actor, captured.snapshot),
        cut=captured.snapshot.cut,
    )


def previewed(actor: Actor) -> str:
    """The form with what was typed and how the description will look."""
    filled = sent_form(actor)
    return show_form(actor, _again(actor, filled, preview=markdown(filled.body), errors=_files_lost()))


def sent_form(actor: Actor) -> Filled:
    """The form as it was sent, its context as it was shown."""
    form = form_token() or new_form()
    sites = list(dict.fromkeys(typed_list("sites")))
    page = _local(typed("from"))
    sealed = request.form.get("context", "")
    return Filled(
        form=form,
        captured=unseal(actor, form, sealed, _origin(page, sites)),
        sealed=sealed,
        sites=sites,
        page=page,
        subject=typed("subject"),
        body=typed("body"),
        category=typed("category"),
        subjects=list(dict.fromkeys(typed_list("subjects"))),
    )


def show_form(actor: Actor, filled: Filled) -> str:
    """The page."""
    settings = state().settings
    snapshot = filled.captured.snapshot
    accounts = account_choices(actor)
    return frame(actor, "sgsupport.open_form").render(
        "sgsupport/panel/open.html",
        sg_title=_("Need help"),
        filled=filled,
        seen=shown(actor, snapshot, sites=list(filled.sites)),
        remark=worded(REMARKS, filled.captured.remark) if filled.captured.remark else "",
        hidden={
            "form": filled.form,
            "context": filled.sealed,
            "from": filled.page or None,
            "account": actor.account_id if accounts else None,
        },
        account_name=dict(accounts).get(str(actor.account_id), ""),
        other_accounts=[
            (name, url_for("sgsupport.open_form", account=account_id))
            for account_id, name in accounts
            if account_id != actor.account_id
        ],
        categories=categories(),
        sites=[(site.id, site.name) for site in snapshot.sites],
        sites_hint=sites_hint(snapshot),
        subjects=[(one.ref, one.title) for one in filled.captured.subjects],
        subjects_hint=subjects_hint(filled.captured.subjects),
        errors=[*([(None, filled.refusal)] if filled.refusal else []), *_summary(filled.errors)],
        max_subject=settings.max_subject_chars,
        files_hint=_(
            "Up to %(count)s files of %(size)s each.",
            count=settings.max_files_per_message,
            size=format_bytes(settings.max_file_bytes),
        ),
        files=settings.max_files_per_message > 0,
        alike_url=url_for("sgsupport.similar"),
        alike=offers(filled.alike, asks=_("Send anyway")) if filled.alike else None,
        explain_url=url_for("sgsupport.context", account=actor.account_id if accounts else None),
    )


def _refused(actor: Actor, filled: Filled, error: SupportError) -> Filled:
    fields = error.fields if isinstance(error, InvalidInput) else {}
    known = {name: sentence for name, sentence in fields.items() if name in FIELDS}
    refusal = " ".join(sentence for name, sentence in fields.items() if name not in FIELDS)
    return _again(
        actor,
        filled,
        form=form_after(error),
        errors=_files_lost() | known,
        refusal=refusal if fields else with_link(error, lambda ticket: url_for("sgsupport.ticket", ticket_id=ticket)),
    )


def _again(actor: Actor, filled: Filled, **changes: Any) -> Filled:
    """The form once more: the same context under its seal, or a new seal for another form or a context of now."""
    again = replace(filled, **changes)
    if filled.captured.remark or again.form != filled.form:
        again = replace(again, sealed=seal(actor, again.form, filled.captured))
    return again


def _files_lost() -> dict[str, str]:
    return {"files": lost} if (lost := files_lost()) else {}


def _summary(errors: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(f"sg-{name}", errors[name]) for name in FIELDS if name in errors]


def _origin(page: str, sites: Sequence[str]) -> Origin:
    return Origin(channel="panel", site_ids=tuple(sites[: MAX_ROWS["sites"]]), page=page)


def _referring() -> str:
    """The page of this app that led here."""
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host else ""


def _local(page: str) -> str:
    """A path of this app, or nothing."""
    return local_path(page) if len(page) <= MAX_PAGE_CHARS else ""


def _opened(actor: Actor, ticket_id: str) -> str:
    by_mail = actor.person is not None and actor.person.email and actor.person.contact != "in-app"
    how = _("Support answers here and by e-mail.") if by_mail else _("Support answers here; see Notifications.")
    return f"{_('Ticket %(ticket)s is open.', ticket=ticket_id)} {how}"
