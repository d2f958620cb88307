//! Which branches of remotes are terminals.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::config::{Config, REMOTES_DAYS};

/// A day, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// Which branches of remotes are terminals.
pub(super) struct Remotes {
    pub(super) globs: GlobSet,
    /// How old their last commit may be.
    pub(super) days: u32,
    /// The same in seconds since 1970, where the time of the run is known.
    pub(super) since: Option<i64>,
}

impl Remotes {
    /// As the option or the settings say; `None` where none are.
    pub(super) fn of(option: Option<&String>, config: &Config, now: Option<i64>) -> Option<Remotes> {
        let globs = option.map_or(&config.remotes[..], std::slice::from_ref);
        if globs.is_empty() {
            return None;
        }
        let mut set = GlobSetBuilder::new();
        for glob in globs.iter().filter_map(|glob| Glob::new(glob).ok()) {
            set.add(glob);
        }
        let days = config.remotes_days.unwrap_or(REMOTES_DAYS);
        let since = now.map(|now| now - i64::from(days) * DAY);
        Some(Remotes { globs: set.build().ok()?, days, since })
    }
}
