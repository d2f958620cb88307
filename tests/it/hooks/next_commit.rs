//! What is said of a commit before it is made is what `check` says right after it: on random worktrees, whose
//! next commit edits, moves and deletes files, or merges. `TRACK_WORK_CASES=500` tries more,
//! `TRACK_WORK_SEED=17` one again.

use std::collections::BTreeSet;

use track_work::model::{CheckQuestion, CheckReport, Meeting, Oid, RepoPath, Work};
use track_work::pipeline::{CheckOptions, check};

use super::near::{Dice, clear, edit, work, workspace};
use crate::support::{Repo, Sandbox, seeds};

/// The conflicts of a report: with whom, where, and of which kind.
type Conflicts = BTreeSet<(String, RepoPath, String)>;

fn asked(repo: &Repo, work: Work) -> CheckReport {
    let workspace = workspace(&repo.top);
    let question = CheckQuestion { terminal: None, work, paths: Vec::new() };
    check(&workspace, &workspace.tracking(), &question, CheckOptions::default()).unwrap()
}

fn conflicts(report: &CheckReport) -> Conflicts {
    let met = report.encounters.iter().filter_map(|met| match met.meeting {
        Meeting::Conflict(kind) => Some((met.other.id.clone(), met.path.clone(), format!("{kind:?}"))),
        _ => None,
    });
    let drift = report.drift.known().into_iter().flatten();
    met.chain(drift.map(|drift| (report.target.clone(), drift.path.clone(), format!("{:?}", drift.kind))))
        .collect()
}

/// Makes the next commit ready, all that the worktree has in it; false where nothing is to be committed.
fn prepare(repo: &Repo, others: &[Repo], dice: &mut Dice) -> bool {
    if dice.chance(30) {
        let other = dice.roll(others.len());
        if !repo
            .try_git(&["merge", "-q", "--no-ff", "--no-commit", &format!("side-{other}")])
            .status
            .success()
        {
            repo.git(&["reset", "-q", "--hard"]);
        }
    } else {
        for _ in 0..1 + dice.roll(3) {
            edit(repo, dice);
        }
    }
    repo.git(&["add", "--all"]);
    !repo.try_git(&["diff", "--quiet", "--cached"]).status.success()
}

/// How many conflicts the commits of one case have, and how many of these are new.
fn one(seed: u64) -> [usize; 2] {
    let mut dice = Dice::of(seed);
    let sandbox = Sandbox::new();
    let repo = sandbox.init("main");
    for _ in 0..12 {
        let path = dice.path();
        clear(&repo, &path);
        repo.write(path, dice.text());
    }
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qm", "first"]);
    let others: Vec<Repo> = (0..4).map(|number| repo.worktree(&format!("side-{number}"))).collect();
    others.iter().for_each(|other| work(other, &mut dice));
    if dice.chance(30) {
        work(&repo, &mut dice);
    }
    let mut found = [0; 2];
    for other in &others {
        if !prepare(other, &others, &mut dice) {
            continue;
        }
        let head: Oid = other.git(&["rev-parse", "HEAD"]).parse().unwrap();
        let before = conflicts(&asked(other, Work::Commit(head)));
        let next = conflicts(&asked(other, Work::Staged { index: None, merging: Vec::new() }));
        other.git(&["commit", "-qm", "next"]);
        let after = conflicts(&asked(other, Work::All));
        let place = format!("TRACK_WORK_SEED={seed} in {}", other.top.display());
        assert!(next.is_subset(&after), "{place}: told {next:#?}\nis {after:#?}");
        let new: BTreeSet<_> = after.difference(&before).cloned().collect();
        assert!(new.is_subset(&next), "{place}: is new {new:#?}\ntold {next:#?}");
        found[0] += after.len();
        found[1] += new.len();
    }
    found
}

#[test]
fn what_is_told_of_the_next_commit_is_so_once_it_is_made() {
    let cases = 24;
    let seeds = seeds(cases);
    let all = seeds.end - seeds.start;
    let found = seeds.map(one).fold([0; 2], |[a, b], [c, d]| [a + c, b + d]);
    if all >= cases {
        assert!(found[0] > 60 && found[1] > 30, "{found:?}");
    }
}
