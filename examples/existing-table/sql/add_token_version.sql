-- The one column that crudauth asks for and the old application had not. Your own migrations add
-- it; crudauth never alters your table. (`#[auth(without(token_version))]` does without, and gives
-- up bearer tokens.)

ALTER TABLE accounts ADD COLUMN token_version INTEGER NOT NULL DEFAULT 0;
