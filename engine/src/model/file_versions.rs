//! What merging several branches makes of one file.

/// The versions that merging branches can give a file which stays at its path, so that what a merge makes
/// of it depends on its version alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVersions {
    /// The branches that change it, as numbers among those asked for.
    pub branches: Vec<usize>,
    /// Of each version, the target's first, what merging each of these branches makes of it.
    pub merges: Vec<Vec<VersionMerge>>,
}

/// One branch merged into one version of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionMerge {
    /// The version after it, by its number.
    pub after: usize,
    /// The hunks that a person must resolve.
    pub hunks: u32,
    /// The conflicts that a rule resolves, see [`super::FileKinds::is_mechanical`].
    pub mechanical: u32,
}
