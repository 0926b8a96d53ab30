--
-- PostgreSQL database dump
--


-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: sgsupport_event_guard(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.sgsupport_event_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'entries of the audit log are never changed'; END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: sgsupport_agent; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_agent (
    pk bigint NOT NULL,
    host_id character varying(64) NOT NULL,
    person_pk bigint NOT NULL,
    name character varying(200) NOT NULL,
    email character varying(320),
    public_name character varying(100) NOT NULL,
    active boolean NOT NULL,
    can_handle boolean NOT NULL,
    can_assign boolean NOT NULL,
    can_close boolean NOT NULL,
    sees_all_queues boolean NOT NULL,
    is_lead boolean NOT NULL,
    created_at timestamp without time zone NOT NULL
);


--
-- Name: sgsupport_agent_coverage; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_agent_coverage (
    agent_pk bigint NOT NULL,
    kind character varying(10) NOT NULL,
    value character varying(64) NOT NULL
);


--
-- Name: sgsupport_agent_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_agent_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_agent_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_agent_pk_seq OWNED BY public.sgsupport_agent.pk;


--
-- Name: sgsupport_alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: sgsupport_attachment; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_attachment (
    pk bigint NOT NULL,
    key character varying(32) NOT NULL,
    ticket_pk bigint NOT NULL,
    message_pk bigint NOT NULL,
    name character varying(255) NOT NULL,
    content_type character varying(100) NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 character varying(64) NOT NULL,
    storage_key character varying(64),
    created_at timestamp without time zone NOT NULL
);


--
-- Name: sgsupport_attachment_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_attachment_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_attachment_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_attachment_pk_seq OWNED BY public.sgsupport_attachment.pk;


--
-- Name: sgsupport_category; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_category (
    pk bigint NOT NULL,
    key character varying(50) NOT NULL,
    name character varying(100) NOT NULL,
    "position" integer NOT NULL,
    active boolean NOT NULL,
    queue_pk bigint
);


--
-- Name: sgsupport_category_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_category_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_category_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_category_pk_seq OWNED BY public.sgsupport_category.pk;


--
-- Name: sgsupport_context_snapshot; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_context_snapshot (
    pk bigint NOT NULL,
    ticket_pk bigint NOT NULL,
    schema_version integer NOT NULL,
    captured_at timestamp without time zone NOT NULL,
    remark text NOT NULL,
    body text NOT NULL
);


--
-- Name: sgsupport_context_snapshot_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_context_snapshot_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_context_snapshot_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_context_snapshot_pk_seq OWNED BY public.sgsupport_context_snapshot.pk;


--
-- Name: sgsupport_delivery; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_delivery (
    pk bigint NOT NULL,
    key character varying(32) NOT NULL,
    ticket_pk bigint NOT NULL,
    message_pk bigint,
    channel character varying(20) NOT NULL,
    notice character varying(40) NOT NULL,
    side character varying(10) NOT NULL,
    recipient_id character varying(64) NOT NULL,
    recipient_name character varying(200) NOT NULL,
    address character varying(320),
    data text NOT NULL,
    state character varying(10) NOT NULL,
    attempts integer NOT NULL,
    created_at timestamp without time zone NOT NULL,
    due_at timestamp without time zone NOT NULL,
    owner character varying(40),
    sent_at timestamp without time zone,
    read_at timestamp without time zone,
    error_code integer,
    error character varying(500) NOT NULL,
    message_id character varying(500)
);


--
-- Name: sgsupport_delivery_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_delivery_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_delivery_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_delivery_pk_seq OWNED BY public.sgsupport_delivery.pk;


--
-- Name: sgsupport_event; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_event (
    pk bigint NOT NULL,
    ticket_pk bigint,
    ticket_version integer NOT NULL,
    at timestamp without time zone NOT NULL,
    side character varying(10) NOT NULL,
    person_pk bigint,
    acting_pk bigint,
    label character varying(100) NOT NULL,
    via character varying(10) NOT NULL,
    action character varying(40) NOT NULL,
    field character varying(40) NOT NULL,
    old character varying(500),
    new character varying(500),
    old_person_pk bigint,
    new_person_pk bigint,
    text_digest character varying(64),
    data text NOT NULL,
    request_id character varying(32) NOT NULL,
    n integer NOT NULL,
    digest character varying(64) NOT NULL
);


--
-- Name: sgsupport_event_chain; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_event_chain (
    name character varying(20) NOT NULL,
    history_length integer NOT NULL,
    history_digest character varying(64) NOT NULL
);


--
-- Name: sgsupport_event_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_event_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_event_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_event_pk_seq OWNED BY public.sgsupport_event.pk;


--
-- Name: sgsupport_event_text; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_event_text (
    digest character varying(64) NOT NULL,
    ticket_pk bigint,
    salt character varying(32) NOT NULL,
    old character varying(500),
    new character varying(500),
    data text NOT NULL
);


--
-- Name: sgsupport_heartbeat; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_heartbeat (
    name character varying(40) NOT NULL,
    seen_at timestamp without time zone NOT NULL,
    detail character varying(500) NOT NULL
);


--
-- Name: sgsupport_host_change; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_host_change (
    kind character varying(20) NOT NULL,
    host_id character varying(64) NOT NULL,
    name character varying(200) NOT NULL,
    at timestamp without time zone NOT NULL
);


--
-- Name: sgsupport_message; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_message (
    pk bigint NOT NULL,
    key character varying(32) NOT NULL,
    ticket_pk bigint NOT NULL,
    kind character varying(20) NOT NULL,
    public boolean NOT NULL,
    side character varying(10) NOT NULL,
    author_pk bigint,
    author_public_name character varying(200) NOT NULL,
    body text NOT NULL,
    via character varying(10) NOT NULL,
    created_at timestamp without time zone NOT NULL,
    edited_at timestamp without time zone,
    form_key character varying(64),
    form_said character varying(64)
);


--
-- Name: sgsupport_message_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_message_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_message_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_message_pk_seq OWNED BY public.sgsupport_message.pk;


--
-- Name: sgsupport_message_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_message_version (
    pk bigint NOT NULL,
    message_pk bigint NOT NULL,
    body text NOT NULL,
    editor_pk bigint,
    replaced_at timestamp without time zone NOT NULL
);


--
-- Name: sgsupport_message_version_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_message_version_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_message_version_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_message_version_pk_seq OWNED BY public.sgsupport_message_version.pk;


--
-- Name: sgsupport_number_counter; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_number_counter (
    prefix character varying(10) NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL
);


--
-- Name: sgsupport_person; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_person (
    pk bigint NOT NULL,
    digest character varying(64) NOT NULL,
    host_id character varying(64) NOT NULL,
    name character varying(200) NOT NULL,
    email character varying(320),
    seen_at timestamp without time zone NOT NULL
);


--
-- Name: sgsupport_person_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_person_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_person_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_person_pk_seq OWNED BY public.sgsupport_person.pk;


--
-- Name: sgsupport_preference; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_preference (
    host_id character varying(64) NOT NULL,
    channel character varying(20) NOT NULL,
    wanted boolean NOT NULL
);


--
-- Name: sgsupport_queue; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_queue (
    pk bigint NOT NULL,
    key character varying(50) NOT NULL,
    name character varying(100) NOT NULL,
    "position" integer NOT NULL,
    active boolean NOT NULL,
    is_default boolean NOT NULL,
    from_name character varying(100) NOT NULL,
    from_address character varying(320),
    reply_address character varying(320),
    signature text NOT NULL,
    mail_error character varying(500) NOT NULL,
    mail_error_at timestamp without time zone,
    mail_checked_at timestamp without time zone
);


--
-- Name: sgsupport_queue_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_queue_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_queue_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_queue_pk_seq OWNED BY public.sgsupport_queue.pk;


--
-- Name: sgsupport_spent; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_spent (
    host_id character varying(64) NOT NULL,
    what character varying(10) NOT NULL,
    amount bigint NOT NULL,
    starts_at timestamp without time zone NOT NULL
);


--
-- Name: sgsupport_ticket; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_ticket (
    pk bigint NOT NULL,
    ticket_id character varying(32) NOT NULL,
    version integer NOT NULL,
    account_id character varying(64) NOT NULL,
    account_name character varying(200) NOT NULL,
    account_removed_at timestamp without time zone,
    plan character varying(100) NOT NULL,
    requester_pk bigint NOT NULL,
    requester_id character varying(64) NOT NULL,
    requester_name character varying(200) NOT NULL,
    requester_email character varying(320),
    subject character varying(1000) NOT NULL,
    subject_folded character varying(2000) NOT NULL,
    status character varying(10) NOT NULL,
    priority character varying(10) NOT NULL,
    channel character varying(10) NOT NULL,
    queue_pk bigint NOT NULL,
    category_pk bigint,
    assignee_pk bigint,
    filtered_reason character varying(200),
    addressed boolean NOT NULL,
    waiting_on character varying(10) NOT NULL,
    last_customer_message_at timestamp without time zone NOT NULL,
    first_reply_at timestamp without time zone,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    customer_updated_at timestamp without time zone NOT NULL,
    resolved_at timestamp without time zone,
    auto_close_at timestamp without time zone,
    closed_at timestamp without time zone,
    close_reason character varying(20),
    reopen_count integer NOT NULL,
    hold_reason character varying(200),
    follow_up_of_pk bigint,
    routing text NOT NULL,
    history_length integer NOT NULL,
    history_digest character varying(64) NOT NULL,
    CONSTRAINT ck_sgsupport_ticket_status CHECK (((status)::text = ANY ((ARRAY['open'::character varying, 'resolved'::character varying, 'closed'::character varying])::text[])))
);


--
-- Name: sgsupport_ticket_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_ticket_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_ticket_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_ticket_pk_seq OWNED BY public.sgsupport_ticket.pk;


--
-- Name: sgsupport_ticket_read; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_ticket_read (
    ticket_pk bigint NOT NULL,
    host_id character varying(64) NOT NULL,
    read_at timestamp without time zone NOT NULL
);


--
-- Name: sgsupport_ticket_site; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_ticket_site (
    ticket_pk bigint NOT NULL,
    "position" integer NOT NULL,
    site_id character varying(64) NOT NULL,
    name character varying(200) NOT NULL
);


--
-- Name: sgsupport_ticket_tag; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_ticket_tag (
    ticket_pk bigint NOT NULL,
    tag character varying(50) NOT NULL
);


--
-- Name: sgsupport_write_lock; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sgsupport_write_lock (
    pk bigint NOT NULL
);


--
-- Name: sgsupport_write_lock_pk_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sgsupport_write_lock_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sgsupport_write_lock_pk_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sgsupport_write_lock_pk_seq OWNED BY public.sgsupport_write_lock.pk;


--
-- Name: user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."user" (
    id integer NOT NULL,
    name character varying(100),
    email character varying(100),
    account_id integer,
    role character varying(20),
    owner boolean,
    support boolean,
    host_owner boolean,
    enabled boolean,
    contact character varying(10)
);


--
-- Name: user_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.user_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: user_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.user_id_seq OWNED BY public."user".id;


--
-- Name: sgsupport_agent pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_agent ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_agent_pk_seq'::regclass);


--
-- Name: sgsupport_attachment pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_attachment ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_attachment_pk_seq'::regclass);


--
-- Name: sgsupport_category pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_category ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_category_pk_seq'::regclass);


--
-- Name: sgsupport_context_snapshot pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_context_snapshot ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_context_snapshot_pk_seq'::regclass);


--
-- Name: sgsupport_delivery pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_delivery ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_delivery_pk_seq'::regclass);


--
-- Name: sgsupport_event pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_event_pk_seq'::regclass);


--
-- Name: sgsupport_message pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_message_pk_seq'::regclass);


--
-- Name: sgsupport_message_version pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message_version ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_message_version_pk_seq'::regclass);


--
-- Name: sgsupport_person pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_person ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_person_pk_seq'::regclass);


--
-- Name: sgsupport_queue pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_queue ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_queue_pk_seq'::regclass);


--
-- Name: sgsupport_ticket pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_ticket_pk_seq'::regclass);


--
-- Name: sgsupport_write_lock pk; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_write_lock ALTER COLUMN pk SET DEFAULT nextval('public.sgsupport_write_lock_pk_seq'::regclass);


--
-- Name: user id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."user" ALTER COLUMN id SET DEFAULT nextval('public.user_id_seq'::regclass);


--
-- Data for Name: sgsupport_agent; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_agent VALUES (1, '5', 1, 'Ada Lovelace', 'ada@desk.example', 'Ada', true, true, true, true, false, false, '2026-04-22 14:03:00');
INSERT INTO public.sgsupport_agent VALUES (2, '6', 2, 'Ben Okoro', 'ben@desk.example', 'Ben', true, true, true, true, false, false, '2026-04-22 14:03:00');
INSERT INTO public.sgsupport_agent VALUES (3, '7', 3, 'Cleo Marsh', 'cleo@desk.example', 'Cleo', true, true, false, false, false, false, '2026-04-22 14:03:00');
INSERT INTO public.sgsupport_agent VALUES (4, '8', 4, 'Grace Hopper', 'grace@desk.example', 'Grace', true, true, false, false, false, true, '2026-04-22 14:03:00');


--
-- Data for Name: sgsupport_agent_coverage; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_agent_coverage VALUES (1, 'queue', '1');
INSERT INTO public.sgsupport_agent_coverage VALUES (2, 'queue', '2');
INSERT INTO public.sgsupport_agent_coverage VALUES (3, 'queue', '1');
INSERT INTO public.sgsupport_agent_coverage VALUES (4, 'queue', '1');
INSERT INTO public.sgsupport_agent_coverage VALUES (4, 'queue', '2');


--
-- Data for Name: sgsupport_alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_alembic_version VALUES ('0001');


--
-- Data for Name: sgsupport_attachment; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_attachment VALUES (1, '61a70c64f85a927bc47dd2d591789ce5', 1, 1, 'Käse & Söhne.txt', 'text/plain', 21, '58169f4e3102e3a1a970414b0a9213988bb36610afeacb19573ca14236957eb1', '897ce8a121d32a9a413aec9980d04f32', '2026-04-22 14:03:00');


--
-- Data for Name: sgsupport_category; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_category VALUES (1, 'storefront', 'Storefront', 0, true, 1);
INSERT INTO public.sgsupport_category VALUES (2, 'invoices', 'Invoices', 1, true, 2);


--
-- Data for Name: sgsupport_context_snapshot; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_context_snapshot VALUES (1, 1, 1, '2026-04-22 14:03:00', '', '{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Northwind Outfitters","plan":"Growth","billing":"paid to 1 May","url":""},"sites":[{"id":"11","name":"tote.example","url":"","working_in":true},{"id":"12","name":"bags.example","url":"","working_in":false}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Jerome Ellis","role":"Admin","contact":"both","email":"jerome@northwind.example"},"unavailable":{},"cut":[]}');
INSERT INTO public.sgsupport_context_snapshot VALUES (2, 2, 1, '2026-04-22 14:03:00', '', '{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Northwind Outfitters","plan":"Growth","billing":"paid to 1 May","url":""},"sites":[{"id":"11","name":"tote.example","url":"","working_in":true},{"id":"12","name":"bags.example","url":"","working_in":false}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Lena Brandt","role":"Owner","contact":"both","email":"lena@northwind.example"},"unavailable":{},"cut":[]}');
INSERT INTO public.sgsupport_context_snapshot VALUES (3, 3, 1, '2026-04-22 14:03:00', '', '{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Fabrikam","plan":"Starter","billing":"paid to 1 May","url":""},"sites":[{"id":"21","name":"fabrikam.example","url":"","working_in":true}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Mina Sato","role":"Owner","contact":"both","email":"mina@fabrikam.example"},"unavailable":{},"cut":[]}');
INSERT INTO public.sgsupport_context_snapshot VALUES (4, 4, 1, '2026-04-22 14:03:00', '', '{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Fabrikam","plan":"Starter","billing":"paid to 1 May","url":""},"sites":[{"id":"21","name":"fabrikam.example","url":"","working_in":true}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Mina Sato","role":"Owner","contact":"both","email":"mina@fabrikam.example"},"unavailable":{},"cut":[]}');
INSERT INTO public.sgsupport_context_snapshot VALUES (5, 5, 1, '2026-04-22 14:03:00', '{"code": "taken_over", "ticket": "TKT-2026-00004"}', '{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Fabrikam","plan":"Starter","billing":"paid to 1 May","url":""},"sites":[{"id":"21","name":"fabrikam.example","url":"","working_in":true}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Mina Sato","role":"Owner","contact":"both","email":"mina@fabrikam.example"},"unavailable":{},"cut":[]}');
INSERT INTO public.sgsupport_context_snapshot VALUES (6, 6, 1, '2026-06-03 15:03:00', '', '{"schema":1,"captured_at":"2026-06-03T15:03:00Z","account":{"name":"Northwind Outfitters","plan":"Growth","billing":"paid to 1 May","url":""},"sites":[{"id":"11","name":"tote.example","url":"","working_in":true},{"id":"12","name":"bags.example","url":"","working_in":false}],"activity":[{"action":"theme update","at":"2026-06-03T14:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-06-03T12:03:00Z","site":"","url":""}],"operator":{"name":"Jerome Ellis","role":"Admin","contact":"both","email":"jerome@northwind.example"},"unavailable":{},"cut":[]}');
INSERT INTO public.sgsupport_context_snapshot VALUES (7, 7, 1, '2026-06-03 15:03:00', '', '{"schema":1,"captured_at":"2026-06-03T15:03:00Z","account":{"name":"Northwind Outfitters","plan":"Growth","billing":"paid to 1 May","url":""},"sites":[{"id":"11","name":"tote.example","url":"","working_in":true},{"id":"12","name":"bags.example","url":"","working_in":false}],"activity":[{"action":"theme update","at":"2026-06-03T14:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-06-03T12:03:00Z","site":"","url":""}],"operator":{"name":"Jerome Ellis","role":"Admin","contact":"both","email":"jerome@northwind.example"},"unavailable":{},"cut":[]}');


--
-- Data for Name: sgsupport_delivery; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_delivery VALUES (1, 'f678c15e393a92f6605ffc845817c94e', 1, 1, 'email', 'opened_receipt', 'customer', '2', 'Jerome Ellis', 'jerome@northwind.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (2, 'fcde79490165ca40cc4a0fae6256079a', 1, 1, 'bell', 'opened_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "Jerome Ellis"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (3, '370badf15e0493a2e66f4b6ac848c687', 1, 1, 'email', 'opened_staff', 'agent', '5', 'Ada Lovelace', 'ada@desk.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (4, '147d93b314ee69d23c2d1d29b7d68d5b', 1, 1, 'bell', 'opened_staff', 'agent', '7', 'Cleo Marsh', NULL, '{"by": "Jerome Ellis"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (5, 'fff8deb5576b1c780fb20cc7bc0ccf4b', 1, 1, 'email', 'opened_staff', 'agent', '7', 'Cleo Marsh', 'cleo@desk.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (6, '052f27ecaa43ce5f2c3add4e754be93f', 1, 1, 'bell', 'opened_staff', 'agent', '8', 'Grace Hopper', NULL, '{"by": "Jerome Ellis"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (7, '5fcf183ff8a1b98a18754ba4a6dcbf7d', 1, 1, 'email', 'opened_staff', 'agent', '8', 'Grace Hopper', 'grace@desk.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (8, '13d40549ae8be774abe6b3cc974f44e4', 1, 2, 'bell', 'replied_customer', 'customer', '2', 'Jerome Ellis', NULL, '{"by": "Ada", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (9, 'c3a6edde2af875b0a28e7b15708ca7cd', 1, 2, 'email', 'replied_customer', 'customer', '2', 'Jerome Ellis', 'jerome@northwind.example', '{"by": "Ada", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (10, 'a0f6d3341d7fa7850ccb645d151909d4', 1, 3, 'bell', 'follow_up_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "Lena Brandt", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (11, '62c8a98a29fdcb839c2a2658c3f8a112', 1, 3, 'email', 'follow_up_staff', 'agent', '5', 'Ada Lovelace', 'ada@desk.example', '{"by": "Lena Brandt", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (12, '09c5075526ef2e940ee8a6daa7be0159', 2, 5, 'email', 'opened_receipt', 'customer', '1', 'Lena Brandt', 'lena@northwind.example', '{"by": "Lena Brandt"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (13, '82e8b9564330c17861c2fc45b10e888c', 2, 5, 'bell', 'opened_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "Lena Brandt"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (14, 'ef435db1496aadd269d2028ae0fad33c', 2, 5, 'email', 'opened_staff', 'agent', '5', 'Ada Lovelace', 'ada@desk.example', '{"by": "Lena Brandt"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (15, '1bd4033ab6743650d4ca6ac03252d5f5', 2, 5, 'bell', 'opened_staff', 'agent', '7', 'Cleo Marsh', NULL, '{"by": "Lena Brandt"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (16, 'ac95b79a8d6590aff3d4e2cb402ce331', 2, 5, 'email', 'opened_staff', 'agent', '7', 'Cleo Marsh', 'cleo@desk.example', '{"by": "Lena Brandt"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (17, '189576e3d97a1902c3025c060637b4f7', 2, 5, 'bell', 'opened_staff', 'agent', '8', 'Grace Hopper', NULL, '{"by": "Lena Brandt"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (18, '5c2cb67bd8c25e7ea01883df9150fb52', 2, 5, 'email', 'opened_staff', 'agent', '8', 'Grace Hopper', 'grace@desk.example', '{"by": "Lena Brandt"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (19, '7fda2143f6230619fd5c9e1a469bc476', 2, 6, 'bell', 'resolved_customer', 'customer', '1', 'Lena Brandt', NULL, '{"by": "Ada", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (20, '6578a178fb6f4f0c9f8f2aadd213fc6b', 2, 6, 'email', 'resolved_customer', 'customer', '1', 'Lena Brandt', 'lena@northwind.example', '{"by": "Ada", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (21, '1890ea9d176778c1f86cc27c465c75e9', 3, 7, 'email', 'opened_receipt', 'customer', '4', 'Mina Sato', 'mina@fabrikam.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (22, '296b6dee7807cbb0dcbfc24f27c56d93', 3, 7, 'bell', 'opened_staff', 'agent', '6', 'Ben Okoro', NULL, '{"by": "Mina Sato"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (23, 'b92c0069cbd163bc510508d5ed8569db', 3, 7, 'email', 'opened_staff', 'agent', '6', 'Ben Okoro', 'ben@desk.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (24, '6e8843c8eebfc4647d67667a0ad7370f', 3, 7, 'bell', 'opened_staff', 'agent', '8', 'Grace Hopper', NULL, '{"by": "Mina Sato"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (25, '2ab3848bc496dba8b577f7ed2c9b1bae', 3, 7, 'email', 'opened_staff', 'agent', '8', 'Grace Hopper', 'grace@desk.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (26, 'db01141a6c4cef01ca5d209012678de3', 3, NULL, 'bell', 'resolved_customer', 'customer', '4', 'Mina Sato', NULL, '{"by": "Ben", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (27, '445d7a1e6bd98dbd97a23f5048b39cf4', 3, NULL, 'email', 'resolved_customer', 'customer', '4', 'Mina Sato', 'mina@fabrikam.example', '{"by": "Ben", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (28, 'c47b60b0dbea4ec8548e209aca08756d', 3, 8, 'bell', 'replied_customer', 'customer', '4', 'Mina Sato', NULL, '{"by": "Ben", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (29, 'f69be85d298b42014a78a75635e2c344', 3, 8, 'email', 'replied_customer', 'customer', '4', 'Mina Sato', 'mina@fabrikam.example', '{"by": "Ben", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (30, '1fd58120b9ae03a90c45f767b4cfcbd3', 3, 9, 'bell', 'confirmed_staff', 'agent', '6', 'Ben Okoro', NULL, '{"by": "Mina Sato", "auto_close_at": null, "closed_at": "2026-04-22T14:03:00+00:00", "reopen_within_days": 30}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (65, '0b24ff42860c5331093490964c625327', 7, 14, 'bell', 'opened_staff', 'agent', '7', 'Cleo Marsh', NULL, '{"by": "Jerome Ellis"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (66, '94c0b7cf2d0d0aac69d5775ed91a156f', 7, 14, 'email', 'opened_staff', 'agent', '7', 'Cleo Marsh', 'cleo@desk.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (67, '7ee294820acd06c8642af10da019301d', 7, 14, 'bell', 'opened_staff', 'agent', '8', 'Grace Hopper', NULL, '{"by": "Jerome Ellis"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (68, '21cb330a251fd7d68d27e05744345e2c', 7, 14, 'email', 'opened_staff', 'agent', '8', 'Grace Hopper', 'grace@desk.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (31, '35229a9023db0d0b591d47e43e2717fd', 3, 9, 'email', 'confirmed_staff', 'agent', '6', 'Ben Okoro', 'ben@desk.example', '{"by": "Mina Sato", "auto_close_at": null, "closed_at": "2026-04-22T14:03:00+00:00", "reopen_within_days": 30}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (32, 'd5d3fa456aa5d7b40ac5d236b7e8d84b', 4, 10, 'email', 'opened_receipt', 'customer', '4', 'Mina Sato', 'mina@fabrikam.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (33, '074f067a935bb716ac107c97b0eae321', 4, 10, 'bell', 'opened_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "Mina Sato"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (34, 'eaff7ea19d3aa4d330c8736b9f0c036f', 4, 10, 'email', 'opened_staff', 'agent', '5', 'Ada Lovelace', 'ada@desk.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (35, '5f6fcfc4fe4cb2b792e0bd8b28498321', 4, 10, 'bell', 'opened_staff', 'agent', '7', 'Cleo Marsh', NULL, '{"by": "Mina Sato"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (36, '7a4104e532db82a99395f8a1a04c3de3', 4, 10, 'email', 'opened_staff', 'agent', '7', 'Cleo Marsh', 'cleo@desk.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (37, '0c5f52262a0142199bab17c8b162d37b', 4, 10, 'bell', 'opened_staff', 'agent', '8', 'Grace Hopper', NULL, '{"by": "Mina Sato"}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (38, '1b7c184b41983f569a7f74ec84cff934', 4, 10, 'email', 'opened_staff', 'agent', '8', 'Grace Hopper', 'grace@desk.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (39, '510ad31fcf9511593eb9c73e51f72a2c', 4, 11, 'bell', 'resolved_customer', 'customer', '4', 'Mina Sato', NULL, '{"by": "Ada", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}', 'sent', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (40, '4a8b9517d1f6373ff59418bacab03bce', 4, 11, 'email', 'resolved_customer', 'customer', '4', 'Mina Sato', 'mina@fabrikam.example', '{"by": "Ada", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}', 'queued', 0, '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (41, 'a364aa57682bbaa3c8201edc19343fc4', 2, NULL, 'bell', 'auto_closed_customer', 'customer', '1', 'Lena Brandt', NULL, '{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}', 'sent', 0, '2026-04-24 15:03:00', '2026-04-24 15:03:00', NULL, '2026-04-24 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (42, 'e5c34109260f3773b9f290d66d287d4e', 2, NULL, 'email', 'auto_closed_customer', 'customer', '1', 'Lena Brandt', 'lena@northwind.example', '{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}', 'queued', 0, '2026-04-24 15:03:00', '2026-04-24 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (43, 'e6d4bcb0797eb41007699ff4fc28c684', 2, NULL, 'bell', 'auto_closed_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}', 'sent', 0, '2026-04-24 15:03:00', '2026-04-24 15:03:00', NULL, '2026-04-24 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (44, '2f55e273907122619eb981ae04b8ac6a', 4, NULL, 'bell', 'auto_closed_customer', 'customer', '4', 'Mina Sato', NULL, '{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}', 'sent', 0, '2026-04-24 15:03:00', '2026-04-24 15:03:00', NULL, '2026-04-24 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (45, '7c5f8f1d0e5d975a836e85e863253432', 4, NULL, 'email', 'auto_closed_customer', 'customer', '4', 'Mina Sato', 'mina@fabrikam.example', '{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}', 'queued', 0, '2026-04-24 15:03:00', '2026-04-24 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (46, '223a31cba8e95b33b631ded4d6f6d543', 4, NULL, 'bell', 'auto_closed_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}', 'sent', 0, '2026-04-24 15:03:00', '2026-04-24 15:03:00', NULL, '2026-04-24 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (47, '197a250141b491e35be4ebbd9bf91ca6', 5, 12, 'bell', 'continued_customer', 'customer', '4', 'Mina Sato', NULL, '{"by": "Mina Sato"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (48, 'e13908223b0bf6629abb52c08036116e', 5, 12, 'email', 'continued_customer', 'customer', '4', 'Mina Sato', 'mina@fabrikam.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (49, 'f4fb986f66dafd56ba6a3c5b2e4a3e7d', 5, 12, 'bell', 'opened_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "Mina Sato"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (50, '731cbcd2f84a94dbb299c622a4c1282a', 5, 12, 'email', 'opened_staff', 'agent', '5', 'Ada Lovelace', 'ada@desk.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (51, 'ab670482207577c65f3a00838436cbe3', 5, 12, 'bell', 'opened_staff', 'agent', '7', 'Cleo Marsh', NULL, '{"by": "Mina Sato"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (52, 'e68b35e4481fe2e8322f9c7b3834c40a', 5, 12, 'email', 'opened_staff', 'agent', '7', 'Cleo Marsh', 'cleo@desk.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (53, 'ed55ab3db85f21f79cc56c5cbdb608fc', 5, 12, 'bell', 'opened_staff', 'agent', '8', 'Grace Hopper', NULL, '{"by": "Mina Sato"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (54, 'a3d1f72fc69b9ae4fb58b2f49965b32b', 5, 12, 'email', 'opened_staff', 'agent', '8', 'Grace Hopper', 'grace@desk.example', '{"by": "Mina Sato"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (55, '36a34abf3990ba7595f8581d2160b339', 6, 13, 'email', 'opened_receipt', 'customer', '2', 'Jerome Ellis', 'jerome@northwind.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (56, 'f23194434c30980f5e15c79f7d7d9050', 6, 13, 'bell', 'opened_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "Jerome Ellis"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (57, 'cd975d1e4f8ed41851ddad8f8c9f2498', 6, 13, 'email', 'opened_staff', 'agent', '5', 'Ada Lovelace', 'ada@desk.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (58, '18467829aeba9e733bfae1265fb12b21', 6, 13, 'bell', 'opened_staff', 'agent', '7', 'Cleo Marsh', NULL, '{"by": "Jerome Ellis"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (59, '0c9697160bbc7f00a20b7e14ba2c1235', 6, 13, 'email', 'opened_staff', 'agent', '7', 'Cleo Marsh', 'cleo@desk.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (60, '2167f0df7cd182bc7e583e6a806c3a9b', 6, 13, 'bell', 'opened_staff', 'agent', '8', 'Grace Hopper', NULL, '{"by": "Jerome Ellis"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (61, '7e00aca1e688427afc589549485d9976', 6, 13, 'email', 'opened_staff', 'agent', '8', 'Grace Hopper', 'grace@desk.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (62, '4479ab8c76324f43009025090d8e0b48', 7, 14, 'email', 'opened_receipt', 'customer', '2', 'Jerome Ellis', 'jerome@northwind.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (63, 'ee43f0c977ec1b503b67acf7661a5894', 7, 14, 'bell', 'opened_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "Jerome Ellis"}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (64, 'aa7aa217ad772d99217f6307e2498ebb', 7, 14, 'email', 'opened_staff', 'agent', '5', 'Ada Lovelace', 'ada@desk.example', '{"by": "Jerome Ellis"}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (69, '6f150b48e85d56d081cf7f8c85eab72e', 7, NULL, 'bell', 'withdrawn_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "Jerome Ellis", "auto_close_at": null, "closed_at": "2026-06-03T15:03:00+00:00", "reopen_within_days": 30}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (70, '577f9a7ea2e73c72a07e86278994f65c', 7, NULL, 'bell', 'withdrawn_staff', 'agent', '7', 'Cleo Marsh', NULL, '{"by": "Jerome Ellis", "auto_close_at": null, "closed_at": "2026-06-03T15:03:00+00:00", "reopen_within_days": 30}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (71, '50ba7b49503c39c05e6d4f080a1ae5c3', 7, NULL, 'bell', 'withdrawn_staff', 'agent', '8', 'Grace Hopper', NULL, '{"by": "Jerome Ellis", "auto_close_at": null, "closed_at": "2026-06-03T15:03:00+00:00", "reopen_within_days": 30}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (72, 'ae4f969a56ed60d995412ad15eb8c723', 7, NULL, 'bell', 'reopened_customer', 'customer', '2', 'Jerome Ellis', NULL, '{"by": "Grace", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (73, '4848b5a6a6417a5ffc1668b108b682fc', 7, NULL, 'email', 'reopened_customer', 'customer', '2', 'Jerome Ellis', 'jerome@northwind.example', '{"by": "Grace", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (74, 'c73b55fbd4e181b469ff81640e3f0221', 7, NULL, 'bell', 'reopened_staff', 'agent', '5', 'Ada Lovelace', NULL, '{"by": "Grace Hopper", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (75, '453f86fd6cf6e236efd2f02116cc5470', 7, NULL, 'email', 'reopened_staff', 'agent', '5', 'Ada Lovelace', 'ada@desk.example', '{"by": "Grace Hopper", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (76, '4d1fa154e3dae6ffd77853b30b1cf3ce', 7, NULL, 'bell', 'reopened_staff', 'agent', '7', 'Cleo Marsh', NULL, '{"by": "Grace Hopper", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'sent', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', NULL, NULL, '', NULL);
INSERT INTO public.sgsupport_delivery VALUES (77, '2403586845840fb151ada9a5e67cea86', 7, NULL, 'email', 'reopened_staff', 'agent', '7', 'Cleo Marsh', 'cleo@desk.example', '{"by": "Grace Hopper", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}', 'queued', 0, '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, '', NULL);


--
-- Data for Name: sgsupport_event; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_event VALUES (1, 1, 1, '2026-04-22 14:03:00', 'customer', 5, NULL, '', 'panel', 'ticket.opened', '', NULL, 'TKT-2026-00001', NULL, NULL, NULL, '{"channel": "panel", "queue": "support", "message": "585a314133f1e440331a5acaf866cfa4", "snapshot": "7c95378c034dec3c1a751a444d7e354dde2b4395f8c4c9935283906e94f3ad8a"}', '', 1, 'de4d41977d30bd5f2be2947c0e5b64608cfd8dd81e731e6f047c0808c7c806f8');
INSERT INTO public.sgsupport_event VALUES (2, 1, 1, '2026-04-22 14:03:00', 'rule', NULL, NULL, 'system:routing', 'panel', 'ticket.routed', 'queue', NULL, 'support', NULL, NULL, NULL, '{}', '', 2, 'f66179d8e3424964f2e539c855a98d85fe73a16163f904bc652b7bad3d8385c1');
INSERT INTO public.sgsupport_event VALUES (3, 1, 2, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'assignee.changed', 'assignee', NULL, NULL, NULL, 1, NULL, '{}', '', 3, '3fd3bee5143c85019d241157a18eae46da7e8fabe56619742f393d110a761e4d');
INSERT INTO public.sgsupport_event VALUES (4, 1, 3, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'message.added', '', NULL, 'public-reply', NULL, NULL, NULL, '{"message": "7b61a1f805b501273978853d38a15cf3", "public": true}', '', 4, '56b56c735f4fa3ddfecf8ab895a5b1fb4c6e8c9de7c2c3516bce845ad0450e36');
INSERT INTO public.sgsupport_event VALUES (5, 1, 4, '2026-04-22 14:03:00', 'customer', 6, NULL, '', 'panel', 'message.added', '', NULL, 'follow-up', NULL, NULL, NULL, '{"message": "a43038ae34506bd8ccf3ca87cf127659", "public": true}', '', 5, '32b607be7543833ba2b87529335320785ea6ad24c90d0855ea9c81415f27705a');
INSERT INTO public.sgsupport_event VALUES (6, 1, 5, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'note.added', '', NULL, 'internal-note', NULL, NULL, NULL, '{"message": "3c3730ab360fc0a6990968e63bdb6a0d", "public": false}', '', 6, 'c7990ab2697b91306f840423f88248edd01c6970466a08ae606157fb01068a74');
INSERT INTO public.sgsupport_event VALUES (7, 1, 6, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'note.edited', '', NULL, NULL, NULL, NULL, NULL, '{"message": "3c3730ab360fc0a6990968e63bdb6a0d"}', '', 7, '610d7025ed135e57d8bf06cd90d5d2c11d446bcdea0a71a8279f63b5a7d0ab86');
INSERT INTO public.sgsupport_event VALUES (8, 1, 8, '2026-04-22 14:03:00', 'agent', 4, NULL, '', 'inbox', 'field.changed', 'priority', NULL, NULL, NULL, NULL, '782d969c6320609714fa751c475b5a7c36b334dc1093aa4a59512661b237dd88', '{}', '', 8, '055d0791adc4b2820b1026cef6a52129802e2e6ebcb313afbba1604dc9da8136');
INSERT INTO public.sgsupport_event VALUES (9, 1, 8, '2026-04-22 14:03:00', 'agent', 4, NULL, '', 'inbox', 'field.changed', 'tags', NULL, NULL, NULL, NULL, '62a17d950741c948637807b09a66b23a5a58e5a8de8f4ede9e78c14d34ca8cd8', '{}', '', 9, '9b9e8dc84360c568a748d0161ba195f3535929a987939c7b739f77b96bc7fd1b');
INSERT INTO public.sgsupport_event VALUES (10, 1, 9, '2026-04-22 14:03:00', 'agent', 4, NULL, '', 'inbox', 'message.redacted', '', NULL, NULL, NULL, NULL, NULL, '{"message": "a43038ae34506bd8ccf3ca87cf127659", "parts": ["text"]}', '', 10, '67500f28c047712fc54f086026e78fee0f329ea43f8bc3fe31a692900530f1d0');
INSERT INTO public.sgsupport_event VALUES (11, 2, 1, '2026-04-22 14:03:00', 'customer', 6, NULL, '', 'panel', 'ticket.opened', '', NULL, 'TKT-2026-00002', NULL, NULL, NULL, '{"channel": "panel", "queue": "support", "message": "2561fcf514cec676c7d3c4d9067706a9", "snapshot": "eb8d2959f15690d9dc36a89915da65fecdb9d4fac34a2ceb5f2076b1123605f0"}', '', 1, '848c3ad012f96e3937d75fc942a973b6a71a004af30d863cdbe84fad7193db13');
INSERT INTO public.sgsupport_event VALUES (12, 2, 1, '2026-04-22 14:03:00', 'rule', NULL, NULL, 'system:routing', 'panel', 'ticket.routed', 'queue', NULL, 'support', NULL, NULL, NULL, '{}', '', 2, '85ef55d097144595c5b3e59ae34bd38007d5692f3b6a12ea3a879575080f8945');
INSERT INTO public.sgsupport_event VALUES (13, 2, 2, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'assignee.changed', 'assignee', NULL, NULL, NULL, 1, NULL, '{}', '', 3, '3e28f69dda5b20ac0b69717da2c3d9e11a07bd324d04f25402d2f21be143df44');
INSERT INTO public.sgsupport_event VALUES (14, 2, 3, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'message.added', '', NULL, 'public-reply', NULL, NULL, NULL, '{"message": "15c887ea20b6d653fcf258aa0a618b58", "public": true}', '', 4, '7ea977446922bef16a70a495c3018a0d01f5b6ffb4614c00eed891cb235dca4f');
INSERT INTO public.sgsupport_event VALUES (15, 2, 3, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'status.changed', 'status', 'open', 'resolved', NULL, NULL, NULL, '{"cause": "resolved"}', '', 5, 'f3688656598cdb69fdcbe99f197db5579c082261262fe1d1c2bb3900e7eb216d');
INSERT INTO public.sgsupport_event VALUES (16, 3, 1, '2026-04-22 14:03:00', 'customer', 7, NULL, '', 'panel', 'ticket.opened', '', NULL, 'TKT-2026-00003', NULL, NULL, NULL, '{"channel": "panel", "queue": "billing", "message": "f925c73fe1d96ada0e3de32ef6428fb4", "snapshot": "3b2b68685dfcb8d587a1db3499c428f78e8b69ea9db01902bce94ee4781ad534"}', '', 1, '5c957757d8ceedee641c281202f85c51560324ce68e2976059f24351ec7f2037');
INSERT INTO public.sgsupport_event VALUES (17, 3, 1, '2026-04-22 14:03:00', 'rule', NULL, NULL, 'system:routing', 'panel', 'ticket.routed', 'queue', NULL, 'billing', NULL, NULL, NULL, '{}', '', 2, '7174a84b2b708f6f57ce9e141e3391e5b3a98e34e8a2efd7d1b43080d04e9a07');
INSERT INTO public.sgsupport_event VALUES (18, 3, 2, '2026-04-22 14:03:00', 'agent', 2, NULL, '', 'inbox', 'assignee.changed', 'assignee', NULL, NULL, NULL, 2, NULL, '{}', '', 3, 'e80e0a44a62dae7409e09e81e5f0603aa458b81d3a77fc24aff0c1a070c96575');
INSERT INTO public.sgsupport_event VALUES (19, 3, 3, '2026-04-22 14:03:00', 'agent', 2, NULL, '', 'inbox', 'message.added', '', NULL, 'public-reply', NULL, NULL, NULL, '{"message": "6b393afac673ba894fd8b060e3686d11", "public": true}', '', 4, 'e97abc7cd9a7a215427a433c5b0c55bab56ff3ade2524109c93324a7b4c13518');
INSERT INTO public.sgsupport_event VALUES (20, 3, 3, '2026-04-22 14:03:00', 'agent', 2, NULL, '', 'inbox', 'status.changed', 'status', 'open', 'resolved', NULL, NULL, NULL, '{"cause": "resolved"}', '', 5, '388af15bf699245601316a63d12888a8c952b0c482e0f33ed57e81e6dd1286ad');
INSERT INTO public.sgsupport_event VALUES (21, 3, 5, '2026-04-22 14:03:00', 'agent', 2, NULL, '', 'inbox', 'message.visibility_changed', 'visibility', 'public', 'private', NULL, NULL, NULL, '{"message": "6b393afac673ba894fd8b060e3686d11"}', '', 6, '6d22d05c1e05dd17d3ff477b02e577d09527626c6170af1cab75f61c866017af');
INSERT INTO public.sgsupport_event VALUES (22, 3, 6, '2026-04-22 14:03:00', 'agent', 2, NULL, '', 'inbox', 'message.visibility_changed', 'visibility', 'private', 'public', NULL, NULL, NULL, '{"message": "6b393afac673ba894fd8b060e3686d11"}', '', 7, '85eca791ae1dc7b7313125750bb7503277b08699e8eda2efc1e7ca818018e1f0');
INSERT INTO public.sgsupport_event VALUES (23, 3, 7, '2026-04-22 14:03:00', 'customer', 7, NULL, '', 'panel', 'message.added', '', NULL, 'follow-up', NULL, NULL, NULL, '{"message": "51e1b70f9a5c78edb9cf62c8504f3f3d", "public": true}', '', 8, 'f8e95f044469d627ab67e606c4983d2fc2ae21a2c8b349160f99214295a446b8');
INSERT INTO public.sgsupport_event VALUES (24, 3, 7, '2026-04-22 14:03:00', 'customer', 7, NULL, '', 'panel', 'status.changed', 'status', 'resolved', 'closed', NULL, NULL, NULL, '{"cause": "confirmed"}', '', 9, '658ea33e3247c89eb127a0c08f9003ebb4eec35957db7a085791332eb897a01c');
INSERT INTO public.sgsupport_event VALUES (25, 4, 1, '2026-04-22 14:03:00', 'customer', 7, NULL, '', 'panel', 'ticket.opened', '', NULL, 'TKT-2026-00004', NULL, NULL, NULL, '{"channel": "panel", "queue": "support", "message": "0c9e20d1957d5dd2e600e5736b8fafcf", "snapshot": "3b2b68685dfcb8d587a1db3499c428f78e8b69ea9db01902bce94ee4781ad534"}', '', 1, '68bd2b1432495bc84e6d4d408ec514113c5dbb52318a8c0562d5de23dceeea8d');
INSERT INTO public.sgsupport_event VALUES (26, 4, 1, '2026-04-22 14:03:00', 'rule', NULL, NULL, 'system:routing', 'panel', 'ticket.routed', 'queue', NULL, 'support', NULL, NULL, NULL, '{}', '', 2, '8a8063b0aede2e817f6f57ce41a5f9930a5914671d9fee1c285332966396e6b8');
INSERT INTO public.sgsupport_event VALUES (27, 4, 2, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'assignee.changed', 'assignee', NULL, NULL, NULL, 1, NULL, '{}', '', 3, 'a77daf0addaa0a9269de21d89801947fc85e0e69fae9b540980890d89e87dd39');
INSERT INTO public.sgsupport_event VALUES (28, 4, 3, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'message.added', '', NULL, 'public-reply', NULL, NULL, NULL, '{"message": "85ba7ddcc09a20c2cb85792897e8f26d", "public": true}', '', 4, '9b9e5ced0cd2a93b8b651975b9e8c230ed88c75a4a6b9da4114f1ba07d123d70');
INSERT INTO public.sgsupport_event VALUES (29, 4, 3, '2026-04-22 14:03:00', 'agent', 1, NULL, '', 'inbox', 'status.changed', 'status', 'open', 'resolved', NULL, NULL, NULL, '{"cause": "resolved"}', '', 5, 'e451a1b40ba9ab8d33f3acf138901e0afd1c334396c36bc9e21b23d0632df18c');
INSERT INTO public.sgsupport_event VALUES (30, 2, 4, '2026-04-24 15:03:00', 'timer', NULL, NULL, 'system:auto-close', 'clock', 'status.changed', 'status', 'resolved', 'closed', NULL, NULL, NULL, '{"cause": "no_reply"}', '', 6, '57ad65e28e08dde57e5730cb109fc88035b40546a0028e3ff957672e78cef6b1');
INSERT INTO public.sgsupport_event VALUES (31, 4, 4, '2026-04-24 15:03:00', 'timer', NULL, NULL, 'system:auto-close', 'clock', 'status.changed', 'status', 'resolved', 'closed', NULL, NULL, NULL, '{"cause": "no_reply"}', '', 6, 'd5b1bfe94a267273df89b604ab712da5fd7eaad1d3b7e299fd0916aaab9e0a1b');
INSERT INTO public.sgsupport_event VALUES (32, 5, 1, '2026-06-03 15:03:00', 'customer', 7, NULL, '', 'panel', 'ticket.opened', '', NULL, 'TKT-2026-00005', NULL, NULL, NULL, '{"channel": "panel", "queue": "support", "message": "89a6c2c633969e1bcc1804dc564d1e6f", "snapshot": "3b2b68685dfcb8d587a1db3499c428f78e8b69ea9db01902bce94ee4781ad534", "follow_up_of": "TKT-2026-00004"}', '', 1, 'ef83a5c4f91cb88d38a3d2c2c30eaf99a290f4099310f69f3582bbd35e8f9b62');
INSERT INTO public.sgsupport_event VALUES (33, 5, 1, '2026-06-03 15:03:00', 'rule', NULL, NULL, 'system:routing', 'panel', 'ticket.routed', 'queue', NULL, 'support', NULL, NULL, NULL, '{}', '', 2, '03b1c8b1f1276b84c1c8572345c942d8accaa0d1970f6bdeb69881a31b9375c4');
INSERT INTO public.sgsupport_event VALUES (34, 4, 5, '2026-06-03 15:03:00', 'customer', 7, NULL, '', 'panel', 'ticket.continued_in', 'continued_in', NULL, 'TKT-2026-00005', NULL, NULL, NULL, '{}', '', 7, 'd4965e22e1569a3ca0dde1b46f0766d8f991006c4943884337941396f96e8c46');
INSERT INTO public.sgsupport_event VALUES (35, 6, 1, '2026-06-03 15:03:00', 'customer', 5, NULL, '', 'panel', 'ticket.opened', '', NULL, 'TKT-2026-00006', NULL, NULL, NULL, '{"channel": "panel", "queue": "support", "message": "cab1300ef65715e2b247875463245328", "snapshot": "266162984c27fbb5a68bacde54fbb1c7cc0c6ae6bdf962c27bd2606551a36508"}', '', 1, '761875f28a3b82d2b8b6a4d290934a8fc464dc7f0434fb71af395f72b3769e97');
INSERT INTO public.sgsupport_event VALUES (36, 6, 1, '2026-06-03 15:03:00', 'rule', NULL, NULL, 'system:routing', 'panel', 'ticket.routed', 'queue', NULL, 'support', NULL, NULL, NULL, '{}', '', 2, '01baaa31dc279c496445651e57494a280e7ffd5f70fd25dfb19c4e5650856a24');
INSERT INTO public.sgsupport_event VALUES (37, 6, 2, '2026-06-03 15:03:00', 'agent', 1, NULL, '', 'inbox', 'ticket.filtered', 'filtered', NULL, NULL, NULL, NULL, 'd9abace67ab1581fad337386b85e6c69cb5240c0f244e487b99744c87503ad01', '{}', '', 3, '13d9b46356e20221ff2453ef68ae680b95eb1cff39b508ea8e630b7f9585cecf');
INSERT INTO public.sgsupport_event VALUES (38, 7, 1, '2026-06-03 15:03:00', 'customer', 5, NULL, '', 'panel', 'ticket.opened', '', NULL, 'TKT-2026-00007', NULL, NULL, NULL, '{"channel": "panel", "queue": "support", "message": "785fae443e04122cb0beb1bad9171d1d", "snapshot": "266162984c27fbb5a68bacde54fbb1c7cc0c6ae6bdf962c27bd2606551a36508"}', '', 1, '7d9557f417457a6a47a087b9b8c7011e248a33269a7ce6cab69301c46c05cdeb');
INSERT INTO public.sgsupport_event VALUES (39, 7, 1, '2026-06-03 15:03:00', 'rule', NULL, NULL, 'system:routing', 'panel', 'ticket.routed', 'queue', NULL, 'support', NULL, NULL, NULL, '{}', '', 2, 'a6fd2830be5ca81b87c8eedc001eb2b0e94f7cbe3b052d3c81ed26089233867f');
INSERT INTO public.sgsupport_event VALUES (40, 7, 2, '2026-06-03 15:03:00', 'customer', 5, NULL, '', 'panel', 'status.changed', 'status', 'open', 'resolved', NULL, NULL, NULL, '{"cause": "withdrawn"}', '', 3, '73251f968e0aa5e14645de10ff326460993200ff4023745aed494cff24734bcc');
INSERT INTO public.sgsupport_event VALUES (41, 7, 2, '2026-06-03 15:03:00', 'customer', 5, NULL, '', 'panel', 'status.changed', 'status', 'resolved', 'closed', NULL, NULL, NULL, '{"cause": "withdrawn"}', '', 4, 'a617391379d9f2da970afe45c9dd7c8483b47c3cc8e943c7a51f6f7ac497b35c');
INSERT INTO public.sgsupport_event VALUES (42, 7, 3, '2026-06-03 15:03:00', 'agent', 4, NULL, '', 'inbox', 'status.changed', 'status', 'closed', 'open', NULL, NULL, '761cdfbcd4eb8378b4fbfdcc20d639826a7cd3caf8d307b166279eb302bd15b1', '{"cause": "reopen"}', '', 5, 'a429274b9578da78c998eba2ae8bcb2c84e287b5fced02d95c85e889896e606d');
INSERT INTO public.sgsupport_event VALUES (43, NULL, 0, '2026-06-03 15:03:00', 'agent', 4, NULL, '', 'inbox', 'queue.changed', 'signature', NULL, NULL, NULL, NULL, 'd3b229e77ec1874a3782c0596c901a0866e54d2e89ce5d8809c8afa2ba98ae7e', '{"queue": "billing"}', '', 1, '783d097b3b44868dd86873ab61ded79597800ef69068ed1ac85d9778c1fa60eb');


--
-- Data for Name: sgsupport_event_chain; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_event_chain VALUES ('desk', 1, '783d097b3b44868dd86873ab61ded79597800ef69068ed1ac85d9778c1fa60eb');


--
-- Data for Name: sgsupport_event_text; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_event_text VALUES ('782d969c6320609714fa751c475b5a7c36b334dc1093aa4a59512661b237dd88', 1, '9cc7dca4c44511aa1cd293d9d3e2bd69', 'normal', 'high', '{}');
INSERT INTO public.sgsupport_event_text VALUES ('62a17d950741c948637807b09a66b23a5a58e5a8de8f4ede9e78c14d34ca8cd8', 1, 'c4e5328ed366491c29bb656b252d506a', '', 'checkout, urgent', '{}');
INSERT INTO public.sgsupport_event_text VALUES ('d9abace67ab1581fad337386b85e6c69cb5240c0f244e487b99744c87503ad01', 6, 'b5621d0bc3c449af5bc53088375a1338', NULL, 'advertising', '{}');
INSERT INTO public.sgsupport_event_text VALUES ('761cdfbcd4eb8378b4fbfdcc20d639826a7cd3caf8d307b166279eb302bd15b1', 7, 'b4cb68785726d084d43c9ee28a93daec', NULL, NULL, '{"reason": "asked by phone"}');
INSERT INTO public.sgsupport_event_text VALUES ('d3b229e77ec1874a3782c0596c901a0866e54d2e89ce5d8809c8afa2ba98ae7e', NULL, '53599b3f0f4dc26a519e3ca4f73b1cee', NULL, 'Your billing team', '{}');


--
-- Data for Name: sgsupport_heartbeat; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_heartbeat VALUES ('sweep', '2026-06-03 15:03:00', '8c7aee0370ea6927419dcefb8649120b');
INSERT INTO public.sgsupport_heartbeat VALUES ('clock', '2026-06-03 15:03:00', '0 closed, 0 held, 0 released, 0 files removed');


--
-- Data for Name: sgsupport_host_change; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: sgsupport_message; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_message VALUES (1, '585a314133f1e440331a5acaf866cfa4', 1, 'description', true, 'customer', 5, 'Jerome Ellis', 'Nobody can pay.', 'panel', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (2, '7b61a1f805b501273978853d38a15cf3', 1, 'public-reply', true, 'agent', 1, 'Ada', 'Thanks for flagging — checkout is now **restored**.', 'inbox', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (4, '3c3730ab360fc0a6990968e63bdb6a0d', 1, 'internal-note', false, 'agent', 1, 'Ada', 'It is the cache.', 'inbox', '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (3, 'a43038ae34506bd8ccf3ca87cf127659', 1, 'follow-up', true, 'customer', 6, 'Lena Brandt', 'It is back 🙁. My password is [redacted].', 'panel', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (5, '2561fcf514cec676c7d3c4d9067706a9', 2, 'description', true, 'customer', 6, 'Lena Brandt', 'I see no button.', 'panel', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (6, '15c887ea20b6d653fcf258aa0a618b58', 2, 'public-reply', true, 'agent', 1, 'Ada', 'Under Sites, top right.', 'inbox', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (7, 'f925c73fe1d96ada0e3de32ef6428fb4', 3, 'description', true, 'customer', 7, 'Mina Sato', 'It names the old address.', 'panel', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (8, '6b393afac673ba894fd8b060e3686d11', 3, 'public-reply', true, 'agent', 2, 'Ben', 'Sent again.', 'inbox', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (9, '51e1b70f9a5c78edb9cf62c8504f3f3d', 3, 'follow-up', true, 'customer', 7, 'Mina Sato', 'Thank you.', 'panel', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (10, '0c9e20d1957d5dd2e600e5736b8fafcf', 4, 'description', true, 'customer', 7, 'Mina Sato', 'The font is smaller.', 'panel', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (11, '85ba7ddcc09a20c2cb85792897e8f26d', 4, 'public-reply', true, 'agent', 1, 'Ada', 'That was us; it is as before.', 'inbox', '2026-04-22 14:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (12, '89a6c2c633969e1bcc1804dc564d1e6f', 5, 'description', true, 'customer', 7, 'Mina Sato', 'And again.', 'panel', '2026-06-03 15:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (13, 'cab1300ef65715e2b247875463245328', 6, 'description', true, 'customer', 5, 'Jerome Ellis', 'Buy!', 'panel', '2026-06-03 15:03:00', NULL, NULL, NULL);
INSERT INTO public.sgsupport_message VALUES (14, '785fae443e04122cb0beb1bad9171d1d', 7, 'description', true, 'customer', 5, 'Jerome Ellis', 'What does it cost?', 'panel', '2026-06-03 15:03:00', NULL, NULL, NULL);


--
-- Data for Name: sgsupport_message_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_message_version VALUES (1, 4, 'Looks like the cache; see ticket of last week.', 1, '2026-04-22 14:03:00');


--
-- Data for Name: sgsupport_number_counter; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_number_counter VALUES ('TKT', 2027, 0);
INSERT INTO public.sgsupport_number_counter VALUES ('TKT', 2026, 7);


--
-- Data for Name: sgsupport_person; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_person VALUES (1, 'f54cbcbf2b2f00e26edc31d045ab7381a3cbd5c7c982a332e10fd58e8e406fff', '5', 'Ada Lovelace', 'ada@desk.example', '2026-04-22 14:03:00');
INSERT INTO public.sgsupport_person VALUES (2, 'ebf3c3f3e677cbdb1c346409951f5f56aa9d6b3be68f34a7fcaa9d6d8ae082dc', '6', 'Ben Okoro', 'ben@desk.example', '2026-04-22 14:03:00');
INSERT INTO public.sgsupport_person VALUES (3, 'de2ccb43131fa005c05d45abb70cd42c7f60f6afdaa7634d057fbee8e00278b2', '7', 'Cleo Marsh', 'cleo@desk.example', '2026-04-22 14:03:00');
INSERT INTO public.sgsupport_person VALUES (4, '9036b269a4a6619f129d4c4dd27cbb0991740f6509cf1907a6d3d903afa7aaff', '8', 'Grace Hopper', 'grace@desk.example', '2026-04-22 14:03:00');
INSERT INTO public.sgsupport_person VALUES (5, 'cae469693823c63efaa0d46151a80df75cdfc9fef62d8579d4dba948fb11e5aa', '2', 'Jerome Ellis', 'jerome@northwind.example', '2026-04-22 14:03:00');
INSERT INTO public.sgsupport_person VALUES (6, '3903ee5e1347e9b7bd7273a5e2a70d36107e042f3a6c94f659c6fe2781d5b367', '1', 'Lena Brandt', 'lena@northwind.example', '2026-04-22 14:03:00');
INSERT INTO public.sgsupport_person VALUES (7, 'ded80b6da91530cde792189e9edeab64da88f22a1b4b31feab5f2339710b26f8', '4', 'Mina Sato', 'mina@fabrikam.example', '2026-04-22 14:03:00');


--
-- Data for Name: sgsupport_preference; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: sgsupport_queue; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_queue VALUES (1, 'support', 'Support', 0, true, true, 'Support team', NULL, NULL, '', '', NULL, NULL);
INSERT INTO public.sgsupport_queue VALUES (2, 'billing', 'Billing', 1, true, false, 'Billing team', NULL, NULL, 'Your billing team', '', NULL, NULL);


--
-- Data for Name: sgsupport_spent; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_spent VALUES ('2', 'uploads', 21, '2026-04-22 14:00:00');
INSERT INTO public.sgsupport_spent VALUES ('1', 'messages', 1, '2026-04-22 14:00:00');
INSERT INTO public.sgsupport_spent VALUES ('1', 'opens', 1, '2026-04-22 14:00:00');
INSERT INTO public.sgsupport_spent VALUES ('6', 'messages', 1, '2026-04-22 14:00:00');
INSERT INTO public.sgsupport_spent VALUES ('5', 'messages', 4, '2026-04-22 14:00:00');
INSERT INTO public.sgsupport_spent VALUES ('4', 'messages', 1, '2026-06-03 15:00:00');
INSERT INTO public.sgsupport_spent VALUES ('4', 'opens', 1, '2026-06-03 15:00:00');
INSERT INTO public.sgsupport_spent VALUES ('2', 'opens', 2, '2026-06-03 15:00:00');


--
-- Data for Name: sgsupport_ticket; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_ticket VALUES (3, 'TKT-2026-00003', 7, '2', 'Fabrikam', NULL, 'Starter', 7, '4', 'Mina Sato', 'mina@fabrikam.example', 'Invoice of March', 'invoice of march', 'closed', 'normal', 'panel', 2, 2, 2, NULL, true, 'customer', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, '2026-04-22 14:03:00', 'customer_confirmed', 0, NULL, NULL, '[{"code": "category", "queue": "Billing", "category": "Invoices"}]', 9, '658ea33e3247c89eb127a0c08f9003ebb4eec35957db7a085791332eb897a01c');
INSERT INTO public.sgsupport_ticket VALUES (1, 'TKT-2026-00001', 9, '1', 'Northwind Outfitters', NULL, 'Growth', 5, '2', 'Jerome Ellis', 'jerome@northwind.example', 'Checkout failing on Canvas Tote', 'checkout failing on canvas tote', 'open', 'high', 'panel', 1, 1, 1, NULL, false, 'staff', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-22 14:03:00', NULL, NULL, NULL, NULL, 0, NULL, NULL, '[{"code": "category", "queue": "Support", "category": "Storefront"}]', 10, '67500f28c047712fc54f086026e78fee0f329ea43f8bc3fe31a692900530f1d0');
INSERT INTO public.sgsupport_ticket VALUES (2, 'TKT-2026-00002', 4, '1', 'Northwind Outfitters', NULL, 'Growth', 6, '1', 'Lena Brandt', 'lena@northwind.example', 'How do I add a site?', 'how do i add a site', 'closed', 'normal', 'panel', 1, NULL, 1, NULL, true, 'customer', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-24 15:03:00', '2026-04-24 15:03:00', '2026-04-22 14:03:00', NULL, '2026-04-24 15:03:00', 'no_reply', 0, NULL, NULL, '[{"code": "default", "queue": "Support"}]', 6, '57ad65e28e08dde57e5730cb109fc88035b40546a0028e3ff957672e78cef6b1');
INSERT INTO public.sgsupport_ticket VALUES (5, 'TKT-2026-00005', 1, '2', 'Fabrikam', NULL, 'Starter', 7, '4', 'Mina Sato', 'mina@fabrikam.example', 'Theme update', 'theme update', 'open', 'normal', 'panel', 1, NULL, NULL, NULL, false, 'staff', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, 0, NULL, 4, '[{"code": "continues", "queue": "Support", "ticket": "TKT-2026-00004"}]', 2, '03b1c8b1f1276b84c1c8572345c942d8accaa0d1970f6bdeb69881a31b9375c4');
INSERT INTO public.sgsupport_ticket VALUES (4, 'TKT-2026-00004', 5, '2', 'Fabrikam', NULL, 'Starter', 7, '4', 'Mina Sato', 'mina@fabrikam.example', 'Theme update', 'theme update', 'closed', 'normal', 'panel', 1, NULL, 1, NULL, true, 'customer', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-04-22 14:03:00', '2026-06-03 15:03:00', '2026-06-03 15:03:00', '2026-04-22 14:03:00', NULL, '2026-04-24 15:03:00', 'no_reply', 0, NULL, NULL, '[{"code": "default", "queue": "Support"}]', 7, 'd4965e22e1569a3ca0dde1b46f0766d8f991006c4943884337941396f96e8c46');
INSERT INTO public.sgsupport_ticket VALUES (6, 'TKT-2026-00006', 2, '1', 'Northwind Outfitters', NULL, 'Growth', 5, '2', 'Jerome Ellis', 'jerome@northwind.example', 'CHEAP WATCHES', 'cheap watches', 'open', 'normal', 'panel', 1, NULL, NULL, 'advertising', false, 'staff', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, 0, NULL, NULL, '[{"code": "default", "queue": "Support"}]', 3, '13d9b46356e20221ff2453ef68ae680b95eb1cff39b508ea8e630b7f9585cecf');
INSERT INTO public.sgsupport_ticket VALUES (7, 'TKT-2026-00007', 3, '1', 'Northwind Outfitters', NULL, 'Growth', 5, '2', 'Jerome Ellis', 'jerome@northwind.example', 'A question', 'a question', 'open', 'normal', 'panel', 1, NULL, NULL, NULL, false, 'staff', '2026-06-03 15:03:00', NULL, '2026-06-03 15:03:00', '2026-06-03 15:03:00', '2026-06-03 15:03:00', NULL, NULL, NULL, NULL, 1, NULL, NULL, '[{"code": "default", "queue": "Support"}]', 5, 'a429274b9578da78c998eba2ae8bcb2c84e287b5fced02d95c85e889896e606d');


--
-- Data for Name: sgsupport_ticket_read; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: sgsupport_ticket_site; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: sgsupport_ticket_tag; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sgsupport_ticket_tag VALUES (1, 'checkout');
INSERT INTO public.sgsupport_ticket_tag VALUES (1, 'urgent');


--
-- Data for Name: sgsupport_write_lock; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: user; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public."user" VALUES (1, 'Lena Brandt', 'lena@northwind.example', 1, 'Owner', true, true, false, true, 'both');
INSERT INTO public."user" VALUES (2, 'Jerome Ellis', 'jerome@northwind.example', 1, 'Admin', false, true, false, true, 'both');
INSERT INTO public."user" VALUES (3, 'Nora Quist', 'nora@northwind.example', 1, 'Editor', false, false, false, true, 'both');
INSERT INTO public."user" VALUES (4, 'Mina Sato', 'mina@fabrikam.example', 2, 'Owner', true, true, false, true, 'both');
INSERT INTO public."user" VALUES (5, 'Ada Lovelace', 'ada@desk.example', NULL, '', false, true, false, true, 'both');
INSERT INTO public."user" VALUES (6, 'Ben Okoro', 'ben@desk.example', NULL, '', false, true, false, true, 'both');
INSERT INTO public."user" VALUES (7, 'Cleo Marsh', 'cleo@desk.example', NULL, '', false, true, false, true, 'both');
INSERT INTO public."user" VALUES (8, 'Grace Hopper', 'grace@desk.example', NULL, '', false, true, false, true, 'both');
INSERT INTO public."user" VALUES (9, 'Olga Petrova', 'olga@desk.example', NULL, '', false, true, true, true, 'both');


--
-- Name: sgsupport_agent_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_agent_pk_seq', 4, true);


--
-- Name: sgsupport_attachment_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_attachment_pk_seq', 1, true);


--
-- Name: sgsupport_category_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_category_pk_seq', 2, true);


--
-- Name: sgsupport_context_snapshot_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_context_snapshot_pk_seq', 7, true);


--
-- Name: sgsupport_delivery_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_delivery_pk_seq', 77, true);


--
-- Name: sgsupport_event_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_event_pk_seq', 43, true);


--
-- Name: sgsupport_message_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_message_pk_seq', 14, true);


--
-- Name: sgsupport_message_version_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_message_version_pk_seq', 1, true);


--
-- Name: sgsupport_person_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_person_pk_seq', 7, true);


--
-- Name: sgsupport_queue_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_queue_pk_seq', 2, true);


--
-- Name: sgsupport_ticket_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_ticket_pk_seq', 7, true);


--
-- Name: sgsupport_write_lock_pk_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sgsupport_write_lock_pk_seq', 1, false);


--
-- Name: user_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.user_id_seq', 9, true);


--
-- Name: sgsupport_agent pk_sgsupport_agent; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_agent
    ADD CONSTRAINT pk_sgsupport_agent PRIMARY KEY (pk);


--
-- Name: sgsupport_agent_coverage pk_sgsupport_agent_coverage; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_agent_coverage
    ADD CONSTRAINT pk_sgsupport_agent_coverage PRIMARY KEY (agent_pk, kind, value);


--
-- Name: sgsupport_attachment pk_sgsupport_attachment; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_attachment
    ADD CONSTRAINT pk_sgsupport_attachment PRIMARY KEY (pk);


--
-- Name: sgsupport_category pk_sgsupport_category; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_category
    ADD CONSTRAINT pk_sgsupport_category PRIMARY KEY (pk);


--
-- Name: sgsupport_context_snapshot pk_sgsupport_context_snapshot; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_context_snapshot
    ADD CONSTRAINT pk_sgsupport_context_snapshot PRIMARY KEY (pk);


--
-- Name: sgsupport_delivery pk_sgsupport_delivery; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_delivery
    ADD CONSTRAINT pk_sgsupport_delivery PRIMARY KEY (pk);


--
-- Name: sgsupport_event pk_sgsupport_event; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event
    ADD CONSTRAINT pk_sgsupport_event PRIMARY KEY (pk);


--
-- Name: sgsupport_event_chain pk_sgsupport_event_chain; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event_chain
    ADD CONSTRAINT pk_sgsupport_event_chain PRIMARY KEY (name);


--
-- Name: sgsupport_event_text pk_sgsupport_event_text; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event_text
    ADD CONSTRAINT pk_sgsupport_event_text PRIMARY KEY (digest);


--
-- Name: sgsupport_heartbeat pk_sgsupport_heartbeat; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_heartbeat
    ADD CONSTRAINT pk_sgsupport_heartbeat PRIMARY KEY (name);


--
-- Name: sgsupport_host_change pk_sgsupport_host_change; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_host_change
    ADD CONSTRAINT pk_sgsupport_host_change PRIMARY KEY (kind, host_id);


--
-- Name: sgsupport_message pk_sgsupport_message; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message
    ADD CONSTRAINT pk_sgsupport_message PRIMARY KEY (pk);


--
-- Name: sgsupport_message_version pk_sgsupport_message_version; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message_version
    ADD CONSTRAINT pk_sgsupport_message_version PRIMARY KEY (pk);


--
-- Name: sgsupport_number_counter pk_sgsupport_number_counter; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_number_counter
    ADD CONSTRAINT pk_sgsupport_number_counter PRIMARY KEY (prefix, year);


--
-- Name: sgsupport_person pk_sgsupport_person; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_person
    ADD CONSTRAINT pk_sgsupport_person PRIMARY KEY (pk);


--
-- Name: sgsupport_preference pk_sgsupport_preference; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_preference
    ADD CONSTRAINT pk_sgsupport_preference PRIMARY KEY (host_id, channel);


--
-- Name: sgsupport_queue pk_sgsupport_queue; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_queue
    ADD CONSTRAINT pk_sgsupport_queue PRIMARY KEY (pk);


--
-- Name: sgsupport_spent pk_sgsupport_spent; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_spent
    ADD CONSTRAINT pk_sgsupport_spent PRIMARY KEY (host_id, what);


--
-- Name: sgsupport_ticket pk_sgsupport_ticket; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket
    ADD CONSTRAINT pk_sgsupport_ticket PRIMARY KEY (pk);


--
-- Name: sgsupport_ticket_read pk_sgsupport_ticket_read; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket_read
    ADD CONSTRAINT pk_sgsupport_ticket_read PRIMARY KEY (ticket_pk, host_id);


--
-- Name: sgsupport_ticket_site pk_sgsupport_ticket_site; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket_site
    ADD CONSTRAINT pk_sgsupport_ticket_site PRIMARY KEY (ticket_pk, "position");


--
-- Name: sgsupport_ticket_tag pk_sgsupport_ticket_tag; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket_tag
    ADD CONSTRAINT pk_sgsupport_ticket_tag PRIMARY KEY (ticket_pk, tag);


--
-- Name: sgsupport_write_lock pk_sgsupport_write_lock; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_write_lock
    ADD CONSTRAINT pk_sgsupport_write_lock PRIMARY KEY (pk);


--
-- Name: sgsupport_alembic_version sgsupport_alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_alembic_version
    ADD CONSTRAINT sgsupport_alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: sgsupport_agent uq_sgsupport_agent_host_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_agent
    ADD CONSTRAINT uq_sgsupport_agent_host_id UNIQUE (host_id);


--
-- Name: sgsupport_attachment uq_sgsupport_attachment_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_attachment
    ADD CONSTRAINT uq_sgsupport_attachment_key UNIQUE (key);


--
-- Name: sgsupport_attachment uq_sgsupport_attachment_storage_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_attachment
    ADD CONSTRAINT uq_sgsupport_attachment_storage_key UNIQUE (storage_key);


--
-- Name: sgsupport_category uq_sgsupport_category_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_category
    ADD CONSTRAINT uq_sgsupport_category_key UNIQUE (key);


--
-- Name: sgsupport_context_snapshot uq_sgsupport_context_snapshot_ticket_pk; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_context_snapshot
    ADD CONSTRAINT uq_sgsupport_context_snapshot_ticket_pk UNIQUE (ticket_pk);


--
-- Name: sgsupport_delivery uq_sgsupport_delivery_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_delivery
    ADD CONSTRAINT uq_sgsupport_delivery_key UNIQUE (key);


--
-- Name: sgsupport_message uq_sgsupport_message_form_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message
    ADD CONSTRAINT uq_sgsupport_message_form_key UNIQUE (form_key);


--
-- Name: sgsupport_message uq_sgsupport_message_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message
    ADD CONSTRAINT uq_sgsupport_message_key UNIQUE (key);


--
-- Name: sgsupport_person uq_sgsupport_person_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_person
    ADD CONSTRAINT uq_sgsupport_person_digest UNIQUE (digest);


--
-- Name: sgsupport_queue uq_sgsupport_queue_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_queue
    ADD CONSTRAINT uq_sgsupport_queue_key UNIQUE (key);


--
-- Name: sgsupport_ticket uq_sgsupport_ticket_ticket_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket
    ADD CONSTRAINT uq_sgsupport_ticket_ticket_id UNIQUE (ticket_id);


--
-- Name: user user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_pkey PRIMARY KEY (id);


--
-- Name: ix_sgsupport_agent_coverage_kind; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_agent_coverage_kind ON public.sgsupport_agent_coverage USING btree (kind, value, agent_pk);


--
-- Name: ix_sgsupport_attachment_ticket; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_attachment_ticket ON public.sgsupport_attachment USING btree (ticket_pk, message_pk);


--
-- Name: ix_sgsupport_delivery_bell; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_delivery_bell ON public.sgsupport_delivery USING btree (recipient_id, channel, read_at, pk);


--
-- Name: ix_sgsupport_delivery_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_delivery_due ON public.sgsupport_delivery USING btree (state, due_at);


--
-- Name: ix_sgsupport_delivery_message; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_delivery_message ON public.sgsupport_delivery USING btree (message_pk);


--
-- Name: ix_sgsupport_delivery_ticket; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_delivery_ticket ON public.sgsupport_delivery USING btree (ticket_pk, pk);


--
-- Name: ix_sgsupport_event_text_ticket; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_event_text_ticket ON public.sgsupport_event_text USING btree (ticket_pk);


--
-- Name: ix_sgsupport_event_ticket; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_event_ticket ON public.sgsupport_event USING btree (ticket_pk, pk);


--
-- Name: ix_sgsupport_message_ticket; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_message_ticket ON public.sgsupport_message USING btree (ticket_pk, pk);


--
-- Name: ix_sgsupport_message_version_message; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_message_version_message ON public.sgsupport_message_version USING btree (message_pk, pk);


--
-- Name: ix_sgsupport_person_host_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_person_host_id ON public.sgsupport_person USING btree (host_id);


--
-- Name: ix_sgsupport_ticket_account; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_account ON public.sgsupport_ticket USING btree (account_id, customer_updated_at, pk);


--
-- Name: ix_sgsupport_ticket_assignee; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_assignee ON public.sgsupport_ticket USING btree (assignee_pk, status, addressed, created_at, pk);


--
-- Name: ix_sgsupport_ticket_auto_close; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_auto_close ON public.sgsupport_ticket USING btree (status, auto_close_at);


--
-- Name: ix_sgsupport_ticket_created; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_created ON public.sgsupport_ticket USING btree (addressed, created_at, pk);


--
-- Name: ix_sgsupport_ticket_filtered; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_filtered ON public.sgsupport_ticket USING btree (filtered_reason, created_at);


--
-- Name: ix_sgsupport_ticket_queue; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_queue ON public.sgsupport_ticket USING btree (queue_pk, status, addressed, created_at, pk);


--
-- Name: ix_sgsupport_ticket_site_site; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_site_site ON public.sgsupport_ticket_site USING btree (site_id, ticket_pk);


--
-- Name: ix_sgsupport_ticket_status; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_status ON public.sgsupport_ticket USING btree (status, addressed, created_at, pk);


--
-- Name: ix_sgsupport_ticket_status_updated; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_status_updated ON public.sgsupport_ticket USING btree (status, addressed, updated_at, pk);


--
-- Name: ix_sgsupport_ticket_tag_tag; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_tag_tag ON public.sgsupport_ticket_tag USING btree (tag, ticket_pk);


--
-- Name: ix_sgsupport_ticket_updated; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sgsupport_ticket_updated ON public.sgsupport_ticket USING btree (addressed, updated_at, pk);


--
-- Name: sgsupport_event sgsupport_event_guard; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER sgsupport_event_guard BEFORE DELETE OR UPDATE OR TRUNCATE ON public.sgsupport_event FOR EACH STATEMENT EXECUTE FUNCTION public.sgsupport_event_guard();


--
-- Name: sgsupport_agent_coverage fk_sgsupport_agent_coverage_agent_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_agent_coverage
    ADD CONSTRAINT fk_sgsupport_agent_coverage_agent_pk FOREIGN KEY (agent_pk) REFERENCES public.sgsupport_agent(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_agent fk_sgsupport_agent_person_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_agent
    ADD CONSTRAINT fk_sgsupport_agent_person_pk FOREIGN KEY (person_pk) REFERENCES public.sgsupport_person(pk);


--
-- Name: sgsupport_attachment fk_sgsupport_attachment_message_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_attachment
    ADD CONSTRAINT fk_sgsupport_attachment_message_pk FOREIGN KEY (message_pk) REFERENCES public.sgsupport_message(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_attachment fk_sgsupport_attachment_ticket_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_attachment
    ADD CONSTRAINT fk_sgsupport_attachment_ticket_pk FOREIGN KEY (ticket_pk) REFERENCES public.sgsupport_ticket(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_category fk_sgsupport_category_queue_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_category
    ADD CONSTRAINT fk_sgsupport_category_queue_pk FOREIGN KEY (queue_pk) REFERENCES public.sgsupport_queue(pk);


--
-- Name: sgsupport_context_snapshot fk_sgsupport_context_snapshot_ticket_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_context_snapshot
    ADD CONSTRAINT fk_sgsupport_context_snapshot_ticket_pk FOREIGN KEY (ticket_pk) REFERENCES public.sgsupport_ticket(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_delivery fk_sgsupport_delivery_message_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_delivery
    ADD CONSTRAINT fk_sgsupport_delivery_message_pk FOREIGN KEY (message_pk) REFERENCES public.sgsupport_message(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_delivery fk_sgsupport_delivery_ticket_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_delivery
    ADD CONSTRAINT fk_sgsupport_delivery_ticket_pk FOREIGN KEY (ticket_pk) REFERENCES public.sgsupport_ticket(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_event fk_sgsupport_event_acting_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event
    ADD CONSTRAINT fk_sgsupport_event_acting_pk FOREIGN KEY (acting_pk) REFERENCES public.sgsupport_person(pk);


--
-- Name: sgsupport_event fk_sgsupport_event_new_person_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event
    ADD CONSTRAINT fk_sgsupport_event_new_person_pk FOREIGN KEY (new_person_pk) REFERENCES public.sgsupport_person(pk);


--
-- Name: sgsupport_event fk_sgsupport_event_old_person_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event
    ADD CONSTRAINT fk_sgsupport_event_old_person_pk FOREIGN KEY (old_person_pk) REFERENCES public.sgsupport_person(pk);


--
-- Name: sgsupport_event fk_sgsupport_event_person_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event
    ADD CONSTRAINT fk_sgsupport_event_person_pk FOREIGN KEY (person_pk) REFERENCES public.sgsupport_person(pk);


--
-- Name: sgsupport_event_text fk_sgsupport_event_text_ticket_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event_text
    ADD CONSTRAINT fk_sgsupport_event_text_ticket_pk FOREIGN KEY (ticket_pk) REFERENCES public.sgsupport_ticket(pk);


--
-- Name: sgsupport_event fk_sgsupport_event_ticket_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_event
    ADD CONSTRAINT fk_sgsupport_event_ticket_pk FOREIGN KEY (ticket_pk) REFERENCES public.sgsupport_ticket(pk);


--
-- Name: sgsupport_message fk_sgsupport_message_author_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message
    ADD CONSTRAINT fk_sgsupport_message_author_pk FOREIGN KEY (author_pk) REFERENCES public.sgsupport_person(pk);


--
-- Name: sgsupport_message fk_sgsupport_message_ticket_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message
    ADD CONSTRAINT fk_sgsupport_message_ticket_pk FOREIGN KEY (ticket_pk) REFERENCES public.sgsupport_ticket(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_message_version fk_sgsupport_message_version_editor_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message_version
    ADD CONSTRAINT fk_sgsupport_message_version_editor_pk FOREIGN KEY (editor_pk) REFERENCES public.sgsupport_person(pk);


--
-- Name: sgsupport_message_version fk_sgsupport_message_version_message_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_message_version
    ADD CONSTRAINT fk_sgsupport_message_version_message_pk FOREIGN KEY (message_pk) REFERENCES public.sgsupport_message(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_ticket fk_sgsupport_ticket_assignee_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket
    ADD CONSTRAINT fk_sgsupport_ticket_assignee_pk FOREIGN KEY (assignee_pk) REFERENCES public.sgsupport_agent(pk);


--
-- Name: sgsupport_ticket fk_sgsupport_ticket_category_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket
    ADD CONSTRAINT fk_sgsupport_ticket_category_pk FOREIGN KEY (category_pk) REFERENCES public.sgsupport_category(pk);


--
-- Name: sgsupport_ticket fk_sgsupport_ticket_follow_up_of_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket
    ADD CONSTRAINT fk_sgsupport_ticket_follow_up_of_pk FOREIGN KEY (follow_up_of_pk) REFERENCES public.sgsupport_ticket(pk);


--
-- Name: sgsupport_ticket fk_sgsupport_ticket_queue_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket
    ADD CONSTRAINT fk_sgsupport_ticket_queue_pk FOREIGN KEY (queue_pk) REFERENCES public.sgsupport_queue(pk);


--
-- Name: sgsupport_ticket_read fk_sgsupport_ticket_read_ticket_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket_read
    ADD CONSTRAINT fk_sgsupport_ticket_read_ticket_pk FOREIGN KEY (ticket_pk) REFERENCES public.sgsupport_ticket(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_ticket fk_sgsupport_ticket_requester_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket
    ADD CONSTRAINT fk_sgsupport_ticket_requester_pk FOREIGN KEY (requester_pk) REFERENCES public.sgsupport_person(pk);


--
-- Name: sgsupport_ticket_site fk_sgsupport_ticket_site_ticket_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket_site
    ADD CONSTRAINT fk_sgsupport_ticket_site_ticket_pk FOREIGN KEY (ticket_pk) REFERENCES public.sgsupport_ticket(pk) ON DELETE CASCADE;


--
-- Name: sgsupport_ticket_tag fk_sgsupport_ticket_tag_ticket_pk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sgsupport_ticket_tag
    ADD CONSTRAINT fk_sgsupport_ticket_tag_ticket_pk FOREIGN KEY (ticket_pk) REFERENCES public.sgsupport_ticket(pk) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


