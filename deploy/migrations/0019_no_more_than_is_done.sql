-- The API and the workers were given more than they do. A key of a person is destroyed, and its row
-- stays, or a new one could be made for somebody who was erased; a token's reach never changes, it
-- only ends; where a reader of the journal has come to is never taken back.
REVOKE UPDATE, DELETE ON person_key FROM shilu_app;
GRANT UPDATE (wrapped, destroyed_at, requested_by_event) ON person_key TO shilu_app;
REVOKE UPDATE ON access_token FROM shilu_app;
GRANT UPDATE (revoked_at) ON access_token TO shilu_app;
REVOKE DELETE ON bookmark FROM shilu_app;
REVOKE UPDATE ON due FROM shilu_app;
