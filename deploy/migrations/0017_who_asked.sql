-- Who asked for a task, and in which role; null where an event or the clock did.
ALTER TABLE task ADD COLUMN asked_by uuid, ADD COLUMN asked_as text;
CREATE INDEX task_asked_by ON task (asked_by, asked_at) WHERE asked_by IS NOT NULL;
