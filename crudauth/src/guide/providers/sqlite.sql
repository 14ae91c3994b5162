CREATE TRIGGER members_deleted AFTER DELETE ON members
BEGIN
    DELETE FROM crudauth_identities WHERE users = 'members' AND owner = CAST(OLD.id AS TEXT);
END;
