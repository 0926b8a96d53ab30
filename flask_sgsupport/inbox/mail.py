"""Mail settings of each queue, with a test mail, and the health page with the settings in force."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, request
from flask_admin import expose

from ..actors import Actor
from ..errors import InvalidInput
from ..i18n import format_datetime
from ..i18n import gettext as _
from ..queries import health, setup
from ..queries.starting import LEVELS
from ..safe_html import with_ways
from ..services import setup as setting_up
from ..services import testing_mail
from ..services.seen import read_seen
from ..settings import state
from ..web.asking import agent_asking, typed
from ..web.saying import say
from .frame import ENTRIES
from .setting_up import GET_POST, Cells, SetupView, chip, field, link
from .ticket import Sent

SETTINGS = ("from_name", "from_address", "reply_address", "signature")


class MailView(SetupView):
    """From whom mails come, queue by queue."""

    @expose("/")
    def index(self) -> Any:
        """Every queue with its From address and last error."""
        actor = agent_asking()
        default = state().default_from or ""
        rows: list[Cells] = []
        for row in setup.queues(actor):
            if not row.active:
                continue
            wrong = testing_mail.check_mail_settings(row.from_address, row.reply_address)
            problems = [row.mail_error] if row.mail_error else wrong
            stands = chip("bad", problems[0]) if problems else chip("ok", _("ready"))
            checked = format_datetime(row.mail_checked_at) if row.mail_checked_at else _("never")
            rows.append(
                [
                    link(row.name, self.url_to("mail.change", key=row.key)),
                    row.from_address or default or "–",
                    row.reply_address or "–",
                    stands,
                    checked,
                ]
            )
        return self.show_list(
            actor,
            _("Mail settings"),
            _("Customers see these addresses. What cannot be sent says so under the reply and here."),
            [_("Queue"), _("From"), _("Reply address"), _("State"), _("Last test")],
            rows,
            new_url="",
            new_label="",
            empty=_("There is no queue yet."),
        )

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """From, reply address and signature of one queue."""
        actor = agent_asking()
        if request.method != "POST":
            return self._form(actor, key, Sent())
        values = {name: typed(name) for name in SETTINGS}
        setup.queue(actor, key)
        return self.save(
            lambda: setting_up.change_queue(actor, key, values, seen=read_seen(typed("seen"))),
            lambda sent: self._form(actor, key, sent),
            done=_("Saved. Send a test mail to see whether it arrives."),
            to=self.url_to("mail.change", key=key),
        )

    @expose("/test/<key>", methods=("POST",))
    def test(self, key: str) -> Any:
        """Send a test mail now, with what is saved; settings typed beside it stay in the form that comes back."""
        actor = agent_asking()
        to = typed("to").strip()
        try:
            outcome = testing_mail.send_test_mail(actor, key, to)
        except InvalidInput as error:
            return make_response(self._form(actor, key, Sent("form", request.form, error)), error.http_status)
        arrived = not outcome.reason
        say(
            _("The mail server has taken the test mail to %(to)s.", to=to)
            if arrived
            else _("Not sent: %(why)s", why=outcome.reason),
            "success" if arrived else "error",
        )
        row = setup.queue(actor, key)
        sent = [name for name in SETTINGS if name in request.form]
        if all(typed(name).splitlines() == getattr(row, name).splitlines() for name in sent):
            return redirect(self.url_to("mail.change", key=key))
        say(_("The test went by what is saved. What you changed here is not saved yet."), "warning")
        return self._form(actor, key, Sent("form", request.form))

    def _form(self, actor: Actor, key: str, sent: Sent) -> str:
        row = setup.queue(actor, key)
        default = state().default_from or ""
        fields = [
            field(
                "from_name",
                _("From name"),
                row.from_name,
                hint=_("What customers read as the sender."),
                attrs={"maxlength": 100},
            ),
            field(
                "from_address",
                _("From address"),
                row.from_address,
                "email",
                hint=_("Empty: %(default)s", default=default or _("none is set in the app, so no mail can go out")),
            ),
            field(
                "reply_address",
                _("Reply address"),
                row.reply_address,
                "email",
                hint=_("Where answers by e-mail arrive. Empty: mails ask to be answered in the panel."),
            ),
            field(
                "signature",
                _("Signature"),
                row.signature,
                "textarea",
                hint=_("Stands below every reply to customers."),
                attrs={"rows": 5},
            ),
        ]
        own = actor.person.email if actor.person and actor.person.email else ""
        return self.show_form(
            actor,
            _("Mail of %(queue)s", queue=row.name),
            fields,
            sent,
            back_label=_("Mail settings"),
            action=self.url_to("mail.change", key=key),
            test_url=self.url_to("mail.test", key=key),
            test_to=sent.values.get("to", own),
            test_error=sent.fields.get("to", ""),
            problems=testing_mail.check_mail_settings(row.from_address, row.reply_address),
            mail_error=row.mail_error,
            mail_error_at=format_datetime(row.mail_error_at) if row.mail_error_at else "",
            checked_at=format_datetime(row.mail_checked_at) if row.mail_checked_at else "",
        )


class HealthView(SetupView):
    """Whether everything runs, and with which settings."""

    @expose("/")
    def index(self) -> Any:
        """Every check in a sentence, and every setting in force."""
        actor = agent_asking()
        setting_up.require_lead(actor)
        found = health.checks()
        places = {f"Support → {entry.label()}": self.url_to(f"{entry.page}.index") for entry in ENTRIES}
        places[f"Support → {_('Delivery problems')}"] = self.url_to("inbox.index", view="delivery")
        return self.framed(actor).render(
            "sgsupport/inbox/health.html",
            sg_title=_("Health"),
            checks=[
                (check, with_ways(check.sentence, places))
                for check in sorted(found, key=lambda check: LEVELS.index(check.state))
            ],
            worst=health.worst(found),
            settings=[(row.key, value, given, row.doc) for row, value, given in state().settings.rows()],
        )
