"""Files that people of the demo attach: small, made in code, and what their names say."""

from __future__ import annotations

import random
import struct
import zlib

WIDTH, HEIGHT = 480, 300
GROUND, BAR, LINE, ACCENT, ALARM = (246, 247, 249), (34, 43, 56), (197, 204, 214), (31, 95, 191), (179, 38, 30)

CONSOLE = """[Error] Failed to load resource: the server responded with a status of 502 (theme.js, line 0)
[Warning] The resource https://{site}/fonts/inter.woff2 was preloaded but not used within a few seconds.
[Error] TypeError: undefined is not an object (evaluating 'cart.lines.map')
    renderCart (cart.js:118)
    onReady (cart.js:9)
"""
DNS_RECORDS = """{site}.            3600  IN  A      192.0.2.14
www.{site}.        3600  IN  CNAME  shops.canvas.example.
{site}.            3600  IN  MX     10 mail.{site}.
{site}.            3600  IN  TXT    "v=spf1 include:_spf.canvas.example -all"
"""


def file_named(name: str, rng: random.Random, site: str) -> bytes:
    """The content of one of the files a plan names."""
    if name.endswith(".png"):
        return _screenshot(rng)
    if name.endswith(".csv"):
        return _table(rng)
    return (DNS_RECORDS if name.startswith("dns") else CONSOLE).format(site=site).encode()


def _table(rng: random.Random) -> bytes:
    rows = [
        f"{rng.randint(20100, 48999)},{rng.randint(1, 28):02}.10.2026,{rng.randint(9, 480)}.{rng.choice(('00', '50'))}"
        for _ in range(24)
    ]
    return "\n".join(["order,date,amount", *rows, ""]).encode()


def _screenshot(rng: random.Random) -> bytes:
    """A page as seen from afar: a bar, lines of text, a picture, and something red that should not be there."""
    pixels = [[GROUND] * WIDTH for _ in range(HEIGHT)]

    def fill(left: int, top: int, width: int, height: int, colour: tuple[int, int, int]) -> None:
        for row in pixels[top : top + height]:
            row[left : left + width] = [colour] * len(row[left : left + width])

    fill(0, 0, WIDTH, 32, BAR)
    fill(16, 11, 90, 10, ACCENT)
    fill(24, 56, 180, 150, LINE)
    for number in range(rng.randint(5, 8)):
        fill(228, 60 + 20 * number, rng.randint(90, 220), 8, LINE)
    fill(228, 240, 120, 28, ACCENT)
    fill(24, 226, rng.randint(120, 180), 12, ALARM)
    raw = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in pixels)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(raw, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
