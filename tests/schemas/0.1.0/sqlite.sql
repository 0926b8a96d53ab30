BEGIN TRANSACTION;
CREATE TABLE sgsupport_agent (
	pk INTEGER NOT NULL, 
	host_id VARCHAR(64) NOT NULL, 
	person_pk INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	email VARCHAR(320), 
	public_name VARCHAR(100) NOT NULL, 
	active BOOLEAN NOT NULL, 
	can_handle BOOLEAN NOT NULL, 
	can_assign BOOLEAN NOT NULL, 
	can_close BOOLEAN NOT NULL, 
	sees_all_queues BOOLEAN NOT NULL, 
	is_lead BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_sgsupport_agent PRIMARY KEY (pk), 
	CONSTRAINT fk_sgsupport_agent_person_pk FOREIGN KEY(person_pk) REFERENCES sgsupport_person (pk), 
	CONSTRAINT uq_sgsupport_agent_host_id UNIQUE (host_id)
);
INSERT INTO "sgsupport_agent" VALUES(1,'5',1,'Ada Lovelace','ada@desk.example','Ada',1,1,1,1,0,0,'2026-04-22 14:03:00.000000');
INSERT INTO "sgsupport_agent" VALUES(2,'6',2,'Ben Okoro','ben@desk.example','Ben',1,1,1,1,0,0,'2026-04-22 14:03:00.000000');
INSERT INTO "sgsupport_agent" VALUES(3,'7',3,'Cleo Marsh','cleo@desk.example','Cleo',1,1,0,0,0,0,'2026-04-22 14:03:00.000000');
INSERT INTO "sgsupport_agent" VALUES(4,'8',4,'Grace Hopper','grace@desk.example','Grace',1,1,0,0,0,1,'2026-04-22 14:03:00.000000');
CREATE TABLE sgsupport_agent_coverage (
	agent_pk INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	value VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_sgsupport_agent_coverage PRIMARY KEY (agent_pk, kind, value), 
	CONSTRAINT fk_sgsupport_agent_coverage_agent_pk FOREIGN KEY(agent_pk) REFERENCES sgsupport_agent (pk) ON DELETE CASCADE
);
INSERT INTO "sgsupport_agent_coverage" VALUES(1,'queue','1');
INSERT INTO "sgsupport_agent_coverage" VALUES(2,'queue','2');
INSERT INTO "sgsupport_agent_coverage" VALUES(3,'queue','1');
INSERT INTO "sgsupport_agent_coverage" VALUES(4,'queue','1');
INSERT INTO "sgsupport_agent_coverage" VALUES(4,'queue','2');
CREATE TABLE sgsupport_alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT sgsupport_alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "sgsupport_alembic_version" VALUES('0001');
CREATE TABLE sgsupport_attachment (
	pk INTEGER NOT NULL, 
	"key" VARCHAR(32) NOT NULL, 
	ticket_pk INTEGER NOT NULL, 
	message_pk INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	content_type VARCHAR(100) NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	storage_key VARCHAR(64), 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_sgsupport_attachment PRIMARY KEY (pk), 
	CONSTRAINT fk_sgsupport_attachment_message_pk FOREIGN KEY(message_pk) REFERENCES sgsupport_message (pk) ON DELETE CASCADE, 
	CONSTRAINT fk_sgsupport_attachment_ticket_pk FOREIGN KEY(ticket_pk) REFERENCES sgsupport_ticket (pk) ON DELETE CASCADE, 
	CONSTRAINT uq_sgsupport_attachment_key UNIQUE ("key"), 
	CONSTRAINT uq_sgsupport_attachment_storage_key UNIQUE (storage_key)
);
INSERT INTO "sgsupport_attachment" VALUES(1,'9eda35884848e2442282cf4d66ddcb31',1,1,'Käse & Söhne.txt','text/plain',21,'58169f4e3102e3a1a970414b0a9213988bb36610afeacb19573ca14236957eb1','d6c93aa845f90c8d8c3b4c72b4f6bb5d','2026-04-22 14:03:00.000000');
CREATE TABLE sgsupport_category (
	pk INTEGER NOT NULL, 
	"key" VARCHAR(50) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	position INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	queue_pk INTEGER, 
	CONSTRAINT pk_sgsupport_category PRIMARY KEY (pk), 
	CONSTRAINT fk_sgsupport_category_queue_pk FOREIGN KEY(queue_pk) REFERENCES sgsupport_queue (pk), 
	CONSTRAINT uq_sgsupport_category_key UNIQUE ("key")
);
INSERT INTO "sgsupport_category" VALUES(1,'storefront','Storefront',0,1,1);
INSERT INTO "sgsupport_category" VALUES(2,'invoices','Invoices',1,1,2);
CREATE TABLE sgsupport_context_snapshot (
	pk INTEGER NOT NULL, 
	ticket_pk INTEGER NOT NULL, 
	schema_version INTEGER NOT NULL, 
	captured_at DATETIME NOT NULL, 
	remark TEXT NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_sgsupport_context_snapshot PRIMARY KEY (pk), 
	CONSTRAINT fk_sgsupport_context_snapshot_ticket_pk FOREIGN KEY(ticket_pk) REFERENCES sgsupport_ticket (pk) ON DELETE CASCADE, 
	CONSTRAINT uq_sgsupport_context_snapshot_ticket_pk UNIQUE (ticket_pk)
);
INSERT INTO "sgsupport_context_snapshot" VALUES(1,1,1,'2026-04-22 14:03:00.000000','','{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Northwind Outfitters","plan":"Growth","billing":"paid to 1 May","url":""},"sites":[{"id":"11","name":"tote.example","url":"","working_in":true},{"id":"12","name":"bags.example","url":"","working_in":false}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Jerome Ellis","role":"Admin","contact":"both","email":"jerome@northwind.example"},"unavailable":{},"cut":[]}');
INSERT INTO "sgsupport_context_snapshot" VALUES(2,2,1,'2026-04-22 14:03:00.000000','','{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Northwind Outfitters","plan":"Growth","billing":"paid to 1 May","url":""},"sites":[{"id":"11","name":"tote.example","url":"","working_in":true},{"id":"12","name":"bags.example","url":"","working_in":false}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Lena Brandt","role":"Owner","contact":"both","email":"lena@northwind.example"},"unavailable":{},"cut":[]}');
INSERT INTO "sgsupport_context_snapshot" VALUES(3,3,1,'2026-04-22 14:03:00.000000','','{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Fabrikam","plan":"Starter","billing":"paid to 1 May","url":""},"sites":[{"id":"21","name":"fabrikam.example","url":"","working_in":true}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Mina Sato","role":"Owner","contact":"both","email":"mina@fabrikam.example"},"unavailable":{},"cut":[]}');
INSERT INTO "sgsupport_context_snapshot" VALUES(4,4,1,'2026-04-22 14:03:00.000000','','{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Fabrikam","plan":"Starter","billing":"paid to 1 May","url":""},"sites":[{"id":"21","name":"fabrikam.example","url":"","working_in":true}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Mina Sato","role":"Owner","contact":"both","email":"mina@fabrikam.example"},"unavailable":{},"cut":[]}');
INSERT INTO "sgsupport_context_snapshot" VALUES(5,5,1,'2026-04-22 14:03:00.000000','{"code": "taken_over", "ticket": "TKT-2026-00004"}','{"schema":1,"captured_at":"2026-04-22T14:03:00Z","account":{"name":"Fabrikam","plan":"Starter","billing":"paid to 1 May","url":""},"sites":[{"id":"21","name":"fabrikam.example","url":"","working_in":true}],"activity":[{"action":"theme update","at":"2026-04-22T13:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-04-22T11:03:00Z","site":"","url":""}],"operator":{"name":"Mina Sato","role":"Owner","contact":"both","email":"mina@fabrikam.example"},"unavailable":{},"cut":[]}');
INSERT INTO "sgsupport_context_snapshot" VALUES(6,6,1,'2026-06-03 15:03:00.000000','','{"schema":1,"captured_at":"2026-06-03T15:03:00Z","account":{"name":"Northwind Outfitters","plan":"Growth","billing":"paid to 1 May","url":""},"sites":[{"id":"11","name":"tote.example","url":"","working_in":true},{"id":"12","name":"bags.example","url":"","working_in":false}],"activity":[{"action":"theme update","at":"2026-06-03T14:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-06-03T12:03:00Z","site":"","url":""}],"operator":{"name":"Jerome Ellis","role":"Admin","contact":"both","email":"jerome@northwind.example"},"unavailable":{},"cut":[]}');
INSERT INTO "sgsupport_context_snapshot" VALUES(7,7,1,'2026-06-03 15:03:00.000000','','{"schema":1,"captured_at":"2026-06-03T15:03:00Z","account":{"name":"Northwind Outfitters","plan":"Growth","billing":"paid to 1 May","url":""},"sites":[{"id":"11","name":"tote.example","url":"","working_in":true},{"id":"12","name":"bags.example","url":"","working_in":false}],"activity":[{"action":"theme update","at":"2026-06-03T14:32:00Z","site":"","url":""},{"action":"signed in","at":"2026-06-03T12:03:00Z","site":"","url":""}],"operator":{"name":"Jerome Ellis","role":"Admin","contact":"both","email":"jerome@northwind.example"},"unavailable":{},"cut":[]}');
CREATE TABLE sgsupport_delivery (
	pk INTEGER NOT NULL, 
	"key" VARCHAR(32) NOT NULL, 
	ticket_pk INTEGER NOT NULL, 
	message_pk INTEGER, 
	channel VARCHAR(20) NOT NULL, 
	notice VARCHAR(40) NOT NULL, 
	side VARCHAR(10) NOT NULL, 
	recipient_id VARCHAR(64) NOT NULL, 
	recipient_name VARCHAR(200) NOT NULL, 
	address VARCHAR(320), 
	data TEXT NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	attempts INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	due_at DATETIME NOT NULL, 
	owner VARCHAR(40), 
	sent_at DATETIME, 
	read_at DATETIME, 
	error_code INTEGER, 
	error VARCHAR(500) NOT NULL, 
	message_id VARCHAR(500), 
	CONSTRAINT pk_sgsupport_delivery PRIMARY KEY (pk), 
	CONSTRAINT fk_sgsupport_delivery_message_pk FOREIGN KEY(message_pk) REFERENCES sgsupport_message (pk) ON DELETE CASCADE, 
	CONSTRAINT fk_sgsupport_delivery_ticket_pk FOREIGN KEY(ticket_pk) REFERENCES sgsupport_ticket (pk) ON DELETE CASCADE, 
	CONSTRAINT uq_sgsupport_delivery_key UNIQUE ("key")
);
INSERT INTO "sgsupport_delivery" VALUES(1,'72adc78b2c2e8b9934ab00b30041e679',1,1,'email','opened_receipt','customer','2','Jerome Ellis','jerome@northwind.example','{"by": "Jerome Ellis"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(2,'ddabc36b27e001ce9e31e9789b2e6081',1,1,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{"by": "Jerome Ellis"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(3,'764bf888783b3f9fdc76b5f395bf6199',1,1,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{"by": "Jerome Ellis"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(4,'df6ae794140572b726a62e01f5b9e805',1,1,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{"by": "Jerome Ellis"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(5,'15ba3b9d5773f351e314afd2c74587b4',1,1,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{"by": "Jerome Ellis"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(6,'ef4b1940ee5bbc2464e0a98e7334f775',1,1,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{"by": "Jerome Ellis"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(7,'072781746e12a6d8a89d0c47e1f323d1',1,1,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{"by": "Jerome Ellis"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(8,'27d39178391a0a0773367ab9eb9b61f5',1,2,'bell','replied_customer','customer','2','Jerome Ellis',NULL,'{"by": "Ada", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(9,'711fee7d3bcca894b8d5201dd3b0accf',1,2,'email','replied_customer','customer','2','Jerome Ellis','jerome@northwind.example','{"by": "Ada", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(10,'9d785afcb2d36a057c55d3ebb4ce1afe',1,3,'bell','follow_up_staff','agent','5','Ada Lovelace',NULL,'{"by": "Lena Brandt", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(11,'91e42b25bc74a6edd7c4effa867f6ea9',1,3,'email','follow_up_staff','agent','5','Ada Lovelace','ada@desk.example','{"by": "Lena Brandt", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(12,'d6edf3a24f2336c6640117ddf49601d1',2,5,'email','opened_receipt','customer','1','Lena Brandt','lena@northwind.example','{"by": "Lena Brandt"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(13,'ea94041dac361f5ef1400e57bf34a005',2,5,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{"by": "Lena Brandt"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(14,'ad461103ae0f1213e3d13848cff9413e',2,5,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{"by": "Lena Brandt"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(15,'6019794799fbf8c62997db62208fbc83',2,5,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{"by": "Lena Brandt"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(16,'4c11e3422eabe05616d61d4e4260da75',2,5,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{"by": "Lena Brandt"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(17,'0a7b34f1e7d24bf2b1a9ef280939bcac',2,5,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{"by": "Lena Brandt"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(18,'d946686382d1bca8e452f565843db848',2,5,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{"by": "Lena Brandt"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(19,'0bfafc96f77734643aa62a24fac292d8',2,6,'bell','resolved_customer','customer','1','Lena Brandt',NULL,'{"by": "Ada", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(20,'3d0d55fbbc8dd7dfebfc4861fcce3a1a',2,6,'email','resolved_customer','customer','1','Lena Brandt','lena@northwind.example','{"by": "Ada", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(21,'464b519958a5e957cc8f779bd397b638',3,7,'email','opened_receipt','customer','4','Mina Sato','mina@fabrikam.example','{"by": "Mina Sato"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(22,'91fa7d645dc53fae23d44b3ddca6797d',3,7,'bell','opened_staff','agent','6','Ben Okoro',NULL,'{"by": "Mina Sato"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(23,'1f3be884924f3363013baa889ba40870',3,7,'email','opened_staff','agent','6','Ben Okoro','ben@desk.example','{"by": "Mina Sato"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(24,'f5e33b63a21ef99a037e523ef884417e',3,7,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{"by": "Mina Sato"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(25,'43be943ba6042755807d45404227957d',3,7,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{"by": "Mina Sato"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(26,'61b6ddf5515fbbb74bc169d25ed8a1f2',3,NULL,'bell','resolved_customer','customer','4','Mina Sato',NULL,'{"by": "Ben", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(27,'0bc1d03eda66bc99785989c2795a1ade',3,NULL,'email','resolved_customer','customer','4','Mina Sato','mina@fabrikam.example','{"by": "Ben", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(28,'290c426d1ff14aa2b1127e3ce05f7d90',3,8,'bell','replied_customer','customer','4','Mina Sato',NULL,'{"by": "Ben", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(29,'ac7a2679d792094e9c4a138815c28a02',3,8,'email','replied_customer','customer','4','Mina Sato','mina@fabrikam.example','{"by": "Ben", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(30,'e43a7fd737a2ba0c14272f96cebe7218',3,9,'bell','confirmed_staff','agent','6','Ben Okoro',NULL,'{"by": "Mina Sato", "auto_close_at": null, "closed_at": "2026-04-22T14:03:00+00:00", "reopen_within_days": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(31,'aa0c2494f1be0f02cb0f416aa200be8e',3,9,'email','confirmed_staff','agent','6','Ben Okoro','ben@desk.example','{"by": "Mina Sato", "auto_close_at": null, "closed_at": "2026-04-22T14:03:00+00:00", "reopen_within_days": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(32,'5d5519d01ba190846cb9f3ddb8b9e479',4,10,'email','opened_receipt','customer','4','Mina Sato','mina@fabrikam.example','{"by": "Mina Sato"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(33,'350f5d12288f33283886a65d22b6d8e8',4,10,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{"by": "Mina Sato"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(34,'5cb6e2e85449dc654a7360a7abf781fb',4,10,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{"by": "Mina Sato"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(35,'5b9ca5274e79ce9f827b7e15cc17e5ae',4,10,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{"by": "Mina Sato"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(36,'1131fc6660bb86a2d2389407f0f747a6',4,10,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{"by": "Mina Sato"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(37,'d202396cc222c2b10e0e525fbc7eab7a',4,10,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{"by": "Mina Sato"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(38,'27eb5165ffc6b3a683c4e09a0c27e45c',4,10,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{"by": "Mina Sato"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(39,'a3280a5908ba87f0c24f073529daa0bb',4,11,'bell','resolved_customer','customer','4','Mina Sato',NULL,'{"by": "Ada", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(40,'979a08250a4d3839437c169a65dea9e7',4,11,'email','resolved_customer','customer','4','Mina Sato','mina@fabrikam.example','{"by": "Ada", "auto_close_at": "2026-04-24T14:03:00+00:00", "closed_at": null, "reopen_within_days": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(41,'2fde5ce4b4fedf184686bb894ccd2187',2,NULL,'bell','auto_closed_customer','customer','1','Lena Brandt',NULL,'{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}','sent',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,'2026-04-24 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(42,'469a150260dc6df62fef7d1f4adc7e9d',2,NULL,'email','auto_closed_customer','customer','1','Lena Brandt','lena@northwind.example','{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}','queued',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(43,'4f8834490f64276402b8d2f1038c2186',2,NULL,'bell','auto_closed_staff','agent','5','Ada Lovelace',NULL,'{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}','sent',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,'2026-04-24 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(44,'fb5c83b6c8799046480fd8d8df5f3e6c',4,NULL,'bell','auto_closed_customer','customer','4','Mina Sato',NULL,'{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}','sent',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,'2026-04-24 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(45,'b9ddc9672ab5ca331cd1c08cc5d12774',4,NULL,'email','auto_closed_customer','customer','4','Mina Sato','mina@fabrikam.example','{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}','queued',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(46,'cf0fc04d7f077e33cb13d674581da8dd',4,NULL,'bell','auto_closed_staff','agent','5','Ada Lovelace',NULL,'{"by": "", "auto_close_at": null, "closed_at": "2026-04-24T15:03:00+00:00", "reopen_within_days": 30}','sent',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,'2026-04-24 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(47,'8cd5997b7a7285a4532729f07dc73dfe',5,12,'bell','continued_customer','customer','4','Mina Sato',NULL,'{"by": "Mina Sato"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(48,'a66690da08de872c9960ff70518f1345',5,12,'email','continued_customer','customer','4','Mina Sato','mina@fabrikam.example','{"by": "Mina Sato"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(49,'eae5eac2791149c6053c11764df8a783',5,12,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{"by": "Mina Sato"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(50,'e7288be0a298ad29c7c89c6caace2ee1',5,12,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{"by": "Mina Sato"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(51,'4a3214528cb12ed484ab9ac82d475929',5,12,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{"by": "Mina Sato"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(52,'fd98055633383b30e4aff1328069a316',5,12,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{"by": "Mina Sato"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(53,'89f9223fabca8dec02c9069fd7bf215e',5,12,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{"by": "Mina Sato"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(54,'62d38a3a643bd814c39883cb8809d548',5,12,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{"by": "Mina Sato"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(55,'bc6606d7b686e5e2dc437ab5c192a753',6,13,'email','opened_receipt','customer','2','Jerome Ellis','jerome@northwind.example','{"by": "Jerome Ellis"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(56,'236793a64ff48fde8470f9b82e86bff2',6,13,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{"by": "Jerome Ellis"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(57,'46a75e215eb3439d8c08241c10206592',6,13,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{"by": "Jerome Ellis"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(58,'7882f7a9a8902c3c48520b5a52b6abd2',6,13,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{"by": "Jerome Ellis"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(59,'9e2fe2418206c69752b704038ec08496',6,13,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{"by": "Jerome Ellis"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(60,'4f2ff8e2146e63b493c5b068c9dc0a9e',6,13,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{"by": "Jerome Ellis"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(61,'8b69d0ff18637c2ccb1769455c38d5a4',6,13,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{"by": "Jerome Ellis"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(62,'44d8a0519e33483117a337e2906614b9',7,14,'email','opened_receipt','customer','2','Jerome Ellis','jerome@northwind.example','{"by": "Jerome Ellis"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(63,'68d360f437d8d29871bdf87f538992e2',7,14,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{"by": "Jerome Ellis"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(64,'dd3f35d84d081405992eb4eebbcad51a',7,14,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{"by": "Jerome Ellis"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(65,'faa975406d6b75e1337ebccb2d68c8f4',7,14,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{"by": "Jerome Ellis"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(66,'67e920325e83a090e54b2dc809406247',7,14,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{"by": "Jerome Ellis"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(67,'749afdac9a1b9401771ed6f646b7874c',7,14,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{"by": "Jerome Ellis"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(68,'711ee5fa40a1f094988c259c775a7442',7,14,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{"by": "Jerome Ellis"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(69,'586f1fef1cbe3ce168f2999a3319c173',7,NULL,'bell','withdrawn_staff','agent','5','Ada Lovelace',NULL,'{"by": "Jerome Ellis", "auto_close_at": null, "closed_at": "2026-06-03T15:03:00+00:00", "reopen_within_days": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(70,'006b5f3d7c9cddcab00b027b063a8e06',7,NULL,'bell','withdrawn_staff','agent','7','Cleo Marsh',NULL,'{"by": "Jerome Ellis", "auto_close_at": null, "closed_at": "2026-06-03T15:03:00+00:00", "reopen_within_days": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(71,'38ef4343447509c694880091b264eac1',7,NULL,'bell','withdrawn_staff','agent','8','Grace Hopper',NULL,'{"by": "Jerome Ellis", "auto_close_at": null, "closed_at": "2026-06-03T15:03:00+00:00", "reopen_within_days": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(72,'11f8b46addaf32b2bb62065ad55f6de5',7,NULL,'bell','reopened_customer','customer','2','Jerome Ellis',NULL,'{"by": "Grace", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(73,'ce6b2b7753fe4ec7424abed150004492',7,NULL,'email','reopened_customer','customer','2','Jerome Ellis','jerome@northwind.example','{"by": "Grace", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(74,'5d217347bf74a8bbcf48d9b1ca4372ce',7,NULL,'bell','reopened_staff','agent','5','Ada Lovelace',NULL,'{"by": "Grace Hopper", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(75,'12c7491b8c4ecda9cca4f573213f1a1d',7,NULL,'email','reopened_staff','agent','5','Ada Lovelace','ada@desk.example','{"by": "Grace Hopper", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(76,'acfb286e1d5e93de473c34b4bcba91b3',7,NULL,'bell','reopened_staff','agent','7','Cleo Marsh',NULL,'{"by": "Grace Hopper", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO "sgsupport_delivery" VALUES(77,'85886da631be29ecbedbd2ec0fcb47e6',7,NULL,'email','reopened_staff','agent','7','Cleo Marsh','cleo@desk.example','{"by": "Grace Hopper", "auto_close_at": null, "closed_at": null, "reopen_within_days": 30}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
CREATE TABLE sgsupport_event (
	pk INTEGER NOT NULL, 
	ticket_pk INTEGER, 
	ticket_version INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	side VARCHAR(10) NOT NULL, 
	person_pk INTEGER, 
	acting_pk INTEGER, 
	label VARCHAR(100) NOT NULL, 
	via VARCHAR(10) NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	field VARCHAR(40) NOT NULL, 
	old VARCHAR(500), 
	new VARCHAR(500), 
	old_person_pk INTEGER, 
	new_person_pk INTEGER, 
	text_digest VARCHAR(64), 
	data TEXT NOT NULL, 
	request_id VARCHAR(32) NOT NULL, 
	n INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_sgsupport_event PRIMARY KEY (pk), 
	CONSTRAINT fk_sgsupport_event_acting_pk FOREIGN KEY(acting_pk) REFERENCES sgsupport_person (pk), 
	CONSTRAINT fk_sgsupport_event_new_person_pk FOREIGN KEY(new_person_pk) REFERENCES sgsupport_person (pk), 
	CONSTRAINT fk_sgsupport_event_old_person_pk FOREIGN KEY(old_person_pk) REFERENCES sgsupport_person (pk), 
	CONSTRAINT fk_sgsupport_event_person_pk FOREIGN KEY(person_pk) REFERENCES sgsupport_person (pk), 
	CONSTRAINT fk_sgsupport_event_ticket_pk FOREIGN KEY(ticket_pk) REFERENCES sgsupport_ticket (pk)
);
INSERT INTO "sgsupport_event" VALUES(1,1,1,'2026-04-22 14:03:00.000000','customer',5,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00001',NULL,NULL,NULL,'{"channel": "panel", "queue": "support", "message": "486b6b62e2b8716ee08c48013a21ffc8", "snapshot": "7c95378c034dec3c1a751a444d7e354dde2b4395f8c4c9935283906e94f3ad8a"}','',1,'c37cead3f0b7da8abd759c5e2d73ad828d4859d3a70a5020633872b1ebf7a0e6');
INSERT INTO "sgsupport_event" VALUES(2,1,1,'2026-04-22 14:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'039552b506328a5cf081f530619c4e66fbe723d4e484244cb357b4235614f4f4');
INSERT INTO "sgsupport_event" VALUES(3,1,2,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','assignee.changed','assignee',NULL,NULL,NULL,1,NULL,'{}','',3,'c7539ce51cb76be123f92069363670e4d15ffbc16e6757202771b1da8415af8a');
INSERT INTO "sgsupport_event" VALUES(4,1,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','message.added','',NULL,'public-reply',NULL,NULL,NULL,'{"message": "83f1d17bc894121e0f4a21f576c524c7", "public": true}','',4,'d2e6b36d685d109791715bfd5f7eaf750791bf9a33da2b709e9bc983479498b0');
INSERT INTO "sgsupport_event" VALUES(5,1,4,'2026-04-22 14:03:00.000000','customer',6,NULL,'','panel','message.added','',NULL,'follow-up',NULL,NULL,NULL,'{"message": "71be250c605dc22c0924d1804f326f40", "public": true}','',5,'f80c5f74e69b036582783ab26de31642ecc7f9e6e578bb2623b7477022a01efb');
INSERT INTO "sgsupport_event" VALUES(6,1,5,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','note.added','',NULL,'internal-note',NULL,NULL,NULL,'{"message": "254481eecdfdb41b95deba8094ae97a1", "public": false}','',6,'77e3d4500249e3cdc8e8b7928446bdf9e15975abe9cab58f015052e27df9a5df');
INSERT INTO "sgsupport_event" VALUES(7,1,6,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','note.edited','',NULL,NULL,NULL,NULL,NULL,'{"message": "254481eecdfdb41b95deba8094ae97a1"}','',7,'ba380ac12ad9c25e4bc683c0b58affc4d2cc826e9a7bc18cb431fe25f408312e');
INSERT INTO "sgsupport_event" VALUES(8,1,8,'2026-04-22 14:03:00.000000','agent',4,NULL,'','inbox','field.changed','priority',NULL,NULL,NULL,NULL,'57595d8b481ee1d0a795d8fb6820a4bbba17101f4391db0da22b08c75f7a796f','{}','',8,'1aff50f8715a4f91de14bece72ca5e31d0a645b6eaf5f428b42e8ef24bb4ead1');
INSERT INTO "sgsupport_event" VALUES(9,1,8,'2026-04-22 14:03:00.000000','agent',4,NULL,'','inbox','field.changed','tags',NULL,NULL,NULL,NULL,'0864e16483d275e6f07c8e920ec59a1103ae9b3aacc106a948035e8dc29b069d','{}','',9,'df62f77f75937926eef24133196ac16d952448fdbe1e2a8a1cb6ed58a8203869');
INSERT INTO "sgsupport_event" VALUES(10,1,9,'2026-04-22 14:03:00.000000','agent',4,NULL,'','inbox','message.redacted','',NULL,NULL,NULL,NULL,NULL,'{"message": "71be250c605dc22c0924d1804f326f40", "parts": ["text"]}','',10,'8472962c995ce3b76961ffb91b07383a34ba64a2ac0b690615b7d9fb9df73ad1');
INSERT INTO "sgsupport_event" VALUES(11,2,1,'2026-04-22 14:03:00.000000','customer',6,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00002',NULL,NULL,NULL,'{"channel": "panel", "queue": "support", "message": "d42b5c5574aa0171d545b266fd5769f5", "snapshot": "eb8d2959f15690d9dc36a89915da65fecdb9d4fac34a2ceb5f2076b1123605f0"}','',1,'346637e3fdabb4abf63692a4332c2b59fd39dc9f878ec692d3ad0a3224c9a8c6');
INSERT INTO "sgsupport_event" VALUES(12,2,1,'2026-04-22 14:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'2f3d456ad85e3477b4385f7e2635e81825eee0d2dfc06f6d6089e5722981b318');
INSERT INTO "sgsupport_event" VALUES(13,2,2,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','assignee.changed','assignee',NULL,NULL,NULL,1,NULL,'{}','',3,'17757cb24be7d2fb00544c4064b97972f88bfffe4bbdce7f30f321c85ddec95b');
INSERT INTO "sgsupport_event" VALUES(14,2,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','message.added','',NULL,'public-reply',NULL,NULL,NULL,'{"message": "d201e967a9ec6539c2278e2b21d7bae4", "public": true}','',4,'65f21a08eb56525a8aaff830826961db2201ce2d4cf66f355923e3a5c63f7dc7');
INSERT INTO "sgsupport_event" VALUES(15,2,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','status.changed','status','open','resolved',NULL,NULL,NULL,'{"cause": "resolved"}','',5,'eeda158700dbfbd6541033d2c85143c87d67fe50bcff73b6f2d9aa88623e0e91');
INSERT INTO "sgsupport_event" VALUES(16,3,1,'2026-04-22 14:03:00.000000','customer',7,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00003',NULL,NULL,NULL,'{"channel": "panel", "queue": "billing", "message": "19dc0bf82af78acf9fb1c91dd7bec651", "snapshot": "3b2b68685dfcb8d587a1db3499c428f78e8b69ea9db01902bce94ee4781ad534"}','',1,'d0cba03b9b0bcf71c6fc7ef9731c1475789776ae1e84b9db331d6daceb15e2c0');
INSERT INTO "sgsupport_event" VALUES(17,3,1,'2026-04-22 14:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'billing',NULL,NULL,NULL,'{}','',2,'17cbf1893bd273264cde5fba233220a26b1e72a768e1f5b8ae295327f7b14ebe');
INSERT INTO "sgsupport_event" VALUES(18,3,2,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','assignee.changed','assignee',NULL,NULL,NULL,2,NULL,'{}','',3,'942cdebc6c0dfa7d0cc4f75068383f2cc15a9ab4390768cec1d3c4ccf5a99250');
INSERT INTO "sgsupport_event" VALUES(19,3,3,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','message.added','',NULL,'public-reply',NULL,NULL,NULL,'{"message": "c2a9491d38a602a5cf820e60a54f62c4", "public": true}','',4,'bdf17ff1882300460db4cbb93dd961f87be5cf892e43e060375a47b40454e641');
INSERT INTO "sgsupport_event" VALUES(20,3,3,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','status.changed','status','open','resolved',NULL,NULL,NULL,'{"cause": "resolved"}','',5,'1514b234f0b2b0bde4b8737ad64adaf40f2b9e32990cef8ab838046437e744c5');
INSERT INTO "sgsupport_event" VALUES(21,3,5,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','message.visibility_changed','visibility','public','private',NULL,NULL,NULL,'{"message": "c2a9491d38a602a5cf820e60a54f62c4"}','',6,'9af6e1b2a97a631890f477588985117418a7ddea5ca77fda3ad503ee086ab69a');
INSERT INTO "sgsupport_event" VALUES(22,3,6,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','message.visibility_changed','visibility','private','public',NULL,NULL,NULL,'{"message": "c2a9491d38a602a5cf820e60a54f62c4"}','',7,'57c9a7a04fd18dc053d76c23334b5048362a38b365eeff073afb6ffbaab2ce7b');
INSERT INTO "sgsupport_event" VALUES(23,3,7,'2026-04-22 14:03:00.000000','customer',7,NULL,'','panel','message.added','',NULL,'follow-up',NULL,NULL,NULL,'{"message": "0db35f779c694e21eb6656f7e9975953", "public": true}','',8,'4e08f96f4f3dddab607fa986390cb7ecf95e5bcbd83be04b8fe65c6e44773e1b');
INSERT INTO "sgsupport_event" VALUES(24,3,7,'2026-04-22 14:03:00.000000','customer',7,NULL,'','panel','status.changed','status','resolved','closed',NULL,NULL,NULL,'{"cause": "confirmed"}','',9,'6f61b9f5fbad87bcdf8eee5d826e84cf3ef504d41e827f7a7c42e466060eecdd');
INSERT INTO "sgsupport_event" VALUES(25,4,1,'2026-04-22 14:03:00.000000','customer',7,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00004',NULL,NULL,NULL,'{"channel": "panel", "queue": "support", "message": "37d82f263122420e0ad95e334115e735", "snapshot": "3b2b68685dfcb8d587a1db3499c428f78e8b69ea9db01902bce94ee4781ad534"}','',1,'5dd004fa1f1c8c656df8b12059e6e38bab50e5b9d054b3e2ccc88ffc017588ed');
INSERT INTO "sgsupport_event" VALUES(26,4,1,'2026-04-22 14:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'17c48e684dc74fce6253f986473bbc75829c25082e7c1d6896d93a77aa0d08ed');
INSERT INTO "sgsupport_event" VALUES(27,4,2,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','assignee.changed','assignee',NULL,NULL,NULL,1,NULL,'{}','',3,'73f090a33900b2973ad2f7ba9d989ee3e1ee5750e335fd1b9b485f83c6b82d64');
INSERT INTO "sgsupport_event" VALUES(28,4,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','message.added','',NULL,'public-reply',NULL,NULL,NULL,'{"message": "6f2ab31f720b0e9dc0402f50a494dfc2", "public": true}','',4,'8159df35207886dc47dce55d2581b12d92dd6f4a64e77ccc1b3a4d027687149e');
INSERT INTO "sgsupport_event" VALUES(29,4,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','status.changed','status','open','resolved',NULL,NULL,NULL,'{"cause": "resolved"}','',5,'d956dbc79a63aa9b6fa1da9a2fd9f349c5730b1c30fafbc9ca1ad14947ef9ea6');
INSERT INTO "sgsupport_event" VALUES(30,2,4,'2026-04-24 15:03:00.000000','timer',NULL,NULL,'system:auto-close','clock','status.changed','status','resolved','closed',NULL,NULL,NULL,'{"cause": "no_reply"}','',6,'f66dec4a2f7f312fe35a53d5f0588f7d1db7ccd92611cffb8ad851653bd7d88b');
INSERT INTO "sgsupport_event" VALUES(31,4,4,'2026-04-24 15:03:00.000000','timer',NULL,NULL,'system:auto-close','clock','status.changed','status','resolved','closed',NULL,NULL,NULL,'{"cause": "no_reply"}','',6,'aecdfbd8552a1511ae2103a7e58e996f3b788a195e7888f1b65e8cd48b139f91');
INSERT INTO "sgsupport_event" VALUES(32,5,1,'2026-06-03 15:03:00.000000','customer',7,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00005',NULL,NULL,NULL,'{"channel": "panel", "queue": "support", "message": "256078b761e460896591de099eb34aac", "snapshot": "3b2b68685dfcb8d587a1db3499c428f78e8b69ea9db01902bce94ee4781ad534", "follow_up_of": "TKT-2026-00004"}','',1,'0f73b6c228ff849ed6a540f6d68da6fffc3a67b13200e9bd7485092018317acc');
INSERT INTO "sgsupport_event" VALUES(33,5,1,'2026-06-03 15:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'862ebc1ed72415af8023fcec2fd7c104cd7793876687a5382b3342706b12b0a5');
INSERT INTO "sgsupport_event" VALUES(34,4,5,'2026-06-03 15:03:00.000000','customer',7,NULL,'','panel','ticket.continued_in','continued_in',NULL,'TKT-2026-00005',NULL,NULL,NULL,'{}','',7,'6066304c3495c20bbc10b87b3717922fe381662229501651f5f8c9b0868d1a08');
INSERT INTO "sgsupport_event" VALUES(35,6,1,'2026-06-03 15:03:00.000000','customer',5,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00006',NULL,NULL,NULL,'{"channel": "panel", "queue": "support", "message": "05baf436c1f1e4e6356cb922eb7272ee", "snapshot": "266162984c27fbb5a68bacde54fbb1c7cc0c6ae6bdf962c27bd2606551a36508"}','',1,'dcec44132a51e19a990342a6a43a6e729d5a9e3e8f51d046143b4ddb67af2862');
INSERT INTO "sgsupport_event" VALUES(36,6,1,'2026-06-03 15:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'09a1d5ada997ec4546761b5e14b2a9e6f12022e719fd2ef4669418fbbd68cd4c');
INSERT INTO "sgsupport_event" VALUES(37,6,2,'2026-06-03 15:03:00.000000','agent',1,NULL,'','inbox','ticket.filtered','filtered',NULL,NULL,NULL,NULL,'82a9e50abd8c0ae6405107ce3a4832fa0447cca1568e3fd7808c1cb7eff2e315','{}','',3,'289e0c6ed45ec9b8108f358d3eab41c102aa3b4bfd47333a3d7cce7d04b6fd2b');
INSERT INTO "sgsupport_event" VALUES(38,7,1,'2026-06-03 15:03:00.000000','customer',5,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00007',NULL,NULL,NULL,'{"channel": "panel", "queue": "support", "message": "4fe090ba78c9a02bb2e81d939cdf10cf", "snapshot": "266162984c27fbb5a68bacde54fbb1c7cc0c6ae6bdf962c27bd2606551a36508"}','',1,'1d1f6ae8b4895f4f9fef97801b3123c013a2a9a71a64e2b67e41a8dee410a1b6');
INSERT INTO "sgsupport_event" VALUES(39,7,1,'2026-06-03 15:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'98ddff43c8ee8bd8ee96da1ad2361aa3360e60d5ce22b99ab37fffa000f9c900');
INSERT INTO "sgsupport_event" VALUES(40,7,2,'2026-06-03 15:03:00.000000','customer',5,NULL,'','panel','status.changed','status','open','resolved',NULL,NULL,NULL,'{"cause": "withdrawn"}','',3,'9d7aea3cd0b55f73f9d44f8a23038fdd3e561056a868704f568a703d12d6b291');
INSERT INTO "sgsupport_event" VALUES(41,7,2,'2026-06-03 15:03:00.000000','customer',5,NULL,'','panel','status.changed','status','resolved','closed',NULL,NULL,NULL,'{"cause": "withdrawn"}','',4,'6b598fa6c24346b3bf63a56986cd013b5576ee9171705dd5826abf9b56ee06ff');
INSERT INTO "sgsupport_event" VALUES(42,7,3,'2026-06-03 15:03:00.000000','agent',4,NULL,'','inbox','status.changed','status','closed','open',NULL,NULL,'541efe4ef59cb13e30345e5c91db2dc51749303344c15362df17125521fff240','{"cause": "reopen"}','',5,'962587a6549bc8f60e6f02a9fcdf4e044f024bb2926aefaa3ca3eb0a6ce528a5');
INSERT INTO "sgsupport_event" VALUES(43,NULL,0,'2026-06-03 15:03:00.000000','agent',4,NULL,'','inbox','queue.changed','signature',NULL,NULL,NULL,NULL,'68c8e88e6a8cf934c18dd7dfd73dc9ad057899f33ad7181e48ab6d066f706087','{"queue": "billing"}','',1,'5512b17ded74f1292ebca4aeeb31f26a482f3ac57673974b5654dcec26d77e14');
CREATE TABLE sgsupport_event_chain (
	name VARCHAR(20) NOT NULL, 
	history_length INTEGER NOT NULL, 
	history_digest VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_sgsupport_event_chain PRIMARY KEY (name)
);
INSERT INTO "sgsupport_event_chain" VALUES('desk',1,'5512b17ded74f1292ebca4aeeb31f26a482f3ac57673974b5654dcec26d77e14');
CREATE TABLE sgsupport_event_text (
	digest VARCHAR(64) NOT NULL, 
	ticket_pk INTEGER, 
	salt VARCHAR(32) NOT NULL, 
	old VARCHAR(500), 
	new VARCHAR(500), 
	data TEXT NOT NULL, 
	CONSTRAINT pk_sgsupport_event_text PRIMARY KEY (digest), 
	CONSTRAINT fk_sgsupport_event_text_ticket_pk FOREIGN KEY(ticket_pk) REFERENCES sgsupport_ticket (pk)
);
INSERT INTO "sgsupport_event_text" VALUES('57595d8b481ee1d0a795d8fb6820a4bbba17101f4391db0da22b08c75f7a796f',1,'84efa7be8747b4824795a65496490f95','normal','high','{}');
INSERT INTO "sgsupport_event_text" VALUES('0864e16483d275e6f07c8e920ec59a1103ae9b3aacc106a948035e8dc29b069d',1,'f7ee913929cf31840c8e27411aea1f9d','','checkout, urgent','{}');
INSERT INTO "sgsupport_event_text" VALUES('82a9e50abd8c0ae6405107ce3a4832fa0447cca1568e3fd7808c1cb7eff2e315',6,'b56839a0ba4db75b8144268de92f995f',NULL,'advertising','{}');
INSERT INTO "sgsupport_event_text" VALUES('541efe4ef59cb13e30345e5c91db2dc51749303344c15362df17125521fff240',7,'b3eb9f97b5add680755a64c0ae2c5875',NULL,NULL,'{"reason": "asked by phone"}');
INSERT INTO "sgsupport_event_text" VALUES('68c8e88e6a8cf934c18dd7dfd73dc9ad057899f33ad7181e48ab6d066f706087',NULL,'283d48449671a6acb111843091a0e015',NULL,'Your billing team','{}');
CREATE TABLE sgsupport_heartbeat (
	name VARCHAR(40) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	detail VARCHAR(500) NOT NULL, 
	CONSTRAINT pk_sgsupport_heartbeat PRIMARY KEY (name)
);
INSERT INTO "sgsupport_heartbeat" VALUES('sweep','2026-06-03 15:03:00.000000','580f48dfb2e358e93f41a54389e6df4e');
INSERT INTO "sgsupport_heartbeat" VALUES('clock','2026-06-03 15:03:00.000000','0 closed, 0 held, 0 released, 0 files removed');
CREATE TABLE sgsupport_host_change (
	kind VARCHAR(20) NOT NULL, 
	host_id VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_sgsupport_host_change PRIMARY KEY (kind, host_id)
);
CREATE TABLE sgsupport_message (
	pk INTEGER NOT NULL, 
	"key" VARCHAR(32) NOT NULL, 
	ticket_pk INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	public BOOLEAN NOT NULL, 
	side VARCHAR(10) NOT NULL, 
	author_pk INTEGER, 
	author_public_name VARCHAR(200) NOT NULL, 
	body TEXT NOT NULL, 
	via VARCHAR(10) NOT NULL, 
	created_at DATETIME NOT NULL, 
	edited_at DATETIME, 
	form_key VARCHAR(64), 
	form_said VARCHAR(64), 
	CONSTRAINT pk_sgsupport_message PRIMARY KEY (pk), 
	CONSTRAINT fk_sgsupport_message_author_pk FOREIGN KEY(author_pk) REFERENCES sgsupport_person (pk), 
	CONSTRAINT fk_sgsupport_message_ticket_pk FOREIGN KEY(ticket_pk) REFERENCES sgsupport_ticket (pk) ON DELETE CASCADE, 
	CONSTRAINT uq_sgsupport_message_form_key UNIQUE (form_key), 
	CONSTRAINT uq_sgsupport_message_key UNIQUE ("key")
);
INSERT INTO "sgsupport_message" VALUES(1,'486b6b62e2b8716ee08c48013a21ffc8',1,'description',1,'customer',5,'Jerome Ellis','Nobody can pay.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(2,'83f1d17bc894121e0f4a21f576c524c7',1,'public-reply',1,'agent',1,'Ada','Thanks for flagging — checkout is now **restored**.','inbox','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(3,'71be250c605dc22c0924d1804f326f40',1,'follow-up',1,'customer',6,'Lena Brandt','It is back 🙁. My password is [redacted].','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(4,'254481eecdfdb41b95deba8094ae97a1',1,'internal-note',0,'agent',1,'Ada','It is the cache.','inbox','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(5,'d42b5c5574aa0171d545b266fd5769f5',2,'description',1,'customer',6,'Lena Brandt','I see no button.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(6,'d201e967a9ec6539c2278e2b21d7bae4',2,'public-reply',1,'agent',1,'Ada','Under Sites, top right.','inbox','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(7,'19dc0bf82af78acf9fb1c91dd7bec651',3,'description',1,'customer',7,'Mina Sato','It names the old address.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(8,'c2a9491d38a602a5cf820e60a54f62c4',3,'public-reply',1,'agent',2,'Ben','Sent again.','inbox','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(9,'0db35f779c694e21eb6656f7e9975953',3,'follow-up',1,'customer',7,'Mina Sato','Thank you.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(10,'37d82f263122420e0ad95e334115e735',4,'description',1,'customer',7,'Mina Sato','The font is smaller.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(11,'6f2ab31f720b0e9dc0402f50a494dfc2',4,'public-reply',1,'agent',1,'Ada','That was us; it is as before.','inbox','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(12,'256078b761e460896591de099eb34aac',5,'description',1,'customer',7,'Mina Sato','And again.','panel','2026-06-03 15:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(13,'05baf436c1f1e4e6356cb922eb7272ee',6,'description',1,'customer',5,'Jerome Ellis','Buy!','panel','2026-06-03 15:03:00.000000',NULL,NULL,NULL);
INSERT INTO "sgsupport_message" VALUES(14,'4fe090ba78c9a02bb2e81d939cdf10cf',7,'description',1,'customer',5,'Jerome Ellis','What does it cost?','panel','2026-06-03 15:03:00.000000',NULL,NULL,NULL);
CREATE TABLE sgsupport_message_version (
	pk INTEGER NOT NULL, 
	message_pk INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	editor_pk INTEGER, 
	replaced_at DATETIME NOT NULL, 
	CONSTRAINT pk_sgsupport_message_version PRIMARY KEY (pk), 
	CONSTRAINT fk_sgsupport_message_version_editor_pk FOREIGN KEY(editor_pk) REFERENCES sgsupport_person (pk), 
	CONSTRAINT fk_sgsupport_message_version_message_pk FOREIGN KEY(message_pk) REFERENCES sgsupport_message (pk) ON DELETE CASCADE
);
INSERT INTO "sgsupport_message_version" VALUES(1,4,'Looks like the cache; see ticket of last week.',1,'2026-04-22 14:03:00.000000');
CREATE TABLE sgsupport_number_counter (
	prefix VARCHAR(10) NOT NULL, 
	year INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT pk_sgsupport_number_counter PRIMARY KEY (prefix, year)
);
INSERT INTO "sgsupport_number_counter" VALUES('TKT',2026,7);
INSERT INTO "sgsupport_number_counter" VALUES('TKT',2027,0);
CREATE TABLE sgsupport_person (
	pk INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	host_id VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	email VARCHAR(320), 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_sgsupport_person PRIMARY KEY (pk), 
	CONSTRAINT uq_sgsupport_person_digest UNIQUE (digest)
);
INSERT INTO "sgsupport_person" VALUES(1,'f54cbcbf2b2f00e26edc31d045ab7381a3cbd5c7c982a332e10fd58e8e406fff','5','Ada Lovelace','ada@desk.example','2026-04-22 14:03:00.000000');
INSERT INTO "sgsupport_person" VALUES(2,'ebf3c3f3e677cbdb1c346409951f5f56aa9d6b3be68f34a7fcaa9d6d8ae082dc','6','Ben Okoro','ben@desk.example','2026-04-22 14:03:00.000000');
INSERT INTO "sgsupport_person" VALUES(3,'de2ccb43131fa005c05d45abb70cd42c7f60f6afdaa7634d057fbee8e00278b2','7','Cleo Marsh','cleo@desk.example','2026-04-22 14:03:00.000000');
INSERT INTO "sgsupport_person" VALUES(4,'9036b269a4a6619f129d4c4dd27cbb0991740f6509cf1907a6d3d903afa7aaff','8','Grace Hopper','grace@desk.example','2026-04-22 14:03:00.000000');
INSERT INTO "sgsupport_person" VALUES(5,'cae469693823c63efaa0d46151a80df75cdfc9fef62d8579d4dba948fb11e5aa','2','Jerome Ellis','jerome@northwind.example','2026-04-22 14:03:00.000000');
INSERT INTO "sgsupport_person" VALUES(6,'3903ee5e1347e9b7bd7273a5e2a70d36107e042f3a6c94f659c6fe2781d5b367','1','Lena Brandt','lena@northwind.example','2026-04-22 14:03:00.000000');
INSERT INTO "sgsupport_person" VALUES(7,'ded80b6da91530cde792189e9edeab64da88f22a1b4b31feab5f2339710b26f8','4','Mina Sato','mina@fabrikam.example','2026-04-22 14:03:00.000000');
CREATE TABLE sgsupport_preference (
	host_id VARCHAR(64) NOT NULL, 
	channel VARCHAR(20) NOT NULL, 
	wanted BOOLEAN NOT NULL, 
	CONSTRAINT pk_sgsupport_preference PRIMARY KEY (host_id, channel)
);
CREATE TABLE sgsupport_queue (
	pk INTEGER NOT NULL, 
	"key" VARCHAR(50) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	position INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	is_default BOOLEAN NOT NULL, 
	from_name VARCHAR(100) NOT NULL, 
	from_address VARCHAR(320), 
	reply_address VARCHAR(320), 
	signature TEXT NOT NULL, 
	mail_error VARCHAR(500) NOT NULL, 
	mail_error_at DATETIME, 
	mail_checked_at DATETIME, 
	CONSTRAINT pk_sgsupport_queue PRIMARY KEY (pk), 
	CONSTRAINT uq_sgsupport_queue_key UNIQUE ("key")
);
INSERT INTO "sgsupport_queue" VALUES(1,'support','Support',0,1,1,'Support team',NULL,NULL,'','',NULL,NULL);
INSERT INTO "sgsupport_queue" VALUES(2,'billing','Billing',1,1,0,'Billing team',NULL,NULL,'Your billing team','',NULL,NULL);
CREATE TABLE sgsupport_spent (
	host_id VARCHAR(64) NOT NULL, 
	what VARCHAR(10) NOT NULL, 
	amount BIGINT NOT NULL, 
	starts_at DATETIME NOT NULL, 
	CONSTRAINT pk_sgsupport_spent PRIMARY KEY (host_id, what)
);
INSERT INTO "sgsupport_spent" VALUES('2','opens',2,'2026-06-03 15:00:00.000000');
INSERT INTO "sgsupport_spent" VALUES('2','uploads',21,'2026-04-22 14:00:00.000000');
INSERT INTO "sgsupport_spent" VALUES('5','messages',4,'2026-04-22 14:00:00.000000');
INSERT INTO "sgsupport_spent" VALUES('1','messages',1,'2026-04-22 14:00:00.000000');
INSERT INTO "sgsupport_spent" VALUES('1','opens',1,'2026-04-22 14:00:00.000000');
INSERT INTO "sgsupport_spent" VALUES('4','opens',1,'2026-06-03 15:00:00.000000');
INSERT INTO "sgsupport_spent" VALUES('6','messages',1,'2026-04-22 14:00:00.000000');
INSERT INTO "sgsupport_spent" VALUES('4','messages',1,'2026-06-03 15:00:00.000000');
CREATE TABLE sgsupport_ticket (
	pk INTEGER NOT NULL, 
	ticket_id VARCHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	account_id VARCHAR(64) NOT NULL, 
	account_name VARCHAR(200) NOT NULL, 
	account_removed_at DATETIME, 
	"plan" VARCHAR(100) NOT NULL, 
	requester_pk INTEGER NOT NULL, 
	requester_id VARCHAR(64) NOT NULL, 
	requester_name VARCHAR(200) NOT NULL, 
	requester_email VARCHAR(320), 
	subject VARCHAR(1000) NOT NULL, 
	subject_folded VARCHAR(2000) NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	priority VARCHAR(10) NOT NULL, 
	channel VARCHAR(10) NOT NULL, 
	queue_pk INTEGER NOT NULL, 
	category_pk INTEGER, 
	assignee_pk INTEGER, 
	filtered_reason VARCHAR(200), 
	addressed BOOLEAN NOT NULL, 
	waiting_on VARCHAR(10) NOT NULL, 
	last_customer_message_at DATETIME NOT NULL, 
	first_reply_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	customer_updated_at DATETIME NOT NULL, 
	resolved_at DATETIME, 
	auto_close_at DATETIME, 
	closed_at DATETIME, 
	close_reason VARCHAR(20), 
	reopen_count INTEGER NOT NULL, 
	hold_reason VARCHAR(200), 
	follow_up_of_pk INTEGER, 
	routing TEXT NOT NULL, 
	history_length INTEGER NOT NULL, 
	history_digest VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_sgsupport_ticket PRIMARY KEY (pk), 
	CONSTRAINT ck_sgsupport_ticket_status CHECK (status IN ('open', 'resolved', 'closed')), 
	CONSTRAINT fk_sgsupport_ticket_assignee_pk FOREIGN KEY(assignee_pk) REFERENCES sgsupport_agent (pk), 
	CONSTRAINT fk_sgsupport_ticket_category_pk FOREIGN KEY(category_pk) REFERENCES sgsupport_category (pk), 
	CONSTRAINT fk_sgsupport_ticket_follow_up_of_pk FOREIGN KEY(follow_up_of_pk) REFERENCES sgsupport_ticket (pk), 
	CONSTRAINT fk_sgsupport_ticket_queue_pk FOREIGN KEY(queue_pk) REFERENCES sgsupport_queue (pk), 
	CONSTRAINT fk_sgsupport_ticket_requester_pk FOREIGN KEY(requester_pk) REFERENCES sgsupport_person (pk), 
	CONSTRAINT uq_sgsupport_ticket_ticket_id UNIQUE (ticket_id)
);
INSERT INTO "sgsupport_ticket" VALUES(1,'TKT-2026-00001',9,'1','Northwind Outfitters',NULL,'Growth',5,'2','Jerome Ellis','jerome@northwind.example','Checkout failing on Canvas Tote','checkout failing on canvas tote','open','high','panel',1,1,1,NULL,0,'staff','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,0,NULL,NULL,'[{"code": "category", "queue": "Support", "category": "Storefront"}]',10,'8472962c995ce3b76961ffb91b07383a34ba64a2ac0b690615b7d9fb9df73ad1');
INSERT INTO "sgsupport_ticket" VALUES(2,'TKT-2026-00002',4,'1','Northwind Outfitters',NULL,'Growth',6,'1','Lena Brandt','lena@northwind.example','How do I add a site?','how do i add a site','closed','normal','panel',1,NULL,1,NULL,1,'customer','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-24 15:03:00.000000','no_reply',0,NULL,NULL,'[{"code": "default", "queue": "Support"}]',6,'f66dec4a2f7f312fe35a53d5f0588f7d1db7ccd92611cffb8ad851653bd7d88b');
INSERT INTO "sgsupport_ticket" VALUES(3,'TKT-2026-00003',7,'2','Fabrikam',NULL,'Starter',7,'4','Mina Sato','mina@fabrikam.example','Invoice of March','invoice of march','closed','normal','panel',2,2,2,NULL,1,'customer','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000','customer_confirmed',0,NULL,NULL,'[{"code": "category", "queue": "Billing", "category": "Invoices"}]',9,'6f61b9f5fbad87bcdf8eee5d826e84cf3ef504d41e827f7a7c42e466060eecdd');
INSERT INTO "sgsupport_ticket" VALUES(4,'TKT-2026-00004',5,'2','Fabrikam',NULL,'Starter',7,'4','Mina Sato','mina@fabrikam.example','Theme update','theme update','closed','normal','panel',1,NULL,1,NULL,1,'customer','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-24 15:03:00.000000','no_reply',0,NULL,NULL,'[{"code": "default", "queue": "Support"}]',7,'6066304c3495c20bbc10b87b3717922fe381662229501651f5f8c9b0868d1a08');
INSERT INTO "sgsupport_ticket" VALUES(5,'TKT-2026-00005',1,'2','Fabrikam',NULL,'Starter',7,'4','Mina Sato','mina@fabrikam.example','Theme update','theme update','open','normal','panel',1,NULL,NULL,NULL,0,'staff','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,0,NULL,4,'[{"code": "continues", "queue": "Support", "ticket": "TKT-2026-00004"}]',2,'862ebc1ed72415af8023fcec2fd7c104cd7793876687a5382b3342706b12b0a5');
INSERT INTO "sgsupport_ticket" VALUES(6,'TKT-2026-00006',2,'1','Northwind Outfitters',NULL,'Growth',5,'2','Jerome Ellis','jerome@northwind.example','CHEAP WATCHES','cheap watches','open','normal','panel',1,NULL,NULL,'advertising',0,'staff','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,0,NULL,NULL,'[{"code": "default", "queue": "Support"}]',3,'289e0c6ed45ec9b8108f358d3eab41c102aa3b4bfd47333a3d7cce7d04b6fd2b');
INSERT INTO "sgsupport_ticket" VALUES(7,'TKT-2026-00007',3,'1','Northwind Outfitters',NULL,'Growth',5,'2','Jerome Ellis','jerome@northwind.example','A question','a question','open','normal','panel',1,NULL,NULL,NULL,0,'staff','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,1,NULL,NULL,'[{"code": "default", "queue": "Support"}]',5,'962587a6549bc8f60e6f02a9fcdf4e044f024bb2926aefaa3ca3eb0a6ce528a5');
CREATE TABLE sgsupport_ticket_read (
	ticket_pk INTEGER NOT NULL, 
	host_id VARCHAR(64) NOT NULL, 
	read_at DATETIME NOT NULL, 
	CONSTRAINT pk_sgsupport_ticket_read PRIMARY KEY (ticket_pk, host_id), 
	CONSTRAINT fk_sgsupport_ticket_read_ticket_pk FOREIGN KEY(ticket_pk) REFERENCES sgsupport_ticket (pk) ON DELETE CASCADE
);
CREATE TABLE sgsupport_ticket_site (
	ticket_pk INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	site_id VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_sgsupport_ticket_site PRIMARY KEY (ticket_pk, position), 
	CONSTRAINT fk_sgsupport_ticket_site_ticket_pk FOREIGN KEY(ticket_pk) REFERENCES sgsupport_ticket (pk) ON DELETE CASCADE
);
CREATE TABLE sgsupport_ticket_tag (
	ticket_pk INTEGER NOT NULL, 
	tag VARCHAR(50) NOT NULL, 
	CONSTRAINT pk_sgsupport_ticket_tag PRIMARY KEY (ticket_pk, tag), 
	CONSTRAINT fk_sgsupport_ticket_tag_ticket_pk FOREIGN KEY(ticket_pk) REFERENCES sgsupport_ticket (pk) ON DELETE CASCADE
);
INSERT INTO "sgsupport_ticket_tag" VALUES(1,'checkout');
INSERT INTO "sgsupport_ticket_tag" VALUES(1,'urgent');
CREATE TABLE sgsupport_write_lock (
	pk INTEGER NOT NULL, 
	CONSTRAINT pk_sgsupport_write_lock PRIMARY KEY (pk)
);
CREATE TABLE user (
	id INTEGER NOT NULL, 
	name VARCHAR(100), 
	email VARCHAR(100), 
	account_id INTEGER, 
	role VARCHAR(20), 
	owner BOOLEAN, 
	support BOOLEAN, 
	host_owner BOOLEAN, 
	enabled BOOLEAN, 
	contact VARCHAR(10), 
	PRIMARY KEY (id)
);
INSERT INTO "user" VALUES(1,'Lena Brandt','lena@northwind.example',1,'Owner',1,1,0,1,'both');
INSERT INTO "user" VALUES(2,'Jerome Ellis','jerome@northwind.example',1,'Admin',0,1,0,1,'both');
INSERT INTO "user" VALUES(3,'Nora Quist','nora@northwind.example',1,'Editor',0,0,0,1,'both');
INSERT INTO "user" VALUES(4,'Mina Sato','mina@fabrikam.example',2,'Owner',1,1,0,1,'both');
INSERT INTO "user" VALUES(5,'Ada Lovelace','ada@desk.example',NULL,'',0,1,0,1,'both');
INSERT INTO "user" VALUES(6,'Ben Okoro','ben@desk.example',NULL,'',0,1,0,1,'both');
INSERT INTO "user" VALUES(7,'Cleo Marsh','cleo@desk.example',NULL,'',0,1,0,1,'both');
INSERT INTO "user" VALUES(8,'Grace Hopper','grace@desk.example',NULL,'',0,1,0,1,'both');
INSERT INTO "user" VALUES(9,'Olga Petrova','olga@desk.example',NULL,'',0,1,1,1,'both');
CREATE INDEX ix_sgsupport_person_host_id ON sgsupport_person (host_id);
CREATE INDEX ix_sgsupport_agent_coverage_kind ON sgsupport_agent_coverage (kind, value, agent_pk);
CREATE INDEX ix_sgsupport_ticket_account ON sgsupport_ticket (account_id, customer_updated_at, pk);
CREATE INDEX ix_sgsupport_ticket_assignee ON sgsupport_ticket (assignee_pk, status, addressed, created_at, pk);
CREATE INDEX ix_sgsupport_ticket_auto_close ON sgsupport_ticket (status, auto_close_at);
CREATE INDEX ix_sgsupport_ticket_created ON sgsupport_ticket (addressed, created_at, pk);
CREATE INDEX ix_sgsupport_ticket_filtered ON sgsupport_ticket (filtered_reason, created_at);
CREATE INDEX ix_sgsupport_ticket_queue ON sgsupport_ticket (queue_pk, status, addressed, created_at, pk);
CREATE INDEX ix_sgsupport_ticket_status ON sgsupport_ticket (status, addressed, created_at, pk);
CREATE INDEX ix_sgsupport_ticket_status_updated ON sgsupport_ticket (status, addressed, updated_at, pk);
CREATE INDEX ix_sgsupport_ticket_updated ON sgsupport_ticket (addressed, updated_at, pk);
CREATE INDEX ix_sgsupport_event_ticket ON sgsupport_event (ticket_pk, pk);
CREATE INDEX ix_sgsupport_event_text_ticket ON sgsupport_event_text (ticket_pk);
CREATE INDEX ix_sgsupport_message_ticket ON sgsupport_message (ticket_pk, pk);
CREATE INDEX ix_sgsupport_ticket_site_site ON sgsupport_ticket_site (site_id, ticket_pk);
CREATE INDEX ix_sgsupport_ticket_tag_tag ON sgsupport_ticket_tag (tag, ticket_pk);
CREATE INDEX ix_sgsupport_attachment_ticket ON sgsupport_attachment (ticket_pk, message_pk);
CREATE INDEX ix_sgsupport_delivery_bell ON sgsupport_delivery (recipient_id, channel, read_at, pk);
CREATE INDEX ix_sgsupport_delivery_due ON sgsupport_delivery (state, due_at);
CREATE INDEX ix_sgsupport_delivery_message ON sgsupport_delivery (message_pk);
CREATE INDEX ix_sgsupport_delivery_ticket ON sgsupport_delivery (ticket_pk, pk);
CREATE INDEX ix_sgsupport_message_version_message ON sgsupport_message_version (message_pk, pk);
CREATE TRIGGER sgsupport_event_no_update BEFORE UPDATE ON sgsupport_event BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never changed'); END;
CREATE TRIGGER sgsupport_event_no_delete BEFORE DELETE ON sgsupport_event BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never changed'); END;
COMMIT;
