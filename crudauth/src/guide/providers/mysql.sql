CREATE TRIGGER members_deleted AFTER DELETE ON members
    FOR EACH ROW DELETE FROM crudauth_identities WHERE users = 'members' AND owner = CAST(OLD.id AS CHAR);
