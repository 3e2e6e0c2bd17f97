create table leases (
  app text not null,
  id text not null,
  lease text not null,    -- JSON of the lease: the instance, its override and what was added to its metadata
  primary key (app, id)
) /* sqlite: without rowid */;
