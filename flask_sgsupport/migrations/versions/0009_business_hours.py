"""When each queue is at work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import LONG_TEXT, add_column, drop_column

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    add_column("sgsupport_queue", sa.Column("hours", LONG_TEXT, nullable=True))


def downgrade() -> None:
    # What leads wrote is not thrown away: an older release passes by a column it does not know.
    queues = sa.table("sgsupport_queue", sa.column("hours"))
    if op.get_bind().execute(sa.select(sa.literal(1)).where(queues.c.hours.is_not(None)).limit(1)).first() is None:
        drop_column("sgsupport_queue", "hours")
