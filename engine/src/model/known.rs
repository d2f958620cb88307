//! A fact that is known, or unknown with its reason.

use super::Reason;

/// A fact that was determined, or the reason why it was not. What is not determined never
/// becomes "clean" or "none": both cases are matched wherever a fact is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// The fact.
    Known(T),
    /// It could not be determined.
    Unknown(Reason),
}

impl<T> Known<T> {
    /// An unknown fact with this reason.
    pub fn unknown(reason: impl Into<Reason>) -> Known<T> {
        Known::Unknown(reason.into())
    }

    /// The fact, where there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Known::Known(fact) => Some(fact),
            Known::Unknown(_) => None,
        }
    }

    /// The same, to change it.
    pub fn known_mut(&mut self) -> Option<&mut T> {
        match self {
            Known::Known(fact) => Some(fact),
            Known::Unknown(_) => None,
        }
    }

    /// The reason, where there is no fact.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Known::Known(_) => None,
            Known::Unknown(reason) => Some(reason),
        }
    }

    /// The fact.
    ///
    /// # Errors
    /// The reason, where there is none.
    pub fn determined(self) -> Result<T, Reason> {
        match self {
            Known::Known(fact) => Ok(fact),
            Known::Unknown(reason) => Err(reason),
        }
    }

    /// The same for another fact made of this one.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Known::Known(fact) => Known::Known(f(fact)),
            Known::Unknown(reason) => Known::Unknown(reason),
        }
    }

    /// What can be known of this fact; the reason of either, where that is not.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Known<U>) -> Known<U> {
        match self {
            Known::Known(fact) => f(fact),
            Known::Unknown(reason) => Known::Unknown(reason),
        }
    }
}

impl<T, E: Into<Reason>> From<Result<T, E>> for Known<T> {
    fn from(result: Result<T, E>) -> Known<T> {
        match result {
            Ok(fact) => Known::Known(fact),
            Err(error) => Known::Unknown(error.into()),
        }
    }
}
