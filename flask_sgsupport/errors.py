"""Every error a caller may meet: the sentence a person reads, a stable code and an HTTP status.

::

    SupportError
    ├── ConfigurationError   the host wrote something the extension cannot work with
    ├── NotReady             the tables are not there, or are older than the code
    ├── NotFound             no such thing for this actor
    ├── NotAllowed           the actor may not do this
    ├── TransitionRefused    the lifecycle does not allow it now
    ├── StaleTicket          somebody changed the same thing in the meantime
    ├── AlreadySaid          the same person has just sent the same words
    ├── InvalidInput         what was sent cannot be taken; ``fields`` says where
    ├── LimitReached         the person did it too often; it goes on later
    ├── Vetoed               a receiver of a before-signal said no
    ├── Refused              a button of the host says that it cannot be done
    └── Busy                 the database could not do it now; nothing was changed
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class SupportError(Exception):
    """Base of all; ``str(error)`` is the sentence shown to the person who asked."""

    code = "error"
    http_status = 400
    retry_after_seconds: int | None = None
    """When trying again makes sense; not set where waiting changes nothing."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ConfigurationError(SupportError):
    """Raised at start-up, or by the first page or call that meets it; its sentence says what to write instead."""

    code = "configuration"
    http_status = 500


class NotReady(SupportError):
    """The tables of the desk are missing or behind; the sentence names the command to run."""

    code = "not_ready"
    http_status = 503
    retry_after_seconds = 5


class NotFound(SupportError):
    """No such thing for this actor. What belongs to another account is told apart from nothing by nobody."""

    code = "not_found"
    http_status = 404


class NotAllowed(SupportError):
    """The actor lacks a right; the sentence says who can grant it."""

    code = "not_allowed"
    http_status = 403


class TransitionRefused(SupportError):
    """The state machine says no; the sentence says what is possible now, and when.

    :param merged_into: number of the ticket it has become a part of, where that is why.
    :param other: number of a ticket with which it may be possible instead.
    """

    code = "transition_refused"
    http_status = 409

    def __init__(self, sentence: str, *, merged_into: str = "", other: str = "") -> None:
        super().__init__(sentence)
        self.merged_into = merged_into
        self.other = other


class StaleTicket(SupportError):
    """Somebody changed the same field since the page was shown.

    :param changes: one sentence for each change the caller has not seen, oldest first.
    """

    code = "stale_ticket"
    http_status = 409

    def __init__(self, sentence: str, changes: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.changes = tuple(changes)


class AlreadySaid(SupportError):
    """The same words came from the same person a moment ago, by another form: most likely the back button.

    :param ticket_id: where they stand.
    :param message: key of the message; a form whose text begins with it was shown after it and says them again.
    """

    code = "already_said"
    http_status = 409

    def __init__(self, sentence: str, *, ticket_id: str, message: str) -> None:
        super().__init__(sentence)
        self.ticket_id = ticket_id
        self.message = message


class InvalidInput(SupportError):
    """What was sent cannot be taken.

    :param fields: name of the field to the sentence shown beside it.
    """

    code = "invalid_input"
    http_status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = dict(fields)


class LimitReached(SupportError):
    """Somebody did something more often than one person may; the sentence says when it goes on.

    :param retry_after_seconds: until then.
    """

    code = "limit_reached"
    http_status = 429

    def __init__(self, sentence: str, *, retry_after_seconds: int) -> None:
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds


class Vetoed(SupportError):
    """Raised by a receiver of a before-signal; its sentence is shown to the person who acted."""

    code = "vetoed"
    http_status = 409


class Refused(SupportError):
    """Raised by the function of a host's button that cannot do it; its sentence is shown and stands in the history."""

    code = "refused"
    http_status = 409


class Busy(SupportError):
    """The database was locked or gone; nothing was changed, trying again is safe."""

    code = "busy"
    http_status = 503
    retry_after_seconds = 5
