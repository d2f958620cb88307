//! Random histories, merged by the engine and by git. `TRACK_WORK_CASES` says how many (2,000
//! without), `TRACK_WORK_SEED` where to begin.

use std::collections::BTreeMap;

use track_work::merge::{Objects, Options, TreeEntry, changes, merge_commits};
use track_work::model::{Change, Entry, EntryKind, MergeOutcome, Oid, Reason, RepoPath, Unmerged};

use super::crowds;
use super::git_objects::GitObjects;
use super::large;
use super::oracle::{Answer, Laboratory, options};
use super::random;
use super::scenario::Scenario;
use super::ties;

const CASES: u64 = 2_000;
/// Scenarios that share one repository; of large files, fewer do.
const BATCH: u64 = 500;

pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// What the engine says in the oracle's terms, and git's answer, for each scenario.
pub fn both(scenarios: &[Scenario]) -> Vec<(Result<MergeOutcome, String>, Option<Answer>)> {
    both_with(scenarios, |_, _, _, _| {})
}

fn both_with(
    scenarios: &[Scenario],
    look: impl Fn(&Laboratory, &GitObjects, &MergeOutcome, &Answer),
) -> Vec<(Result<MergeOutcome, String>, Option<Answer>)> {
    let laboratory = Laboratory::new();
    let commits = laboratory.import(scenarios);
    let mut groups: BTreeMap<(&[String], &[String]), Vec<usize>> = BTreeMap::new();
    for (index, scenario) in scenarios.iter().enumerate() {
        groups.entry((&scenario.config, &scenario.attributes)).or_default().push(index);
    }
    let mut answers = BTreeMap::new();
    for ((config, attributes), members) in groups {
        let heads = |index: &usize| -> (Oid, Oid) {
            (commits[*index][scenarios[*index].ours], commits[*index][scenarios[*index].theirs])
        };
        let questions: Vec<(Oid, Oid)> = members.iter().map(heads).collect();
        let truth = laboratory.ask(config, attributes, &questions);
        let options = options(config, attributes);
        let objects = GitObjects::open(&laboratory.path()).expect("a repository");
        for ((index, (ours, theirs)), answer) in members.iter().zip(questions).zip(truth) {
            let outcome = merge_commits(&objects, &objects, ours, theirs, &options);
            if let (Ok(outcome), Some(answer)) = (&outcome, &answer) {
                look(&laboratory, &objects, outcome, answer);
            }
            let lost = |answer: &Answer| {
                outcome.as_ref().is_ok_and(|outcome| lost_files(&objects, outcome, answer.tree))
            };
            let answer = answer.filter(|answer| is_whole(&objects, answer.tree) && !lost(answer));
            answers.insert(*index, (outcome.map_err(|missing| missing.to_string()), answer));
        }
    }
    answers.into_values().collect()
}

/// Whether a tree names real objects all over; git 2.47 writes null ids in rare cases.
fn is_whole(objects: &GitObjects, tree: Oid) -> bool {
    let entries = objects.tree(tree).unwrap_or_else(|_| [].into());
    entries.iter().all(|TreeEntry { entry, .. }| {
        *entry.oid.as_bytes() != [0; 20] && (entry.kind != EntryKind::Tree || is_whole(objects, entry.oid))
    })
}

/// Whether the trees differ only in that git lost files of folders of which the engine says so.
fn lost_files(objects: &GitObjects, said: &MergeOutcome, truth: Oid) -> bool {
    let options = Options { renames: false, ..Options::default() };
    let Ok(differing) = changes(objects, truth, said.tree, &options) else { return false };
    let foretold = |path: &RepoPath| {
        said.undecided.iter().any(|(folder, reason)| {
            *reason == Reason::FolderLost && path.as_bytes().starts_with(folder.join(b"").as_bytes())
        })
    };
    let lost = |change: &Change| change.old.is_none() && foretold(&change.path);
    !differing.is_empty() && differing.iter().all(lost)
}

/// How the engine's answer differs from git's; `None` where it does not.
pub fn difference(said: &Result<MergeOutcome, String>, truth: &Option<Answer>) -> Option<String> {
    // some versions of git fail their own assertions on some histories
    let truth = truth.as_ref()?;
    let said = match said {
        Ok(said) => said,
        Err(error) => return Some(format!("error: {error}")),
    };
    let told = |what: &str, ours: String, gits: String| Some(format!("{what}: {ours}, git says {gits}"));
    if said.is_clean() != truth.clean {
        return told("clean", said.is_clean().to_string(), truth.clean.to_string());
    }
    let paths = |unmerged: &[Unmerged]| unmerged.iter().map(|one| one.path.clone()).collect::<Vec<_>>();
    if paths(&said.unmerged) != paths(&truth.unmerged) {
        return told("unmerged", format!("{:?}", said.unmerged), format!("{:?}", truth.unmerged));
    }
    if said.unmerged != truth.unmerged {
        return told("stages", format!("{:?}", said.unmerged), format!("{:?}", truth.unmerged));
    }
    if said.tree != truth.tree {
        return told("tree", said.tree.to_string(), truth.tree.to_string());
    }
    None
}

/// The smallest scenario found that still differs: paths and edits are left out while they can be.
fn shrunk(mut scenario: Scenario) -> Scenario {
    loop {
        let size = |scenario: &Scenario| scenario.to_string().len();
        let smaller = candidates(&scenario)
            .into_iter()
            .filter(|other| size(other) < size(&scenario))
            .collect::<Vec<_>>();
        let results = both(&smaller);
        let found =
            smaller.into_iter().zip(results).find(|(_, (said, truth))| difference(said, truth).is_some());
        match found {
            Some((found, _)) => scenario = found,
            None => return scenario,
        }
    }
}

fn candidates(scenario: &Scenario) -> Vec<Scenario> {
    let mut candidates = Vec::new();
    let mut paths: Vec<&String> = scenario.commits.iter().flat_map(|commit| commit.files.keys()).collect();
    paths.sort();
    paths.dedup();
    for path in &paths {
        let mut without = scenario.clone();
        without.commits.iter_mut().for_each(|commit| drop(commit.files.remove(*path)));
        candidates.push(without);
    }
    for (index, commit) in scenario.commits.iter().enumerate() {
        let Some(&parent) = commit.parents.first() else { continue };
        let before = &scenario.commits[parent].files;
        for path in &paths {
            let mut reverted = scenario.clone();
            let files = &mut reverted.commits[index].files;
            match before.get(*path) {
                Some(node) if files.get(*path) != Some(node) => {
                    super::scenario::put(files, path, node.clone())
                }
                None if files.contains_key(*path) => drop(files.remove(*path)),
                _ => continue,
            }
            candidates.push(reverted);
        }
    }
    candidates
}

#[test]
fn random_histories_merge_as_git_merges_them() {
    merges_as_git(random::scenario, CASES, BATCH);
}

#[test]
fn equal_files_that_move_merge_as_git_merges_them() {
    merges_as_git(ties::scenario, CASES / 2, BATCH);
}

#[test]
fn large_files_merge_as_git_merges_them() {
    merges_as_git(large::scenario, CASES / 20, BATCH / 20);
}

#[test]
fn files_of_a_crowd_merge_as_git_merges_them() {
    merges_as_git(crowds::scenario, CASES / 4, BATCH / 4);
}

fn merges_as_git(scenario: fn(u64) -> Scenario, cases: u64, batch: u64) {
    let (first, cases) = (number("TRACK_WORK_SEED", 1), number("TRACK_WORK_CASES", cases));
    let (mut conflicts, mut failures) = (0, 0);
    let mut wrong = Vec::new();
    let mut seed = first;
    while seed < first + cases {
        let end = (seed + batch).min(first + cases);
        let scenarios: Vec<Scenario> = (seed..end).map(scenario).collect();
        for ((at, (said, truth)), scenario) in (seed..end).zip(both(&scenarios)).zip(&scenarios) {
            conflicts += usize::from(truth.as_ref().is_some_and(|truth| !truth.clean));
            failures += usize::from(truth.is_none());
            if let Some(difference) = difference(&said, &truth) {
                wrong.push((at, difference, scenario.clone()));
            }
        }
        seed = end;
    }
    assert!(conflicts > 0, "a test without conflicts tests nothing");
    let mut report = String::new();
    for (at, difference, scenario) in wrong.iter().take(number("TRACK_WORK_SHOW", 3) as usize) {
        let small = shrunk(scenario.clone());
        report += &format!("\n--- seed {at}: {difference}; shrunk:\n{small}{}", told(&small));
    }
    let count = wrong.len();
    assert!(
        count == 0,
        "{count} of {cases} differ ({conflicts} conflicts, git failed on {failures}){report}"
    );
}

/// Both answers to a scenario, for a person to read.
fn told(scenario: &Scenario) -> String {
    let trees = std::cell::RefCell::new(String::new());
    let results = both_with(std::slice::from_ref(scenario), |_, objects, outcome, answer| {
        *trees.borrow_mut() = tree_difference(objects, outcome.tree, answer.tree);
    });
    let (said, truth) = &results[0];
    let mut text = format!("# {}\n{}", difference(said, truth).unwrap_or_default(), trees.into_inner());
    if let Ok(said) = said {
        for conflict in &said.conflicts {
            text += &format!("# says {} {} {:?}\n", conflict.kind.name(), conflict.path, conflict.others);
        }
    }
    for message in truth.iter().flat_map(|truth| &truth.messages) {
        text += &format!("# git: {message}\n");
    }
    text
}

/// The paths in which two trees differ, with their content.
fn tree_difference(objects: &GitObjects, said: Oid, truth: Oid) -> String {
    let Ok(changes) = changes(objects, truth, said, &Options { renames: false, ..Options::default() }) else {
        return "# git's tree cannot be read\n".to_string();
    };
    let content = |entry: Option<Entry>| match entry {
        None => "nothing".to_string(),
        Some(entry) => {
            let content = objects.blob(entry.oid).map(|blob| String::from_utf8_lossy(&blob).into_owned());
            format!("{:?} {content:?}", entry.kind)
        }
    };
    let line = |change: &Change| {
        format!("# {}\n#   said {}\n#   git  {}\n", change.path, content(change.new), content(change.old))
    };
    changes.iter().map(line).collect()
}
