"""Flask-SGSupport: the support desk a Flask app embeds beside its Flask-Admin.

A host imports from here, and from `flask_sgsupport.signals`, `flask_sgsupport.hooks`, `flask_sgsupport.errors`
and `flask_sgsupport.testing`; everything else may change.
"""

from __future__ import annotations

from .actors import Actor, Membership, Person, Right
from .directory import UserDirectory
from .extension import Support
from .hooks import Account, Activity, Operator, Origin, Routed, Site
from .lifecycle import Status

__all__ = [
    "Account",
    "Activity",
    "Actor",
    "Membership",
    "Operator",
    "Origin",
    "Person",
    "Right",
    "Routed",
    "Site",
    "Status",
    "Support",
    "UserDirectory",
]
__version__ = "0.1.0.dev0"
