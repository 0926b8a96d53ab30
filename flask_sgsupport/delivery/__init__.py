"""Channels that carry a delivery to somebody: a delivery goes in, an outcome comes out; no session, no writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt.

    :param kind: ``sent``; ``retry``: later it may go; ``failed``: this recipient or message never will;
        ``channel_failed``: the sender's side is wrong (address or login refused, a server that does not answer), so it
        concerns the whole channel; later it may go.
    :param code: what the server answered, if it did.
    :param reason: one line for people, at most 500 characters, without control characters or credentials.
    :param single: a ``channel_failed`` in the midst of a mail, after the server let us in and with no other broken off
        right before it: at its first try it says nothing of the channel yet.
    """

    kind: Literal["sent", "retry", "failed", "channel_failed"]
    code: int | None = None
    reason: str = ""
    single: bool = False
