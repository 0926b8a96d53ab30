"""What a customer does with a ticket: one POST, one verb of the services, then a redirect or the page once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from ..actors import Actor
from ..errors import InvalidInput, NotFound, NotReady, StaleTicket, SupportError, TransitionRefused
from ..i18n import gettext as _
from ..lifecycle import Act, Score
from ..queries.own_ticket import own_ticket
from ..rated import field_as
from ..services import following, rating, replying, status
from ..services.conversation import Said
from ..services.pressing import pressed_again
from ..web.asking import customer, files_lost, form_after, form_token, new_form, typed, uploads
from ..web.guard import refused
from ..web.saying import say
from .frame import frame, ticket_url
from .ticket import Sent, rating_card, show, solved_sentence

VERBS: Mapping[str, Callable[..., Said]] = {
    "solved": replying.confirm_solved,
    "still_need_help": replying.still_need_help,
    "plain": replying.follow_up,
}
"""What each button of the composer does; without one it is a plain follow-up."""

ACTS = {
    "solved": Act.CONFIRM_SOLVED,
    "still_need_help": Act.STILL_NEED_HELP,
    "reopen": Act.REOPEN,
    "withdraw": Act.WITHDRAW,
}
"""The buttons that need no words."""


def done(verb: str) -> str:
    """What is said after it."""
    return {
        "solved": _("Thank you. The ticket is closed; you can still reopen it here."),
        "still_need_help": _("The ticket is open again, and support knows."),
        "plain": _("Sent. Support sees it now."),
        "reopen": _("The ticket is open again, and support knows."),
        "withdraw": _("The ticket is closed, since you no longer need help."),
        "follow": _("You follow this ticket: you are told what its requester is told."),
        "unfollow": _("You follow this ticket no longer."),
        "rate": _("Thank you. Support sees what you said of the help."),
        "rate_bad_resolved": _(
            "Thank you. Support sees what you said of the help. The ticket is still marked as solved: "
            "“I still need help” opens it again."
        ),
    }[verb]


def follow_up(ticket_id: str) -> ResponseReturnValue:
    """Send what stands in the composer by the button that was pressed."""
    actor = customer()
    verb = next((name for name in VERBS if name in request.form), "plain")
    try:
        seen = {"seen": _seen()} if verb == "solved" else {}
        said = VERBS[verb](ticket_id, actor, body=typed("body"), files=uploads(), form=form_token(), **seen)
    except (NotFound, NotReady):
        raise
    except SupportError as error:
        if isinstance(error, TransitionRefused) and not files_lost() and not typed("body").strip():
            return _pressed_again(actor, ticket_id, verb, error)
        return refused(show(actor, ticket_id, _refused(error, ticket_id)), error)
    if said.continued:
        say(
            _(
                "Your message opened %(new)s, since %(old)s was closed too long ago to be reopened.",
                new=said.ticket_id,
                old=ticket_id,
            )
        )
    elif said.ticket_id != ticket_id:
        say(
            _(
                "%(old)s has become a part of %(new)s, so your message went there. Support sees it now.",
                new=said.ticket_id,
                old=ticket_id,
            )
        )
    else:
        say(done(verb))
    return redirect(ticket_url(said.ticket_id, said.message))


def solved(ticket_id: str) -> ResponseReturnValue:
    """That solved it."""
    return _act(ticket_id, "solved", lambda actor: replying.confirm_solved(ticket_id, actor, seen=_seen()))


def still_need_help(ticket_id: str) -> ResponseReturnValue:
    """I still need help."""
    return _act(ticket_id, "still_need_help", lambda actor: replying.still_need_help(ticket_id, actor))


def reopen(ticket_id: str) -> ResponseReturnValue:
    """Open a closed ticket again."""
    return _act(ticket_id, "reopen", lambda actor: status.reopen(ticket_id, actor))


def withdraw(ticket_id: str) -> ResponseReturnValue:
    """No longer needed."""
    return _act(ticket_id, "withdraw", lambda actor: status.withdraw(ticket_id, actor, seen=_seen()))


def follow(ticket_id: str) -> ResponseReturnValue:
    """Be told of a colleague's ticket as they are."""
    return _act(ticket_id, "follow", lambda actor: following.follow(ticket_id, actor))


def unfollow(ticket_id: str) -> ResponseReturnValue:
    """Be told no more than anybody else of the account."""
    return _act(ticket_id, "unfollow", lambda actor: following.unfollow(ticket_id, actor))


def rate(ticket_id: str) -> ResponseReturnValue:
    """How the help was: one of two buttons, and what was written with it."""
    actor = customer()
    comment = typed("comment") if "comment" in request.form else None
    try:
        score = _score()
        opens = rating.rate(ticket_id, actor, good=score is Score.GOOD, comment=comment, seen=request.form.get("seen"))
    except (NotFound, NotReady):
        raise
    except SupportError as error:
        return refused(show(actor, ticket_id, _unrated(error, comment, ticket_id)), error)
    say(done("rate_bad_resolved" if opens and score is Score.BAD else "rate"))
    page = "sgsupport.confirm" if typed("from") == "confirm" else "sgsupport.ticket"
    return redirect(url_for(page, ticket_id=ticket_id, _anchor="sg-rating"))


def confirm(ticket_id: str) -> ResponseReturnValue:
    """The page mails link to, with the buttons; looking at it changes nothing."""
    actor = customer()
    found = own_ticket(actor, ticket_id)
    if found.merged_into:
        return redirect(url_for("sgsupport.ticket", ticket_id=found.merged_into, part=ticket_id))
    card = rating_card(found)
    return frame(actor, "sgsupport.tickets").render(
        "sgsupport/panel/confirm.html",
        sg_title=_("How was the help?") if card and not found.ways.confirm else _("Is it solved?"),
        t=found,
        here={"ticket_id": found.ticket_id},
        solved_sentence=solved_sentence(found),
        rating=card,
        form=new_form(),
    )


def _act(ticket_id: str, verb: str, write: Callable[[Actor], Any]) -> ResponseReturnValue:
    actor = customer()
    try:
        write(actor)
    except (NotFound, NotReady):
        raise
    except SupportError as error:
        return _pressed_again(actor, ticket_id, verb, error)
    return _done(ticket_id, verb)


def _pressed_again(actor: Actor, ticket_id: str, verb: str, error: SupportError) -> ResponseReturnValue:
    """A refused button without words: where it was pressed before, it has done what it says."""
    if verb in ACTS and pressed_again(error, actor, ticket_id, {ACTS[verb]}):
        return _done(ticket_id, verb)
    return refused(show(actor, ticket_id, Sent(refusal=_sentence(error, ticket_id))), error)


def _sentence(error: SupportError, ticket_id: str) -> str:
    """Why not; of a ticket that was merged on the page of the other."""
    if isinstance(error, TransitionRefused) and error.merged_into:
        return _(
            "%(old)s has become a part of %(new)s, which you see here. Nothing was sent: look, then go on here.",
            old=ticket_id,
            new=error.merged_into,
        )
    return error.sentence


def _done(ticket_id: str, verb: str) -> ResponseReturnValue:
    say(done(verb))
    if verb == "still_need_help":
        # Nothing was written: the browser puts the cursor where it can be.
        return redirect(url_for("sgsupport.ticket", ticket_id=ticket_id, tell=1, _anchor="sg-reply-body"))
    return redirect(ticket_url(ticket_id))


def _seen() -> str | None:
    """The newest message of the page the button stood on."""
    return typed("newest") or None


def _score() -> Score:
    try:
        return Score(typed("score"))
    except ValueError:
        raise InvalidInput({"score": _("Choose Good or Bad.")}) from None


def _unrated(error: SupportError, comment: str | None, ticket_id: str) -> Sent:
    form = (form_token() or new_form()).removesuffix("r")
    if isinstance(error, TransitionRefused):
        # There is no such form any more; what was written in it can be sent as a message.
        return Sent(body=comment or "", form=form, refusal=_sentence(error, ticket_id))
    if isinstance(error, StaleTicket) and field_as(comment or "") == typed("untouched"):
        # Nobody typed that: it is what stood there, and may have been taken out since.
        comment = None
    wrong = error.fields.get("comment", "") if isinstance(error, InvalidInput) else ""
    return Sent(comment=comment, comment_error=wrong, form=form, refusal="" if wrong else error.sentence)


def _refused(error: SupportError, ticket_id: str) -> Sent:
    fields = error.fields if isinstance(error, InvalidInput) else {}
    return Sent(
        body=typed("body"),
        form=form_after(error),
        body_error=fields.get("body", ""),
        files_error=fields.get("files", "") or files_lost(),
        refusal="" if {"body", "files"} & fields.keys() else _sentence(error, ticket_id),
    )
