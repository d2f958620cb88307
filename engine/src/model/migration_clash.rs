//! Migrations that exclude each other.

use super::RepoPath;

/// Two migrations that git merges, though they exclude each other: they follow the same one, or have one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationClash {
    /// Who added which; nobody is the target.
    pub sides: [(Vec<String>, RepoPath); 2],
    /// The two heads, as `0003_color / 0003_size`, or the number.
    pub names: String,
    /// Whether one of them is not committed.
    pub uncommitted: bool,
}

impl MigrationClash {
    /// Whether they are two heads; otherwise two files have one number.
    pub fn are_heads(&self) -> bool {
        self.names.contains(" / ")
    }
}
