//! How it looks: 80 columns, colour only where it belongs, plain signs where they are asked for.

use super::program::{Said, lines, said};
use super::pty::Terminal;
use crate::support::{Repo, Sandbox};

/// A sprint with ordinary names: conflicts, drift, blocked stories, merge points, unknown things.
fn sprint(sandbox: &Sandbox) -> Repo<'_> {
    let types = "src/shared/components/account/types.ts";
    let repo = sandbox.repo(
        "shop",
        &[(types, &lines(&[])), ("package.json", &lines(&[(1, "{")])), ("src/c.ts", &lines(&[(1, "c")]))],
    );
    let needs = "dependencies:\n  \"1-3-account-management\":\n    depends_on: [\"1-2-user-authentication\"]\n    reason: \"Needs auth service from story 1-2\"\n  \"1-4-plant-naming\": [\"1-3-account-management\", \"9-9-nowhere-to-be-found\"]\n";
    repo.track("dependencies-template.yaml", needs);
    let story = "story_id: \"1-2-user-authentication\"\nsessions:\n  terminal-1:\n    focus: backend\n    tasks: [\"Implement authentication service\", \"Create JWT token generation\"]\n    completed_tasks: [\"Create JWT token generation\"]\n    status: in_progress\n  terminal-2:\n    focus: frontend\n    status: dancing\n    blocked_by: [terminal-1, terminal-77]\n  terminal-5:\n    focus: documentation and user guides\n    status: in_progress\n    current_file: docs/user-guides/how-to-log-in.md\ncoordination:\n  merge_points:\n    - \"Backend authentication service complete → Frontend can integrate the login form\"\n    - \"Frontend login complete → Tests can run e2e\"\n";
    repo.track("story-1-2-sessions.yaml", story);
    let active = "sessions:\n  terminal-3:\n    story_id: \"1-3-account-management\"\n    status: in_progress\n  terminal-4:\n    story_id: \"1-4-plant-naming\"\n    status: in_progress\n    branch: feature/plants-and-their-names\n";
    repo.track("active-sessions.yaml", active);
    {
        let names = ["terminal-1", "terminal-2", "terminal-3", "hotfix"];
        let [one, two, three, hotfix] = names.map(|name| repo.worktree(name));
        one.commit(
            "one",
            &[(types, &lines(&[(3, "one"), (20, "one")])), ("package.json", &lines(&[(1, "{"), (9, "one")]))],
        );
        two.write(types, lines(&[(3, "two"), (20, "two")]));
        three.commit("three", &[("src/c.ts", &lines(&[(1, "three")]))]);
        for number in 0..12 {
            three.write(format!("src/components/account/Form{number}.tsx"), "1\n");
        }
        hotfix.write("package.json", lines(&[(1, "{"), (30, "hotfix")]));
        repo.commit("main goes on", &[("src/c.ts", &lines(&[(1, "main")]))]);
    }
    repo
}

const SHOWN: [&[&str]; 27] = [
    &["check", "--terminal", "terminal-1"],
    &["check", "--terminal", "terminal-2", "-v"],
    &["check", "--terminal", "terminal-3"],
    &["check", "--terminal", "hotfix", "-q"],
    &["check", "package.json", "src"],
    &["merge-order"],
    &["merge-order", "-v", "--explain", "terminal-3"],
    &["merge-order", "--verify", "-q"],
    &["compare", "terminal-1", "terminal-2"],
    &["status"],
    &["status", "-v"],
    &["status", "-q"],
    &["sync"],
    &["sync"],
    &["sync", "-v"],
    &["log"],
    &["compare", "terminal-1", "terminal-3"],
    &["complete", "terminal-1"],
    &[
        "register",
        "--mode",
        "inter",
        "--story",
        "1-5-payment",
        "--focus",
        "payment",
        "--blocked-by",
        "terminal-1",
    ],
    &["doctor"],
    &["hooks", "install"],
    &["hooks", "install", "--agent", "claude", "--agent", "cursor"],
    &["hooks", "status"],
    &["doctor", "-q"],
    &["hooks", "uninstall"],
    &["init"],
    &["demo"],
];

fn runs(repo: &Repo, more: &[&str]) -> Vec<(String, Said)> {
    let run = |args: &&[&str]| {
        let said = repo.tw(&[args, more].concat());
        assert!(matches!(said.status, Some(0 | 1)), "{args:?}: {said}");
        (args.join(" "), said)
    };
    SHOWN.iter().map(run).collect()
}

#[test]
fn no_line_is_wider_than_80_columns() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    let ascii = Sandbox::new();
    let ascii = sprint(&ascii);
    for (command, said) in runs(&repo, &[]).into_iter().chain(runs(&ascii, &["--ascii"])) {
        // Only what a shell shows or a file holds may be longer: commands, and values of files.
        let own =
            said.stdout.lines().filter(|line| !line.starts_with("$ ") && !line.contains("suggestion: "));
        let wide: Vec<&str> = own.filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{command}:\n{}", wide.join("\n"));
        assert!(
            said.stdout.lines().all(|line| line.trim_end() == line),
            "{command} ends lines with spaces: {said}"
        );
    }
}

#[test]
fn piped_output_has_no_colour() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    for (command, said) in runs(&repo, &[]) {
        assert!(!said.stdout.contains('\u{1b}') && !said.stderr.contains('\u{1b}'), "{command}: {said}");
    }
    for (command, said) in runs(&sprint(&Sandbox::new()), &["--color", "never"]) {
        assert!(!said.stdout.contains('\u{1b}'), "{command}: {said}");
    }
}

#[test]
fn colour_can_be_asked_for_and_only_adds() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    for args in
        [&["status"][..], &["status", "-v"], &["sync", "--dry-run"], &["compare", "terminal-1", "terminal-3"]]
    {
        let plain = repo.tw(args);
        let coloured = repo.tw(&[args, &["--color", "always"]].concat());
        assert!(coloured.stdout.contains('\u{1b}'), "{args:?}: {coloured}");
        let stripped = anstream::adapter::strip_str(&coloured.stdout).to_string();
        assert_eq!(stripped, plain.stdout, "{args:?}");
        // JSON is for programs, whatever is asked for.
        let json = repo.tw(&[args, &["--color", "always", "--format", "json"]].concat());
        assert!(!json.stdout.contains('\u{1b}'));
    }
    let piped_but_wanted = said(repo.program(&["status"]).env("NO_COLOR", "1"));
    assert!(!piped_but_wanted.stdout.contains('\u{1b}'));
}

#[test]
fn ascii_prints_only_ascii() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    for (command, said) in runs(&repo, &["--ascii"]) {
        let other: Vec<char> = said.stdout.chars().filter(|c| !c.is_ascii()).collect();
        assert!(other.is_empty(), "{command} prints {other:?}: {said}");
    }
}

#[test]
fn a_plain_locale_means_ascii() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    for (variable, value) in [("LC_ALL", "C"), ("LC_ALL", "POSIX"), ("LANG", "de_DE.ISO-8859-1")] {
        let mut command = repo.program(&["status", "-v"]);
        let said = said(command.env_remove("LC_ALL").env(variable, value)).exits(1);
        assert!(said.stdout.is_ascii(), "{variable}={value}: {said}");
    }
    let said = said(repo.program(&["status"]).env("LC_ALL", "en_GB.UTF-8")).exits(1);
    assert!(said.stdout.contains('✗'), "{said}");
}

#[test]
fn the_verdict_comes_first() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    let said = repo.tw(&["status"]).exits(1);
    let first = said.stdout.lines().next().unwrap();
    assert!(first.starts_with("2 conflicts, 1 not determined, 2 stories blocked"), "{first}");
    assert!(first.contains("main at "), "{first}");
    repo.tw(&["sync"]).exits(1).says("Conflicts: 2");
}

#[test]
fn quiet_says_only_what_needs_attention() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    let said = repo
        .tw(&["status", "-q"])
        .exits(1)
        .says("2 conflicts")
        .says("src/shared/components/account/types.ts");
    said.says_not("TERMINAL").says_not("Touched").says_not("Progress");
    let sandbox = Sandbox::new();
    let clean = sandbox.repo("clean", &[("a", "1\n")]);
    let said = clean.tw(&["status", "-q"]).exits(0);
    assert_eq!(said.stdout.lines().count(), 1, "{said}");
}

#[test]
fn output_that_nobody_reads_to_its_end_is_no_error() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    let mut command = repo.program(&["status", "-v"]);
    let mut running =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(running.stdout.take());
    let output = running.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn long_names_are_shortened_in_the_middle_where_a_terminal_shows_them() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    for number in [1, 2] {
        let name = format!("a-worktree-with-a-very-long-name-of-its-own-number-{number}");
        repo.worktree(&name).commit("work", &[(&format!("{number}.txt"), "1\n")]);
    }
    let order = repo.tw(&["merge-order"]).exits(0);
    for number in [1, 2] {
        let command =
            format!("git merge --no-ff a-worktree-with-a-very-long-name-of-its-own-number-{number}");
        assert!(order.stdout.lines().any(|line| line.trim() == command && line.len() <= 80), "{order}");
    }
    for more in [&[][..], &["--ascii"]] {
        for command in ["status", "merge-order"] {
            let args = [&[command], more].concat();
            let shown = Terminal::of_width(&mut repo.program(&args), 80).lines();
            for number in [1, 2] {
                let end = format!("number-{number}");
                let gap = if more.is_empty() { '…' } else { '~' };
                let name = |line: &&String| line.contains(gap) && line.contains(&end);
                assert!(shown.iter().any(|line| name(&line)), "{args:?} {shown:#?}");
                // and whole somewhere, for copying
                let whole = format!("a-worktree-with-a-very-long-name-of-its-own-number-{number}");
                assert!(shown.iter().any(|line| line.contains(&whole)), "{args:?} {shown:#?}");
            }
            assert!(shown.iter().all(|line| line.chars().count() <= 80), "{shown:#?}");
            assert!(more.is_empty() || shown.iter().all(|line| line.is_ascii()), "{shown:#?}");
            // for programs and files they are whole
            let piped = repo.tw(&args).exits(0);
            let whole = "a-worktree-with-a-very-long-name-of-its-own-number-1  ";
            assert!(piped.stdout.lines().any(|line| line.contains(whole)), "{piped}");
            assert!(!piped.stdout.contains(['…', '~']), "{piped}");
        }
    }
}

#[test]
fn help_has_no_escapes_where_colours_do_not_belong() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("shop");
    for args in
        [&["help", "status"][..], &["help", "hooks"], &["help"], &["status", "--help"], &["help", "words"]]
    {
        let said = repo.tw(args).exits(0);
        assert!(!said.stdout.contains('\x1b') && !said.stdout.contains("\\e["), "{said}");
    }
}

/// The number of conflicts and the target are both on the screen, however narrow it is.
#[test]
fn what_stands_first_fits_the_screen() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    for width in [40, 50, 60, 80, 100] {
        for args in [&["status"][..], &["status", "-q"], &["merge-order"]] {
            let lines = Terminal::of_width(&mut repo.program(args), width).lines();
            let first: Vec<&String> = lines.iter().take_while(|line| !line.is_empty()).collect();
            let is_wide = |line: &&&String| line.chars().count() > usize::from(width);
            assert!(!first.iter().any(|line| is_wide(&line)), "{args:?} {width}:\n{first:#?}");
            let first = first.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
            let begins =
                if args[0] == "status" { first.contains(" main at ") } else { first.contains("proven") };
            assert!(begins, "{args:?} {width}: {first}");
        }
    }
    // nothing is put on a second line where it fits the first
    assert!(repo.tw(&["status"]).stdout.lines().next().unwrap().contains("  main at "));
}
