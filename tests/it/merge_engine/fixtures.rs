//! Every file of `fixtures/merge` by its name: the engine, git and the expectation agree.

use super::differential::{both, difference};
use super::scenario::Scenario;

#[test]
fn fixtures_merge_as_they_say_and_as_git_does() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/merge");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let scenarios: Vec<Scenario> = files
        .iter()
        .map(|file| Scenario::parse(&std::fs::read_to_string(file).expect("a fixture")))
        .collect();
    let mut wrong = Vec::new();
    for ((file, scenario), (said, truth)) in files.iter().zip(&scenarios).zip(both(&scenarios)) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        wrong.extend(difference(&said, &truth).map(|difference| format!("{name}: {difference}")));
        let Ok(said) = said else { continue };
        let mut told: Vec<(String, String)> = said
            .conflicts
            .iter()
            .map(|conflict| (conflict.kind.name().to_string(), plain(&conflict.path.to_string())))
            .chain(said.undecided.iter().map(|(path, _)| ("undecided".to_string(), path.to_string())))
            .collect();
        let mut expected = scenario.expected.clone().unwrap_or_default();
        told.sort();
        expected.sort();
        if told != expected {
            wrong.push(format!("{name}: {told:?}, expected {expected:?}"));
        }
    }
    assert!(scenarios.len() > 25);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `path~0123…` as `path~ours`: fixtures put only our files aside.
fn plain(path: &str) -> String {
    match path.split_once('~') {
        Some((path, _)) => format!("{path}~ours"),
        None => path.to_string(),
    }
}
