"""The mails of the demo, shown in the browser at ``/demo/mail/``; registered in the demo only."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from example_app.mail_catcher import CaughtMail, MailCatcher

mail_pages = Blueprint("mail_pages", __name__, url_prefix="/demo/mail")

#: A mail is a stranger's HTML: no script, no picture from elsewhere, no access to the page around it.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@mail_pages.get("/")
def index() -> str:
    """The mails kept, newest first; ``?to=`` picks one recipient."""
    catcher = _catcher()
    recipient = request.args.get("to", "").strip().lower()
    mails = [mail for mail in catcher.mails() if not recipient or recipient in map(str.lower, mail.recipients)]
    recipients = sorted({address for mail in catcher.mails() for address in mail.recipients})
    return render_template("mails.html", catcher=catcher, mails=mails, recipients=recipients, recipient=recipient)


@mail_pages.get("/<int:number>")
def show(number: int) -> str:
    """One mail: text, HTML, links, files and headers."""
    return render_template("mail.html", mail=_mail(number))


@mail_pages.get("/<int:number>/html")
def html(number: int) -> Response:
    """The HTML part alone, for the sandboxed frame."""
    body = _mail(number).html
    return Response(body if body is not None else abort(404), headers={"Content-Security-Policy": SANDBOX})


@mail_pages.get("/<int:number>/raw")
def raw(number: int) -> Response:
    """The mail as it came over the wire."""
    return Response(_mail(number).raw, mimetype="text/plain", headers={"Content-Security-Policy": SANDBOX})


@mail_pages.post("/clear")
def clear() -> WerkzeugResponse:
    """Empty the box."""
    _catcher().clear()
    return redirect(url_for("mail_pages.index"))


def _catcher() -> MailCatcher:
    catcher: MailCatcher = current_app.extensions["mail_catcher"]
    return catcher


def _mail(number: int) -> CaughtMail:
    return _catcher().mail(number) or abort(404)
