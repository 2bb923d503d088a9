-- A ledger of schema version 4: that of version 3, migrated and gone on with by commit 033e066. Not to be changed.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE arms (
	study TEXT NOT NULL, 
	design TEXT NOT NULL, 
	name TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	method TEXT NOT NULL, 
	label_fraction FLOAT NOT NULL, 
	cohort TEXT NOT NULL, 
	hyperparameters TEXT NOT NULL, 
	factors TEXT NOT NULL, 
	seeds TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_arms PRIMARY KEY (study, design, name), 
	CONSTRAINT uq_arms_study_design_position UNIQUE (study, design, position), 
	CONSTRAINT ck_arms_position_range CHECK (position >= 0), 
	CONSTRAINT ck_arms_label_fraction_range CHECK (label_fraction > 0 AND label_fraction <= 1), 
	CONSTRAINT fk_arms_study FOREIGN KEY(study) REFERENCES studies (name)
);
INSERT INTO "arms" VALUES('demo','parts','base',0,'leave-one-component-out','stub',0.2,'87d779b9f909f57dd07422eb0670e05f67ed6aedee4dad764284e76e4b934370','{"x0":0.5}','{"x0":0.5}','[0]','2026-11-24 17:47:16.762000');
CREATE TABLE attempts (
	trial_id INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	study TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	host TEXT, 
	worker TEXT, 
	device TEXT, 
	cpus FLOAT, 
	gpus FLOAT, 
	claimed_at DATETIME NOT NULL, 
	started_at DATETIME, 
	ended_at DATETIME, 
	ended VARCHAR(16), 
	CONSTRAINT pk_attempts PRIMARY KEY (trial_id, attempt), 
	CONSTRAINT ck_attempts_ended_known CHECK (ended IN ('completed', 'pruned', 'failed', 'lost', 'released', 'moved')), 
	CONSTRAINT ck_attempts_attempt_range CHECK (attempt >= 1), 
	CONSTRAINT ck_attempts_share_range CHECK (cpus >= 0 AND gpus >= 0), 
	CONSTRAINT ck_attempts_ended_has_time CHECK ((ended IS NULL) = (ended_at IS NULL)), 
	CONSTRAINT ck_attempts_worker_has_place CHECK (worker IS NULL OR (host IS NOT NULL AND started_at IS NOT NULL)), 
	CONSTRAINT fk_attempts_trial_id FOREIGN KEY(trial_id) REFERENCES trials (id), 
	CONSTRAINT fk_attempts_study FOREIGN KEY(study) REFERENCES studies (name)
)
 WITHOUT ROWID

;
INSERT INTO "attempts" VALUES(1,1,'demo','search',NULL,NULL,'cpu',NULL,NULL,'2026-11-24 17:47:16.354000','2026-11-24 17:47:16.381000','2026-11-24 17:47:16.393000','completed');
INSERT INTO "attempts" VALUES(2,2,'demo','search',NULL,NULL,'cpu',NULL,NULL,'2026-11-24 17:47:16.381000',NULL,'2026-11-24 17:47:16.381000','pruned');
INSERT INTO "attempts" VALUES(3,1,'demo','search',NULL,NULL,'cpu',NULL,NULL,'2026-11-24 17:47:16.398000','2026-11-24 17:47:16.409000','2026-11-24 17:47:16.409000','pruned');
INSERT INTO "attempts" VALUES(4,1,'demo','confirm',NULL,NULL,'cpu',NULL,NULL,'2026-11-24 17:47:16.422000','2026-11-24 17:47:16.426000','2026-11-24 17:47:16.430000','completed');
INSERT INTO "attempts" VALUES(5,1,'demo','confirm',NULL,NULL,'cpu',NULL,NULL,'2026-11-24 17:47:16.437000','2026-11-24 17:47:16.442000','2026-11-24 17:47:16.442000','released');
INSERT INTO "attempts" VALUES(6,1,'half','search',NULL,NULL,'cpu',NULL,NULL,'2026-11-24 17:47:16.670000','2026-11-24 17:47:16.679000','2026-11-24 17:47:16.688000','completed');
INSERT INTO "attempts" VALUES(7,1,'half','search',NULL,NULL,'cpu',NULL,NULL,'2026-11-24 17:47:16.674000','2026-11-24 17:47:16.705000','2026-11-24 17:47:16.705000','pruned');
INSERT INTO "attempts" VALUES(8,1,'half','search',NULL,NULL,'cpu',NULL,NULL,'2026-11-24 17:47:16.695000','2026-11-24 17:47:16.718000','2026-11-24 17:47:16.722000','failed');
INSERT INTO "attempts" VALUES(9,1,'half','search','node-2','78','cuda:0 NVIDIA H100',NULL,NULL,'2026-11-24 17:47:16.710000','2026-11-30 20:15:41.422000',NULL,NULL);
INSERT INTO "attempts" VALUES(10,1,'half','search',NULL,NULL,'cpu',NULL,NULL,'2026-11-24 17:47:16.726000',NULL,NULL,NULL);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	study TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	text TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (id), 
	CONSTRAINT fk_events_study FOREIGN KEY(study) REFERENCES studies (name)
);
INSERT INTO "events" VALUES(1,'half','failed','search stub fraction 0.2 seed 0 (fbf0e9d9): nan, {''step'': 3, ''terms'': {''loss/stub'': 3}}, trained in 0.0 s','{"key":"fbf0e9d97072f93d6a5ce80c10cb7f9bc83bfe8388d4b20a42bd35fd2ee94aa9","step":3,"terms":{"loss/stub":3}}','2026-11-24 17:47:16.722000');
INSERT INTO "events" VALUES(2,'demo','warning','a worker was slow','{"seconds":3.5}','2026-11-24 17:47:16.765000');
CREATE TABLE memory (
	kind VARCHAR(64) NOT NULL, 
	device TEXT NOT NULL, 
	method TEXT NOT NULL, 
	described TEXT NOT NULL, 
	peak_bytes BIGINT NOT NULL, 
	device_bytes BIGINT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_memory PRIMARY KEY (kind, device), 
	CONSTRAINT ck_memory_kind_length CHECK (length(kind) = 64), 
	CONSTRAINT ck_memory_bytes_range CHECK (peak_bytes > 0 AND device_bytes > 0)
)
 WITHOUT ROWID

;
INSERT INTO "memory" VALUES('0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef','cpu','stub','{"width":8}',1000000,8000000000,'2026-12-01 04:39:56.668000');
CREATE TABLE meta (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema_version','4');
CREATE TABLE planned (
	id INTEGER NOT NULL, 
	study TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	trial_id INTEGER NOT NULL, 
	proposal INTEGER, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_planned PRIMARY KEY (id), 
	CONSTRAINT uq_planned_study_stage_trial_id UNIQUE (study, stage, trial_id), 
	CONSTRAINT fk_planned_study FOREIGN KEY(study) REFERENCES studies (name), 
	CONSTRAINT fk_planned_trial_id FOREIGN KEY(trial_id) REFERENCES trials (id)
);
INSERT INTO "planned" VALUES(1,'demo','search',1,0,'2026-11-24 17:47:14.548000');
INSERT INTO "planned" VALUES(2,'demo','search',2,1,'2026-11-24 17:47:14.548000');
INSERT INTO "planned" VALUES(3,'demo','search',3,2,'2026-11-24 17:47:16.398000');
INSERT INTO "planned" VALUES(4,'demo','confirm',1,NULL,'2026-11-24 17:47:16.411000');
INSERT INTO "planned" VALUES(5,'demo','confirm',4,NULL,'2026-11-24 17:47:16.411000');
INSERT INTO "planned" VALUES(6,'demo','confirm',5,NULL,'2026-11-24 17:47:16.411000');
INSERT INTO "planned" VALUES(7,'half','search',1,0,'2026-11-24 17:47:16.650000');
INSERT INTO "planned" VALUES(8,'half','search',2,1,'2026-11-24 17:47:16.650000');
INSERT INTO "planned" VALUES(9,'half','search',3,2,'2026-11-24 17:47:16.658000');
INSERT INTO "planned" VALUES(10,'half','search',6,3,'2026-11-24 17:47:16.658000');
INSERT INTO "planned" VALUES(11,'half','search',7,4,'2026-11-24 17:47:16.662000');
INSERT INTO "planned" VALUES(12,'half','search',8,5,'2026-11-24 17:47:16.695000');
INSERT INTO "planned" VALUES(13,'half','search',9,6,'2026-11-24 17:47:16.710000');
INSERT INTO "planned" VALUES(14,'half','search',10,7,'2026-11-24 17:47:16.726000');
CREATE TABLE proposals (
	study TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	method TEXT NOT NULL, 
	label_fraction FLOAT NOT NULL, 
	number INTEGER NOT NULL, 
	hyperparameters TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	score FLOAT, 
	created_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	objectives TEXT, 
	intermediate TEXT, 
	violations TEXT, 
	iterations INTEGER, 
	CONSTRAINT pk_proposals PRIMARY KEY (study, stage, method, label_fraction, number), 
	CONSTRAINT ck_proposals_state_known CHECK (state IN ('running', 'completed', 'pruned', 'failed')), 
	CONSTRAINT ck_proposals_number_range CHECK (number >= 0), 
	CONSTRAINT ck_proposals_label_fraction_range CHECK (label_fraction > 0 AND label_fraction <= 1), 
	CONSTRAINT ck_proposals_iterations_range CHECK (iterations >= 0), 
	CONSTRAINT ck_proposals_finished_has_time CHECK ((state = 'running') = (finished_at IS NULL)), 
	CONSTRAINT ck_proposals_completed_has_value CHECK (state <> 'completed' OR score IS NOT NULL OR objectives IS NOT NULL), 
	CONSTRAINT fk_proposals_study FOREIGN KEY(study) REFERENCES studies (name)
);
INSERT INTO "proposals" VALUES('demo','search','stub',0.2,0,'{"fail_at":0,"milliseconds":0.0,"x0":0.5,"x1":0.5,"x2":0.5,"x3":0.5,"x4":0.5,"x5":0.5}','completed',7.03371065842679610291e-01,'2026-11-24 17:47:14.548000','2026-11-24 17:47:16.393000','[0.7033710658426796,0.7033710658426796]','{"2":0.5093033253768433}',NULL,6);
INSERT INTO "proposals" VALUES('demo','search','stub',0.2,1,'{"fail_at":0,"milliseconds":0.0,"x0":0.13454013327540504,"x1":0.05420815134314805,"x2":0.5243811702526557,"x3":0.4078914522347674,"x4":0.8791582975192318,"x5":0.4517647203127392}','pruned',4.76766224319309150914e-01,'2026-11-24 17:47:14.548000','2026-11-24 17:47:16.381000',NULL,'{"2":0.47676622431930915}',NULL,2);
INSERT INTO "proposals" VALUES('demo','search','stub',0.2,2,'{"fail_at":3,"milliseconds":0.0,"x0":0.5556002992633332,"x1":0.4192072877416536,"x2":0.7894297760381651,"x3":0.6710595564930831,"x4":0.04961645461550657,"x5":0.5247428425804217}','pruned',4.67250577351697837791e-01,'2026-11-24 17:47:16.398000','2026-11-24 17:47:16.409000',NULL,'{"2":0.46725057735169784}',NULL,2);
INSERT INTO "proposals" VALUES('half','search','stub',0.2,0,'{"fail_at":0,"milliseconds":0.0,"x0":0.5,"x1":0.5,"x2":0.5,"x3":0.5,"x4":0.5,"x5":0.5}','completed',7.03371065842679610291e-01,'2026-11-24 17:47:16.650000','2026-11-24 17:47:16.650000','[0.7033710658426796,0.7033710658426796]','{"2":0.5093033253768433}',NULL,6);
INSERT INTO "proposals" VALUES('half','search','stub',0.2,1,'{"fail_at":0,"milliseconds":0.0,"x0":0.13454013327540504,"x1":0.05420815134314805,"x2":0.5243811702526557,"x3":0.4078914522347674,"x4":0.8791582975192318,"x5":0.4517647203127392}','pruned',4.76766224319309150914e-01,'2026-11-24 17:47:16.650000','2026-11-24 17:47:16.650000',NULL,'{"2":0.47676622431930915}',NULL,2);
INSERT INTO "proposals" VALUES('half','search','stub',0.2,2,'{"fail_at":3,"milliseconds":0.0,"x0":0.5556002992633332,"x1":0.4192072877416536,"x2":0.7894297760381651,"x3":0.6710595564930831,"x4":0.04961645461550657,"x5":0.5247428425804217}','pruned',4.67250577351697837791e-01,'2026-11-24 17:47:16.658000','2026-11-24 17:47:16.658000',NULL,'{"2":0.46725057735169784}',NULL,2);
INSERT INTO "proposals" VALUES('half','search','stub',0.2,3,'{"fail_at":0,"milliseconds":0.0,"x0":0.6269858142873987,"x1":0.764360073384084,"x2":0.4960987955844588,"x3":0.2292773323453463,"x4":0.5312347689648208,"x5":0.907768569020115}','completed',0.67776677607869,'2026-11-24 17:47:16.658000','2026-11-24 17:47:16.688000','[0.67776677607869,0.67776677607869]','{"2":0.49101454697399366}',NULL,6);
INSERT INTO "proposals" VALUES('half','search','stub',0.2,4,'{"fail_at":0,"milliseconds":0.0,"x0":0.3336800643889817,"x1":0.487792878390936,"x2":0.9319416358289765,"x3":0.3954031258104649,"x4":0.4810320358333623,"x5":0.30199324761091617}','pruned',4.87675575802053284935e-01,'2026-11-24 17:47:16.662000','2026-11-24 17:47:16.705000',NULL,'{"2":0.4876755758020533}',NULL,2);
INSERT INTO "proposals" VALUES('half','search','stub',0.2,5,'{"fail_at":3,"milliseconds":0.0,"x0":0.820515152221566,"x1":0.044832797189477525,"x2":0.7187596319962348,"x3":0.027755180545636526,"x4":0.8760897845876873,"x5":0.671741905863508}','failed',NULL,'2026-11-24 17:47:16.695000','2026-11-24 17:47:16.722000',NULL,'{"2":0.5056465547960831}',NULL,4);
INSERT INTO "proposals" VALUES('half','search','stub',0.2,6,'{"fail_at":3,"milliseconds":0.0,"x0":0.027968267420640958,"x1":0.14390388369697504,"x2":0.9096763892298206,"x3":0.045085055868295365,"x4":0.7029628704740913,"x5":0.7820959246048976}','running',NULL,'2026-11-24 17:47:16.710000',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "proposals" VALUES('half','search','stub',0.2,7,'{"fail_at":0,"milliseconds":0.0,"x0":0.3914857101015754,"x1":0.38893947070130197,"x2":0.9397830560538196,"x3":0.6705891515148161,"x4":0.08993847291547663,"x5":0.023364158360378973}','running',NULL,'2026-11-24 17:47:16.726000',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE reports (
	trial_id INTEGER NOT NULL, 
	iteration INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	measurements TEXT NOT NULL, 
	non_finite TEXT, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_reports PRIMARY KEY (trial_id, iteration), 
	CONSTRAINT ck_reports_iteration_range CHECK (iteration >= 0), 
	CONSTRAINT fk_reports_trial_id FOREIGN KEY(trial_id) REFERENCES trials (id)
)
 WITHOUT ROWID

;
INSERT INTO "reports" VALUES(1,2,1,'{"loss/stub":0.4906966746231567,"val_accuracy":0.5093033253768433,"val_balanced_accuracy":0.5093033253768433,"val_dice":0.5093033253768433,"val_score":0.5093033253768433}',NULL,'2026-11-24 17:47:16.381000');
INSERT INTO "reports" VALUES(1,4,1,'{"loss/stub":0.3540276909631911,"val_accuracy":0.6459723090368089,"val_balanced_accuracy":0.6459723090368089,"val_dice":0.6459723090368089,"val_score":0.6459723090368089}',NULL,'2026-11-24 17:47:16.386000');
INSERT INTO "reports" VALUES(1,6,1,'{"loss/stub":0.2966289341573204,"val_accuracy":0.7033710658426796,"val_balanced_accuracy":0.7033710658426796,"val_dice":0.7033710658426796,"val_score":0.7033710658426796}',NULL,'2026-11-24 17:47:16.393000');
INSERT INTO "reports" VALUES(2,2,1,'{"loss/stub":0.5232337756806908,"val_accuracy":0.47676622431930915,"val_balanced_accuracy":0.47676622431930915,"val_dice":0.47676622431930915,"val_score":0.47676622431930915}',NULL,'2026-11-24 17:47:16.368000');
INSERT INTO "reports" VALUES(3,2,1,'{"loss/stub":0.5327494226483022,"val_accuracy":0.46725057735169784,"val_balanced_accuracy":0.46725057735169784,"val_dice":0.46725057735169784,"val_score":0.46725057735169784}',NULL,'2026-11-24 17:47:16.409000');
INSERT INTO "reports" VALUES(4,2,1,'{"loss/stub":0.49135739027128367,"val_accuracy":0.5086426097287163,"val_balanced_accuracy":0.5086426097287163,"val_dice":0.5086426097287163,"val_score":0.5086426097287163}',NULL,'2026-11-24 17:47:16.426000');
INSERT INTO "reports" VALUES(4,4,1,'{"loss/stub":0.3647001560581785,"val_accuracy":0.6352998439418215,"val_balanced_accuracy":0.6352998439418215,"val_dice":0.6352998439418215,"val_score":0.6352998439418215}',NULL,'2026-11-24 17:47:16.428000');
INSERT INTO "reports" VALUES(4,6,1,'{"loss/stub":0.2985039627679865,"val_accuracy":0.7014960372320135,"val_balanced_accuracy":0.7014960372320135,"val_dice":0.7014960372320135,"val_score":0.7014960372320135}',NULL,'2026-11-24 17:47:16.430000');
INSERT INTO "reports" VALUES(5,2,1,'{"loss/stub":0.49464052142257686,"val_accuracy":0.5053594785774231,"val_balanced_accuracy":0.5053594785774231,"val_dice":0.5053594785774231,"val_score":0.5053594785774231}',NULL,'2026-11-24 17:47:16.442000');
INSERT INTO "reports" VALUES(6,2,1,'{"loss/stub":0.5089854530260063,"val_accuracy":0.49101454697399366,"val_balanced_accuracy":0.49101454697399366,"val_dice":0.49101454697399366,"val_score":0.49101454697399366}',NULL,'2026-11-24 17:47:16.679000');
INSERT INTO "reports" VALUES(6,4,1,'{"loss/stub":0.37730431802136344,"val_accuracy":0.6226956819786366,"val_balanced_accuracy":0.6226956819786366,"val_dice":0.6226956819786366,"val_score":0.6226956819786366}',NULL,'2026-11-24 17:47:16.686000');
INSERT INTO "reports" VALUES(6,6,1,'{"loss/stub":0.32223322392131004,"val_accuracy":0.67776677607869,"val_balanced_accuracy":0.67776677607869,"val_dice":0.67776677607869,"val_score":0.67776677607869}',NULL,'2026-11-24 17:47:16.688000');
INSERT INTO "reports" VALUES(7,2,1,'{"loss/stub":0.5123244241979468,"val_accuracy":0.4876755758020533,"val_balanced_accuracy":0.4876755758020533,"val_dice":0.4876755758020533,"val_score":0.4876755758020533}',NULL,'2026-11-24 17:47:16.705000');
INSERT INTO "reports" VALUES(8,2,1,'{"loss/stub":0.4943534452039169,"val_accuracy":0.5056465547960831,"val_balanced_accuracy":0.5056465547960831,"val_dice":0.5056465547960831,"val_score":0.5056465547960831}',NULL,'2026-11-24 17:47:16.718000');
INSERT INTO "reports" VALUES(8,4,1,'{"loss/stub":null,"val_score":null}',NULL,'2026-11-24 17:47:16.722000');
CREATE TABLE requests (
	id INTEGER NOT NULL, 
	study TEXT NOT NULL, 
	trial_id INTEGER, 
	kind VARCHAR(16) NOT NULL, 
	asked_by TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	seen_at DATETIME, 
	CONSTRAINT pk_requests PRIMARY KEY (id), 
	CONSTRAINT ck_requests_kind_known CHECK (kind IN ('stop')), 
	CONSTRAINT fk_requests_study FOREIGN KEY(study) REFERENCES studies (name), 
	CONSTRAINT fk_requests_trial_id FOREIGN KEY(trial_id) REFERENCES trials (id)
);
INSERT INTO "requests" VALUES(1,'half',9,'stop','me@node-2','2026-11-30 20:15:41.491000',NULL);
CREATE TABLE studies (
	name TEXT NOT NULL, 
	config TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	partition TEXT NOT NULL, 
	provenance TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_studies PRIMARY KEY (name)
);
INSERT INTO "studies" VALUES('demo','{"name":"demo","test":"open"}','{"fingerprint":"d"}','{"fingerprint":"p"}','{}','2026-11-24 17:47:14.439000','2026-11-24 17:47:14.452000');
INSERT INTO "studies" VALUES('half','{"name":"half","test":"open"}','{"fingerprint":"d"}','{"fingerprint":"p"}','{}','2026-11-24 17:47:16.637000','2026-11-24 17:47:16.642000');
CREATE TABLE test_openings (
	id INTEGER NOT NULL, 
	dataset TEXT NOT NULL, 
	partition TEXT NOT NULL, 
	study TEXT NOT NULL, 
	trial_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_test_openings PRIMARY KEY (id), 
	CONSTRAINT fk_test_openings_study FOREIGN KEY(study) REFERENCES studies (name), 
	CONSTRAINT fk_test_openings_trial_id FOREIGN KEY(trial_id) REFERENCES trials (id)
);
INSERT INTO "test_openings" VALUES(1,'d','p','demo',4,'2026-11-24 17:47:16.430000');
INSERT INTO "test_openings" VALUES(2,'d','p','demo',1,'2026-11-24 17:47:16.447000');
CREATE TABLE trials (
	id INTEGER NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	cohort TEXT NOT NULL, 
	method TEXT NOT NULL, 
	label_fraction FLOAT NOT NULL, 
	seed INTEGER NOT NULL, 
	trial TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	partition TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempt INTEGER NOT NULL, 
	trained_for_study TEXT, 
	trained_for_stage TEXT, 
	owner_host TEXT, 
	owner_pid INTEGER, 
	owner_started TEXT, 
	lease_until DATETIME, 
	outcome TEXT, 
	detail TEXT, 
	iterations INTEGER, 
	seconds FLOAT, 
	summary TEXT, 
	artifacts TEXT, 
	test TEXT, 
	predictions TEXT, 
	provenance TEXT, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	same_config VARCHAR(64), 
	CONSTRAINT pk_trials PRIMARY KEY (id), 
	CONSTRAINT ck_trials_state_known CHECK (state IN ('planned', 'running', 'completed', 'pruned', 'failed')), 
	CONSTRAINT ck_trials_key_length CHECK (length(key) = 64), 
	CONSTRAINT ck_trials_label_fraction_range CHECK (label_fraction > 0 AND label_fraction <= 1), 
	CONSTRAINT ck_trials_attempt_claimed CHECK (attempt >= 0 AND (attempt > 0 OR state = 'planned')), 
	CONSTRAINT ck_trials_running_has_lease CHECK ((state = 'running') = (lease_until IS NOT NULL)), 
	CONSTRAINT ck_trials_running_has_owner CHECK ((state = 'running') = (owner_pid IS NOT NULL)), 
	CONSTRAINT ck_trials_finished_has_time CHECK ((state IN ('planned', 'running')) = (finished_at IS NULL)), 
	CONSTRAINT ck_trials_finished_has_outcome CHECK ((state IN ('planned', 'running')) = (outcome IS NULL)), 
	CONSTRAINT ck_trials_completed_has_summary CHECK (state <> 'completed' OR summary IS NOT NULL), 
	CONSTRAINT ck_trials_same_config_length CHECK (length(same_config) = 64), 
	CONSTRAINT uq_trials_key UNIQUE ("key"), 
	CONSTRAINT fk_trials_trained_for_study FOREIGN KEY(trained_for_study) REFERENCES studies (name)
);
INSERT INTO "trials" VALUES(1,'f96cd5fd23d7861d42f7bc963b3f297f57ed679bbeca317496611ada21b97d9e','87d779b9f909f57dd07422eb0670e05f67ed6aedee4dad764284e76e4b934370','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.5,"x1":0.5,"x2":0.5,"x3":0.5,"x4":0.5,"x5":0.5},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','completed',1,'demo','search',NULL,NULL,NULL,NULL,'completed','{}',6,0.001,'{"best_iteration":6,"val_accuracy":0.7033710658426796,"val_balanced_accuracy":0.7033710658426796,"val_dice":0.7033710658426796,"val_score":0.7033710658426796}','trials/f96cd5fd23d7861d42f7bc963b3f297f57ed679bbeca317496611ada21b97d9e/1','{"test_accuracy":0.7033710658426796,"test_balanced_accuracy":0.7033710658426796,"test_dice":0.7033710658426796}',NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:14.548000','2026-11-24 17:47:16.354000','2026-11-24 17:47:16.393000','e73bea0201748977a62e992aff9e9bd2a90ab6c4c5f34cacb0afabefef786efb');
INSERT INTO "trials" VALUES(2,'bb30c62bdb7bc10139d54e17128642e3f07fb066ce8c36b8240114bbc536babd','10094a741aec430b030aca98b765d4463a32e0bfbce18747502e5428342a3648','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.13454013327540504,"x1":0.05420815134314805,"x2":0.5243811702526557,"x3":0.4078914522347674,"x4":0.8791582975192318,"x5":0.4517647203127392},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','pruned',2,'demo','search',NULL,NULL,NULL,NULL,'pruned','{}',2,0.001,'{"val_score":0.47676622431930915}',NULL,NULL,NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:14.548000','2026-11-24 17:47:16.381000','2026-11-24 17:47:16.381000','76e2ba3d5fa06561d26e6d4c63c710bcd996956970c3386e5e88bbd0508fba0a');
INSERT INTO "trials" VALUES(3,'50fbc3f6b68598df6d46e199af5566b4f82723a5602afcf9bf845e7fbfc3eda9','37bd86be044b8531a5bf522a7f4dadad61d55f77aae5446809493c83c3109644','stub',0.2,0,'{"hyperparameters":{"fail_at":3,"milliseconds":0.0,"x0":0.5556002992633332,"x1":0.4192072877416536,"x2":0.7894297760381651,"x3":0.6710595564930831,"x4":0.04961645461550657,"x5":0.5247428425804217},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','pruned',1,'demo','search',NULL,NULL,NULL,NULL,'pruned','{}',2,0.001,'{"val_score":0.46725057735169784}',NULL,NULL,NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:16.398000','2026-11-24 17:47:16.398000','2026-11-24 17:47:16.409000','ecca3b1aa3da78b0c29f2051febd1d5dd4b353b8c35fa36ee161e4b696d704ac');
INSERT INTO "trials" VALUES(4,'e604f8b06a960fe89cfe9ed09e134fdda9d3c257c9c20db700f959294a91b30a','87d779b9f909f57dd07422eb0670e05f67ed6aedee4dad764284e76e4b934370','stub',0.2,1,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.5,"x1":0.5,"x2":0.5,"x3":0.5,"x4":0.5,"x5":0.5},"label_fraction":0.2,"method":"stub","seed":1,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','completed',1,'demo','confirm',NULL,NULL,NULL,NULL,'completed','{}',6,0.001,'{"best_iteration":6,"val_accuracy":0.7014960372320135,"val_balanced_accuracy":0.7014960372320135,"val_dice":0.7014960372320135,"val_score":0.7014960372320135}','trials/e604f8b06a960fe89cfe9ed09e134fdda9d3c257c9c20db700f959294a91b30a/1','{"test_accuracy":0.7014960372320135,"test_balanced_accuracy":0.7014960372320135,"test_dice":0.7014960372320135}',NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:16.411000','2026-11-24 17:47:16.422000','2026-11-24 17:47:16.430000','a3eecfedd620fe15c026d2c2c0d764b430ad5815add788d4b038502171141e55');
INSERT INTO "trials" VALUES(5,'0eb153686740656d166eba92eeb5a10927b7897971c1b0f7b87b96611ea57a27','87d779b9f909f57dd07422eb0670e05f67ed6aedee4dad764284e76e4b934370','stub',0.2,2,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.5,"x1":0.5,"x2":0.5,"x3":0.5,"x4":0.5,"x5":0.5},"label_fraction":0.2,"method":"stub","seed":2,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','planned',1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.001,NULL,NULL,NULL,NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:16.411000','2026-11-24 17:47:16.437000',NULL,'b150b4ddf57f4c62880a510ed375b79796552fb197390863cd8e51fd32c3b872');
INSERT INTO "trials" VALUES(6,'41eed8afa5468ed36de4cd3da2450b218ff82e28b7f25df80cade5e7ecd5ec8f','56cb02c938ff99c2aee118453385ef408dc65f08566233c5a0941dab2875351d','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.6269858142873987,"x1":0.764360073384084,"x2":0.4960987955844588,"x3":0.2292773323453463,"x4":0.5312347689648208,"x5":0.907768569020115},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','completed',1,'half','search',NULL,NULL,NULL,NULL,'completed','{}',6,0.001,'{"best_iteration":6,"val_accuracy":0.67776677607869,"val_balanced_accuracy":0.67776677607869,"val_dice":0.67776677607869,"val_score":0.67776677607869}','trials/41eed8afa5468ed36de4cd3da2450b218ff82e28b7f25df80cade5e7ecd5ec8f/1',NULL,NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:16.658000','2026-11-24 17:47:16.670000','2026-11-24 17:47:16.688000','a2b5aaf4bece4a8df223b9cc55dd54d4cc21566c2d2ad4c2a348d9a7dc04a067');
INSERT INTO "trials" VALUES(7,'502772e4fcb5322df3fb3e7a28366ab60ac869a05646d65c545732c280b13ac9','e2abe716f6e959e19fcf05272fb91b878fa2d1f07b1bbbc0cc34143fa41964de','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.3336800643889817,"x1":0.487792878390936,"x2":0.9319416358289765,"x3":0.3954031258104649,"x4":0.4810320358333623,"x5":0.30199324761091617},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','pruned',1,'half','search',NULL,NULL,NULL,NULL,'pruned','{}',2,0.001,'{"val_score":0.4876755758020533}',NULL,NULL,NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:16.662000','2026-11-24 17:47:16.674000','2026-11-24 17:47:16.705000','e42f0a1102385088fca62a1158e633a93f6daa0924353634b5f466bd8fe930b1');
INSERT INTO "trials" VALUES(8,'fbf0e9d97072f93d6a5ce80c10cb7f9bc83bfe8388d4b20a42bd35fd2ee94aa9','e2d1a21fe3fc2e9562c5b5e91c7ec3708078c06fa7479f3a7abfc6cc74590879','stub',0.2,0,'{"hyperparameters":{"fail_at":3,"milliseconds":0.0,"x0":0.820515152221566,"x1":0.044832797189477525,"x2":0.7187596319962348,"x3":0.027755180545636526,"x4":0.8760897845876873,"x5":0.671741905863508},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','failed',1,'half','search',NULL,NULL,NULL,NULL,'nan','{"step":3,"terms":{"loss/stub":3}}',4,0.001,'{}',NULL,NULL,NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:16.695000','2026-11-24 17:47:16.695000','2026-11-24 17:47:16.722000','c9468213c115748d335bf6d9d5bd25ba6a2f82105a9c7411cf7ecc635c05dfc9');
INSERT INTO "trials" VALUES(9,'a35873bd7eeef4330f917f4a1f6aa66ba0543c6fa7b31bc105841ff56bb31a27','6ec37f9c6de48b18f6a201e3d8c686499217ccb9d95314a9526f013bc5f45116','stub',0.2,0,'{"hyperparameters":{"fail_at":3,"milliseconds":0.0,"x0":0.027968267420640958,"x1":0.14390388369697504,"x2":0.9096763892298206,"x3":0.045085055868295365,"x4":0.7029628704740913,"x5":0.7820959246048976},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','running',1,'half','search','node-2',77,'start-2','2026-11-24 17:48:16.710000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:16.710000','2026-11-24 17:47:16.710000',NULL,'9db6852313beb504f375306eaf5c10585cf0c515a36deaf516571bbb2fab003c');
INSERT INTO "trials" VALUES(10,'17edced17833e119553a20d02834a77f4add4bcac6dee52349aad8df68bcdca0','de82d17674952175ba1985320aec68edb60a574dffb089edfb680f4e8b6d7bbd','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.3914857101015754,"x1":0.38893947070130197,"x2":0.9397830560538196,"x3":0.6705891515148161,"x4":0.08993847291547663,"x5":0.023364158360378973},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":6,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','d','p','running',1,'half','search','node-2',77,'start-2','2026-11-24 17:48:16.726000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"machine":{"cores":2,"device":"cpu"}}','2026-11-24 17:47:16.726000','2026-11-24 17:47:16.726000',NULL,'4421ada24815c90600c63fd95728a27ce31ba70d4ba07a82f5f31b7a6ddc6fbd');
CREATE INDEX ix_trials_same_config ON trials (same_config);
CREATE INDEX ix_trials_running ON trials (owner_pid) WHERE state = 'running';
CREATE INDEX ix_events_study ON events (study);
CREATE INDEX ix_planned_trial_id ON planned (trial_id);
CREATE INDEX ix_test_openings_dataset ON test_openings (dataset);
CREATE INDEX ix_attempts_study ON attempts (study);
CREATE INDEX ix_requests_study ON requests (study);
COMMIT;
