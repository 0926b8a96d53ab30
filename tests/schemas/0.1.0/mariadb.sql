/*M!999999\- enable the sandbox mode */ 
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_agent` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `host_id` varchar(64) NOT NULL,
  `person_pk` bigint(20) NOT NULL,
  `name` varchar(200) NOT NULL,
  `email` varchar(320) DEFAULT NULL,
  `public_name` varchar(100) NOT NULL,
  `active` tinyint(1) NOT NULL,
  `can_handle` tinyint(1) NOT NULL,
  `can_assign` tinyint(1) NOT NULL,
  `can_close` tinyint(1) NOT NULL,
  `sees_all_queues` tinyint(1) NOT NULL,
  `is_lead` tinyint(1) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `uq_sgsupport_agent_host_id` (`host_id`),
  KEY `fk_sgsupport_agent_person_pk` (`person_pk`),
  CONSTRAINT `fk_sgsupport_agent_person_pk` FOREIGN KEY (`person_pk`) REFERENCES `sgsupport_person` (`pk`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_agent` (`pk`, `host_id`, `person_pk`, `name`, `email`, `public_name`, `active`, `can_handle`, `can_assign`, `can_close`, `sees_all_queues`, `is_lead`, `created_at`) VALUES (1,'5',1,'Ada Lovelace','ada@desk.example','Ada',1,1,1,1,0,0,'2026-04-22 14:03:00.000000');
INSERT INTO `sgsupport_agent` (`pk`, `host_id`, `person_pk`, `name`, `email`, `public_name`, `active`, `can_handle`, `can_assign`, `can_close`, `sees_all_queues`, `is_lead`, `created_at`) VALUES (2,'6',2,'Ben Okoro','ben@desk.example','Ben',1,1,1,1,0,0,'2026-04-22 14:03:00.000000');
INSERT INTO `sgsupport_agent` (`pk`, `host_id`, `person_pk`, `name`, `email`, `public_name`, `active`, `can_handle`, `can_assign`, `can_close`, `sees_all_queues`, `is_lead`, `created_at`) VALUES (3,'7',3,'Cleo Marsh','cleo@desk.example','Cleo',1,1,0,0,0,0,'2026-04-22 14:03:00.000000');
INSERT INTO `sgsupport_agent` (`pk`, `host_id`, `person_pk`, `name`, `email`, `public_name`, `active`, `can_handle`, `can_assign`, `can_close`, `sees_all_queues`, `is_lead`, `created_at`) VALUES (4,'8',4,'Grace Hopper','grace@desk.example','Grace',1,1,0,0,0,1,'2026-04-22 14:03:00.000000');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_agent_coverage` (
  `agent_pk` bigint(20) NOT NULL,
  `kind` varchar(10) NOT NULL,
  `value` varchar(64) NOT NULL,
  PRIMARY KEY (`agent_pk`,`kind`,`value`),
  KEY `ix_sgsupport_agent_coverage_kind` (`kind`,`value`,`agent_pk`),
  CONSTRAINT `fk_sgsupport_agent_coverage_agent_pk` FOREIGN KEY (`agent_pk`) REFERENCES `sgsupport_agent` (`pk`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_agent_coverage` (`agent_pk`, `kind`, `value`) VALUES (1,'queue','1');
INSERT INTO `sgsupport_agent_coverage` (`agent_pk`, `kind`, `value`) VALUES (2,'queue','2');
INSERT INTO `sgsupport_agent_coverage` (`agent_pk`, `kind`, `value`) VALUES (3,'queue','1');
INSERT INTO `sgsupport_agent_coverage` (`agent_pk`, `kind`, `value`) VALUES (4,'queue','1');
INSERT INTO `sgsupport_agent_coverage` (`agent_pk`, `kind`, `value`) VALUES (4,'queue','2');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_alembic_version` (
  `version_num` varchar(32) NOT NULL,
  PRIMARY KEY (`version_num`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_alembic_version` (`version_num`) VALUES ('0001');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_attachment` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `key` varchar(32) NOT NULL,
  `ticket_pk` bigint(20) NOT NULL,
  `message_pk` bigint(20) NOT NULL,
  `name` varchar(255) NOT NULL,
  `content_type` varchar(100) NOT NULL,
  `size_bytes` bigint(20) NOT NULL,
  `sha256` varchar(64) NOT NULL,
  `storage_key` varchar(64) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `uq_sgsupport_attachment_key` (`key`),
  UNIQUE KEY `uq_sgsupport_attachment_storage_key` (`storage_key`),
  KEY `fk_sgsupport_attachment_message_pk` (`message_pk`),
  KEY `ix_sgsupport_attachment_ticket` (`ticket_pk`,`message_pk`),
  CONSTRAINT `fk_sgsupport_attachment_message_pk` FOREIGN KEY (`message_pk`) REFERENCES `sgsupport_message` (`pk`) ON DELETE CASCADE,
  CONSTRAINT `fk_sgsupport_attachment_ticket_pk` FOREIGN KEY (`ticket_pk`) REFERENCES `sgsupport_ticket` (`pk`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_attachment` (`pk`, `key`, `ticket_pk`, `message_pk`, `name`, `content_type`, `size_bytes`, `sha256`, `storage_key`, `created_at`) VALUES (1,'a978cb2d9237f0e210ecc54c556a0e75',1,1,'Käse & Söhne.txt','text/plain',21,'58169f4e3102e3a1a970414b0a9213988bb36610afeacb19573ca14236957eb1','c3e98432d93f0b21a86a5a5e3ad84185','2026-04-22 14:03:00.000000');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_category` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `key` varchar(50) NOT NULL,
  `name` varchar(100) NOT NULL,
  `position` int(11) NOT NULL,
  `active` tinyint(1) NOT NULL,
  `queue_pk` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `uq_sgsupport_category_key` (`key`),
  KEY `fk_sgsupport_category_queue_pk` (`queue_pk`),
  CONSTRAINT `fk_sgsupport_category_queue_pk` FOREIGN KEY (`queue_pk`) REFERENCES `sgsupport_queue` (`pk`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_category` (`pk`, `key`, `name`, `position`, `active`, `queue_pk`) VALUES (1,'storefront','Storefront',0,1,1);
INSERT INTO `sgsupport_category` (`pk`, `key`, `name`, `position`, `active`, `queue_pk`) VALUES (2,'invoices','Invoices',1,1,2);
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_context_snapshot` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `ticket_pk` bigint(20) NOT NULL,
  `schema_version` int(11) NOT NULL,
  `captured_at` datetime(6) NOT NULL,
  `remark` text NOT NULL,
  `body` mediumtext NOT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `uq_sgsupport_context_snapshot_ticket_pk` (`ticket_pk`),
  CONSTRAINT `fk_sgsupport_context_snapshot_ticket_pk` FOREIGN KEY (`ticket_pk`) REFERENCES `sgsupport_ticket` (`pk`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=8 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_context_snapshot` (`pk`, `ticket_pk`, `schema_version`, `captured_at`, `remark`, `body`) VALUES (1,1,1,'2026-04-22 14:03:00.000000','','{\"schema\":1,\"captured_at\":\"2026-04-22T14:03:00Z\",\"account\":{\"name\":\"Northwind Outfitters\",\"plan\":\"Growth\",\"billing\":\"paid to 1 May\",\"url\":\"\"},\"sites\":[{\"id\":\"11\",\"name\":\"tote.example\",\"url\":\"\",\"working_in\":true},{\"id\":\"12\",\"name\":\"bags.example\",\"url\":\"\",\"working_in\":false}],\"activity\":[{\"action\":\"theme update\",\"at\":\"2026-04-22T13:32:00Z\",\"site\":\"\",\"url\":\"\"},{\"action\":\"signed in\",\"at\":\"2026-04-22T11:03:00Z\",\"site\":\"\",\"url\":\"\"}],\"operator\":{\"name\":\"Jerome Ellis\",\"role\":\"Admin\",\"contact\":\"both\",\"email\":\"jerome@northwind.example\"},\"unavailable\":{},\"cut\":[]}');
INSERT INTO `sgsupport_context_snapshot` (`pk`, `ticket_pk`, `schema_version`, `captured_at`, `remark`, `body`) VALUES (2,2,1,'2026-04-22 14:03:00.000000','','{\"schema\":1,\"captured_at\":\"2026-04-22T14:03:00Z\",\"account\":{\"name\":\"Northwind Outfitters\",\"plan\":\"Growth\",\"billing\":\"paid to 1 May\",\"url\":\"\"},\"sites\":[{\"id\":\"11\",\"name\":\"tote.example\",\"url\":\"\",\"working_in\":true},{\"id\":\"12\",\"name\":\"bags.example\",\"url\":\"\",\"working_in\":false}],\"activity\":[{\"action\":\"theme update\",\"at\":\"2026-04-22T13:32:00Z\",\"site\":\"\",\"url\":\"\"},{\"action\":\"signed in\",\"at\":\"2026-04-22T11:03:00Z\",\"site\":\"\",\"url\":\"\"}],\"operator\":{\"name\":\"Lena Brandt\",\"role\":\"Owner\",\"contact\":\"both\",\"email\":\"lena@northwind.example\"},\"unavailable\":{},\"cut\":[]}');
INSERT INTO `sgsupport_context_snapshot` (`pk`, `ticket_pk`, `schema_version`, `captured_at`, `remark`, `body`) VALUES (3,3,1,'2026-04-22 14:03:00.000000','','{\"schema\":1,\"captured_at\":\"2026-04-22T14:03:00Z\",\"account\":{\"name\":\"Fabrikam\",\"plan\":\"Starter\",\"billing\":\"paid to 1 May\",\"url\":\"\"},\"sites\":[{\"id\":\"21\",\"name\":\"fabrikam.example\",\"url\":\"\",\"working_in\":true}],\"activity\":[{\"action\":\"theme update\",\"at\":\"2026-04-22T13:32:00Z\",\"site\":\"\",\"url\":\"\"},{\"action\":\"signed in\",\"at\":\"2026-04-22T11:03:00Z\",\"site\":\"\",\"url\":\"\"}],\"operator\":{\"name\":\"Mina Sato\",\"role\":\"Owner\",\"contact\":\"both\",\"email\":\"mina@fabrikam.example\"},\"unavailable\":{},\"cut\":[]}');
INSERT INTO `sgsupport_context_snapshot` (`pk`, `ticket_pk`, `schema_version`, `captured_at`, `remark`, `body`) VALUES (4,4,1,'2026-04-22 14:03:00.000000','','{\"schema\":1,\"captured_at\":\"2026-04-22T14:03:00Z\",\"account\":{\"name\":\"Fabrikam\",\"plan\":\"Starter\",\"billing\":\"paid to 1 May\",\"url\":\"\"},\"sites\":[{\"id\":\"21\",\"name\":\"fabrikam.example\",\"url\":\"\",\"working_in\":true}],\"activity\":[{\"action\":\"theme update\",\"at\":\"2026-04-22T13:32:00Z\",\"site\":\"\",\"url\":\"\"},{\"action\":\"signed in\",\"at\":\"2026-04-22T11:03:00Z\",\"site\":\"\",\"url\":\"\"}],\"operator\":{\"name\":\"Mina Sato\",\"role\":\"Owner\",\"contact\":\"both\",\"email\":\"mina@fabrikam.example\"},\"unavailable\":{},\"cut\":[]}');
INSERT INTO `sgsupport_context_snapshot` (`pk`, `ticket_pk`, `schema_version`, `captured_at`, `remark`, `body`) VALUES (5,5,1,'2026-04-22 14:03:00.000000','{\"code\": \"taken_over\", \"ticket\": \"TKT-2026-00004\"}','{\"schema\":1,\"captured_at\":\"2026-04-22T14:03:00Z\",\"account\":{\"name\":\"Fabrikam\",\"plan\":\"Starter\",\"billing\":\"paid to 1 May\",\"url\":\"\"},\"sites\":[{\"id\":\"21\",\"name\":\"fabrikam.example\",\"url\":\"\",\"working_in\":true}],\"activity\":[{\"action\":\"theme update\",\"at\":\"2026-04-22T13:32:00Z\",\"site\":\"\",\"url\":\"\"},{\"action\":\"signed in\",\"at\":\"2026-04-22T11:03:00Z\",\"site\":\"\",\"url\":\"\"}],\"operator\":{\"name\":\"Mina Sato\",\"role\":\"Owner\",\"contact\":\"both\",\"email\":\"mina@fabrikam.example\"},\"unavailable\":{},\"cut\":[]}');
INSERT INTO `sgsupport_context_snapshot` (`pk`, `ticket_pk`, `schema_version`, `captured_at`, `remark`, `body`) VALUES (6,6,1,'2026-06-03 15:03:00.000000','','{\"schema\":1,\"captured_at\":\"2026-06-03T15:03:00Z\",\"account\":{\"name\":\"Northwind Outfitters\",\"plan\":\"Growth\",\"billing\":\"paid to 1 May\",\"url\":\"\"},\"sites\":[{\"id\":\"11\",\"name\":\"tote.example\",\"url\":\"\",\"working_in\":true},{\"id\":\"12\",\"name\":\"bags.example\",\"url\":\"\",\"working_in\":false}],\"activity\":[{\"action\":\"theme update\",\"at\":\"2026-06-03T14:32:00Z\",\"site\":\"\",\"url\":\"\"},{\"action\":\"signed in\",\"at\":\"2026-06-03T12:03:00Z\",\"site\":\"\",\"url\":\"\"}],\"operator\":{\"name\":\"Jerome Ellis\",\"role\":\"Admin\",\"contact\":\"both\",\"email\":\"jerome@northwind.example\"},\"unavailable\":{},\"cut\":[]}');
INSERT INTO `sgsupport_context_snapshot` (`pk`, `ticket_pk`, `schema_version`, `captured_at`, `remark`, `body`) VALUES (7,7,1,'2026-06-03 15:03:00.000000','','{\"schema\":1,\"captured_at\":\"2026-06-03T15:03:00Z\",\"account\":{\"name\":\"Northwind Outfitters\",\"plan\":\"Growth\",\"billing\":\"paid to 1 May\",\"url\":\"\"},\"sites\":[{\"id\":\"11\",\"name\":\"tote.example\",\"url\":\"\",\"working_in\":true},{\"id\":\"12\",\"name\":\"bags.example\",\"url\":\"\",\"working_in\":false}],\"activity\":[{\"action\":\"theme update\",\"at\":\"2026-06-03T14:32:00Z\",\"site\":\"\",\"url\":\"\"},{\"action\":\"signed in\",\"at\":\"2026-06-03T12:03:00Z\",\"site\":\"\",\"url\":\"\"}],\"operator\":{\"name\":\"Jerome Ellis\",\"role\":\"Admin\",\"contact\":\"both\",\"email\":\"jerome@northwind.example\"},\"unavailable\":{},\"cut\":[]}');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_delivery` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `key` varchar(32) NOT NULL,
  `ticket_pk` bigint(20) NOT NULL,
  `message_pk` bigint(20) DEFAULT NULL,
  `channel` varchar(20) NOT NULL,
  `notice` varchar(40) NOT NULL,
  `side` varchar(10) NOT NULL,
  `recipient_id` varchar(64) NOT NULL,
  `recipient_name` varchar(200) NOT NULL,
  `address` varchar(320) DEFAULT NULL,
  `data` mediumtext NOT NULL,
  `state` varchar(10) NOT NULL,
  `attempts` int(11) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `due_at` datetime(6) NOT NULL,
  `owner` varchar(40) DEFAULT NULL,
  `sent_at` datetime(6) DEFAULT NULL,
  `read_at` datetime(6) DEFAULT NULL,
  `error_code` int(11) DEFAULT NULL,
  `error` varchar(500) NOT NULL,
  `message_id` varchar(500) DEFAULT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `uq_sgsupport_delivery_key` (`key`),
  KEY `ix_sgsupport_delivery_bell` (`recipient_id`,`channel`,`read_at`,`pk`),
  KEY `ix_sgsupport_delivery_due` (`state`,`due_at`),
  KEY `ix_sgsupport_delivery_message` (`message_pk`),
  KEY `ix_sgsupport_delivery_ticket` (`ticket_pk`,`pk`),
  CONSTRAINT `fk_sgsupport_delivery_message_pk` FOREIGN KEY (`message_pk`) REFERENCES `sgsupport_message` (`pk`) ON DELETE CASCADE,
  CONSTRAINT `fk_sgsupport_delivery_ticket_pk` FOREIGN KEY (`ticket_pk`) REFERENCES `sgsupport_ticket` (`pk`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=78 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (1,'5941af5db1fe9823e0e2d61a30a5c9fe',1,1,'email','opened_receipt','customer','2','Jerome Ellis','jerome@northwind.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (2,'5ca0d2d12172d6bcc1fb7123ca3caf25',1,1,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"Jerome Ellis\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (3,'270392b0840ba2d725a582f2e1e405fe',1,1,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (4,'1012fae90814f064771111e931225f2a',1,1,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{\"by\": \"Jerome Ellis\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (5,'06c15dc6cdc16b0996d68c5508e8343d',1,1,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (6,'58ca41dbde08b3d905b33516ed854169',1,1,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{\"by\": \"Jerome Ellis\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (7,'9f6b6fd5a70a6834c84f6372e0c27ae0',1,1,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (8,'a7a3148cb9c09c63e7bae729107be6f4',1,2,'bell','replied_customer','customer','2','Jerome Ellis',NULL,'{\"by\": \"Ada\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (9,'3fa59bfacc96fb83fc4f4f3aa5da5bac',1,2,'email','replied_customer','customer','2','Jerome Ellis','jerome@northwind.example','{\"by\": \"Ada\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (10,'1b1977cb5df2d94257bc04c13e78e208',1,3,'bell','follow_up_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"Lena Brandt\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (11,'3121432e91d9a2c834628a08f68eb111',1,3,'email','follow_up_staff','agent','5','Ada Lovelace','ada@desk.example','{\"by\": \"Lena Brandt\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (12,'48f4972c787a22cbe1730f72047e478b',2,5,'email','opened_receipt','customer','1','Lena Brandt','lena@northwind.example','{\"by\": \"Lena Brandt\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (13,'efe89e762a831ec187b7c5bf9238bc26',2,5,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"Lena Brandt\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (14,'1a803c30e9bcd1afa5ceafa9cd0eea74',2,5,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{\"by\": \"Lena Brandt\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (15,'cf3adfb64f0e3342a84e2f1ec8fa61be',2,5,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{\"by\": \"Lena Brandt\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (16,'e6bd95cb5a04386de2b1148093f1b0cc',2,5,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{\"by\": \"Lena Brandt\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (17,'1bc318b06cf717882bab02886d566429',2,5,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{\"by\": \"Lena Brandt\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (18,'23df4ed11592f914ef229b6cbc0b08ac',2,5,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{\"by\": \"Lena Brandt\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (19,'06df291137260c6ddb8a82a96e044a35',2,6,'bell','resolved_customer','customer','1','Lena Brandt',NULL,'{\"by\": \"Ada\", \"auto_close_at\": \"2026-04-24T14:03:00+00:00\", \"closed_at\": null, \"reopen_within_days\": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (20,'f6db394561fbecd55ea1fd0d26c4f040',2,6,'email','resolved_customer','customer','1','Lena Brandt','lena@northwind.example','{\"by\": \"Ada\", \"auto_close_at\": \"2026-04-24T14:03:00+00:00\", \"closed_at\": null, \"reopen_within_days\": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (21,'a869c7517d73f6a987a02809ac9023a0',3,7,'email','opened_receipt','customer','4','Mina Sato','mina@fabrikam.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (22,'8ea37b7e35f12a1eb4999ac59e8e3522',3,7,'bell','opened_staff','agent','6','Ben Okoro',NULL,'{\"by\": \"Mina Sato\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (23,'55c85bd0ff648bfd79ee113f3d0b0ad5',3,7,'email','opened_staff','agent','6','Ben Okoro','ben@desk.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (24,'608d5ebc451c35a7d3e30b276c9a36f1',3,7,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{\"by\": \"Mina Sato\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (25,'80d6da01032c3b72bb4465e0c101fdea',3,7,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (26,'8a284ccf1609cbe355fb1ba62ed3b4e6',3,NULL,'bell','resolved_customer','customer','4','Mina Sato',NULL,'{\"by\": \"Ben\", \"auto_close_at\": \"2026-04-24T14:03:00+00:00\", \"closed_at\": null, \"reopen_within_days\": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (27,'706886999e7310feee14661bdb9fc025',3,NULL,'email','resolved_customer','customer','4','Mina Sato','mina@fabrikam.example','{\"by\": \"Ben\", \"auto_close_at\": \"2026-04-24T14:03:00+00:00\", \"closed_at\": null, \"reopen_within_days\": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (28,'9f0155f8ba2bc68aeb22e1cde73b3c2d',3,8,'bell','replied_customer','customer','4','Mina Sato',NULL,'{\"by\": \"Ben\", \"auto_close_at\": \"2026-04-24T14:03:00+00:00\", \"closed_at\": null, \"reopen_within_days\": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (29,'245819af969e3f391eb318fac6298adc',3,8,'email','replied_customer','customer','4','Mina Sato','mina@fabrikam.example','{\"by\": \"Ben\", \"auto_close_at\": \"2026-04-24T14:03:00+00:00\", \"closed_at\": null, \"reopen_within_days\": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (30,'29c4324ffafd942ed72e826f2ae74e17',3,9,'bell','confirmed_staff','agent','6','Ben Okoro',NULL,'{\"by\": \"Mina Sato\", \"auto_close_at\": null, \"closed_at\": \"2026-04-22T14:03:00+00:00\", \"reopen_within_days\": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (31,'ddef3d1e4008add6b2a42f1f5216ec2f',3,9,'email','confirmed_staff','agent','6','Ben Okoro','ben@desk.example','{\"by\": \"Mina Sato\", \"auto_close_at\": null, \"closed_at\": \"2026-04-22T14:03:00+00:00\", \"reopen_within_days\": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (32,'a9b43b9fabc433d499b864e83ed6551d',4,10,'email','opened_receipt','customer','4','Mina Sato','mina@fabrikam.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (33,'b5469412128fdde300cd90ca53260a9c',4,10,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"Mina Sato\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (34,'8d51580ec8561c4e33b81576989c291f',4,10,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (35,'e3e5d3a8fd2635fa267391cc245cbc7e',4,10,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{\"by\": \"Mina Sato\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (36,'5dea312cd49e5809ab975cd01a778070',4,10,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (37,'cc577ec55ab455f1196b1a9667d11ae1',4,10,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{\"by\": \"Mina Sato\"}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (38,'cbc1f6dd6d2701516ff5d89e2011269e',4,10,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (39,'26c2db6f271ceb8096c5d2496b47d6e1',4,11,'bell','resolved_customer','customer','4','Mina Sato',NULL,'{\"by\": \"Ada\", \"auto_close_at\": \"2026-04-24T14:03:00+00:00\", \"closed_at\": null, \"reopen_within_days\": 30}','sent',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (40,'0e6e30200f88b4f3bb7b7b1909035124',4,11,'email','resolved_customer','customer','4','Mina Sato','mina@fabrikam.example','{\"by\": \"Ada\", \"auto_close_at\": \"2026-04-24T14:03:00+00:00\", \"closed_at\": null, \"reopen_within_days\": 30}','queued',0,'2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (41,'040637be9591fe79f0485c1a1b9914bb',2,NULL,'bell','auto_closed_customer','customer','1','Lena Brandt',NULL,'{\"by\": \"\", \"auto_close_at\": null, \"closed_at\": \"2026-04-24T15:03:00+00:00\", \"reopen_within_days\": 30}','sent',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,'2026-04-24 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (42,'1f31f6d8487336f5d2de525aef6835cb',2,NULL,'email','auto_closed_customer','customer','1','Lena Brandt','lena@northwind.example','{\"by\": \"\", \"auto_close_at\": null, \"closed_at\": \"2026-04-24T15:03:00+00:00\", \"reopen_within_days\": 30}','queued',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (43,'589b48115f3d8b05be8fc20b1d610234',2,NULL,'bell','auto_closed_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"\", \"auto_close_at\": null, \"closed_at\": \"2026-04-24T15:03:00+00:00\", \"reopen_within_days\": 30}','sent',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,'2026-04-24 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (44,'dab1433bb35a9c5217ae1a283e41f462',4,NULL,'bell','auto_closed_customer','customer','4','Mina Sato',NULL,'{\"by\": \"\", \"auto_close_at\": null, \"closed_at\": \"2026-04-24T15:03:00+00:00\", \"reopen_within_days\": 30}','sent',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,'2026-04-24 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (45,'e768c6886577331c7c5693318b2d9386',4,NULL,'email','auto_closed_customer','customer','4','Mina Sato','mina@fabrikam.example','{\"by\": \"\", \"auto_close_at\": null, \"closed_at\": \"2026-04-24T15:03:00+00:00\", \"reopen_within_days\": 30}','queued',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (46,'1c7363eb2b5233133dc9aba7a4dfe297',4,NULL,'bell','auto_closed_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"\", \"auto_close_at\": null, \"closed_at\": \"2026-04-24T15:03:00+00:00\", \"reopen_within_days\": 30}','sent',0,'2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000',NULL,'2026-04-24 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (47,'eb63319b869c3e14791a99a7bfca301f',5,12,'bell','continued_customer','customer','4','Mina Sato',NULL,'{\"by\": \"Mina Sato\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (48,'5d5444c354e5a699bee4f573cb62274d',5,12,'email','continued_customer','customer','4','Mina Sato','mina@fabrikam.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (49,'6240977f0bd0fcc100c3ea994cee1486',5,12,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"Mina Sato\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (50,'63dec4bb49ccabc32c15a2716d4b422e',5,12,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (51,'a4a2ff6aa8d20c85ddb60f1591b13ba2',5,12,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{\"by\": \"Mina Sato\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (52,'e1304855feb1513a8214fcf85627b32b',5,12,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (53,'9e71f98e954b40d8d00e7834b3f81d4b',5,12,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{\"by\": \"Mina Sato\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (54,'dafd5b60512492cb9bb2dd573f62343f',5,12,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{\"by\": \"Mina Sato\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (55,'c84b90807a137dd082ffe645346522bf',6,13,'email','opened_receipt','customer','2','Jerome Ellis','jerome@northwind.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (56,'4389a8fbf6497e71d017f618843e1520',6,13,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"Jerome Ellis\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (57,'1eb99f3476eb20888c9b7b27ba185dde',6,13,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (58,'b08fa5204941b59c7cd90d48684632c5',6,13,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{\"by\": \"Jerome Ellis\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (59,'fdffc715887df5ebea8a3dc66b2978a1',6,13,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (60,'718da06cb3054fa1bbdd43bf05648fc0',6,13,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{\"by\": \"Jerome Ellis\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (61,'453071251c959850c7d22778ee3f09d0',6,13,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (62,'fa3562dbdd6f56da78d2569e291d1abd',7,14,'email','opened_receipt','customer','2','Jerome Ellis','jerome@northwind.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (63,'990ea3670bd38e13c86c9c538eb4dfe1',7,14,'bell','opened_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"Jerome Ellis\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (64,'f84f932db573da71da0357fbe10e26b7',7,14,'email','opened_staff','agent','5','Ada Lovelace','ada@desk.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (65,'f108585cfc81dc91f9a8bbfc2d3d8cb6',7,14,'bell','opened_staff','agent','7','Cleo Marsh',NULL,'{\"by\": \"Jerome Ellis\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (66,'03935fe2fcbcd554035b9897e3e87872',7,14,'email','opened_staff','agent','7','Cleo Marsh','cleo@desk.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (67,'9b1303600565da0503c1058fc0ef7bad',7,14,'bell','opened_staff','agent','8','Grace Hopper',NULL,'{\"by\": \"Jerome Ellis\"}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (68,'7b024886319db3a532ef4465f0810261',7,14,'email','opened_staff','agent','8','Grace Hopper','grace@desk.example','{\"by\": \"Jerome Ellis\"}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (69,'18f9bafe121ce0faf2b6dcf616b414f6',7,NULL,'bell','withdrawn_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"Jerome Ellis\", \"auto_close_at\": null, \"closed_at\": \"2026-06-03T15:03:00+00:00\", \"reopen_within_days\": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (70,'96e112d8f9767327598ef34f60d62be7',7,NULL,'bell','withdrawn_staff','agent','7','Cleo Marsh',NULL,'{\"by\": \"Jerome Ellis\", \"auto_close_at\": null, \"closed_at\": \"2026-06-03T15:03:00+00:00\", \"reopen_within_days\": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (71,'bafacc18c7a451aa1eefc35918ed54ab',7,NULL,'bell','withdrawn_staff','agent','8','Grace Hopper',NULL,'{\"by\": \"Jerome Ellis\", \"auto_close_at\": null, \"closed_at\": \"2026-06-03T15:03:00+00:00\", \"reopen_within_days\": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (72,'1cc130409c2a49d9590562823c80c063',7,NULL,'bell','reopened_customer','customer','2','Jerome Ellis',NULL,'{\"by\": \"Grace\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (73,'dfd3ea70588f35a167e1e3508d05795f',7,NULL,'email','reopened_customer','customer','2','Jerome Ellis','jerome@northwind.example','{\"by\": \"Grace\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (74,'a7e4321868c561c443d4f866bc64151d',7,NULL,'bell','reopened_staff','agent','5','Ada Lovelace',NULL,'{\"by\": \"Grace Hopper\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (75,'e22d49037e93b079466329a4e03a694d',7,NULL,'email','reopened_staff','agent','5','Ada Lovelace','ada@desk.example','{\"by\": \"Grace Hopper\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (76,'17fed1341a1ef633144ca63306da6970',7,NULL,'bell','reopened_staff','agent','7','Cleo Marsh',NULL,'{\"by\": \"Grace Hopper\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','sent',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000',NULL,NULL,'',NULL);
INSERT INTO `sgsupport_delivery` (`pk`, `key`, `ticket_pk`, `message_pk`, `channel`, `notice`, `side`, `recipient_id`, `recipient_name`, `address`, `data`, `state`, `attempts`, `created_at`, `due_at`, `owner`, `sent_at`, `read_at`, `error_code`, `error`, `message_id`) VALUES (77,'0695c4cdbb4ff3b5908e68f0560aa52f',7,NULL,'email','reopened_staff','agent','7','Cleo Marsh','cleo@desk.example','{\"by\": \"Grace Hopper\", \"auto_close_at\": null, \"closed_at\": null, \"reopen_within_days\": 30}','queued',0,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,'',NULL);
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_event` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `ticket_pk` bigint(20) DEFAULT NULL,
  `ticket_version` int(11) NOT NULL,
  `at` datetime(6) NOT NULL,
  `side` varchar(10) NOT NULL,
  `person_pk` bigint(20) DEFAULT NULL,
  `acting_pk` bigint(20) DEFAULT NULL,
  `label` varchar(100) NOT NULL,
  `via` varchar(10) NOT NULL,
  `action` varchar(40) NOT NULL,
  `field` varchar(40) NOT NULL,
  `old` varchar(500) DEFAULT NULL,
  `new` varchar(500) DEFAULT NULL,
  `old_person_pk` bigint(20) DEFAULT NULL,
  `new_person_pk` bigint(20) DEFAULT NULL,
  `text_digest` varchar(64) DEFAULT NULL,
  `data` mediumtext NOT NULL,
  `request_id` varchar(32) NOT NULL,
  `n` int(11) NOT NULL,
  `digest` varchar(64) NOT NULL,
  PRIMARY KEY (`pk`),
  KEY `fk_sgsupport_event_acting_pk` (`acting_pk`),
  KEY `fk_sgsupport_event_new_person_pk` (`new_person_pk`),
  KEY `fk_sgsupport_event_old_person_pk` (`old_person_pk`),
  KEY `fk_sgsupport_event_person_pk` (`person_pk`),
  KEY `ix_sgsupport_event_ticket` (`ticket_pk`,`pk`),
  CONSTRAINT `fk_sgsupport_event_acting_pk` FOREIGN KEY (`acting_pk`) REFERENCES `sgsupport_person` (`pk`),
  CONSTRAINT `fk_sgsupport_event_new_person_pk` FOREIGN KEY (`new_person_pk`) REFERENCES `sgsupport_person` (`pk`),
  CONSTRAINT `fk_sgsupport_event_old_person_pk` FOREIGN KEY (`old_person_pk`) REFERENCES `sgsupport_person` (`pk`),
  CONSTRAINT `fk_sgsupport_event_person_pk` FOREIGN KEY (`person_pk`) REFERENCES `sgsupport_person` (`pk`),
  CONSTRAINT `fk_sgsupport_event_ticket_pk` FOREIGN KEY (`ticket_pk`) REFERENCES `sgsupport_ticket` (`pk`)
) ENGINE=InnoDB AUTO_INCREMENT=44 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (1,1,1,'2026-04-22 14:03:00.000000','customer',5,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00001',NULL,NULL,NULL,'{\"channel\": \"panel\", \"queue\": \"support\", \"message\": \"28a7ea50a0f9a78f54af81b4cf52c4cf\", \"snapshot\": \"7c95378c034dec3c1a751a444d7e354dde2b4395f8c4c9935283906e94f3ad8a\"}','',1,'75c8fdd1da94398bc3f0bf02182cced654d9d01d860097f8e5dd84b6b57207d9');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (2,1,1,'2026-04-22 14:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'4170f4eb07ae5a1ded161cbce0c71c95631b2c4f775b0f621a4cdd93dc0f0d17');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (3,1,2,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','assignee.changed','assignee',NULL,NULL,NULL,1,NULL,'{}','',3,'b87c770bb4b45d20ef7a68c67708ff556184f6e3993ea59a77554d25ff60c34f');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (4,1,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','message.added','',NULL,'public-reply',NULL,NULL,NULL,'{\"message\": \"e77a3252fbbe77fb44909d950a4228bd\", \"public\": true}','',4,'06b1f40096bf1976384a600fde48893e97b5fc47c15c0b7525669202521a85d8');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (5,1,4,'2026-04-22 14:03:00.000000','customer',6,NULL,'','panel','message.added','',NULL,'follow-up',NULL,NULL,NULL,'{\"message\": \"7438ecc1b2feef59aa3e19fb8fd44bbd\", \"public\": true}','',5,'bdd1ac46b254b6f3ea7d6667ccb387d5483d95965f54b6021f324e23e98f7c0d');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (6,1,5,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','note.added','',NULL,'internal-note',NULL,NULL,NULL,'{\"message\": \"7c3e95be6e89cb43d37b913e6708a7e1\", \"public\": false}','',6,'d0d9405d11c01fcf2ad099f0c14182b02c2dfc79e492057e800bb0fed79e00db');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (7,1,6,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','note.edited','',NULL,NULL,NULL,NULL,NULL,'{\"message\": \"7c3e95be6e89cb43d37b913e6708a7e1\"}','',7,'8240877413cb323b16f74519dcfcbfe27e68614f50066136ed7969b439ae4b99');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (8,1,8,'2026-04-22 14:03:00.000000','agent',4,NULL,'','inbox','field.changed','priority',NULL,NULL,NULL,NULL,'4cfbaaab641fa5e91724082e5ce3b578a03024ad04555ed1a482bbc94199f11f','{}','',8,'868cf4ef85becc226bd00259afea1bc95e1a5ba210bbe5dc1db35c079017d940');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (9,1,8,'2026-04-22 14:03:00.000000','agent',4,NULL,'','inbox','field.changed','tags',NULL,NULL,NULL,NULL,'cb672ee505f94884b6d9c5977863898d7a8dc1f99ce23b2f2b66473d3541f869','{}','',9,'80f6fa69f905f889747a4d5e3209b0d71bc21875f22e38cc4ed4864a645afda1');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (10,1,9,'2026-04-22 14:03:00.000000','agent',4,NULL,'','inbox','message.redacted','',NULL,NULL,NULL,NULL,NULL,'{\"message\": \"7438ecc1b2feef59aa3e19fb8fd44bbd\", \"parts\": [\"text\"]}','',10,'e23270df54b813c5d03a26433c1753671e84bd39ea833d140af6759a8d99dddf');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (11,2,1,'2026-04-22 14:03:00.000000','customer',6,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00002',NULL,NULL,NULL,'{\"channel\": \"panel\", \"queue\": \"support\", \"message\": \"4004ca5b9b2b76094cf4a306716a40d7\", \"snapshot\": \"eb8d2959f15690d9dc36a89915da65fecdb9d4fac34a2ceb5f2076b1123605f0\"}','',1,'b72b9868e4af83dd1182e62b2f245ada564a645a649830ce33448782fb7928b5');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (12,2,1,'2026-04-22 14:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'4c0aa922e9c8acd8c97898904f1d0dc2f302a30a8ebb9256712b3c5b5192d405');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (13,2,2,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','assignee.changed','assignee',NULL,NULL,NULL,1,NULL,'{}','',3,'47e4b9f5844a8de80db1e02bd9008aaab26e498c687c649c6dc0ea650c275949');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (14,2,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','message.added','',NULL,'public-reply',NULL,NULL,NULL,'{\"message\": \"5a6047303dc781f0f902b762f4f6e410\", \"public\": true}','',4,'b082da81ab8d12c46560d4a248c78b13591bd66f5172e28989fb98dfe2704b4e');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (15,2,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','status.changed','status','open','resolved',NULL,NULL,NULL,'{\"cause\": \"resolved\"}','',5,'cdf93574dbf71817a09bec5bbc93dc28097e76c1dde2925d615e25d496d57a0d');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (16,3,1,'2026-04-22 14:03:00.000000','customer',7,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00003',NULL,NULL,NULL,'{\"channel\": \"panel\", \"queue\": \"billing\", \"message\": \"40a7c1f842c2cab7333fe9a1b148ee74\", \"snapshot\": \"3b2b68685dfcb8d587a1db3499c428f78e8b69ea9db01902bce94ee4781ad534\"}','',1,'2af1f311e4a279456037d9e24e0d22cba6f8e6e7bbd1db1f26b7e4afd8e4a942');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (17,3,1,'2026-04-22 14:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'billing',NULL,NULL,NULL,'{}','',2,'caeb012f1978f2f33a2ef3ff20a025629feccc6e700c5ec87bf80fc156368eb3');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (18,3,2,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','assignee.changed','assignee',NULL,NULL,NULL,2,NULL,'{}','',3,'d40cdb17ab5ebf1e611ccaa624c9adfc81ff4102c6c931735fe881a491bd9d63');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (19,3,3,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','message.added','',NULL,'public-reply',NULL,NULL,NULL,'{\"message\": \"49bd34e081515ae4b0a73a6fc0227853\", \"public\": true}','',4,'bbab11dda858bd0aa9c7f599932fe0d2d6beb15c66b21f11e0bc803ba3cebfc6');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (20,3,3,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','status.changed','status','open','resolved',NULL,NULL,NULL,'{\"cause\": \"resolved\"}','',5,'be949c670d0b8bc64c43c4bbf12d6a803c1915abe950843fd3167b587d00c134');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (21,3,5,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','message.visibility_changed','visibility','public','private',NULL,NULL,NULL,'{\"message\": \"49bd34e081515ae4b0a73a6fc0227853\"}','',6,'dd280534014b1e564c40d038bc762d6d005324e3ab45fa55e117d6f666a39c62');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (22,3,6,'2026-04-22 14:03:00.000000','agent',2,NULL,'','inbox','message.visibility_changed','visibility','private','public',NULL,NULL,NULL,'{\"message\": \"49bd34e081515ae4b0a73a6fc0227853\"}','',7,'a91235edd076ac22440a03c41eb97c29998308cfe21052939d514577f790b8e7');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (23,3,7,'2026-04-22 14:03:00.000000','customer',7,NULL,'','panel','message.added','',NULL,'follow-up',NULL,NULL,NULL,'{\"message\": \"b962e6e3d3300b03cbcb3fe02075087f\", \"public\": true}','',8,'9a1b610f722db4cbd88239a72febe652ef81990ab3b497812a3e703e16440ef6');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (24,3,7,'2026-04-22 14:03:00.000000','customer',7,NULL,'','panel','status.changed','status','resolved','closed',NULL,NULL,NULL,'{\"cause\": \"confirmed\"}','',9,'afe5d32d372744e014600f6a71c59c0f876042f8bdc19792c8c8c76eac4b5d64');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (25,4,1,'2026-04-22 14:03:00.000000','customer',7,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00004',NULL,NULL,NULL,'{\"channel\": \"panel\", \"queue\": \"support\", \"message\": \"214207015d15c0fe275cbe74006ee009\", \"snapshot\": \"3b2b68685dfcb8d587a1db3499c428f78e8b69ea9db01902bce94ee4781ad534\"}','',1,'96a6b6ff32681643a3938e0eefbe1eff1b3c841db3ae44d89864fcd4a3a99f18');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (26,4,1,'2026-04-22 14:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'45988cf3804f3b0e3784a1f3bc49aa03410390fb498522c41736a82ec4b3baf5');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (27,4,2,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','assignee.changed','assignee',NULL,NULL,NULL,1,NULL,'{}','',3,'f85c85c3f43578f99301d1b95ec531f2fb16573bc6a42928cd94422d43d54338');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (28,4,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','message.added','',NULL,'public-reply',NULL,NULL,NULL,'{\"message\": \"72050ab996cad14198c57a001ed6f71b\", \"public\": true}','',4,'858d65a62e4b81a688c1fe4c568fc884ce753c498b7bbe2053f4618a7ff050ff');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (29,4,3,'2026-04-22 14:03:00.000000','agent',1,NULL,'','inbox','status.changed','status','open','resolved',NULL,NULL,NULL,'{\"cause\": \"resolved\"}','',5,'0941c16932cd84feefd6c24234e08dcd9b8f479be1c4596dc2b56b843ffc53a1');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (30,2,4,'2026-04-24 15:03:00.000000','timer',NULL,NULL,'system:auto-close','clock','status.changed','status','resolved','closed',NULL,NULL,NULL,'{\"cause\": \"no_reply\"}','',6,'22e826327fb9a0908b8e269eec1782df9e250966b0074565d9d341a034dbf1ef');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (31,4,4,'2026-04-24 15:03:00.000000','timer',NULL,NULL,'system:auto-close','clock','status.changed','status','resolved','closed',NULL,NULL,NULL,'{\"cause\": \"no_reply\"}','',6,'5679cf21f3f0caccf864e2b6499da295a47d5b48a1a008d30a514955694e639e');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (32,5,1,'2026-06-03 15:03:00.000000','customer',7,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00005',NULL,NULL,NULL,'{\"channel\": \"panel\", \"queue\": \"support\", \"message\": \"976b9ffec398c06ab85937c743ed7596\", \"snapshot\": \"3b2b68685dfcb8d587a1db3499c428f78e8b69ea9db01902bce94ee4781ad534\", \"follow_up_of\": \"TKT-2026-00004\"}','',1,'1afa4d3f4b338aa407433a084150ae47252366503e4bf73e62c5246516475628');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (33,5,1,'2026-06-03 15:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'13f4b0c08f31bda6e77778627d1af1738be85b1eb609097629ab6ca738ec0df5');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (34,4,5,'2026-06-03 15:03:00.000000','customer',7,NULL,'','panel','ticket.continued_in','continued_in',NULL,'TKT-2026-00005',NULL,NULL,NULL,'{}','',7,'fc070c670f3928b6c14cbd2b029f411b06d474bba82114848cb7144dd2fd730b');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (35,6,1,'2026-06-03 15:03:00.000000','customer',5,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00006',NULL,NULL,NULL,'{\"channel\": \"panel\", \"queue\": \"support\", \"message\": \"17aca855c49b386de72ded12e611f950\", \"snapshot\": \"266162984c27fbb5a68bacde54fbb1c7cc0c6ae6bdf962c27bd2606551a36508\"}','',1,'ac1b4190279168955d8c1b430538fa69b7fc6dd13d43fef6769958d9c593e959');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (36,6,1,'2026-06-03 15:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'80593f79351673b68769715b99e6f881b8e9f2ac862e51f5845824926edbb9cd');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (37,6,2,'2026-06-03 15:03:00.000000','agent',1,NULL,'','inbox','ticket.filtered','filtered',NULL,NULL,NULL,NULL,'284cd3f07aea8a8f70c90a8e12064eab1ee6ecfa7e229cac30d24adc3a497f55','{}','',3,'b84322542a149cdf0a1c30e34d48aecd09dd862a3ca4db577697245cc0344fbc');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (38,7,1,'2026-06-03 15:03:00.000000','customer',5,NULL,'','panel','ticket.opened','',NULL,'TKT-2026-00007',NULL,NULL,NULL,'{\"channel\": \"panel\", \"queue\": \"support\", \"message\": \"a751c1734f4de51150e316ec2d4e0211\", \"snapshot\": \"266162984c27fbb5a68bacde54fbb1c7cc0c6ae6bdf962c27bd2606551a36508\"}','',1,'6ac3fa030d7db85ceec14b704c4cae75ed80177b19bd31dcaab3caf3a56becdb');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (39,7,1,'2026-06-03 15:03:00.000000','rule',NULL,NULL,'system:routing','panel','ticket.routed','queue',NULL,'support',NULL,NULL,NULL,'{}','',2,'85a2566c3dab0d7f31941a477c09b792f1b843fce31dec9789da91f532dca9c4');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (40,7,2,'2026-06-03 15:03:00.000000','customer',5,NULL,'','panel','status.changed','status','open','resolved',NULL,NULL,NULL,'{\"cause\": \"withdrawn\"}','',3,'25fdba23ace6fd7cb03c462c66bf38bbf08c9874ddd6b0c2b689a9203dbc4a5d');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (41,7,2,'2026-06-03 15:03:00.000000','customer',5,NULL,'','panel','status.changed','status','resolved','closed',NULL,NULL,NULL,'{\"cause\": \"withdrawn\"}','',4,'4baf3fcdf97fe8baf27d8518235308ff84ffafb116029416f37d5107d269f4b2');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (42,7,3,'2026-06-03 15:03:00.000000','agent',4,NULL,'','inbox','status.changed','status','closed','open',NULL,NULL,'bd8148f7f4b72f53a1a48361e114f000fbf64e0f9358462f98d144f44008df33','{\"cause\": \"reopen\"}','',5,'121932f90ff1c48da271a5813b9bc20cc5982ae7335d0423b8fc5fc994a979b2');
INSERT INTO `sgsupport_event` (`pk`, `ticket_pk`, `ticket_version`, `at`, `side`, `person_pk`, `acting_pk`, `label`, `via`, `action`, `field`, `old`, `new`, `old_person_pk`, `new_person_pk`, `text_digest`, `data`, `request_id`, `n`, `digest`) VALUES (43,NULL,0,'2026-06-03 15:03:00.000000','agent',4,NULL,'','inbox','queue.changed','signature',NULL,NULL,NULL,NULL,'4031a01fa5ca8055c45cc0a0cb75000fc7946e4967b82bebc9838dfaa82024ee','{\"queue\": \"billing\"}','',1,'705a544c06363f7e7109a3952c4540fb69c778eba577f767c55a7bd9785f4933');
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_general_ci */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50003 TRIGGER IF NOT EXISTS sgsupport_event_no_update BEFORE UPDATE ON sgsupport_event FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'entries of the audit log are never changed' 
*/;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_general_ci */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50003 TRIGGER IF NOT EXISTS sgsupport_event_no_delete BEFORE DELETE ON sgsupport_event FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'entries of the audit log are never changed' 
*/;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_event_chain` (
  `name` varchar(20) NOT NULL,
  `history_length` int(11) NOT NULL,
  `history_digest` varchar(64) NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_event_chain` (`name`, `history_length`, `history_digest`) VALUES ('desk',1,'705a544c06363f7e7109a3952c4540fb69c778eba577f767c55a7bd9785f4933');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_event_text` (
  `digest` varchar(64) NOT NULL,
  `ticket_pk` bigint(20) DEFAULT NULL,
  `salt` varchar(32) NOT NULL,
  `old` varchar(500) DEFAULT NULL,
  `new` varchar(500) DEFAULT NULL,
  `data` mediumtext NOT NULL,
  PRIMARY KEY (`digest`),
  KEY `ix_sgsupport_event_text_ticket` (`ticket_pk`),
  CONSTRAINT `fk_sgsupport_event_text_ticket_pk` FOREIGN KEY (`ticket_pk`) REFERENCES `sgsupport_ticket` (`pk`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_event_text` (`digest`, `ticket_pk`, `salt`, `old`, `new`, `data`) VALUES ('284cd3f07aea8a8f70c90a8e12064eab1ee6ecfa7e229cac30d24adc3a497f55',6,'14f2763103c7f83c4b53d19e087a8ba5',NULL,'advertising','{}');
INSERT INTO `sgsupport_event_text` (`digest`, `ticket_pk`, `salt`, `old`, `new`, `data`) VALUES ('4031a01fa5ca8055c45cc0a0cb75000fc7946e4967b82bebc9838dfaa82024ee',NULL,'60444e43b7ed1af3da747e4e6529065b',NULL,'Your billing team','{}');
INSERT INTO `sgsupport_event_text` (`digest`, `ticket_pk`, `salt`, `old`, `new`, `data`) VALUES ('4cfbaaab641fa5e91724082e5ce3b578a03024ad04555ed1a482bbc94199f11f',1,'a5828c6d223fa3c1babbf1fcad623e8e','normal','high','{}');
INSERT INTO `sgsupport_event_text` (`digest`, `ticket_pk`, `salt`, `old`, `new`, `data`) VALUES ('bd8148f7f4b72f53a1a48361e114f000fbf64e0f9358462f98d144f44008df33',7,'a85369497e53219e8c7b4a7c8342edf7',NULL,NULL,'{\"reason\": \"asked by phone\"}');
INSERT INTO `sgsupport_event_text` (`digest`, `ticket_pk`, `salt`, `old`, `new`, `data`) VALUES ('cb672ee505f94884b6d9c5977863898d7a8dc1f99ce23b2f2b66473d3541f869',1,'a8843b234fd32274f0fcf1d4ed6b10f4','','checkout, urgent','{}');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_heartbeat` (
  `name` varchar(40) NOT NULL,
  `seen_at` datetime(6) NOT NULL,
  `detail` varchar(500) NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_heartbeat` (`name`, `seen_at`, `detail`) VALUES ('clock','2026-06-03 15:03:00.000000','0 closed, 0 held, 0 released, 0 files removed');
INSERT INTO `sgsupport_heartbeat` (`name`, `seen_at`, `detail`) VALUES ('sweep','2026-06-03 15:03:00.000000','7e4df1b1e33a8efe8e77c00b203c6150');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_host_change` (
  `kind` varchar(20) NOT NULL,
  `host_id` varchar(64) NOT NULL,
  `name` varchar(200) NOT NULL,
  `at` datetime(6) NOT NULL,
  PRIMARY KEY (`kind`,`host_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_message` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `key` varchar(32) NOT NULL,
  `ticket_pk` bigint(20) NOT NULL,
  `kind` varchar(20) NOT NULL,
  `public` tinyint(1) NOT NULL,
  `side` varchar(10) NOT NULL,
  `author_pk` bigint(20) DEFAULT NULL,
  `author_public_name` varchar(200) NOT NULL,
  `body` mediumtext NOT NULL,
  `via` varchar(10) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `edited_at` datetime(6) DEFAULT NULL,
  `form_key` varchar(64) DEFAULT NULL,
  `form_said` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `uq_sgsupport_message_key` (`key`),
  UNIQUE KEY `uq_sgsupport_message_form_key` (`form_key`),
  KEY `fk_sgsupport_message_author_pk` (`author_pk`),
  KEY `ix_sgsupport_message_ticket` (`ticket_pk`,`pk`),
  CONSTRAINT `fk_sgsupport_message_author_pk` FOREIGN KEY (`author_pk`) REFERENCES `sgsupport_person` (`pk`),
  CONSTRAINT `fk_sgsupport_message_ticket_pk` FOREIGN KEY (`ticket_pk`) REFERENCES `sgsupport_ticket` (`pk`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=15 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (1,'28a7ea50a0f9a78f54af81b4cf52c4cf',1,'description',1,'customer',5,'Jerome Ellis','Nobody can pay.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (2,'e77a3252fbbe77fb44909d950a4228bd',1,'public-reply',1,'agent',1,'Ada','Thanks for flagging — checkout is now **restored**.','inbox','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (3,'7438ecc1b2feef59aa3e19fb8fd44bbd',1,'follow-up',1,'customer',6,'Lena Brandt','It is back 🙁. My password is [redacted].','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (4,'7c3e95be6e89cb43d37b913e6708a7e1',1,'internal-note',0,'agent',1,'Ada','It is the cache.','inbox','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (5,'4004ca5b9b2b76094cf4a306716a40d7',2,'description',1,'customer',6,'Lena Brandt','I see no button.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (6,'5a6047303dc781f0f902b762f4f6e410',2,'public-reply',1,'agent',1,'Ada','Under Sites, top right.','inbox','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (7,'40a7c1f842c2cab7333fe9a1b148ee74',3,'description',1,'customer',7,'Mina Sato','It names the old address.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (8,'49bd34e081515ae4b0a73a6fc0227853',3,'public-reply',1,'agent',2,'Ben','Sent again.','inbox','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (9,'b962e6e3d3300b03cbcb3fe02075087f',3,'follow-up',1,'customer',7,'Mina Sato','Thank you.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (10,'214207015d15c0fe275cbe74006ee009',4,'description',1,'customer',7,'Mina Sato','The font is smaller.','panel','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (11,'72050ab996cad14198c57a001ed6f71b',4,'public-reply',1,'agent',1,'Ada','That was us; it is as before.','inbox','2026-04-22 14:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (12,'976b9ffec398c06ab85937c743ed7596',5,'description',1,'customer',7,'Mina Sato','And again.','panel','2026-06-03 15:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (13,'17aca855c49b386de72ded12e611f950',6,'description',1,'customer',5,'Jerome Ellis','Buy!','panel','2026-06-03 15:03:00.000000',NULL,NULL,NULL);
INSERT INTO `sgsupport_message` (`pk`, `key`, `ticket_pk`, `kind`, `public`, `side`, `author_pk`, `author_public_name`, `body`, `via`, `created_at`, `edited_at`, `form_key`, `form_said`) VALUES (14,'a751c1734f4de51150e316ec2d4e0211',7,'description',1,'customer',5,'Jerome Ellis','What does it cost?','panel','2026-06-03 15:03:00.000000',NULL,NULL,NULL);
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_message_version` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `message_pk` bigint(20) NOT NULL,
  `body` mediumtext NOT NULL,
  `editor_pk` bigint(20) DEFAULT NULL,
  `replaced_at` datetime(6) NOT NULL,
  PRIMARY KEY (`pk`),
  KEY `fk_sgsupport_message_version_editor_pk` (`editor_pk`),
  KEY `ix_sgsupport_message_version_message` (`message_pk`,`pk`),
  CONSTRAINT `fk_sgsupport_message_version_editor_pk` FOREIGN KEY (`editor_pk`) REFERENCES `sgsupport_person` (`pk`),
  CONSTRAINT `fk_sgsupport_message_version_message_pk` FOREIGN KEY (`message_pk`) REFERENCES `sgsupport_message` (`pk`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_message_version` (`pk`, `message_pk`, `body`, `editor_pk`, `replaced_at`) VALUES (1,4,'Looks like the cache; see ticket of last week.',1,'2026-04-22 14:03:00.000000');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_number_counter` (
  `prefix` varchar(10) NOT NULL,
  `year` int(11) NOT NULL,
  `last` int(11) NOT NULL,
  PRIMARY KEY (`prefix`,`year`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_number_counter` (`prefix`, `year`, `last`) VALUES ('TKT',2026,7);
INSERT INTO `sgsupport_number_counter` (`prefix`, `year`, `last`) VALUES ('TKT',2027,0);
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_person` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `digest` varchar(64) NOT NULL,
  `host_id` varchar(64) NOT NULL,
  `name` varchar(200) NOT NULL,
  `email` varchar(320) DEFAULT NULL,
  `seen_at` datetime(6) NOT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `uq_sgsupport_person_digest` (`digest`),
  KEY `ix_sgsupport_person_host_id` (`host_id`)
) ENGINE=InnoDB AUTO_INCREMENT=8 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_person` (`pk`, `digest`, `host_id`, `name`, `email`, `seen_at`) VALUES (1,'f54cbcbf2b2f00e26edc31d045ab7381a3cbd5c7c982a332e10fd58e8e406fff','5','Ada Lovelace','ada@desk.example','2026-04-22 14:03:00.000000');
INSERT INTO `sgsupport_person` (`pk`, `digest`, `host_id`, `name`, `email`, `seen_at`) VALUES (2,'ebf3c3f3e677cbdb1c346409951f5f56aa9d6b3be68f34a7fcaa9d6d8ae082dc','6','Ben Okoro','ben@desk.example','2026-04-22 14:03:00.000000');
INSERT INTO `sgsupport_person` (`pk`, `digest`, `host_id`, `name`, `email`, `seen_at`) VALUES (3,'de2ccb43131fa005c05d45abb70cd42c7f60f6afdaa7634d057fbee8e00278b2','7','Cleo Marsh','cleo@desk.example','2026-04-22 14:03:00.000000');
INSERT INTO `sgsupport_person` (`pk`, `digest`, `host_id`, `name`, `email`, `seen_at`) VALUES (4,'9036b269a4a6619f129d4c4dd27cbb0991740f6509cf1907a6d3d903afa7aaff','8','Grace Hopper','grace@desk.example','2026-04-22 14:03:00.000000');
INSERT INTO `sgsupport_person` (`pk`, `digest`, `host_id`, `name`, `email`, `seen_at`) VALUES (5,'cae469693823c63efaa0d46151a80df75cdfc9fef62d8579d4dba948fb11e5aa','2','Jerome Ellis','jerome@northwind.example','2026-04-22 14:03:00.000000');
INSERT INTO `sgsupport_person` (`pk`, `digest`, `host_id`, `name`, `email`, `seen_at`) VALUES (6,'3903ee5e1347e9b7bd7273a5e2a70d36107e042f3a6c94f659c6fe2781d5b367','1','Lena Brandt','lena@northwind.example','2026-04-22 14:03:00.000000');
INSERT INTO `sgsupport_person` (`pk`, `digest`, `host_id`, `name`, `email`, `seen_at`) VALUES (7,'ded80b6da91530cde792189e9edeab64da88f22a1b4b31feab5f2339710b26f8','4','Mina Sato','mina@fabrikam.example','2026-04-22 14:03:00.000000');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_preference` (
  `host_id` varchar(64) NOT NULL,
  `channel` varchar(20) NOT NULL,
  `wanted` tinyint(1) NOT NULL,
  PRIMARY KEY (`host_id`,`channel`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_queue` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `key` varchar(50) NOT NULL,
  `name` varchar(100) NOT NULL,
  `position` int(11) NOT NULL,
  `active` tinyint(1) NOT NULL,
  `is_default` tinyint(1) NOT NULL,
  `from_name` varchar(100) NOT NULL,
  `from_address` varchar(320) DEFAULT NULL,
  `reply_address` varchar(320) DEFAULT NULL,
  `signature` text NOT NULL,
  `mail_error` varchar(500) NOT NULL,
  `mail_error_at` datetime(6) DEFAULT NULL,
  `mail_checked_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `uq_sgsupport_queue_key` (`key`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_queue` (`pk`, `key`, `name`, `position`, `active`, `is_default`, `from_name`, `from_address`, `reply_address`, `signature`, `mail_error`, `mail_error_at`, `mail_checked_at`) VALUES (1,'support','Support',0,1,1,'Support team',NULL,NULL,'','',NULL,NULL);
INSERT INTO `sgsupport_queue` (`pk`, `key`, `name`, `position`, `active`, `is_default`, `from_name`, `from_address`, `reply_address`, `signature`, `mail_error`, `mail_error_at`, `mail_checked_at`) VALUES (2,'billing','Billing',1,1,0,'Billing team',NULL,NULL,'Your billing team','',NULL,NULL);
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_spent` (
  `host_id` varchar(64) NOT NULL,
  `what` varchar(10) NOT NULL,
  `amount` bigint(20) NOT NULL,
  `starts_at` datetime(6) NOT NULL,
  PRIMARY KEY (`host_id`,`what`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_spent` (`host_id`, `what`, `amount`, `starts_at`) VALUES ('1','messages',1,'2026-04-22 14:00:00.000000');
INSERT INTO `sgsupport_spent` (`host_id`, `what`, `amount`, `starts_at`) VALUES ('1','opens',1,'2026-04-22 14:00:00.000000');
INSERT INTO `sgsupport_spent` (`host_id`, `what`, `amount`, `starts_at`) VALUES ('2','opens',2,'2026-06-03 15:00:00.000000');
INSERT INTO `sgsupport_spent` (`host_id`, `what`, `amount`, `starts_at`) VALUES ('2','uploads',21,'2026-04-22 14:00:00.000000');
INSERT INTO `sgsupport_spent` (`host_id`, `what`, `amount`, `starts_at`) VALUES ('4','messages',1,'2026-06-03 15:00:00.000000');
INSERT INTO `sgsupport_spent` (`host_id`, `what`, `amount`, `starts_at`) VALUES ('4','opens',1,'2026-06-03 15:00:00.000000');
INSERT INTO `sgsupport_spent` (`host_id`, `what`, `amount`, `starts_at`) VALUES ('5','messages',4,'2026-04-22 14:00:00.000000');
INSERT INTO `sgsupport_spent` (`host_id`, `what`, `amount`, `starts_at`) VALUES ('6','messages',1,'2026-04-22 14:00:00.000000');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_ticket` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  `ticket_id` varchar(32) NOT NULL,
  `version` int(11) NOT NULL,
  `account_id` varchar(64) NOT NULL,
  `account_name` varchar(200) NOT NULL,
  `account_removed_at` datetime(6) DEFAULT NULL,
  `plan` varchar(100) NOT NULL,
  `requester_pk` bigint(20) NOT NULL,
  `requester_id` varchar(64) NOT NULL,
  `requester_name` varchar(200) NOT NULL,
  `requester_email` varchar(320) DEFAULT NULL,
  `subject` varchar(1000) NOT NULL,
  `subject_folded` varchar(2000) NOT NULL,
  `status` varchar(10) NOT NULL,
  `priority` varchar(10) NOT NULL,
  `channel` varchar(10) NOT NULL,
  `queue_pk` bigint(20) NOT NULL,
  `category_pk` bigint(20) DEFAULT NULL,
  `assignee_pk` bigint(20) DEFAULT NULL,
  `filtered_reason` varchar(200) DEFAULT NULL,
  `addressed` tinyint(1) NOT NULL,
  `waiting_on` varchar(10) NOT NULL,
  `last_customer_message_at` datetime(6) NOT NULL,
  `first_reply_at` datetime(6) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  `customer_updated_at` datetime(6) NOT NULL,
  `resolved_at` datetime(6) DEFAULT NULL,
  `auto_close_at` datetime(6) DEFAULT NULL,
  `closed_at` datetime(6) DEFAULT NULL,
  `close_reason` varchar(20) DEFAULT NULL,
  `reopen_count` int(11) NOT NULL,
  `hold_reason` varchar(200) DEFAULT NULL,
  `follow_up_of_pk` bigint(20) DEFAULT NULL,
  `routing` mediumtext NOT NULL,
  `history_length` int(11) NOT NULL,
  `history_digest` varchar(64) NOT NULL,
  PRIMARY KEY (`pk`),
  UNIQUE KEY `uq_sgsupport_ticket_ticket_id` (`ticket_id`),
  KEY `fk_sgsupport_ticket_category_pk` (`category_pk`),
  KEY `fk_sgsupport_ticket_follow_up_of_pk` (`follow_up_of_pk`),
  KEY `fk_sgsupport_ticket_requester_pk` (`requester_pk`),
  KEY `ix_sgsupport_ticket_account` (`account_id`,`customer_updated_at`,`pk`),
  KEY `ix_sgsupport_ticket_assignee` (`assignee_pk`,`status`,`addressed`,`created_at`,`pk`),
  KEY `ix_sgsupport_ticket_auto_close` (`status`,`auto_close_at`),
  KEY `ix_sgsupport_ticket_created` (`addressed`,`created_at`,`pk`),
  KEY `ix_sgsupport_ticket_filtered` (`filtered_reason`,`created_at`),
  KEY `ix_sgsupport_ticket_queue` (`queue_pk`,`status`,`addressed`,`created_at`,`pk`),
  KEY `ix_sgsupport_ticket_status` (`status`,`addressed`,`created_at`,`pk`),
  KEY `ix_sgsupport_ticket_status_updated` (`status`,`addressed`,`updated_at`,`pk`),
  KEY `ix_sgsupport_ticket_updated` (`addressed`,`updated_at`,`pk`),
  CONSTRAINT `fk_sgsupport_ticket_assignee_pk` FOREIGN KEY (`assignee_pk`) REFERENCES `sgsupport_agent` (`pk`),
  CONSTRAINT `fk_sgsupport_ticket_category_pk` FOREIGN KEY (`category_pk`) REFERENCES `sgsupport_category` (`pk`),
  CONSTRAINT `fk_sgsupport_ticket_follow_up_of_pk` FOREIGN KEY (`follow_up_of_pk`) REFERENCES `sgsupport_ticket` (`pk`),
  CONSTRAINT `fk_sgsupport_ticket_queue_pk` FOREIGN KEY (`queue_pk`) REFERENCES `sgsupport_queue` (`pk`),
  CONSTRAINT `fk_sgsupport_ticket_requester_pk` FOREIGN KEY (`requester_pk`) REFERENCES `sgsupport_person` (`pk`),
  CONSTRAINT `ck_sgsupport_ticket_status` CHECK (`status` in ('open','resolved','closed'))
) ENGINE=InnoDB AUTO_INCREMENT=8 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_ticket` (`pk`, `ticket_id`, `version`, `account_id`, `account_name`, `account_removed_at`, `plan`, `requester_pk`, `requester_id`, `requester_name`, `requester_email`, `subject`, `subject_folded`, `status`, `priority`, `channel`, `queue_pk`, `category_pk`, `assignee_pk`, `filtered_reason`, `addressed`, `waiting_on`, `last_customer_message_at`, `first_reply_at`, `created_at`, `updated_at`, `customer_updated_at`, `resolved_at`, `auto_close_at`, `closed_at`, `close_reason`, `reopen_count`, `hold_reason`, `follow_up_of_pk`, `routing`, `history_length`, `history_digest`) VALUES (1,'TKT-2026-00001',9,'1','Northwind Outfitters',NULL,'Growth',5,'2','Jerome Ellis','jerome@northwind.example','Checkout failing on Canvas Tote','checkout failing on canvas tote','open','high','panel',1,1,1,NULL,0,'staff','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,NULL,NULL,NULL,0,NULL,NULL,'[{\"code\": \"category\", \"queue\": \"Support\", \"category\": \"Storefront\"}]',10,'e23270df54b813c5d03a26433c1753671e84bd39ea833d140af6759a8d99dddf');
INSERT INTO `sgsupport_ticket` (`pk`, `ticket_id`, `version`, `account_id`, `account_name`, `account_removed_at`, `plan`, `requester_pk`, `requester_id`, `requester_name`, `requester_email`, `subject`, `subject_folded`, `status`, `priority`, `channel`, `queue_pk`, `category_pk`, `assignee_pk`, `filtered_reason`, `addressed`, `waiting_on`, `last_customer_message_at`, `first_reply_at`, `created_at`, `updated_at`, `customer_updated_at`, `resolved_at`, `auto_close_at`, `closed_at`, `close_reason`, `reopen_count`, `hold_reason`, `follow_up_of_pk`, `routing`, `history_length`, `history_digest`) VALUES (2,'TKT-2026-00002',4,'1','Northwind Outfitters',NULL,'Growth',6,'1','Lena Brandt','lena@northwind.example','How do I add a site?','how do i add a site','closed','normal','panel',1,NULL,1,NULL,1,'customer','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-24 15:03:00.000000','2026-04-24 15:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-24 15:03:00.000000','no_reply',0,NULL,NULL,'[{\"code\": \"default\", \"queue\": \"Support\"}]',6,'22e826327fb9a0908b8e269eec1782df9e250966b0074565d9d341a034dbf1ef');
INSERT INTO `sgsupport_ticket` (`pk`, `ticket_id`, `version`, `account_id`, `account_name`, `account_removed_at`, `plan`, `requester_pk`, `requester_id`, `requester_name`, `requester_email`, `subject`, `subject_folded`, `status`, `priority`, `channel`, `queue_pk`, `category_pk`, `assignee_pk`, `filtered_reason`, `addressed`, `waiting_on`, `last_customer_message_at`, `first_reply_at`, `created_at`, `updated_at`, `customer_updated_at`, `resolved_at`, `auto_close_at`, `closed_at`, `close_reason`, `reopen_count`, `hold_reason`, `follow_up_of_pk`, `routing`, `history_length`, `history_digest`) VALUES (3,'TKT-2026-00003',7,'2','Fabrikam',NULL,'Starter',7,'4','Mina Sato','mina@fabrikam.example','Invoice of March','invoice of march','closed','normal','panel',2,2,2,NULL,1,'customer','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-22 14:03:00.000000','customer_confirmed',0,NULL,NULL,'[{\"code\": \"category\", \"queue\": \"Billing\", \"category\": \"Invoices\"}]',9,'afe5d32d372744e014600f6a71c59c0f876042f8bdc19792c8c8c76eac4b5d64');
INSERT INTO `sgsupport_ticket` (`pk`, `ticket_id`, `version`, `account_id`, `account_name`, `account_removed_at`, `plan`, `requester_pk`, `requester_id`, `requester_name`, `requester_email`, `subject`, `subject_folded`, `status`, `priority`, `channel`, `queue_pk`, `category_pk`, `assignee_pk`, `filtered_reason`, `addressed`, `waiting_on`, `last_customer_message_at`, `first_reply_at`, `created_at`, `updated_at`, `customer_updated_at`, `resolved_at`, `auto_close_at`, `closed_at`, `close_reason`, `reopen_count`, `hold_reason`, `follow_up_of_pk`, `routing`, `history_length`, `history_digest`) VALUES (4,'TKT-2026-00004',5,'2','Fabrikam',NULL,'Starter',7,'4','Mina Sato','mina@fabrikam.example','Theme update','theme update','closed','normal','panel',1,NULL,1,NULL,1,'customer','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-04-22 14:03:00.000000','2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000','2026-04-22 14:03:00.000000',NULL,'2026-04-24 15:03:00.000000','no_reply',0,NULL,NULL,'[{\"code\": \"default\", \"queue\": \"Support\"}]',7,'fc070c670f3928b6c14cbd2b029f411b06d474bba82114848cb7144dd2fd730b');
INSERT INTO `sgsupport_ticket` (`pk`, `ticket_id`, `version`, `account_id`, `account_name`, `account_removed_at`, `plan`, `requester_pk`, `requester_id`, `requester_name`, `requester_email`, `subject`, `subject_folded`, `status`, `priority`, `channel`, `queue_pk`, `category_pk`, `assignee_pk`, `filtered_reason`, `addressed`, `waiting_on`, `last_customer_message_at`, `first_reply_at`, `created_at`, `updated_at`, `customer_updated_at`, `resolved_at`, `auto_close_at`, `closed_at`, `close_reason`, `reopen_count`, `hold_reason`, `follow_up_of_pk`, `routing`, `history_length`, `history_digest`) VALUES (5,'TKT-2026-00005',1,'2','Fabrikam',NULL,'Starter',7,'4','Mina Sato','mina@fabrikam.example','Theme update','theme update','open','normal','panel',1,NULL,NULL,NULL,0,'staff','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,0,NULL,4,'[{\"code\": \"continues\", \"queue\": \"Support\", \"ticket\": \"TKT-2026-00004\"}]',2,'13f4b0c08f31bda6e77778627d1af1738be85b1eb609097629ab6ca738ec0df5');
INSERT INTO `sgsupport_ticket` (`pk`, `ticket_id`, `version`, `account_id`, `account_name`, `account_removed_at`, `plan`, `requester_pk`, `requester_id`, `requester_name`, `requester_email`, `subject`, `subject_folded`, `status`, `priority`, `channel`, `queue_pk`, `category_pk`, `assignee_pk`, `filtered_reason`, `addressed`, `waiting_on`, `last_customer_message_at`, `first_reply_at`, `created_at`, `updated_at`, `customer_updated_at`, `resolved_at`, `auto_close_at`, `closed_at`, `close_reason`, `reopen_count`, `hold_reason`, `follow_up_of_pk`, `routing`, `history_length`, `history_digest`) VALUES (6,'TKT-2026-00006',2,'1','Northwind Outfitters',NULL,'Growth',5,'2','Jerome Ellis','jerome@northwind.example','CHEAP WATCHES','cheap watches','open','normal','panel',1,NULL,NULL,'advertising',0,'staff','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,0,NULL,NULL,'[{\"code\": \"default\", \"queue\": \"Support\"}]',3,'b84322542a149cdf0a1c30e34d48aecd09dd862a3ca4db577697245cc0344fbc');
INSERT INTO `sgsupport_ticket` (`pk`, `ticket_id`, `version`, `account_id`, `account_name`, `account_removed_at`, `plan`, `requester_pk`, `requester_id`, `requester_name`, `requester_email`, `subject`, `subject_folded`, `status`, `priority`, `channel`, `queue_pk`, `category_pk`, `assignee_pk`, `filtered_reason`, `addressed`, `waiting_on`, `last_customer_message_at`, `first_reply_at`, `created_at`, `updated_at`, `customer_updated_at`, `resolved_at`, `auto_close_at`, `closed_at`, `close_reason`, `reopen_count`, `hold_reason`, `follow_up_of_pk`, `routing`, `history_length`, `history_digest`) VALUES (7,'TKT-2026-00007',3,'1','Northwind Outfitters',NULL,'Growth',5,'2','Jerome Ellis','jerome@northwind.example','A question','a question','open','normal','panel',1,NULL,NULL,NULL,0,'staff','2026-06-03 15:03:00.000000',NULL,'2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000','2026-06-03 15:03:00.000000',NULL,NULL,NULL,NULL,1,NULL,NULL,'[{\"code\": \"default\", \"queue\": \"Support\"}]',5,'121932f90ff1c48da271a5813b9bc20cc5982ae7335d0423b8fc5fc994a979b2');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_ticket_read` (
  `ticket_pk` bigint(20) NOT NULL,
  `host_id` varchar(64) NOT NULL,
  `read_at` datetime(6) NOT NULL,
  PRIMARY KEY (`ticket_pk`,`host_id`),
  CONSTRAINT `fk_sgsupport_ticket_read_ticket_pk` FOREIGN KEY (`ticket_pk`) REFERENCES `sgsupport_ticket` (`pk`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_ticket_site` (
  `ticket_pk` bigint(20) NOT NULL,
  `position` int(11) NOT NULL,
  `site_id` varchar(64) NOT NULL,
  `name` varchar(200) NOT NULL,
  PRIMARY KEY (`ticket_pk`,`position`),
  KEY `ix_sgsupport_ticket_site_site` (`site_id`,`ticket_pk`),
  CONSTRAINT `fk_sgsupport_ticket_site_ticket_pk` FOREIGN KEY (`ticket_pk`) REFERENCES `sgsupport_ticket` (`pk`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_ticket_tag` (
  `ticket_pk` bigint(20) NOT NULL,
  `tag` varchar(50) NOT NULL,
  PRIMARY KEY (`ticket_pk`,`tag`),
  KEY `ix_sgsupport_ticket_tag_tag` (`tag`,`ticket_pk`),
  CONSTRAINT `fk_sgsupport_ticket_tag_ticket_pk` FOREIGN KEY (`ticket_pk`) REFERENCES `sgsupport_ticket` (`pk`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `sgsupport_ticket_tag` (`ticket_pk`, `tag`) VALUES (1,'checkout');
INSERT INTO `sgsupport_ticket_tag` (`ticket_pk`, `tag`) VALUES (1,'urgent');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sgsupport_write_lock` (
  `pk` bigint(20) NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (`pk`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `user` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(100) DEFAULT NULL,
  `email` varchar(100) DEFAULT NULL,
  `account_id` int(11) DEFAULT NULL,
  `role` varchar(20) DEFAULT NULL,
  `owner` tinyint(1) DEFAULT NULL,
  `support` tinyint(1) DEFAULT NULL,
  `host_owner` tinyint(1) DEFAULT NULL,
  `enabled` tinyint(1) DEFAULT NULL,
  `contact` varchar(10) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=10 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `user` (`id`, `name`, `email`, `account_id`, `role`, `owner`, `support`, `host_owner`, `enabled`, `contact`) VALUES (1,'Lena Brandt','lena@northwind.example',1,'Owner',1,1,0,1,'both');
INSERT INTO `user` (`id`, `name`, `email`, `account_id`, `role`, `owner`, `support`, `host_owner`, `enabled`, `contact`) VALUES (2,'Jerome Ellis','jerome@northwind.example',1,'Admin',0,1,0,1,'both');
INSERT INTO `user` (`id`, `name`, `email`, `account_id`, `role`, `owner`, `support`, `host_owner`, `enabled`, `contact`) VALUES (3,'Nora Quist','nora@northwind.example',1,'Editor',0,0,0,1,'both');
INSERT INTO `user` (`id`, `name`, `email`, `account_id`, `role`, `owner`, `support`, `host_owner`, `enabled`, `contact`) VALUES (4,'Mina Sato','mina@fabrikam.example',2,'Owner',1,1,0,1,'both');
INSERT INTO `user` (`id`, `name`, `email`, `account_id`, `role`, `owner`, `support`, `host_owner`, `enabled`, `contact`) VALUES (5,'Ada Lovelace','ada@desk.example',NULL,'',0,1,0,1,'both');
INSERT INTO `user` (`id`, `name`, `email`, `account_id`, `role`, `owner`, `support`, `host_owner`, `enabled`, `contact`) VALUES (6,'Ben Okoro','ben@desk.example',NULL,'',0,1,0,1,'both');
INSERT INTO `user` (`id`, `name`, `email`, `account_id`, `role`, `owner`, `support`, `host_owner`, `enabled`, `contact`) VALUES (7,'Cleo Marsh','cleo@desk.example',NULL,'',0,1,0,1,'both');
INSERT INTO `user` (`id`, `name`, `email`, `account_id`, `role`, `owner`, `support`, `host_owner`, `enabled`, `contact`) VALUES (8,'Grace Hopper','grace@desk.example',NULL,'',0,1,0,1,'both');
INSERT INTO `user` (`id`, `name`, `email`, `account_id`, `role`, `owner`, `support`, `host_owner`, `enabled`, `contact`) VALUES (9,'Olga Petrova','olga@desk.example',NULL,'',0,1,1,1,'both');
