//! Migrations that exclude each other.

use super::RepoPath;

/// How two migrations exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationKind {
    /// They follow the same one.
    Heads,
    /// They have one number.
    Number,
    /// They have one number, which is a time.
    Time,
    /// They have one class, by their names.
    Class,
}

impl MigrationKind {
    /// By what [`MigrationClash::names`] says.
    pub fn of(names: &str) -> MigrationKind {
        match names.bytes().all(|byte| byte.is_ascii_digit()) {
            true if names.len() >= TIME_DIGITS => MigrationKind::Time,
            true => MigrationKind::Number,
            false if names.contains(" / ") => MigrationKind::Heads,
            false => MigrationKind::Class,
        }
    }

    /// What to give one of them that is free.
    pub fn free(self) -> &'static str {
        match self {
            MigrationKind::Heads | MigrationKind::Number => "the next free number",
            MigrationKind::Time => "another time",
            MigrationKind::Class => "another name",
        }
    }
}

/// `20240103000000` has so many digits, and nobody counts so far.
const TIME_DIGITS: usize = 12;

/// Two migrations that git merges, though they exclude each other: they follow the same one, or have one number or class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationClash {
    /// Who added which; nobody is the target.
    pub sides: [(Vec<String>, RepoPath); 2],
    /// The two heads, as `0003_color / 0003_size`, the number, or the class.
    pub names: String,
    /// Whether one of them is not committed.
    pub uncommitted: bool,
}

impl MigrationClash {
    /// How they exclude each other.
    pub fn kind(&self) -> MigrationKind {
        MigrationKind::of(&self.names)
    }
}
