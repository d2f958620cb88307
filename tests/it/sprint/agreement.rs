//! What must hold between all outputs at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::cli::program::{DIR, conflicts, flat, program_in, said, text};
use crate::support::Repo;

/// What the outputs said, once they were found to agree.
pub struct Agreed {
    pub status: Value,
    pub order: Value,
}

/// Lets `sync` record what is, and holds everything that is said and written against each other.
#[track_caller]
pub fn agree(repo: &Repo, when: &str) -> Agreed {
    if repo.path(DIR).is_dir() {
        let synced = repo.tw(&["sync"]);
        assert!(matches!(synced.status, Some(0 | 1)), "{when}: {synced}");
        let files = files_but_the_log(repo);
        let again = repo.tw(&["sync"]);
        assert_eq!(
            files_but_the_log(repo),
            files,
            "{when}: a second sync found something to change\n{again}"
        );
    }
    let status = repo.status();
    let order = repo.tw(&["merge-order", "--format", "json"]);
    assert!(matches!(order.status, Some(0 | 1)), "{when}: {order}");
    let order = order.json();
    let agreed = Agreed { status, order };
    agreed.what_is_merged_is_nobodys_concern(when);
    agreed.ready_is_one_decision(repo, when);
    agreed.ready_is_one_number(repo, when);
    agreed.what_is_ready_can_be_merged_alone(repo, when);
    agreed.the_first_one_is_the_same(repo, when);
    agreed.the_files_say_what_status_says(repo, when);
    agreed.check_says_what_status_says(when);
    agreed.outputs(repo, when);
    agreed
}

/// Each sync that reads more than the last one may add an entry to the log.
fn files_but_the_log(repo: &Repo) -> BTreeMap<String, String> {
    let mut files = repo.tracking_files();
    files.remove("session-sync-log.yaml");
    files
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], |list| list)
}

impl Agreed {
    pub(super) fn terminals(&self) -> &[Value] {
        list(&self.status, "terminals")
    }

    /// The terminals that `status` calls merged.
    pub fn merged(&self) -> BTreeSet<String> {
        let merged = self.terminals().iter().filter(|terminal| terminal["merged"] == true);
        merged.map(|terminal| text(&terminal["id"]).to_string()).collect()
    }

    /// The terminals that have a step, in their order, with the place of the step.
    pub fn places(&self) -> BTreeMap<String, usize> {
        let steps = list(&self.order, "steps").iter().enumerate();
        let named = steps.flat_map(|(place, step)| {
            let also = list(step, "also").iter().map(text);
            also.chain([text(&step["terminal"])])
                .map(move |name| (name.to_string(), place))
                .collect::<Vec<_>>()
        });
        named.collect()
    }

    /// The same without the names of several, of which each has its story: none of them is that of one step.
    fn places_by_name(&self) -> BTreeMap<String, usize> {
        let mut places = self.places();
        places.retain(|name, _| self.terminals().iter().filter(|one| one["id"] == **name).count() < 2);
        places
    }

    #[track_caller]
    fn what_is_merged_is_nobodys_concern(&self, when: &str) {
        let merged = self.merged();
        let places = self.places();
        // one name on two stories can be merged with the one, and not with the other
        let is_whole = |name: &&String| {
            let mut called = self.terminals().iter().filter(|terminal| terminal["id"] == ***name);
            called.all(|terminal| terminal["merged"] == true)
        };
        for name in merged.iter().filter(is_whole) {
            assert!(!places.contains_key(name), "{when}: {name} is merged and planned: {:#}", self.order);
            let terminal = self.terminals().iter().find(|terminal| terminal["id"] == **name).unwrap();
            if terminal["uncommitted"]["paths"] != 0 {
                continue;
            }
            // that it was taken back again is told
            let is_of_now = |finding: &&Value| !text(&finding["message"]).contains("main reverted ");
            for finding in conflicts(&self.status).into_iter().filter(is_of_now) {
                let named = list(finding, "terminals").iter().any(|other| other == name.as_str());
                assert!(!named, "{when}: {name} is merged, but {}", finding["message"]);
            }
        }
    }

    #[track_caller]
    fn ready_is_one_decision(&self, repo: &Repo, when: &str) {
        let by_status: BTreeSet<&str> =
            list(&self.status, "ready_to_merge").iter().filter_map(|one| one["story"].as_str()).collect();
        let mut by_files = BTreeSet::new();
        for (name, content) in repo.tracking_files() {
            if name.starts_with("story-") && name.ends_with("-sessions.yaml") {
                let file: serde_yaml::Value = serde_yaml::from_str(&content).unwrap();
                if file["coordination"]["ready_to_merge"].as_bool() == Some(true) {
                    by_files.insert(file["story_id"].as_str().unwrap().to_string());
                }
            }
        }
        for story in &by_files {
            assert!(
                by_status.contains(&**story),
                "{when}: the file of {story} says ready, status {by_status:?}"
            );
        }
        let places = self.places();
        for ready in list(&self.status, "ready_to_merge").iter().filter(|one| one["story"].is_string()) {
            // several stories may share a worktree, and so a step
            for terminal in list(ready, "terminals") {
                let step = places.get(text(terminal)).map(|at| &list(&self.order, "steps")[*at]);
                let is_planned = step.is_some_and(|step| step["ready"] == true);
                assert!(is_planned, "{when}: {} is ready: {:#}", ready["story"], self.order);
            }
        }
    }

    /// `status` counts the merges of registered work that are ready as the merge order does, and names each of them.
    #[track_caller]
    fn ready_is_one_number(&self, repo: &Repo, when: &str) {
        let is_registered = |id: &str| {
            self.terminals().iter().any(|terminal| terminal["id"] == id && terminal["file"].is_string())
        };
        let is_meant = |step: &&Value| {
            let mut members = list(step, "also").iter().chain([&step["terminal"]]);
            step["ready"] == true && members.any(|one| is_registered(text(one)))
        };
        let steps: Vec<&Value> = list(&self.order, "steps").iter().filter(is_meant).collect();
        let told = headline(repo);
        let told = told.split(" ready to merge").next().filter(|head| head.len() < told.len());
        let told = told.map_or("0", |head| head.rsplit(' ').next().unwrap());
        assert_eq!(told, steps.len().to_string(), "{when}: status, and the merge order has {steps:?}");
        let named: Vec<&str> = list(&self.status, "ready_to_merge")
            .iter()
            .flat_map(|one| list(one, "terminals").iter().map(text))
            .collect();
        for step in steps {
            let mut members = list(step, "also").iter().map(text).chain([text(&step["terminal"])]);
            assert!(members.any(|one| named.contains(&one)), "{when}: {step:#} is not among {named:?}");
        }
    }

    /// Work that is ready contains no commits of work that is not and, where somebody registered it, does not conflict with
    /// the target.
    #[track_caller]
    fn what_is_ready_can_be_merged_alone(&self, repo: &Repo, when: &str) {
        // a part of a branch has another head than its terminal
        let steps = || list(&self.order, "steps").iter().filter(|step| step["branch"].is_string());
        let head = |step: &Value| {
            let terminal = self.terminals().iter().find(|terminal| terminal["id"] == step["terminal"]);
            terminal.and_then(|terminal| terminal["head"].as_str()).map(str::to_string)
        };
        let contains = |head: &str, other: &str| {
            head != other && repo.try_git(&["merge-base", "--is-ancestor", other, head]).status.success()
        };
        for ready in steps().filter(|step| step["ready"] == true) {
            let Some(own) = head(ready) else { continue };
            // what nobody registered holds nothing, and is told where it comes along
            let is_told = |step: &&Value| {
                list(ready, "brings").iter().any(|one| one["terminal"] == step["terminal"])
                    && step["story"].is_null()
            };
            let waiting = steps().filter(|step| step["ready"] == false);
            for waiting in waiting.filter(|step| !is_told(step)) {
                let below = head(waiting).filter(|other| contains(&own, other));
                assert_eq!(
                    below, None,
                    "{when}: {} brings {} along: {:#}",
                    ready["terminal"], waiting["terminal"], self.order
                );
            }
            for drift in conflicts(&self.status).into_iter().filter(|_| ready["story"].is_string()) {
                let is_own = drift["terminals"] == serde_json::json!([ready["terminal"]]);
                let is_committed = drift["evidence"]["committed"] == true;
                assert!(
                    !(is_own && is_committed),
                    "{when}: {} is ready, but {}",
                    ready["terminal"],
                    drift["message"]
                );
            }
        }
    }

    /// Wherever one of two is said to go first, the order has it before the other one.
    #[track_caller]
    fn the_first_one_is_the_same(&self, repo: &Repo, when: &str) {
        let places = self.places_by_name();
        let mut advice: Vec<(String, Vec<String>)> = Vec::new();
        let named =
            |value: &[Value]| -> Vec<String> { value.iter().map(|one| text(one).to_string()).collect() };
        for finding in conflicts(&self.status) {
            if let Some(suggestion) = finding["suggestion"].as_str() {
                advice.push((suggestion.to_string(), named(list(finding, "terminals"))));
            }
        }
        for (name, content) in repo.tracking_files() {
            if !name.ends_with("sessions.yaml") || name.starts_with("archive") {
                continue;
            }
            let file: serde_yaml::Value = serde_yaml::from_str(&content).unwrap();
            for conflict in file["coordination"]["conflicts"].as_sequence().into_iter().flatten() {
                if conflict["resolved"].is_null() && conflict["resolution"].as_str().unwrap_or("").is_empty()
                {
                    let terminals = conflict["terminals"].as_sequence().unwrap().iter();
                    let terminals = terminals.map(|one| one.as_str().unwrap().to_string()).collect();
                    let suggestion = conflict["suggestion"].as_str().unwrap_or_default().to_string();
                    advice.push((suggestion, terminals));
                }
            }
        }
        for (suggestion, terminals) in advice {
            let Some((first, _)) = suggestion.split_once(" first:") else { continue };
            let first = first.rsplit(": ").next().unwrap().to_lowercase();
            let Some(before) = places.get(&first) else { continue };
            for other in terminals.iter().filter(|other| **other != first) {
                if let Some(after) = places.get(other) {
                    assert!(before < after, "{when}: {suggestion:?}, but the order is {places:?}");
                }
            }
        }
    }

    #[track_caller]
    fn the_files_say_what_status_says(&self, repo: &Repo, when: &str) {
        let files = repo.tracking_files();
        for terminal in self.terminals() {
            let Some(content) = terminal["file"].as_str().and_then(|file| files.get(file)) else { continue };
            let file: serde_yaml::Value = serde_yaml::from_str(content).unwrap();
            let id = text(&terminal["id"]);
            let session = &file["sessions"][id];
            let context = || format!("{when}: {id} in {content}\n{terminal:#}");
            assert_eq!(session["status"].as_str(), terminal["status"].as_str(), "{}", context());
            let observed = &session["observed"];
            if terminal["head"].is_string() {
                assert_eq!(observed["head"].as_str(), terminal["head"].as_str(), "{}", context());
                assert_eq!(observed["merged"].as_bool(), terminal["merged"].as_bool(), "{}", context());
                // the file also says of a part of the commits how it was merged
                let as_a_whole = observed["merged_as"].as_str().filter(|_| observed["merged_head"].is_null());
                assert_eq!(as_a_whole, terminal["merged_as"].as_str(), "{}", context());
                assert_eq!(observed["ahead"].as_u64(), terminal["ahead"].as_u64(), "{}", context());
            }
        }
    }

    /// In each worktree, `check` names the same others as conflicting, and the same one first. It speaks for who goes on
    /// there, and tells as well what those who ended there before have left in the branch.
    #[track_caller]
    fn check_says_what_status_says(&self, when: &str) {
        let places = self.places_by_name();
        for worktree in self.by_worktree().keys() {
            let answer = said(&mut check(Path::new(worktree)));
            assert!(matches!(answer.status, Some(0 | 1)), "{when}: {answer}");
            let answer = answer.json();
            // several may work there
            let names: Vec<&str> = text(&answer["terminal"]["id"]).split(", ").collect();
            let id = names[0];
            let by_check: BTreeSet<&str> = list(&answer, "encounters")
                .iter()
                .filter(|one| one["meeting"] == "conflict")
                .map(|one| text(&one["terminal"]["id"]))
                .collect();
            let met_by = |names: &[&str]| -> BTreeSet<&str> {
                let pairs = list(&self.status, "pairs").iter().filter(|pair| pair["verdict"] == "conflict");
                pairs
                    .filter_map(|pair| match (text(&pair["a"]), text(&pair["b"])) {
                        (a, b) if names.contains(&a) => Some(b),
                        (a, b) if names.contains(&b) => Some(a),
                        _ => None,
                    })
                    .collect()
            };
            let there = self.terminals().iter().filter(|one| one["worktree"] == **worktree);
            let all: Vec<&str> = there.map(|one| text(&one["id"])).collect();
            let (by_status, by_all) = (met_by(&names), met_by(&all));
            assert!(by_check.is_superset(&by_status), "{when}: check in {id} and {by_status:?}\n{answer:#}");
            assert!(by_check.is_subset(&by_all), "{when}: check in {id} and {by_all:?}\n{answer:#}");
            for one in list(&answer, "encounters") {
                let other = text(&one["terminal"]["id"]);
                if let (Some(own), Some(others)) = (places.get(id), places.get(other)) {
                    let expected = if own < others { "own" } else { "other" };
                    if one["first"]["who"].is_string() && own != others && one["meeting"] == "conflict" {
                        assert_eq!(one["first"]["who"], expected, "{when}: {id} and {other}: {places:?}");
                    }
                }
            }
        }
    }
}

/// What `status` says at the top, on one line.
pub(super) fn headline(repo: &Repo) -> String {
    let told = repo.tw(&["status", "--fail-on", "never"]).stdout;
    flat(told.split("\n\n").next().unwrap())
}

fn check(worktree: &Path) -> std::process::Command {
    let home = worktree.parent().unwrap().join("home");
    let mut command = program_in(&home, worktree);
    command.args(["check", "--format", "json"]);
    command
}
