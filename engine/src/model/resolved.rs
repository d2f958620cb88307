//! What became of a tracking file with the marks of a merge.

use std::fmt;

/// A tracking file whose merge was not concluded, and what is left to do in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedFile {
    /// Its name.
    pub name: String,
    /// The values that both sides changed to different ones; they are still between markers.
    pub left: Vec<BothValues>,
    /// Why it is as it was.
    pub unresolved: Option<String>,
}

impl ResolvedFile {
    /// Whether nothing is left to decide.
    pub fn is_settled(&self) -> bool {
        self.left.is_empty() && self.unresolved.is_none()
    }
}

/// A value that both sides changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BothValues {
    /// The keys that lead to it, with dots between them.
    pub at: String,
    /// Our value, as JSON; `None` where we removed it.
    pub ours: Option<String>,
    /// Theirs.
    pub theirs: Option<String>,
}

impl fmt::Display for BothValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |side: &Option<String>| side.clone().unwrap_or_else(|| "removed".to_string());
        write!(f, "{}: {} here, {} there", self.at, value(&self.ours), value(&self.theirs))
    }
}
