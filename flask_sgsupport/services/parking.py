"""Give a waiting mail up by hand, and put back what a worker that stops had claimed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from .. import signals
from ..actors import Actor, Right, Side
from ..delivery import Outcome
from ..errors import NotAllowed, NotFound, TransitionRefused
from ..i18n import gettext as _
from ..models import Delivery
from ..notifications import EMAIL
from ..permissions import require
from .delivering import give_up, payload_of, worker_actor
from .holding import touch
from .transaction import run
from .unit import Unit, load


def park(ticket_id: str, actor: Actor, delivery_key: str) -> None:
    """Take a mail that waits out of the outbox; it counts as not delivered and can be sent again.

    :raises NotFound: no such mail on a ticket this actor may see.
    :raises TransitionRefused: it does not wait: a worker has it, or it was sent, failed or was taken back.
    :raises Vetoed: a receiver of ``before_delivery_changed`` keeps it.
    """

    def write(unit: Unit) -> None:
        if actor.side is not Side.AGENT:
            raise NotAllowed(_("Only the support team can give a mail up."))
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        delivery = unit.session.scalar(
            select(Delivery)
            .where(Delivery.key == delivery_key, Delivery.ticket_pk == loaded.ticket.pk, Delivery.channel == EMAIL)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if delivery is None:
            raise NotFound(_("There is no such mail on this ticket."))
        if delivery.state != "queued":
            raise TransitionRefused(_("Only a mail that waits can be given up."))
        unit.ask(signals.before_delivery_changed, payload_of(unit, delivery, ticket_id, "failed"))
        touch(unit, loaded, customer_sees=False)
        give_up(unit, loaded, delivery, Outcome("failed", reason=_("given up by %(name)s", name=actor.name)))

    run(actor, write)


def put_back(owner: str, delivery_keys: Sequence[str]) -> None:
    """Give up the lease of what a worker will not send any more: it is due at once, for any other."""

    def write(unit: Unit) -> None:
        waiting = update(Delivery).where(
            Delivery.key.in_(delivery_keys), Delivery.owner == owner, Delivery.state == "sending"
        )
        given = waiting.values(state="queued", owner=None, due_at=unit.now)
        unit.session.execute(given, execution_options={"synchronize_session": False})

    run(worker_actor(), write)
