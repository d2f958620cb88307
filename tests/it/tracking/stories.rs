//! Story statuses and dependencies, in the shapes they have in the wild.

use std::fs;
use std::path::Path;

use track_work::model::{Finding, Stories};
use track_work::stories::load;

const SPRINT: &str = include_str!("../../../fixtures/stories/sprint-status.yaml");
const TRACKING: &str = ".system/parallel-work";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    fs::write(path, text).expect("written");
}

fn read(files: &[(&str, &str)], configured: Option<&str>) -> (Stories, Vec<Finding>) {
    let dir = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        write(dir.path(), path, text);
    }
    load(dir.path(), &dir.path().join(TRACKING), configured.map(Path::new), &[])
}

fn statuses(stories: &Stories) -> Vec<String> {
    stories
        .statuses
        .iter()
        .map(|(story, status)| format!("{story} {:?} {:?}", status.written(), status.kind()))
        .collect()
}

fn dependencies(stories: &Stories) -> Vec<String> {
    let needs = |needs: &[track_work::model::StoryId]| {
        needs.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(" ")
    };
    stories.dependencies.iter().map(|each| format!("{} <- {}", each.story, needs(&each.depends_on))).collect()
}

fn messages(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} {}", finding.severity.name(), finding.message)).collect()
}

/// The statuses of one sprint status file, without findings.
#[track_caller]
fn sprint(text: &str, expected: &[&str]) {
    let (stories, findings) = read(&[("docs/sprint-status.yaml", text)], None);
    assert_eq!(messages(&findings), [""; 0]);
    assert_eq!(statuses(&stories), expected);
}

/// The dependencies of one template, without findings.
#[track_caller]
fn template(text: &str, expected: &[&str]) {
    let (stories, findings) = read(&[(".system/parallel-work/dependencies-template.yaml", text)], None);
    assert_eq!(messages(&findings), [""; 0]);
    assert_eq!(dependencies(&stories), expected);
}

#[test]
fn the_usual_sprint_status_is_read() {
    let (stories, findings) = read(&[("docs/sprint-artifacts/sprint-status.yaml", SPRINT)], None);
    assert_eq!(
        statuses(&stories),
        [
            r#"1-1-plant-data-model "done" Completed"#,
            r#"1-2-user-authentication "In progress" InProgress"#,
            r#"1-3-account-management "ready-for-dev" Pending"#,
            r#"12a-3-import "Deployed" Completed"#,
            r#"1-4-search "" Pending"#,
            r#"2-1-waiting "Awaiting Moon" Unknown"#,
        ]
    );
    assert_eq!(
        messages(&findings),
        [
            r#"info docs/sprint-artifacts/sprint-status.yaml, line 19: the status "Awaiting Moon" is unknown; it is kept and treated as incomplete"#
        ]
    );
    assert_eq!(stories.sources, ["docs/sprint-artifacts/sprint-status.yaml"]);
}

#[test]
fn lists_of_stories_and_epics_are_read() {
    sprint(
        "stories:\n  - id: 1-1-a\n    status: done\n  - {id: 1.2, title: Login, status: review}\n  - story_id: 1.10\n    state: backlog\n",
        &[r#"1-1-a "done" Completed"#, r#"1.2 "review" InProgress"#, r#"1.10 "backlog" Pending"#],
    );
    sprint(
        "epics:\n  - id: epic-1\n    status: in-progress\n    stories:\n      - id: 1-1-a\n        status: done\n      - id: 2\n        status: drafted\n  - id: 2\n    stories:\n      2-1-b: blocked\n      2-2-c: {status: merged}\n",
        &[
            r#"1-1-a "done" Completed"#,
            r#"1-2 "drafted" Pending"#,
            r#"2-1-b "blocked" Blocked"#,
            r#"2-2-c "merged" Completed"#,
        ],
    );
    sprint(
        "epics:\n  - name: Plants\n    stories:\n      - id: 1-1-a\n        status: done\n",
        &[r#"1-1-a "done" Completed"#],
    );
    sprint(
        "stories:\n  1-1-a: {status: done}\n  1-2-b: skipped\n",
        &[r#"1-1-a "done" Completed"#, r#"1-2-b "skipped" Inactive"#],
    );
    sprint(
        "stories:\n  - 1-1-a: done\n  - story-1-2-b: optional\n",
        &[r#"1-1-a "done" Completed"#, r#"story-1-2-b "optional" Inactive"#],
    );
    sprint(
        "development_status:\n  1.1: done\n  login: done\n",
        &[r#"1.1 "done" Completed"#, r#"login "done" Completed"#],
    );
    sprint("\u{feff}development_status:\r\n  1-1-a: done\r\n", &[r#"1-1-a "done" Completed"#]);
}

#[test]
fn a_sprint_status_without_stories_is_told_and_counts_as_not_read() {
    for text in ["development_status:\n", "development_status: {}\n", "", "# none\n"] {
        let (stories, findings) = read(&[("docs/sprint-status.yaml", text)], None);
        let message =
            "warning docs/sprint-status.yaml: names no story, so no story's status is known from it";
        assert_eq!((messages(&findings), stories.statuses), (vec![message.to_string()], vec![]));
        assert_eq!(stories.unread, ["docs/sprint-status.yaml"]);
    }
    let (stories, _) = read(&[("docs/sprint-status.yaml", "development_status:\n  1-1-a: done\n")], None);
    assert!(stories.unread.is_empty());
}

#[test]
fn a_sprint_status_that_is_not_one_is_told_and_the_rest_is_read() {
    let (stories, findings) = read(
        &[(
            "docs/sprint-status.yaml",
            "development_status:\n  1-1-a: [done]\n  1-2-b: done\nstories:\n  - just text\n  - status: done\n    points: 3\nepics: 3\n",
        )],
        None,
    );
    assert_eq!(statuses(&stories), [r#"1-2-b "done" Completed"#]);
    assert_eq!(
        messages(&findings),
        [
            r#"warning docs/sprint-status.yaml, line 5: a story in a list must be a mapping with "id" and "status""#,
            r#"warning docs/sprint-status.yaml, line 6: a story in a list has no "id""#,
            r#"warning docs/sprint-status.yaml, line 8: stories must be a mapping or a list, found a number"#,
            r#"warning docs/sprint-status.yaml, line 2: "1-1-a" has no status, so it is not counted as a story"#,
        ]
    );
    for (text, message) in [
        ("a: 1\n", r#"it contains no "development_status", "stories" or "epics""#),
        ("- 1\n", "the file must be a mapping, found a list"),
        ("a: [\n", "line 1: "),
        ("a: 1\na: 2\n", r#"line 2: duplicate key "a""#),
    ] {
        let (stories, findings) = read(&[("docs/sprint-status.yaml", text)], None);
        assert!(stories.statuses.is_empty());
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains(message), "{}", findings[0].message);
    }
}

#[test]
fn sprint_status_is_found_in_all_its_places() {
    let one = |id: &str| format!("development_status:\n  {id}: done\n");
    let files = [
        ("docs/sprint-artifacts/sprint-status.yaml", one("1-1-a")),
        ("docs/sprint-status.yaml", one("1-2-a")),
        ("_bmad-output/implementation-artifacts/sprint-status.yaml", one("1-3-a")),
        ("web/docs/sprint-status.yaml", one("2-1-a")),
        ("packages/api/docs/sprint-artifacts/sprint-status.yaml", one("2-2-a")),
        // Not these: foreign, hidden, and the copies in linked worktrees.
        ("node_modules/x/docs/sprint-status.yaml", one("9-1-a")),
        (".hidden/docs/sprint-status.yaml", one("9-2-a")),
        ("trees/t1/.git", "gitdir: /repo/.git/worktrees/t1\n".to_string()),
        ("trees/t1/docs/sprint-status.yaml", one("9-3-a")),
        ("other/.git/HEAD", "x".to_string()),
        ("other/docs/sprint-status.yaml", one("9-4-a")),
        ("sub/.git", "gitdir: ../.git/modules/sub\n".to_string()),
        ("sub/docs/sprint-status.yaml", one("2-3-a")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (stories, findings) = read(&files, None);
    assert_eq!(messages(&findings), [""; 0]);
    let ids: Vec<_> = stories.statuses.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["1-1-a", "1-2-a", "1-3-a", "2-2-a", "2-3-a", "2-1-a"]);
    let (stories, _) = read(&files, Some("web/docs/sprint-status.yaml"));
    assert_eq!(stories.sources, ["web/docs/sprint-status.yaml"]);
    let (_, findings) = read(&files, Some("nowhere.yaml"));
    assert_eq!(messages(&findings), ["error nowhere.yaml: cannot be read: no such file or directory"]);
}

#[test]
fn two_statuses_of_one_story_are_told() {
    let (stories, findings) = read(
        &[
            ("docs/sprint-status.yaml", "development_status:\n  1-1-a: done\n  1-2-b: done\n"),
            ("web/docs/sprint-status.yaml", "development_status:\n  1-1-a: review\n  1-2-b: completed\n"),
        ],
        None,
    );
    assert_eq!(statuses(&stories), [r#"1-1-a "done" Completed"#, r#"1-2-b "done" Completed"#]);
    assert_eq!(
        messages(&findings),
        [
            r#"warning web/docs/sprint-status.yaml: the story 1-1-a is "review" here but "done" earlier; the first is used"#
        ]
    );
}

#[test]
fn the_template_is_read_in_every_sensible_shape() {
    let expected = ["1-3-b <- 1-2-a", "1-2-a <- "];
    for text in [
        "dependencies:\n  1-3-b:\n    depends_on: [1-2-a]\n    reason: x\n  1-2-a:\n    depends_on: []\n",
        "dependencies:\n  \"1-3-b\": [1-2-a]\n  \"1-2-a\": []\n",
        "story_dependencies:\n  1-3-b: 1-2-a\n  1-2-a:\n",
        "stories:\n  1-3-b: {dependencies: 1-2-a, status: blocked}\n  1-2-a: {requires: []}\n",
        "version: 1\ndescription: what needs what\n1-3-b: [1-2-a]\n1-2-a: ~\n",
        "dependencies:\n  - story: 1-3-b\n    depends_on:\n      - 1-2-a\n  - story: 1-2-a\n",
        "stories:\n  - id: 1-3-b\n    requires: [{story: 1-2-a, reason: login}]\n  - 1-2-a\n",
        "- story_id: 1-3-b\n  depends_on: 1-2-a\n- 1-2-a: none\n",
        "stories:\n  - 1-3-b: [1-2-a]\n  - 1-2-a: []\n",
    ] {
        template(text, &expected);
    }
    template("1.3: 1.20\n", &["1.3 <- 1.20"]);
    template(
        "- {story: 1-3-b, depends_on: 1-1-x}\n- {story: 1-3-b, depends_on: [1-1-x, 1-2-a]}\n",
        &["1-3-b <- 1-1-x 1-1-x 1-2-a"],
    );
    template("", &[]);
    template("dependencies:\n", &[]);
    let (stories, _) = read(
        &[(
            ".system/parallel-work/dependencies-template.yaml",
            "dependencies:\n  1-3-b: {depends_on: [1-2-a], status: blocked, reason: Needs a}\n",
        )],
        None,
    );
    let only = &stories.dependencies[0];
    assert_eq!((only.status.as_deref(), only.reason.as_deref()), (Some("blocked"), Some("Needs a")));
    assert_eq!(stories.sources, [".system/parallel-work/dependencies-template.yaml"]);
}

#[test]
fn what_is_wrong_in_the_template_is_told_and_the_rest_is_read() {
    let (stories, findings) = read(
        &[(
            ".system/parallel-work/dependencies-template.yaml",
            "dependencies:\n  1-3-b: [1-2-a, [x]]\n  - oops\n",
        )],
        None,
    );
    assert!(stories.dependencies.is_empty() && stories.sources.is_empty());
    assert!(
        findings[0].message.starts_with(".system/parallel-work/dependencies-template.yaml, line 3: "),
        "{findings:?}"
    );
    let (stories, findings) = read(
        &[(
            ".system/parallel-work/dependencies-template.yaml",
            "dependencies:\n  1-3-b: [1-2-a, [x]]\n  login: [1-2-a]\n  1-4-c: [{why: x}]\nstories: 3\n",
        )],
        None,
    );
    assert_eq!(dependencies(&stories), ["1-3-b <- 1-2-a", "login <- 1-2-a", "1-4-c <- "]);
    assert_eq!(
        messages(&findings),
        [
            "warning .system/parallel-work/dependencies-template.yaml, line 2: a dependency must be a story id, found a list",
            r#"info .system/parallel-work/dependencies-template.yaml, line 3: "login" does not look like a story ID; it is used anyway"#,
            "warning .system/parallel-work/dependencies-template.yaml, line 4: a dependency must be a story id, found a mapping",
            "error .system/parallel-work/dependencies-template.yaml, line 5: dependencies must be a mapping or a list, found a number",
        ]
    );
}

#[test]
fn a_worktree_without_story_files_has_no_stories() {
    assert_eq!(read(&[], None), (Stories::default(), vec![]));
}

/// How long it takes to read files of so many faults.
fn time_of_faults(count: usize) -> std::time::Duration {
    let board: String = (0..count).map(|story| format!("  1-{story}-x: odd\n")).collect();
    let nameless: String =
        (0..count).map(|story| format!("  - {{id: 1-{story}, depends_on: [no{story}]}}\n")).collect();
    let template: String = (0..count).map(|story| format!("login{story}: [1-2]\n")).collect();
    let one: String = (0..count).map(|story| format!("1-{story}, ")).collect();
    let begun = std::time::Instant::now();
    for (path, text) in [
        ("docs/sprint-status.yaml", format!("development_status:\n{board}")),
        ("docs/sprint-status.yaml", format!("stories:\n{nameless}")),
        (".system/parallel-work/dependencies-template.yaml", template),
        (".system/parallel-work/dependencies-template.yaml", format!("2-1: [{one}]\n")),
    ] {
        let (stories, findings) = read(&[(path, &text)], None);
        assert!(stories.sources == [path] || !findings.is_empty());
        track_work::planning::story_book(&[], &stories);
    }
    begun.elapsed()
}

#[test]
fn the_time_for_files_full_of_faults_grows_with_their_size() {
    let (small, large) = (time_of_faults(1_000), time_of_faults(16_000));
    assert!(large < small * 80, "16 times as many took {large:?} instead of {small:?}"); // squared: 256 times
}
