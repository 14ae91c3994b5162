//! The mutants, by the promise that each of them breaks.

use super::Mutant;
use super::Suite::{Derive, File, Unit};

macro_rules! mutants {
    ($($promise:literal {$(
        $name:literal in $file:literal: $original:literal => $mutated:literal,
        $suite:expr, $test:literal;
    )*})*) => {
        /// Every mutant.
        pub const MUTANTS: &[Mutant] = &[$($(Mutant {
            name: $name,
            promise: $promise,
            file: $file,
            original: $original,
            mutated: $mutated,
            suite: $suite,
            test: $test,
        },)*)*];
    };
}

mutants! {
    "A privileged field that is marked `register` does not compile, and neither does a column that nothing fills at sign-up" {
        "derive-privileged-field" in "crudauth-derive/src/check/signup.rs":
            "diagnostics.report(
                        &source.key,
                        messages::client_sets_logical(&self.field.name(), logical),
                    );" => "",
            Derive, "no_privileged_field_is_filled_from_outside_under_any_spelling";
        "derive-privileged-column" in "crudauth-derive/src/check/signup.rs":
            "logical.is_privileged() && first.value != Source::Default" => "false",
            Derive, "no_privileged_field_is_filled_from_outside_under_any_spelling";
        "derive-provisioned-privilege" in "crudauth-derive/src/logical.rs":
            "self == Self::Id" => "true",
            Derive, "no_privileged_field_is_filled_from_outside_under_any_spelling";
    }
    "A client sets at sign-up what the struct allows, and nothing else" {
        "sign-up-privileges" in "crudauth/src/store/sql/users.rs":
            "Value::Flag(place, false)" => "Value::Flag(place, true)",
            File("contract"), "a_new_user_is_ordinary_whatever_the_body_claims";
    }
    "Unknown user, wrong password and disabled account have one answer, and cost the same hashes" {
        "decoy-of-nobody" in "crudauth/src/password/pool.rs":
            "hasher.verify(&password, stored.as_ref().unwrap_or(hasher.decoy()))" =>
            "match &stored { Some(stored) => hasher.verify(&password, stored), None => Verdict::Mismatch }",
            File("contract"), "every_refusal_is_one_answer_after_one_hash";
        "decoy-of-no-hash" in "crudauth/src/password/argon2id.rs":
            "self.spend(password);" => "",
            Unit, "every_way_to_fail_costs_the_same_hashes";
    }
    "Nothing that a client presents as a proof is stored, logged or printed" {
        "debug-of-the-password" in "crudauth/src/password/plain.rs":
            "f.write_str(\"Password(***)\")" => "f.write_str(&self.nfc)",
            File("attack_secrets"), "no_secret_rests_or_is_told_anywhere";
        "debug-of-the-device-token" in "crudauth/src/login/device.rs":
            "f.write_str(\"DeviceToken(..)\")" => "write!(f, \"{:?}\", self.nonce)",
            File("attack_secrets"), "no_secret_rests_or_is_told_anywhere";
        "family-at-rest" in "crudauth/src/transport/bearer/family.rs":
            "format!(\"refresh:{}\", self.keys.digest(session.as_bytes()).to_hex())" =>
            "format!(\"refresh:{session}\")",
            Unit, "the_record_has_neither_the_token_nor_the_family_id";
    }
    "Answers do not quote what was sent" {
        "quoted-json" in "crudauth/src/http/body.rs":
            "FieldError::json_invalid(characters_before(json, error), reason)" =>
            "FieldError::json_invalid(characters_before(json, error), String::from_utf8_lossy(json).into_owned())",
            File("contract"), "no_answer_shows_what_was_sent";
    }
    "A link works once and a password changes once, also when 16 clients race for it" {
        "change-of-what-was" in "crudauth/src/store/sql/users.rs":
            "when.password.as_ref().and_then(|is| hash::<U, DB>(password?, is.as_stored()))" => "None",
            Unit, "a_change_is_one_statement_with_all_its_conditions";
        "change-in-its-epoch" in "crudauth/src/store/sql/users.rs":
            "when.epoch.and_then(|is| cell::<U, DB>(epoch?, Value::Epoch(is)))" => "None",
            Unit, "a_change_is_one_statement_with_all_its_conditions";
        "first-password-once" in "crudauth/src/store/sql/users.rs":
            "password.filter(|_| when.no_password)" => "None::<usize>",
            File("races"), "of_parallel_first_passwords_one_works";
        "verified-once" in "crudauth/src/store/sql/users.rs":
            "when.recovery_unverified
            .then_some(false)
            .and_then(|is| flag::<U, DB>(factor_verified?, is))" => "None",
            File("recovery"), "of_parallel_verifications_one_works";
    }
    "A link serves one purpose, one account and one state of it, and ends with its time" {
        "link-seal" in "crudauth/src/onetime/token.rs":
            "self.digester(purpose).digest(sealed).bytes().ct_eq(seal)" => "seal.ct_eq(seal)",
            Unit, "no_character_of_it_can_be_changed";
        "link-purpose" in "crudauth/src/onetime/token.rs":
            "key.digester(&format!(\"one-time token: {purpose}\"))" =>
            "key.digester(&format!(\"one-time token{}\", purpose.get(..0).unwrap_or_default()))",
            Unit, "a_token_serves_its_purpose_and_no_other";
        "link-time" in "crudauth/src/onetime/token.rs":
            "(self.clock.now_ms() < claims.expires_at).then_some(Ticket { purpose, claims })" =>
            "Some(Ticket { purpose, claims })",
            Unit, "it_ends_with_its_time";
        "link-state" in "crudauth/src/onetime/token.rs":
            "state.matches_hex(ticket.claims.state.as_bytes())" => "true",
            Unit, "it_fits_the_state_it_was_made_for_only";
        "link-hash" in "crudauth/src/onetime/token.rs":
            "[logical.recovery, hash, Some(&*epoch)]" => "[logical.recovery, None, Some(&*epoch)]",
            Unit, "it_fits_the_state_it_was_made_for_only";
    }
    "A client is sent after a link to a path of its own or to a listed origin" {
        "redirect-two-slashes" in "crudauth/src/onetime/redirect.rs":
            "!path.contains(\"//\")" => "true",
            Unit, "hostile_targets_do_not";
        "redirect-backslash" in "crudauth/src/onetime/redirect.rs":
            "!path.contains(|c: char| c == '\\\\' || c.is_control())" => "true",
            Unit, "hostile_targets_do_not";
        "redirect-dots" in "crudauth/src/onetime/redirect.rs":
            "!segments.split('/').any(dots)" => "true",
            Unit, "hostile_targets_do_not";
        "redirect-origin" in "crudauth/src/onetime/redirect.rs":
            "origin.parse().is_ok_and(|origin| self.origins.contains(&origin))" =>
            "origin.parse::<TrustedOrigin>().is_ok()",
            Unit, "hostile_targets_do_not";
    }
    "A refresh token that is used again ends its sign-in, and parallel renewals log nobody out" {
        "refresh-reuse" in "crudauth/src/transport/bearer/family.rs":
            "since >= self.life.grace" => "false",
            Unit, "a_use_after_the_grace_ends_the_family";
        "refresh-grace" in "crudauth/src/transport/bearer/family.rs":
            "[Some(current), current.checked_sub(1)]" => "[Some(current), None]",
            Unit, "a_token_has_one_successor_however_often_it_is_shown_within_the_grace";
        "refresh-one-successor" in "crudauth/src/transport/bearer/family.rs":
            "self.state.compare_and_swap(&key, &stored, entry).await?" =>
            "{ self.state.put(&key, entry).await?; true }",
            File("calls"), "a_renewal_does_not_outlive_what_happened_before_it_was_written";
        "refresh-cap" in "crudauth/src/transport/bearer/family.rs":
            "listed.len() <= self.life.per_user" => "true",
            Unit, "beyond_the_cap_the_family_that_rested_longest_ends";
    }
    "No token can be forged, nor used as another, in another realm or after its time" {
        "token-signature" in "crudauth/src/token/jws.rs":
            "!key.verifies(self.message.as_bytes(), &decode(self.signature)?)" =>
            "decode(self.signature)?.is_empty()",
            Unit, "no_bit_of_a_token_can_be_flipped";
        "token-realm" in "crudauth/src/token/codec.rs":
            "realm.admits(&wire)" => "true",
            Unit, "a_token_is_for_its_realm";
        "token-time" in "crudauth/src/token/codec.rs":
            "self.0.exp <= now" => "false",
            Unit, "claims_survive_their_token_until_they_expire";
        "token-scopes" in "crudauth/src/transport/bearer/config.rs":
            "self.grantable_scopes.contains(scope)" => "true",
            Unit, "scopes_are_clamped_to_what_is_grantable";
    }
    "No session can be forged or planted" {
        "session-seal" in "crudauth/src/transport/session/id.rs":
            "bool::from(id.seal().as_bytes().ct_eq(seal))" => "true",
            File("attack_forgery"), "no_bit_of_a_session_cookie_can_be_changed";
    }
    "A CSRF token belongs to one session" {
        "csrf-token-prefix" in "crudauth/src/secret/digest.rs":
            "self.hex().as_str().as_bytes().ct_eq(shown).into()" =>
            "self.hex().as_str().as_bytes().starts_with(shown)",
            File("contract"), "a_token_is_one_header_of_its_whole_length";
    }
    "Guesses are bounded, also in parallel, and the bound grows" {
        "throttle" in "crudauth/src/throttle/mod.rs":
            "times.checked_sub(count)" => "Some(times)",
            File("limits"), "sign_ups_are_limited_by_address";
    }
    "No header changes the address of a client, unless a trusted proxy sends it" {
        "proxy-peer" in "crudauth/src/http/proxies.rs":
            "peer.ip().filter(trusted)?" => "peer.ip()?",
            Unit, "networks_find_the_rightmost_stranger";
        "proxy-of-everybody" in "crudauth/src/http/proxies.rs":
            "network.prefix_len() == 0" => "false",
            Unit, "what_is_no_network_is_named";
    }
    "Hashing holds nobody up and is bounded; when it is full the answer is 503" {
        "hashing-place" in "crudauth/src/password/pool.rs":
            "self.0.lock().unwrap_or_else(PoisonError::into_inner).take();" => "",
            Unit, "a_waiter_that_is_gone_leaves_the_queue";
    }
    "A stored hash that would cost too much is not computed" {
        "cost-of-bcrypt" in "crudauth/src/password/cost.rs":
            "memory_bytes <= MAX_MEMORY_BYTES && memory_bytes.saturating_mul(passes) <= MAX_TRAFFIC_BYTES" =>
            "memory_bytes <= 2 * MAX_MEMORY_BYTES && passes < 64",
            Unit, "a_row_above_the_caps_is_not_computed";
    }
    "A password is at least so long and not one that everybody guesses" {
        "password-length" in "crudauth/src/password/policy.rs":
            "length < self.min_length" => "false",
            Unit, "the_default_counts_code_points";
        "password-common" in "crudauth/src/password/policy.rs":
            "self.refuse_common && is_common(text)" => "false",
            File("contract"), "a_password_that_everybody_guesses_is_refused";
        "password-salt" in "crudauth/src/password/argon2id.rs":
            "getrandom::fill(&mut salt).map_err(HashError::failed)?;" => "",
            Unit, "each_hash_has_its_own_salt";
    }
    "Whatever fails lets nobody through and leaves nothing half done" {
        "limit-fails-open" in "crudauth/src/throttle/mod.rs":
            "self.on_failure == OnFailure::Open" => "true",
            File("limits"), "when_the_store_fails_a_guard_closes_and_a_courtesy_opens";
    }
    "Single use and counts hold between processes, on SQLite, PostgreSQL, MariaDB and Redis" {
        "put-if-absent" in "crudauth/src/store/memory/state.rs":
            "shelves.entries.live(key, now).is_none()" => "true",
            File("state_conformance"), "memory::put_if_absent_has_one_winner";
        "compare-and-swap" in "crudauth/src/store/memory/state.rs":
            "found.is_some_and(|item| *item.value == *expected)" => "found.is_some()",
            File("state_conformance"), "memory::compare_and_swap_loses_no_update";
    }
    "No body, cookie or header makes the server fail, and what cannot be stored is refused" {
        "body-declared-too-long" in "crudauth/src/http/body.rs":
            "declared > limit" => "false",
            Unit, "an_oversized_body_is_refused_declared_or_not";
        "form-of-bytes" in "crudauth/src/http/body.rs":
            "percent_decode(body).decode_utf8().map_err(|_| malformed())?;" => "",
            Unit, "a_form_that_is_broken_is_unprocessable";
        "json-undeclared" in "crudauth/src/http/body.rs":
            "!media_type(&parts.headers).is_some_and(|media_type| is_json(&media_type))" => "false",
            Unit, "a_body_that_is_not_declared_as_json_is_no_object";
    }
    "A weak, short or placeholder secret key is refused at start-up" {
        "key-length" in "crudauth/src/secret/key.rs":
            "bytes.len() < Self::MIN_BYTES" => "false",
            Unit, "a_refusal_says_what_to_do_and_not_what_the_key_was";
        "key-monotony" in "crudauth/src/secret/key.rs":
            "is_monotonous(&bytes)" => "false",
            Unit, "a_refusal_says_what_to_do_and_not_what_the_key_was";
    }
    "The mail server slows no request down, is handed no mail before it has proved who it is, and no mail is lost" {
        "mail-sent-once" in "crudauth/src/outbox/delivery.rs":
            "!self.state.compare_and_swap(key, value, self.entry(&claimed)).await?" =>
            "{ self.state.put(key, self.entry(&claimed)).await?; false }",
            File("outbox"), "processes_that_share_a_store_send_each_message_once";
    }
    "No answer, and no pair of answers, tells whether an address is registered where messages are sent" {
        "decoy-of-a-mail" in "crudauth/src/outbox/delivery.rs":
            "letter.is_decoy" => "false",
            File("outbox"), "a_decoy_is_the_work_of_a_message_and_is_never_delivered";
        "claim-of-a-name" in "crudauth/src/register/discretion.rs":
            "!self.state.put_if_absent(&key, entry(CLAIMED)).await?" => "false",
            File("enumeration"), "two_sign_ups_tell_no_more_than_one";
        "write-in-place-of-a-row" in "crudauth/src/register/admission.rs":
            "discretion.stand_in(recovered_by).await?;" => "",
            File("enumeration"), "a_sign_up_is_the_same_for_a_free_and_a_taken_address";
    }
    "A request without a passing gate reaches no handler" {
        "gate-of-superusers" in "crudauth/src/principal/gate.rs":
            "principal.is_superuser().then_some(())" => "Some(())",
            File("contract"), "a_gate_refuses_in_its_own_words";
        "gate-of-the-verified" in "crudauth/src/principal/gate.rs":
            "verified.then_some(())" => "Some(())",
            File("contract"), "a_gate_refuses_in_its_own_words";
    }
    "A combination of settings that cannot work or is unsafe is refused at start-up" {
        "origin-without-tls" in "crudauth/src/auth/checks.rs":
            "self.cookies.is_secure() && !origin.is_trustworthy()" => "false",
            File("startup_errors"), "every_wrong_combination_is_refused_with_the_way_out";
        "transports-of-one-name" in "crudauth/src/auth/checks.rs":
            "transports.iter().map(|transport| transport.name()).find(|name| !names.insert(*name))" =>
            "transports.iter().map(|transport| transport.name()).find(|name| { names.insert(*name); false })",
            File("startup_errors"), "every_wrong_combination_is_refused_with_the_way_out";
    }
    "A breach check tells the service five digits of a digest, asks nothing about what the policy refuses, and nothing that depends on whether an address is taken" {
        "breach-found" in "crudauth/src/password/breach/check.rs":
            "range.contains(&suffix)" => "range.contains(&suffix) && false",
            File("breach"), "a_leaked_password_is_refused_wherever_one_is_chosen";
        "breach-closed" in "crudauth/src/password/breach/check.rs":
            "if self.fail_closed { Screened::Unknown } else { Screened::Clean }" => "Screened::Clean",
            File("breach"), "a_service_that_is_away_lets_through_or_refuses_as_configured";
    }
    "A Redis that may throw away what it still needs is refused" {
        "redis-eviction" in "crudauth/src/store/redis/handle.rs":
            "is_limited && *policy != \"noeviction\"" => "false",
            Unit, "a_limit_with_another_policy_than_noeviction_evicts";
    }
}
