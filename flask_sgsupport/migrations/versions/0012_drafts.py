"""What agents have written and not sent, and replies that can still be taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import LONG_TEXT, MOMENT, PK, create_table, drop_table_without_rows

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    create_table(
        "sgsupport_draft",
        sa.Column("pk", PK, nullable=False),
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(64), nullable=True),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("send_at", MOMENT, nullable=True),
        sa.Column("sends", LONG_TEXT, nullable=True),
        sa.Column("files", LONG_TEXT, nullable=True),
        sa.Column("unsent", LONG_TEXT, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_draft")),
        sa.UniqueConstraint("ticket_pk", "host_id", "kind", name="uq_sgsupport_draft_ticket"),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_draft_ticket_pk"), ondelete="CASCADE"
        ),
        indexes={
            "ix_sgsupport_draft_due": ["send_at"],
            "ix_sgsupport_draft_host": ["host_id", "send_at"],
            "ix_sgsupport_draft_saved": ["saved_at"],
        },
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_draft")
