"""Run by Alembic for every command; the connection, its lock and its transaction are the caller's."""

from __future__ import annotations

from alembic import context

from flask_sgsupport.migrations.runner import ENVIRONMENT

context.configure(connection=context.config.attributes["connection"], **ENVIRONMENT)
context.run_migrations()
