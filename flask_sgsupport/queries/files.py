"""One attachment, for whoever may see the message it hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select

from ..actors import Actor
from ..errors import NotFound
from ..i18n import gettext as _
from ..models import Attachment, Message, Ticket
from ..models.filed import DESK, ORPHAN_AFTER, unnamed
from ..permissions import messages_visible_to, visible_to
from ..settings import state
from ..storage import LocalStorage, Storage


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """Where an attachment lies and what it is offered as."""

    name: str
    content_type: str
    size_bytes: int
    storage_key: str


def file_of(actor: Actor, ticket_id: str | None, key: str) -> StoredAttachment:
    """The attachment with that key.

    :param ticket_id: the ticket it must hang on; ``None`` where the address names none.
    :raises NotFound: not there, or not for this actor: the two look the same.
    """
    wanted = (
        select(Attachment.name, Attachment.content_type, Attachment.size_bytes, Attachment.storage_key)
        .join(Message, Message.pk == Attachment.message_pk)
        .join(Ticket, Ticket.pk == Attachment.ticket_pk)
        .where(Attachment.key == key, visible_to(actor), messages_visible_to(actor))
    )
    if ticket_id is not None:
        wanted = wanted.where(Ticket.ticket_id == ticket_id)
    row = state().db.session.execute(wanted).first()
    if row is None or row.storage_key is None:
        raise NotFound(_("There is no such file."))
    return StoredAttachment(row.name, row.content_type, row.size_bytes, row.storage_key)


def missing_files(newest: int) -> list[tuple[str, str]]:
    """Ticket and name of attachments whose bytes are not in the storage, among the newest; each of them is opened."""
    wanted = (
        select(Ticket.ticket_id, Attachment.name, Attachment.storage_key)
        .join(Ticket, Ticket.pk == Attachment.ticket_pk)
        .where(Attachment.storage_key.is_not(None))
        .order_by(Attachment.pk.desc())
        .limit(newest)
    )
    host = state()
    return [
        (ticket_id, name)
        for ticket_id, name, key in host.db.session.execute(wanted)
        if not _is_there(host.storage, str(key))
    ]


def left_over(now: datetime, most: int) -> list[str]:
    """Keys of stored files that no row names and that are old enough to be removed, of the first so many old ones.

    A storage of the app's own is not asked, nor a folder that other desks use as well.
    """
    host = state()
    storage, session = host.storage, host.db.session()
    if not isinstance(storage, LocalStorage) or storage.marks() != {session.scalar(DESK)}:
        return []
    return sorted(unnamed(session, list(islice(storage.keys(older_than=now - ORPHAN_AFTER), most))))


def _is_there(storage: Storage, key: str) -> bool:
    try:
        storage.open(key).close()
    except Exception:  # noqa: BLE001 - a storage of the app's own may say it in any way
        return False
    return True
