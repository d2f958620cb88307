//! The names of bases beside conflict markers: as long as git makes them.

use track_work::git::Repository;
use track_work::merge::{Objects, merge_commits};
use track_work::model::{Oid, RepoPath};

use crate::merge_engine::oracle::{Laboratory, git};
use crate::merge_engine::scenario::{Commit, Node, Scenario, State};

/// Bases with two sides each that conflict, and two that have each other's merge behind them.
fn conflicts(number: usize) -> Scenario {
    let mut text = format!(
        "commit base\n+ f: 1 2 {number}\ncommit a base\n+ f: 1 a {number}\ncommit b base\n+ f: 1 b {number}\n"
    );
    if number.is_multiple_of(2) {
        text += "commit c a b\n+ f: 1 c 3\ncommit d b a\n+ f: 1 d 3\nmerge c d\n";
    } else {
        text += "merge a b\n";
    }
    Scenario::parse(&text)
}

fn set(laboratory: &Laboratory, name: &str, value: &str) {
    assert!(git(&laboratory.path()).args(["config", name, value]).status().unwrap().success());
}

/// The names of bases in the merged file, which is the same as git's.
#[track_caller]
fn names(laboratory: &Laboratory, heads: [Oid; 2]) -> Vec<String> {
    let repository = Repository::discover(&laboratory.path()).unwrap();
    let (store, options) =
        (repository.store(), repository.merge_options(false, &repository.merge_site(None)));
    let said = merge_commits(&store, &store, heads[0], heads[1], &options).unwrap();
    let truth = laboratory.ask(&[], &[], &[(heads[0], heads[1])]).remove(0).unwrap();
    let entry = track_work::merge::entry_at(&store, said.tree, &RepoPath::from("f")).unwrap().unwrap();
    let text = String::from_utf8(store.blob(entry.oid).unwrap().to_vec()).unwrap();
    let shown = git(&laboratory.path()).arg("show").arg(format!("{}:f", truth.tree)).output().unwrap();
    assert_eq!(text, String::from_utf8(shown.stdout).unwrap());
    assert_eq!(said.tree, truth.tree);
    let marked = text.lines().filter(|line| line.trim_start_matches('|').len() + 7 <= line.len());
    marked.filter_map(|line| line.split(' ').nth(1)).map(str::to_string).collect()
}

#[test]
fn bases_are_named_as_short_as_the_setting_says() {
    let laboratory = Laboratory::with_worktree();
    let scenarios = [1, 2].map(conflicts);
    let ids = laboratory.import(&scenarios);
    let heads = |at: usize| [ids[at][scenarios[at].ours], ids[at][scenarios[at].theirs]];
    for style in ["diff3", "zdiff3"] {
        set(&laboratory, "merge.conflictStyle", style);
        let lengths = [("4", 4), ("5", 5), ("7", 7), ("12", 12), ("40", 40), ("41", 40), ("1k", 40)];
        for (value, length) in lengths.into_iter().chain([("auto", 7), ("no", 40), ("off", 40), ("", 40)]) {
            set(&laboratory, "core.abbrev", value);
            let named = names(&laboratory, heads(0));
            assert_eq!(named.iter().map(String::len).collect::<Vec<_>>(), [length], "{value}: {named:?}");
            names(&laboratory, heads(1));
        }
        assert!(
            git(&laboratory.path()).args(["config", "--unset", "core.abbrev"]).status().unwrap().success()
        );
        assert_eq!(names(&laboratory, heads(0))[0].len(), 7);
    }
}

#[test]
fn names_grow_with_the_packed_objects_and_where_they_are_not_unique() {
    let laboratory = Laboratory::with_worktree();
    set(&laboratory, "merge.conflictStyle", "diff3");
    let scenarios: Vec<Scenario> = (0..24).map(conflicts).collect();
    let ids = laboratory.import(&scenarios);
    let heads = |at: usize| [ids[at][scenarios[at].ours], ids[at][scenarios[at].theirs]];
    assert_eq!(names(&laboratory, heads(1))[0].len(), 7);
    let files: State =
        (0..16_500).map(|at| (format!("many{at}"), Node::File(format!("{at}").into()))).collect();
    let many = Commit { name: "many".to_string(), parents: Vec::new(), files };
    laboratory.import(&[Scenario { commits: vec![many], ..Scenario::default() }]);
    assert_eq!(names(&laboratory, heads(1))[0].len(), 8);
    set(&laboratory, "core.abbrev", "4");
    let lengths: Vec<usize> = (1..24).step_by(2).map(|at| names(&laboratory, heads(at))[0].len()).collect();
    assert!(lengths.contains(&4) && lengths.iter().any(|length| *length > 4), "{lengths:?}");
    (0..24).step_by(2).for_each(|at| drop(names(&laboratory, heads(at))));
}
