create table accounts (
  id text primary key,              -- UUIDv7: rises with time
  email text unique,                -- trimmed, lower case; null: a customer known elsewhere, who cannot sign in
  name text not null,
  roles text not null,              -- JSON array
  password_hash text,               -- argon2id in PHC form; null: cannot sign in
  reference text unique,            -- the name an import gave; importing it again changes nothing
  search_text text not null,        -- name, e-mail and reference in lower case, for the search of agents
  created_at text not null
);

create table sessions (
  id text primary key,              -- random: knowing it lets you end the session
  account_id text not null references accounts (id),
  current_hash text not null,       -- SHA-256 of the refresh token that may be used next
  previous_hash text,               -- of the one before it
  rotated_at text,                  -- when the previous one was used
  successor_key text not null,      -- makes the next token out of the current one
  created_at text not null,
  expires_at text not null
);
create index sessions_account on sessions (account_id, created_at);
create index sessions_expires on sessions (expires_at);

create table signing_keys (
  generation bigint primary key,    -- 1, 2, 3 ...: two instances cannot both make the next key
  private_jwk text not null,        -- RSA 2048 as JSON Web Key; its kid is the RFC 7638 thumbprint
  signs_from text not null
);
