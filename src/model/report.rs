use super::{Known, MergeOutcome};

/// What merging one terminal into the target alone would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// For its commits alone.
    pub committed: Known<MergeOutcome>,
    /// With its uncommitted work.
    pub work: Known<MergeOutcome>,
}
