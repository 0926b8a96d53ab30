"""By when tickets are to be answered and solved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import PK, create_table, drop_table_without_rows

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    create_table(
        "sgsupport_target",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("queue_pk", PK, nullable=True),
        sa.Column("priority", sa.String(10), nullable=False),
        sa.Column("plan", sa.String(100), nullable=False),
        sa.Column("response_minutes", sa.Integer(), nullable=True),
        sa.Column("next_response_minutes", sa.Integer(), nullable=True),
        sa.Column("resolution_minutes", sa.Integer(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_target")),
        sa.UniqueConstraint("key", name="uq_sgsupport_target_key"),
        sa.ForeignKeyConstraint(["queue_pk"], ["sgsupport_queue.pk"], name=op.f("fk_sgsupport_target_queue_pk")),
        indexes={"ix_sgsupport_target_weight": ["active", "weight"]},
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_target")
