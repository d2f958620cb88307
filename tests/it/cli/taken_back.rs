//! A session that is registered and taken out again leaves the file byte for byte as it was, however that
//! is written.

use super::program::DIR;
use crate::support::{Repo, Sandbox, Whims, seeds};

impl Whims {
    /// A comment, a blank line, or nothing, at this column.
    fn between(&mut self, column: usize) -> String {
        match self.below(6) {
            0 => "\n".to_string(),
            1 => format!("{}# by hand\n", " ".repeat(column)),
            _ => String::new(),
        }
    }

    fn end(&mut self) -> &'static str {
        ["", "", "", " # note", "  "][self.below(5)]
    }

    fn quoted(&mut self, text: &str) -> String {
        match self.below(3) {
            0 => format!("'{text}'"),
            1 => text.to_string(),
            _ => format!("\"{text}\""),
        }
    }
}

/// A file of all stories, or of one, with one to three sessions.
fn file(whims: &mut Whims, inter: bool) -> String {
    let indent = [2, 2, 4][whims.below(3)];
    let pad = " ".repeat(indent);
    let mut text = whims.between(0);
    if !inter {
        text += &format!("story_id: {}{}\n", whims.quoted("1-2-cart"), whims.end());
    }
    if whims.below(2) == 0 {
        text += &format!("parallel_mode: {}\n", if inter { "inter_story" } else { "intra_story" });
    }
    text += &whims.between(0);
    text += &format!("sessions:{}\n", whims.end());
    let names = ["terminal-1", "terminal-2", "ui"];
    for (at, name) in names.iter().take(1 + whims.below(3)).enumerate() {
        text += &whims.between(indent);
        if whims.below(8) == 0 {
            text += &format!(
                "{pad}{name}: {{status: pending, focus: f{at}, story_id: '1-{at}-x'}}{}\n",
                whims.end()
            );
            continue;
        }
        text += &format!("{pad}{}:{}\n", whims.quoted(name), whims.end());
        let mut keys = vec![
            format!("status: {}", whims.quoted("in_progress")),
            format!("focus: {}", whims.quoted(&format!("part {at}"))),
            "mood: good".to_string(),
            "tasks: [one, 'two']".to_string(),
            "notes: |\n{pad}{pad}  a text\n{pad}{pad}  of two lines".replace("{pad}", &pad),
        ];
        if inter {
            keys.insert(0, format!("story_id: {}", whims.quoted(&format!("1-{at}-x"))));
        }
        keys.truncate(2 + usize::from(inter) + whims.below(4));
        for key in keys {
            text += &whims.between(2 * indent);
            let end = if key.contains('|') { "" } else { whims.end() };
            text += &format!("{pad}{pad}{key}{end}\n");
        }
    }
    text += &whims.between(0);
    text += match (inter, whims.below(4)) {
        (true, 0) => "dependencies: {}\n",
        (true, 1) => "dependencies:\n  \"1-0-x\":\n    depends_on: [] # none\n    status: \"ready\"\n",
        (true, 2) => "dependencies:\n    '1-1-x': {depends_on: ['1-0-x']}\n# the end\n",
        (false, 0) => "coordination:\n  merge_points: []\n  conflicts: []\n  ready_to_merge: false\n",
        _ => "",
    };
    if whims.below(4) == 0 && !text.contains("two lines\n") {
        text.truncate(text.trim_end().len());
    }
    if whims.below(5) == 0 { text.replace('\n', "\r\n") } else { text }
}

fn taken_back(repo: &Repo, seed: u64) {
    let mut whims = Whims(seed + 1);
    let inter = whims.below(3) > 0;
    let (name, story) =
        if inter { ("active-sessions.yaml", "2-1-new") } else { ("story-1-2-sessions.yaml", "1-2-cart") };
    let written = file(&mut whims, inter);
    repo.track(name, &written);
    if whims.below(3) > 0 {
        let needs = whims.pick(&[
            "[\"1-0-x\"]",
            "[]",
            "\n    depends_on: [\"1-1-x\"]\n    reason: \"Needs x from story 1-1\"",
        ]);
        repo.track("dependencies-template.yaml", format!("dependencies:\n  \"2-1-new\": {needs}\n"));
    }
    // statuses and dependencies that follow from what is there already
    let settled = repo.tw(&["sync"]);
    assert!(matches!(settled.status, Some(0 | 1)), "{seed}: {settled}\n{written}");
    let before = repo.tracked(name);
    let mode = if inter { "inter" } else { "intra" };
    let mut args = vec!["register", "--mode", mode, "--story", story, "--terminal", "new-one"];
    if whims.below(2) == 0 {
        args.extend(["--focus", "something", "--task", "a: b", "--blocked-by", "terminal-1"]);
    }
    let registered = repo.tw(&args).exits(0);
    let with = repo.tracked(name);
    assert!(with.contains("new-one"), "{seed}: {registered}");
    if whims.below(3) == 0 {
        repo.tw(&["update", "new-one", "--phase", "x", "--task", "more"]).exits(0);
    }
    let said = repo.tw(&["unregister", "new-one"]).exits(0);
    let after = repo.tracked(name);
    assert!(after == before, "{seed}: {said}\n--- before\n{before}\n--- with\n{with}\n--- after\n{after}");
}

#[test]
fn the_file_is_as_before_byte_for_byte() {
    for seed in seeds(24) {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
        std::fs::create_dir_all(repo.path(DIR)).unwrap();
        taken_back(&repo, seed);
    }
}

#[test]
fn a_dependency_that_only_this_file_says_stays() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let text = "sessions:\n  one:\n    story_id: \"1-1-a\"\n    status: \"in_progress\"\ndependencies:\n  \"1-2-b\":\n    depends_on: [\"1-1-a\"] # by hand\n    status: \"blocked\"\n    reason: \"Waiting for story 1-1\"\n";
    repo.track("active-sessions.yaml", text);
    repo.tw(&["register", "--mode", "inter", "--story", "1-2-b", "--terminal", "two"]).exits(0);
    repo.tw(&["unregister", "two"]).exits(0);
    assert_eq!(repo.tracked("active-sessions.yaml"), text);
}

#[test]
fn a_dependency_stays_while_another_session_has_the_story() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    repo.track("dependencies-template.yaml", "dependencies:\n  \"1-2-b\": [\"1-1-a\"]\n");
    for id in ["one", "two"] {
        repo.tw(&["register", "--mode", "inter", "--story", "1-2-b", "--terminal", id]).exits(0);
    }
    repo.tw(&["unregister", "two"]).exits(0);
    assert!(repo.tracked("active-sessions.yaml").contains("\"1-2-b\":"));
    repo.tw(&["unregister", "one"]).exits(0);
    let text = repo.tracked("active-sessions.yaml");
    assert!(text.ends_with("sessions: {}\n\ndependencies: {}\n"), "{text}");
}
