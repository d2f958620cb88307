//! What a clean merge breaks: source text and migrations in, findings out. Nothing is said that was broken
//! before, and nothing that cannot be told apart by names, scopes and counts.
//!
//! 1. `blocks` (`unclosed`) and `changed`: the parts of a file in which two versions differ; `outline`: without the bodies that define
//!    nothing.
//! 2. `reader`, guided by a table in `languages`, one for each `language`: what a text defines, mentions and imports
//!    (`facts`, `notes`), by the kinds of its `nodes`, and of which types the values are whose members it uses
//!    (`receivers`).
//! 3. `sides`: which definitions a side lost, and which uses of what others lost it added, by count (`delta`); `derived`: types
//!    that derive from what it changed; `passed`: names under which modules pass that on.
//! 4. `broken`: where one side added a use of what the other lost (`questions`; `asked`: what is looked at for them): whether
//!    it still fits in the merged tree (`fits`), judged by `reach` with the sources of `trees` and
//!    the imports of `modules` (`roots`, `packages`, `crates`), and whether it does without what is missing (`guards`).
//!    A file is read by its `parts` (`file_index`). What became of files that imports name: `moved`.
//! 5. `same_file`: a name twice in one scope (`redefinition`: of Python and Ruby, where that is no error; `implementations`: of a type
//!    of Rust), an import that is gone;
//!    `suspects`: in which files that may be.
//! 6. `migrations`: two heads, or one number twice.

mod asked;
mod blocks;
mod broken;
mod changed;
mod crates;
mod delta;
mod derived;
mod facts;
mod file_index;
mod fits;
mod guards;
mod implementations;
mod known;
mod language;
mod languages;
mod migrations;
mod modules;
mod moved;
mod nodes;
mod notes;
mod outline;
mod packages;
mod parts;
mod passed;
mod questions;
mod reach;
mod reader;
mod receivers;
mod redefinition;
mod roots;
mod same_file;
mod sides;
mod suspects;
mod trees;
mod unclosed;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::merge::{Missing, Objects, RawChange, diff_trees};
use crate::model::{MergedTrees, RepoPath, SemanticJudgement};

use broken::Breaks;
use trees::Library;

pub use changed::SourceChange;
pub use known::{KnownSides, SideFacts, SideKey};
pub use language::Family;
pub use migrations::{MigrationFolder, MigrationReader, migration_folder};
pub use sides::{AddedUses, AskedNames, SideSources, derive, names_asked};
pub use trees::SourceTable;

/// What a merge without a conflict breaks.
///
/// # Errors
/// A tree or file that cannot be read.
pub fn judge(objects: &dyn Objects, trees: &MergedTrees) -> Result<SemanticJudgement, Missing> {
    let table = SourceTable::default();
    let judged = judge_trees(objects, &table, trees, &BTreeSet::new(), [usize::MAX; 2])?;
    let SidesJudged::Known(mut judgement) = judged else { return Ok(SemanticJudgement::default()) };
    let changes = |tree| diff_trees(objects, trees.base, tree).map(|diff| diff.changes);
    let [ours, theirs] = [changes(trees.ours)?, changes(trees.theirs)?];
    judgement.breaks.extend(migrations::heads(objects, trees, [&ours, &theirs])?);
    judgement.breaks.sort();
    judgement.breaks.dedup();
    Ok(judgement)
}

/// The same apart from migrations, with what is known of sources already. See [`judge_sides`].
///
/// # Errors
/// A tree or file that cannot be read.
pub fn judge_trees(
    objects: &dyn Objects,
    table: &SourceTable,
    trees: &MergedTrees,
    unclear: &BTreeSet<RepoPath>,
    most: [usize; 2],
) -> Result<SidesJudged, Missing> {
    if is_one_side(trees) {
        return Ok(SidesJudged::Known(SemanticJudgement::default()));
    }
    let changes = |tree| diff_trees(objects, trees.base, tree).map(|diff| diff.changes);
    let [ours, theirs] = [changes(trees.ours)?, changes(trees.theirs)?];
    let sources = [&ours, &theirs].map(|changes| -> Vec<SourceChange> {
        changes.iter().filter_map(|change| SourceChange::new(&change.path, change.old, change.new)).collect()
    });
    let [one, other] =
        sources.each_ref().map(|side| side.iter().map(SourceChange::family).collect::<BTreeSet<Family>>());
    let both: BTreeSet<Family> = one.intersection(&other).copied().collect();
    let side = |changes| SideSources::of(objects, table, changes, &both);
    let mut sides = [side(&sources[0])?, side(&sources[1])?];
    derive(objects, table, trees.base, &mut sides)?;
    for (side, asked) in names_asked(&sides, &[[0, 1]]).iter().enumerate() {
        let uses = sides[side].uses_of(objects, table, asked)?;
        sides[side].add(table, asked, uses);
    }
    let mut judged = match sides[0].may_break(&sides[1]) {
        true => judge_sides(objects, table, trees, sides.each_ref(), unclear, most)?,
        false => SidesJudged::Known(SemanticJudgement::default()),
    };
    if let SidesJudged::Known(judgement) = &mut judged {
        judgement.not_looked_at.extend(sides.into_iter().flat_map(|side| side.skipped));
        judgement.not_looked_at.sort();
        judgement.not_looked_at.dedup();
    }
    Ok(judged)
}

/// Whether the merged tree is that of one side, which has all that the other one did: then it breaks what that side broke itself.
fn is_one_side(trees: &MergedTrees) -> bool {
    [trees.ours, trees.theirs].contains(&trees.merged)
}

/// What was made of two sides.
pub enum SidesJudged {
    /// What they break of each other.
    Known(SemanticJudgement),
    /// More words would have to be read than was allowed: so many.
    TooMuch(usize),
}

/// What two sides break of each other, apart from migrations, where it is known what they did. In the `unclear` files, the
/// merge stops. Of the files in question, no more than `most[0]` words are read, and of all others that name what meets, no
/// more than `most[1]`.
///
/// # Errors
/// A tree or file that cannot be read.
pub fn judge_sides(
    objects: &dyn Objects,
    table: &SourceTable,
    trees: &MergedTrees,
    sides: [&SideSources; 2],
    unclear: &BTreeSet<RepoPath>,
    most: [usize; 2],
) -> Result<SidesJudged, Missing> {
    if is_one_side(trees) {
        return Ok(SidesJudged::Known(SemanticJudgement::default()));
    }
    let library = Library::new(objects, table, unclear.clone());
    let changes = |tree| diff_trees(objects, trees.base, tree).map(|diff| diff.changes);
    let changed = [changes(trees.ours)?, changes(trees.theirs)?, changes(trees.merged)?];
    let mut breaks = Vec::new();
    for (family, deltas, files) in sides[0].both(sides[1]) {
        let base = library.tree(trees.base, family)?;
        let after = |changes: &[RawChange]| library.after(&base, changes, family).map(Arc::new);
        let [ours, theirs, merged] = [after(&changed[0])?, after(&changed[1])?, after(&changed[2])?];
        let listed = [ours, theirs, merged, base];
        match broken::breaks(&library, &listed, family, deltas, most)? {
            Breaks::Found(found) => breaks.extend(found),
            Breaks::TooMuch(words) => return Ok(SidesJudged::TooMuch(words)),
        }
        breaks.extend(same_file::breaks(&library, &listed, family, deltas, &files)?);
        if family == Family::Rust {
            breaks.extend(implementations::across_files(&library, &listed, deltas)?);
        }
    }
    moved::tell(objects, trees, &mut breaks)?;
    breaks.sort();
    breaks.dedup();
    let not_looked_at = library.skipped().into_iter().collect();
    Ok(SidesJudged::Known(SemanticJudgement { breaks, not_looked_at }))
}
