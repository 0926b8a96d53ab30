"""Macros and canned replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import LONG_TEXT, PK, create_table, drop_table_without_rows

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_table(
        "sgsupport_macro",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("actions", LONG_TEXT, nullable=False),
        sa.Column("queue_pk", PK, nullable=True),
        sa.Column("owner_pk", PK, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_macro")),
        sa.UniqueConstraint("key", name="uq_sgsupport_macro_key"),
        sa.ForeignKeyConstraint(["queue_pk"], ["sgsupport_queue.pk"], name=op.f("fk_sgsupport_macro_queue_pk")),
        sa.ForeignKeyConstraint(["owner_pk"], ["sgsupport_agent.pk"], name=op.f("fk_sgsupport_macro_owner_pk")),
        indexes={"ix_sgsupport_macro_owner": ["owner_pk", "position", "pk"]},
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_macro")
