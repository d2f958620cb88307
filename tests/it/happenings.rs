//! What happens in real repositories beside edits: branches that take each other in, are behind, ahead or stacked, are brought
//! into the target in pieces and taken back, files that move or change their mode, attributes, line ends, submodules, sparse
//! worktrees, things that are in progress, and what nobody commits. Random tests bring their repositories into such states.

use std::fs;

use crate::cli::program::numbered;
use crate::support::Repo;

/// A worktree, and how its branch is called.
pub struct Desk<'r, 's> {
    pub name: String,
    pub repo: &'r Repo<'s>,
}

impl Desk<'_, '_> {
    /// Its branch, as git cannot take it for a tag.
    fn branch(&self) -> String {
        format!("refs/heads/{}", self.name)
    }
}

/// Numbers below a limit.
pub type Roll<'d> = &'d mut dyn FnMut(usize) -> usize;

/// Whether git could do this.
fn done(repo: &Repo, args: &[&str]) -> bool {
    repo.try_git(args).status.success()
}

/// Ends what git could not do, so that it leaves nothing behind.
fn given_up(repo: &Repo) {
    for kind in ["merge", "rebase", "cherry-pick", "revert"] {
        repo.try_git(&[kind, "--abort"]);
    }
    repo.try_git(&["reset", "-q", "--hard"]);
}

/// Something that happens to the branch of a worktree, which has nothing uncommitted before and after it; what.
pub fn of_branch(main: &Repo, desks: &[Desk], at: usize, files: &[&str], roll: Roll) -> String {
    let Desk { name, repo } = &desks[at];
    let other = &desks[roll(desks.len())].branch();
    let branch = &desks[at].branch();
    let file = files[roll(files.len())];
    let commit = |what: &str| {
        repo.git(&["add", "--all"]);
        repo.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", what]);
    };
    let is_there = repo.path(file).is_file() && !repo.path(file).is_symlink();
    let what = match roll(17) {
        0 => {
            let into = format!("{file}-moved{}", roll(2));
            done(repo, &["mv", file, &into]);
            format!("moves {file} to {into}")
        }
        1 if is_there => {
            repo.set_executable(file, roll(2) == 0);
            format!("changes the mode of {file}")
        }
        2 => {
            let text =
                ["* text=auto", "a merge=union", "* -text", "b binary", "a -merge", "*.x export-ignore"];
            let text = text[roll(text.len())];
            repo.write(".gitattributes", format!("{text}\n"));
            format!("has the attributes {text:?}")
        }
        3 if is_there => {
            let text = fs::read_to_string(repo.path(file)).unwrap_or_default();
            repo.write(file, text.replace("\r\n", "\n").replace('\n', "\r\n"));
            format!("ends the lines of {file} as Windows does")
        }
        4 | 5 => {
            if !done(repo, &["merge", "-q", "--no-edit", "refs/heads/main"]) {
                given_up(repo);
            }
            "takes main in".to_string()
        }
        6 | 7 => {
            if !done(repo, &["merge", "-q", "--no-edit", other]) {
                given_up(repo);
            }
            format!("takes {other} in")
        }
        8 => {
            repo.git(&["reset", "-q", "--hard", other]);
            format!("begins anew at {other}")
        }
        9 => {
            repo.git(&["reset", "-q", "--hard", "refs/heads/main"]);
            "is as main is".to_string()
        }
        10 => {
            done(repo, &["reset", "-q", "--hard", "HEAD~"]);
            "goes back by a commit".to_string()
        }
        11 => {
            let ways = [
                &["merge", "-q", "--squash", branch][..],
                &["merge", "-q", "--no-ff", "-m", "merge", branch],
            ];
            let way = ways[roll(2)];
            if !done(main, way) || way.contains(&"--squash") && !done(main, &["commit", "-q", "-m", "squash"])
            {
                given_up(main);
            }
            format!("is merged: {}", way[2])
        }
        12 => {
            // the first commits alone, and perhaps the rest later
            let pieces = [format!("{branch}~"), branch.clone()];
            for piece in &pieces[..1 + roll(2)] {
                if !done(main, &["merge", "-q", "--squash", piece])
                    || !done(main, &["commit", "-q", "-m", "piece"])
                {
                    given_up(main);
                }
            }
            "is squashed in pieces".to_string()
        }
        13 => {
            if done(main, &["merge", "-q", "--no-ff", "-m", "merge", branch]) {
                if !done(main, &["revert", "--no-edit", "-m", "1", "HEAD"]) {
                    given_up(main);
                }
            } else {
                given_up(main);
            }
            "is merged, and that is taken back".to_string()
        }
        14 => {
            if !done(repo, &["rebase", "-q", "refs/heads/main"]) {
                given_up(repo);
            }
            "is rebased".to_string()
        }
        15 => {
            main.try_git(&["tag", name, "refs/heads/main"]);
            "has a tag of its name at main".to_string()
        }
        16 if is_there => {
            repo.remove(file);
            format!("deletes {file}")
        }
        _ => {
            repo.write(file, numbered(60, &[(5 + roll(40), "happens")]));
            format!("writes {file}")
        }
    };
    if !repo.git(&["status", "--porcelain"]).is_empty() {
        commit(&what);
    }
    format!("{name} {what}")
}

/// So often something happens to one of these branches, which are checked out nowhere; what. The main worktree is clean.
pub fn of_branches(main: &Repo, names: &[String], files: &[&str], times: usize, roll: Roll) -> Vec<String> {
    let desk = main.worktree_at(&main.sandbox.path("desk"), &["--detach"]);
    let desks: Vec<Desk> = names.iter().map(|name| Desk { name: name.clone(), repo: &desk }).collect();
    let mut account = Vec::new();
    for _ in 0..times {
        let at = roll(desks.len());
        desk.git(&["switch", "-q", &names[at]]);
        account.push(of_branch(main, &desks, at, files, roll));
        desk.git(&["reset", "-q", "--hard"]);
        desk.git(&["clean", "-qfd"]);
    }
    main.git(&["worktree", "remove", "--force", desk.top.to_str().unwrap()]);
    account
}

/// Something in a worktree that is not committed, or in progress; what.
pub fn of_worktree(desks: &[Desk], at: usize, files: &[&str], roll: Roll) -> String {
    let Desk { name, repo } = &desks[at];
    let other = &desks[roll(desks.len())].branch();
    let file = files[roll(files.len())];
    let is_there = repo.path(file).is_file() && !repo.path(file).is_symlink();
    let what = match roll(13) {
        0 => {
            repo.try_git(&["merge", "-q", "--no-edit", other]);
            format!("is merging {other}, where that stops")
        }
        1 => {
            repo.try_git(&["merge", "-q", "--no-commit", "--no-ff", "refs/heads/main"]);
            "is merging main".to_string()
        }
        2 => {
            repo.try_git(&["rebase", "-q", other]);
            format!("is rebased onto {other}, where that stops")
        }
        3 => {
            repo.try_git(&["cherry-pick", other]);
            format!("picks {other}")
        }
        4 => {
            repo.try_git(&["checkout", "-q", "--detach"]);
            "is detached".to_string()
        }
        5 => {
            repo.write(format!("{file}-new"), "untracked\n");
            format!("has {file}-new untracked")
        }
        6 => {
            repo.try_git(&["sparse-checkout", "set", "--no-cone", &format!("/{file}")]);
            format!("has nothing but {file} checked out")
        }
        7 if is_there => {
            fs::remove_file(repo.path(file)).unwrap();
            format!("lacks {file}")
        }
        8 if is_there => {
            fs::rename(repo.path(file), repo.path(format!("{file}-moved0"))).unwrap();
            repo.git(&["add", "--all"]);
            format!("has moved {file} and staged that")
        }
        9 if is_there => {
            repo.set_executable(file, true);
            format!("has made {file} executable")
        }
        10 if is_there => {
            let text = fs::read_to_string(repo.path(file)).unwrap_or_default();
            repo.write(file, text.replace('\n', "\r\n"));
            format!("has other line ends in {file}")
        }
        11 => {
            repo.try_git(&["stash", "-q"]);
            "has put its work aside".to_string()
        }
        _ => {
            repo.write(".gitattributes", "a merge=union\n");
            "has attributes that are not committed".to_string()
        }
    };
    format!("{name} {what}")
}

/// Sessions that are linked to no worktree and no branch, as a part of a mapping `sessions`; what they are called.
///
/// `needed`: those that some of them wait for.
pub fn without_place(needed: &[String], files: &[&str], roll: Roll) -> (String, Vec<String>) {
    let (mut text, mut names) = (String::new(), Vec::new());
    for number in 0..roll(3) {
        let name = format!("nowhere-{}", number + 1);
        let status = ["pending", "in_progress", "in_progress", "completed", "ready_for_merge"][roll(5)];
        text += &format!("  {name}:\n    status: \"{status}\"\n");
        if roll(2) == 0 {
            text += &format!("    current_file: \"{}\"\n", files[roll(files.len())]);
        }
        // which are not there, or not any more
        match roll(4) {
            0 => text += "    worktree: \"../gone\"\n",
            1 => text += "    branch: \"gone\"\n",
            _ => {}
        }
        if !needed.is_empty() && roll(3) == 0 {
            text += &format!("    blocked_by: [\"{}\"]\n", needed[roll(needed.len())]);
        }
        names.push(name);
    }
    (text, names)
}
