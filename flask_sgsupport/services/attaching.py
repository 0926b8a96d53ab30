"""Take files: into the storage before the unit of work, their rows within it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, BinaryIO, cast

from sqlalchemy import insert

from ..actors import Actor
from ..errors import Busy, InvalidInput, SupportError
from ..i18n import format_bytes
from ..i18n import gettext as _
from ..models import Attachment, Message, Ticket, table_of
from ..models.filed import DESK
from ..settings import state
from ..storage import FileTooLarge, LocalStorage, clean_name, content_type
from .limiting import UPLOADS, Limit, spend, spend_again
from .unit import BIND, Unit

log = logging.getLogger("flask_sgsupport.attaching")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes in: any name, any stream."""

    name: str
    stream: IO[bytes]


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that lies in the storage and waits for its row; without one the sweep removes it after a day."""

    name: str
    content_type: str
    size_bytes: int
    sha256: str
    storage_key: str


@contextmanager
def stored(uploads: Sequence[Upload], wrong: Mapping[str, str]) -> Iterator[list[TakenFile]]:
    """Keep the files of one act; where it is refused for sure they are removed again.

    :param wrong: what refuses the act already, by field; it is told together with what is wrong with the files.
    :raises InvalidInput: too many, too large or no room; ``fields["files"]`` names the file.
    """
    try:
        taken = _take_all(uploads)
    except InvalidInput as error:
        raise InvalidInput({**wrong, **error.fields}) from error
    try:
        if wrong:
            raise InvalidInput(wrong)
        yield taken
    except Busy:
        # A commit whose answer was lost may have stored their rows; if not, the sweep removes them.
        raise
    except SupportError:
        _discard(taken)
        raise


def _take_all(uploads: Sequence[Upload]) -> list[TakenFile]:
    host = state()
    limit = host.settings.max_files_per_message
    if len(uploads) > limit:
        raise InvalidInput(
            {
                "files": _(
                    "At most %(limit)s files go with one message; these were %(count)s.",
                    limit=limit,
                    count=len(uploads),
                )
            }
        )
    taken: list[TakenFile] = []
    try:
        for upload in uploads:
            taken.append(_take(upload))
    except BaseException:
        _discard(taken)
        raise
    return taken


def _discard(files: Sequence[TakenFile]) -> None:
    for file in files:
        state().storage.delete(file.storage_key)


def sent_again(actor: Actor, files: Sequence[TakenFile]) -> None:
    """Files of a form that an earlier sending answers: there already, so they go at once, and count as sent.

    :raises LimitReached: there were too many of them before these.
    """
    _discard(files)
    spend_again(_bytes_of(files), actor)


def counting(limit: Limit, files: Sequence[TakenFile] = ()) -> Callable[[Unit], bool]:
    """What counts one act of this kind with its files, for `run`."""
    return partial(spend, {limit: 1, **_bytes_of(files)})


def counting_files(files: Sequence[TakenFile]) -> Callable[[Unit], bool]:
    """What counts files alone, for `run`."""
    return partial(spend, _bytes_of(files))


def _bytes_of(files: Sequence[TakenFile]) -> dict[Limit, int]:
    return {UPLOADS: sum(file.size_bytes for file in files)}


def add_rows(unit: Unit, ticket: Ticket, message: Message, files: Sequence[TakenFile]) -> None:
    """Write the rows of a message's files; ticket and message are flushed already."""
    if files:
        storage = unit.host.storage
        marks = isinstance(storage, LocalStorage) and not storage.marked
        made: Any = insert(table_of(Attachment))
        written = unit.session.execute(
            made.returning(DESK.scalar_subquery()) if marks else made,
            [
                {
                    "key": secrets.token_hex(16),
                    "ticket_pk": ticket.pk,
                    "message_pk": message.pk,
                    "name": file.name,
                    "content_type": file.content_type,
                    "size_bytes": file.size_bytes,
                    "sha256": file.sha256,
                    "storage_key": file.storage_key,
                    "created_at": unit.now,
                }
                for file in files
            ],
            bind_arguments=BIND,
        )
        if marks and (desk := written.scalars().first()):
            storage.mark(desk)


def claim_folder(unit: Unit) -> None:
    """Mark the folder as this desk's before a draft names a file there; see `tidying`."""
    storage = unit.host.storage
    if isinstance(storage, LocalStorage) and not storage.marked and (desk := unit.session.scalar(DESK)):
        storage.mark(desk)


def _take(upload: Upload) -> TakenFile:
    host = state()
    name = clean_name(upload.name)
    try:
        stored = host.storage.save(cast(BinaryIO, upload.stream), max_bytes=host.settings.max_file_bytes)
    except FileTooLarge as error:
        limit = format_bytes(host.settings.max_file_bytes)
        raise InvalidInput(
            {"files": _("%(name)s is larger than %(limit)s. Choose a smaller file.", name=name, limit=limit)}
        ) from error
    except Exception as error:
        # A storage of the app's own may say it in any way.
        log.exception("A file could not be stored")
        why = getattr(error, "strerror", None) or _("storage error")
        raise InvalidInput({"files": _("%(name)s could not be stored: %(why)s.", name=name, why=why)}) from error
    return TakenFile(name, content_type(name), stored.size_bytes, stored.sha256, stored.key)
