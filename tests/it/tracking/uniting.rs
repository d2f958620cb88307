//! Two versions of a tracking file and their base become one without loss.

use track_work::model::Stages;
use track_work::tracking::{United, unite};

use crate::support::{Whims, seeds};

const BASE: &str = r#"# our sprint
parallel_mode: "inter_story"
created: "2025-11-15T09:00:00Z"

sessions:
  terminal-1:
    story_id: "1-2-user"
    status: "in_progress"  # since Monday
    blocked_by: ["terminal-9"]
    last_update: "2025-11-15T10:35:00Z"

  # the second
  terminal-2:
    story_id: "1-3-account"
    status: "pending"
    tasks:
      - "a"
      - "b"  # soon

coordination:
  conflicts: []
  ready_to_merge: false
"#;

fn united(base: &str, ours: &str, theirs: &str) -> United {
    unite(Stages { base, ours, theirs }.map(str::as_bytes), &[])
}

fn merged(base: &str, ours: &str, theirs: &str) -> String {
    match united(base, ours, theirs) {
        United::Merged(text) => text,
        other => panic!("{other:?}"),
    }
}

/// The base with replacements, each of which must fit.
fn with(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_string(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

#[test]
fn changes_of_both_sides_side_by_side_are_both_kept_as_they_are_written() {
    let (last, third) = ("10:35:00Z\"\n", "10:35:00Z\"\n\n  terminal-3: # new\n    status: pending\n");
    let ours = with(
        BASE,
        &[
            (last, third),
            ("\"terminal-9\"", "\"terminal-9\", \"terminal-7\""),
            ("- \"a\"", "- \"a\"\n      - \"c\""),
        ],
    );
    let fourth = "10:36:00Z\"\n    # why?\n\n  terminal-4:\n      status: 'pending'\n";
    let theirs = with(
        BASE,
        &[
            (last, fourth),
            ("\"terminal-9\"", "\"terminal-8\""),
            ("since Monday", "since Tuesday"),
            ("in_progress", "completed"),
        ],
    );
    let expected = with(
        BASE,
        &[
            (
                last,
                "10:36:00Z\"\n    # why?\n\n  terminal-3: # new\n    status: pending\n\n  terminal-4:\n      status: 'pending'\n",
            ),
            ("\"terminal-9\"", "\"terminal-7\", \"terminal-8\""),
            ("since Monday", "since Tuesday"),
            ("in_progress", "completed"),
            ("- \"a\"", "- \"a\"\n      - \"c\""),
        ],
    );
    assert_eq!(merged(BASE, &ours, &theirs), expected);
    let crlf = |text: &str| text.replace('\n', "\r\n");
    assert_eq!(merged(&crlf(BASE), &crlf(&ours), &crlf(&theirs)), crlf(&expected));
}

#[test]
fn a_value_that_both_sides_changed_is_told_with_both() {
    let ours = with(BASE, &[("\"pending\"", "\"completed\""), ("10:35", "10:40")]);
    let theirs =
        with(BASE, &[("\"pending\"", "\"in_progress\""), ("10:35", "10:50"), ("- \"a\"", "- \"A\"")]);
    let United::Contradicting(sides, found) = united(BASE, &ours, &theirs) else { panic!("none") };
    let [status] = &found[..] else { panic!("{found:?}") };
    assert_eq!(status.at, ["sessions", "terminal-2", "status"]);
    assert_eq!(
        [&status.ours, &status.theirs].map(|value| value.as_ref().unwrap().as_str().unwrap()),
        ["completed", "in_progress"]
    );
    let rest = [("10:35", "10:50"), ("- \"a\"", "- \"A\"")];
    assert_eq!(sides.base, with(BASE, &rest));
    assert_eq!(sides.ours, with(&sides.base, &[("\"pending\"", "\"completed\"")]));
    assert_eq!(sides.theirs, with(&sides.base, &[("\"pending\"", "\"in_progress\"")]));
}

#[test]
fn histories_are_united_in_the_order_of_time() {
    let entry = |minute: u32, command: &str| {
        format!("  - at: \"2025-11-15T10:{minute:02}:00Z\"\n    command: {command}\n    files: []\n")
    };
    let log = |entries: &[(u32, &str)]| {
        format!(
            "history:\n{}",
            entries.iter().map(|(minute, command)| entry(*minute, command)).collect::<String>()
        )
    };
    let base = [(1, "init"), (2, "sync")];
    let ours = log(&[&base[..], &[(3, "sync"), (9, "complete")]].concat());
    let theirs = log(&[&base[..], &[(4, "update"), (9, "register")]].concat());
    let all = log(&[&base[..], &[(3, "sync"), (4, "update"), (9, "complete"), (9, "register")]].concat());
    assert_eq!(merged(&log(&base), &ours, &theirs), all);
    assert_eq!(merged(&log(&base), &theirs, &ours), all);
    // one side has begun a new file
    assert_eq!(
        merged(&log(&base), &log(&[(3, "sync")]), &theirs),
        log(&[(3, "sync"), (4, "update"), (9, "register")])
    );
    assert_eq!(merged("", &log(&[(3, "sync")]), &log(&[(2, "sync")])), log(&[(2, "sync"), (3, "sync")]));
}

#[test]
fn a_session_that_one_side_removed_is_gone_unless_the_other_decided_something() {
    let start = BASE.find("  # the second").unwrap();
    let end = BASE.find("\ncoordination").unwrap();
    let removed = [&BASE[..start], &BASE[end + 1..]].concat();
    let seen =
        with(BASE, &[("      - \"b\"  # soon\n", "      - \"b\"  # soon\n    observed:\n      ahead: 3\n")]);
    for text in [merged(BASE, &removed, &seen), merged(BASE, &seen, &removed)] {
        assert_eq!(text, removed);
    }
    let decided = with(BASE, &[("\"pending\"", "\"in_progress\"")]);
    let United::Contradicting(_, found) = united(BASE, &removed, &decided) else { panic!("merged") };
    assert_eq!(found[0].at, ["sessions", "terminal-2"]);
    assert_eq!(found[0].ours, None);
}

#[test]
fn what_a_synchronization_blocked_does_not_contradict_a_status() {
    let blocked = "status: \"blocked\"\n    status_before: \"pending\"\n    waiting_for: [\"1-2\"]\n    reason: \"Waiting for 1-2\"";
    let ours = with(BASE, &[("status: \"pending\"", blocked)]);
    let theirs = with(BASE, &[("status: \"pending\"", "status: \"in_progress\"")]);
    assert_eq!(merged(BASE, &ours, &theirs), theirs);
    assert_eq!(merged(BASE, &theirs, &ours), theirs);
}

#[test]
fn one_name_for_two_works_is_told_as_a_whole() {
    let session = |story: &str, task: &str| {
        with(
            BASE,
            &[(
                "\ncoordination",
                &format!(
                    "\n  terminal-3:\n    story_id: \"{story}\"\n    tasks: [\"{task}\"]\n\ncoordination"
                ),
            )],
        )
    };
    let United::Contradicting(sides, found) = united(BASE, &session("2-1-a", "x"), &session("2-2-b", "y"))
    else {
        panic!("merged")
    };
    assert_eq!((found.len(), &found[0].at[1]), (1, &"terminal-3".to_string()));
    assert_eq!((sides.ours, sides.theirs), (session("2-1-a", "x"), session("2-2-b", "y")));
}

#[test]
fn what_does_not_parse_or_would_lose_something_is_merged_by_lines() {
    let other = with(BASE, &[("pending", "blocked")]);
    for broken in ["a: [", "- a\n", "a: 1\na: 2\n", "\u{0}"] {
        assert_eq!(united(BASE, broken, &other), United::ByLines, "{broken}");
        assert_eq!(united(broken, BASE, &other), United::ByLines, "{broken}");
    }
    assert_eq!(united("a: [", "a: [", "b: ["), United::Merged("b: [".to_string()));
}

/// A text like the base with some changes by chance.
fn changed(text: &str, whims: &mut Whims) -> String {
    let mut text = text.to_string();
    for _ in 0..whims.below(6) {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let at = whims.below(lines.len());
        let number = whims.below(1000);
        let line = lines[at];
        let indent = &line[..line.len() - line.trim_start().len()];
        let new = match whims.below(7) {
            0 => format!("{line}{indent}# note {number}\n"),
            1 => String::new(),
            2 => format!("{line}{indent}key-{number}: {number}\n"),
            3 => format!("{line}{indent}- item {number}\n"),
            4 => format!("{}  # {number}\n", line.trim_end()),
            5 => format!("{line}\n  terminal-{number}:\n    status: \"pending\"\n    tasks:\n    - x\n"),
            _ => line.replace("pending", "completed").replace("10:", "11:").replace("\"a\"", "\"q\""),
        };
        let changed = [&lines[..at].concat(), &new, &lines[at + 1..].concat()].map(String::as_str).concat();
        // one in ten stays broken
        if serde_yaml::from_str::<serde_yaml::Value>(&changed).is_ok() || whims.below(10) == 0 {
            text = changed;
        }
    }
    text
}

#[test]
fn merges_of_random_versions_keep_what_each_side_changed() {
    let value = |text: &str| serde_yaml::from_str::<serde_yaml::Value>(text);
    let (mut clean, mut told, mut by_lines) = (0, 0, 0);
    let seeds = seeds(3000);
    let few = seeds.end - seeds.start < 100;
    for seed in seeds {
        let whims = &mut Whims(seed);
        let base = changed(BASE, whims);
        let [a, b] = [0, 1].map(|_| changed(&base, whims));
        assert_eq!(united(&base, &a, &base), United::Merged(a.clone()), "seed {seed}");
        assert_eq!(united(&base, &base, &b), United::Merged(b.clone()), "seed {seed}");
        match (united(&base, &a, &b), united(&base, &b, &a)) {
            (United::Merged(one), United::Merged(other)) => {
                if base == a || base == b || a == b {
                    continue;
                }
                clean += 1;
                let comment =
                    |line: &str| line.split_once('#').map(|(_, comment)| comment.trim().to_string());
                for line in [&a, &b].into_iter().flat_map(|side| side.lines()).filter_map(comment) {
                    assert!(base.contains(&line) || one.contains(&line), "seed {seed}: {line}\n{one}");
                }
                let sorted = |text: &str| sorted(value(text).unwrap());
                assert_eq!(sorted(&one), sorted(&other), "seed {seed}");
                let (again_a, again_b) = (united(&a, &one, &a), united(&b, &one, &b));
                assert_eq!(
                    (again_a, again_b),
                    (United::Merged(one.clone()), United::Merged(one)),
                    "seed {seed}"
                );
            }
            (United::Contradicting(_, one), United::Contradicting(_, other)) => {
                told += 1;
                let mut places: Vec<_> =
                    one.into_iter().map(|found| (found.at, found.theirs, found.ours)).collect();
                let mut swapped: Vec<_> =
                    other.into_iter().map(|found| (found.at, found.ours, found.theirs)).collect();
                places.sort_by(|one, other| one.0.cmp(&other.0));
                swapped.sort_by(|one, other| one.0.cmp(&other.0));
                assert_eq!(places, swapped, "seed {seed}");
            }
            (United::ByLines, _) | (_, United::ByLines) => by_lines += 1,
            (one, other) => panic!("seed {seed}: {one:?}\n{other:?}"),
        }
    }
    println!("{clean} clean, {told} told, {by_lines} by lines");
    assert!(few || clean > told && clean > 0);
}

/// Without the order of items.
fn sorted(value: serde_yaml::Value) -> serde_yaml::Value {
    match value {
        serde_yaml::Value::Sequence(items) => {
            let mut items: Vec<_> = items.into_iter().map(sorted).collect();
            items.sort_by_key(|item| serde_yaml::to_string(item).unwrap());
            serde_yaml::Value::Sequence(items)
        }
        serde_yaml::Value::Mapping(fields) => {
            serde_yaml::Value::Mapping(fields.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        other => other,
    }
}
