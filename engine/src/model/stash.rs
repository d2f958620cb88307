//! Work that was put aside with `git stash`.

/// An entry of the stash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stash {
    /// How many newer ones there are.
    pub number: usize,
    /// The branch that it was put aside on.
    pub branch: String,
    /// What git says of it: `WIP on topic: 1a2b3c4 Subject`.
    pub what: String,
}

impl Stash {
    /// Its name for git.
    pub fn name(&self) -> String {
        format!("stash@{{{}}}", self.number)
    }

    /// Reads what git says of an entry; `None` where it was made on no branch.
    pub fn read(number: usize, what: &str) -> Option<Stash> {
        let rest = what.strip_prefix("WIP on ").or_else(|| what.strip_prefix("On "))?;
        // no name of a branch has a colon
        let (branch, _) = rest.split_once(": ")?;
        let is_branch = branch != "(no branch)";
        is_branch.then(|| Stash { number, branch: branch.to_string(), what: what.to_string() })
    }
}
