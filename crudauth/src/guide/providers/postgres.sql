CREATE FUNCTION members_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM crudauth_identities WHERE users = 'members' AND owner = OLD.id::text;
    RETURN NULL;
END $$;
CREATE TRIGGER members_deleted AFTER DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION members_deleted();
