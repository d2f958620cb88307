//! What is to be resolved where merges stop, as bounds are made of: sums and differences, compared as costs are.

use std::iter::Sum;
use std::ops::{Add, Sub};

use crate::model::{Cost, VersionMerge};

/// Places that a person must resolve, then conflicts that a rule resolves; or how many more than elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight {
    pub hunks: i64,
    pub mechanical: i64,
}

impl Weight {
    /// Of one merge.
    pub fn of(cost: Cost) -> Weight {
        Weight { hunks: i64::from(cost.hunks), mechanical: i64::from(cost.mechanical) }
    }

    /// Of one file in one merge.
    pub fn of_version(merge: VersionMerge) -> Weight {
        Weight { hunks: i64::from(merge.hunks), mechanical: i64::from(merge.mechanical) }
    }

    /// Whether a person has to resolve something.
    pub fn stops(self) -> bool {
        self.hunks > 0
    }

    /// What so many merges cost that have this weight together.
    pub fn cost(self, steps: u32) -> Cost {
        // a person's places are bounded first, so that what is known of the rest may be less than nothing
        let count = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
        Cost { steps, hunks: count(self.hunks), mechanical: count(self.mechanical), ..Cost::default() }
    }
}

impl Add for Weight {
    type Output = Weight;

    fn add(self, other: Weight) -> Weight {
        Weight { hunks: self.hunks + other.hunks, mechanical: self.mechanical + other.mechanical }
    }
}

impl Sub for Weight {
    type Output = Weight;

    fn sub(self, other: Weight) -> Weight {
        Weight { hunks: self.hunks - other.hunks, mechanical: self.mechanical - other.mechanical }
    }
}

impl Sum for Weight {
    fn sum<I: Iterator<Item = Weight>>(weights: I) -> Weight {
        weights.fold(Weight::default(), Add::add)
    }
}
