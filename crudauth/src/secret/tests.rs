//! Which keys are accepted, and what another key means for what was issued before.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::{SecretKey, guess, published};

fn refusal(key: &str) -> String {
    SecretKey::new(key).expect_err(key).to_string()
}

#[test]
fn a_refusal_says_what_to_do_and_not_what_the_key_was() {
    assert_eq!(
        refusal("hunter2"),
        "the secret key has 7 bytes, and needs at least 32; make one with `openssl rand -base64 48`"
    );
    let error = SecretKey::new(vec![b'a'; 64]).expect_err("monotonous").to_string();
    assert!(error.contains("repetitions, and could be guessed"), "{error}");
    let error = SecretKey::from_env("CRUDAUTH_NO_SUCH_VARIABLE").expect_err("missing");
    assert!(error.to_string().contains("`CRUDAUTH_NO_SUCH_VARIABLE` is missing"), "{error}");
    assert_eq!(format!("{error:?}"), error.to_string(), "what `main` prints");
}

#[test]
fn a_published_key_is_refused_in_whatever_form_it_was_copied() {
    const TUTORIAL: &str = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";
    const IN_BASE64: &str = "itlYmFR2vYKrOmFhupMIn/hyB6lYCCTXz4yaQX89XVg=";
    let bytes = |hex: &str| const_hex::decode(hex).expect("hexadecimal");
    for key in [
        TUTORIAL.as_bytes().to_vec(),
        TUTORIAL.to_ascii_uppercase().into_bytes(),
        TUTORIAL.as_bytes()[..40].to_vec(),
        format!("{TUTORIAL}{TUTORIAL}").into_bytes(),
        TUTORIAL.as_bytes().chunks(8).collect::<Vec<_>>().join(&b'-'),
        bytes(TUTORIAL),
        IN_BASE64.as_bytes().to_vec(),
        IN_BASE64.trim_end_matches('=').replace('/', "_").into_bytes(),
        b"a-string-secret-at-least-256-bits-long".to_vec(),
        b"super-secret-jwt-token-with-at-least-32-characters-long".to_vec(),
        b"my-super-secret-jwt-key-for-app-2024".to_vec(),
        b"404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970".to_vec(),
        bytes("404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970"),
    ] {
        let shown = String::from_utf8_lossy(&key).into_owned();
        let error = SecretKey::new(key).expect_err(&shown).to_string();
        assert!(error.contains("is published"), "{shown}: {error}");
    }
}

#[test]
fn no_published_key_stands_here_in_clear_but_those_of_these_tests() {
    for source in [include_str!("published.rs"), include_str!("inspect.rs"), include_str!("key.rs")]
    {
        let longest = source.split(|c: char| !c.is_ascii_alphanumeric()).map(str::len).max();
        assert!(longest.is_some_and(|longest| longest < 32), "{longest:?}");
    }
    assert!(published::is_published(b"a-string-secret-at-least-256-bits-long"));
}

#[test]
fn what_a_shell_or_a_template_left_as_it_was_is_no_key() {
    for (key, syntax) in [
        ("$(openssl rand -hex 32)", "$("),
        ("$(openssl rand -base64 48 | tr -d '=')-and-more-of-it", "$("),
        ("${SECRET}", "${"),
        ("prefix-of-the-application-${SECRET_KEY:-none}", "${"),
        ("`openssl rand -hex 32`", "`"),
        ("{{ secret_key }}", "{{"),
        ("{{ .Values.auth.secretKey | b64enc }}", "{{"),
        ("<%= ENV['SECRET'] %>", "<"),
        ("<your-secret-key-of-at-least-32-characters>", "<"),
    ] {
        let error = refusal(key);
        assert!(error.contains(&format!("has `{syntax}")), "{key}: {error}");
        assert!(error.contains("fill in the template"), "{key}: {error}");
    }
}

#[test]
fn what_stands_around_a_key_is_refused_with_the_reason() {
    const KEY: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aZk7w";
    for (around, reason) in [
        (format!("\"{KEY}\""), "quotes"),
        (format!("'{KEY}'"), "quotes"),
        (format!("\u{201c}{KEY}\u{201d}"), "quotes"),
        (format!("\u{feff}{KEY}"), "byte order mark"),
        (format!(" {KEY}"), "white space"),
        (format!("{KEY}\r"), "white space"),
        (format!("{KEY}\n"), "white space"),
        (format!("{KEY}\u{a0}"), "white space"),
    ] {
        let error = refusal(&around);
        assert!(error.contains(reason) && !error.contains(KEY), "{error}");
    }
    SecretKey::new(KEY).expect("without them it is one");
}

#[test]
fn a_placeholder_is_refused_and_a_key_that_is_named_is_not() {
    for placeholder in [
        "please-change-this-to-a-long-random-text-1",
        "CHANGE_ME_SUPER_SECRET_AND_LONG_ENOUGH",
        "django-insecure-8m#x2@q0v!k^w7z$r5t&y9u*i1o(p3a)s",
        "your_8f0d3c5b7a9e1f2d4c6b8a0e8f0d3c5b7a9e1f2d",
    ] {
        let error = refusal(placeholder);
        assert!(error.contains("reads like a placeholder"), "{error}");
    }
    SecretKey::new("notes-secret-8f0d3c5b7a9e1f2d4c6b8a0e").expect("random enough");
}

#[test]
fn what_people_type_for_a_key_is_refused() {
    for typed in [
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz",
        "01234567890123456789012345678901",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
        "!@#$%^&*()_+!@#$%^&*()_+!@#$%^&*()_+",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        "x7Kp2mQ9x7Kp2mQ9x7Kp2mQ9x7Kp2mQ9x7Kp2mQ9x7Kp2mQ9",
        "Zk7wQe3xZk7wQe3xZk7wQe3xZk7wQe3x",
        "my-application-s-very-long-secret-key",
        "my-jwt-secret-key-for-the-application-2025",
        "thisismyverylongsecretkeyforproduction123",
        "this_is_a_very_secure_jwt_secret_key_2023!",
        "MyCompany-Prod-JWT-Signing-Key-v1!",
        "mySecretKeyForAdminDashboardServiceJwtAuthenticationToken123456789",
        "A_SUPER_SECRET_KEY_MAKE_SURE_IT_IS_LONG_ENOUGH",
        "test-secret-key-for-jwt-signing-must-be-long-enough-32",
        "development-secret-key-base-for-local-testing-only-00000",
        "correct horse battery staple correct horse battery staple",
        "passwordpasswordpasswordpassword1234",
        "supersecretsupersecretsupersecret",
        "letmeinletmeinletmeinletmein2026",
        "acme-widgets-backend-production-signing-secret-2025",
    ] {
        let bits = guess::bits(typed.as_bytes());
        let refused = SecretKey::new(typed).err();
        let reason = refused.map(|error| error.to_string()).unwrap_or_default();
        assert!(reason.contains("could be guessed"), "{typed}: {bits} bits, {reason}");
    }
}

/// Texts of keys that generators print.
fn random_keys() -> impl Strategy<Value = String> {
    let bytes = |least, most| proptest::collection::vec(any::<u8>(), least..=most);
    prop_oneof![
        bytes(16, 64).prop_map(const_hex::encode),
        bytes(16, 64).prop_map(const_hex::encode_upper),
        bytes(24, 64).prop_map(|bytes| encode::<base64ct::Base64>(&bytes)),
        bytes(24, 64).prop_map(|bytes| encode::<base64ct::Base64UrlUnpadded>(&bytes)),
        "[A-Za-z0-9]{32,64}",
        "[a-z0-9]{32,64}",
        "[a-z2-7]{32,64}",
        "[A-Za-z0-9!#$%&*+,./:;=?@^_~-]{32,64}",
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ]
}

fn encode<E: base64ct::Encoding>(bytes: &[u8]) -> String {
    E::encode_string(bytes)
}

#[test]
#[expect(clippy::print_stdout, reason = "the seed is for whoever has to repeat the run")]
fn no_random_key_is_refused_whatever_its_alphabet() {
    let seed = std::env::var("ATTACK_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand_seed);
    println!("ATTACK_SEED={seed}");
    let config = Config { cases: 2_000, rng_seed: RngSeed::Fixed(seed), ..Config::default() };
    let check = |key: String| {
        let bits = guess::bits(key.as_bytes());
        let refused = SecretKey::new(key.as_str()).err();
        prop_assert!(refused.is_none(), "{key}, {bits} bits: {refused:?}");
        Ok(())
    };
    proptest::test_runner::TestRunner::new(config).run(&random_keys(), check).expect("accepted");

    let mut bytes = [0; 32];
    for _ in 0..1000 {
        getrandom::fill(&mut bytes).expect("random");
        SecretKey::new(bytes).expect("bytes as they are");
    }
}

fn rand_seed() -> u64 {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).expect("random");
    u64::from_ne_bytes(seed)
}

#[test]
fn the_key_is_not_printed() {
    let key = SecretKey::random().expect("random");
    assert_eq!(format!("{key:?}"), "SecretKey(..)");
}

#[test]
fn an_application_can_name_its_purposes_as_it_likes() {
    let key = SecretKey::random().expect("random");
    for purpose in ["device", "lockout", "session id session", "seal", "token signature", ""] {
        let (own, theirs) = (key.own_digester(purpose), key.digester(purpose));
        assert_ne!(own.digest(b"x").bytes(), theirs.digest(b"x").bytes(), "{purpose}");
    }
}

#[test]
fn digests_and_seals_of_the_older_keys_are_known_until_these_go() {
    const OLD: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6a";
    const OLDER: &str = "b4WmXr2nTq8sKd6vGz1yHc9pLf5jEa3u";
    const NEW: &str = "Uo3iPs7dFg1hJk5lZx9cVb2nMq6wEr4t";
    let key = |text: &str| SecretKey::new(text).expect("good");
    let rotated = key(NEW).with_fallbacks([key(OLD).with_fallbacks([key(OLDER)])]);
    let after = key(NEW);
    let hex = |key: &SecretKey| key.digester("api keys").digest(b"value").to_hex();
    let known = |key: &SecretKey| -> Vec<_> {
        key.digester("api keys").digests(b"value").map(|digest| digest.to_hex()).collect()
    };
    assert_eq!(hex(&rotated), hex(&after), "the first one signs");
    assert_eq!(known(&rotated), [hex(&after), hex(&key(OLD)), hex(&key(OLDER))]);
    assert_eq!(known(&after), [hex(&after)]);

    for old in [OLD, OLDER] {
        let sealed = key(old).sealer("mail").seal(b"a link", b"").expect("sealed");
        let opened = rotated.sealer("mail").open(&sealed, b"").expect("opens");
        assert_eq!(opened.as_slice(), b"a link");
        assert!(after.sealer("mail").open(&sealed, b"").is_none());
    }
    let sealed = rotated.sealer("mail").seal(b"a link", b"").expect("sealed");
    assert!(after.sealer("mail").open(&sealed, b"").is_some());
}
