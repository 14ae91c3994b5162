//! The hooks of an application, over a real port.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::response::IntoResponse;
use crudauth::hooks::{HookContext, HookUser, Hooks, LoginFailure, Veto};
use crudauth::sudo::Proof;
use crudauth::{LockoutConfig, Password, Principal, RateLimits, Session};
use crudauth_tests::support::{Account, Mailbox, PASSWORD, TestApp};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

type Said = (String, HookContext);

fn tell(to: &UnboundedSender<Said>, what: impl Into<String>, context: HookContext) {
    to.send((what.into(), context)).unwrap();
}

/// Every after-hook, told to a channel.
fn all(to: &UnboundedSender<Said>) -> Hooks<Account> {
    macro_rules! about_users {
        ($hooks:expr, $($name:ident),+) => {{
            let hooks = $hooks;
            $(
                let to_ = to.clone();
                let hooks = hooks.$name(move |user: HookUser<Account>, context| {
                    let to = to_.clone();
                    async move {
                        tell(&to, format!("{} {}", stringify!($name), user.username), context);
                        Ok(())
                    }
                });
            )+
            hooks
        }};
    }
    let hooks = about_users!(
        Hooks::new(),
        on_after_register,
        on_after_login,
        on_after_logout,
        on_after_recovery_verified,
        on_after_password_reset,
        on_after_password_changed,
        on_after_email_changed,
        on_after_sudo
    );
    let (failed, locked) = (to.clone(), to.clone());
    hooks
        .on_login_failed(move |login, context| {
            let to = failed.clone();
            async move {
                let user = login.user.map(|user| user.username.clone());
                let reason = match login.reason {
                    LoginFailure::Inactive => "inactive",
                    _ => "invalid",
                };
                tell(&to, format!("on_login_failed {} {user:?} {reason}", login.name), context);
                Ok(())
            }
        })
        .on_lockout(move |login, context| {
            let to = locked.clone();
            async move {
                tell(&to, format!("on_lockout {} {:?}", login.name, login.retry_after), context);
                Ok(())
            }
        })
}

async fn next(from: &mut UnboundedReceiver<Said>) -> Said {
    timeout(Duration::from_secs(10), from.recv()).await.expect("a hook was called").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_calls_its_hook_once() {
    let (to, mut said) = unbounded_channel();
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        let lockout = LockoutConfig::default().max_attempts(2);
        builder
            .email(mailbox.config())
            .rate_limits(RateLimits::off())
            .lockout(lockout)
            .hooks(all(&to))
    })
    .await;
    let mut ada = app.client();
    ada.register("ada@example.com", "ada", PASSWORD).await;
    let (what, context) = next(&mut said).await;
    assert_eq!(what, "on_after_register ada");
    assert_eq!(context.address, Some("127.0.0.1".parse().unwrap()));
    assert_eq!(context.session, None);

    ada.login("ada", PASSWORD).await;
    let (what, signed_in) = next(&mut said).await;
    assert_eq!((what.as_str(), signed_in.transport), ("on_after_login ada", Some("session")));
    assert!(signed_in.session.is_some());

    let verify = mailbox.only(&app).await;
    ada.post_json("/email/verify-confirm", &json!({ "token": verify.token() })).await;
    assert_eq!(next(&mut said).await.0, "on_after_recovery_verified ada");

    let body = json!({ "current_password": PASSWORD, "new_password": "another passphrase" });
    assert_eq!(ada.post_json("/change-password", &body).await.status, 200);
    let (what, changed) = next(&mut said).await;
    assert_eq!(what, "on_after_password_changed ada");
    assert!(changed.session.is_some() && changed.session != signed_in.session, "it has a new id");
    mailbox.open(&app).await;

    let body = json!({ "new_email": "new@example.com", "password": "another passphrase" });
    ada.post_json("/email/change-request", &body).await;
    let change = mailbox.only(&app).await;
    ada.post_json("/email/change-confirm", &json!({ "token": change.token() })).await;
    assert_eq!(next(&mut said).await.0, "on_after_email_changed ada");
    mailbox.open(&app).await;

    let user = app.auth.stores().users().find_by_id(&1).await.unwrap().unwrap();
    let me = Principal::<Account>::authenticated::<Session>(user);
    let me = me.in_session(changed.session.clone().unwrap());
    let wrong = Proof::Password(Password::new("wrong"));
    assert!(app.auth.sudo().elevate(&me, wrong).await.is_err());
    let right = Proof::Password(Password::new("another passphrase"));
    let elevated = app.auth.sudo().elevate(&me, right).await.unwrap();
    ada.keep(elevated.into_response().headers());
    let (what, elevated) = next(&mut said).await;
    assert_eq!(what, "on_after_sudo ada");
    assert!(elevated.session.is_some() && elevated.session != changed.session, "it has a new id");

    ada.post("/logout").await;
    let (what, context) = next(&mut said).await;
    assert_eq!((what.as_str(), &context.session), ("on_after_logout ada", &elevated.session));

    ada.post_json("/password/reset-request", &json!({ "email": "new@example.com" })).await;
    let reset = mailbox.only(&app).await;
    let body = json!({ "token": reset.token(), "new_password": PASSWORD });
    assert_eq!(ada.post_json("/password/reset-confirm", &body).await.status, 200);
    assert_eq!(next(&mut said).await.0, "on_after_password_reset ada");

    app.client().login("nobody", PASSWORD).await;
    assert_eq!(next(&mut said).await.0, "on_login_failed nobody None invalid");
    app.execute("UPDATE accounts SET is_active = FALSE").await;
    app.client().login("ada", PASSWORD).await;
    assert_eq!(next(&mut said).await.0, "on_login_failed ada Some(\"ada\") inactive");
    assert_eq!(app.client().login("ada", "wrong").await.status, 401);
    assert_eq!(next(&mut said).await.0, "on_login_failed ada Some(\"ada\") invalid");
    assert_eq!(app.client().login("ada", "wrong").await.status, 429);
    assert!(next(&mut said).await.0.starts_with("on_lockout ada "));
    assert!(said.try_recv().is_err(), "nothing was told twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_hangs_fails_or_panics_is_in_nobodys_way() {
    let app = TestApp::with(|builder| {
        builder.hooks(
            Hooks::new()
                .on_after_register(|_, _| async { std::future::pending().await })
                .on_after_login(|_, _| async { panic!("as a test") })
                .on_login_failed(|_, _| async { Err("out of order".into()) }),
        )
    })
    .await;
    for name in ["ada", "eve"] {
        app.signed_in(name).await;
        assert_eq!(app.client().login(name, "wrong").await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_veto_is_a_403_with_its_text() {
    let app = TestApp::with(|builder| {
        builder.hooks(
            Hooks::<Account>::new()
                .before_register(|new, _| async move {
                    match new.username.as_deref() {
                        Some("eve") => Err(Veto::new("Sign-up is by invitation.")),
                        _ => Ok(()),
                    }
                })
                .before_login(|user, _| async move {
                    if user.full_name.is_some() {
                        Err(Veto::new("Come back on Monday."))
                    } else {
                        Ok(())
                    }
                }),
        )
    })
    .await;
    let answer = app.client().register("eve@example.com", "eve", PASSWORD).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (403, json!("Sign-up is by invitation."))
    );
    assert_eq!(app.client().register("eve@example.com", "adam", PASSWORD).await.status, 200);

    app.signed_in("ada").await;
    app.execute("UPDATE accounts SET full_name = 'x' WHERE username = 'ada'").await;
    let mut ada = app.client();
    for _ in 0..10 {
        let answer = ada.login("ada", PASSWORD).await;
        assert_eq!((answer.status.as_u16(), answer.detail()), (403, json!("Come back on Monday.")));
        assert!(answer.set_cookies().is_empty());
    }
    assert_eq!(
        ada.login("ada", "wrong").await.status,
        401,
        "the veto is for who knows the password"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hook_is_given_shows_no_hash() {
    let shown = Arc::new(Mutex::new(String::new()));
    let (to, mut done) = unbounded_channel();
    let app = TestApp::with(|builder| {
        let shown = Arc::clone(&shown);
        builder.hooks(Hooks::new().on_after_register(move |user, context| {
            let (shown, to) = (Arc::clone(&shown), to.clone());
            async move {
                *shown.lock().unwrap() = format!("{user:?} {context:?}");
                to.send(()).unwrap();
                Ok(())
            }
        }))
    })
    .await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    done.recv().await.unwrap();
    let shown = shown.lock().unwrap();
    assert!(shown.contains("HookUser { id: 1 }") && !shown.contains("argon2"), "{shown}");
}

/// The table of the module's documentation names every hook, and no other.
#[test]
fn the_table_of_hooks_is_complete() {
    let (to, _said) = unbounded_channel();
    let hooks = all(&to)
        .on_oauth_login(|_, _| async { Ok(()) })
        .on_account_claimed(|_, _| async { Ok(()) })
        .before_register(|_, _| async { Ok(()) })
        .before_login(|_, _| async { Ok(()) });
    let given: BTreeSet<String> =
        format!("{hooks:?}").split('"').skip(1).step_by(2).map(str::to_owned).collect();
    let rows = include_str!("../../crudauth/src/hooks/mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `")?.split('`').next().map(str::to_owned));
    assert_eq!(rows.collect::<BTreeSet<_>>(), given);
    let none = format!("{:?}", Hooks::<Account>::new());
    assert_eq!(none, "{}", "the form that is read here lists what is given");
}
