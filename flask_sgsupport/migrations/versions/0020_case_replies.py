"""Messages of which a ticket of its own was made, and one reply to all the cases of an incident."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import (
    LONG_TEXT,
    MOMENT,
    PK,
    add_column,
    create_indexes,
    create_table,
    drop_column,
    drop_table_without_rows,
)

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    add_column("sgsupport_message", sa.Column("copy_of", sa.String(32), nullable=True))
    create_indexes("sgsupport_message", {"ix_sgsupport_message_copy_of": ["copy_of"]})
    create_table(
        "sgsupport_case_reply",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(10), nullable=True),
        sa.Column("by_worker", sa.Boolean(), nullable=False),
        sa.Column("form_key", sa.String(64), nullable=True),
        sa.Column("form_said", sa.String(64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_case_reply")),
        sa.UniqueConstraint("key", name="uq_sgsupport_case_reply_key"),
        sa.UniqueConstraint("form_key", name="uq_sgsupport_case_reply_form_key"),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_case_reply_ticket_pk"), ondelete="CASCADE"
        ),
        indexes={"ix_sgsupport_case_reply_ticket": ["ticket_pk", "pk"]},
    )
    create_table(
        "sgsupport_case_answer",
        sa.Column("reply_pk", PK, autoincrement=False, nullable=False),
        sa.Column("ticket_pk", PK, autoincrement=False, nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("why", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("reply_pk", "ticket_pk", name=op.f("pk_sgsupport_case_answer")),
        sa.ForeignKeyConstraint(
            ["reply_pk"],
            ["sgsupport_case_reply.pk"],
            name=op.f("fk_sgsupport_case_answer_reply_pk"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_case_answer_ticket_pk"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'refused', 'gap')", name=op.f("ck_sgsupport_case_answer_state")
        ),
        indexes={
            "ix_sgsupport_case_answer_state": ["state", "reply_pk", "ticket_pk"],
            "ix_sgsupport_case_answer_ticket": ["ticket_pk", "state"],
        },
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_case_answer")
    drop_table_without_rows("sgsupport_case_reply")
    # An older release knows copies as messages like any other.
    op.drop_index("ix_sgsupport_message_copy_of", "sgsupport_message", if_exists=True)
    drop_column("sgsupport_message", "copy_of")
