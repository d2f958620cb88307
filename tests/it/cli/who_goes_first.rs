//! Who goes first is one answer: `status`, `sync` and its file, `check`, the hooks and `merge-order` name
//! the same terminal, whatever is registered, committed, staged, completed or waiting. On random
//! repositories: `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::program::{findings, flat, lines, said, said_with, text};
use crate::happenings::{self, Desk};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

const FILES: [&str; 3] = ["a", "b", "c"];

/// What a terminal declares.
#[derive(Clone, Debug, Default)]
struct Declared {
    registered: bool,
    inter: bool,
    completed: bool,
    priority: usize,
    blocked_by: Option<usize>,
    /// The hour of `started`, where it is written.
    started: Option<usize>,
    /// Whether its story needs one that nobody has begun.
    in_vain: bool,
    /// Whether its story needs another one, which may not have begun either.
    needs_other: bool,
    /// Where it stands in its file.
    rank: usize,
}

/// A repository with some terminals that get into each other's way.
struct Sprint<'a> {
    main: Repo<'a>,
    terminals: Vec<Repo<'a>>,
    declared: Vec<Declared>,
    /// What happened besides edits.
    account: Vec<String>,
}

fn id(terminal: usize) -> String {
    format!("terminal-{}", terminal + 1)
}

/// A file with some of its lines replaced, few enough to collide.
fn edited(dice: &mut Dice, by: &str) -> String {
    let replaced: Vec<(usize, &str)> = (0..=dice.below(2)).map(|_| (5 + 10 * dice.below(3), by)).collect();
    lines(&replaced)
}

impl<'a> Sprint<'a> {
    /// `eventful`: where more happens to branches and worktrees than edits.
    fn new(sandbox: &'a Sandbox, dice: &mut Dice, eventful: bool) -> Sprint<'a> {
        let main = sandbox
            .repo("main", &FILES.map(|file| (file, lines(&[]))).each_ref().map(|(f, t)| (*f, t.as_str())));
        let count = 3 + dice.below(3);
        let registered = dice.chance(60);
        let mut sprint = Sprint { main, terminals: Vec::new(), declared: Vec::new(), account: Vec::new() };
        for terminal in 0..count {
            let path = sandbox.path(&id(terminal));
            sprint.main.git(&["worktree", "add", "-q", "-b", &id(terminal), path.to_str().unwrap()]);
            let repo = Repo { sandbox, top: path };
            for commit in 0..dice.below(3) {
                for _ in 0..=dice.below(3) {
                    repo.write(*dice.pick(&FILES), edited(dice, &format!("{terminal} in {commit}")));
                }
                repo.git(&["commit", "-q", "-a", "--allow-empty", "-m", "work"]);
            }
            sprint.terminals.push(repo);
        }
        if eventful {
            sprint.much_happens(dice);
        }
        for terminal in 0..count {
            if dice.chance(50) {
                let repo = &sprint.terminals[terminal];
                repo.write(*dice.pick(&FILES), edited(dice, &format!("{terminal} at last")));
                if dice.chance(70) {
                    repo.git(&["add", "-A"]);
                }
            } else if eventful && dice.chance(30) {
                let happens = |desks: &[Desk], dice: &mut Dice| {
                    happenings::of_worktree(desks, terminal, &FILES, &mut |sides| dice.below(sides))
                };
                let what = happens(&sprint.desks(), dice);
                sprint.account.push(what);
            }
            sprint.declared.push(Declared {
                registered: registered && dice.chance(85),
                inter: dice.chance(40),
                completed: dice.chance(30),
                priority: if dice.chance(30) { 1 + dice.below(3) } else { 0 },
                blocked_by: dice.chance(20).then(|| dice.below(count)).filter(|other| *other != terminal),
                started: dice.chance(70).then(|| 10 + dice.below(4)),
                in_vain: dice.chance(25),
                needs_other: false,
                rank: 100 * dice.below(100) + terminal,
            });
        }
        sprint.declare(dice);
        if dice.chance(30) {
            sprint.main.write(*dice.pick(&FILES), edited(dice, "main"));
        }
        sprint
    }

    fn desks(&self) -> Vec<Desk<'_, 'a>> {
        let all = self.terminals.iter().enumerate();
        all.map(|(terminal, repo)| Desk { name: id(terminal), repo }).collect()
    }

    fn much_happens(&mut self, dice: &mut Dice) {
        for _ in 0..1 + dice.below(2 * self.terminals.len()) {
            let at = dice.below(self.terminals.len());
            let desks = self.desks();
            let mut roll = |sides: usize| dice.below(sides);
            let what = happenings::of_branch(&self.main, &desks, at, &FILES, &mut roll);
            self.account.push(what);
        }
    }

    fn declare(&mut self, dice: &mut Dice) {
        let (mut intra, mut inter) = (String::new(), String::new());
        let mut order: Vec<usize> = (0..self.declared.len()).collect();
        order.sort_by_key(|terminal| self.declared[*terminal].rank);
        for terminal in order {
            let declared = &self.declared[terminal];
            let status = if declared.completed { "completed" } else { "in_progress" };
            let mut session = format!("  {}:\n    status: \"{status}\"\n", id(terminal));
            if declared.priority > 0 {
                session += &format!("    priority: {}\n", declared.priority);
            }
            if let Some(hour) = declared.started {
                session += &format!("    started: \"2025-11-15T{hour}:00:00Z\"\n");
            }
            if let Some(other) = declared.blocked_by {
                session += &format!("    blocked_by: [\"{}\"]\n", id(other));
            }
            match (declared.registered, declared.inter) {
                (false, _) => {}
                (true, false) => intra += &session,
                (true, true) => inter += &format!("{session}    story_id: \"2-{}\"\n", terminal + 1),
            }
        }
        if !intra.is_empty() && dice.chance(40) {
            let all: Vec<String> = (0..self.declared.len()).map(id).collect();
            let mut roll = |sides: usize| dice.below(sides);
            intra += &happenings::without_place(&all, &FILES, &mut roll).0;
        }
        if !intra.is_empty() {
            self.main.track("story-1-1-sessions.yaml", format!("story_id: \"1-1\"\nsessions:\n{intra}"));
        }
        if !inter.is_empty() {
            let other = dice.chance(40).then(|| (1 + dice.below(4), 1 + dice.below(4)));
            let mut needs = String::new();
            for number in 1..=self.declared.len() {
                let other = other.filter(|(story, _)| *story == number);
                self.declared[number - 1].needs_other = other.is_some();
                let other = other.map(|(_, needed)| format!("\"2-{needed}\""));
                let in_vain = self.declared[number - 1].in_vain.then(|| "\"3-9\"".to_string());
                let all: Vec<String> = other.into_iter().chain(in_vain).collect();
                if !all.is_empty() {
                    needs += &format!("  \"2-{number}\":\n    depends_on: [{}]\n", all.join(", "));
                }
            }
            let needs = if needs.is_empty() { needs } else { format!("dependencies:\n{needs}") };
            self.main.track(
                "active-sessions.yaml",
                format!("parallel_mode: \"inter_story\"\nsessions:\n{inter}{needs}"),
            );
        }
    }
}

/// What one output says: who of two goes first, and why.
struct Claim {
    by: String,
    first: String,
    second: String,
    reason: String,
}

#[derive(Default)]
struct Claims(Vec<Claim>);

impl Claims {
    fn add(&mut self, by: &str, first: &str, second: &str, reason: &str) {
        let name = |text: &str| text.trim_end_matches(['.', ':', ',']).to_lowercase();
        self.0.push(Claim {
            by: by.to_string(),
            first: name(first),
            second: name(second),
            reason: reason.to_string(),
        });
    }

    /// Of `Terminal-1 first: its work is committed. Then update Terminal-2 from main.`
    fn add_advice(&mut self, by: &str, advice: &str) {
        let Some((first, rest)) = advice.split_once(" first: ") else { return };
        let (reason, rest) = rest.split_once(". Then update ").unwrap();
        self.add(by, first, rest.split(' ').next().unwrap(), reason);
    }

    /// Of all sentences in a text that is addressed to a terminal.
    fn add_text(&mut self, by: &str, own: &str, said: &str) {
        let said = flat(said);
        for (at, _) in said.match_indices(" goes first: ") {
            let other = said[..at].rsplit(' ').next().unwrap();
            let reason = said[at..].trim_start_matches(" goes first: ").split(". ").next().unwrap();
            self.add(by, other, own, reason);
        }
        for (at, found) in said.match_indices("You go first: ") {
            let mut sentences = said[at + found.len()..].split(". ");
            let (reason, next) = (sentences.next().unwrap(), sentences.next().unwrap());
            let next = next.trim_start_matches("Continue; ").trim_start_matches("Ask ");
            let next = sentences.next().filter(|_| next == "Continue").unwrap_or(next);
            self.add(by, own, next.split(' ').next().unwrap(), &reason.replace("your", "its"));
        }
    }
}

/// All that the program says of who goes first.
fn claims(sprint: &Sprint, dice: &mut Dice) -> Claims {
    let mut claims = Claims::default();
    let add_status = |claims: &mut Claims, by: &str| {
        for finding in findings(&sprint.main.status(), "merge_conflict") {
            claims.add_advice(by, text(&finding["suggestion"]));
        }
    };
    add_status(&mut claims, "status");
    for (terminal, repo) in sprint.terminals.iter().enumerate() {
        let own = id(terminal);
        let checked = repo.tw(&["check", "--format", "json"]).json();
        for met in checked["encounters"].as_array().unwrap() {
            let (other, first) = (text(&met["terminal"]["id"]), &met["first"]);
            match first["who"].as_str() {
                Some("own") => claims.add("check", &own, other, text(&first["reason"])),
                Some(_) => claims.add("check", other, &own, text(&first["reason"])),
                None => {}
            }
        }
        for mode in ["warn", "block"] {
            let ran = said(repo.program(&["hooks", "run", "pre-commit"]).env("TRACK_WORK_HOOK", mode));
            claims.add_text(&format!("pre-commit ({mode})"), &own, &ran.stderr);
        }
        let path = repo.path(*dice.pick(&FILES));
        let event = json!({"hook_event_name": "PreToolUse", "cwd": repo.top, "tool_name": "Write",
            "tool_input": {"file_path": path, "content": edited(dice, "agent")}});
        let ran = said_with(&mut repo.program(&["hooks", "run", "--agent", "claude"]), &event.to_string());
        if let Ok(answer) = serde_json::from_str::<Value>(&ran.stdout) {
            let context = &answer["hookSpecificOutput"]["additionalContext"];
            claims.add_text("agent", &own, context.as_str().unwrap_or_default());
        }
    }
    let order = |claims: &mut Claims, by: &str, args: &[&str]| {
        let order = sprint.main.tw(&[&["merge-order", "--format", "json"], args].concat()).json();
        // in no time at all, it says that there may be a better order
        if !args.is_empty() && !sprint.account.is_empty() && order["optimal"] == false {
            return;
        }
        let steps: Vec<&str> =
            order["steps"].as_array().unwrap().iter().map(|step| text(&step["terminal"])).collect();
        for (at, second) in steps.iter().enumerate() {
            steps[..at].iter().for_each(|first| claims.add(by, first, second, ""));
        }
    };
    order(&mut claims, "merge-order", &[]);
    order(&mut claims, "merge-order --time", &["--time", "0.001"]);
    if sprint.declared.iter().any(|declared| declared.registered) {
        assert!(matches!(sprint.main.tw(&["sync"]).status, Some(0 | 1)));
        for name in sprint.main.tracking_files().keys().filter(|name| name.ends_with("sessions.yaml")) {
            let recorded = &sprint.main.yaml(name)["coordination"]["conflicts"];
            for conflict in recorded.as_sequence().into_iter().flatten() {
                claims.add_advice(name, conflict["suggestion"].as_str().unwrap_or_default());
            }
        }
    }
    add_status(&mut claims, "status after sync");
    claims
}

/// Whether a reason is true, as far as it can be seen from what is declared.
fn is_true(claim: &Claim, sprint: &Sprint) -> bool {
    let declared = |name: &str| {
        let at = (0..sprint.declared.len()).find(|at| id(*at) == name);
        at.map(|at| sprint.declared[at].clone()).filter(|declared| declared.registered).unwrap_or_default()
    };
    let (first, second) = (declared(&claim.first), declared(&claim.second));
    let goes_last = waits_in_vain(&first, sprint) && !is_at_commit_of_other(&claim.first, sprint);
    let second_may_go_last = second.needs_other || waits_in_vain(&second, sprint);
    match claim.reason.as_str() {
        reason if reason.contains("registered") => {
            let both = first.registered && second.registered;
            both && match (first.started, second.started) {
                (Some(one), Some(other)) if one != other => one < other,
                (one, other) => one == other && first.inter == second.inter && first.rank < second.rank,
            }
        }
        // whoever waits for it is merged after it, so it waits for the same
        reason if !reason.contains("waits for") && goes_last && !second_may_go_last => false,
        reason if reason.contains("cannot be merged yet") => true,
        reason if reason.contains("completed") => first.completed && !second.completed,
        reason if reason.contains("priority") => first.priority > second.priority,
        reason if reason.contains("by name") => claim.first < claim.second,
        reason if reason.contains("waits for") => !claim.second.is_empty(),
        _ => true,
    }
}

/// Whether another one's branch is at the same commit, so that its merge brings the work of both.
fn is_at_commit_of_other(name: &str, sprint: &Sprint) -> bool {
    let head = |repo: &Repo| repo.git(&["rev-parse", "HEAD"]);
    let at = (0..sprint.terminals.len()).find(|at| id(*at) == name);
    let others = sprint.terminals.iter().enumerate().filter(|(other, _)| Some(*other) != at);
    at.is_some_and(|at| others.into_iter().any(|(_, other)| head(other) == head(&sprint.terminals[at])))
}

/// Whether nothing that anybody does now lets it be merged, nor one that it waits for.
fn waits_in_vain(declared: &Declared, sprint: &Sprint) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), Some(declared));
    while let Some(declared) = next.filter(|declared| declared.registered) {
        if declared.inter && (declared.in_vain || !seen.is_empty() && declared.needs_other) {
            return true;
        }
        next = declared.blocked_by.filter(|other| seen.insert(*other)).map(|other| &sprint.declared[other]);
    }
    false
}

#[test]
fn what_waits_for_a_story_that_nobody_has_begun_goes_last() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &lines(&[]))]);
    repo.tw(&["init"]).exits(0);
    repo.track("dependencies-template.yaml", "dependencies:\n  \"2-1-docs\": [\"1-1-auth\"]\n");
    let [docs, free] = ["docs", "free"].map(|name| repo.worktree(name));
    for (name, story) in [("docs", "2-1-docs"), ("free", "2-2-free")] {
        let of = ["--terminal", name, "--branch", name];
        repo.tw(&[&["register", "--mode", "inter", "--story", story][..], &of].concat()).exits(0);
    }
    repo.tw(&["hooks", "install"]).exits(0);
    docs.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", "begin"]);
    docs.write("a", lines(&[(5, "docs")]));
    free.write("a", lines(&[(5, "free")]));
    let reason = "free first: docs cannot be merged yet. Then update docs from main.";
    let says_so = || drop(repo.tw(&["status"]).exits(1).says(reason));
    // neither is committed, then one, then both
    says_so();
    docs.git(&["commit", "-q", "--no-verify", "-am", "docs"]);
    says_so();
    free.tw(&["check"]).exits(1).says("You go first: docs cannot be merged yet");
    docs.tw(&["check"]).exits(1).says("free goes first: docs cannot be merged yet");
    free.git(&["add", "a"]);
    let hook =
        |repo: &Repo| said(repo.program(&["hooks", "run", "pre-commit"]).env("TRACK_WORK_HOOK", "block"));
    hook(&free).exits(0);
    free.git(&["commit", "-q", "--no-verify", "-m", "free"]);
    says_so();
}

#[test]
fn no_two_outputs_name_different_terminals() {
    outputs_agree(false);
}

#[test]
fn no_two_outputs_name_different_terminals_whatever_happened() {
    outputs_agree(true);
}

fn outputs_agree(eventful: bool) {
    let (mut told, mut wrong, mut reasons) = (0, Vec::new(), BTreeMap::<String, usize>::new());
    for seed in seeds(8) {
        println!("TRACK_WORK_SEED={seed}");
        let mut dice = Dice::new(seed);
        let sandbox = Sandbox::new();
        let sprint = Sprint::new(&sandbox, &mut dice, eventful);
        let claims = claims(&sprint, &mut dice);
        let mut known: BTreeMap<[String; 2], &Claim> = BTreeMap::new();
        for claim in &claims.0 {
            *reasons.entry(claim.reason.split(';').next().unwrap().to_string()).or_default() += 1;
            told += usize::from(!claim.by.starts_with("merge-order"));
            let mut pair = [claim.first.clone(), claim.second.clone()];
            pair.sort();
            let before = known.entry(pair).or_insert(claim);
            if before.first != claim.first {
                wrong.push(format!(
                    "TRACK_WORK_SEED={seed}: {} says {} before {} ({}), but {} says the reverse ({}) {:#?}",
                    before.by,
                    before.first,
                    before.second,
                    before.reason,
                    claim.by,
                    claim.reason,
                    sprint.account
                ));
            }
            if !is_true(claim, &sprint) {
                wrong.push(format!(
                    "TRACK_WORK_SEED={seed}: {} says {} before {}: {}, which is untrue of {:?} {:#?}",
                    claim.by, claim.first, claim.second, claim.reason, sprint.declared, sprint.account
                ));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seeds(8).count() < 8 || told > 20, "only {told} claims: {reasons:?}");
}

#[test]
fn a_merge_that_stops_anyway_is_none_more() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let all = ["t1", "t2", "t3"].map(|name| repo.worktree(name));
    for (name, terminal) in ["t1", "t2", "t3"].iter().zip(&all) {
        terminal.write("a.txt", lines(&[(1, name)]));
    }
    all[0].git(&["commit", "-qam", "work"]);
    // in each order of the three, two merges stop
    for terminal in &all {
        terminal.tw(&["check"]).exits(1).says_not("more merge would stop");
    }
    repo.tw(&["status"]).exits(1).says_not("more merge would stop");
}

#[test]
fn who_was_registered_first_is_known_by_dates_alone_where_the_files_differ() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[])), (".gitignore", ".system\n")]);
    for (at, (name, mode)) in [("one", "inter"), ("two", "intra"), ("six", "inter")].iter().enumerate() {
        let terminal = repo.worktree(name);
        terminal.commit("work", &[("a.txt", &lines(&[(1, name)]))]);
        let story = format!("1-{at}");
        let args = ["register", "--mode", mode, "--story", &story, "--focus", name, "--terminal", name];
        let now = format!("2025-11-15T{}:00:00Z", 12 - at);
        said(repo.program(&args).env("TRACK_WORK_NOW", now)).exits(0);
    }
    // the file of a story has no dates
    let status = repo.status();
    let found = findings(&status, "merge_conflict");
    let advice = found.iter().map(|one| text(&one["suggestion"]).to_string());
    let registered: Vec<String> = advice.filter(|advice| advice.contains("registered first")).collect();
    assert_eq!(registered.len(), 1, "{status:#}");
    assert!(
        registered[0].starts_with("six first: it was registered first. Then update one"),
        "{registered:?}"
    );
}
