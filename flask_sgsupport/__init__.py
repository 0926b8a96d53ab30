"""Flask-SGSupport: the support desk a Flask app embeds beside its Flask-Admin.

A host imports from here, and from `flask_sgsupport.signals`, `flask_sgsupport.hooks`, `flask_sgsupport.errors`
and `flask_sgsupport.testing`; everything else may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .actors import Actor, Membership, Person, Right
    from .directory import UserDirectory
    from .extension import Support
    from .hooks import Account, Activity, ButtonTicket, Operator, Origin, Routed, Site, Subject, TargetFacts, Targets
    from .lifecycle import Status

__all__ = [
    "Account",
    "Activity",
    "Actor",
    "ButtonTicket",
    "Membership",
    "Operator",
    "Origin",
    "Person",
    "Right",
    "Routed",
    "Site",
    "Status",
    "Subject",
    "Support",
    "TargetFacts",
    "Targets",
    "UserDirectory",
]
__version__ = "0.1.0"

if not TYPE_CHECKING:
    # Names are imported when asked for: pytest loads `testing` from here for every host, also for those without a desk.
    _ROOMS = {
        "actors": ("Actor", "Membership", "Person", "Right"),
        "directory": ("UserDirectory",),
        "extension": ("Support",),
        "hooks": (
            "Account",
            "Activity",
            "ButtonTicket",
            "Operator",
            "Origin",
            "Routed",
            "Site",
            "Subject",
            "TargetFacts",
            "Targets",
        ),
        "lifecycle": ("Status",),
    }

    def __getattr__(name: str) -> Any:
        for room, names in _ROOMS.items():
            if name in names:
                return getattr(import_module(f".{room}", __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
