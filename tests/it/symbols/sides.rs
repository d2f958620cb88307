//! Three versions of some files, merged and judged.

use std::collections::BTreeMap;

use track_work::git::Repository;
use track_work::merge::{Objects, Options, edit_tree, merge_trees};
use track_work::model::{Entry, EntryKind, MergedTrees, Oid, RepoPath, SemanticJudgement, Severity};
use track_work::symbols;

use crate::support::Sandbox;

/// Files by path.
pub type Files = BTreeMap<String, String>;

/// The tree of these files.
pub fn tree(store: &dyn Objects, files: &Files) -> Oid {
    let entry = |text: &String| Some(Entry { kind: EntryKind::File, oid: store.put_blob(text.as_bytes()) });
    let edits = files.iter().map(|(path, text)| (RepoPath::from(&**path), entry(text))).collect();
    edit_tree(store, Oid::EMPTY_TREE, &edits).expect("a tree")
}

/// The files of the merge, and what it breaks; `None` where it is not clean.
pub fn judged(base: &Files, ours: &Files, theirs: &Files) -> Option<(Files, SemanticJudgement)> {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("r");
    let store = Repository::discover(&repo.path("")).expect("a repository").store();
    let [base, ours, theirs] = [base, ours, theirs].map(|files| tree(&store, files));
    let outcome = merge_trees(&store, base, ours, theirs, &Options::default()).expect("a merge");
    if !outcome.is_clean() {
        return None;
    }
    let trees = MergedTrees { base, ours, theirs, merged: outcome.tree };
    let judgement = symbols::judge(&store, &trees).expect("a judgement");
    let mut files = Files::new();
    let mut folders = vec![(RepoPath::default(), outcome.tree)];
    while let Some((folder, tree)) = folders.pop() {
        for entry in store.tree(tree).expect("a folder").iter() {
            let path = folder.join(&entry.name);
            match entry.entry.kind {
                EntryKind::Tree => folders.push((path, entry.entry.oid)),
                _ => {
                    let text = store.blob(entry.entry.oid).expect("a file");
                    files.insert(path.to_string(), String::from_utf8_lossy(&text).into_owned());
                }
            }
        }
    }
    Some((files, judgement))
}

/// What is said at `warning` and above, as `pattern symbol`.
pub fn warnings(judgement: &SemanticJudgement) -> Vec<String> {
    let loud = judgement.breaks.iter().filter(|found| found.confidence.severity() >= Severity::Warning);
    loud.map(|found| format!("{} {}", found.pattern.name(), found.symbol)).collect()
}
