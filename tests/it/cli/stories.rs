//! Stories as the status files and the template tell of them: what cannot be read changes nothing, ids
//! mean the same in every spelling, epics stand for their stories, and progress never says too much.

use std::fs;

use super::program::{DIR, findings, messages, terminal, text};
use crate::support::{Repo, Sandbox, seeds};

const ACTIVE: &str = "active-sessions.yaml";
const BOARD: &str = "docs/sprint-status.yaml";

/// An inter-story file with sessions of these stories, and these dependencies.
fn active(sessions: &[(&str, &str)], dependencies: &str) -> String {
    let one = |(terminal, story): &(&str, &str)| {
        format!("  {terminal}:\n    story_id: {story}\n    status: \"in_progress\"\n")
    };
    let sessions: String = sessions.iter().map(one).collect();
    format!("parallel_mode: \"inter_story\"\nsessions:\n{sessions}dependencies:\n{dependencies}")
}

/// The status of a session in the file.
#[track_caller]
fn session(repo: &Repo, terminal: &str) -> String {
    let status = repo.yaml(ACTIVE)["sessions"][terminal]["status"].clone();
    status.as_str().unwrap_or_else(|| panic!("{terminal}: {}", repo.tracked(ACTIVE))).to_string()
}

/// The messages of the check of tracking files.
fn told(repo: &Repo) -> String {
    let answer = repo.status();
    let one = |one: &&serde_json::Value| format!("{}: {}\n", text(&one["severity"]), text(&one["message"]));
    findings(&answer, "tracking").iter().map(one).collect()
}

/// One session of `2-1` that needs `needed`, with this board.
#[track_caller]
fn is_blocked(needed: &str, board: &str, expected: bool) {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[(BOARD, board)]);
    repo.track(ACTIVE, active(&[("t", "2-1-cart")], &format!("  2-1-cart:\n    depends_on: [{needed}]\n")));
    repo.tw(&["sync"]);
    assert_eq!(session(&repo, "t") == "blocked", expected, "{needed}\n{board}\n{}", repo.tracked(ACTIVE));
}

#[test]
fn a_status_file_that_cannot_be_read_changes_no_session() {
    let sandbox = Sandbox::new();
    let good = "development_status:\n  1-1-login: done\n  1-2-mail: backlog\n";
    let repo = sandbox.repo("shop", &[(BOARD, good)]);
    repo.track(
        ACTIVE,
        active(
            &[("goes", "2-1-cart"), ("waits", "2-2-pay"), ("of-template", "2-3-ship")],
            "  2-1-cart: {depends_on: [1-1-login]}\n  2-2-pay: {depends_on: [1-2-mail]}\n",
        ),
    );
    let template = "2-3-ship:\n  depends_on: [1-2-mail]\n  reason: \"Needs mail from story 1-2\"\n";
    repo.track("dependencies-template.yaml", template);
    repo.tw(&["sync"]);
    assert_eq!(session(&repo, "goes"), "in_progress");
    assert_eq!(
        (session(&repo, "waits"), session(&repo, "of-template")),
        ("blocked".into(), "blocked".into())
    );
    let settled = repo.tracked(ACTIVE);
    let mut broken: Vec<String> = [
        "",
        "# nothing yet\n",
        "development_status:\n",
        "development_status: {}\n",
        "development_status:\n<<<<<<< HEAD\n  1-1-login: backlog\n=======\n  1-1-login: done\n>>>>>>> x\n",
        "development_status:\n  1-1-login: done\n  x: {a\n",
        "development_status:\n\t1-1-login: done\n",
        "development_status:\n  1-1-login: done\n  1-1-login: backlog\n",
        "- 1\n",
        "just text\n",
        "other: 1\n",
        "\u{0}",
    ]
    .map(str::to_string)
    .to_vec();
    let first = "development_status:\n  1-1-login: done\n";
    broken.extend((0..first.len() - 1).map(|cut| first[..cut].to_string()));
    for text in broken {
        repo.write(BOARD, &text);
        repo.tw(&["sync"]);
        assert_eq!(repo.tracked(ACTIVE), settled, "{text:?}");
        assert!(told(&repo).contains("sprint-status.yaml"), "{text:?} is not told:\n{}", told(&repo));
    }
    repo.write(BOARD, [0xFF, 0xFE]);
    repo.tw(&["sync"]);
    assert_eq!(repo.tracked(ACTIVE), settled);
    repo.write(BOARD, good);
    for text in ["2-3-ship: [\n", "<<<<<<< HEAD\n2-3-ship: [1-2-mail]\n=======\n>>>>>>> x\n"] {
        repo.track("dependencies-template.yaml", text);
        repo.tw(&["sync"]);
        assert_eq!(repo.tracked(ACTIVE), settled, "{text:?}");
    }
    repo.track("dependencies-template.yaml", template);
    repo.write(BOARD, good.replace("backlog", "done"));
    repo.tw(&["sync"]);
    assert!(!repo.tracked(ACTIVE).contains("blocked"), "{}", repo.tracked(ACTIVE));
}

#[test]
fn conflict_markers_are_named_as_that() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[]);
    let markers = "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n";
    repo.write(BOARD, markers);
    for name in [ACTIVE, "story-1-2-sessions.yaml", "dependencies-template.yaml", "config.yaml"] {
        repo.track(name, markers);
    }
    let told = told(&repo);
    for name in [BOARD, ACTIVE, "story-1-2-sessions.yaml", "dependencies-template.yaml", "config.yaml"] {
        let line = told.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {told}"));
        assert!(line.contains("line 2") && line.contains("conflict markers"), "{line}");
    }
}

#[test]
fn what_the_sessions_say_counts_though_a_status_file_is_broken() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[(BOARD, "development_status: [\n")]);
    let dependencies = "  2-1-cart: {depends_on: [1-1-login]}\n";
    let both = [("a", "1-1-login"), ("b", "2-1-cart")];
    repo.track(ACTIVE, active(&both, dependencies));
    repo.tw(&["sync"]);
    assert_eq!(session(&repo, "b"), "blocked", "the session of 1-1-login says that it is not complete");
    repo.tw(&["complete", "a"]);
    repo.tw(&["sync"]);
    assert_eq!(session(&repo, "b"), "in_progress");
    assert!(repo.tracked(ACTIVE).contains("ready"), "{}", repo.tracked(ACTIVE));
}

#[test]
fn a_dependency_that_only_a_broken_file_knows_is_unknown() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[(BOARD, "development_status: [\n")]);
    repo.track(ACTIVE, active(&[("t", "2-1-cart")], "  2-1-cart: {depends_on: [1-1-login]}\n"));
    let answer = repo.status();
    assert_eq!(answer["dependencies"][0]["status"], "unknown", "{:#}", answer["dependencies"]);
    assert_eq!(answer["dependencies"][0]["waiting_for"].as_array().unwrap().len(), 0);
    assert!(!messages(&answer).contains("which no file knows"), "{}", messages(&answer));
    assert!(findings(&answer, "dependency_violation").is_empty());
    // the same of a tracking file and of an archived one, which say it too
    repo.remove(BOARD);
    assert_eq!(repo.status()["dependencies"][0]["status"], "blocked");
    for name in ["story-1-1-sessions.yaml", "archive/story-1-1-sessions.yaml"] {
        repo.track(name, "story_id: 1-1-login\nsessions: [\n");
        assert_eq!(repo.status()["dependencies"][0]["status"], "unknown", "{name}");
        repo.remove(format!("{DIR}/{name}"));
    }
}

#[test]
fn a_terminal_in_a_broken_file_blocks_nobody_anew() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[]);
    let waits = "sessions:\n  b:\n    story_id: 2-1\n    status: \"in_progress\"\n    blocked_by: [\"a\"]\n";
    repo.track(ACTIVE, waits);
    repo.track("story-1-1-sessions.yaml", "story_id: 1-1\nsessions: {a: {status: [\n");
    repo.tw(&["sync"]);
    assert_eq!(session(&repo, "b"), "in_progress");
    repo.track("story-1-1-sessions.yaml", "story_id: 1-1\nsessions: {a: {status: pending}}\n");
    repo.tw(&["sync"]);
    assert_eq!(session(&repo, "b"), "blocked");
    let settled = repo.tracked(ACTIVE);
    repo.track("story-1-1-sessions.yaml", "story_id: 1-1\nsessions: {a: {status: [\n");
    repo.tw(&["sync"]);
    assert_eq!(repo.tracked(ACTIVE), settled);
}

#[test]
fn ids_mean_the_same_in_every_spelling() {
    let spellings = |number: &str, slug: &str| {
        let (dotted, under) = (number.replace('-', "."), number.replace('-', "_"));
        [
            number.to_string(),
            dotted.clone(),
            under,
            format!("{number}-{slug}"),
            format!("story-{number}-{slug}"),
            format!("story-{number}"),
            format!("\"Story {dotted}\""),
            format!("\"Story {dotted}: {slug}\""),
            format!("story_{number}_{slug}"),
        ]
    };
    for (at, needed) in spellings("1-10", "login").iter().enumerate() {
        for (other, on_board) in spellings("1-10", "login").iter().enumerate() {
            if (at + other) % 3 == 0 {
                let other_story = "  1.1: backlog\n";
                is_blocked(needed, &format!("development_status:\n{other_story}  {on_board}: done\n"), false);
                is_blocked(
                    needed,
                    &format!("development_status:\n  1.1: done\n  {on_board}: backlog\n"),
                    true,
                );
            }
        }
    }
    is_blocked("12A.3", "development_status:\n  12a-3-import: done\n", false);
    is_blocked("1-1-login", "development_status:\n  1-1-logout: done\n", true);
}

#[test]
fn a_random_board_is_read_alike_in_every_shape_and_spelling() {
    for seed in seeds(24) {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % below
        };
        let done = ["done", "Done ✅", "\"completed (merged)\"", "merged"];
        let open = ["backlog", "in-progress 🚧", "review", "\"blocked: waits\"", "deferred"];
        let mut stories: Vec<(usize, usize, bool, String)> = Vec::new();
        for epic in 1..=1 + next(3) {
            for story in 1..=1 + next(12) {
                let is_done = next(2) == 0;
                let words: &[&str] = if is_done { &done } else { &open };
                stories.push((epic, story, is_done, words[next(words.len())].to_string()));
            }
        }
        let spelled = |(epic, story): (usize, usize), how: usize| match how {
            0 => format!("{epic}.{story}"),
            1 => format!("{epic}-{story}-name"),
            2 => format!("story-{epic}-{story}-name"),
            _ => format!("\"Story {epic}.{story}\""),
        };
        let shape = next(4);
        let mut board =
            String::from(["development_status:\n", "stories:\n", "epics:\n", "sprints:\n"][shape]);
        let mut last = 0;
        for (epic, story, _, status) in &stories {
            let id = spelled((*epic, *story), next(4));
            match shape {
                0 => board += &format!("  {id}: {status}\n"),
                1 => board += &format!("  - id: {id}\n    status: {status}\n"),
                _ => {
                    if *epic != last {
                        let name = ["epic", "sprint"][shape - 2];
                        board += &format!("  - id: {name}-{epic}\n    status: in-progress\n    stories:\n");
                    }
                    board += &format!("      - {{id: {id}, status: {status}}}\n");
                    last = *epic;
                }
            }
        }
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("shop", &[(BOARD, &board)]);
        let mut sessions = String::new();
        let mut dependencies = String::new();
        for (at, (epic, story, ..)) in stories.iter().enumerate() {
            let needed = spelled((*epic, *story), next(4));
            sessions += &format!("  t{at}: {{story_id: 9-{at}-x, status: in_progress}}\n");
            dependencies += &format!("  9-{at}-x: {{depends_on: [{needed}]}}\n");
        }
        repo.track(ACTIVE, format!("sessions:\n{sessions}dependencies:\n{dependencies}"));
        let answer = repo.status();
        assert!(
            findings(&answer, "tracking").is_empty(),
            "seed {seed}: {:#?}\n{board}",
            findings(&answer, "tracking")
        );
        let states = answer["dependencies"].as_array().unwrap();
        assert_eq!(states.len(), stories.len(), "seed {seed}\n{board}");
        for (at, (epic, story, is_done, status)) in stories.iter().enumerate() {
            let id = format!("9-{at}-x");
            let state = states.iter().find(|one| one["story"] == id.as_str()).unwrap();
            let expected = if *is_done { "ready" } else { "blocked" };
            assert_eq!(state["status"], expected, "seed {seed}: {epic}-{story} {status}\n{board}");
        }
    }
}

#[test]
fn commands_take_an_id_in_every_spelling() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[(BOARD, "development_status:\n  1-2-login: in-progress\n")]);
    repo.tw(&["register", "--mode", "intra", "--story", "story-1-2-login", "--terminal", "a"]).exits(0);
    repo.tw(&["register", "--mode", "intra", "--story", "Story 1.2", "--terminal", "b"]).exits(0);
    assert_eq!(repo.yaml("story-1-2-sessions.yaml")["sessions"].as_mapping().unwrap().len(), 2);
    assert_eq!(told(&repo), "");
    repo.tw(&["complete", "a", "--story", "1.2"]).exits(0);
    repo.tw(&["complete", "b"]).exits(0);
    repo.tw(&["archive", "Story 1.2"]).exits(0);
    assert!(repo.path(format!("{DIR}/archive/story-1-2-sessions.yaml")).exists());
    repo.track(ACTIVE, active(&[("t", "2-1")], "  2-1: {depends_on: [story-1-2-login]}\n"));
    assert_eq!(repo.status()["dependencies"][0]["status"], "ready", "the archived story is complete");
}

#[test]
fn an_epic_is_complete_when_all_its_stories_are() {
    let board = |last: &str| {
        format!(
            "development_status:\n  epic-1: in-progress\n  1-1-a: done\n  1-2-b: {last}\n  epic-1-retrospective: optional\n"
        )
    };
    for epic in ["epic-1", "Epic 1", "epic1", "epic-1-foundation"] {
        is_blocked(epic, &board("review"), true);
        is_blocked(epic, &board("done"), false);
        is_blocked(epic, &board("skipped"), false);
    }
    is_blocked("epic-9", &board("done"), true);
    is_blocked("epic-auth", "development_status:\n  epic-auth: done\n", false);
    is_blocked("epic-auth", "development_status:\n  epic-auth: in-progress\n", true);
    is_blocked("epic-1", "development_status: [\n", false);
    // an epic may list stories that do not have its number
    let lists = "epics:\n  - id: epic-auth\n    stories: [\"3-1\", \"3-2\"]\nstories:\n  - {id: \"3-1\", status: done}\n";
    is_blocked("epic-auth", &format!("{lists}  - {{id: \"3-2\", status: done}}\n"), false);
    is_blocked("epic-auth", &format!("{lists}  - {{id: \"3-2\", status: review}}\n"), true);
}

#[test]
fn what_an_epic_needs_its_stories_need() {
    let sandbox = Sandbox::new();
    let board = "epics:\n  - id: epic-1\n    stories:\n      - {id: 1-1-a, status: review}\n  - id: epic-2\n    depends_on: [epic-1]\n    stories:\n      - {id: 2-1-cart, status: in-progress}\n";
    let repo = sandbox.repo("shop", &[(BOARD, board)]);
    repo.track(ACTIVE, "sessions:\n  t: {story_id: 2-1-cart, status: in_progress}\n");
    repo.tw(&["sync"]);
    assert_eq!(session(&repo, "t"), "blocked");
    repo.write(BOARD, board.replace("review", "done"));
    repo.tw(&["sync"]);
    assert_eq!(session(&repo, "t"), "in_progress");
    assert_eq!(told(&repo), "");
}

#[test]
fn dependencies_on_the_board_count_in_every_way_of_writing_them() {
    for needs in [
        "depends_on: [1-1-a]",
        "depends_on: 1-1-a",
        "depends_on: \"1.1, 1-3\"",
        "dependencies: [\"Story 1.1\"]",
        "blocked_by: [{id: 1-1-a}]",
        "dependsOn: [1.1]",
        "blocked-by: story-1-1-a",
        "requires: [epic-1]",
        "prerequisites: [1-1]",
    ] {
        for (status, expected) in [("review", "blocked"), ("done", "in_progress")] {
            let sandbox = Sandbox::new();
            let board = format!(
                "development_status:\n  1-1-a: {{status: {status}}}\n  1-3-c: done\n  2-1-cart:\n    status: in-progress\n    {needs}\n"
            );
            let repo = sandbox.repo("shop", &[(BOARD, &board)]);
            repo.track(ACTIVE, "sessions:\n  t: {story_id: 2-1-cart, status: in_progress}\n");
            repo.tw(&["sync"]);
            assert_eq!(session(&repo, "t"), expected, "{board}\n{}", told(&repo));
        }
    }
    // what is no story holds nobody up
    is_blocked(
        "1-1-a",
        "development_status:\n  1-1-a: done\n  2-1-cart: {status: backlog, blocked_by: the vendor}\n",
        false,
    );
}

#[test]
fn stories_in_sprints_are_read() {
    for (board, is_blocked_by_it) in [
        ("sprints:\n  - name: S1\n    stories:\n      - {id: 1-1-a, status: done}\n", false),
        (
            "sprints:\n  - id: sprint-1\n    status: done\n    stories:\n      - {id: 1-1-a, status: review}\n",
            true,
        ),
        ("sprints:\n  sprint-1:\n    goal: x\n    stories:\n      1-1-a: done\n", false),
        ("sprint:\n  number: 3\n  stories:\n    - 1-1-a: done\n", false),
        (
            "current_sprint: 2\nsprints:\n  - {number: 2, stories: [\"1-1\"]}\nstories:\n  - {id: 1-1-a, status: done}\n",
            false,
        ),
        (
            "sprints:\n  - number: 1\n    epics:\n      - id: 1\n        stories:\n          - {id: 1, status: done}\n",
            false,
        ),
    ] {
        is_blocked("1-1-a", board, is_blocked_by_it);
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("shop", &[(BOARD, board)]);
        assert_eq!(told(&repo), "", "{board}");
    }
}

#[test]
fn the_places_that_bmads_configuration_names_are_looked_into() {
    let board = "development_status:\n  1-1-a: done\n";
    for (config, text, place) in [
        ("_bmad/bmm/config.yaml", "implementation_artifacts: \"{project-root}/work/items\"\n", "work/items"),
        (
            "_bmad/bmm/config.yaml",
            "output_folder: '{project-root}/out'\nimplementation_artifacts: \"{output_folder}/impl\"\n",
            "out/impl",
        ),
        (
            ".bmad/bmm/config.yaml",
            "sprint_artifacts: '{project-root}/planning/sprints'\n",
            "planning/sprints",
        ),
        ("bmad/bmm/config.yaml", "output_folder: '{project-root}/notes'\n", "notes"),
        ("_bmad/config.yaml", "bmm:\n  output_folder: results\n", "results/implementation-artifacts"),
        (".bmad/config.yaml", "sprint_status: ./here/sprint-status.yaml\n", "here"),
        ("_bmad/config.toml", "[modules.bmm]\nimplementation_artifacts = \"{project-root}/impl\"\n", "impl"),
        ("_bmad/custom/config.toml", "[modules.bmm]\noutput_folder = 'shared'\n", "shared"),
    ] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("shop", &[(config, text), (&format!("{place}/sprint-status.yaml"), board)]);
        repo.track(ACTIVE, active(&[("t", "2-1")], "  2-1: {depends_on: [1-1]}\n"));
        assert_eq!(repo.status()["dependencies"][0]["status"], "ready", "{config}: {text}");
        assert_eq!(told(&repo), "");
    }
    // nothing outside of the repository is read
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("_bmad/bmm/config.yaml", "output_folder: '{project-root}/../out'\n")]);
    fs::create_dir(sandbox.path("out")).unwrap();
    fs::write(sandbox.path("out").join("sprint-status.yaml"), "development_status: [\n").unwrap();
    assert_eq!(told(&repo), "");
    repo.write("_bmad/bmm/config.yaml", "a: [\n");
    assert!(told(&repo).contains("warning: _bmad/bmm/config.yaml"), "{}", told(&repo));
}

#[test]
fn names_that_are_nearly_right_are_told_with_what_was_meant() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[]);
    let names = [
        ("active_sessions.yaml", "active-sessions.yaml"),
        ("story-1-2-session.yaml", "story-1-2-sessions.yaml"),
        ("story_1_3_sessions.yml", "story-1-3-sessions.yaml"),
        ("dependency-template.yaml", "dependencies-template.yaml"),
        ("config.yml", "config.yaml"),
        ("session_sync_log.yaml", "session-sync-log.yaml"),
    ];
    for (name, _) in names {
        repo.track(name, "sessions: {x: {status: pending}}\n");
    }
    repo.write("docs/sprint_status.yaml", "development_status: {1-1-a: done}\n");
    let before = repo.tracking_picture();
    for command in ["status", "doctor"] {
        let said = repo.tw(&[command]);
        for (name, meant) in names {
            let line = format!("{name}: is not read: its name should be {meant}");
            let said = super::program::flat(&said.stdout);
            assert!(said.contains(&line), "{command} does not say {line:?}:\n{said}");
        }
        said.says("docs/sprint_status.yaml: is not read: its name should be sprint-status.yaml");
    }
    let terminals = repo.status()["terminals"].clone();
    assert!(terminals.as_array().unwrap().iter().all(|one| one["id"] != "x"), "none of them is read");
    assert_eq!(repo.tracking_picture(), before, "none of them is changed");
}

#[test]
fn keys_that_are_nearly_right_are_told_with_what_was_meant() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[]);
    repo.track(
        "story-1-2-sessions.yaml",
        "story_id: 1-2\nterminals:\n  - id: terminal-1\n    status: pending\n",
    );
    repo.track(
        ACTIVE,
        "parallel-mode: inter_story\nsessions:\n  t:\n    story: 1-3\n    stauts: pending\n    currentFile: a.txt\n    blocked-by: [u]\n    my_note: x\n",
    );
    let told = told(&repo);
    for part in [
        "story-1-2-sessions.yaml, line 3: \"terminals\" is not read; was \"sessions\" meant?",
        "\"parallel-mode\" is not read; was \"parallel_mode\" meant?",
        "\"story\" is not read; was \"story_id\" meant?",
        "\"stauts\" is not read; was \"status\" meant?",
        "\"currentFile\" is not read; was \"current_file\" meant?",
        "\"blocked-by\" is not read; was \"blocked_by\" meant?",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(!told.contains("my_note"), "{told}");
    repo.tw(&["doctor"]).says("was \"sessions\" meant?");
}

#[test]
fn progress_counts_what_is_not_begun() {
    let sandbox = Sandbox::new();
    let board = "development_status:\n  epic-1: in-progress\n  1-1-a: in-progress\n  1-2-b: backlog\n  1-3-c: deferred\n";
    let repo = sandbox.repo("shop", &[(BOARD, board)]);
    let register = |terminal: &str, more: &[&str]| {
        let base = ["register", "--mode", "intra", "--story", "1-1-a", "--terminal", terminal];
        repo.tw(&[&base[..], more].concat()).exits(0);
    };
    register("one", &["--task", "A"]);
    register("two", &[]);
    repo.tw(&["update", "one", "--done", "A"]).exits(0);
    let percents = || -> Vec<(String, Option<u64>)> {
        let answer = repo.status();
        let lines = answer["progress"].as_array().unwrap().clone();
        lines.iter().map(|line| (text(&line["of"]).to_string(), line["percent"].as_u64())).collect()
    };
    assert_eq!(percents(), [("1-1-a".to_string(), Some(50)), ("epic 1".to_string(), Some(25))]);
    repo.tw(&["status"])
        .says("epic 1: 0 of 2 stories and 1 of 1 task (25%)")
        .says_not("100%")
        .says_not("100 %");
    repo.tw(&["sync"]).says_not("100%");
    repo.tw(&["complete", "one"]);
    repo.tw(&["complete", "two"]);
    assert_eq!(percents(), [("1-1-a".to_string(), Some(100)), ("epic 1".to_string(), Some(50))]);
    repo.write(BOARD, board.replace("backlog", "done"));
    assert_eq!(percents()[1], ("epic 1".to_string(), Some(100)));
    repo.write(BOARD, "development_status: [\n");
    assert_eq!(percents()[1], ("epic 1".to_string(), None), "which stories there are is not known");
}

#[test]
fn init_explains_the_template_and_writes_over_none() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[]);
    repo.tw(&["init"]).exits(0).says("config.yaml, dependencies-template.yaml and .gitattributes");
    let text = repo.tracked("dependencies-template.yaml");
    assert_eq!(told(&repo), "");
    // what the comments show is what is read
    let shown: String = text
        .lines()
        .skip_while(|line| *line != "# dependencies:")
        .map(|line| format!("{}\n", line.strip_prefix("# ").unwrap()))
        .collect();
    repo.track("dependencies-template.yaml", &shown);
    let waits: Vec<String> = repo.status()["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["story"].as_str().unwrap(), one["depends_on"]))
        .collect();
    assert_eq!(
        waits,
        [
            r#"1-3-account-management ["1-2-user-authentication"]"#,
            r#"2-1-checkout ["epic-1","1-2-user-authentication"]"#
        ]
    );
    let before = repo.tracking_files();
    repo.tw(&["init"]).exits(0).says("nothing was changed");
    assert_eq!(repo.tracking_files(), before);
}

#[test]
fn a_story_is_found_by_every_spelling_in_every_command() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("f", "1\n")]);
    repo.write(
        "docs/sprint-status.yaml",
        "development_status:\n  epic-1: in-progress\n  1-10-logout: backlog\n  3-1-pay: backlog\n",
    );
    let register = |story: &str| repo.tw(&["register", "--mode", "inter", "--story", story]).exits(0);
    register("1.10").says_not("no story file knows");
    register("Story 3.1: Pay").says_not("no story file knows");
    register("epic-1").says_not("no story file knows");
    register("epic-2").says("no story file knows story epic-2");
    let answer = repo.status();
    assert_eq!(terminal(&answer, "terminal-1")["story"], "1-10-logout");
    assert_eq!(terminal(&answer, "terminal-2")["story"], "3-1-pay");
    for spelling in ["1.10", "1-10", "1-10-logout", "Story 1.10: Logout", "story-1-10-logout"] {
        repo.tw(&["update", "terminal-1", "--story", spelling, "--phase", spelling]).exits(0);
        repo.tw(&["status", "--story", spelling]).exits(0).says("1-10-logout").says_not("3-1-pay");
        repo.tw(&["log", "--story", spelling]).exits(0).says("terminal-1").says_not("terminal-2");
    }
    repo.tw(&["update", "terminal-1", "--story", "1-1"]).fails();
    repo.tw(&["status", "--story", "1.1"]).fails().complains("no story matches");
    repo.tw(&["complete", "terminal-2", "--story", "Story 3.1"]).exits(0);
    repo.tw(&["archive", "Story 3.1: Pay", "--force"]).exits(0);
    repo.tw(&["archive", "3.1"]).fails().complains("it is archived already");
    let intra = ["register", "--mode", "intra", "--story", "Story 4.2: Log in", "--terminal", "x"];
    repo.tw(&intra).exits(0);
    assert!(repo.path(format!("{DIR}/story-4-2-sessions.yaml")).exists());
    let refused = repo.tw(&["register", "--mode", "intra", "--story", "a/b", "--terminal", "y"]).fails();
    refused.complains("has a path separator");
}
