//! A user's sign-ins by tokens: to list, and to end.

use std::time::{Duration, UNIX_EPOCH};

use super::family::{TokenFamilies, read};
use crate::event::LogSafe;
use crate::principal::{Bearer, TransportName};
use crate::stamp::SecurityStamp;
use crate::store::StoreError;
use crate::transport::ProviderLogin;
use crate::transport::session::{Device, SessionInfo, is_handle};

/// What the key of a family begins with; its handle follows.
const PREFIX: &str = "refresh:";

impl TokenFamilies {
    /// The families of a user that are alive, in no particular order.
    pub(crate) async fn list(&self, user: &str) -> Result<Vec<SessionInfo>, StoreError> {
        let listed = self.entries_of(user).await?;
        let infos = listed.into_iter().filter_map(|family| {
            let record = read(&family.value)?;
            let login = record.login.as_deref().and_then(ProviderLogin::read);
            let at = |unix_ms| UNIX_EPOCH.checked_add(Duration::from_millis(unix_ms));
            Some(SessionInfo {
                handle: family.key.strip_prefix(PREFIX)?.to_owned(),
                device: Device::of(record.agent.as_deref().unwrap_or_default()),
                address: record.address,
                created_at: at(record.created)?,
                last_activity: at(record.turned)?,
                current: false,
                via: Bearer::NAME,
                expires_at: at(record.expires.saturating_mul(1000))?,
                stamp: record.stamp,
                provider: login.as_ref().map(|login| login.provider.clone()),
                login,
            })
        });
        Ok(infos.collect())
    }

    /// Ends the family `handle` of `user`; `false` if there is none, also if it is another user's.
    pub(crate) async fn revoke(&self, user: &str, handle: &str) -> Result<bool, StoreError> {
        if !is_handle(handle) {
            return Ok(false);
        }
        let key = [PREFIX, handle].concat();
        let Some(stored) = self.state.get(&key).await? else { return Ok(false) };
        if read(&stored).is_none_or(|record| record.user != user) {
            return Ok(false);
        }
        self.state.remove(&key).await
    }

    /// Ends every family of a user but the one with the handle `except`, and says how many there
    /// were.
    pub(crate) async fn end_all(
        &self,
        user: &str,
        except: Option<&str>,
    ) -> Result<u64, StoreError> {
        let mut ended = 0;
        for family in self.entries_of(user).await? {
            if except.is_none() || family.key.strip_prefix(PREFIX) != except {
                ended += u64::from(self.state.remove(&family.key).await?);
            }
        }
        Ok(ended)
    }

    /// Ends the families of a user that remember another stamp than `now`, which the row has: those
    /// from before a change of credentials.
    pub(crate) async fn end_before(
        &self,
        user: &str,
        now: SecurityStamp,
    ) -> Result<(), StoreError> {
        for family in self.entries_of(user).await? {
            if read(&family.value).is_none_or(|record| record.stamp != now) {
                self.state.remove(&family.key).await?;
            }
        }
        Ok(())
    }

    /// How events call the family with this handle: as [`name_of`](Self::name_of) does.
    pub(crate) fn name_of_handle(handle: &str) -> LogSafe {
        LogSafe::new(handle.get(..16).unwrap_or_default())
    }
}
