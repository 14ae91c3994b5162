//! Which sessions a request shows.

use super::id::{Presented, SessionId};

/// The genuine ids in the session cookies of a request.
///
/// A browser sends every cookie of a name that fits: one of another path, or one that a
/// neighbouring host has planted, stands there beside the application's own. What was never issued
/// here is told by its seal and left out; which of the others counts, the store knows.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) ids: Ids,
    /// Whether one of the cookies has the form of an id and a seal that is not ours.
    pub(crate) has_forged: bool,
}

/// One id is the rule, and needs no list.
#[derive(Debug)]
pub(crate) enum Ids {
    /// There is no session cookie.
    Nothing,
    /// There are session cookies, and none of them was issued here.
    Foreign,
    One(SessionId),
    Several(Vec<SessionId>),
    /// More than a browser collects on its own; the store is not asked for them.
    TooMany,
}

/// How many ids of one request are looked up.
const MOST: usize = 8;

impl Shown {
    pub(super) fn of(cookies: impl Iterator<Item = Presented>) -> Self {
        let (mut ids, mut has_forged) = (Ids::Nothing, false);
        for cookie in cookies {
            ids = match cookie {
                Presented::Genuine(id) => ids.and(id),
                Presented::Forged => {
                    has_forged = true;
                    ids.and_foreign()
                }
                Presented::Foreign => ids.and_foreign(),
            };
        }
        Self { ids, has_forged }
    }
}

impl Ids {
    fn and(self, id: SessionId) -> Self {
        match self {
            Self::Nothing | Self::Foreign => Self::One(id),
            Self::One(first) if first.handle() == id.handle() => Self::One(first),
            Self::One(first) => Self::Several(vec![first, id]),
            Self::Several(ids) if ids.iter().any(|it| it.handle() == id.handle()) => {
                Self::Several(ids)
            }
            Self::Several(ids) if ids.len() == MOST => Self::TooMany,
            Self::Several(mut ids) => {
                ids.push(id);
                Self::Several(ids)
            }
            Self::TooMany => Self::TooMany,
        }
    }

    fn and_foreign(self) -> Self {
        match self {
            Self::Nothing => Self::Foreign,
            ids => ids,
        }
    }

    /// The ids; `None` where there are too many.
    pub(crate) fn into_vec(self) -> Option<Vec<SessionId>> {
        match self {
            Self::Nothing | Self::Foreign => Some(Vec::new()),
            Self::One(id) => Some(vec![id]),
            Self::Several(ids) => Some(ids),
            Self::TooMany => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Digester, SecretKey};

    fn genuine(digester: &Digester) -> SessionId {
        SessionId::mint(digester).expect("random")
    }

    #[test]
    fn what_was_not_issued_here_hides_nothing() {
        let digester = SecretKey::random().expect("random").digester("session");
        let (id, other) = (genuine(&digester), genuine(&digester));
        let again = |id: &SessionId| SessionId::read(id.cookie_value().as_bytes(), &digester);
        let of = |cookies: Vec<Presented>| Shown::of(cookies.into_iter());

        assert!(matches!(of(vec![]).ids, Ids::Nothing));
        assert!(matches!(of(vec![Presented::Foreign]).ids, Ids::Foreign));
        let forged = of(vec![Presented::Forged]);
        assert!(matches!(forged.ids, Ids::Foreign) && forged.has_forged);
        for cookies in
            [vec![Presented::Foreign, again(&id)], vec![again(&id), Presented::Forged, again(&id)]]
        {
            assert!(matches!(of(cookies).ids, Ids::One(it) if it.handle() == id.handle()));
        }
        let both = of(vec![again(&id), Presented::Foreign, again(&other), again(&id)]);
        assert_eq!(both.ids.into_vec().map(|ids| ids.len()), Some(2));
        let many = (0..=MOST).map(|_| Presented::Genuine(genuine(&digester)));
        assert!(Shown::of(many).ids.into_vec().is_none());
    }
}
