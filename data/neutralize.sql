-- a copy must not use the credentials of the original
UPDATE ghl_connection
   SET private_token = NULL,
       client_secret = NULL,
       database_key = NULL,
       state = 'draft',
       state_message = NULL;

-- a refresh by the copy would end the original's connection
DELETE FROM ghl_oauth_token;
DELETE FROM ghl_oauth_offer;
DELETE FROM ghl_connection_task;

-- nor go on with syncs: not by schedule …
UPDATE ghl_location
   SET auto_sync = false;

UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT cron_id FROM ghl_location WHERE cron_id IS NOT NULL)
    OR id IN (
       SELECT res_id
         FROM ir_model_data
        WHERE model = 'ir.cron'
          AND module = 'ghl_contact_sync'
);

-- … nor those that were under way
UPDATE ghl_sync_run
   SET state = 'cancelled',
       error = 'Cancelled: this database is a neutralized copy.',
       finished_at = now() AT TIME ZONE 'UTC'
 WHERE state IN ('queued', 'running', 'waiting');

-- and no page elsewhere may read the copy
DELETE FROM ir_config_parameter
 WHERE key = 'ghl_contact_sync.allowed_origins';

-- nor may it tell the original's people of its own troubles
DELETE FROM ir_config_parameter
 WHERE key LIKE 'ghl_contact_sync.alarm_webhook_%';

-- nor may the copy receive webhooks, or work on those of the original
DELETE FROM ir_config_parameter
 WHERE key = 'ghl_contact_sync.webhook_enabled';
INSERT INTO ir_config_parameter (key, value)
VALUES ('ghl_contact_sync.webhook_enabled', 'False');
UPDATE ghl_webhook_event
   SET state = 'ignored',
       reason = 'This database is a neutralized copy.'
 WHERE state = 'new';
