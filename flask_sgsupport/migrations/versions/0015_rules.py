"""Rules, and whom they may choose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import (
    LONG_TEXT,
    PK,
    add_column,
    create_table,
    drop_column,
    drop_table_without_rows,
)

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    create_table(
        "sgsupport_rule",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("acts", sa.String(200), nullable=False),
        sa.Column("conditions", LONG_TEXT, nullable=False),
        sa.Column("actions", LONG_TEXT, nullable=False),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_rule")),
        sa.UniqueConstraint("key", name="uq_sgsupport_rule_key"),
        sa.UniqueConstraint("revision", name="uq_sgsupport_rule_revision"),
    )
    # An older release writes agents without them.
    add_column("sgsupport_agent", sa.Column("available", sa.Boolean(), nullable=False, server_default=sa.true()))
    add_column("sgsupport_agent", sa.Column("max_open", sa.Integer(), nullable=True))
    add_column("sgsupport_agent", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in ("turn", "max_open", "available"):
        drop_column("sgsupport_agent", name)
    drop_table_without_rows("sgsupport_rule")
