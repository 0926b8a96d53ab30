"""Saved views of the inbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import LONG_TEXT, PK, create_table, drop_table_without_rows

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    create_table(
        "sgsupport_saved_view",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("owner_pk", PK, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("filters", LONG_TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_saved_view")),
        sa.UniqueConstraint("key", name="uq_sgsupport_saved_view_key"),
        sa.ForeignKeyConstraint(["owner_pk"], ["sgsupport_agent.pk"], name=op.f("fk_sgsupport_saved_view_owner_pk")),
        indexes={
            "ix_sgsupport_saved_view_owner": ["owner_pk", "position", "pk"],
            "ix_sgsupport_saved_view_shared": ["shared", "position", "pk"],
        },
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_saved_view")
