//! A story begins where it did, whatever is done to the commits before and after: rebased, amended, squashed,
//! put into another order, picked onto the target again. `TRACK_WORK_CASES=200` tries more.

use std::collections::BTreeSet;

use super::next_story::{of_story, register, shop};
use super::random::Dice;
use crate::cli::program::text;
use crate::support::{Repo, Sandbox, seeds};

/// The commits of two stories in one worktree, each in groups that become one commit.
struct Rewriting<'a> {
    repo: Repo<'a>,
    one: Repo<'a>,
    stories: [Vec<String>; 2],
}

impl Rewriting<'_> {
    fn commits(&self, range: &str) -> Vec<String> {
        self.one.git(&["rev-list", "--reverse", range]).lines().map(String::from).collect()
    }

    /// Makes them anew on a commit.
    fn pick(&mut self, onto: &str, groups: [Vec<Vec<String>>; 2]) {
        self.one.git(&["reset", "-q", "--hard", onto]);
        for (at, story) in groups.into_iter().enumerate() {
            self.stories[at].clear();
            for group in story {
                let message = group.join(" ");
                for commit in &group {
                    self.one.git(&["cherry-pick", "-n", commit]);
                }
                self.one.git(&["commit", "-q", "-m", &message]);
                self.stories[at].push(self.one.git(&["rev-parse", "HEAD"]));
            }
        }
    }

    /// One thing that people do; what it was.
    fn rewrite(&mut self, dice: &mut Dice, number: usize) -> &'static str {
        let each = |story: &[String]| story.iter().map(|commit| vec![commit.clone()]).collect::<Vec<_>>();
        let [first, second] = self.stories.clone();
        let base = self.one.git(&["merge-base", "HEAD", "main"]);
        match dice.roll(7) {
            0 => {
                self.repo.commit("main", &[(&format!("main-{number}"), "1\n")]);
                self.one.git(&["rebase", "-q", "main"]);
                let all = self.commits("main..HEAD");
                self.stories = [all[..first.len()].to_vec(), all[first.len()..].to_vec()];
                "a rebase"
            }
            1 => {
                self.one.git(&["commit", "-q", "--amend", "-m", &format!("again {number}")]);
                let story = usize::from(!second.is_empty());
                *self.stories[story].last_mut().unwrap() = self.one.git(&["rev-parse", "HEAD"]);
                "an amendment"
            }
            2 => {
                self.pick(&base, [vec![first], each(&second)]);
                "a squash of the first story"
            }
            3 => {
                let second: Vec<Vec<String>> =
                    Some(second).into_iter().filter(|all| !all.is_empty()).collect();
                self.pick(&base, [each(&first), second]);
                "a squash of the second story"
            }
            4 => {
                let (last, before) = first.split_at(first.len().saturating_sub(2));
                self.pick(&base, [[each(last), vec![before.to_vec()]].concat(), each(&second)]);
                "a squash of the first story's last two"
            }
            5 => {
                let turned: Vec<String> = first.iter().rev().cloned().collect();
                self.pick(&base, [each(&turned), each(&second)]);
                "another order"
            }
            _ => {
                self.repo.commit("main", &[(&format!("main-{number}"), "1\n")]);
                self.pick("main", [each(&first), each(&second)]);
                "picking onto the target"
            }
        }
    }
}

fn rewritten(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 7);
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    let mut life = Rewriting { repo, one, stories: Default::default() };
    let mut files: [BTreeSet<String>; 2] = Default::default();
    let ids = ["1-1-login", "1-2-cart"];
    for (story, id) in ids.into_iter().enumerate() {
        register(&life.repo, id, "one");
        for number in 0..dice.roll(3) + usize::from(story == 0) {
            let file = format!("{id}-{number}");
            life.one.commit(&file, &[(&file, &format!("{file}\n"))]);
            life.stories[story].push(life.one.git(&["rev-parse", "HEAD"]));
            files[story].insert(file);
        }
        if story == 0 {
            life.repo.tw(&["complete", "one"]).exits(0);
        } else if dice.roll(3) == 0 {
            // the next story goes on with a file of the one before
            let file = files[0].first().unwrap().clone();
            life.one.commit("more", &[(&file, &format!("{file}\nmore\n"))]);
            life.stories[1].push(life.one.git(&["rev-parse", "HEAD"]));
            files[1].insert(file);
        }
    }
    let mut done = Vec::new();
    for number in 0..4 {
        done.push(life.rewrite(&mut dice, number));
        let status = life.repo.status();
        let told = ids.map(|id| {
            let changes = of_story(&status, id)["changes"].as_array().unwrap();
            changes.iter().map(|change| text(&change["path"]).to_string()).collect::<BTreeSet<_>>()
        });
        assert_eq!(told, files, "TRACK_WORK_SEED={seed} after {done:?}");
        let ahead = ids.map(|id| of_story(&status, id)["ahead"].as_u64().unwrap() as usize);
        let commits = [0, 1].map(|story| life.stories[story].len());
        assert_eq!(ahead, commits, "TRACK_WORK_SEED={seed} after {done:?}");
    }
}

#[test]
fn a_storys_beginning_survives_what_is_done_to_its_commits() {
    seeds(12).for_each(rewritten);
}
