//! Work of two that merges without a conflict and breaks, and how it is said.

use serde::{Deserialize, Serialize};

use super::{BreakPattern, Confidence, MigrationKind, Oid, RepoPath, SemanticBreak, SourcePlace};

/// Work that merges without a conflict, and breaks: of two terminals, or of one and the target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SemanticClash {
    /// Who changed the definition, and who added the use; nobody is the target.
    pub sides: [Vec<String>; 2],
    /// What breaks. The lines are those of the sides' own versions.
    pub found: SemanticBreak,
    /// Whether work that is not committed belongs to it.
    pub uncommitted: bool,
}

/// What is said about the sources of all merges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SemanticClashes {
    /// What breaks, sorted.
    pub clashes: Vec<SemanticClash>,
    /// What was not looked at, with the reason, in words.
    pub not_looked_at: Vec<String>,
}

/// A tip, as far as it decides what breaks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SemanticTip {
    /// The commit that all its work belongs to.
    pub work_head: Option<Oid>,
    /// Its work.
    pub work_tree: Oid,
    /// Where it left the target.
    pub base: Option<Oid>,
}

/// What breaks of each other: these tips, and each and the target.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SemanticQuestion {
    /// The target's commit.
    pub target: Oid,
    /// The tips.
    pub tips: Vec<SemanticTip>,
}

/// The same question of two alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SemanticPair {
    /// The target's commit.
    pub target: Oid,
    /// The tips; nothing is what the target did since the other left it.
    pub tips: [Option<SemanticTip>; 2],
}

/// What one step of a merge order and all before it break of each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SemanticStep {
    /// The target's commit.
    pub target: Oid,
    /// The commit that the step merges.
    pub head: Oid,
    /// The trees before the step and after it.
    pub trees: [Oid; 2],
    /// The files in which steps up to this one stop, sorted.
    pub unclear: Vec<RepoPath>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SemanticAnswer {
    /// Who changed and who uses, by the numbers of the tips, or nobody for the target; and what breaks.
    pub breaks: Vec<([Option<usize>; 2], SemanticBreak)>,
    /// What was not looked at, with the reason, in words.
    pub not_looked_at: Vec<String>,
}

/// What is said of such work.
pub struct ClashWords {
    /// What each did.
    pub what: String,
    /// What is to be done.
    pub mend: String,
}

impl SemanticClash {
    /// In words, with the names of the two; names and paths are written by `name`.
    pub fn words(&self, [changer, user]: [&str; 2], name: &dyn Fn(&str) -> String) -> ClashWords {
        let at = |place: &SourcePlace| match place.lines {
            Some(lines) => format!("line {lines} of {}", name(&place.path.to_string())),
            None => name(&place.path.to_string()),
        };
        let found = &self.found;
        let (symbol, uses, was) = (name(&found.symbol), at(&found.uses), at(&found.definition));
        let became = found.became.as_deref().map(name);
        let will = if found.confidence == Confidence::Possible { "may" } else { "will" };
        let (what, mend) = match found.pattern {
            BreakPattern::ChangedSignature => (
                format!(
                    "{changer} changed what {symbol} takes or gives ({was}), and the call that {user} added in {uses} is of the old kind"
                ),
                format!("make the call in {uses} fit {}", became.as_ref().unwrap_or(&symbol)),
            ),
            BreakPattern::RenamedDefinition => {
                let to = became.as_ref().map_or(String::new(), |name| format!(" to {name}"));
                let call = became.as_deref().unwrap_or("its new name");
                (
                    format!(
                        "{changer} renamed {symbol}{to} ({was}), and what {user} added in {uses} {will} not find it"
                    ),
                    format!("use {call} in {uses}"),
                )
            }
            BreakPattern::RemovedDefinition => (
                format!(
                    "{changer} removed {symbol} ({was}), and what {user} added in {uses} {will} not find it"
                ),
                format!("do without {symbol} in {uses}, or keep it"),
            ),
            BreakPattern::MovedFile => {
                let to = became.as_ref().map_or(String::new(), |file| format!(" to {file}"));
                (
                    format!(
                        "{changer} moved {symbol}{to} ({was}), and what {user} added in {uses} looks for it at its old place"
                    ),
                    format!("name the new place of {symbol} in {uses}"),
                )
            }
            BreakPattern::NewRequiredMember => (
                format!(
                    "{changer} added a member to {symbol} that must be given ({was}), and what {user} added in {uses} lacks it"
                ),
                format!("add {} in {uses}", became.as_deref().unwrap_or("the member")),
            ),
            BreakPattern::NewVariant => (
                format!(
                    "{changer} added a variant to {symbol} ({was}), and the match that {user} added in {uses} does not list it"
                ),
                format!("list {} in {uses}", became.as_deref().unwrap_or("the variant")),
            ),
            BreakPattern::RemovedImport => (
                format!(
                    "{changer} removed the import of {symbol} ({was}), and what {user} added in {uses} needs it"
                ),
                format!("import {symbol} again in {}", name(&found.uses.path.to_string())),
            ),
            BreakPattern::DuplicateDefinition => (
                format!("{changer} ({was}) and {user} ({uses}) both define {symbol}, so it is there twice"),
                format!("keep one {symbol}"),
            ),
            BreakPattern::NarrowedVisibility => {
                let from = became.as_deref().unwrap_or("fewer places");
                (
                    format!(
                        "{changer} made {symbol} visible in {from} only ({was}), and what {user} added in {uses} is outside of it"
                    ),
                    format!("do without {symbol} in {uses}, or make it visible there"),
                )
            }
            BreakPattern::MigrationHeads => (
                format!("{changer} ({was}) and {user} ({uses}) each added a migration: {symbol}"),
                match MigrationKind::of(&found.symbol) {
                    MigrationKind::Heads => "let one of them follow the other".to_string(),
                    kind => format!("give one of them {}", kind.free()),
                },
            ),
        };
        ClashWords { what, mend }
    }
}
