//! Conflicts that are told together in one line, where there are many: the line is true, and the number at the top is that
//! of the list. At random; `TRACK_WORK_CASES=40` tries more, `TRACK_WORK_SEED=17` one again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::program::{findings, numbered, text};
use super::pty::Terminal;
use crate::happenings::{self, Desk};
use crate::support::{Repo, Sandbox, Whims, seeds};

/// The lines that terminals change; those who change the same one conflict.
const SLOTS: [usize; 3] = [5, 30, 55];

/// More branches than each is listed of, that change a few files of two folders at random.
///
/// `eventful`: of which some move, delete or replace files, or are on one another, and to some of which more happens; with
/// sessions that are linked to none.
fn crowd<'s>(sandbox: &'s Sandbox, whims: &mut Whims, eventful: bool) -> Repo<'s> {
    let files: Vec<String> = (0..4).flat_map(|at| [format!("d/{at}"), format!("e/f/{at}")]).collect();
    let text = numbered(60, &[]);
    let mut base: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), text.as_str())).collect();
    base.push(("top", &text));
    let repo = sandbox.repo("shop", &base);
    repo.git(&["tag", "base"]);
    let near = 3 + whims.below(base.len() - 2);
    for number in 0..22 + whims.below(8) {
        let name = format!("t{number}");
        let from = match eventful && number > 0 && whims.below(6) == 0 {
            true => format!("t{}", whims.below(number)),
            false => "base".to_string(),
        };
        repo.git(&["switch", "-qc", &name, &from]);
        let mut changed: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for _ in 0..1 + whims.below(2) {
            let file = base[whims.below(near)].0;
            changed.entry(file).or_default().insert(SLOTS[whims.below(3)]);
        }
        let texts: Vec<(&str, String)> = changed
            .iter()
            .map(|(file, slots)| {
                let replaced: Vec<(usize, &str)> = slots.iter().map(|slot| (*slot, name.as_str())).collect();
                (*file, numbered(60, &replaced))
            })
            .collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(file, text)| (*file, text.as_str())).collect();
        for (file, _) in texts.iter().filter(|(file, _)| repo.path(file).is_dir()) {
            repo.git(&["rm", "-q", "-r", file]);
        }
        repo.commit(&name, &texts);
        if eventful {
            happens(&repo, &base, number, whims);
        }
    }
    repo.git(&["switch", "-q", "main"]);
    if eventful {
        much_happens(&repo, &base, whims);
    }
    for _ in 0..whims.below(3) {
        let text = numbered(60, &[(SLOTS[whims.below(3)], "main")]);
        repo.commit("main", &[(base[whims.below(near)].0, &text)]);
    }
    repo
}

/// What else a branch does, once it has its edits.
fn happens(repo: &Repo, base: &[(&str, &str)], number: usize, whims: &mut Whims) {
    let file = base[whims.below(base.len())].0;
    match whims.below(12) {
        0 => drop(repo.try_git(&["mv", file, &format!("{file}-moved{}", whims.below(2))])),
        1 => drop(repo.try_git(&["rm", "-q", file])),
        2 if repo.path(file).is_file() => repo.set_executable(file, true),
        3 if repo.path(file).is_file() => repo.write(file, "all of it is other\n"),
        4 if number > 0 => {
            let other = format!("t{}", whims.below(number));
            if !repo.try_git(&["merge", "-q", "--no-edit", &other]).status.success() {
                repo.git(&["merge", "--abort"]);
            }
        }
        5 => {
            drop(repo.try_git(&["rm", "-q", "-r", file]));
            repo.write(format!("{file}/inner"), "a folder now\n");
        }
        6 => repo.write(format!("new-{}", whims.below(3)), format!("of {number}\n")),
        _ => {}
    }
    repo.commit("happens", &[]);
}

/// What happens to branches in real repositories, and in some worktrees; with sessions that are linked to none of them.
fn much_happens(repo: &Repo, base: &[(&str, &str)], whims: &mut Whims) {
    let files: Vec<&str> = base.iter().map(|(file, _)| *file).collect();
    let branches = repo.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/t*"]);
    let names: Vec<String> = branches.lines().map(str::to_string).collect();
    let mut roll = |sides: usize| whims.below(sides);
    let times = roll(12);
    happenings::of_branches(repo, &names, &files, times, &mut roll);
    let picked: Vec<&String> = (0..1 + roll(3)).map(|number| &names[number * 5]).collect();
    let tops: Vec<Repo> = picked.iter().map(|name| repo.worktree_at(&repo.sandbox.path(name), &[])).collect();
    let desks: Vec<Desk> =
        picked.iter().zip(&tops).map(|(name, repo)| Desk { name: name.to_string(), repo }).collect();
    for at in 0..desks.len() {
        happenings::of_worktree(&desks, at, &files, &mut roll);
    }
    let (sessions, _) = happenings::without_place(&names, &files, &mut roll);
    if !sessions.is_empty() {
        repo.track("story-1-1-sessions.yaml", format!("story_id: \"1-1\"\nsessions:\n{sessions}"));
    }
}

/// Who conflicts in which file: pairs, and terminals with the target.
#[derive(Default)]
struct Known {
    pairs: BTreeMap<String, BTreeSet<[String; 2]>>,
    drift: BTreeMap<String, BTreeSet<String>>,
}

impl Known {
    fn of(status: &Value) -> Known {
        let mut known = Known::default();
        for finding in findings(status, "merge_conflict") {
            let path = text(&finding["path"]).to_string();
            let names: Vec<String> =
                finding["terminals"].as_array().unwrap().iter().map(|id| text(id).to_string()).collect();
            match <[String; 2]>::try_from(names) {
                Ok(pair) => drop(known.pairs.entry(path).or_default().insert(pair)),
                Err(one) => known.drift.entry(path).or_default().extend(one),
            }
        }
        known
    }

    /// How many conflicts that are: of each file once for those who are linked by conflicts in it.
    fn number(&self) -> usize {
        let groups = |pairs: &BTreeSet<[String; 2]>| {
            let mut groups: Vec<BTreeSet<&String>> = Vec::new();
            for pair in pairs {
                let mut joined: BTreeSet<&String> = pair.iter().collect();
                groups.retain(|group| {
                    let is_apart = group.is_disjoint(&joined);
                    if !is_apart {
                        joined.extend(group);
                    }
                    is_apart
                });
                groups.push(joined);
            }
            groups.len()
        };
        self.pairs.values().map(groups).sum::<usize>() + self.drift.len()
    }

    fn has(&self, path: &str, a: &str, b: &str) -> bool {
        let pair = |a: &str, b: &str| [a.to_string(), b.to_string()];
        self.pairs.get(path).is_some_and(|known| known.contains(&pair(a, b)) || known.contains(&pair(b, a)))
    }
}

/// The number before this word.
fn number_before(text: &str, word: &str) -> Option<usize> {
    text.split(word)
        .next()
        .filter(|before| before.len() < text.len())?
        .split([' ', '('])
        .next_back()?
        .parse()
        .ok()
}

/// How many of one line there are, after it was found to be true.
fn checked(line: &str, is_drift: bool, known: &Known) -> usize {
    let (paths, rest) = line.split_once(": ").unwrap();
    let others = number_before(paths, " others");
    let folder = number_before(paths, " files in ");
    let named: Vec<&str> = paths.split(", ").flat_map(|part| part.split(" and ")).collect();
    let named: Vec<&str> =
        named.into_iter().filter(|_| folder.is_none()).filter(|one| !one.ends_with(" others")).collect();
    let files = folder.unwrap_or(named.len() + others.unwrap_or(0));
    let is_name = |word: &&str| word.starts_with('t') && word[1..].parse::<usize>().is_ok();
    let names: Vec<&str> = rest.split([' ', ',', '(', ')']).filter(is_name).collect();
    let all_named = folder.is_none() && others.is_none();
    if is_drift {
        for path in named.iter().filter(|_| !rest.contains("not each in every file")) {
            for name in &names {
                assert!(known.drift[*path].contains(*name), "{line}");
            }
        }
    } else if let Some(pairs) = number_before(rest, " pair").filter(|_| rest.contains(" terminals in ")) {
        let listed: Vec<&[&str]> = names.chunks(2).collect();
        assert!(names.len().is_multiple_of(2), "{line}");
        assert!(listed.iter().all(|pair| rest.contains(&pair.join(" + "))), "{line}");
        assert_eq!(listed.len() + number_before(rest, " others)").unwrap_or(0), pairs, "{line}");
        let is_known = |pair: &&[&str]| named.iter().any(|path| known.has(path, pair[0], pair[1]));
        assert!(!all_named || listed.iter().all(is_known), "{line}");
    } else if !rest.contains(" pairs") {
        for path in &named {
            for (at, one) in names.iter().enumerate() {
                names[at + 1..].iter().for_each(|other| assert!(known.has(path, one, other), "{line}"));
            }
        }
    }
    number_before(rest, " conflict").unwrap_or(files)
}

fn random(seed: u64, eventful: bool) -> bool {
    let mut whims = Whims(seed);
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox, &mut whims, eventful);
    let known = Known::of(&repo.status());
    let number = known.number();
    // wide enough for each in one line
    let shown = |args: &[&str]| Terminal::of_width(&mut repo.program(args), 2000).lines().join("\n");
    let status = shown(&["status"]);
    // few are told pair by pair, with their files below
    let is_pair = |line: &str| line.strip_prefix("✗ conflict  ").is_some_and(|text| !text.contains(": "));
    if status.lines().any(is_pair) {
        return false;
    }
    let list = |shown: &str, is_sync: bool| -> usize {
        let mut sum = 0;
        for line in shown.lines() {
            let conflict = line.strip_prefix("✗ conflict  ");
            let drift = line.strip_prefix("↓ drift     ");
            let of_sync = line.strip_prefix("  ").filter(|text| is_sync && !text.starts_with(' '));
            if let Some(more) = number_before(line, " more conflict") {
                sum += more;
            } else if let Some(text) = conflict.or(drift).or(of_sync) {
                sum += checked(text, drift.is_some() || text.contains("main"), &known);
            }
        }
        sum
    };
    let words = if number == 1 { "1 conflict".to_string() } else { format!("{number} conflicts") };
    assert!(status.starts_with(&words), "TRACK_WORK_SEED={seed} {words}: {status}");
    assert_eq!(list(&status, false), number, "TRACK_WORK_SEED={seed}\n{status}");
    let sync = shown(&["sync", "--dry-run"]);
    let Some(part) = sync.split("Conflicts: ").nth(1).filter(|_| number > 0) else { return false };
    let (first, part) = part.split_once('\n').unwrap();
    assert_eq!(first, number.to_string(), "TRACK_WORK_SEED={seed}\n{sync}");
    let part = part.split("Ready to merge").next().unwrap();
    assert_eq!(list(part, true), number, "TRACK_WORK_SEED={seed}\n{sync}");
    sync.contains(" terminals in ")
}

#[test]
fn a_line_of_several_conflicts_is_true_and_counted_as_they_are() {
    let found: Vec<bool> = seeds(4).map(|seed| random(seed, false)).collect();
    assert!(found.len() < 4 || found.contains(&true), "none was told together");
}

#[test]
fn a_line_of_several_conflicts_is_true_whatever_happened() {
    seeds(4).for_each(|seed| _ = random(seed, true));
}

/// Three pairs in two files: nobody of them conflicts with anybody of another pair.
#[test]
fn separate_pairs_of_a_folder_are_told_as_pairs() {
    let sandbox = Sandbox::new();
    let text = numbered(60, &[]);
    let files: Vec<String> = ["dir/f", "dir/g"]
        .map(str::to_string)
        .into_iter()
        .chain((1..10).map(|at| format!("k{at}")))
        .collect();
    let base: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), text.as_str())).collect();
    let repo = sandbox.repo("shop", &base);
    let branch = |name: &str, file: &str, slot: usize| {
        repo.git(&["switch", "-qc", name, "main"]);
        repo.commit(name, &[(file, &numbered(60, &[(slot, name)]))]);
        repo.git(&["switch", "-q", "main"]);
    };
    for (name, file, slot) in [("p", "dir/f", 3), ("q", "dir/f", 40), ("s", "dir/g", 3)] {
        [1, 2].iter().for_each(|number| branch(&format!("{name}{number}"), file, slot));
    }
    for number in 1..10 {
        ["a", "b"].iter().for_each(|name| branch(&format!("{name}{number}"), &format!("k{number}"), 5));
    }
    let status = repo.tw(&["status"]).exits(1).says("12 conflicts ");
    let status =
        status.says("dir/f and dir/g: 6 terminals in 3 pairs, 3 conflicts (p1 + p2, q1 + q2 and s1 + s2)");
    status.says("2 more conflicts");
    repo.tw(&["help", "words"]).says("once for each group of terminals in it that conflict with each other");
}
