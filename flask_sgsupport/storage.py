"""Where attached files are kept, under random keys; their names are only data beside them.

A file is stored before the transaction that names its key. What a rollback or a crash leaves behind is found
by ``keys`` and deleted by the sweep.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK_BYTES = 64 * 1024
MAX_NAME_BYTES = 255
_KEY = re.compile(r"[0-9a-f]{32}")
_PARTIAL = ".part"
_MARK = "desk-"
_NO_FOLDERS = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}
"""What a file system says that writes out no folders."""

# Zero width joiners belong to the spelling of some languages; every other format character only misleads.
_KEPT_FORMAT_CHARACTERS = "\u200c\u200d"
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)

_CONTENT_TYPES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eml": "message/rfc822",
    "gif": "image/gif",
    "gz": "application/gzip",
    "heic": "image/heic",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "log": "text/plain",
    "md": "text/plain",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rtf": "application/rtf",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


class FileTooLarge(ValueError):
    """The file is larger than it may be; nothing of it was kept."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"The file is larger than {max_bytes} bytes.")
        self.max_bytes = max_bytes


class FileMissing(LookupError):
    """No file has this key."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file once it is stored."""

    key: str
    size_bytes: int
    sha256: str


class Storage(Protocol):
    """A place for files: a host may bring its own (S3, a database)."""

    def save(self, stream: BinaryIO, *, max_bytes: int) -> StoredFile:
        """Keep what the stream still holds, read piece by piece, under a new key that nobody can guess.

        :raises FileTooLarge: more than ``max_bytes``; at most one piece more was read.
        """

    def open(self, key: str) -> BinaryIO:
        """Open a stored file for reading; the caller closes it.

        :raises FileMissing: no such file, or ``key`` is not a key.
        """

    def delete(self, key: str) -> None:
        """Remove a file; one that is not there is no error."""

    def keys(self, *, older_than: datetime, after: str = "") -> Iterator[str]:
        """List the keys of files last written before a moment, in their order, those of broken-off uploads too.

        :param after: only those that come after this one; a bounded part is read at a time.
        """


class LocalStorage:
    """Files in a folder outside every static folder, readable by this process' user only."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.marked = False
        """Whether this process has seen to it that the folder says whose files are in it."""

    def mark(self, desk: str) -> None:
        """Say, by an empty file, that the files of this desk are in the folder; where it cannot be, saving says why."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / f"{_MARK}{desk}").touch(mode=0o600)
        except OSError:
            return
        self.marked = True

    def marks(self) -> set[str]:
        """The desks whose files are in the folder."""
        return {path.name.removeprefix(_MARK) for path in self.folder.glob(f"{_MARK}*")}

    def save(self, stream: BinaryIO, *, max_bytes: int) -> StoredFile:
        """Keep what the stream still holds; a failure (a full disk, say) leaves nothing behind.

        :raises FileTooLarge: more than ``max_bytes``; at most one byte more was kept in memory.
        :raises OSError: the disk is full or the folder cannot be written.
        """
        key = secrets.token_hex(16)
        path = self._path(key)
        for folder in (self.folder, path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_name(key + _PARTIAL)
        try:
            # Opened and closed inside the try: writing out the last piece on closing is what a full disk fails.
            with open(partial, "xb", opener=_private) as file:
                size_bytes, sha256 = _copy(stream, file, max_bytes=max_bytes)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
            for folder in (path.parent, path.parent.parent, self.folder):
                _write_out(folder)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return StoredFile(key=key, size_bytes=size_bytes, sha256=sha256)

    def open(self, key: str) -> BinaryIO:
        """Open a stored file for reading; the caller closes it.

        :raises FileMissing: no such file, or ``key`` is not a key.
        """
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise FileMissing(key) from None

    def delete(self, key: str) -> None:
        """Remove a file and what a broken-off upload left under its key; one that is not there is no error.

        :raises FileMissing: ``key`` is not a key.
        """
        path = self._path(key)
        path.unlink(missing_ok=True)
        path.with_name(key + _PARTIAL).unlink(missing_ok=True)

    def keys(self, *, older_than: datetime, after: str = "") -> Iterator[str]:
        """List the keys of files last written before a moment, in their order, those of broken-off uploads too.

        :param after: only those that come after this one; folders before it are not opened.
        """
        for key, path in self._files(after):
            if _was_written_before(older_than, path):
                yield key

    def some_keys(self, *, older_than: datetime, after: str, most: int) -> tuple[list[str], str]:
        """List the keys of a part of the files, and the last key of the part: nothing, where it is the last part.

        :param most: at so many files is looked, old or not.
        """
        part = list(islice(self._files(after), most))
        keys = [key for key, path in part if _was_written_before(older_than, path)]
        return keys, part[-1][0] if len(part) == most else ""

    def _files(self, after: str) -> Iterator[tuple[str, Path]]:
        for path in self._paths(after):
            key = path.name.removesuffix(_PARTIAL)
            if key > after and _KEY.fullmatch(key):
                yield key, path

    def _paths(self, after: str) -> Iterator[Path]:
        for first in sorted(self.folder.glob("??")):
            if first.name < after[:2]:
                continue
            for second in sorted(first.glob("??")):
                if first.name + second.name >= after[:4]:
                    yield from sorted(second.glob("*"))

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileMissing(key)
        return self.folder / key[:2] / key[2:4] / key


def _write_out(folder: Path) -> None:
    """See to it that a file's name outlives a loss of power, too; where a system keeps folders otherwise, it does."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in _NO_FOLDERS:
            raise
    finally:
        os.close(opened)


def _was_written_before(moment: datetime, path: Path) -> bool:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and datetime.fromtimestamp(status.st_mtime, UTC) < moment


def clean_name(name: str) -> str:
    """Return a readable file name for showing and downloading, whatever name a file came with.

    Never a path, empty, hidden or reserved on some system, no control or direction-changing characters, at most
    255 bytes; the extension is kept, so that a name cannot pass for another type.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name).rstrip("/\\"))[-1]
    visible = "".join(" " if character.isspace() else character for character in last if _is_shown(character))
    readable = re.sub(r'[<>:"|?*]', "_", " ".join(visible.split())).strip(" .")
    if _RESERVED.match(readable):
        readable = f"_{readable}"
    return _shorten(readable) or "file"


def content_type(name: str) -> str:
    """Return the media type a file is offered as: a harmless one by its extension, otherwise plain bytes.

    Downloads are attachments in either case.
    """
    _stem, dot, extension = name.rpartition(".")
    return _CONTENT_TYPES.get(extension.lower() if dot else "", "application/octet-stream")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _copy(stream: BinaryIO, file: BinaryIO, *, max_bytes: int) -> tuple[int, str]:
    digest = hashlib.sha256()
    size_bytes = 0
    while chunk := stream.read(min(CHUNK_BYTES, max_bytes - size_bytes + 1)):
        size_bytes += len(chunk)
        if size_bytes > max_bytes:
            raise FileTooLarge(max_bytes)
        digest.update(chunk)
        file.write(chunk)
    return size_bytes, digest.hexdigest()


def _is_shown(character: str) -> bool:
    if character in _KEPT_FORMAT_CHARACTERS or character.isspace():
        return True
    # Controls, formats, surrogates and code points that are nobody's.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Cn")


def _shorten(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    ending = dot + extension
    if not stem or len(ending.encode()) > 20:
        stem, ending = name, ""
    kept = stem.encode()[: MAX_NAME_BYTES - len(ending.encode())].decode(errors="ignore")
    return kept.rstrip(" .") + ending
