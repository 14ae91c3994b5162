use std::fmt;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{AfterHook, HookContext, Hooks};
use crate::background::Background;
use crate::chain::chain;
use crate::user::AuthUser;

/// How many after-hooks may run at once, so that hooks that hang do not use up the memory.
const MAX_RUNNING_HOOKS: usize = 1024;

/// Runs the hooks of an application.
pub(crate) struct HookRunner<U: AuthUser> {
    pub(super) hooks: Hooks<U>,
    running: Arc<Semaphore>,
    background: Background,
}

impl<U: AuthUser> HookRunner<U> {
    pub(crate) fn new(hooks: Hooks<U>, background: Background) -> Self {
        Self { hooks, running: Arc::new(Semaphore::new(MAX_RUNNING_HOOKS)), background }
    }

    /// Whether a hook runs after logouts, for which the user has to be looked up.
    pub(crate) fn has_logout_hook(&self) -> bool {
        self.hooks.on_after_logout.is_some()
    }

    /// Runs `hook` in a task, including the part before its first `await`.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        name: &'static str,
        hook: &AfterHook<T>,
        subject: T,
        context: &HookContext,
    ) {
        let Ok(place) = Arc::clone(&self.running).try_acquire_owned() else {
            tracing::error!(target: "crudauth::hooks", hook = name, "dropped: too many hooks run");
            return;
        };
        let (hook, context) = (Arc::clone(hook), context.clone());
        // A separate task, so that a panic in it is an error here.
        let run = tokio::spawn(async move { hook(subject, context).await });
        self.background.spawn(async move {
            match run.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    let error = chain(&*error.into_source());
                    tracing::error!(target: "crudauth::hooks", hook = name, error, "failed");
                }
                Err(_) => tracing::error!(target: "crudauth::hooks", hook = name, "panicked"),
            }
            drop(place);
        });
    }
}

impl<U: AuthUser> fmt::Debug for HookRunner<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookRunner").field("hooks", &self.hooks).finish_non_exhaustive()
    }
}
