//! Which of two terminals was registered first, as far as their files say.

use chrono::DateTime;

use crate::model::Facts;

/// Where and when a terminal was registered. The earlier one is the smaller one; one that is not dated comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Registration {
    is_undated: bool,
    /// `started`, in seconds since 1970.
    started: Option<i64>,
    /// The number of its file, and its own in it.
    at: (usize, usize),
}

impl Registration {
    /// The first one of these terminals, by their ids; `None` where none is registered.
    pub fn first(facts: &Facts, is_meant: impl Fn(&str) -> bool) -> Option<Registration> {
        let sessions = facts.files.iter().enumerate().flat_map(|(number, file)| {
            file.sessions.iter().enumerate().map(move |(at, session)| ((number, at), session))
        });
        let own = sessions.filter(|(_, session)| is_meant(&session.at.terminal)).map(|(at, session)| {
            let started = session.started.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
            let started = started.map(|time| time.timestamp());
            Registration { is_undated: started.is_none(), started, at }
        });
        own.min()
    }

    /// Whether it is certainly earlier than another one: by its date, or by its place in the same file.
    pub fn is_before(&self, other: &Registration) -> bool {
        match (self.started, other.started) {
            (Some(own), Some(other)) if own != other => own < other,
            (Some(_), None) | (None, Some(_)) => false,
            (Some(_), Some(_)) | (None, None) => self.at.0 == other.at.0 && self.at.1 < other.at.1,
        }
    }
}
