"""Files of any name and size: never a path, never too much, always a download somebody can read the name of."""

from __future__ import annotations

import io
import os
import re
import select as sockets
import socket
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from flask_sgsupport.models import Attachment
from flask_sgsupport.services import opening
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.storage import CHUNK_BYTES, clean_name
from tests.corpus import load
from tests.proof.page import Figure, Rounds
from tests.world import Host, OpenTicket, build_host, dispose, populate

NAMES = load("file_names")
ROOT = Path(__file__).parents[1]
MEGABYTE = 1024 * 1024
PIXELS = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xc3P\0\0\xc3P\x08\x06\0\0\0"
"""The head of a picture of fifty thousand pixels square."""
needs_proc = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux to tell memory")


def tree(folder: Path) -> set[Path]:
    """Every file below a folder."""
    return {path for path in folder.rglob("*") if path.is_file()}


def form(*files: tuple[bytes, str], **fields: str) -> MultiDict[str, Any]:
    """A form with files."""
    typed: MultiDict[str, Any] = MultiDict({"subject": "With files", "body": "See the files."} | fields)
    for data, name in files:
        typed.add("files", FileStorage(io.BytesIO(data), name))
    return typed


def offered_as(disposition: str) -> str:
    """The name of a download as RFC 6266 reads it."""
    assert disposition.isascii()
    assert disposition.startswith("attachment; ")
    if extended := re.search(r"filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+)$", disposition):
        return unquote(extended.group(1))
    plain = re.search(r"filename=(?:\"([^\"]*)\"|([^\s;\"]+))$", disposition)
    assert plain, disposition
    return plain.group(1) or plain.group(2)


def send(client: FlaskClient, *files: tuple[bytes, str], **fields: str) -> TestResponse:
    """Open a ticket with files; encoded here, since the client would leave a large body in an open file."""
    boundary, body = encode_multipart(form(*files, **fields), "----boundary")
    return client.post("/support/open", data=body, content_type=f"multipart/form-data; boundary={boundary}")


@pytest.mark.guarantee(
    "S5.1a Names are never paths",
    "Files of hostile names are stored under keys of our own, unreadable to others, and come back as downloads "
    "under a readable name.",
)
def test_names_are_never_paths_and_every_file_comes_back_under_a_readable_one(
    host: Host, tmp_path: Path, figure: Figure
) -> None:
    before = tree(tmp_path.parent)
    store = tmp_path / "files"
    with host.app.app_context():
        for start in range(0, len(NAMES), 10):
            some = NAMES[start : start + 10]
            files = [Upload(name, io.BytesIO(name.encode("utf-8", "replace"))) for name in some]
            opening.open_ticket(host.customer("jerome"), subject=f"Files {start}", body="See them.", files=files)
        rows = list(host.db.session.execute(select(Attachment.key, Attachment.name).order_by(Attachment.pk)))
    assert [row.name for row in rows] == [clean_name(name) for name in NAMES]
    for path in tree(tmp_path.parent) - before:
        assert path.is_relative_to(store), path
        assert re.fullmatch(r"[0-9a-f]{32}", path.name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    static = Path(host.app.static_folder or "")
    assert not store.is_relative_to(static)

    client = host.client("jerome")
    for (key, name), original in zip(rows, NAMES, strict=True):
        answer = client.get(f"/support/files/{key}")
        assert answer.status_code == 200, name
        assert answer.data == original.encode("utf-8", "replace")
        answer.close()
        headers = answer.headers
        assert offered_as(headers["Content-Disposition"]) == name
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert not re.search(r"html|xml|svg|script", headers["Content-Type"]), name
        assert name.strip(" .")
        assert not re.search(r'[/\\<>:"|?*\x00-\x1f\u202a-\u202e\u2066-\u2069]', name)
    page = client.get("/support/tickets/TKT-2026-00001").text
    assert "<script>alert" not in page
    figure(f"{len(NAMES)} names, 0 files outside the store, all downloaded")


@pytest.mark.guarantee(
    "S5.1b Names from a form",
    "The same names sent by a browser's form are kept as from Python.",
)
def test_names_from_a_form_are_the_same_as_from_python(host: Host, figure: Figure) -> None:
    client = host.client("jerome")
    # What clients write otherwise into a header: quotes, line ends, what is no character.
    sent = [
        name
        for name in NAMES
        if "\x00" not in name and "%22" not in name and not re.search(r"[\r\n\"\\\ud800-\udfff]", name)
    ]
    for place in range(0, len(sent), 10):
        files = [(b"x", name) for name in sent[place : place + 10]]
        answer = send(client, *files, subject=f"Form {place}")
        assert answer.status_code == 302, answer.text
    with host.app.app_context():
        kept = list(host.db.session.scalars(select(Attachment.name).order_by(Attachment.pk)))
    # An input in which nothing was chosen sends a file without a name.
    assert kept == [clean_name(name) for name in sent if name]
    figure(f"{len(kept)} names")


@pytest.mark.guarantee(
    "S5.1c No key is a path",
    "Addresses of files that look like paths find nothing.",
)
def test_no_key_is_a_path(host: Host, open_ticket: OpenTicket, figure: Figure) -> None:
    open_ticket(files=[("a.txt", b"x")])
    for client in (host.client("jerome"), host.client("grace")):
        for key in ("../../etc/passwd", "..", "%2e%2e", "\x00", "a" * 4000, "files", "'", "{{7*7}}"):
            for path in ("/support/files/", "/admin/support/files/"):
                assert client.get(path + quote(key, safe="")).status_code in {308, 403, 404}
    figure("8 keys, 0 found")


@pytest.mark.guarantee(
    "S5.2a Limits of files",
    "Size, number and request have limits; what is refused leaves nothing in the store and is named.",
)
# Werkzeug leaves the temporary file of a form it breaks off to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning")
def test_size_count_and_request_have_limits_and_a_refusal_leaves_nothing(
    database_url: str, tmp_path: Path, figure: Figure
) -> None:
    host = build_host(database_url, tmp_path, SGSUPPORT_MAX_FILE_BYTES=1000, SGSUPPORT_MAX_FILES_PER_MESSAGE=3)
    populate(host)
    try:
        client = host.client("jerome")

        def sent(*files: tuple[bytes, str], **fields: str) -> int:
            return send(client, *files, **fields).status_code

        assert sent((b"x" * 1000, "a.txt"), (b"", "empty.txt"), (b"y", "b.txt"), subject="At the limit") == 302
        kept = tree(tmp_path / "files")
        assert len(kept) == 3
        assert sent((b"x" * 1001, "a.txt")) == 422
        assert sent((b"x" * 10, "small.txt"), (b"x" * 1001, "large.txt")) == 422
        assert sent(*[(b"x", f"{n}.txt") for n in range(4)]) == 422
        assert sent((b"x" * (1000 * 3 + 1_000_001), "huge.bin")) == 413
        assert sent((b"x", "a.txt"), body="x" * 1_200_000) in {413, 422}
        assert sent((b"x", "a.txt"), subject="") == 422
        answer = send(client, (b"x" * 1001, "../<b>.txt"))
        assert "_b_.txt is larger than" in answer.text, answer.text
        assert "<b>.txt" not in answer.text
        assert tree(tmp_path / "files") == kept
    finally:
        dispose(host)
    figure("7 refused, 0 bytes left")


def bomb(megabytes: int) -> bytes:
    """An archive of zeros."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("../../evil", "w") as inside:
        for _ in range(megabytes):
            inside.write(b"\0" * MEGABYTE)
    return packed.getvalue()


@pytest.mark.guarantee(
    "S5.2b Archives and pictures are bytes",
    "An archive of zeros and a picture of fifty thousand pixels square are stored as they are and never opened.",
)
def test_an_archive_is_bytes_and_never_unpacked(host: Host, tmp_path: Path, figure: Figure, rounds: Rounds) -> None:
    megabytes = rounds(100, 500)
    zeros = bomb(megabytes)
    files = [(zeros, "bomb.zip"), (PIXELS, "50000x50000.png")]
    answer = send(host.client("jerome"), *files)
    assert answer.status_code == 302
    sizes = sorted(path.stat().st_size for path in tree(tmp_path / "files"))
    assert sizes == sorted(len(data) for data, _ in files)
    figure(f"2 stored at their size, one of them {megabytes} MB of zeros in {len(zeros):,} bytes")


PROBE = """
import io, os, resource, sys, threading, http.client, time
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler
from werkzeug.serving import make_server
from tests.world import build_host, populate

folder, megabytes = Path(sys.argv[1]), int(sys.argv[2])
host = build_host(f"sqlite:///{folder}/desk.sqlite", folder, SGSUPPORT_MAX_FILE_BYTES=600_000_000,
                  SGSUPPORT_MAX_FILES_PER_MESSAGE=1, SGSUPPORT_UPLOAD_BYTES_PER_HOUR=None)
populate(host)
import logging; logging.getLogger("werkzeug").disabled = True
server = make_server("127.0.0.1", 0, host.app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
cookie = host.client("jerome").get_cookie("session").value
MEGABYTE = b"x" * (1024 * 1024)

def rise():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024

def ask(method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(method, path, body=body, headers={"Cookie": f"session={cookie}"} | (headers or {}))
    return connection, connection.getresponse()

def parts(size):
    head = b""
    for name, value in (("subject", f"Large {size}"), ("body", "See the file.")):
        head += f'--B\\r\\nContent-Disposition: form-data; name="{name}"\\r\\n\\r\\n{value}\\r\\n'.encode()
    head += b'--B\\r\\nContent-Disposition: form-data; name="files"; filename="large.bin"\\r\\n'
    head += b"Content-Type: application/octet-stream\\r\\n\\r\\n"
    tail = b"\\r\\n--B--\\r\\n"
    def pieces():
        yield head
        for _ in range(size):
            yield MEGABYTE
        yield tail
    return pieces(), len(head) + size * len(MEGABYTE) + len(tail)

def upload(size):
    body, length = parts(size)
    headers = {"Content-Type": "multipart/form-data; boundary=B", "Content-Length": str(length)}
    connection, answer = ask("POST", "/support/open", body, headers)
    answer.read()
    connection.close()
    return answer.status

ask("GET", "/support/open")[1].read()
assert upload(1) == 302
before = rise()
began = time.monotonic()
assert upload(megabytes) == 302
uploaded, seconds = rise() - before, time.monotonic() - began

from sqlalchemy import select
from flask_sgsupport.models import Attachment
with host.app.app_context():
    key = host.db.session.scalars(select(Attachment.key).order_by(Attachment.size_bytes.desc())).first()
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")
before = rise()
connection, answer = ask("GET", f"/support/files/{key}")
got = 0
while piece := answer.read(65536):
    got += len(piece)
assert got == megabytes * len(MEGABYTE), got
downloaded = rise() - before
modes = {oct(path.stat().st_mode & 0o777) for path in (folder / "files").rglob("*") if path.is_file()}
print(uploaded, downloaded, sorted(modes))
"""


SERVER = """
import logging, sys
from pathlib import Path
from werkzeug.serving import make_server
from tests.world import build_host, populate

folder, files = Path(sys.argv[1]), int(sys.argv[2])
host = build_host(f"sqlite:///{folder}/desk.sqlite", folder, SGSUPPORT_MAX_FILE_BYTES=20 * 1024 * 1024,
                  SGSUPPORT_MAX_FILES_PER_MESSAGE=files, SGSUPPORT_UPLOAD_BYTES_PER_HOUR=None)
populate(host)
logging.getLogger("werkzeug").disabled = True
server = make_server("127.0.0.1", 0, host.app, threaded=True)
print(server.port, host.client("jerome").get_cookie("session").value, flush=True)
server.serve_forever()
"""
LIMIT = 20 * MEGABYTE
ROOM = 50 + 2 * CHUNK_BYTES / MEGABYTE
"""Megabytes by which memory may rise."""
BEGIN = (
    b'--B\r\nContent-Disposition: form-data; name="subject"\r\n\r\nLarge\r\n'
    b'--B\r\nContent-Disposition: form-data; name="body"\r\n\r\nSee it.\r\n'
    b'--B\r\nContent-Disposition: form-data; name="files"; filename="large.bin"\r\n\r\n'
)
END = b"\r\n--B--\r\n"


@dataclass
class Served:
    """A desk in a server process of its own, where a file may have twenty megabytes."""

    process: subprocess.Popen[str]
    folder: Path
    port: int
    cookie: str
    files: int
    """How many a form may have."""

    def memory(self, name: str) -> float:
        """Megabytes: VmRSS now, VmHWM at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name)) / 1024

    def disk(self) -> int:
        """Bytes of everything in its folders, and of what it has open without a name."""
        opened = []
        for one in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with suppress(OSError):
                if "(deleted)" in str(one.readlink()):
                    opened.append(one.stat().st_size)
        kept = [path for path in tree(self.folder) if not path.name.startswith("desk.sqlite")]
        return sum(opened) + sum(path.stat().st_size for path in kept)

    def send(self, pieces: Iterable[bytes], *, length: int | None) -> tuple[int, float, float]:
        """Send a form until it is answered: the status, seconds from the byte too much, rise of memory in megabytes.

        :param length: what the form says of its length; ``None``: it comes in chunks. Where it is more than the form
            may have, that is what is too much; else it is the last byte, behind which the file is known.
        """
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", "utf-8")
        before, sent = self.memory("VmRSS"), 0
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            says = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
            head = ["POST /support/open HTTP/1.1", "Host: localhost", f"Cookie: session={self.cookie}", says]
            head += ["Content-Type: multipart/form-data; boundary=B", "Connection: close", "", ""]
            connection.sendall("\r\n".join(head).encode())
            since, passed = time.monotonic(), False
            for piece in pieces if length is not None else chain(pieces, [b""]):
                if sockets.select([connection], [], [], 0)[0]:
                    break
                connection.sendall(piece if length is not None else b"%x\r\n%b\r\n" % (len(piece), piece))
                sent += len(piece)
                if length is None and not passed and sent > self.most:
                    since, passed = time.monotonic(), True
                elif length is not None and length <= self.most:
                    since = time.monotonic()
            status = int(connection.recv(65536).split()[1])
            seconds = time.monotonic() - since
            # The server reads on for as long as something may come.
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        return status, seconds, self.memory("VmHWM") - before

    @property
    def most(self) -> int:
        """Bytes of a form."""
        return LIMIT * self.files + 1_000_000


@contextmanager
def serving(folder: Path, files: int) -> Iterator[Served]:
    """A server in a process of its own, whose temporary files are in its folder."""
    folder.mkdir()
    command = [sys.executable, "-c", SERVER, str(folder), str(files)]
    environment = os.environ | {"TMPDIR": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port, cookie = process.stdout.readline().split()
            served = Served(process, folder, int(port), cookie, files)
            # What is imported and compiled for the first forms is no part of a later one.
            for subject, length, status in ((b"", 0, 422), (b"First", 0, 302), (b"Second", None, 302)):
                small = BEGIN.replace(b"Large", subject) + b"x" + END
                assert served.send([small], length=None if length is None else len(small))[0] == status
            yield served
        finally:
            process.terminate()


REFUSED = {
    "length said": (1, True, 413),
    "in chunks": (1, False, 413),
    "one file of a form that may be longer": (40, True, 422),
}
"""How many files a form may have, whether it says how long it is, and the answer to one that is too large."""


@pytest.mark.guarantee(
    "S5.2d Refusals cost nothing",
    "Hundreds of megabytes sent to a real server where twenty may be: refused within a second of the byte too much, "
    "where only one of its files is too large of the last byte of the form, with memory that hardly rises and not a "
    "byte left on the disk.",
)
@needs_proc
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", REFUSED)
def test_a_refusal_costs_neither_memory_nor_disk_nor_time(
    tmp_path: Path, figure: Figure, rounds: Rounds, way: str
) -> None:
    files, says_length, expected = REFUSED[way]
    megabytes, piece = rounds(100, 500), b"x" * MEGABYTE
    with serving(tmp_path / "served", files) as served:
        disk = served.disk()
        pieces = chain([BEGIN], repeat(piece, megabytes), [END])
        length = len(BEGIN) + megabytes * MEGABYTE + len(END)
        status, seconds, risen = served.send(pieces, length=length if says_length else None)
        assert status == expected
        assert seconds <= 1
        assert risen <= ROOM
        until = time.monotonic() + 5
        while (left := served.disk() - disk) and time.monotonic() < until:
            time.sleep(0.05)
        assert left == 0
    figure(f"{megabytes} MB: {status} after {seconds:.2f} s, memory rose by {risen:.1f} MB, 0 bytes left")


@pytest.mark.guarantee(
    "S5.2e Nothing is opened",
    "An archive that would unpack to hundreds of megabytes and a picture that says it has fifty thousand pixels "
    "square, sent to a real server: kept at their size within a second, with memory that hardly rises.",
)
@needs_proc
@pytest.mark.parametrize("what", ["archive", "picture"])
def test_what_would_be_large_if_it_were_opened_costs_no_memory(
    tmp_path: Path, figure: Figure, rounds: Rounds, what: str
) -> None:
    megabytes = rounds(100, 500)
    data = bomb(megabytes) if what == "archive" else PIXELS
    with serving(tmp_path / "served", 1) as served:
        before = tree(served.folder / "files")
        status, seconds, risen = served.send([BEGIN + data + END], length=len(BEGIN) + len(data) + len(END))
        assert status == 302
        [kept] = tree(served.folder / "files") - before
        assert kept.read_bytes() == data
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert seconds <= 1
        assert risen <= ROOM
    said = f"{megabytes} MB of zeros in {len(data):,} bytes" if what == "archive" else f"{len(data)} bytes of a head"
    figure(f"{said}: kept as they are after {seconds:.2f} s, memory rose by {risen:.1f} MB")


@pytest.mark.guarantee(
    "S5.4 Files are streamed",
    "A file of hundreds of megabytes is uploaded and downloaded again by a real server without standing in its memory.",
)
@needs_proc
@pytest.mark.timeout(900)
def test_hundreds_of_megabytes_pass_through_without_standing_in_memory(
    tmp_path: Path, figure: Figure, rounds: Rounds
) -> None:
    megabytes = rounds(200, 500)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path), str(megabytes)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    uploaded, downloaded, modes = done.stdout.split(maxsplit=2)
    assert float(uploaded) <= 50, done.stdout
    assert float(downloaded) <= 20, done.stdout
    assert modes.strip() == "['0o600']"
    figure(f"{megabytes} MB: memory rose by {uploaded} MB up, {downloaded} MB down")


@pytest.mark.guarantee(
    "S5.2c Twenty megabytes",
    "A file at the limit is taken, one byte more is refused and leaves nothing.",
)
@pytest.mark.parametrize(("limit", "status"), [(20 * MEGABYTE, 302), (20 * MEGABYTE - 1, 422)])
def test_twenty_megabytes_are_taken_or_refused_by_the_setting(
    database_url: str, tmp_path: Path, limit: int, status: int, figure: Figure
) -> None:
    host = build_host(database_url, tmp_path, SGSUPPORT_MAX_FILE_BYTES=limit)
    populate(host)
    try:
        answer = send(host.client("jerome"), (b"x" * (20 * MEGABYTE), "large.bin"))
        assert answer.status_code == status
        assert len(tree(tmp_path / "files")) == (status == 302)
    finally:
        dispose(host)
    figure(f"limit of {limit:,} bytes: {status}")
