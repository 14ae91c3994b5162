//! A user's sessions across devices, without HTTP.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use humantime::{format_rfc3339_millis, format_rfc3339_seconds};
use serde::{Serialize, Serializer};

use super::device::Device;
use super::record::{SessionRecord, Standing};
use super::service::{Sessions, handle_of};
use crate::principal::{Session, TransportName};
use crate::stamp::SecurityStamp;
use crate::store::{Listed, StoreError};
use crate::transport::ProviderLogin;
use crate::user::UserId;

/// The length of a handle: a digest in hexadecimal.
const HANDLE: usize = 64;

/// One of a user's sign-ins, by a session or by tokens, as its owner sees it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SessionInfo {
    /// The public handle: it names the sign-in and cannot be used to sign in.
    #[serde(rename = "id")]
    pub handle: String,
    /// What it runs on.
    pub device: Device,
    /// The address that it began from.
    #[serde(rename = "ip")]
    pub address: Option<String>,
    /// When it began.
    #[serde(serialize_with = "as_rfc3339")]
    pub created_at: SystemTime,
    /// When it was last active: a session, to the precision of
    /// [`touch_interval`](super::SessionConfig::touch_interval); a sign-in by tokens, when its access
    /// token was last renewed.
    #[serde(serialize_with = "as_rfc3339")]
    pub last_activity: SystemTime,
    /// Whether the request that asks belongs to it; `false` where no request does.
    pub current: bool,
    /// The name of the transport that carries its proof: `session`, or `bearer` for a sign-in by
    /// tokens.
    pub via: &'static str,
    /// When it ends: of a session, if nothing more is heard of it.
    #[serde(serialize_with = "as_rfc3339")]
    pub expires_at: SystemTime,
    /// The stamp of the row that it was issued to.
    #[serde(skip)]
    pub(crate) stamp: SecurityStamp,
    /// The name of the provider that has proved who signs in; `None`, and not in JSON, where none has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The identity there.
    #[serde(skip)]
    #[cfg_attr(not(feature = "oauth"), allow(dead_code, reason = "providers alone ask"))]
    pub(crate) login: Option<ProviderLogin>,
}

impl Sessions {
    /// The sessions of a user that are alive, the last active one first.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub(crate) async fn list(&self, user: &impl UserId) -> Result<Vec<SessionInfo>, StoreError> {
        let now = self.clock.now_ms();
        let mut sessions: Vec<_> = self
            .records_of(user, now)
            .await?
            .into_iter()
            .map(|(key, record)| {
                let left = self.remaining(&record.standing, now);
                SessionInfo::of(handle_of(&key), &record, left, now)
            })
            .collect();
        sessions.sort_unstable_by(|left, right| {
            right.last_activity.cmp(&left.last_activity).then(left.handle.cmp(&right.handle))
        });
        Ok(sessions)
    }

    /// Ends the session `handle` of `user`; `false` if there is none, also if it is another
    /// user's.
    ///
    /// # Errors
    ///
    /// Where the store fails; the session may still be alive.
    pub(crate) async fn revoke(
        &self,
        user: &impl UserId,
        handle: &str,
    ) -> Result<bool, StoreError> {
        if !is_handle(handle) {
            return Ok(false);
        }
        let key = self.key(handle);
        let Some(stored) = self.state.get(&key).await? else { return Ok(false) };
        let record = SessionRecord::parse(&stored);
        let Some(record) = record.filter(|record| record.user == user.to_string()) else {
            return Ok(false);
        };
        let was_alive = !self.remaining(&record.standing, self.clock.now_ms()).is_zero();
        Ok(self.state.remove(&key).await? && was_alive)
    }

    /// Ends all sessions of `user` but the one with the handle `except`, and says how many of
    /// them were alive. One that begins meanwhile may stay.
    ///
    /// # Errors
    ///
    /// Where the store fails; some may still be alive.
    pub(crate) async fn revoke_all(
        &self,
        user: &impl UserId,
        except: Option<&str>,
    ) -> Result<u64, StoreError> {
        let (now, kept) = (self.clock.now_ms(), except.map(|handle| self.key(handle)));
        let mut revoked = 0;
        for Listed { key, value } in self.state.list(&self.owner(&user.to_string())).await? {
            if Some(&key) == kept.as_ref() {
                continue;
            }
            let standing = Standing::read(&value);
            let was_alive = standing.is_some_and(|it| {
                !self.remaining(&it, now).is_zero() && it.superseded_until.is_none()
            });
            if self.state.remove(&key).await? && was_alive {
                revoked += 1;
            }
        }
        Ok(revoked)
    }

    async fn records_of(
        &self,
        user: &impl UserId,
        now: u64,
    ) -> Result<Vec<(String, SessionRecord)>, StoreError> {
        let listed = self.state.list(&self.owner(&user.to_string())).await?;
        let records = listed.into_iter().filter_map(|Listed { key, value }| {
            let record = SessionRecord::parse(&value)?;
            let is_alive = !self.remaining(&record.standing, now).is_zero();
            let is_itself = record.standing.superseded_until.is_none();
            (is_alive && is_itself).then(|| (key, record.into_owned()))
        });
        Ok(records.collect())
    }
}

/// Whether a text has the form of a handle.
pub(crate) fn is_handle(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == HANDLE && text.bytes().all(is_digit)
}

impl SessionInfo {
    fn of(handle: &str, record: &SessionRecord, left: Duration, now: u64) -> Self {
        let at = |unix_ms| UNIX_EPOCH + Duration::from_millis(unix_ms);
        let login = record.login.as_deref().and_then(ProviderLogin::read);
        Self {
            handle: handle.to_owned(),
            device: Device::of(record.agent.as_deref().unwrap_or_default()),
            address: record.address.clone(),
            created_at: at(record.standing.created),
            last_activity: at(record.standing.seen),
            current: false,
            via: Session::NAME,
            // An end that no clock reaches is the last moment that it can tell.
            expires_at: at(now).checked_add(left).unwrap_or_else(|| at(u64::MAX)),
            stamp: record.standing.stamp,
            provider: login.as_ref().map(|login| login.provider.clone()),
            login,
        }
    }
}

/// RFC 3339 in UTC: `2027-01-15T08:00:00Z`. A time that the format cannot have is null.
pub(crate) fn as_rfc3339<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    /// The year 10000, in seconds.
    const END: u64 = 253_402_300_800;
    let since_epoch = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    if since_epoch.as_secs() >= END {
        return serializer.serialize_none();
    }
    let at = UNIX_EPOCH + since_epoch;
    let is_whole = since_epoch.subsec_millis() == 0;
    let text = if is_whole { format_rfc3339_seconds(at) } else { format_rfc3339_millis(at) };
    serializer.collect_str(&text)
}
