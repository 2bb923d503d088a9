-- A ledger of schema version 1: two studies of the stub method, written by commit 44ebcac. Not to be changed.
BEGIN TRANSACTION;
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
INSERT INTO "events" VALUES(1,'demo','failed','search stub fraction 0.2 seed 0 (1488e48e): nan, {''iteration'': 2, ''terms'': {''loss'': nan}}, trained in 0.0 s','{"iteration":2,"key":"1488e48e9ed91172952b23e156d314868121793cb655511559733f3f9f1e3e22","non_finite":["terms.loss"],"terms":{"loss":null}}','2026-11-24 14:02:20.815000');
INSERT INTO "events" VALUES(2,'demo','warning','a worker was slow','{"seconds":3.5}','2026-11-24 14:02:20.825000');
CREATE TABLE meta (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema_version','1');
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
INSERT INTO "planned" VALUES(1,'demo','search',1,0,'2026-11-24 14:02:20.796000');
INSERT INTO "planned" VALUES(2,'demo','search',2,1,'2026-11-24 14:02:20.803000');
INSERT INTO "planned" VALUES(3,'demo','confirm',2,NULL,'2026-11-24 14:02:20.817000');
INSERT INTO "planned" VALUES(4,'demo','confirm',3,NULL,'2026-11-24 14:02:20.817000');
INSERT INTO "planned" VALUES(5,'half','search',1,0,'2026-11-24 14:02:20.912000');
INSERT INTO "planned" VALUES(6,'half','search',2,1,'2026-11-24 14:02:20.917000');
INSERT INTO "planned" VALUES(7,'half','search',4,2,'2026-11-24 14:02:20.923000');
INSERT INTO "planned" VALUES(8,'half','search',5,3,'2026-11-24 14:02:20.927000');
INSERT INTO "planned" VALUES(9,'half','search',6,4,'2026-11-24 14:02:20.937000');
INSERT INTO "planned" VALUES(10,'half','search',7,5,'2026-11-24 14:02:20.948000');
INSERT INTO "planned" VALUES(11,'half','search',8,6,'2026-11-24 14:02:20.952000');
INSERT INTO "planned" VALUES(12,'half','search',9,7,'2026-11-24 14:02:20.963000');
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
	CONSTRAINT pk_proposals PRIMARY KEY (study, stage, method, label_fraction, number), 
	CONSTRAINT ck_proposals_state_known CHECK (state IN ('running', 'completed', 'pruned', 'failed')), 
	CONSTRAINT ck_proposals_number_range CHECK (number >= 0), 
	CONSTRAINT fk_proposals_study FOREIGN KEY(study) REFERENCES studies (name)
);
INSERT INTO "proposals" VALUES('demo','search','stub',0.2,0,'{"fail_at":0,"milliseconds":0.0,"x0":0.5,"x1":0.5,"x2":0.5,"x3":0.5,"x4":0.5,"x5":0.5}','failed',NULL,'2026-11-24 14:02:20.761000','2026-11-24 14:02:20.815000');
INSERT INTO "proposals" VALUES('demo','search','stub',0.2,1,'{"fail_at":0,"milliseconds":0.0,"x0":0.13454013327540504,"x1":0.05420815134314805,"x2":0.5243811702526557,"x3":0.4078914522347674,"x4":0.8791582975192318,"x5":0.4517647203127392}','completed',6.63457943313836895349e-01,'2026-11-24 14:02:20.802000','2026-11-24 14:02:20.811000');
INSERT INTO "proposals" VALUES('half','search','stub',0.2,0,'{"fail_at":0,"milliseconds":0.0,"x0":0.5,"x1":0.5,"x2":0.5,"x3":0.5,"x4":0.5,"x5":0.5}','failed',NULL,'2026-11-24 14:02:20.910000','2026-11-24 14:02:20.913000');
INSERT INTO "proposals" VALUES('half','search','stub',0.2,1,'{"fail_at":0,"milliseconds":0.0,"x0":0.13454013327540504,"x1":0.05420815134314805,"x2":0.5243811702526557,"x3":0.4078914522347674,"x4":0.8791582975192318,"x5":0.4517647203127392}','completed',6.63457943313836895349e-01,'2026-11-24 14:02:20.916000','2026-11-24 14:02:20.919000');
INSERT INTO "proposals" VALUES('half','search','stub',0.2,2,'{"fail_at":0,"milliseconds":0.0,"x0":0.5556002992633332,"x1":0.4192072877416536,"x2":0.7894297760381651,"x3":0.6710595564930831,"x4":0.04961645461550657,"x5":0.5247428425804217}','completed',0.650136037559181,'2026-11-24 14:02:20.922000','2026-11-24 14:02:20.933000');
INSERT INTO "proposals" VALUES('half','search','stub',0.2,3,'{"fail_at":0,"milliseconds":0.0,"x0":0.6269858142873987,"x1":0.764360073384084,"x2":0.4960987955844588,"x3":0.2292773323453463,"x4":0.5312347689648208,"x5":0.907768569020115}','completed',6.83405595030395107691e-01,'2026-11-24 14:02:20.926000','2026-11-24 14:02:20.945000');
INSERT INTO "proposals" VALUES('half','search','stub',0.2,4,'{"fail_at":0,"milliseconds":0.0,"x0":0.3336800643889817,"x1":0.487792878390936,"x2":0.9319416358289765,"x3":0.3954031258104649,"x4":0.4810320358333623,"x5":0.30199324761091617}','completed',6.78731035389678605262e-01,'2026-11-24 14:02:20.936000','2026-11-24 14:02:20.942000');
INSERT INTO "proposals" VALUES('half','search','stub',0.2,5,'{"fail_at":0,"milliseconds":0.0,"x0":0.820515152221566,"x1":0.044832797189477525,"x2":0.7187596319962348,"x3":0.027755180545636526,"x4":0.8760897845876873,"x5":0.671741905863508}','completed',7.03890405981320355088e-01,'2026-11-24 14:02:20.947000','2026-11-24 14:02:20.959000');
INSERT INTO "proposals" VALUES('half','search','stub',0.2,6,'{"fail_at":0,"milliseconds":0.0,"x0":0.027968267420640958,"x1":0.14390388369697504,"x2":0.9096763892298206,"x3":0.045085055868295365,"x4":0.7029628704740913,"x5":0.7820959246048976}','running',NULL,'2026-11-24 14:02:20.951000',NULL);
INSERT INTO "proposals" VALUES('half','search','stub',0.2,7,'{"fail_at":0,"milliseconds":0.0,"x0":0.3914857101015754,"x1":0.38893947070130197,"x2":0.9397830560538196,"x3":0.6705891515148161,"x4":0.08993847291547663,"x5":0.023364158360378973}','running',NULL,'2026-11-24 14:02:20.962000',NULL);
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
INSERT INTO "reports" VALUES(1,2,1,'{"loss/stub":0.4081474682739503,"val_accuracy":0.5918525317260497,"val_balanced_accuracy":0.5918525317260497,"val_dice":0.5918525317260497,"val_score":0.5918525317260497}',NULL,'2026-11-24 14:02:20.813000');
INSERT INTO "reports" VALUES(1,4,1,'{"loss/stub":0.29099011520561524,"val_accuracy":0.7090098847943848,"val_balanced_accuracy":0.7090098847943848,"val_dice":0.7090098847943848,"val_score":0.7090098847943848}',NULL,'2026-11-24 14:02:20.813000');
INSERT INTO "reports" VALUES(2,2,1,'{"loss/stub":0.44610741950774013,"val_accuracy":0.5538925804922599,"val_balanced_accuracy":0.5538925804922599,"val_dice":0.5538925804922599,"val_score":0.5538925804922599}',NULL,'2026-11-24 14:02:20.809000');
INSERT INTO "reports" VALUES(2,4,1,'{"loss/stub":0.3365420566861631,"val_accuracy":0.6634579433138369,"val_balanced_accuracy":0.6634579433138369,"val_dice":0.6634579433138369,"val_score":0.6634579433138369}',NULL,'2026-11-24 14:02:20.809000');
INSERT INTO "reports" VALUES(3,2,1,'{"loss/stub":0.4467681351558671,"val_accuracy":0.5532318648441329,"val_balanced_accuracy":0.5532318648441329,"val_dice":0.5532318648441329,"val_score":0.5532318648441329}',NULL,'2026-11-24 14:02:20.821000');
INSERT INTO "reports" VALUES(3,4,1,'{"loss/stub":0.34721452178115053,"val_accuracy":0.6527854782188495,"val_balanced_accuracy":0.6527854782188495,"val_dice":0.6527854782188495,"val_score":0.6527854782188495}',NULL,'2026-11-24 14:02:20.821000');
INSERT INTO "reports" VALUES(4,2,1,'{"loss/stub":0.45720900763662,"val_accuracy":0.54279099236338,"val_balanced_accuracy":0.54279099236338,"val_dice":0.54279099236338,"val_score":0.54279099236338}',NULL,'2026-11-24 14:02:20.932000');
INSERT INTO "reports" VALUES(4,4,1,'{"loss/stub":0.34986396244081897,"val_accuracy":0.650136037559181,"val_balanced_accuracy":0.650136037559181,"val_dice":0.650136037559181,"val_score":0.650136037559181}',NULL,'2026-11-24 14:02:20.932000');
INSERT INTO "reports" VALUES(5,2,1,'{"loss/stub":0.4294843764106082,"val_accuracy":0.5705156235893918,"val_balanced_accuracy":0.5705156235893918,"val_dice":0.5705156235893918,"val_score":0.5705156235893918}',NULL,'2026-11-24 14:02:20.944000');
INSERT INTO "reports" VALUES(5,4,1,'{"loss/stub":0.3165944049696049,"val_accuracy":0.6834055950303951,"val_balanced_accuracy":0.6834055950303951,"val_dice":0.6834055950303951,"val_score":0.6834055950303951}',NULL,'2026-11-24 14:02:20.944000');
INSERT INTO "reports" VALUES(6,2,1,'{"loss/stub":0.433379842777872,"val_accuracy":0.566620157222128,"val_balanced_accuracy":0.566620157222128,"val_dice":0.566620157222128,"val_score":0.566620157222128}',NULL,'2026-11-24 14:02:20.941000');
INSERT INTO "reports" VALUES(6,4,1,'{"loss/stub":0.3212689646103214,"val_accuracy":0.6787310353896786,"val_balanced_accuracy":0.6787310353896786,"val_dice":0.6787310353896786,"val_score":0.6787310353896786}',NULL,'2026-11-24 14:02:20.941000');
INSERT INTO "reports" VALUES(7,2,1,'{"loss/stub":0.4124137006181706,"val_accuracy":0.5875862993818294,"val_balanced_accuracy":0.5875862993818294,"val_dice":0.5875862993818294,"val_score":0.5875862993818294}',NULL,'2026-11-24 14:02:20.958000');
INSERT INTO "reports" VALUES(7,4,1,'{"loss/stub":0.29610959401867964,"val_accuracy":0.7038904059813204,"val_balanced_accuracy":0.7038904059813204,"val_dice":0.7038904059813204,"val_score":0.7038904059813204}',NULL,'2026-11-24 14:02:20.958000');
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
INSERT INTO "studies" VALUES('demo','{"batch":{"labelled":10,"unlabelled":10},"budget":{"iterations":4,"patience":null,"report_every":2},"cluster":{"concurrency":2,"cpus_per_pack":1,"gpus_per_pack":0.0,"num_cpus":null,"num_gpus":null},"data":{"path":"nowhere","split_seed":0,"test":0.155,"validation":0.2},"depth":4,"description":"","hyperparameters":{},"image_size":128,"label_fractions":[0.2],"methods":["stub"],"name":"demo","precision":"auto","schedule":"constant","search":{"deterministic":true,"label_fractions":[0.2],"sampler":"tpe","seed":0,"seeds":[0],"trials":2},"seeds":[0,1],"space":{"cnn":{"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05}},"s2mcl":{"adversarial_weight":{"high":0.1,"kind":"float","log":true,"low":0.0001},"alpha":{"high":2.0,"kind":"float","low":0.0},"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05}},"s2mcl_k1":{"adversarial_weight":{"high":0.1,"kind":"float","log":true,"low":0.0001},"alpha":{"high":2.0,"kind":"float","low":0.0},"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05}},"s4mcl":{"adversarial_weight":{"high":0.1,"kind":"float","log":true,"low":0.0001},"alpha":{"high":2.0,"kind":"float","low":0.0},"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"transforms":{"always":["identity"],"at_least":2,"kind":"subset","of":["identity","hflip","vflip","rot90","rot180","rot270","transpose","antitranspose"]}},"s4mcl_calm":{"adversarial_weight":{"high":0.1,"kind":"float","log":true,"low":0.0001},"alpha":{"high":2.0,"kind":"float","low":0.0},"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"transforms":{"always":["identity"],"at_least":2,"kind":"subset","of":["identity","hflip","vflip","rot90","rot180","rot270","transpose","antitranspose"]}},"stub":{"x0":{"high":1.0,"kind":"float","low":0.0},"x1":{"high":1.0,"kind":"float","low":0.0},"x2":{"high":1.0,"kind":"float","low":0.0},"x3":{"high":1.0,"kind":"float","low":0.0},"x4":{"high":1.0,"kind":"float","low":0.0},"x5":{"high":1.0,"kind":"float","low":0.0}},"unet":{"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05}}},"split":"group","storage":"studies","test":"open","unlabelled_pool":"remainder","width":16}','{"fingerprint":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"}','{"fingerprint":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}','{"commit":"44ebcac0000"}','2026-11-24 14:02:20.752000','2026-11-24 14:02:20.752000');
INSERT INTO "studies" VALUES('half','{"batch":{"labelled":10,"unlabelled":10},"budget":{"iterations":4,"patience":null,"report_every":2},"cluster":{"concurrency":2,"cpus_per_pack":1,"gpus_per_pack":0.0,"num_cpus":null,"num_gpus":null},"data":{"path":"nowhere","split_seed":0,"test":0.155,"validation":0.2},"depth":4,"description":"","hyperparameters":{},"image_size":128,"label_fractions":[0.2],"methods":["stub"],"name":"half","precision":"auto","schedule":"constant","search":{"deterministic":true,"label_fractions":[0.2],"sampler":"tpe","seed":0,"seeds":[0],"trials":10},"seeds":[0,1],"space":{"cnn":{"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05}},"s2mcl":{"adversarial_weight":{"high":0.1,"kind":"float","log":true,"low":0.0001},"alpha":{"high":2.0,"kind":"float","low":0.0},"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05}},"s2mcl_k1":{"adversarial_weight":{"high":0.1,"kind":"float","log":true,"low":0.0001},"alpha":{"high":2.0,"kind":"float","low":0.0},"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05}},"s4mcl":{"adversarial_weight":{"high":0.1,"kind":"float","log":true,"low":0.0001},"alpha":{"high":2.0,"kind":"float","low":0.0},"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"transforms":{"always":["identity"],"at_least":2,"kind":"subset","of":["identity","hflip","vflip","rot90","rot180","rot270","transpose","antitranspose"]}},"s4mcl_calm":{"adversarial_weight":{"high":0.1,"kind":"float","log":true,"low":0.0001},"alpha":{"high":2.0,"kind":"float","low":0.0},"discriminator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05},"transforms":{"always":["identity"],"at_least":2,"kind":"subset","of":["identity","hflip","vflip","rot90","rot180","rot270","transpose","antitranspose"]}},"stub":{"x0":{"high":1.0,"kind":"float","low":0.0},"x1":{"high":1.0,"kind":"float","low":0.0},"x2":{"high":1.0,"kind":"float","low":0.0},"x3":{"high":1.0,"kind":"float","low":0.0},"x4":{"high":1.0,"kind":"float","low":0.0},"x5":{"high":1.0,"kind":"float","low":0.0}},"unet":{"generator_lr":{"high":0.003,"kind":"float","log":true,"low":1e-05}}},"split":"group","storage":"studies","test":"locked","unlabelled_pool":"remainder","width":16}','{"fingerprint":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"}','{"fingerprint":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}','{"commit":"44ebcac0000"}','2026-11-24 14:02:20.907000','2026-11-24 14:02:20.907000');
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
INSERT INTO "test_openings" VALUES(1,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','demo',3,'2026-11-24 14:02:20.823000');
INSERT INTO "test_openings" VALUES(2,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','demo',2,'2026-11-24 14:02:20.824000');
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
	CONSTRAINT uq_trials_key UNIQUE ("key"), 
	CONSTRAINT fk_trials_trained_for_study FOREIGN KEY(trained_for_study) REFERENCES studies (name)
);
INSERT INTO "trials" VALUES(1,'1488e48e9ed91172952b23e156d314868121793cb655511559733f3f9f1e3e22','6c69bc85ab6a36d0419c8b45ed310be56522c031be53ee790b14a6c2fb567e37','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.5,"x1":0.5,"x2":0.5,"x3":0.5,"x4":0.5,"x5":0.5},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":4,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','failed',1,'demo','search',NULL,NULL,NULL,NULL,'nan','{"iteration":2,"non_finite":["terms.loss"],"terms":{"loss":null}}',4,0.001,'{}',NULL,NULL,NULL,'{"commit":"44ebcac"}','2026-11-24 14:02:20.796000','2026-11-24 14:02:20.805000','2026-11-24 14:02:20.813000');
INSERT INTO "trials" VALUES(2,'df981208b5c15a7064f7559bf0c0e8565ac05bd52e4812c15a0fb9d97fd20b4a','92f3956b138aef096d18044a01f5509b41f62074ef7fdfc3e897040529683103','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.13454013327540504,"x1":0.05420815134314805,"x2":0.5243811702526557,"x3":0.4078914522347674,"x4":0.8791582975192318,"x5":0.4517647203127392},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":4,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','completed',1,'demo','search',NULL,NULL,NULL,NULL,'completed','{}',4,0.001,'{"best_iteration":4,"val_accuracy":0.6634579433138369,"val_balanced_accuracy":0.6634579433138369,"val_dice":0.6634579433138369,"val_score":0.6634579433138369}','trials/df981208b5c15a7064f7559bf0c0e8565ac05bd52e4812c15a0fb9d97fd20b4a/1','{"test_accuracy":0.6634579433138369,"test_balanced_accuracy":0.6634579433138369,"test_dice":0.6634579433138369}',NULL,'{"commit":"44ebcac"}','2026-11-24 14:02:20.803000','2026-11-24 14:02:20.807000','2026-11-24 14:02:20.810000');
INSERT INTO "trials" VALUES(3,'b531d5ea68f376d59597516a7ba3910e6db77e6a048e50ad56ad47fc8be9e37f','92f3956b138aef096d18044a01f5509b41f62074ef7fdfc3e897040529683103','stub',0.2,1,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.13454013327540504,"x1":0.05420815134314805,"x2":0.5243811702526557,"x3":0.4078914522347674,"x4":0.8791582975192318,"x5":0.4517647203127392},"label_fraction":0.2,"method":"stub","seed":1,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":4,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','completed',1,'demo','confirm',NULL,NULL,NULL,NULL,'completed','{}',4,0.001,'{"best_iteration":4,"val_accuracy":0.6527854782188495,"val_balanced_accuracy":0.6527854782188495,"val_dice":0.6527854782188495,"val_score":0.6527854782188495}','trials/b531d5ea68f376d59597516a7ba3910e6db77e6a048e50ad56ad47fc8be9e37f/1','{"test_accuracy":0.6527854782188495,"test_balanced_accuracy":0.6527854782188495,"test_dice":0.6527854782188495}',NULL,'{"commit":"44ebcac"}','2026-11-24 14:02:20.817000','2026-11-24 14:02:20.820000','2026-11-24 14:02:20.821000');
INSERT INTO "trials" VALUES(4,'f4a31fa59a796a5fda1e9ee255aed958209e1eff0c4684709c6e2a86b4eaf38e','18c050946f26c62e21d77df01e32208749d90befe2fcb29e46667dbe6149cfda','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.5556002992633332,"x1":0.4192072877416536,"x2":0.7894297760381651,"x3":0.6710595564930831,"x4":0.04961645461550657,"x5":0.5247428425804217},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":4,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','completed',1,'half','search',NULL,NULL,NULL,NULL,'completed','{}',4,0.001,'{"best_iteration":4,"val_accuracy":0.650136037559181,"val_balanced_accuracy":0.650136037559181,"val_dice":0.650136037559181,"val_score":0.650136037559181}','trials/f4a31fa59a796a5fda1e9ee255aed958209e1eff0c4684709c6e2a86b4eaf38e/1',NULL,NULL,'{"commit":"44ebcac"}','2026-11-24 14:02:20.923000','2026-11-24 14:02:20.929000','2026-11-24 14:02:20.932000');
INSERT INTO "trials" VALUES(5,'13386529069ca22e75e78c15e923196233394744a138414f9be693ca2b8a8168','2405ebc27f7c0c3da50ac2399d4ea49fc85a2be3131ccb0f0639d0d6ab837f86','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.6269858142873987,"x1":0.764360073384084,"x2":0.4960987955844588,"x3":0.2292773323453463,"x4":0.5312347689648208,"x5":0.907768569020115},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":4,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','completed',1,'half','search',NULL,NULL,NULL,NULL,'completed','{}',4,0.001,'{"best_iteration":4,"val_accuracy":0.6834055950303951,"val_balanced_accuracy":0.6834055950303951,"val_dice":0.6834055950303951,"val_score":0.6834055950303951}','trials/13386529069ca22e75e78c15e923196233394744a138414f9be693ca2b8a8168/1',NULL,NULL,'{"commit":"44ebcac"}','2026-11-24 14:02:20.927000','2026-11-24 14:02:20.930000','2026-11-24 14:02:20.944000');
INSERT INTO "trials" VALUES(6,'d2c5f98630ea687e75b1dc49865da5d7418dc8cfca7ff336becc652ce1ad114e','02fab9e7e8bb8d9b571609dd82ff7182fe538567cb79a04bde19836ea50b89e6','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.3336800643889817,"x1":0.487792878390936,"x2":0.9319416358289765,"x3":0.3954031258104649,"x4":0.4810320358333623,"x5":0.30199324761091617},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":4,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','completed',1,'half','search',NULL,NULL,NULL,NULL,'completed','{}',4,0.001,'{"best_iteration":4,"val_accuracy":0.6787310353896786,"val_balanced_accuracy":0.6787310353896786,"val_dice":0.6787310353896786,"val_score":0.6787310353896786}','trials/d2c5f98630ea687e75b1dc49865da5d7418dc8cfca7ff336becc652ce1ad114e/1',NULL,NULL,'{"commit":"44ebcac"}','2026-11-24 14:02:20.937000','2026-11-24 14:02:20.939000','2026-11-24 14:02:20.941000');
INSERT INTO "trials" VALUES(7,'c190c3ed355dae98e809477694cb819792585df7723f8dde3d0f986b30b5bfda','567bfa32569ed8ccbf5c93fa2f87eeb5cce3f129493826763894d18909c85109','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.820515152221566,"x1":0.044832797189477525,"x2":0.7187596319962348,"x3":0.027755180545636526,"x4":0.8760897845876873,"x5":0.671741905863508},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":4,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','completed',1,'half','search',NULL,NULL,NULL,NULL,'completed','{}',4,0.001,'{"best_iteration":4,"val_accuracy":0.7038904059813204,"val_balanced_accuracy":0.7038904059813204,"val_dice":0.7038904059813204,"val_score":0.7038904059813204}','trials/c190c3ed355dae98e809477694cb819792585df7723f8dde3d0f986b30b5bfda/1',NULL,NULL,'{"commit":"44ebcac"}','2026-11-24 14:02:20.948000','2026-11-24 14:02:20.954000','2026-11-24 14:02:20.958000');
INSERT INTO "trials" VALUES(8,'903ae0e8767e8387d7375412f2f11f41afbc7c0beffae6651918148f166da0e5','9ad97bb997b268203c7914f83a5e276b2bbee424ac4982147be292e4aa1c13d6','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.027968267420640958,"x1":0.14390388369697504,"x2":0.9096763892298206,"x3":0.045085055868295365,"x4":0.7029628704740913,"x5":0.7820959246048976},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":4,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','running',1,'half','search','node-2',77,'start-2','2026-11-24 14:03:20.956000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"commit":"44ebcac"}','2026-11-24 14:02:20.952000','2026-11-24 14:02:20.956000',NULL);
INSERT INTO "trials" VALUES(9,'49f7b83eb5c52626a212db846856be072084b244f5311a442b03fbc7fa25b0c4','8f251187ea83c233db824271550934c7355226531c01462f1bca77fef65bfd9b','stub',0.2,0,'{"hyperparameters":{"fail_at":0,"milliseconds":0.0,"x0":0.3914857101015754,"x1":0.38893947070130197,"x2":0.9397830560538196,"x3":0.6705891515148161,"x4":0.08993847291547663,"x5":0.023364158360378973},"label_fraction":0.2,"method":"stub","seed":0,"settings":{"batch_labelled":10,"batch_unlabelled":10,"depth":4,"image_size":128,"iterations":4,"patience":null,"precision":"auto","report_every":2,"schedule":"constant","unlabelled_pool":"remainder","width":16}}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','running',1,'half','search','node-2',77,'start-2','2026-11-24 14:03:20.965000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"commit":"44ebcac"}','2026-11-24 14:02:20.963000','2026-11-24 14:02:20.965000',NULL);
CREATE INDEX ix_trials_running ON trials (owner_pid) WHERE state = 'running';
CREATE INDEX ix_events_study ON events (study);
CREATE INDEX ix_planned_trial_id ON planned (trial_id);
CREATE INDEX ix_test_openings_dataset ON test_openings (dataset);
COMMIT;
