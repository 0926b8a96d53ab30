"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import LONG_TEXT, MOMENT, PK, create_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_table(
        "sgsupport_heartbeat",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sgsupport_heartbeat")),
    )
    create_table(
        "sgsupport_host_change",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "host_id", name=op.f("pk_sgsupport_host_change")),
    )
    create_table(
        "sgsupport_number_counter",
        sa.Column("prefix", sa.String(10), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_sgsupport_number_counter")),
    )
    create_table(
        "sgsupport_spent",
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("host_id", "what", name=op.f("pk_sgsupport_spent")),
    )
    create_table(
        "sgsupport_person",
        sa.Column("pk", PK, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(320), nullable=True),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_person")),
        sa.UniqueConstraint("digest", name=op.f("uq_sgsupport_person_digest")),
        indexes={
            "ix_sgsupport_person_host_id": ["host_id"],
        },
    )
    create_table(
        "sgsupport_agent",
        sa.Column("pk", PK, nullable=False),
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("person_pk", PK, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(320), nullable=True),
        sa.Column("public_name", sa.String(100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("can_handle", sa.Boolean(), nullable=False),
        sa.Column("can_assign", sa.Boolean(), nullable=False),
        sa.Column("can_close", sa.Boolean(), nullable=False),
        sa.Column("sees_all_queues", sa.Boolean(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_agent")),
        sa.ForeignKeyConstraint(["person_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_agent_person_pk")),
        sa.UniqueConstraint("host_id", name=op.f("uq_sgsupport_agent_host_id")),
    )
    create_table(
        "sgsupport_preference",
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("host_id", "channel", name=op.f("pk_sgsupport_preference")),
    )
    create_table(
        "sgsupport_queue",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(50), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("from_name", sa.String(100), nullable=False),
        sa.Column("from_address", sa.String(320), nullable=True),
        sa.Column("reply_address", sa.String(320), nullable=True),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("mail_error", sa.String(500), nullable=False),
        sa.Column("mail_error_at", MOMENT, nullable=True),
        sa.Column("mail_checked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_queue")),
        sa.UniqueConstraint("key", name=op.f("uq_sgsupport_queue_key")),
    )
    create_table(
        "sgsupport_write_lock",
        sa.Column("pk", PK, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_write_lock")),
    )
    create_table(
        "sgsupport_agent_coverage",
        sa.Column("agent_pk", PK, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("value", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("agent_pk", "kind", "value", name=op.f("pk_sgsupport_agent_coverage")),
        sa.ForeignKeyConstraint(
            ["agent_pk"], ["sgsupport_agent.pk"], name=op.f("fk_sgsupport_agent_coverage_agent_pk"), ondelete="CASCADE"
        ),
        indexes={
            "ix_sgsupport_agent_coverage_kind": ["kind", "value", "agent_pk"],
        },
    )
    create_table(
        "sgsupport_category",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(50), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("queue_pk", PK, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_category")),
        sa.ForeignKeyConstraint(["queue_pk"], ["sgsupport_queue.pk"], name=op.f("fk_sgsupport_category_queue_pk")),
        sa.UniqueConstraint("key", name=op.f("uq_sgsupport_category_key")),
    )
    create_table(
        "sgsupport_ticket",
        sa.Column("pk", PK, nullable=False),
        sa.Column("ticket_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("account_name", sa.String(200), nullable=False),
        sa.Column("account_removed_at", MOMENT, nullable=True),
        sa.Column("plan", sa.String(100), nullable=False),
        sa.Column("requester_pk", PK, nullable=False),
        sa.Column("requester_id", sa.String(64), nullable=False),
        sa.Column("requester_name", sa.String(200), nullable=False),
        sa.Column("requester_email", sa.String(320), nullable=True),
        sa.Column("subject", sa.String(1000), nullable=False),
        sa.Column("subject_folded", sa.String(2000), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("priority", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("queue_pk", PK, nullable=False),
        sa.Column("category_pk", PK, nullable=True),
        sa.Column("assignee_pk", PK, nullable=True),
        sa.Column("filtered_reason", sa.String(200), nullable=True),
        sa.Column("addressed", sa.Boolean(), nullable=False),
        sa.Column("waiting_on", sa.String(10), nullable=False),
        sa.Column("last_customer_message_at", MOMENT, nullable=False),
        sa.Column("first_reply_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("customer_updated_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("auto_close_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("close_reason", sa.String(20), nullable=True),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
        sa.Column("hold_reason", sa.String(200), nullable=True),
        sa.Column("follow_up_of_pk", PK, nullable=True),
        sa.Column("routing", LONG_TEXT, nullable=False),
        sa.Column("history_length", sa.Integer(), nullable=False),
        sa.Column("history_digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_ticket")),
        sa.CheckConstraint("status IN ('open', 'resolved', 'closed')", name=op.f("ck_sgsupport_ticket_status")),
        sa.ForeignKeyConstraint(["assignee_pk"], ["sgsupport_agent.pk"], name=op.f("fk_sgsupport_ticket_assignee_pk")),
        sa.ForeignKeyConstraint(
            ["category_pk"], ["sgsupport_category.pk"], name=op.f("fk_sgsupport_ticket_category_pk")
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_of_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_ticket_follow_up_of_pk")
        ),
        sa.ForeignKeyConstraint(["queue_pk"], ["sgsupport_queue.pk"], name=op.f("fk_sgsupport_ticket_queue_pk")),
        sa.ForeignKeyConstraint(
            ["requester_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_ticket_requester_pk")
        ),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_sgsupport_ticket_ticket_id")),
        indexes={
            "ix_sgsupport_ticket_account": ["account_id", "customer_updated_at", "pk"],
            "ix_sgsupport_ticket_assignee": ["assignee_pk", "status", "addressed", "created_at", "pk"],
            "ix_sgsupport_ticket_auto_close": ["status", "auto_close_at"],
            "ix_sgsupport_ticket_created": ["addressed", "created_at", "pk"],
            "ix_sgsupport_ticket_filtered": ["filtered_reason", "created_at"],
            "ix_sgsupport_ticket_queue": ["queue_pk", "status", "addressed", "created_at", "pk"],
            "ix_sgsupport_ticket_status": ["status", "addressed", "created_at", "pk"],
            "ix_sgsupport_ticket_status_updated": ["status", "addressed", "updated_at", "pk"],
            "ix_sgsupport_ticket_updated": ["addressed", "updated_at", "pk"],
        },
    )
    create_table(
        "sgsupport_context_snapshot",
        sa.Column("pk", PK, nullable=False),
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("captured_at", MOMENT, nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_context_snapshot")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"],
            ["sgsupport_ticket.pk"],
            name=op.f("fk_sgsupport_context_snapshot_ticket_pk"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("ticket_pk", name=op.f("uq_sgsupport_context_snapshot_ticket_pk")),
    )
    create_table(
        "sgsupport_event",
        sa.Column("pk", PK, nullable=False),
        sa.Column("ticket_pk", PK, nullable=True),
        sa.Column("ticket_version", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("person_pk", PK, nullable=True),
        sa.Column("acting_pk", PK, nullable=True),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("old", sa.String(500), nullable=True),
        sa.Column("new", sa.String(500), nullable=True),
        sa.Column("old_person_pk", PK, nullable=True),
        sa.Column("new_person_pk", PK, nullable=True),
        sa.Column("text_digest", sa.String(64), nullable=True),
        sa.Column("data", LONG_TEXT, nullable=False),
        sa.Column("request_id", sa.String(32), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_event")),
        sa.ForeignKeyConstraint(["acting_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_event_acting_pk")),
        sa.ForeignKeyConstraint(
            ["new_person_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_event_new_person_pk")
        ),
        sa.ForeignKeyConstraint(
            ["old_person_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_event_old_person_pk")
        ),
        sa.ForeignKeyConstraint(["person_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_event_person_pk")),
        sa.ForeignKeyConstraint(["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_event_ticket_pk")),
        indexes={
            "ix_sgsupport_event_ticket": ["ticket_pk", "pk"],
        },
    )
    create_table(
        "sgsupport_event_text",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("ticket_pk", PK, nullable=True),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("old", sa.String(500), nullable=True),
        sa.Column("new", sa.String(500), nullable=True),
        sa.Column("data", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sgsupport_event_text")),
        sa.ForeignKeyConstraint(["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_event_text_ticket_pk")),
        indexes={
            "ix_sgsupport_event_text_ticket": ["ticket_pk"],
        },
    )
    create_table(
        "sgsupport_event_chain",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("history_length", sa.Integer(), nullable=False),
        sa.Column("history_digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sgsupport_event_chain")),
    )
    create_table(
        "sgsupport_message",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("author_pk", PK, nullable=True),
        sa.Column("author_public_name", sa.String(200), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("edited_at", MOMENT, nullable=True),
        sa.Column("form_key", sa.String(64), nullable=True),
        sa.Column("form_said", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_message")),
        sa.ForeignKeyConstraint(["author_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_message_author_pk")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_message_ticket_pk"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("form_key", name=op.f("uq_sgsupport_message_form_key")),
        sa.UniqueConstraint("key", name=op.f("uq_sgsupport_message_key")),
        indexes={
            "ix_sgsupport_message_ticket": ["ticket_pk", "pk"],
        },
    )
    create_table(
        "sgsupport_ticket_read",
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_pk", "host_id", name=op.f("pk_sgsupport_ticket_read")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_ticket_read_ticket_pk"), ondelete="CASCADE"
        ),
    )
    create_table(
        "sgsupport_ticket_site",
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("ticket_pk", "position", name=op.f("pk_sgsupport_ticket_site")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_ticket_site_ticket_pk"), ondelete="CASCADE"
        ),
        indexes={
            "ix_sgsupport_ticket_site_site": ["site_id", "ticket_pk"],
        },
    )
    create_table(
        "sgsupport_ticket_tag",
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("tag", sa.String(50), nullable=False),
        sa.PrimaryKeyConstraint("ticket_pk", "tag", name=op.f("pk_sgsupport_ticket_tag")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_ticket_tag_ticket_pk"), ondelete="CASCADE"
        ),
        indexes={
            "ix_sgsupport_ticket_tag_tag": ["tag", "ticket_pk"],
        },
    )
    create_table(
        "sgsupport_attachment",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("message_pk", PK, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("storage_key", sa.String(64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_attachment")),
        sa.ForeignKeyConstraint(
            ["message_pk"],
            ["sgsupport_message.pk"],
            name=op.f("fk_sgsupport_attachment_message_pk"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_attachment_ticket_pk"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("key", name=op.f("uq_sgsupport_attachment_key")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_sgsupport_attachment_storage_key")),
        indexes={
            "ix_sgsupport_attachment_ticket": ["ticket_pk", "message_pk"],
        },
    )
    create_table(
        "sgsupport_delivery",
        sa.Column("pk", PK, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("message_pk", PK, nullable=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("notice", sa.String(40), nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("recipient_id", sa.String(64), nullable=False),
        sa.Column("recipient_name", sa.String(200), nullable=False),
        sa.Column("address", sa.String(320), nullable=True),
        sa.Column("data", LONG_TEXT, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("owner", sa.String(40), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("message_id", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_delivery")),
        sa.ForeignKeyConstraint(
            ["message_pk"], ["sgsupport_message.pk"], name=op.f("fk_sgsupport_delivery_message_pk"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_delivery_ticket_pk"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("key", name=op.f("uq_sgsupport_delivery_key")),
        indexes={
            "ix_sgsupport_delivery_bell": ["recipient_id", "channel", "read_at", "pk"],
            "ix_sgsupport_delivery_due": ["state", "due_at"],
            "ix_sgsupport_delivery_message": ["message_pk"],
            "ix_sgsupport_delivery_ticket": ["ticket_pk", "pk"],
        },
    )
    create_table(
        "sgsupport_message_version",
        sa.Column("pk", PK, nullable=False),
        sa.Column("message_pk", PK, nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("editor_pk", PK, nullable=True),
        sa.Column("replaced_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_message_version")),
        sa.ForeignKeyConstraint(
            ["editor_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_message_version_editor_pk")
        ),
        sa.ForeignKeyConstraint(
            ["message_pk"],
            ["sgsupport_message.pk"],
            name=op.f("fk_sgsupport_message_version_message_pk"),
            ondelete="CASCADE",
        ),
        indexes={
            "ix_sgsupport_message_version_message": ["message_pk", "pk"],
        },
    )


def downgrade() -> None:
    raise NotImplementedError("There is nothing before the first tables.")
