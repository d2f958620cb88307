//! What a clean merge breaks: source text and migrations in, findings out. Nothing is said that was broken
//! before, and nothing that cannot be told apart by names, scopes and counts.
//!
//! 1. `reader`, guided by a table in `languages`, one for each `language`: what a file defines, mentions and imports (`facts`).
//! 2. `delta`: which definitions a side lost and which uses it added, by count.
//! 3. `broken`: where one side added a use of what the other lost: whether it still fits in the merged tree,
//!    judged by `reach` with the sources of `trees` and the imports of `modules`.
//! 4. `same_file`: a name twice in one scope, an import that is gone.
//! 5. `migrations`: two heads, or one number twice.

mod broken;
mod delta;
mod facts;
mod language;
mod languages;
mod migrations;
mod modules;
mod reach;
mod reader;
mod same_file;
mod trees;

use crate::merge::diff::{RawChange, diff_trees};
use crate::merge::{Missing, Objects};
use crate::model::{MergedTrees, SemanticJudgement};

use delta::deltas;
use trees::Library;

pub use migrations::{MigrationFolder, MigrationReader, migration_folder};

/// What a merge without a conflict breaks.
///
/// # Errors
/// A tree or file that cannot be read.
pub fn judge(objects: &dyn Objects, trees: &MergedTrees) -> Result<SemanticJudgement, Missing> {
    let library = Library::new(objects);
    let changes =
        |tree| -> Result<Vec<RawChange>, Missing> { Ok(diff_trees(objects, trees.base, tree)?.changes) };
    let [ours, theirs, merged] = [trees.ours, trees.theirs, trees.merged].map(changes);
    let (ours, theirs, merged) = (ours?, theirs?, merged?);
    let mut breaks = migrations::heads(objects, trees, [&ours, &theirs])?;
    let [ours, theirs] = [deltas(&library, &ours, &theirs)?, deltas(&library, &theirs, &ours)?];
    for (family, ours) in &ours {
        let Some(theirs) = theirs.get(family) else { continue };
        breaks.extend(broken::breaks(&library, trees, *family, [ours, theirs])?);
        breaks.extend(same_file::breaks(&library, trees, *family, [ours, theirs], &merged)?);
    }
    breaks.sort();
    breaks.dedup();
    let skipped = library.skipped.take().into_iter();
    let not_looked_at = skipped.map(|(path, why)| (path, why.to_string())).collect();
    Ok(SemanticJudgement { breaks, not_looked_at })
}
