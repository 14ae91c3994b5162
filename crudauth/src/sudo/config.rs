use std::time::Duration;

use crate::error::Mistakes;

/// How long elevated rights last, and how many wrong proofs there may be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct SudoConfig {
    pub(super) window: Duration,
    pub(super) max_attempts: u32,
    pub(super) lockout: Duration,
    pub(crate) routes: bool,
}

impl Default for SudoConfig {
    /// Five minutes; three attempts in 15 minutes, then 15 minutes locked. No route.
    fn default() -> Self {
        Self {
            window: Duration::from_secs(300),
            max_attempts: 3,
            lockout: Duration::from_secs(900),
            routes: false,
        }
    }
}

impl SudoConfig {
    /// How long elevated rights last from the proof, however active the session is. Default: 5
    /// minutes.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// The wrong proof that locks. Default: the third.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long wrong proofs are counted together, and how long the lock lasts. Default: 15
    /// minutes.
    pub fn lockout(mut self, lockout: Duration) -> Self {
        self.lockout = lockout;
        self
    }

    /// Mounts `POST /step-up`. Default: no route.
    ///
    /// It takes `{"password": ".."}` or `{"code": ".."}`. A session is given elevated rights and another
    /// id, and the answer is `{"elevated_until": ".."}`. Without a session, the refresh token in its cookie
    /// or in the body as `refresh_token` names a sign-in by tokens: the answer is that of
    /// `POST /refresh`, and the new access token says by `amr`, `acr` and `auth_time` what was proved.
    pub fn routes(mut self) -> Self {
        self.routes = true;
        self
    }

    /// Says what is wrong, and the way out.
    pub(crate) fn check(&self, mistakes: &mut Mistakes) {
        let second = Duration::from_secs(1);
        if self.window < second {
            mistakes.add(
                "elevated rights would be over at once: raise `SudoConfig::window` to at least one \
                 second",
            );
        }
        if self.max_attempts == 0 {
            mistakes.add("no proof would be accepted: raise `SudoConfig::max_attempts`");
        }
        if self.lockout < second {
            mistakes.add(
                "wrong proofs would not be counted: raise `SudoConfig::lockout` to at least one \
                 second",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_names_the_setting() {
        let config = SudoConfig::default;
        let check = |config: SudoConfig| Mistakes::none_of(|mistakes| config.check(mistakes));
        assert!(check(config()).is_ok());
        for (config, setting) in [
            (config().window(Duration::ZERO), "SudoConfig::window"),
            (config().max_attempts(0), "SudoConfig::max_attempts"),
            (config().lockout(Duration::ZERO), "SudoConfig::lockout"),
        ] {
            let error = check(config).expect_err(setting).to_string();
            assert!(error.contains(setting), "{error}");
        }
    }
}
