//! The answers as a file has them: one after the other, each with its question.

use std::hash::Hash;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use crate::git::{QuietLook, QuietQuestion, Relation, WrittenFile};
use crate::interaction::{
    EditsKey, KnownLines, KnownStep, KnownTurns, LinesKey, MergedEdits, OwnLines, PairKey, PairMerge,
    TargetChanges, TargetMerge, TipKey, TouchedLinesKey, TreeChanges, VersionsKey,
};
use crate::merge::{Ancestry, CommitFacts, TreeDiff, VersionPair};
use crate::model::{
    FileKind, Hunk, MergedWork, Oid, RepoPath, Revert, SemanticAnswer, SemanticBreak, SemanticJudgement,
    SemanticPair, SemanticQuestion, SemanticStep, TurnQuestion,
};
use crate::symbols::{SideFacts, SideKey};
use crate::table::Table;

/// One answer with its question, as tables hold it.
#[derive(Serialize, Deserialize)]
pub(super) enum TableRow {
    Commit(Oid, #[serde(with = "crate::table::shared")] Arc<CommitFacts>),
    LargeFile(WrittenFile, #[serde(with = "crate::table::shared")] Arc<Oid>),
    Loose(Oid, #[serde(with = "crate::table::shared")] Arc<()>),
    Relation((Oid, Oid), #[serde(with = "crate::table::shared")] Arc<Relation>),
    Ancestry((Oid, Oid), #[serde(with = "crate::table::shared")] Arc<Ancestry>),
    Diff((Oid, Oid), #[serde(with = "crate::table::shared")] Arc<TreeDiff>),
    SinceBase((Oid, Oid), #[serde(with = "crate::table::shared")] Arc<TargetChanges>),
    Changes((Oid, Oid), #[serde(with = "crate::table::shared")] Arc<TreeChanges>),
    Tip(TipKey, #[serde(with = "crate::table::shared")] Arc<TargetMerge>),
    Pair(PairKey, #[serde(with = "crate::table::shared")] Arc<PairMerge>),
    Patches((Oid, Oid), #[serde(with = "crate::table::shared")] Arc<Option<MergedWork>>),
    Turns(TurnQuestion, #[serde(with = "crate::table::shared")] Arc<KnownTurns>),
    Semantic(SemanticQuestion, #[serde(with = "crate::table::shared")] Arc<SemanticAnswer>),
    SourceSide(SideKey, #[serde(with = "crate::table::shared")] Arc<SideFacts>),
    SourcePair(SemanticPair, #[serde(with = "crate::table::shared")] Arc<SemanticJudgement>),
    SourceStep(SemanticStep, #[serde(with = "crate::table::shared")] Arc<Vec<SemanticBreak>>),
    Versions(VersionsKey, #[serde(with = "crate::table::shared")] Arc<Option<Vec<Hunk>>>),
    TouchedLines(TouchedLinesKey, #[serde(with = "crate::table::shared")] Arc<KnownLines>),
    WholeTree(Oid, #[serde(with = "crate::table::shared")] Arc<()>),
    Compared(VersionPair, #[serde(with = "crate::table::shared")] Arc<Vec<Hunk>>),
    Steps((Oid, Vec<Oid>), #[serde(with = "crate::table::shared")] Arc<Vec<KnownStep>>),
    Quiet(QuietQuestion, #[serde(with = "crate::table::shared")] Arc<QuietLook>),
    Edits(EditsKey, #[serde(with = "crate::table::shared")] Arc<MergedEdits>),
    OwnLines(LinesKey, #[serde(with = "crate::table::shared")] Arc<OwnLines>),
    Reverts((Oid, Oid), #[serde(with = "crate::table::shared")] Arc<Vec<Revert>>),
    Kind((RepoPath, Oid), #[serde(with = "crate::table::shared")] Arc<Option<FileKind>>),
}

impl TableRow {
    /// Puts it back into its table.
    pub fn restore(self, idle: u8, Answers { commits, merges, sources }: &Answers) {
        match self {
            TableRow::Commit(commit, facts) => commits.commits.restore(commit, facts, idle),
            TableRow::LargeFile(file, blob) => commits.large_files.restore(file, blob, idle),
            TableRow::Loose(object, found) => commits.loose.restore(object, found, idle),
            TableRow::Relation(heads, relation) => commits.relations.restore(heads, relation, idle),
            TableRow::Ancestry(heads, ancestry) => commits.ancestries.restore(heads, ancestry, idle),
            TableRow::Diff(trees, diff) => merges.diffs.restore(trees, diff, idle),
            TableRow::SinceBase(trees, known) => merges.since_base.restore(trees, known, idle),
            TableRow::Changes(trees, changes) => merges.changes.restore(trees, changes, idle),
            TableRow::Tip(tip, alone) => merges.tips.restore(tip, alone, idle),
            TableRow::Pair(tips, met) => merges.pairs.restore(tips, met, idle),
            TableRow::Patches(heads, merged) => merges.patches.restore(heads, merged, idle),
            TableRow::Turns(question, known) => merges.turns.restore(question, known, idle),
            TableRow::Semantic(question, known) => merges.semantic.restore(question, known, idle),
            TableRow::SourceSide(changes, known) => sources.sides.restore(changes, known, idle),
            TableRow::SourcePair(question, known) => sources.pairs.restore(question, known, idle),
            TableRow::SourceStep(question, known) => sources.steps.restore(question, known, idle),
            TableRow::Versions(versions, hunks) => merges.versions.restore(versions, hunks, idle),
            TableRow::TouchedLines(key, known) => merges.touched_lines.restore(key, known, idle),
            TableRow::WholeTree(tree, found) => commits.whole_trees.restore(tree, found, idle),
            TableRow::Compared(versions, hunks) => merges.compared.0.restore(versions, hunks, idle),
            TableRow::Steps(bases, steps) => merges.steps.restore(bases, steps, idle),
            TableRow::Quiet(question, look) => commits.quiet.restore(question, look, idle),
            TableRow::Edits(edits, merged) => merges.edits.restore(edits, merged, idle),
            TableRow::OwnLines(versions, lines) => merges.own_lines.restore(versions, lines, idle),
            TableRow::Reverts(heads, reverts) => commits.reverts.restore(heads, reverts, idle),
            TableRow::Kind(file, kind) => merges.kinds.restore(file, kind, idle),
        }
    }

    fn is_decided(&self) -> bool {
        !matches!(self, TableRow::Tip(_, alone) if !alone.outcome.undecided.is_empty())
    }
}

/// All answers that are not older than this, the youngest first, with their ages.
pub(super) fn held(answers: &Answers, oldest: u8) -> Vec<(u8, TableRow)> {
    let Answers { commits, merges, sources } = answers;
    let all = of(&commits.commits, TableRow::Commit)
        .chain(of(&commits.large_files, TableRow::LargeFile))
        .chain(of(&commits.loose, TableRow::Loose))
        .chain(of(&commits.whole_trees, TableRow::WholeTree))
        .chain(of(&commits.quiet, TableRow::Quiet))
        .chain(of(&commits.relations, TableRow::Relation))
        .chain(of(&commits.ancestries, TableRow::Ancestry))
        .chain(of(&commits.reverts, TableRow::Reverts))
        .chain(of(&merges.diffs, TableRow::Diff))
        .chain(of(&merges.since_base, TableRow::SinceBase))
        .chain(of(&merges.changes, TableRow::Changes))
        .chain(of(&merges.tips, TableRow::Tip))
        .chain(of(&merges.pairs, TableRow::Pair))
        .chain(of(&merges.patches, TableRow::Patches))
        .chain(of(&merges.turns, TableRow::Turns))
        .chain(of(&merges.semantic, TableRow::Semantic))
        .chain(of(&sources.sides, TableRow::SourceSide))
        .chain(of(&sources.pairs, TableRow::SourcePair))
        .chain(of(&sources.steps, TableRow::SourceStep))
        .chain(of(&merges.versions, TableRow::Versions))
        .chain(of(&merges.touched_lines, TableRow::TouchedLines))
        .chain(of(&merges.steps, TableRow::Steps))
        .chain(of(&merges.edits, TableRow::Edits))
        .chain(of(&merges.own_lines, TableRow::OwnLines))
        .chain(of(&merges.kinds, TableRow::Kind))
        .chain(of(&merges.compared.0, TableRow::Compared));
    let mut all: Vec<_> = all.filter(|(idle, row)| *idle <= oldest && row.is_decided()).collect();
    all.sort_by_key(|(idle, _)| *idle);
    all
}

fn of<K: Eq + Hash + Clone, V>(
    table: &Table<K, V>,
    held: fn(K, Arc<V>) -> TableRow,
) -> impl Iterator<Item = (u8, TableRow)> {
    table.all().into_iter().map(move |(key, answer, idle)| (idle, held(key, answer)))
}
