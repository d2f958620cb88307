//! A branch that left a target of thousands of commits long ago.

use std::fmt::Write as _;

use crate::cli::program::{terminal, text};
use crate::support::{Repo, Sandbox};

/// More commits than are compared with a branch's patches.
const COMMITS: usize = 5000;

/// The seconds at which the target's history begins; its commits are ten seconds apart.
const BEGIN: usize = 1_700_000_000;

/// A target, and branches `bN` of its first commit, each with one commit of its own just before the target's commit N,
/// which makes the same change.
fn long_history<'a>(sandbox: &'a Sandbox, taken: &[usize]) -> Repo<'a> {
    let repo = sandbox.repo("main", &[]);
    let mut stream = String::new();
    let mut commit = |branch: &str, time: usize, from: &str, file: &str| {
        let who = format!("Ada <ada@example.org> {time} +0000");
        write!(stream, "commit refs/heads/{branch}\ncommitter {who}\ndata 2\nc\n").unwrap();
        writeln!(stream, "{from}M 100644 inline {file}\ndata {}\n{time}\n", time.to_string().len() + 1)
            .unwrap();
    };
    commit("main", BEGIN, "from refs/heads/main^0\n", "n");
    for number in taken {
        let name = format!("b{number}");
        commit(&name, BEGIN + 10 * number - 5, "from refs/heads/main^0\n", &name);
    }
    let mut main = String::new();
    for number in 1..COMMITS {
        let file = if taken.contains(&number) { format!("b{number}") } else { "n".to_string() };
        let content = if taken.contains(&number) { BEGIN + 10 * number - 5 } else { number };
        let who = format!("Ada <ada@example.org> {} +0000", BEGIN + 10 * number);
        write!(main, "commit refs/heads/main\ncommitter {who}\ndata 2\nc\n").unwrap();
        let length = content.to_string().len() + 1;
        writeln!(main, "M 100644 inline {file}\ndata {length}\n{content}\n").unwrap();
    }
    // later, main goes on there, so that its tree alone does not tell
    for number in taken {
        writeln!(main, "commit refs/heads/main\ncommitter Ada <ada@example.org> 1800000000 +0000\ndata 2\nc\nM 100644 inline b{number}\ndata 6\nother\n").unwrap();
    }
    repo.feed(&["fast-import", "--quiet"], [stream, main].concat().as_bytes());
    repo.git(&["reset", "-q", "--hard"]);
    repo
}

#[test]
fn what_the_target_took_is_found_whenever_the_branch_ended() {
    let sandbox = Sandbox::new();
    let taken = [1, 100, COMMITS / 2, COMMITS - 1500, COMMITS - 100, COMMITS - 1];
    let repo = long_history(&sandbox, &taken);
    let status = repo.status();
    for number in taken {
        let branch = terminal(&status, &format!("b{number}"));
        assert_eq!(text(&branch["merged_as"]), "rebase", "{branch:#}");
    }
}
