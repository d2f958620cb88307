//! A repository whose configuration names a program wherever git lets it: no command and no hook of
//! ours runs one that `git status` would not run, and for an agent none at all.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::program::{lines, said, said_with};
use crate::support::{Repo, Sandbox, spoil_index};

/// The settings that name a program, in the order of `git help config`.
const PROGRAMS: [&str; 33] = [
    "browser.trap.cmd",
    "core.alternateRefsCommand",
    "core.askPass",
    "core.editor",
    "core.fsmonitor",
    "core.gitProxy",
    "core.pager",
    "core.sshCommand",
    "credential.helper",
    "diff.external",
    "diff.trap.command",
    "diff.trap.textconv",
    "difftool.trap.cmd",
    "filter.trap.clean",
    "filter.trap.process",
    "filter.trap.smudge",
    "gpg.program",
    "gpg.ssh.defaultKeyCommand",
    "gpg.ssh.program",
    "gpg.x509.program",
    "interactive.diffFilter",
    "man.trap.cmd",
    "merge.trap.driver",
    "mergetool.trap.cmd",
    "pager.log",
    "pager.reflog",
    "pager.status",
    "remote.origin.receivepack",
    "remote.origin.uploadpack",
    "sendemail.sendmailCmd",
    "sequence.editor",
    "trailer.trap.command",
    "uploadpack.packObjectsHook",
];

/// The settings that make git come to them.
const SWITCHES: [(&str, &str); 12] = [
    ("commit.gpgSign", "true"),
    ("diff.tool", "trap"),
    ("log.showSignature", "true"),
    ("merge.tool", "trap"),
    ("protocol.ext.allow", "always"),
    ("pull.twohead", "ort"),
    ("push.gpgSign", "if-asked"),
    ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
    ("remote.origin.promisor", "true"),
    ("status.submoduleSummary", "true"),
    ("tag.gpgSign", "true"),
    ("web.browser", "trap"),
];

struct Trapped<'s> {
    sandbox: &'s Sandbox,
    main: Repo<'s>,
    worktrees: [Repo<'s>; 2],
}

/// Two worktrees with edits in files that have all the attributes, and every setting set in the end.
fn trapped<'s>(sandbox: &'s Sandbox, options: &[&str]) -> Trapped<'s> {
    let main = sandbox.init_with("main", options);
    let attributes = "*.txt diff=trap merge=trap\n*.f filter=trap\n";
    main.commit(
        "first",
        &[(".gitattributes", attributes), ("a.txt", &lines(&[])), ("a.f", "1\n"), ("gone.txt", &lines(&[]))],
    );
    let [one, two] = ["one", "two"].map(|name| Repo { sandbox, top: main.worktree(name).top });
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    two.commit("two", &[("a.txt", &lines(&[(3, "two")]))]);
    one.git(&["mv", "gone.txt", "moved.txt"]);
    for worktree in [&one, &two] {
        worktree.write("a.f", "2\n");
        worktree.write("new.txt", "new\n");
    }
    fs::create_dir(sandbox.path("ran")).unwrap();
    let trap = |name: &str| format!("touch {}; cat", sandbox.path("ran").join(name).display());
    let hooks = sandbox.path("hooks");
    fs::create_dir(&hooks).unwrap();
    for hook in ["post-index-change", "pre-commit", "reference-transaction", "post-checkout"] {
        fs::write(hooks.join(hook), format!("#!/bin/sh\n{}\n", trap(hook))).unwrap();
        fs::set_permissions(hooks.join(hook), fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (key, value) in SWITCHES {
        main.git(&["config", key, value]);
    }
    for key in PROGRAMS {
        main.git(&["config", key, &trap(key)]);
    }
    main.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    main.git(&["config", "remote.origin.url", &format!("ext::sh -c \"{}\"", trap("ext"))]);
    Trapped { sandbox, main, worktrees: [one, two] }
}

impl Trapped<'_> {
    /// What has run since the last time.
    fn ran(&self) -> BTreeSet<String> {
        let folder = self.sandbox.path("ran");
        let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
        let names: BTreeSet<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.iter().for_each(|name| fs::remove_file(folder.join(name)).unwrap());
        names
    }

    fn all(&self) -> [&Repo<'_>; 3] {
        [&self.main, &self.worktrees[0], &self.worktrees[1]]
    }

    fn check(&self, what: &str) {
        self.ran();
        for here in self.all() {
            let event = |name: &str, tool: &str| {
                json!({
                    "session_id": "s", "cwd": here.top, "hook_event_name": name, "tool_name": tool,
                    "tool_input": {"file_path": here.path("a.f"), "old_string": "2\n", "new_string": "3\n"},
                })
            };
            for event in [event("PreToolUse", "Edit"), event("PreToolUse", "Read"), event("Stop", "")] {
                let answered = said_with(
                    &mut here.program(&["hooks", "run", "--agent", "claude", "--run-merge-drivers"]),
                    &event.to_string(),
                );
                assert_eq!(answered.status, Some(0), "{answered}");
                assert_eq!(self.ran(), BTreeSet::new(), "{what}, for an agent: {event}");
            }
        }
        for here in self.all() {
            // whether git looks into a file again must not depend on how soon it is asked
            here.write("a.f", fs::read(here.path("a.f")).unwrap());
            here.git(&["status"]);
            // what the monitor does not tell is not looked at
            here.git(&["-c", "core.fsmonitor=false", "status"]);
        }
        let by_git = self.ran();
        for here in self.all() {
            let commands: [&[&str]; 9] = [
                &["status"],
                &["check"],
                &["check", "--staged"],
                &["compare", "one", "two"],
                &["merge-order"],
                &["sync", "--dry-run"],
                &["log"],
                &["doctor"],
                &["hooks", "run", "pre-commit"],
            ];
            for args in commands {
                said(&mut here.program(args));
                let ran: Vec<String> = self.ran().difference(&by_git).cloned().collect();
                assert!(ran.is_empty(), "{what}, {args:?}: {ran:?}");
            }
        }
    }
}

#[test]
fn no_program_of_the_configuration_runs_that_git_status_would_not_run() {
    let sandbox = Sandbox::new();
    trapped(&sandbox, &[]).check("as usual");
}

#[test]
fn none_runs_where_git_itself_is_asked() {
    let sandbox = Sandbox::new();
    let trapped = trapped(&sandbox, &["--ref-format=reftable"]);
    // so that `git status` is asked as well
    for admin in [".git", ".git/worktrees/one", ".git/worktrees/two"] {
        spoil_index(&trapped.main.path(admin).join("index"));
    }
    trapped.check("with refs and indexes that only git reads");
}

#[test]
fn what_is_missing_is_not_fetched() {
    let sandbox = Sandbox::new();
    let trapped = trapped(&sandbox, &[]);
    trapped.main.git(&["config", "core.repositoryFormatVersion", "1"]);
    trapped.main.git(&["config", "extensions.partialClone", "origin"]);
    let id = trapped.main.git(&["rev-parse", "two:a.txt"]);
    trapped.main.remove(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    trapped.check("with an object that is missing");
}
