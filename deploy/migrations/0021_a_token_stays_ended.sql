-- 0019 lets the API and the workers say when a token ended. They could say as well that it had not:
-- what has ended stays so, for its owner too.
CREATE FUNCTION access_token_stays_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a token that has ended stays ended' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER stays_ended BEFORE UPDATE ON access_token FOR EACH ROW
    WHEN (OLD.revoked_at IS NOT NULL) EXECUTE FUNCTION access_token_stays_ended();
