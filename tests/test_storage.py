"""Files are kept whole or not at all, under keys that are never paths and names that harm nobody."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_sgsupport.storage import FileMissing, FileTooLarge, LocalStorage, Storage, clean_name, content_type

LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store" / "files")


def files_in(storage: LocalStorage) -> list[Path]:
    return [path for path in storage.folder.rglob("*") if path.is_file()]


def test_a_file_comes_back_as_it_was(storage: LocalStorage) -> None:
    content = os.urandom(200_000)
    kept: Storage = storage
    stored = kept.save(io.BytesIO(content), max_bytes=200_000)
    assert stored.size_bytes == 200_000
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    with kept.open(stored.key) as file:
        assert file.read() == content


def test_an_empty_file_is_a_file(storage: LocalStorage) -> None:
    stored = storage.save(io.BytesIO(b""), max_bytes=0)
    assert stored.size_bytes == 0
    with storage.open(stored.key) as file:
        assert file.read() == b""


def test_only_its_user_may_read_it(storage: LocalStorage) -> None:
    before = os.umask(0)
    try:
        storage.save(io.BytesIO(b"x"), max_bytes=1)
    finally:
        os.umask(before)
    [file] = files_in(storage)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (file.parent, file.parent.parent, storage.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_too_large_is_refused_early_and_leaves_nothing(storage: LocalStorage) -> None:
    class Endless(io.RawIOBase):
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= 64 * 1024
            self.read_bytes += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(FileTooLarge) as refused:
        storage.save(stream, max_bytes=150_000)
    assert refused.value.max_bytes == 150_000
    assert stream.read_bytes == 150_001
    assert files_in(storage) == []


def test_a_large_file_is_streamed(storage: LocalStorage) -> None:
    class Zeros(io.RawIOBase):
        left = 20_000_000

        def read(self, size: int = -1) -> bytes:
            taken = min(size, self.left)
            self.left -= taken
            return bytes(taken)

    tracemalloc.start()
    storage.save(Zeros(), max_bytes=20_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_upload_that_breaks_off_leaves_nothing(storage: LocalStorage, error: BaseException) -> None:
    class Breaking(io.RawIOBase):
        pieces = 3

        def read(self, size: int = -1) -> bytes:
            self.pieces -= 1
            if not self.pieces:
                raise error
            return b"x" * size

    with pytest.raises(type(error)):
        storage.save(Breaking(), max_bytes=10_000_000)
    assert files_in(storage) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full is a file of Linux")
def test_a_full_disk_is_said_and_leaves_nothing(storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open
    monkeypatch.setattr("flask_sgsupport.storage._private", lambda path, flags: opened("/dev/full", os.O_WRONLY))
    with pytest.raises(OSError, match="No space left"):
        storage.save(io.BytesIO(b"x" * 10), max_bytes=10)
    assert files_in(storage) == []


def test_content_and_name_are_on_the_disk_before_a_file_is_said_to_be_kept(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def fsync(opened: int) -> None:
        written.append(Path(f"/proc/self/fd/{opened}").resolve())

    monkeypatch.setattr(os, "fsync", fsync)
    stored = storage.save(io.BytesIO(b"content"), max_bytes=100)
    content, *folders = written
    [path] = [one for one in files_in(storage) if one.name == stored.key]
    assert content == path.with_name(f"{stored.key}.part"), "before it has its name"
    assert folders == [path.parent, path.parent.parent, storage.folder]


def test_a_file_system_that_writes_out_no_folders_keeps_files_all_the_same(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(opened: int) -> None:
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError(errno.EINVAL, "no folders here")

    monkeypatch.setattr(os, "fsync", fsync)
    stored = storage.save(io.BytesIO(b"content"), max_bytes=100)
    with storage.open(stored.key) as file:
        assert file.read() == b"content"


def test_a_deleted_file_is_missing_and_deleting_twice_is_no_error(storage: LocalStorage) -> None:
    stored = storage.save(io.BytesIO(b"x"), max_bytes=1)
    storage.delete(stored.key)
    storage.delete(stored.key)
    with pytest.raises(FileMissing):
        storage.open(stored.key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "a" * 31,
        "A" * 32,
        "a" * 33,
        "a" * 32 + "\n",
        "a" * 30 + "/.",
        "é" * 32,
    ],
)
def test_a_key_is_never_a_path(storage: LocalStorage, key: str) -> None:
    with pytest.raises(FileMissing):
        storage.open(key)
    with pytest.raises(FileMissing):
        storage.delete(key)


def test_keys_lists_what_is_older_than_a_moment(storage: LocalStorage) -> None:
    old, new = (storage.save(io.BytesIO(b"x"), max_bytes=1).key for _ in range(2))
    day_ago = datetime.now(UTC) - timedelta(days=1)
    os.utime(storage._path(old), (day_ago.timestamp() - 10,) * 2)
    assert list(storage.keys(older_than=day_ago)) == [old]
    assert set(storage.keys(older_than=LATER)) == {old, new}


def test_keys_come_in_their_order_and_go_on_after_any_of_them(storage: LocalStorage) -> None:
    keys = sorted(storage.save(io.BytesIO(b"x"), max_bytes=1).key for _ in range(20))
    assert list(storage.keys(older_than=LATER)) == keys
    for place, key in enumerate(keys):
        assert list(storage.keys(older_than=LATER, after=key)) == keys[place + 1 :]


def test_what_a_killed_upload_left_is_listed_and_deleted(storage: LocalStorage) -> None:
    stored = storage.save(io.BytesIO(b"x"), max_bytes=1)
    path = storage._path(stored.key)
    path.rename(path.with_name(path.name + ".part"))
    with pytest.raises(FileMissing):
        storage.open(stored.key)
    assert list(storage.keys(older_than=LATER)) == [stored.key]
    storage.delete(stored.key)
    assert files_in(storage) == []


def test_keys_passes_over_what_is_not_ours(storage: LocalStorage) -> None:
    assert list(storage.keys(older_than=LATER)) == []
    foreign = storage.folder / "ab" / "cd"
    foreign.mkdir(parents=True)
    (foreign / "README").touch()
    (foreign / ("a" * 32)).symlink_to("/etc/passwd")
    assert list(storage.keys(older_than=LATER)) == []


def test_many_uploads_at_once_are_all_kept(storage: LocalStorage) -> None:
    keys: list[str] = []
    threads = [
        threading.Thread(target=lambda: keys.append(storage.save(io.BytesIO(b"x"), max_bytes=1).key)) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(storage.keys(older_than=LATER)) == set(keys)
    assert len(set(keys)) == 20


NAMES = {
    "report.pdf": "report.pdf",
    "Übersicht März.PDF": "Übersicht März.PDF",
    "Cafe\u0301.txt": "Café.txt",
    "写真 1.png": "写真 1.png",
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\system.ini": "system.ini",
    "/etc/shadow": "shadow",
    "C:\\Users\\me\\a.txt": "a.txt",
    "folder/": "folder",
    "folder/..": "file",
    "a\x00.png": "a.png",
    "a\r\nSet-Cookie: x=1.txt": "a Set-Cookie_ x=1.txt",
    "a\tb\x0bc.txt": "a b c.txt",
    "a\u2028b\u2029c\x85d.txt": "a b c d.txt",
    "invoice\u202egnp.exe": "invoicegnp.exe",
    "\u2066a\u2069\u200f\ufeff.txt": "a.txt",
    "می\u200cخواهم.txt": "می\u200cخواهم.txt",
    "\x1b[31mred.txt": "[31mred.txt",
    "": "file",
    " ": "file",
    ".": "file",
    "..": "file",
    "...": "file",
    "\x00": "file",
    "\u202e": "file",
    ".htaccess": "htaccess",
    "name.": "name",
    "name. . ": "name",
    "  a   b  .txt  ": "a b .txt",
    "CON": "_CON",
    "con.txt": "_con.txt",
    "nul .txt": "_nul .txt",
    "Lpt1.log": "_Lpt1.log",
    "COM¹.txt": "_COM¹.txt",
    "console.log": "console.log",
    "a:b.txt": "a_b.txt",
    'a"b".txt': "a_b_.txt",
    "a<b>|?*.txt": "a_b____.txt",
    "<script>alert(1)</script>.png": "script_.png",
    "<img src=x onerror=alert(1)>.png": "_img src=x onerror=alert(1)_.png",
    "a;b,c'd%22.txt": "a;b,c'd%22.txt",
    "%2e%2e%2fetc": "%2e%2e%2fetc",
    "{{ 7*7 }}.txt": "{{ 7_7 }}.txt",
    "=HYPERLINK(1).csv": "=HYPERLINK(1).csv",
    "a\ud800b.txt": "ab.txt",
    "😀.gif": "😀.gif",
}


@pytest.mark.parametrize(("hostile", "readable"), NAMES.items())
def test_a_hostile_name_becomes_a_readable_one(hostile: str, readable: str) -> None:
    assert clean_name(hostile) == readable


@pytest.mark.parametrize("stem", ["x" * 400, "ß" * 400, "😀" * 200, "x." * 300])
def test_a_long_name_is_cut_before_its_extension(stem: str) -> None:
    name = clean_name(stem + ".tar.gz")
    assert name.endswith("gz")
    assert name.rpartition(".")[0]
    assert len(name.encode()) <= 255


def test_an_extension_too_long_to_be_one_is_cut() -> None:
    assert clean_name("a." + "x" * 400) == "a." + "x" * 253


@given(st.text(max_size=600))
def test_any_name_is_safe_and_stays_as_it_is_when_cleaned_again(name: str) -> None:
    cleaned = clean_name(name)
    assert 0 < len(cleaned.encode()) <= 255
    assert not set(cleaned) & set('/\\\x00\r\n\u202e\u2028:"')
    assert not cleaned.startswith(".")
    assert cleaned.isprintable() or set(cleaned) & set("\u200c\u200d") or any("\ue000" <= c for c in cleaned)
    assert clean_name(cleaned) == cleaned


@pytest.mark.parametrize(
    ("name", "offered_as"),
    [
        ("a.PNG", "image/png"),
        ("a.b.pdf", "application/pdf"),
        ("a.txt", "text/plain"),
        ("a.html", "application/octet-stream"),
        ("a.svg", "application/octet-stream"),
        ("a.xhtml", "application/octet-stream"),
        ("a.xml", "application/octet-stream"),
        ("a.js", "application/octet-stream"),
        ("a.png.exe", "application/octet-stream"),
        ("png", "application/octet-stream"),
        ("noextension", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_only_harmless_types_are_offered(name: str, offered_as: str) -> None:
    assert content_type(name) == offered_as
