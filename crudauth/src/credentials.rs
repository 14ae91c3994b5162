//! Which event ends which credential.
//!
//! *Own* is the session, or the sign-in by tokens, that the event comes from; *other* is any other
//! of the same user. A family is a sign-in by tokens: its refresh tokens, one after another.
//!
//! | event | own session | other session | access token | own family | other family | reset link | link to a new address | verify link | link to sign in | code to sign in |
//! |---|---|---|---|---|---|---|---|---|---|---|
//! | (nothing) | stays | stays | stays | stays | stays | stays | stays | stays | stays | stays |
//! | change of password | stays | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | first password | stays | stays | stays | stays | stays | ends | ends | stays | stays | stays |
//! | reset of password | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | change of e-mail address | stays | stays | stays | stays | stays | ends | ends | ends | ends | ends |
//! | verification | stays | stays | stays | stays | stays | stays | stays | ends | stays | stays |
//! | claim of the account by a provider | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | first proof of the mailbox by a link to sign in | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | deactivation | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | deactivation and reactivation | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | deactivation by SQL that a session meets, and reactivation | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | deactivation by SQL that a token meets, and reactivation | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | deletion | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | another row with the same id | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | another row with the same id and address | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | another `token_version` | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | another hash by SQL | ends | ends | ends | ends | ends | ends | ends | ends | ends | ends |
//! | logout of the session | ends | stays | stays | stays | stays | stays | stays | stays | stays | stays |
//! | logout with the refresh token | stays | stays | ends | ends | stays | stays | stays | stays | stays | stays |
//! | logout everywhere | ends | ends | ends | ends | ends | stays | stays | stays | stays | stays |
//! | logout everywhere else | stays | ends | ends | ends | ends | stays | stays | stays | stays | stays |
//! | logout everywhere else but of tokens | stays | ends | stays | stays | stays | stays | stays | stays | stays | stays |
//! | revocation of the other session | stays | ends | stays | stays | stays | stays | stays | stays | stays | stays |
//! | revocation of the own family | stays | stays | ends | ends | stays | stays | stays | stays | stays | stays |
//! | renewal of the tokens | stays | stays | stays | stays | stays | stays | stays | stays | stays | stays |
//! | reuse of a refresh token | stays | stays | ends | ends | stays | stays | stays | stays | stays | stays |
//! | end of all families | stays | stays | ends | ends | ends | stays | stays | stays | stays | stays |
//! | renewal of a hash | stays | stays | stays | stays | stays | ends | ends | stays | stays | stays |
//!
//! - Every credential is bound to the row that it was issued to: to its credential epoch
//!   (`token_version`) and its stored hash, or, where there is no hash, to its login identifiers.
//!   So it ends with every change of these, by whatever code they are made, and it never serves
//!   **another row that gets the same id**. [`CrudAuth::carry_over`](crate::CrudAuth::carry_over)
//!   is for an application that replaces a hash and wants to end nothing.
//! - A **sign-in** is bound to the row as it was read: one that overlaps a change of credentials
//!   ends with it.
//! - A **change of password** moves the epoch on. The session that made it stays, under another id
//!   and without the elevated rights of the sudo mode. Tokens end, so a client with tokens signs in
//!   again. A first password (`POST /set-password`) ends the reset link and the link to a new
//!   address. It ends no session, since none of them began with a password.
//! - **Elevated rights** give the session another id too. In both cases the cookie from before
//!   counts for another ten seconds, without the rights.
//! - A **reset** also verifies the address, so the link that verifies it ends.
//! - A **claim**: a user signs in by a provider that vouches for their address, and an account has that
//!   address without having proved it. The person who made the account loses it, with the linked
//!   identities, second factors and keys. A sign-in that *links* an identity to an account ends nothing, and an identity that
//!   is unlinked ends the sign-ins that it began, but for the session that asks.
//! - A **second factor** that is set up ends every other session and every sign-in by tokens, and links; the session that did
//!   it stays, under another id. One that is reset by an administrator ends all of them. Taking it off and
//!   new recovery codes end nothing. A sign-in that waits for a code ends with a change of credentials.
//! - The **first proof** of the address of an account, by a link or a reset, ends the identities that
//!   were linked before; a reset ends passkeys and keys too. A **link or a code to sign in** that is the
//!   first proof takes the account from the person who made it, as a claim does. Later ones end nothing.
//! - A **change of e-mail address** ends every link that was sent to the earlier address, or asked
//!   for while the account had it.
//! - A **deactivated** account refuses everything.
//!   [`CrudAuth::deactivate`](crate::CrudAuth::deactivate) ends all that it holds for good. Where the
//!   application writes the flag by its own SQL, the first session, token or link that is shown
//!   while the account is inactive ends all of them for good, and moves the epoch on. If none is
//!   shown before the account is active again, nothing has ended. To rule that out, write the epoch
//!   too: `UPDATE users SET is_active = FALSE, token_version = token_version + 1 WHERE id = ..`.
//!   Where the struct has no epoch, links and known devices stay in the case of the application's
//!   own SQL.
//! - A **logout everywhere** (`POST /logout-all`) ends sessions and sign-ins by tokens;
//!   `?keep_current=1` keeps the session that asks, and `?tokens=keep` the sign-ins by tokens.
//! - An **access token** ends with its family. Another service, which verifies it by its signature
//!   alone, takes it until its time is over (15 minutes by default).
//! - A **renewal** replaces the refresh token. The earlier token can be used for another 20 seconds
//!   by default (the grace), and gets the same successor. After the grace, or once its successor was
//!   used, it counts as stolen: its **reuse** ends the family.
//! - A **hash is renewed** at a sign-in where it is outdated. The links that lead to another password
//!   or address end with it, and can be asked for again; nothing else does.
//! - Each link ends with its own use.
//!
//! Where the struct has given up `token_version`, credentials are bound to the stored hash alone.
//! Such a struct cannot have tokens.
