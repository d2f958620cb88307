//! Attributes that count for how similar files are: the program says what `git merge` then does.

use crate::support::{Repo, Sandbox};

/// What is set up before the merge.
#[derive(Clone, Copy, Default)]
struct Case {
    /// The attributes files of the base, of ours, and of theirs; empty for none.
    attributes: [&'static str; 3],
    /// Settings, `key=value`.
    config: &'static [&'static str],
    /// Whether the file has a zero in it.
    zero: bool,
    /// What is done in the worktree before merging.
    worktree: Worktree,
}

#[derive(Clone, Copy, Default)]
enum Worktree {
    #[default]
    Clean,
    /// Its attributes file is replaced by this.
    Holds(&'static str),
    /// Its attributes file is removed.
    Removed,
    /// Its attributes file becomes a symbolic link to a file that says something else.
    Linked,
}

fn put_attributes(repo: &Repo<'_>, content: &str) {
    match content {
        "" if repo.path(".gitattributes").exists() => repo.remove(".gitattributes"),
        "" => {}
        content => repo.write(".gitattributes", format!("{content}\n")),
    }
}

/// `ours` renames a file and takes its carriage returns away, `theirs` changes its mode. `ours` is
/// checked out.
fn set_up<'s>(sandbox: &'s Sandbox, case: Case) -> Repo<'s> {
    let repo = sandbox.init("repo");
    let mut text: String = (1..10).map(|at| format!("line number {at}\n")).collect();
    if case.zero {
        text += "a zero \0\n";
    }
    let [base, ours, theirs] = case.attributes;
    put_attributes(&repo, base);
    repo.commit("base", &[("d/f.txt", &text.replace('\n', "\r\n"))]);
    repo.git(&["checkout", "-q", "-b", "theirs"]);
    put_attributes(&repo, theirs);
    repo.set_executable("d/f.txt", true);
    repo.commit("theirs", &[]);
    repo.git(&["checkout", "-q", "-b", "ours", "main"]);
    repo.git(&["mv", "d/f.txt", "d/g.txt"]);
    put_attributes(&repo, ours);
    repo.commit("ours", &[("d/g.txt", &text)]);
    for setting in case.config {
        let (key, value) = setting.split_once('=').unwrap();
        repo.git(&["config", key, value]);
    }
    match case.worktree {
        Worktree::Clean => {}
        Worktree::Holds(content) => repo.write(".gitattributes", format!("{content}\n")),
        Worktree::Removed => repo.remove(".gitattributes"),
        Worktree::Linked => {
            repo.remove(".gitattributes");
            repo.write("elsewhere", "*.txt diff\n");
            repo.link(".gitattributes", "elsewhere");
        }
    }
    repo
}

/// Whether the merge is clean, by the program and by git.
#[track_caller]
fn check(case: Case) -> bool {
    let sandbox = Sandbox::new();
    let repo = set_up(&sandbox, case);
    let compare = || repo.tw(&["compare", "ours", "theirs", "--format", "json"]).json()["clean"].as_bool();
    let (said, again) = (compare(), compare());
    let truth = repo.try_git(&["merge", "-q", "theirs", "-m", "merged"]);
    let clean = truth.status.success();
    assert_eq!(said, Some(clean), "{:?} {:?}: {truth:?}", case.attributes, case.config);
    assert_eq!(again, said, "with what was known");
    clean
}

#[test]
fn the_attribute_diff_says_whether_carriage_returns_count() {
    let everywhere = |attributes| [attributes; 3];
    let case = |attributes, config| Case { attributes: everywhere(attributes), config, ..Case::default() };
    assert!(check(case("", &[])));
    assert!(!check(case("*.txt -diff", &[])));
    assert!(!check(case("*.txt binary", &[])));
    assert!(!check(case("*.txt diff=own", &["diff.own.binary=true"])));
    assert!(check(case("*.txt diff=own", &["diff.own.binary=auto"])));
    assert!(check(case("*.txt diff=own", &["diff.own.textconv=rev"])));
    assert!(!check(case("*.txt diff=cpp", &["diff.cpp.binary=true"])));
    assert!(!check(case("", &["diff.default.binary=true"])));
    assert!(check(case("*.txt diff", &["diff.default.binary=true"])));
    let with_zero = |attributes, config| Case { zero: true, ..case(attributes, config) };
    assert!(!check(with_zero("", &[])));
    assert!(check(with_zero("*.txt diff", &[])));
    assert!(check(with_zero("*.txt diff=own", &["diff.own.binary=false"])));
    assert!(!check(with_zero("*.txt diff=own", &[])));
}

#[test]
fn the_attribute_diff_is_read_where_git_reads_it() {
    const BINARY: &str = "*.txt -diff";
    for config in [&[][..], &["merge.renormalize=true"]] {
        let case = |attributes| Case { attributes, config, ..Case::default() };
        assert!(check(case([BINARY, "", BINARY])), "{config:?}");
        assert!(!check(case(["", BINARY, ""])), "{config:?}");
        assert!(check(case(["", "", BINARY])), "{config:?}");
        let in_worktree = |attributes, worktree| Case { worktree, ..case(attributes) };
        assert!(!check(in_worktree([""; 3], Worktree::Holds(BINARY))), "{config:?}");
        assert!(!check(in_worktree([BINARY; 3], Worktree::Removed)), "{config:?}");
        assert!(!check(in_worktree([BINARY; 3], Worktree::Linked)), "{config:?}");
        let held = check(in_worktree([BINARY; 3], Worktree::Holds("*.txt diff")));
        assert_eq!(held, config.is_empty());
    }
}

#[test]
fn what_was_known_holds_only_while_the_attribute_says_the_same() {
    let sandbox = Sandbox::new();
    let repo = set_up(&sandbox, Case::default());
    let conflicts = || {
        let said = |more: &[&str]| {
            let asked = ["status", "--target", "ours", "--format", "json", "--fail-on", "never"];
            repo.tw(&[&asked, more].concat()).stdout
        };
        assert_eq!(said(&[]), said(&["--no-cache"]));
        said(&[]).contains("modify/delete")
    };
    assert!(!conflicts() && !conflicts());
    repo.write(".git/info/attributes", "*.txt -diff\n");
    assert!(conflicts() && conflicts());
    repo.write(".git/info/attributes", "*.txt diff\n");
    assert!(!conflicts() && !conflicts());
}
