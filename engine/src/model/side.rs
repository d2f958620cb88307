//! The two sides of a merge, and values that belong to them.

use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

/// A side of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The one that is merged into.
    Ours,
    /// The one that is merged.
    Theirs,
}

impl Side {
    /// Ours, then theirs.
    pub const BOTH: [Side; 2] = [Side::Ours, Side::Theirs];

    /// The opposite side.
    pub fn other(self) -> Side {
        match self {
            Side::Ours => Side::Theirs,
            Side::Theirs => Side::Ours,
        }
    }
}

/// A value for each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides<T> {
    /// Of our side.
    pub ours: T,
    /// Of their side.
    pub theirs: T,
}

impl<T> Sides<T> {
    /// Makes the value of each side, ours first.
    pub fn of(mut make: impl FnMut(Side) -> T) -> Sides<T> {
        Sides { ours: make(Side::Ours), theirs: make(Side::Theirs) }
    }

    /// The value of each side turned into another, ours first.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Sides<U> {
        Sides { ours: make(self.ours), theirs: make(self.theirs) }
    }

    /// Both values, ours first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        [&self.ours, &self.theirs].into_iter()
    }
}

impl<T> Index<Side> for Sides<T> {
    type Output = T;

    fn index(&self, side: Side) -> &T {
        match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        }
    }
}

impl<T> IndexMut<Side> for Sides<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Ours => &mut self.ours,
            Side::Theirs => &mut self.theirs,
        }
    }
}

/// A value for the merge base and for each side: the stages 1, 2 and 3 of git's index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stages<T> {
    /// Of the merge base.
    pub base: T,
    /// Of our side.
    pub ours: T,
    /// Of their side.
    pub theirs: T,
}

impl<T> Stages<T> {
    /// The value of each stage turned into another, the base's first.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Stages<U> {
        Stages { base: make(self.base), ours: make(self.ours), theirs: make(self.theirs) }
    }

    /// The same where that can fail.
    ///
    /// # Errors
    /// The first error.
    pub fn try_map<U, E>(self, mut make: impl FnMut(T) -> Result<U, E>) -> Result<Stages<U>, E> {
        Ok(Stages { base: make(self.base)?, ours: make(self.ours)?, theirs: make(self.theirs)? })
    }

    /// References to the values.
    pub fn each_ref(&self) -> Stages<&T> {
        Stages { base: &self.base, ours: &self.ours, theirs: &self.theirs }
    }

    /// The values in the order of the stages.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        [&self.base, &self.ours, &self.theirs].into_iter()
    }
}

impl<T> Index<Side> for Stages<T> {
    type Output = T;

    fn index(&self, side: Side) -> &T {
        match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        }
    }
}

impl<T> IndexMut<Side> for Stages<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Ours => &mut self.ours,
            Side::Theirs => &mut self.theirs,
        }
    }
}
