//! What a clean merge breaks.

use serde::{Deserialize, Serialize};

use super::named::named;
use super::{Lines, Oid, RepoPath};

named! {
    /// How a merge without a conflict breaks what each side has in order.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum BreakPattern {
        /// One side changed what a function takes or gives; the other added a call of the old kind.
        ChangedSignature = "changed_signature",
        /// One side removed a definition; the other added a use.
        RemovedDefinition = "removed_definition",
        /// One side gave a definition another name; the other added a use of the old one.
        RenamedDefinition = "renamed_definition",
        /// One side moved a file or a definition; the other added an import of the old place.
        MovedFile = "moved_file",
        /// One side added a member that must be given; the other added a use without it.
        NewRequiredMember = "new_required_member",
        /// One side added a variant; the other added a match that lists all others.
        NewVariant = "new_variant",
        /// One side removed an import; the other added a use of the name in the same file.
        RemovedImport = "removed_import",
        /// Both sides added a definition of one name in one scope.
        DuplicateDefinition = "duplicate_definition",
        /// One side narrowed from where a definition is seen; the other added a use from outside of that.
        NarrowedVisibility = "narrowed_visibility",
        /// Both sides added a migration after the same one, or with the same number or class.
        MigrationHeads = "migration_heads",
    }
}

named! {
    /// How sure a finding about sources is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum Confidence {
        /// By a name that several things may have, or in what is compiled or run only sometimes: for information.
        Possible = "possible",
        /// By a name that only one thing has, where the type is not known.
        Likely = "likely",
        /// By scope, module or type.
        Certain = "certain",
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourcePlace {
    /// The file, as the side has it that is named.
    pub path: RepoPath,
    /// Its lines; `None` where a file as a whole is meant.
    pub lines: Option<Lines>,
}

/// What a clean merge breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SemanticBreak {
    /// How.
    pub pattern: BreakPattern,
    /// The name, with the type before it where it is a member.
    pub symbol: String,
    /// What one side did, in its own version, or in the base where it is gone.
    pub definition: SourcePlace,
    /// What the other side added, in its own version.
    pub uses: SourcePlace,
    /// Whether the side that is merged in made the change (else it added the use).
    pub changed_by_theirs: bool,
    /// How sure it is.
    pub confidence: Confidence,
    /// The new name of what was renamed, the file in which it is now, how it is called now, from where it is seen now, or what
    /// the use lacks.
    pub became: Option<String>,
}

/// What is said about the sources of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SemanticJudgement {
    /// What breaks, sorted.
    pub breaks: Vec<SemanticBreak>,
    /// Files that were not looked at, with the reason.
    pub not_looked_at: Vec<(RepoPath, String)>,
}

/// The trees of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergedTrees {
    /// The common ancestor.
    pub base: Oid,
    /// What is merged into.
    pub ours: Oid,
    /// What is merged.
    pub theirs: Oid,
    /// The result.
    pub merged: Oid,
}
