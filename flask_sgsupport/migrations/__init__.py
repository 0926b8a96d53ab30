"""The desk's own schema history, beside the host's: upgraded by one command, never by itself at start-up."""

from __future__ import annotations

from .runner import Status, current, downgrade, status, uninstall, upgrade

__all__ = ["Status", "current", "downgrade", "status", "uninstall", "upgrade"]
