//! What a hook and the status line say when the time is over is a part of what they say with time: never more, never the
//! contrary. On random work; `TRACK_WORK_CASES=20` tries more, `TRACK_WORK_SEED=17` one again.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::cli::program::{Said, lines, said, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// Random work of some terminals, the first of which has staged something.
fn work<'s>(sandbox: &'s Sandbox, dice: &mut Dice, account: &mut String) -> (Repo<'s>, Repo<'s>) {
    let repo = sandbox.repo("shop", &[("a", &lines(&[])), ("b", &lines(&[])), ("slow", "1\n")]);
    let mut first = None;
    for number in 0..3 + dice.below(3) {
        let name = format!("t{number}");
        let there = Repo { sandbox, top: repo.worktree(&name).top };
        for step in 0..1 + dice.below(3) {
            let (file, line) = (*dice.pick(&["a", "b"]), 5 + 5 * dice.below(3));
            there.write(file, lines(&[(line, &format!("{name} {step}"))]));
            let is_committed = dice.chance(60) && number > 0;
            *account += &format!("{name} changes line {line} of {file}, committed: {is_committed}\n");
            match is_committed {
                true => _ = there.git(&["commit", "-qam", "work"]),
                false => _ = there.git(&["add", "-A"]),
            }
        }
        if number > 0 && dice.chance(50) {
            there.write("slow", format!("{name}\n"));
        }
        first.get_or_insert(there);
    }
    // somebody is always looked at for long
    fs::write(sandbox.path("t1/slow"), "late\n").unwrap();
    (repo, first.unwrap())
}

/// Whom each path conflicts with, and who of the two goes first, as far as it is said.
fn conflicts(said: &Said) -> BTreeMap<(String, String), Option<String>> {
    let Ok(answer) = serde_json::from_str::<Value>(&said.stdout) else { return BTreeMap::new() };
    let met = answer["encounters"].as_array().unwrap().iter().filter(|one| one["meeting"] == "conflict");
    met.map(|one| {
        let key = (text(&one["path"]).to_string(), text(&one["terminal"]["id"]).to_string());
        (key, one["first"]["who"].as_str().map(str::to_string))
    })
    .collect()
}

#[test]
fn what_is_said_when_the_time_is_over_is_a_part_of_the_whole() {
    for seed in seeds(1) {
        let sandbox = Sandbox::new();
        let (mut dice, mut account) = (Dice::new(seed * 13 + 5), format!("TRACK_WORK_SEED={seed}\n"));
        let (repo, own) = work(&sandbox, &mut dice, &mut account);
        let hook = || said(&mut own.program(&["hooks", "run", "pre-commit", "--format", "json"])).exits(0);
        let line = |format: &str| {
            let mut program = own.program(&["statusline", "--max-age", "0", "--format", format]);
            said(program.stdin(Stdio::null())).exits(0)
        };
        let (whole, whole_line) = (conflicts(&hook()), line("json").json());
        if dice.chance(50) {
            fs::remove_dir_all(sandbox.path("home/.cache")).unwrap();
        }
        repo.git(&["config", "filter.slow.clean", "sleep 20; cat"]);
        fs::create_dir_all(repo.path(".git/info")).unwrap();
        fs::write(repo.path(".git/info/attributes"), "slow filter=slow\n").unwrap();
        let late = hook();
        for (key, first) in conflicts(&late) {
            let known = whole.get(&key);
            assert!(known.is_some(), "{account}{key:?} is said late alone: {whole:?}\n{late}");
            assert!(first.is_none() || Some(&first) == known, "{account}{key:?}: {first:?} and {known:?}");
        }
        let said_late = line("json");
        if let Ok(late_line) = serde_json::from_str::<Value>(&said_late.stdout) {
            for key in ["conflicts", "first"] {
                let names = |line: &Value| -> Vec<String> {
                    line[key].as_array().unwrap().iter().map(|one| text(one).to_string()).collect()
                };
                let whole = names(&whole_line);
                assert!(
                    names(&late_line).iter().all(|one| whole.contains(one)),
                    "{account}{key}: {late_line:#} and {whole_line:#}"
                );
            }
            assert!(late_line["ready"].is_null() || late_line["ready"] == whole_line["ready"], "{account}");
            let has_any = !whole_line["conflicts"].as_array().unwrap().is_empty();
            let told = line("human").stdout;
            assert!(!has_any || !told.contains("no conflicts"), "{account}{told}{whole_line:#}");
        }
    }
}
