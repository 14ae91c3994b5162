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
            "self.report(&source.key, messages::client_sets_logical(&name, role));" => "",
            Derive, "no_privileged_field_is_filled_from_outside_under_any_spelling";
        "derive-privileged-column" in "crudauth-derive/src/check/signup.rs":
            "role.is_privileged() && first.value != Source::Default" => "false",
            Derive, "no_privileged_field_is_filled_from_outside_under_any_spelling";
        "derive-provisioned-privilege" in "crudauth-derive/src/check/signup.rs":
            "role.is(Property::Provisioned)" => "true",
            Derive, "no_privileged_field_is_filled_from_outside_under_any_spelling";
    }
    "A user struct that can be serialized together with its stored hash does not compile" {
        "derive-shown-secret" in "crudauth-derive/src/emit/asserts.rs":
            "!field.is(Property::Secret) || field.written.serde_decides" => "true",
            Derive, "every_secret_is_asked_about_that_serde_does_not_leave_out";
    }
    "A gate on proofs passes what the sign-in has proved, within the time that it asks; a mailbox is no second kind beside a password, and a renewal of tokens proves nothing" {
        "gate-on-two-kinds" in "crudauth/src/principal/proof.rs":
            "principal.proofs.has_two_kinds()" => "true",
            File("mfa"), "a_gate_passes_what_two_kinds_have_proved";
        "age-of-a-proof" in "crudauth/src/principal/proof.rs":
            "age(at) <= Duration::from_secs(minutes.saturating_mul(60))" => "age(at) < Duration::MAX",
            File("proofs"), "a_gate_says_which_proof_it_asks";
        "mailbox-as-a-second-kind" in "crudauth/src/proofs/mod.rs":
            "(has(Kind::Has) && one)" => "(has(Kind::Has) && one) || (has(Kind::Mailbox) && has(Kind::Knows))",
            Unit, "two_kinds_are_what_one_theft_does_not_give";
        "renewal-as-a-proof" in "crudauth/src/transport/bearer/family.rs":
            "record.proved_anew.or_else(|| proofs.first())" => "Some(record.turned / 1000)",
            File("proofs"), "tokens_say_what_was_proved_and_a_renewal_proves_nothing";
        "proofs-dated-by-the-token" in "crudauth/src/transport/bearer/service.rs":
            "proofs.within(&said_by(claims))" => "{ let _ = proofs; said_by(claims) }",
            File("mfa"), "a_step_up_by_the_password_makes_no_code_recent";
        "step-up-by-a-foreign-page" in "crudauth/src/tokens/step_up.rs":
            "self.core.csrf.is_cross_site(head)" => "false",
            File("proofs"), "a_refresh_cookie_steps_up_from_the_own_page_alone";
    }
    "A client sets at sign-up what the struct allows, and nothing else" {
        "sign-up-privileges" in "crudauth/src/store/sql/users.rs":
            "Value::Flag(index, false, created_at)" => "Value::Flag(index, true, created_at)",
            File("contract"), "a_new_user_is_ordinary_whatever_the_body_claims";
    }
    "Unknown user, wrong password and disabled account have one answer, and cost the same hashes" {
        "decoy-of-nobody" in "crudauth/src/password/pool.rs":
            "hasher.verify(&password, stored.as_ref().unwrap_or(hasher.decoy()))" =>
            "match &stored { Some(stored) => hasher.verify(&password, stored), None => Verdict::Mismatch }",
            File("contract"), "every_refusal_is_one_answer_after_one_hash";
        "decoy-of-no-hash" in "crudauth/src/password/argon2id.rs":
            "self.burn_time(password);" => "",
            Unit, "every_way_to_fail_costs_the_same_hashes";
    }
    "Nothing that a client presents as a proof is stored, logged or printed" {
        "debug-of-the-password" in "crudauth/src/password/plaintext.rs":
            "f.write_str(\"Password(***)\")" => "f.write_str(&self.nfc)",
            File("attack_secrets"), "no_secret_rests_or_is_told_anywhere";
        "debug-of-the-device-token" in "crudauth/src/login/device.rs":
            "f.write_str(\"DeviceToken(..)\")" => "write!(f, \"{:?}\", self.nonce)",
            File("attack_secrets"), "no_secret_rests_or_is_told_anywhere";
        "debug-of-a-cookie" in "crudauth/src/http/cookies.rs":
            "f.debug_struct(\"SetCookie\").field(\"name\", &self.name).finish_non_exhaustive()" => "f.debug_struct(\"SetCookie\").field(\"value\", &self.value).finish_non_exhaustive()",
            File("attack_secrets"), "no_secret_rests_or_is_told_anywhere";
        "cookie-in-the-logs" in "crudauth/src/http/cookies.rs":
            "header.set_sensitive(true);" => "",
            Unit, "a_value_stays_out_of_the_logs";
        "flow-debug-of-the-browser" in "crudauth/src/oauth/browser.rs":
            "f.write_str(\"Browser(..)\")" => "f.write_str(&self.0)",
            File("oauth_flows"), "no_secret_of_a_flow_rests_or_is_told_anywhere";
        "flow-debug-of-the-client-secret" in "crudauth/src/providers/client.rs":
            "f.write_str(\"ClientSecret(..)\")" => "f.write_str(&self.0)",
            File("oauth_flows"), "no_secret_of_a_flow_rests_or_is_told_anywhere";
        "flow-at-rest" in "crudauth/src/oauth/pending.rs":
            "self.sealer.seal_json(record, digest.bytes())?" => "{ let _ = &self.sealer; serde_json::to_vec(record).unwrap_or_default() }",
            File("oauth_flows"), "no_secret_of_a_flow_rests_or_is_told_anywhere";
        "family-at-rest" in "crudauth/src/transport/bearer/family.rs":
            "key(&self.keys.digest(session.as_bytes()))" => "format!(\"refresh:{session}\")",
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
            "when.password
            .as_ref()
            .and_then(|is| hash::<U, DB>(password?, is.as_stored()))" => "None",
            Unit, "a_change_is_one_statement_with_all_its_conditions";
        "change-in-its-epoch" in "crudauth/src/store/sql/users.rs":
            "when.epoch.and_then(|is| cell::<U, DB>(epoch?, Value::Epoch(is)))" => "None",
            Unit, "a_change_is_one_statement_with_all_its_conditions";
        "first-password-once" in "crudauth/src/store/sql/users.rs":
            "password.filter(|_| when.no_password)" => "None::<usize>",
            File("races"), "of_parallel_first_passwords_one_works";
        "verified-once" in "crudauth/src/store/sql/users.rs":
            "factor_verified.filter(|_| when.recovery_unverified)" => "None::<Flag<U>>",
            File("recovery"), "of_parallel_verifications_one_works";
    }
    "An account is active where none of the columns that make `is_active` says otherwise, and a value that says the same as what is to be written stays" {
        "ban" in "crudauth/src/user/mod.rs":
            "self.barred_until.is_none_or(|until| until <= now())" => "true",
            File("flag_shapes"), "a_ban_ends_when_its_moment_comes";
        "value-of-a-proof" in "crudauth/src/user/change.rs":
            "self.set.recovery_verified &= !verified;" => "",
            File("flag_shapes"), "a_status_is_written_only_where_it_says_the_opposite";
    }
    "What the application inserts together with a new user is written with it, or neither is" {
        "insert-hook" in "crudauth/src/store/sql/user_store.rs":
            "return Ok(Ending::RollBack(Err(Refused::As(InsertError::Hook(failure)))));" =>
            "return Ok(Ending::Commit(Err(Refused::As(InsertError::Hook(failure)))));",
            File("insert_hook"), "sqlite_writes_a_user_and_what_belongs_to_it_or_neither";
    }
    "What is kept beside the users table changes with the row or not at all, says nothing of another user who gets the id, and is asked at each sign-in, also of a row that the application has read" {
        "beside-without-its-row" in "crudauth/src/store/sql/user_store.rs":
            "return Ok(Ending::RollBack(Changed::Stale));" => "return Ok(Ending::Commit(Changed::Stale));",
            File("kept_beside"), "a_change_is_of_both_tables_or_of_none";
        "beside-without-its-condition" in "crudauth/src/store/sql/beside.rs":
            "epoch(when.epoch)" => "None::<i64>",
            File("kept_beside"), "a_change_is_of_both_tables_or_of_none";
        "beside-of-the-user-before" in "crudauth/src/store/sql/user_store.rs":
            "beside::begin::<D>(connection, &whose, &beside).await?;" => "",
            File("kept_beside"), "an_id_that_comes_back_begins_anew";
        "beside-of-another-table" in "crudauth/src/store/sql/beside.rs":
            "plain_name(users)" => "String::new()",
            File("kept_beside"), "two_tables_in_one_database_keep_theirs_apart";
        "beside-of-another-address" in "crudauth/src/user/beside.rs":
            "proved == is || lookup_email(proved) == lookup_email(is)" => "!proved.is_empty() && !is.is_empty()",
            File("kept_beside"), "a_proof_is_of_one_address";
        "deleted-row-of-the-application" in "crudauth/src/store/database.rs":
            "row.is_deleted()" => "false",
            File("kept_beside"), "what_is_kept_stays_with_a_row_that_may_come_back";
        "beside-of-a-row-of-the-application" in "crudauth/src/user/stored.rs":
            "self.beside.as_ref().unwrap_or(&Beside::UNKNOWN)" => "&self.beside.clone().unwrap_or_default()",
            File("kept_beside"), "a_row_of_the_application_signs_in_only_where_it_may";
    }
    "An ID token says who somebody is only where a published key of the provider signs it, by an algorithm for public keys, for this client, this flow and this moment" {
        "id-token-signature" in "crudauth/src/providers/oidc/id_token.rs":
            "!key.verifies(algorithm, signed.as_bytes(), &decode(signature)?)" => "false",
            File("oauth_providers"), "a_foreign_key_under_the_same_name_is_a_wrong_signature";
        "id-token-of-another-issuer" in "crudauth/src/providers/oidc/id_token.rs":
            "!expected.issuers.contains(&claims.iss.as_str())" => "false",
            File("oauth_providers"), "each_fault_of_a_claim_is_a_refusal";
        "id-token-for-another-client" in "crudauth/src/providers/oidc/id_token.rs":
            "!names_us || !is_party || !others.iter().all(may_stand)" => "false",
            File("oauth_providers"), "each_fault_of_a_claim_is_a_refusal";
        "id-token-of-another-time" in "crudauth/src/providers/oidc/id_token.rs":
            "!is_valid" => "false",
            File("oauth_providers"), "each_fault_of_a_claim_is_a_refusal";
        "id-token-of-another-flow" in "crudauth/src/providers/oidc/id_token.rs":
            "!bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes()))" => "false",
            File("oauth_providers"), "each_fault_of_a_claim_is_a_refusal";
        "id-token-of-another-access-token" in "crudauth/src/providers/oidc/id_token.rs":
            "!claims.at_hash.as_ref().is_none_or(of_token)" => "false",
            File("oauth_providers"), "each_fault_of_a_claim_is_a_refusal";
    }
    "A code goes once, to the token endpoint of the provider that it came from, and to no address that a redirect or the metadata of somebody else names" {
        "code-of-another-issuer" in "crudauth/src/providers/oidc/mod.rs":
            "!is_of_issuer" => "false",
            File("oauth_providers"), "a_response_of_another_issuer_is_refused_before_its_code_is_sent";
        "metadata-of-another-issuer" in "crudauth/src/providers/oidc/metadata.rs":
            "!same(&document.issuer, &issuer.to_string())" => "false",
            File("oauth_providers"), "metadata_of_another_issuer_or_with_addresses_that_must_not_be_called_is_refused";
        "endpoint-in-plain-text" in "crudauth/src/providers/endpoint.rs":
            "has_extras || endpoint.host.is_empty() || !is_encrypted" => "false",
            File("oauth_providers"), "only_addresses_that_are_safe_to_call_are_endpoints";
        "answer-without-bound" in "crudauth/src/providers/http.rs":
            "Limited::new(response.into_body(), most)" => "Limited::new(response.into_body(), usize::MAX)",
            File("oauth_providers"), "an_answer_that_is_none_is_refused_and_nothing_is_tried_again";
    }
    "An address at a provider counts as verified where the provider says so by the value `true`, about the same user" {
        "address-verified-by-any-value" in "crudauth/src/providers/oidc/id_token.rs":
            "self.email_verified == Some(Value::Bool(true))" => "self.email_verified.is_some()",
            File("oauth_providers"), "an_address_is_verified_by_the_value_true_alone";
        "userinfo-of-somebody-else" in "crudauth/src/providers/oidc/mod.rs":
            "info.sub == subject" => "true",
            File("oauth_providers"), "userinfo_is_asked_for_an_address_and_is_about_the_same_user";
    }
    "Google vouches for addresses of `gmail.com`, and for those of the one organisation whose accounts are let in" {
        "google-of-any-address" in "crudauth/src/providers/google.rs":
            "domain.eq_ignore_ascii_case(\"gmail.com\")" => "{ let _ = domain; true }",
            Unit, "google_vouches_for_its_addresses_and_for_those_of_the_organisation";
        "google-of-another-domain" in "crudauth/src/providers/oidc/mod.rs":
            "self.hosted_domain.is_some() && self.hosted_domain != claims.hd" => "false",
            Unit, "an_account_of_another_organisation_is_refused";
    }
    "Tokens of a provider rest only where the configuration says so, encrypted for their identity; they are shown to the server that gave them alone, refreshed by one call at a time, and go with the link" {
        "tokens-of-any-provider" in "crudauth/src/oauth/kept_tokens.rs":
            "tokens.filter(|_| self.kept.are_of(name))" => "tokens",
            File("oauth_flows"), "nothing_is_kept_unless_the_configuration_says_so";
        "tokens-of-any-identity" in "crudauth/src/oauth/kept_tokens.rs":
            "[link.issuer.as_bytes(), b\"\\0\", link.subject.as_bytes()].concat()" => "{ let _ = link; Vec::new() }",
            File("oauth_flows"), "sealed_tokens_open_for_their_identity_alone";
        "tokens-of-any-issuer" in "crudauth/src/oauth/kept_tokens.rs":
            "link.issuer != plain_issuer(provider.issuer())" => "{ let _ = provider; false }",
            File("oauth_flows"), "kept_tokens_go_to_no_other_issuer";
        "tokens-refreshed-at-once" in "crudauth/src/oauth/kept_tokens.rs":
            "Target::of(link)\n            .only_if(Identity::removed_at(), None)\n            .only_if(Identity::tokens(), link.tokens.clone())" => "Target::of(link)",
            File("oauth_flows"), "of_parallel_calls_one_refreshes";
        "tokens-outlive-the-link" in "crudauth/src/oauth/linked.rs":
            "self.revoke_tokens(&link);" => "",
            File("oauth_flows"), "a_link_takes_its_tokens_with_it";
    }
    "A state of a flow serves once, in time, for the provider and the browser that it was made for, and by nothing else is it used up" {
        "state-of-another-browser" in "crudauth/src/oauth/pending.rs":
            "[state.as_bytes(), b\"\\0\", browser.as_str().as_bytes()].concat()" => "{ let _ = browser; state.as_bytes().to_vec() }",
            File("oauth_providers"), "a_state_serves_its_browser_once_and_in_time";
        "state-of-another-provider" in "crudauth/src/oauth/service.rs":
            "record.provider != name || record.issuer != entry.provider.issuer()" => "false",
            File("oauth_providers"), "a_state_serves_its_browser_once_and_in_time";
        "state-that-serves-twice" in "crudauth/src/oauth/pending.rs":
            "self.state.take(&flow_key(&digest)).await?" => "self.state.get(&flow_key(&digest)).await?",
            File("oauth_providers"), "a_state_serves_its_browser_once_and_in_time";
        "flow-without-end" in "crudauth/src/oauth/pending.rs":
            "Entry { value, ttl: self.life, owner: None }" => "Entry { value, ttl: self.life * 9, owner: None }",
            File("oauth_flows"), "the_life_of_a_flow_is_a_setting";
        "flow-in-the-referrer" in "crudauth/src/auth/layers.rs":
            "headers.insert(REFERRER_POLICY, HeaderValue::from_static(\"no-referrer\"));" => "",
            File("oauth_flows"), "the_browser_is_known_by_a_cookie_of_the_host_alone";
        "flow-for-a-full-provider" in "crudauth/src/oauth/service.rs":
            "Arc::clone(&entry.places).try_acquire_owned()" => "Arc::new(Semaphore::new(1)).try_acquire_owned()",
            File("oauth_flows"), "a_full_provider_uses_no_flow_up";
        "flow-that-keeps-the-session-before" in "crudauth/src/oauth/answers.rs":
            "self.login.begin_session(admitted, false, &replaced, context).await?" => "self.login.begin_session(admitted, false, &[], context).await?",
            File("oauth_flows"), "a_session_that_was_planted_is_replaced";
    }
    "A fault of a provider, whichever it is and however often, is a refusal with its code: it signs nobody in, writes nothing, uses the flow up and is told as one event" {
        "flow-begun-after-its-proof" in "crudauth/src/providers/oidc/id_token.rs":
            "begun_at.unwrap_or(now - OLDEST)" => "now - OLDEST",
            File("oauth_flows"), "each_fault_of_a_provider_is_a_refusal_by_json";
        "flow-after-an-error-of-the-provider" in "crudauth/src/providers/client.rs":
            "self.error.as_ref()" => "None::<&Value>",
            File("oauth_flows"), "each_fault_of_a_provider_is_a_refusal_by_redirect";
        "call-without-a-limit" in "crudauth/src/providers/http.rs":
            "timeout(most, call)" => "timeout(most * 99, call)",
            File("oauth_flows"), "nobody_waits_for_a_slow_provider_longer_than_the_limit";
        "calls-without-a-limit" in "crudauth/src/oauth/service.rs":
            "timeout(CALLS, provider.profile(&self.http, grant, flow))" => "timeout(CALLS * 99, provider.profile(&self.http, grant, flow))",
            File("oauth_flows"), "all_calls_of_a_callback_have_one_limit";
    }
    "A signed-in user begins a flow with a session, and a link with elevated rights, and it ends in that session alone" {
        "flow-of-a-link-without-elevated-rights" in "crudauth/src/oauth/service.rs":
            "!who.is_elevated" => "false",
            File("oauth_flows"), "only_a_proved_user_with_elevated_rights_begins_a_link";
        "flow-in-another-session" in "crudauth/src/oauth/service.rs":
            "session != Some(&*holder.session)" => "false",
            File("oauth_flows"), "a_link_ends_in_the_session_that_has_begun_it_and_nowhere_else";
        "flow-unlinked-without-elevated-rights" in "crudauth/src/oauth/accounts.rs":
            "me.session().is_none() || !me.is_elevated()" => "false",
            File("oauth_flows"), "a_link_is_listed_signs_in_and_is_taken_off";
        "flow-proved-by-somebody-else" in "crudauth/src/oauth/linked.rs":
            "links.iter().any(is_theirs)" => "{ let _ = is_theirs; true }",
            File("oauth_flows"), "a_renewed_proof_by_a_provider_gives_elevated_rights";
        "flow-proved-by-an-old-sign-in" in "crudauth/src/providers/oidc/id_token.rs":
            "!claims.auth_time.is_some_and(is_fresh)" => "false",
            File("oauth_flows"), "a_renewed_proof_by_a_provider_gives_elevated_rights";
    }
    "A code of an app serves once, within a minute, for the app that has its verifier, and goes to a link that is listed" {
        "app-code-that-serves-twice" in "crudauth/src/oauth/codes.rs":
            "self.state.take(&key(&digest)).await?" => "self.state.get(&key(&digest)).await?",
            File("oauth_flows"), "an_app_exchanges_its_code_once_within_a_minute_and_with_its_verifier";
        "app-code-without-end" in "crudauth/src/oauth/codes.rs":
            "Entry { value: &sealed, ttl: LIFE, owner: None }" => "Entry { value: &sealed, ttl: LIFE * 9, owner: None }",
            File("oauth_flows"), "an_app_exchanges_its_code_once_within_a_minute_and_with_its_verifier";
        "app-code-for-any-verifier" in "crudauth/src/oauth/codes.rs":
            "bool::from(challenge.as_bytes().ct_eq(self.challenge.as_bytes()))" => "{ let _ = challenge; true }",
            File("oauth_flows"), "an_app_exchanges_its_code_once_within_a_minute_and_with_its_verifier";
        "app-code-of-other-credentials" in "crudauth/src/oauth/linked.rs":
            "self.core.stamps.count(&user, &stamp).await?" => "true",
            File("oauth_flows"), "an_app_exchanges_its_code_once_within_a_minute_and_with_its_verifier";
        "app-code-for-any-link" in "crudauth/src/oauth/service.rs":
            "self.app_links.iter().any(|link| link == target)" => "true",
            File("oauth_flows"), "a_code_goes_to_a_listed_link_of_an_app_that_has_a_verifier";
        "app-code-by-a-foreign-page" in "crudauth/src/oauth/app_tokens.rs":
            "tokens.by_cookie()" => "false",
            File("oauth_flows"), "a_page_of_another_site_plants_no_refresh_cookie_by_a_code";
        "app-code-for-a-plain-challenge" in "crudauth/src/oauth/routes.rs":
            "method == Some(\"S256\")" => "true",
            File("oauth_flows"), "a_code_goes_to_a_listed_link_of_an_app_that_has_a_verifier";
    }
    "An account is linked to an identity by its address where both the provider and the account have proved it; where the account has not, the person who made it loses it with all that was issued" {
        "link-to-an-unproved-address" in "crudauth/src/oauth/account.rs":
            "user.logical().email_verified == Some(true)" => "true",
            File("oauth_providers"), "an_account_whose_address_nobody_has_proved_is_taken_from_whoever_made_it";
        "address-that-is-not-verified" in "crudauth/src/oauth/account.rs":
            "Err(Refusal::EmailUnverified)" =>
            "{ let EmailClaim::Unverified(address) = email else { return Err(Refusal::EmailMissing) }; canonical_email(address).map_err(|_| Refusal::EmailMissing) }",
            File("oauth_providers"), "each_refusal_has_its_code_and_writes_nothing";
        "link-of-an-inactive-account" in "crudauth/src/oauth/account.rs":
            "user.logical().may_sign_in(|| self.core.clock.now())" => "true",
            File("oauth_providers"), "each_refusal_has_its_code_and_writes_nothing";
        "claim-of-a-proved-account" in "crudauth/src/user/change.rs":
            "change.when.recovery_unverified = true;" => "",
            File("user_conformance"), "an_account_is_claimed_while_nobody_has_proved_it";
        "claim-that-leaves-sessions" in "crudauth/src/user/change.rs":
            "Self::reset(from, to, epoch, value, at)" => "{ let _ = epoch; Self { set: Assignments { password: Some(to), recovery_verified: true, ..Assignments::default() }, when: Conditions { password: from, recovery: Some(value), ..Conditions::default() }, at } }",
            File("user_conformance"), "an_account_is_claimed_while_nobody_has_proved_it";
        "claim-that-ends-later-sign-ins" in "crudauth/src/core/claim.rs":
            "self.sessions.succeed(&id, now, None).await?;" => "self.ending.all_of(user.id()).await?;",
            File("oauth_accounts"), "a_claim_leaves_the_sign_ins_that_began_after_it";
        "link-of-the-same-moment" in "crudauth/src/oauth/known.rs":
            "is_stale(link, &now)" => "{ let _ = &now; is_stale(link, user) }",
            File("oauth_accounts"), "a_claim_undoes_no_other_that_was_made_just_before";
        "link-of-an-account-that-has-changed" in "crudauth/src/oauth/account.rs":
            "change.while_credentials_are(&user.logical())" => "change",
            File("oauth_accounts"), "an_address_that_has_moved_just_before_links_nothing";
    }
    "Nobody has an identity of theirs linked to an account whose address they have not proved: none is linked to it, and what was linked before ends with the first proof of the mailbox and with a claim" {
        "link-begun-without-a-proof" in "crudauth/src/oauth/service.rs":
            "who.user.logical().email_verified != Some(true)" => "false",
            File("oauth_accounts"), "trojan_identifier";
        "link-ended-without-a-proof" in "crudauth/src/oauth/links.rs":
            "user.logical().email_verified != Some(true)" => "false",
            File("oauth_accounts"), "trojan_identifier";
        "claim-that-leaves-rows" in "crudauth/src/oauth/account.rs":
            "steps.remove_all_of(&user.id().to_string(), WAYS_IN)" => "steps",
            File("oauth_accounts"), "trojan_identifier";
        "claim-that-leaves-columns" in "crudauth/src/user/change.rs":
            "change.set.others_out = true;" => "",
            File("oauth_accounts"), "trojan_identifier";
        "first-proof-that-leaves-rows" in "crudauth/src/recovery/service.rs":
            "self.core.removal_of(user, tables)" => "{ let _ = tables; RecordSteps::none() }",
            File("oauth_accounts"), "trojan_identifier";
        "first-proof-that-leaves-columns" in "crudauth/src/recovery/service.rs":
            "change.without_links()" => "change",
            File("oauth_accounts"), "trojan_identifier";
    }
    "An identity that the application does not admit neither signs in nor makes an account, is linked by nobody, and proves nothing" {
        "sign-in-without-admission" in "crudauth/src/oauth/account.rs":
            "self.rules.admit(provider, profile).await?;" => "",
            File("oauth_accounts"), "who_is_not_admitted_leaves_nothing";
        "link-without-admission" in "crudauth/src/oauth/service.rs":
            "self.accounts.rules.admit(name, &profile).await?;" => "",
            File("oauth_accounts"), "who_is_not_admitted_is_neither_linked_by_hand_nor_a_proof";
    }
    "An id in a column `google_id` or `github_id` is one of a single server: a provider of another issuer is not mounted over it unless the application says that the ids are its own" {
        "column-of-another-server" in "crudauth/src/oauth/column_issuers.rs":
            "self.of(name) == mounted" => "true",
            File("oauth_columns"), "the_start_refuses_a_provider_whose_ids_are_not_those_in_the_column";
    }
    "An identity is that of one account and is never moved, what its user has unlinked is linked by hand alone, and of the ways to sign in to an account one stays, also where all are unlinked at once" {
        "link-of-somebody-else" in "crudauth/src/oauth/links.rs":
            "Err(Refusal::IdentityTaken.into())" => "Ok((user, false))",
            File("oauth_accounts"), "a_user_links_an_identity_whatever_its_address";
        "link-that-was-removed" in "crudauth/src/oauth/account.rs":
            "new.removed.is_none()" => "true",
            File("oauth_accounts"), "what_a_user_has_unlinked_is_linked_by_hand_alone";
        "link-that-was-handed-over" in "crudauth/src/oauth/account.rs":
            "self.has_handed_over(&user, new.profile).await?" => "false",
            File("oauth_accounts"), "what_a_user_has_unlinked_is_remembered_whoever_links_it_since";
        "way-in-by-an-issuer-before" in "crudauth/src/oauth/links.rs":
            "vec![provider, Condition::Is(\"issuer\", issuer.as_str().into())]" => "{ let _ = issuer; vec![provider] }",
            File("oauth_accounts"), "a_link_to_an_issuer_before_is_no_way_in";
        "last-link" in "crudauth/src/oauth/links.rs":
            "!has_password && column.is_none()" => "false",
            File("oauth_accounts"), "the_last_way_in_is_not_unlinked";
        "link-behind-removed-ones" in "crudauth/src/store/records/mod.rs":
            "page.len() < MAX_PAGE as usize" => "true",
            File("oauth_accounts"), "a_link_is_found_behind_any_number_of_removed_ones";
        "link-of-an-earlier-user" in "crudauth/src/store/records/earlier.rs":
            "epochs.is_some_and(|(then, now)| !(0..=LASTS).contains(&changes(then, now)))" => "false",
            File("oauth_accounts"), "a_link_serves_no_other_user_who_gets_the_id";
        "first-epoch-of-everybody" in "crudauth/src/register/service.rs":
            "i64::from(u32::from_le_bytes(random()?) >> 2)" => "{ let _: [u8; 4] = random()?; 0 }",
            File("epochs"), "a_new_user_has_an_epoch_of_its_own";
        "link-older-than-its-user" in "crudauth/src/store/records/earlier.rs":
            "made < inserted" => "false",
            File("oauth_accounts"), "a_link_that_is_older_than_its_user_is_that_of_somebody_else";
        "removed-link-of-an-earlier-user" in "crudauth/src/oauth/known.rs":
            "memory.is_some_and(|memory| !is_stale(&memory, user))" => "memory.is_some()",
            File("oauth_accounts"), "what_an_earlier_user_has_removed_refuses_nobody_who_gets_the_id";
        "memory-of-an-earlier-user" in "crudauth/src/oauth/known.rs":
            "steps.change(as_removed(removed), set)" =>
            "match &self.before { Some(_) => steps.remove(as_removed(removed)), None => steps.change(as_removed(removed), set) }",
            File("oauth_accounts"), "what_an_earlier_user_has_removed_refuses_nobody_who_gets_the_id";
        "way-in-of-an-earlier-user" in "crudauth/src/oauth/known.rs":
            "links.iter().all(|link| !is_stale(link, user))" => "true",
            File("oauth_accounts"), "a_link_of_an_earlier_user_is_no_way_in";
        "link-to-the-millisecond" in "crudauth/src/store/records/earlier.rs":
            "made_at.and_then(|made| made.checked_add(ROUNDED))" => "made_at",
            File("oauth_accounts"), "a_link_of_the_same_millisecond_lasts";
        "link-by-the-clock-alone" in "crudauth/src/store/records/earlier.rs":
            "at.max(now)" => "at.min(now)",
            File("oauth_accounts"), "a_database_whose_clock_is_ahead_loses_no_link";
        "records-of-an-earlier-user" in "crudauth/src/store/one_transaction.rs":
            "records.steps().remove_all_of(&user.id().to_string(), TABLES)" => "records.steps()",
            File("oauth_accounts"), "a_link_serves_no_other_user_who_gets_the_id";
    }
    "A link or a code that signs in works once, for ten minutes, while the account has the address and the credentials that it had; a new link ends the older one, three codes are compared in a flow, also of many at once, and wrong ones count with wrong passwords" {
        "magic-link-once" in "crudauth/src/mail_sign_in/links.rs":
            "self.state.compare_and_swap(&live.key, &live.sealed, entry).await" => "{ let _ = entry; Ok(true) }",
            File("mail_sign_in"), "of_parallel_confirmations_one_works";
        "magic-link-replaced" in "crudauth/src/mail_sign_in/service.rs":
            "!links.is_newest(&live, &context.counted(&live.link.address)).await?" => "false",
            File("mail_sign_in"), "a_new_link_ends_the_older_one_and_no_other_addresses";
        "magic-link-of-its-browser" in "crudauth/src/mail_sign_in/service.rs":
            "*same_browser && !links.is_for(&live, browser)" => "{ let _ = (same_browser, browser); false }",
            File("mail_sign_in"), "a_link_can_be_kept_to_the_browser_that_asked_for_it";
        "sign-in-by-mail-after-a-change" in "crudauth/src/mail_sign_in/service.rs":
            "has_it && self.core.owners.admit(&user, stamp).await?" => "{ let _ = stamp; has_it }",
            File("mail_sign_in"), "links_and_codes_end_with_the_credentials_they_were_made_for";
        "sign-in-by-mail-to-another-address" in "crudauth/src/mail_sign_in/service.rs":
            "has_address(&user, address) && context.is_for(&*user)" => "{ let _ = address; context.is_for(&*user) }",
            File("mail_sign_in"), "links_and_codes_end_with_the_credentials_they_were_made_for";
        "code-once" in "crudauth/src/mail_sign_in/codes.rs":
            "self.state.take(&flow_key(&live.digest)).await?.is_some()" => "{ let _ = live; true }",
            File("mail_sign_in"), "a_code_signs_in_once_and_in_its_own_flow_alone";
        "code-tries" in "crudauth/src/mail_sign_in/codes.rs":
            "flow.tries < TRIES" => "flow.tries < TRIES + 100",
            File("mail_sign_in"), "three_codes_are_compared_also_of_twelve_at_once";
        "code-tries-at-once" in "crudauth/src/mail_sign_in/codes.rs":
            "self.state.compare_and_swap(&key, &live.sealed, entry).await?" => "{ self.state.put(&key, entry).await?; true }",
            File("mail_sign_in"), "three_codes_are_compared_also_of_twelve_at_once";
        "code-guesses-uncounted" in "crudauth/src/mail_sign_in/service.rs":
            "self.login.fail_guess(guess).await?;" => "self.core.lockout.forgive(guess.pending()).await?;",
            File("mail_sign_in"), "wrong_codes_count_with_wrong_passwords_and_a_new_flow_gives_none_back";
    }
    "Nothing but a `POST` of the application's own page uses a link to sign in up, and no server sees its token before" {
        "token-in-the-query" in "crudauth/src/delivery/links.rs":
            "page(&paths.sign_in, true)?" => "page(&paths.sign_in, false)?",
            File("mail_sign_in"), "one_setting_puts_the_token_of_every_link_into_the_fragment";
    }
    "A request for a link or a code that signs in tells nothing about the address, and neither do the guesses that follow" {
        "no-mail-for-nobody" in "crudauth/src/delivery/mailer.rs":
            "self.enqueue(message.with_claim(claims), to.withheld().is_some()).await?;" => "if to.withheld().is_none() { self.enqueue(message.with_claim(claims), false).await?; }",
            File("enumeration"), "requests_to_sign_in_by_mail_are_the_same_for_everybody";
        "guesses-of-nobody-uncounted" in "crudauth/src/mail_sign_in/service.rs":
            "self.login.begin_guess(owner.as_ref(), &address, devices, context).await?" => "{ let user = self.user_of(&live.flow.whose, &address, context).await?; self.login.begin_guess(user.as_ref(), &address, devices, context).await? }",
            File("enumeration"), "guesses_at_a_code_are_the_same_for_everybody";
    }
    "The first proof of a mailbox takes the account from the person who made it, with all that was set up and issued, but for the link of the sign-up itself" {
        "first-proof-that-takes-nothing" in "crudauth/src/core/claim.rs":
            "U::SCHEMA.recovers_by_email() && user.logical().recovery_verified == Some(false)" => "{ let _ = user; false }",
            File("mail_sign_in"), "the_first_proof_of_a_mailbox_throws_out_who_was_there_before";
        "first-proof-that-leaves-keys" in "crudauth/src/core/claim.rs":
            "self.removal_of(user, WAYS_IN)" => "RecordSteps::none()",
            File("mail_sign_in"), "what_a_first_proof_removes";
    }
    "A link serves one purpose, one account and one state of it, and ends with its time" {
        "link-seal" in "crudauth/src/onetime/token.rs":
            "!seals.any(|genuine| genuine.bytes().ct_eq(seal).into())" => "!seals.any(|_| true)",
            Unit, "no_character_of_a_token_can_be_changed";
        "link-purpose" in "crudauth/src/onetime/token.rs":
            "key.own_digester(&format!(\"one-time token: {purpose}\"))" =>
            "key.own_digester(\"one-time token\")",
            Unit, "a_token_serves_its_purpose_and_no_other";
        "link-time" in "crudauth/src/onetime/token.rs":
            "(self.clock.now_ms() < claims.expires_at).then_some(VerifiedToken { purpose, claims })" =>
            "Some(VerifiedToken { purpose, claims })",
            Unit, "a_token_expires";
        "link-state" in "crudauth/src/onetime/token.rs":
            "state.matches_hex(token.claims.state.as_bytes())" => "true",
            Unit, "a_token_is_current_only_for_the_state_it_was_made_for";
        "link-renewal" in "crudauth/src/onetime/token.rs":
            "self.stamps.under_each_key(user)" => "self.stamps.earlier(user).await?",
            Unit, "a_renewed_hash_ends_reset_links_and_keeps_verification_links";
    }
    "Nothing that was issued to one row serves another one that gets its id, whatever the key and whoever made the rows" {
        "stamp-of-the-hash" in "crudauth/src/stamp/stamps.rs":
            "write_text(&mut hasher, hash);" => "",
            File("reused_ids"), "an_id_of_a_row_without_an_epoch_brings_nothing_back";
        "stamp-of-the-names" in "crudauth/src/stamp/stamps.rs":
            "hash.is_none_or(|hash| !has_salt(hash))" => "false",
            File("reused_ids"), "a_row_without_a_password_is_told_apart_by_its_names";
        "device-of-another-row" in "crudauth/src/login/service.rs":
            "self.core.stamps.count(user, &known.stamp).await?" => "true",
            File("reused_ids"), "a_known_device_is_known_to_no_other_row";
    }
    "A sign-in that began before a change of credentials ends with it, also where the struct has no epoch" {
        "session-of-another-stamp" in "crudauth/src/transport/session/counting.rs":
            "now == session.standing().stamp" => "true",
            File("overlapping_sign_ins"), "none_of_fifty_that_overlap_a_reset_survives_it";
    }
    "A row that is deleted and stays in the table (`soft_delete`) is not there: nothing finds it or changes it, its names are free, and what its user holds does not come back with it" {
        "deleted-row-is-found" in "crudauth/src/store/sql/scope.rs":
            "Some((column.column, holds(column.scope?)?))" => "None::<(&str, &str)>",
            File("soft_delete"), "a_deleted_row_signs_nobody_in_and_its_address_is_free";
        "deleted-row-is-met" in "crudauth/src/transport/holder.rs":
            "self.ending.all_of(&id).await?;" => "",
            File("soft_delete"), "what_has_ended_with_a_row_does_not_come_back_with_it";
    }
    "Users of one tenant are nobody to a request for another: no name is found or taken there, no session, token or link counts, no guess is counted; a request for no tenant signs nobody up or in" {
        "names-of-all-tenants" in "crudauth/src/store/sql/users.rs":
            "AnyOf::new(cells.collect(), within.and_then(tenant::<U, DB>))" => "AnyOf::new(cells.collect(), None)",
            File("tenants"), "a_name_is_taken_and_found_within_its_tenant_alone";
        "session-of-another-tenant" in "crudauth/src/transport/tenants.rs":
            "self.of(request).is_some_and(|it| it == *user.tenant())" => "true",
            File("tenants"), "what_was_issued_in_one_tenant_is_nobodys_in_another";
        "link-of-another-tenant" in "crudauth/src/hooks/context.rs":
            "self.tenant::<U::Tenant>().is_ok_and(|tenant| tenant == *user.tenant())" => "true",
            File("tenants"), "a_link_works_in_the_tenant_of_its_user_alone";
        "guesses-of-all-tenants" in "crudauth/src/login/service.rs":
            "context.counted(counted_as)" => "counted_as.into()",
            File("tenants"), "guesses_are_counted_in_each_tenant_by_themselves";
    }
    "NULL, and an empty text in its place, is the name of nobody" {
        "empty-name" in "crudauth/src/store/users.rs":
            "!is.is_empty() && is == name.for_field(field)" => "is == name.for_field(field)",
            File("soft_delete"), "null_and_an_empty_text_are_names_of_nobody";
    }
    "What users sign in by is unique among the rows that count: an index over other rows does not start" {
        "index-over-any-rows" in "crudauth/src/store/sql/unique.rs":
            "says(rows, column)" => "!rows.is_empty()",
            File("soft_delete"), "an_index_over_other_rows_is_refused_with_the_way_out";
    }
    "What is deactivated ends for good" {
        "inactive-is-met" in "crudauth/src/transport/holder.rs":
            "Box::pin(self.ending.met_inactive(user)).await;" => "",
            File("credentials_table"), "every_event_ends_what_the_table_says";
    }
    "A session has another id once it has elevated rights or another password; it stays meanwhile, and the rights do not outlive the password" {
        "rights-after-a-change" in "crudauth/src/transport/session/rotation.rs":
            "self.standing.elevated_until = None;" => "",
            File("session_rotation"), "a_change_of_the_password_gives_another_id_and_takes_the_rights";
        "pass-of-the-session-that-stays" in "crudauth/src/transport/session/rotation.rs":
            "self.state.put(&self.pass(&from, to), pass).await?;" => "let _ = pass;",
            File("calls"), "the_session_that_stays_is_there_at_each_step_of_a_change_of_password";
        "end-of-the-cookie-before" in "crudauth/src/transport/session/counting.rs":
            "self.is_there(&successor).await?" => "true",
            File("session_rotation"), "what_ends_the_session_ends_its_cookie_from_before";
    }
    "A client is sent after a link, a sign-in or a sign-out to a path of its own or to a listed origin" {
        "redirect-two-slashes" in "crudauth/src/http/local_path.rs":
            "!path.contains(\"//\")" => "true",
            Unit, "hostile_targets_are_refused";
        "redirect-backslash" in "crudauth/src/http/local_path.rs":
            "!path.contains(|c: char| c == '\\\\' || c.is_control())" => "true",
            Unit, "hostile_targets_are_refused";
        "redirect-dots" in "crudauth/src/http/local_path.rs":
            "!segments.split('/').any(dots)" => "true",
            Unit, "hostile_targets_are_refused";
        "redirect-origin" in "crudauth/src/onetime/redirect.rs":
            "origin.parse().is_ok_and(|origin| self.origins.contains(&origin))" =>
            "origin.parse::<TrustedOrigin>().is_ok()",
            Unit, "hostile_targets_are_refused";
        "return-to-anywhere" in "crudauth/src/http/return_to.rs":
            "is_local_path(target).then(|| target.to_owned())" => "Some(target.to_owned())",
            File("pages"), "nobody_is_sent_to_another_site";
    }
    "A refresh token that is used again ends its sign-in, and parallel renewals log nobody out" {
        "refresh-reuse" in "crudauth/src/transport/bearer/family.rs":
            "!self.is_within_grace(&record, now)" => "false",
            Unit, "a_use_after_the_grace_ends_the_family";
        "refresh-grace" in "crudauth/src/transport/bearer/family.rs":
            "[Some(current), current.checked_sub(1)]" => "[Some(current), None]",
            Unit, "a_token_has_one_successor_however_often_it_is_shown_within_the_grace";
        "refresh-one-successor" in "crudauth/src/transport/bearer/family.rs":
            "self.state.compare_and_swap(&key, &stored, entry).await?" =>
            "{ self.state.put(&key, entry).await?; true }",
            File("calls"), "a_renewal_does_not_outlive_what_happened_before_it_was_written";
        "refresh-cap" in "crudauth/src/transport/bearer/family.rs":
            "listed.len() + more <= self.life.per_user" => "true",
            Unit, "beyond_the_cap_the_family_that_rested_longest_ends";
    }
    "No token can be forged, nor used as another, in another realm or after its time" {
        "token-signature" in "crudauth/src/token/jws.rs":
            "!key.verifies(self.message.as_bytes(), &decode(self.signature)?)" =>
            "decode(self.signature)?.is_empty()",
            Unit, "no_bit_of_a_token_can_be_flipped";
        "token-of-another-audience" in "crudauth/src/token/codec.rs":
            "expected.admits(&wire)" => "true",
            Unit, "a_token_counts_only_for_its_issuer_and_audience";
        "token-of-another-surface" in "crudauth/src/token/key/mod.rs":
            "format!(\"hs256 {surface}\")" => "String::from(\"hs256\")",
            File("bearer_transports"), "surfaces_with_one_key_do_not_take_each_others_tokens";
        "token-time" in "crudauth/src/token/codec.rs":
            "self.0.exp <= now" => "false",
            Unit, "claims_survive_their_token_until_they_expire";
        "token-scopes" in "crudauth/src/transport/bearer/config.rs":
            "self.grantable_scopes.contains(scope) && clamped.iter().all(|one| one != scope)" =>
            "clamped.iter().all(|one| one != scope)",
            Unit, "scopes_are_clamped_to_what_is_grantable";
    }
    "No session can be forged or planted" {
        "session-seal" in "crudauth/src/transport/session/id.rs":
            "bool::from(id.seal().as_bytes().ct_eq(seal))" => "true",
            File("attack_forgery"), "no_bit_of_a_session_cookie_can_be_changed";
    }
    "A foreign page cannot open a WebSocket with the user's session, over HTTP/1.1 or HTTP/2" {
        "connection-origin" in "crudauth/src/http/origin.rs":
            "method.is_safe() && !opens_connection(method, headers)" => "method.is_safe()",
            File("contract"), "what_opens_a_connection_is_judged_by_origin_and_asked_for_no_token";
    }
    "Over TLS a page of `http://` is a foreign one" {
        "origin-scheme" in "crudauth/src/http/origin.rs":
            "(!self.tls || origin.is_trustworthy())" => "true",
            File("contract"), "with_secure_cookies_a_page_without_tls_is_a_foreign_one";
    }
    "What a principal gated is kept by no cache, within `CrudAuth::wrap` and `CrudAuth::protect`; of crudauth's own answers only the public keys of tokens are, and none is taken for another type than it says" {
        "gated-kept" in "crudauth/src/http/notes.rs":
            "private && !headers.contains_key(CACHE_CONTROL)" => "false",
            File("contract"), "what_a_principal_gated_is_kept_by_no_cache";
    }
    "A token that was issued with fewer scopes than can be granted does not change the account without the scope `account`" {
        "account-scope" in "crudauth/src/principal/mod.rs":
            "!self.restricted || self.has_scope::<AccountScope>()" => "true",
            File("bearer_account"), "a_token_of_few_scopes_changes_nothing_of_the_account";
    }
    "No field of a form, of JSON or of a query is given twice, so that nothing before the application reads another one than it does" {
        "json-twice" in "crudauth/src/http/body.rs":
            "count == object.len()" => "true",
            File("contract"), "no_field_may_be_given_twice";
    }
    "What a decision needs and is away has a policy, closed by default, and an event" {
        "outage-untold" in "crudauth/src/event/outage.rs":
            "self.inner.told.is_news(needed, self.inner.clock.now_ms())" => "false",
            File("limits"), "the_outage_of_what_a_decision_needs_is_told";
    }
    "No setting overflows, however large" {
        "family-overflow" in "crudauth/src/transport/bearer/family.rs":
            "(now / 1000).saturating_add(self.life.ttl.as_secs())" => "now / 1000 + self.life.ttl.as_secs()",
            File("contract"), "an_end_that_no_clock_reaches_is_never_reached";
    }
    "Trusted proxies are named exactly" {
        "proxy-host-bits" in "crudauth/src/http/proxies.rs":
            "network.trunc() != network" => "false",
            Unit, "bits_behind_the_prefix_are_refused_with_both_that_may_be_meant";
    }
    "No client chooses what usually carries power, and no flag is played by its opposite, unless the author insists" {
        "derive-power" in "crudauth-derive/src/check/signup.rs":
            "first.value == Source::Register && !written.reviewed" => "false",
            Derive, "what_usually_carries_power_is_not_for_a_client_to_choose";
    }
    "A CSRF token belongs to one session" {
        "csrf-token-prefix" in "crudauth/src/secret/digest.rs":
            "self.hex().as_str().as_bytes().ct_eq(shown).into()" =>
            "self.hex().as_str().as_bytes().starts_with(shown)",
            File("contract"), "a_token_is_one_header_of_its_whole_length";
    }
    "The CSRF token in a page is another text each time, so that a page that is compressed tells nothing of it" {
        "csrf-pad" in "crudauth/src/transport/session/mask.rs":
            "fill_random(&mut pad)?;" => "",
            Unit, "a_masked_token_is_another_text_each_time_and_always_the_same_token";
    }
    "Guesses are bounded, also in parallel, and the bound grows" {
        "sign-up-limit" in "crudauth/src/rate_limit/mod.rs":
            "times.checked_sub(count)" => "Some(times)",
            File("limits"), "sign_ups_are_limited_by_address";
        "guesses-without-bound" in "crudauth/src/lockout/budget.rs":
            "is_bound.then_some(self.limit)" => "None",
            Unit, "a_burst_on_several_threads_gets_the_budget";
        "bound-of-a-batch" in "crudauth/src/store/steps.rs":
            "counter.count.saturating_add(by) > at_most" => "false",
            File("state_conformance"), "memory::a_batch_over_its_bound_does_nothing";
    }
    "A patient guesser is stopped, and more tokens, addresses, routes or surfaces are no more guesses" {
        "row-without-end" in "crudauth/src/lockout/mod.rs":
            "Some(pending.streak.limit)" => "None",
            Unit, "a_patient_guesser_is_slowed_down_and_stopped_in_the_end";
        "budget-by-token" in "crudauth/src/lockout/mod.rs":
            "(vec![account.device(device), account.known()], true)" =>
            "(vec![account.device(device)], true)",
            File("contract"), "lockout::many_device_tokens_are_not_many_budgets";
        "budget-by-network" in "crudauth/src/rate_limit/networks.rs":
            "networks.extend([56, 48].map(|bits| network(address, bits)));" => "let _ = address;",
            Unit, "an_ipv6_address_is_in_three_networks_and_an_ipv4_one_in_one";
        "budget-by-surface" in "crudauth/src/lockout/keys.rs":
            "Digester::of_key(&key, \"lockout\")" => "Digester::of_key(&[0; 32].map(|_: u8| { \
             let mut own = [0]; let _ = getrandom::fill(&mut own); own[0] }), \"lockout\")",
            File("contract"), "lockout::a_second_surface_over_the_same_accounts_gives_no_fresh_guesses";
    }
    "Right passwords of accounts that may sign in lock nobody out, and the mistakes of one lock no office" {
        "lock-by-attempts" in "crudauth/src/lockout/mod.rs":
            "if is_locked { counter.ttl } else { RETRY_WHEN_BUSY.min(counter.ttl) }" => "counter.ttl",
            Unit, "right_passwords_lock_nobody_however_many_are_under_way";
    }
    "Nobody uses up what a signed-in user may call, and an address is written to so often over all flows" {
        "messages-by-flow" in "crudauth/src/rate_limit/messages.rs":
            "[(&self.flow, 0), (&self.all, self.reserved)]" => "[(&self.flow, 0), (&self.flow, 0)]",
            File("recovery_requests"),
            "one_address_is_written_to_so_often_over_all_flows_and_resets_keep_their_part";
    }
    "No header changes the address of a client, unless a trusted proxy sends it, or the client reaches a server with `TrustedProxies::hops` past its proxies" {
        "proxy-peer" in "crudauth/src/http/proxies.rs":
            "peer.ip().filter(trusted)?" => "peer.ip()?",
            Unit, "networks_find_the_rightmost_stranger";
        "proxy-of-everybody" in "crudauth/src/http/proxies.rs":
            "network.prefix_len() < narrowest" => "false",
            Unit, "what_is_no_network_is_named";
    }
    "Hashing holds nobody up and is bounded; when it is full the answer is 503" {
        "hashing-place" in "crudauth/src/password/pool.rs":
            "self.0.lock().unwrap_or_else(PoisonError::into_inner).take();" => "",
            Unit, "a_cancelled_waiter_leaves_the_queue";
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
            "self.refuse_common && (is_common(text) || is_blank(text) || whose.names(text))" => "false",
            File("contract"), "a_password_that_everybody_guesses_is_refused";
        "password-of-its-user" in "crudauth/src/password/policy.rs":
            "known.into_iter().flatten().any(|name| name.to_lowercase() == text)" => "false",
            Unit, "the_users_own_name_and_address_are_refused";
        "password-salt" in "crudauth/src/password/argon2id.rs":
            "fill_random(&mut salt).map_err(HashError::failed)?;" => "",
            Unit, "each_hash_has_its_own_salt";
    }
    "Whatever fails lets nobody through and leaves nothing half done" {
        "limit-fails-open" in "crudauth/src/rate_limit/mod.rs":
            "self.on_failure == OnFailure::Closed" => "false",
            File("limits"), "when_the_store_fails_a_guard_closes_and_a_courtesy_opens";
    }
    "A row of crudauth's own has its unique values alone, changes once from one state, and is reached by its owner only, on SQLite, PostgreSQL and MariaDB" {
        "record-owner" in "crudauth/src/store/records/record.rs":
            "Condition::Is(OWNER, owner.into())" => "Condition::Is(ID, id.into())",
            File("record_conformance"), "memory::another_owner_reaches_nothing";
        "record-length" in "crudauth/src/store/records/table.rs":
            "length > most" => "false",
            File("record_conformance"), "memory::a_value_that_does_not_fit_is_refused";
        "record-uniqueness" in "crudauth/src/store/memory/records.rs":
            "rows.iter().any(|other| collide(table, &row, other))" => "false",
            File("record_conformance"), "memory::parallel_inserts_have_one_winner";
        "record-condition" in "crudauth/src/store/sql/records.rs":
            "statement.and(&below).integer(*bound)" => "statement",
            File("record_conformance"), "sqlite_in_memory::parallel_changes_have_one_winner";
        "record-equality" in "crudauth/src/store/memory/records.rs":
            "value(table, row, column) == wanted" => "true",
            File("record_conformance"), "memory::a_change_has_conditions";
        "records-of-an-owner" in "crudauth/src/auth/accounts.rs":
            "records.remove_all_of(&user).await?;" => "",
            File("reused_ids"), "a_user_who_is_forgotten_leaves_no_record";
    }
    "Single use and counts hold between processes, on SQLite, PostgreSQL, MariaDB and Redis" {
        "put-if-absent" in "crudauth/src/store/memory/state.rs":
            "maps.entries.live(key, now).is_none()" => "true",
            File("state_conformance"), "memory::put_if_absent_has_one_winner";
        "compare-and-swap" in "crudauth/src/store/memory/state.rs":
            "found.is_some_and(|item| *item.value == *expected)" => "found.is_some()",
            File("state_conformance"), "memory::compare_and_swap_loses_no_update";
        "take" in "crudauth/src/store/memory/state.rs":
            "maps.entries.remove(key).map(|(value, _)| value.into_vec())" => "maps.entries.live(key, now).map(|item| item.value.to_vec())",
            File("state_conformance"), "memory::take_has_one_consumer";
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
        "cookie-twice" in "crudauth/src/http/cookies.rs":
            "!first.is_empty() && values.all(|other| other == first)" => "!first.is_empty()",
            Unit, "a_cookie_with_two_values_is_none";
        "cookie-separators" in "crudauth/src/http/cookies.rs":
            "self.value == CLEARED || self.value.bytes().all(is_cookie_octet)" => "true",
            Unit, "a_cookie_carries_no_separators";
        "nul-in-a-field" in "crudauth/src/error/inputs.rs":
            "contains_nul(&value)" => "false",
            Unit, "a_nul_is_refused_wherever_it_hides";
    }
    "The mail server slows no request down, is handed no mail before it has proved who it is, and no mail is lost before it is given up, as \"Mail\" below says" {
        "mail-sent-once" in "crudauth/src/outbox/delivery.rs":
            "!self.state.compare_and_swap(key, value, self.entry(&claimed)).await?" =>
            "{ self.state.put(key, self.entry(&claimed)).await?; false }",
            File("outbox"), "processes_that_share_a_store_send_each_message_once";
        "mail-recipient" in "crudauth/src/message/email.rs":
            "is_one_address(to)" => "{ let _ = to; true }",
            Unit, "no_header_can_be_smuggled_in";
        "webhook-without-tls" in "crudauth/src/message/webhook.rs":
            "is_loopback(&parsed)" => "true",
            Unit, "links_do_not_cross_a_network_unencrypted";
    }
    "No answer, and no pair of answers, tells whether an address is registered where messages are sent" {
        "decoy-of-a-mail" in "crudauth/src/outbox/delivery.rs":
            "queued.is_decoy" => "false",
            File("outbox"), "a_decoy_is_the_work_of_a_message_and_is_never_delivered";
        "write-in-place-of-a-row" in "crudauth/src/register/create_user.rs":
            "guard.pad_insert(recovered_by).await?;" => "",
            File("enumeration"), "a_sign_up_is_the_same_for_a_free_and_a_taken_address";
    }
    "A request without a passing gate reaches no handler" {
        "gate-of-superusers" in "crudauth/src/principal/gate.rs":
            "principal\n                .is_superuser()\n                .then_some(())" => "Some(())",
            File("contract"), "a_gate_refuses_in_its_own_words";
        "gate-of-the-verified" in "crudauth/src/principal/gate.rs":
            "verified.then_some(())" => "Some(())",
            File("contract"), "a_gate_refuses_in_its_own_words";
        "gate-of-sudo" in "crudauth/src/sudo/gate.rs":
            "elevated.then_some(())" => "Some(())",
            File("sudo"), "a_fresh_proof_opens_the_gate_for_five_minutes";
        "gate-of-a-scope" in "crudauth/src/principal/scope.rs":
            "principal
                .has_scope::<S>()
                .then_some(())" => "Some(())",
            File("bearer_routes"), "scopes_are_clamped_and_asked_for_by_type";
    }
    "A combination of settings that cannot work or is unsafe is refused at start-up" {
        "origin-without-tls" in "crudauth/src/auth/checks.rs":
            "self.cookies.is_secure() && !origin.is_trustworthy()" => "false",
            File("startup_errors"), "every_wrong_combination_is_refused_with_the_way_out";
        "transports-of-one-name" in "crudauth/src/auth/checks.rs":
            "!names.insert(name)" => "{ names.insert(name); false }",
            File("startup_errors"), "every_wrong_combination_is_refused_with_the_way_out";
        "argon2-too-weak" in "crudauth/src/password/argon2id.rs":
            "!strong_enough" => "false",
            Unit, "parameters_are_held_between_the_weakest_setting_and_the_caps";
    }
    "A breach check tells the service five digits of a digest, asks nothing about what the policy refuses, and nothing that depends on whether an address is taken" {
        "breach-found" in "crudauth/src/password/breach/check.rs":
            "range.contains(&suffix)" => "range.contains(&suffix) && false",
            File("breach"), "a_leaked_password_is_refused_wherever_one_is_chosen";
        "breach-closed" in "crudauth/src/password/breach/check.rs":
            "Screened::Unknown { let_through: self.fail_open }" => "Screened::Unknown { let_through: true }",
            File("breach"), "a_service_that_is_away_lets_through_or_refuses_as_configured";
    }
    "A Redis that may throw away what it still needs is refused" {
        "redis-eviction" in "crudauth/src/store/redis/handle.rs":
            "is_limited && *policy != \"noeviction\"" => "false",
            Unit, "a_limit_with_another_policy_than_noeviction_evicts";
    }
    "A foreign page can neither change anything with the user's cookies, nor log its visitor in or out, nor sign anybody up" {
        "csrf-token" in "crudauth/src/transport/session/mod.rs":
            "!self.sessions.csrf_matches(session, token)" => "false",
            File("contract"), "every_combination_has_its_answer";
        "csrf-site" in "crudauth/src/transport/session/csrf.rs":
            "self.is_cross_site(request)" => "false",
            File("contract"), "every_combination_has_its_answer";
        "csrf-of-text" in "crudauth/src/transport/session/csrf.rs":
            "request.method.is_safe()" => "request.method.is_safe() || request.headers.get(\"content-type\").is_some_and(|it| it == \"text/plain\")",
            File("contract"), "every_combination_has_its_answer";
        "own-login-site" in "crudauth/src/auth/sign_in.rs":
            "SameOrigin::<LogIn>::check(auth.inner.core(), request).map(|_| ())" => "Ok(())",
            File("own_sign_in"), "another_site_cannot_sign_its_visitor_in";
        "own-login-by-link" in "crudauth/src/auth/sign_in.rs":
            "SameOrigin::<LogIn>::check(auth.inner.core(), &as_change(request)).map(|_| ())" =>
            "SameOrigin::<LogIn>::check(auth.inner.core(), request).map(|_| ())",
            File("own_sign_in"), "a_link_of_another_site_signs_in_with_no_password";
        "own-sign-up-site" in "crudauth/src/auth/sign_up.rs":
            "SameOrigin::<LogIn>::check(core, &head)?;" => "",
            File("routes"), "another_site_signs_nobody_up";
        "own-logout-site" in "crudauth/src/auth/sign_out.rs":
            "SameOrigin::<LogOut>::check(self.inner.core(), &request)?;" => "",
            File("pages"), "a_page_signs_out_by_a_form_and_needs_the_token_for_it";
        "own-logout-by-link" in "crudauth/src/auth/sign_out.rs":
            "as_change(request)" => "request.clone()",
            File("pages"), "no_link_signs_anybody_out";
        "login-site" in "crudauth/src/core/extract.rs":
            "core.csrf.is_cross_site(request)" => "core.csrf.is_cross_site(request) && A::REFUSAL != RejectionKind::CrossSiteLogin",
            File("contract"), "another_site_cannot_log_its_visitor_in";
        "logout-site" in "crudauth/src/core/extract.rs":
            "return Err(A::REFUSAL.into());" => "if A::REFUSAL != RejectionKind::CrossSite { return Err(A::REFUSAL.into()); }",
            File("contract"), "another_site_cannot_log_its_visitor_out";
        "refresh-site" in "crudauth/src/tokens/refresh.rs":
            "routes.core.csrf.is_cross_site(&head)" => "false",
            File("walk"), "what_hands_out_a_credential_is_found_by_the_walk_and_stands_in_the_table";
        "token-site" in "crudauth/src/tokens/sign_in.rs":
            "SameOrigin::<LogIn>::check(core, &head)?;" => "",
            File("walk"), "what_hands_out_a_credential_is_found_by_the_walk_and_stands_in_the_table";
    }
    "Each step of each flow is told as a security event, which has no secret and no e-mail address" {
        "line-of-an-event" in "crudauth/src/event/text.rs":
            "is_log_unsafe(character)" => "false",
            Unit, "unsafe_characters_are_escaped_and_the_rest_stays";
    }
    "Changes in SQLite that share a commit are each made whole or not at all, and none is answered before it is on disk" {
        "change-undone-alone" in "crudauth/src/store/sqlite/commit.rs":
            "conn.batch_execute(\"ROLLBACK TO crudauth_change\")?;" => "",
            Unit, "a_change_that_fails_or_panics_leaves_nothing_and_the_others_stand";
        "change-of-one-undone" in "crudauth/src/store/sqlite/commit.rs":
            "Err(Error::RollbackTransaction)" => "Ok(())",
            Unit, "a_change_that_fails_alone_leaves_nothing_either";
    }
    "A process that is told to end finishes what was begun and loses no message, also where the mail server hangs; its sinks get every event" {
        "end-hands-back" in "crudauth/src/outbox/delivery.rs":
            "attempt.is_interrupted = true;" => "",
            File("shutdown"), "sigterm_while_the_mail_server_hangs_loses_no_mail";
        "end-waits" in "crudauth/src/auth/shutdown.rs":
            "timeout_at(end, core.background.idle()).await.is_err()" => "false",
            File("shutdown"), "a_hook_is_waited_for_and_one_that_hangs_is_named";
        "end-of-the-last" in "crudauth/src/store/place.rs":
            "self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, less) == Ok(1)" => "true",
            Unit, "the_last_of_those_that_hold_a_place_closes_it_once";
    }
    "A connection that stays open ends with its session, its gates and its age, and where that cannot be found out" {
        "connection-news" in "crudauth/src/event/mod.rs":
            "self.inner.watchers.tell(event.user());" => "",
            File("long_lived"), "what_ends_a_session_here_ends_its_connections_at_once_and_no_others";
        "connection-unknown" in "crudauth/src/auth/long_lived/life.rs":
            "return Ended::Unknown" => "()",
            File("long_lived"), "what_happens_elsewhere_is_noticed_at_the_next_look";
        "connection-age" in "crudauth/src/auth/long_lived/life.rs":
            "left == 0" => "false",
            File("long_lived"), "a_connection_ends_at_its_age_and_with_the_process";
        "connection-busy" in "crudauth/src/auth/long_lived/mod.rs":
            "ended.as_mut().poll(context)" => "Poll::<Ended>::Pending",
            File("long_lived"), "a_connection_that_always_has_work_ends_with_its_session";
    }
    "A session ends with its idleness, its age, and beyond the number that a user may have" {
        "session-cap" in "crudauth/src/transport/session/service.rs":
            "self.config.per_user - 1" => "usize::MAX",
            File("contract"), "the_sixth_session_ends_the_least_recently_active";
        "session-age" in "crudauth/src/transport/session/service.rs":
            "standing.remaining(now, self.config.window(standing.remember), self.config.absolute)" => "standing.remaining(now, self.config.window(standing.remember), None)",
            File("contract"), "no_activity_carries_it_beyond_its_age";
        "session-idleness" in "crudauth/src/transport/session/service.rs":
            "since >= self.config.touch_after(session.standing().remember)" => "false",
            File("contract"), "thirty_idle_minutes_end_it_and_activity_slides";
    }
    "A secret key that is short, published, easy to guess, or left as a shell or a template had it, is refused at start-up, and no random one is" {
        "key-length" in "crudauth/src/secret/inspect.rs":
            "key.len() < SecretKey::MIN_BYTES" => "false",
            Unit, "a_refusal_says_what_to_do_and_not_what_the_key_was";
        "key-published" in "crudauth/src/secret/inspect.rs":
            "published::is_published(key)" => "false",
            Unit, "a_published_key_is_refused_in_whatever_form_it_was_copied";
        "key-guessable" in "crudauth/src/secret/inspect.rs":
            "guess::bits(key) < LEAST_BITS" => "false",
            Unit, "what_people_type_for_a_key_is_refused";
        "key-in-quotes" in "crudauth/src/secret/inspect.rs":
            "text.starts_with(is_quote) && text.ends_with(is_quote)" => "false",
            Unit, "what_stands_around_a_key_is_refused_with_the_reason";
    }
    "Digests of the application's purposes are none of crudauth's, whatever these are called" {
        "purposes-of-one-space" in "crudauth/src/secret/digest.rs":
            "blake3::derive_key(space.context(), key)" => "blake3::derive_key(\"crudauth 2026 keyed digests\", key)",
            Unit, "an_application_can_name_its_purposes_as_it_likes";
    }
    "A verifier in another service uses keys for a day at most while their source is away, and then accepts nothing" {
        "keys-for-ever" in "crudauth/src/token/verifier.rs":
            "self.key_younger_than(self.longest_use, id)" => "self.key_younger_than(Duration::MAX, id)",
            File("bearer_verifier"), "keys_whose_source_is_away_for_a_day_are_used_no_more";
    }
    "Every way to sign in of an account with a second factor stops at a challenge, which is no credential, and goes on by one code alone" {
        "factor-not-asked" in "crudauth/src/core/second_step.rs":
            "enrolment.is_enabled()" => "false",
            File("mfa"), "walk_around::every_way_to_sign_in_stops_at_the_challenge";
        "challenge-not-used-up" in "crudauth/src/login/challenge/mod.rs":
            "self.state.take(&key(&open.digest)).await?" => "self.state.get(&key(&open.digest)).await?",
            File("mfa"), "second_step::a_challenge_serves_once_for_five_minutes_and_the_same_credentials";
        "challenge-for-other-credentials" in "crudauth/src/transport/door.rs":
            "!self.stamps.count(&user, &parked.stamp).await?" => "false",
            File("mfa"), "second_step::a_challenge_serves_once_for_five_minutes_and_the_same_credentials";
        "verify-from-a-foreign-page" in "crudauth/src/mfa/verify.rs":
            "self.sets_cookies(&open.record.finish)" => "false",
            File("mfa"), "second_step::a_page_of_another_site_completes_no_sign_in_by_cookies";
    }
    "Of a challenge five codes are looked at, wrong ones count against the account and the address of the first step, and after 100 in a row the app proves nothing until a recovery code or an administrator helps" {
        "attempts-not-counted" in "crudauth/src/login/challenge/mod.rs":
            "open.record.attempts += 1;" => "open.record.attempts += 0;",
            File("mfa"), "second_step::five_codes_are_looked_at_and_showing_the_setup_counts_none";
        "codes-not-counted" in "crudauth/src/mfa/verify.rs":
            "self.core.lockout.fail(&pending).await?" => "{ self.core.lockout.forgive(&pending).await?; crate::lockout::Failed::default() }",
            File("mfa"), "limits::wrong_codes_count_against_the_account_and_fresh_challenges_give_no_fresh_attempts";
        "password-clears-the-account" in "crudauth/src/login/service.rs":
            "self.core.lockout.forgive(pending).await" => "self.core.lockout.succeed(pending).await",
            File("mfa"), "limits::wrong_codes_count_against_the_account_and_fresh_challenges_give_no_fresh_attempts";
        "codes-without-end" in "crudauth/src/core/code_check.rs":
            "Some(MOST_IN_A_ROW)" => "Some(MOST_IN_A_ROW * 1000)",
            File("mfa"), "limits::after_a_hundred_wrong_codes_in_a_row_the_app_proves_nothing_until_a_recovery_code_does";
    }
    "A second factor that is set up ends what was signed in before, and only a code of the app elevates its account" {
        "recovery-code-elevates" in "crudauth/src/sudo/service.rs":
            "Takes::TotpOnly" => "Takes::Any",
            File("mfa"), "walk_around::elevated_rights_take_a_code_of_the_app";
        "password-elevates" in "crudauth/src/sudo/service.rs":
            "has_factor && !self.may_prove(&proof)" => "has_factor && !self.may_prove(&proof) && matches!(proof, Proof::Code(_))",
            File("mfa"), "walk_around::elevated_rights_take_a_code_of_the_app";
    }
    "An account with a second factor is not let in by its password alone" {
        "second-factor" in "crudauth/src/transport/door.rs":
            "user.logical().needs_second_factor()" => "false",
            File("second_factor"), "an_account_with_a_second_factor_is_refused_like_a_wrong_password";
    }
    "A code of an authenticator app and a recovery code are accepted once, by the set-up that was seen, whichever process is asked" {
        "factor-removed-by-a-late-set-up" in "crudauth/src/core/second_factor/own_table.rs":
            "now.is_some_and(|now| is_stale(&row, &now))" => "{ let _ = now; true }",
            Unit, "a_set_up_that_read_its_user_before_a_confirmation_removes_nothing";
        "factor-step-again" in "crudauth/src/store/sql/users.rs":
            "cell::<U, DB>(index, Value::Step(index, step)).map(Expected::NullOrBelow)" => "None",
            File("user_conformance"), "second_factors_are_changed_by_one_statement_in_any_store";
        "factor-of-another-set-up" in "crudauth/src/store/sql/users.rs":
            "secret.as_deref().and_then(|secret| exactly(Logical::TotpSecretEncrypted, secret))" => "None",
            File("user_conformance"), "second_factors_are_changed_by_one_statement_in_any_store";
        "factor-codes-that-were-seen" in "crudauth/src/store/sql/users.rs":
            "exactly(Logical::MfaRecoveryCodes, codes)" => "None",
            File("user_conformance"), "second_factors_are_changed_by_one_statement_in_any_store";
        "factor-set-up-over-one-that-is-confirmed" in "crudauth/src/store/sql/users.rs":
            "not_enrolled.filter(|_| !*is_confirmed)" => "None",
            File("user_conformance"), "second_factors_are_changed_by_one_statement_in_any_store";
        "factor-by-a-pending-set-up" in "crudauth/src/store/sql/users.rs":
            "confirmed.filter(|_| *is_confirmed).map(Expected::NotNull)" => "None",
            File("user_conformance"), "second_factors_are_changed_by_one_statement_in_any_store";
        "factor-as-the-collation-compares" in "crudauth/src/store/sql/user_store.rs":
            "update.exact = D::DIALECT.exact;" => "",
            File("user_conformance"), "second_factors_are_changed_by_one_statement_in_any_store";
        "own-factor-step-again" in "crudauth/src/core/second_factor/own_table.rs":
            "target(row).only_if_below(SecondFactor::last_step(), step)" => "target(row)",
            Unit, "a_factor_lives";
        "own-factor-codes-that-were-seen" in "crudauth/src/core/second_factor/own_table.rs":
            "target(row).only_if(SecondFactor::codes(), row.codes.clone())" => "target(row)",
            Unit, "one_of_parallel_calls_wins";
        "own-factor-of-an-earlier-user" in "crudauth/src/core/second_factor/own_table.rs":
            "is_of_earlier_user(user, row.confirmed_at, Some(row.epoch))" => "is_of_earlier_user(user, None, None)",
            Unit, "an_earlier_user_with_the_id_has_left_nothing";
        "confirming-code-again" in "crudauth/src/user/second_factor.rs":
            "Some(Some(*step))" => "Some(None)",
            Unit, "a_factor_lives";
        "code-of-any-step" in "crudauth/src/factors/totp.rs":
            "now.saturating_sub(1)..=now.saturating_add(1)" => "now.saturating_sub(2)..=now.saturating_add(2)",
            Unit, "codes_are_those_of_the_rfc";
        "recovery-code-in-the-clear" in "crudauth/src/factors/recovery_codes.rs":
            "hex(Sha256::digest(code))" => "code.to_owned()",
            Unit, "the_list_is_that_of_the_python_library";
    }
    "What is set up as a second factor is confirmed by a code of it while the credentials are those that began it, and ends the sessions of before" {
        "factor-begun-before-a-change" in "crudauth/src/core/second_factor/columns.rs":
            "begun == epoch.to_string()" => "begun.len() < 99",
            Unit, "a_set_up_ends_with_the_credentials";
        "own-factor-begun-before-a-change" in "crudauth/src/core/second_factor/own_table.rs":
            "row.epoch == user.logical().epoch()" => "true",
            Unit, "a_set_up_ends_with_the_credentials";
        "factor-keeps-the-sessions" in "crudauth/src/user/change.rs":
            "change.set.epoch = Some(after);" => "let _ = after;",
            File("user_conformance"), "second_factors_are_changed_by_one_statement_in_any_store";
        "secret-of-a-challenge" in "crudauth/src/core/second_factor/mod.rs":
            "other.or_else(|| seen.pending())" => "seen.pending().or(other)",
            Unit, "a_secret_of_a_challenge_is_confirmed_alone";
    }
    "A secret of a second factor rests encrypted, and one that cannot be decrypted lets nobody in" {
        "fernet-without-its-tag" in "crudauth/src/factors/fernet.rs":
            "self.hmac().chain_update(signed).verify_slice(tag).ok()?;" => "let _ = self.hmac().chain_update(signed).verify_slice(tag);",
            Unit, "every_bit_of_a_token_counts";
        "unreadable-is-none" in "crudauth/src/core/second_factor/columns.rs":
            "state.unwrap_or(State::Unreadable)" => "state.unwrap_or(State::None)",
            Unit, "what_cannot_be_decrypted_is_a_factor_that_accepts_nothing";
        "factor-key-is-the-secret-key" in "crudauth/src/core/second_factor/mod.rs":
            "keys.any_is(|text| key.is(text))" => "false",
            Unit, "settings_that_cannot_work_are_refused";
    }
    "Sign-ins by tokens are listed with sessions and end with them: by handle, at a logout everywhere unless `?tokens=keep` asks otherwise, with every change of credentials; their access tokens end at once" {
        "tokens-outlive-a-logout-everywhere" in "crudauth/src/transport/sign_ins.rs":
            "self.families.end_all(&user.to_string(), except).await?" => "0",
            File("sign_ins"), "signing_out_everywhere_ends_sign_ins_by_tokens";
        "tokens-in-no-list" in "crudauth/src/transport/sign_ins.rs":
            "all.extend(self.families.list(&user.to_string()).await?);" => "",
            File("sign_ins"), "sign_ins_by_tokens_stand_in_the_list";
        "tokens-without-a-handle" in "crudauth/src/transport/sign_ins.rs":
            "self.families.revoke(&user.to_string(), handle).await?" => "false",
            File("sign_ins"), "a_sign_in_by_tokens_ends_by_its_handle";
        "tokens-left-by-a-change" in "crudauth/src/transport/bearer/listing.rs":
            "record.stamp != now" => "false && record.stamp != now",
            File("sign_ins"), "a_new_password_leaves_no_sign_in_by_tokens_in_the_store";
    }
    "A logout that says that it is done has ended every sign-in that the request shows" {
        "logout-of-all-that-is-shown" in "crudauth/src/sessions/logout.rs":
            "sessions.end(id).await?;" => "if shown.first().is_some_and(|first| first.handle() == id.handle()) { sessions.end(id).await?; }",
            File("dead_credentials"), "logout_ends_every_session_that_is_shown";
    }
    "What is dead is no worse than nothing: a session that has ended, or that another key sealed, is anonymous and asked for no CSRF token, and whatever refuses it takes its cookies away. Of several cookies of one name the one that is alive counts, and where two are, none does and the answer says so" {
        "two-sessions" in "crudauth/src/transport/session/mod.rs":
            "alive.is_empty()" => "true",
            File("dead_credentials"), "of_two_sessions_that_are_alive_none_counts_until_the_next_sign_in";
    }
    "No sequence of requests tells a free address from a taken one, where mail is sent: a sign-up, a sign-in by password or for a token, a lock, a reset" {
        "sign-in-before-verification" in "crudauth/src/transport/door.rs":
            "self.awaits_verification(user)" => "false",
            File("enumeration"), "who_must_verify_first_learns_nothing_by_signing_in";
        "claims-told-apart" in "crudauth/src/register/create_user.rs":
            "taken = taken.or(guard.claimed(&typed.names).await?);" => "",
            File("enumeration"), "no_sequence_of_requests_tells_a_free_address_from_a_taken_one";
        "unverified-counted-by-id" in "crudauth/src/login/service.rs":
            "!self.core.door.awaits_verification(user)" => "true",
            File("enumeration"), "no_lock_links_the_name_of_a_sign_up_to_its_address";
    }
    "Whoever is in the users table is found by the name and the address that are in it, and nobody gets a second account with the same address; or the application does not start and says what to run" {
        "address-as-it-is-stored" in "crudauth/src/store/users.rs":
            "is_address && lookup_email(is) == value" => "false",
            File("stored_names"), "an_address_is_found_in_any_case_where_it_is_unique_in_any_case";
        "strays" in "crudauth/src/store/sql/names.rs":
            "rows > 0" => "false",
            File("stored_names"), "an_address_that_nobody_finds_is_a_start_up_error_with_the_statement_to_run";
        "strays-beyond-ascii" in "crudauth/src/store/sql/names.rs":
            "lost > 0" => "false",
            File("stored_names"), "what_sql_cannot_bring_into_form_is_a_start_up_error_too";
        "address-without-an-index" in "crudauth/src/register/create_user.rs":
            "users.find_by_recovery(value, &self.within).await?.is_some()" => "false",
            File("stored_names"), "an_address_is_of_one_account_where_the_table_has_no_index_over_it";
        "citext-as-text" in "crudauth/src/store/postgres/columns.rs":
            "counts_case && is_compared" => "false",
            File("name_case"), "citext_that_the_struct_takes_for_text_stops_the_start";
        "case-of-a-name" in "crudauth/src/user/login.rs":
            "case == UsernameCase::Ignored" => "false",
            File("stored_names"), "where_case_does_not_count_it_counts_nowhere";
    }
    "An address that sign-up would not take recovers its account, and no answer tells whether there is one" {
        "reading-is-lenient" in "crudauth/src/recovery/routes.rs":
            "readable_email(typed)" => "canonical_email(typed)",
            File("stored_names"), "who_has_an_address_that_sign_up_would_not_take_recovers_the_account";
    }
    "Nobody signs up under a name that looks like one in the table, as far as \"Names\" below says" {
        "twins" in "crudauth/src/register/create_user.rs":
            "stored.iter().any(is_twin)" => "stored.iter().any(is_twin) && false",
            File("stored_names"), "nobody_signs_up_under_a_name_that_looks_like_another_one";
        "invisible-names" in "crudauth/src/identity/username.rs":
            "has_invisible(&name)" => "false",
            Unit, "what_makes_two_names_look_alike_is_refused";
        "mixed-scripts" in "crudauth/src/identity/username.rs":
            "name.split(' ').all(is_of_one_script)" => "true",
            Unit, "what_makes_two_names_look_alike_is_refused";
    }
    "A sign-up holds few names" {
        "names-held" in "crudauth/src/register/enumeration_guard.rs":
            "self.state.increment(&key, 1, NAME_TTL).await?.count <= MAX_HELD_NAMES" => "true",
            File("enumeration"), "few_names_are_held_for_one_address";
    }
    "A mail that can never be delivered is given up at once and told, and every address that has a form in ASCII is reached through every server" {
        "hopeless-mail" in "crudauth/src/message/smtp.rs":
            "error.is_client()" => "false",
            File("mail_smtp"), "what_a_server_can_never_take_is_given_up_at_once_and_told";
        "punycode" in "crudauth/src/message/email.rs":
            "local.is_ascii() && !domain.is_ascii()" => "false",
            File("mail_smtp"), "an_address_that_has_a_form_in_ascii_is_reached_through_every_server";
    }
    "A change of credentials ends the credentials before it" {
        "stamp" in "crudauth/src/stamp/stamps.rs":
            "self.of(user) == *remembered" => "true",
            File("credentials_table"), "every_event_ends_what_the_table_says";
        "stamp-of-the-epoch" in "crudauth/src/stamp/stamps.rs":
            "hasher.write(&facts.epoch.to_le_bytes());" => "",
            File("epochs"), "every_other_epoch_ends_what_was_issued";
        "inactive" in "crudauth/src/transport/holder.rs":
            "self.stamps.count(user, stamp).await? && self.may_use(user).await" => "self.stamps.count(user, stamp).await?",
            File("bearer_routes"), "a_token_ends_with_the_account_and_with_its_credentials";
        "epoch-goes-around" in "crudauth/src/user/change.rs":
            "i32::try_from(epoch).map_or(epoch.wrapping_add(1), |epoch| epoch.wrapping_add(1).into())" => "epoch.wrapping_add(1)",
            File("epochs"), "an_epoch_goes_around_the_end_of_its_type";
    }
    "Sign-ins by tokens are listed with sessions and end with them: by handle, at a logout everywhere unless `?tokens=keep` asks otherwise, with every change of credentials; their access tokens end at once" {
        "families-of-before" in "crudauth/src/password_change/service.rs":
            "self.core.families.end_before(&id, stamp).await" => "Ok::<(), crate::store::StoreError>(())",
            File("sign_ins"), "a_new_password_leaves_no_sign_in_by_tokens_in_the_store";
    }
    "A table that is altered or made anew while the server runs, what an application does to a connection that it is lent, and a primary that was a standby for a while are no fault that a client sees" {
        "outdated-statement" in "crudauth/src/store/postgres/fault.rs":
            "is_unknown && kind(error) == StoreErrorKind::Broken" => "false",
            File("schema_changes"), "no_change_of_a_table_is_a_fault_of_the_store_on_postgres";
        "standby" in "crudauth/src/store/postgres/fault.rs":
            "matches!(kind, DatabaseErrorKind::ReadOnlyTransaction)" => "false",
            File("schema_changes"), "a_primary_that_was_a_standby_is_found_again";
        "lent-apart" in "crudauth/src/store/postgres/handle.rs":
            "self.lent.get()" => "self.pool.get()",
            File("schema_changes"), "what_is_done_to_a_lent_connection_concerns_nobody_else";
    }
    "A fault that lasts is no load that passes: the schema and the rights are checked at start-up, and what breaks afterwards is a 500 whose cause is in the log once" {
        "lasting-fault" in "crudauth/src/http/wire.rs":
            "error.kind()" => "StoreErrorKind::Unavailable",
            File("store_faults"), "what_is_broken_for_good_is_a_500_whose_cause_is_in_the_log_once";
        "told-once" in "crudauth/src/http/report.rs":
            "told == text" => "false",
            File("store_faults"), "what_is_broken_for_good_is_a_500_whose_cause_is_in_the_log_once";
        "unfilled-column" in "crudauth/src/store/sql/fit.rs":
            "!column.is_not_null || column.fills_itself || facts.has_trigger" => "true",
            File("store_faults"), "what_the_schema_tells_is_a_start_up_error_with_all_of_it";
        "room-for-a-hash" in "crudauth/src/store/hash_room.rs":
            "length <= *characters" => "true",
            File("store_faults"), "a_column_in_which_no_hash_fits_is_a_start_up_error_with_the_statement";
    }
    "A primary key of any type that Diesel has for a text, an integer or a UUID names its user and nobody else, in sessions and tokens" {
        "id-as-its-column" in "crudauth/src/store/postgres/columns.rs":
            "as_bound.contains(&of_type)" => "true",
            File("id_types"), "every_id_round_trips_on_postgres";
    }
    "A pooler in front of PostgreSQL keeps no setting of crudauth for others, and one that loses prepared statements is refused" {
        "pooler" in "crudauth/src/store/postgres/pooler.rs":
            "Err(self.loses_statements())" => "Ok(())",
            File("pooler"), "a_pooler_that_lends_transactions_is_used_or_refused_with_the_way_out";
    }
    "What does not fit the users table is refused, and never cut to fit" {
        "foreign-characters" in "crudauth/src/store/sql/user_store.rs":
            "error.kind() == StoreErrorKind::Unfit" => "false",
            File("store_faults"), "characters_that_the_table_has_no_code_for_are_the_clients_mistake";
    }
}
