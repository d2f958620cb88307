//! `merge.renormalize`: by whose attributes contents are stored anew and merged, as git does it.
//! `TRACK_WORK_CASES` says how many random histories are tried (240 without), `TRACK_WORK_SEED` where
//! to begin.

use std::fs;
use std::path::Path;

use track_work::git::Repository;
use track_work::merge::merge_commits;
use track_work::model::{MergeOutcome, Oid};

use crate::cli::program::pairs;
use crate::merge_engine::differential::difference;
use crate::merge_engine::oracle::{Laboratory, git};
use crate::merge_engine::random::Dice;
use crate::merge_engine::scenario::{Commit, Node, Scenario, State, put};
use crate::support::{Repo, Sandbox};

const CASES: u64 = 240;
/// Histories that share one worktree.
const BATCH: u64 = 12;

const RULES: [&str; 14] = [
    "* text\n",
    "* text=auto\n",
    "* -text\n",
    "# nothing\n",
    "f text\n",
    "g -text\n* eol=lf\n",
    "[attr]own text\n* own\n",
    "* ident\n",
    "* merge=union\n",
    "f merge=binary\n* text\n",
    "* conflict-marker-size=9\n",
    "d/f text\n",
    "/f text\nd/* ident\n",
    "f text\n# 1\n# 2\n# 3\n# 4\n",
];

fn rules(dice: &mut Dice) -> Node {
    Node::File(dice.pick(&RULES).as_bytes().to_vec())
}

fn content(dice: &mut Dice) -> Node {
    let end = *dice.pick(&["\n", "\n", "\r\n"]);
    Node::File((0..4 + dice.below(4)).map(|line| format!("line {line}{end}")).collect::<String>().into())
}

fn edit(dice: &mut Dice, files: &mut State) {
    let path = *dice.pick(&["f", "f", "g", "d/f", "d/f", "d/e/g"]);
    let Some(Node::File(old)) = files.get(path).cloned() else {
        let new = content(dice);
        return put(files, path, new);
    };
    let text = String::from_utf8(old).unwrap();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_string).collect();
    match dice.below(8) {
        0 => drop(files.remove(path)),
        1 | 2 => {
            let ends = text.contains('\r');
            let other = if ends { text.replace("\r\n", "\n") } else { text.replace('\n', "\r\n") };
            files.insert(path.to_string(), Node::File(other.into()));
        }
        3 => {
            let id = *dice.pick(&["$Id$\n", "$Id: 1 $\n", "$Id: 2 $\n"]);
            lines.insert(0, id.to_string());
            files.insert(path.to_string(), Node::File(lines.concat().into()));
        }
        _ => {
            let at = dice.below(lines.len());
            lines[at] = format!("new {}{}", dice.below(3), dice.pick(&["\n", "\r\n"]));
            files.insert(path.to_string(), Node::File(lines.concat().into()));
        }
    }
}

fn edited(dice: &mut Dice, files: &State) -> State {
    let mut files = files.clone();
    for _ in 0..1 + dice.below(4) {
        edit(dice, &mut files);
    }
    match dice.below(10) {
        0..3 => _ = files.insert(".gitattributes".to_string(), rules(dice)),
        3 => _ = files.remove(".gitattributes"),
        4 => _ = files.insert("d/.gitattributes".to_string(), rules(dice)),
        _ => {}
    }
    files
}

fn scenario(seed: u64) -> Scenario {
    let mut dice = Dice::new(seed);
    let dice = &mut dice;
    let mut base = State::new();
    for path in ["f", "g", "d/f", "d/e/g"] {
        base.insert(path.to_string(), content(dice));
    }
    if dice.chance(60) {
        base.insert(".gitattributes".to_string(), rules(dice));
    }
    let mut scenario = Scenario::default();
    let mut commit = |parents: &[usize], files: State| {
        let name = format!("c{}", scenario.commits.len());
        scenario.commits.push(Commit { name, parents: parents.to_vec(), files });
        scenario.commits.len() - 1
    };
    let root = commit(&[], base.clone());
    let states = [edited(dice, &base), edited(dice, &base)];
    let mut tips = states.clone().map(|files| commit(&[root], files));
    if dice.chance(30) {
        // each has taken the other in, and solved it in favour of its own
        tips = [(0, 1), (1, 0)].map(|(own, other)| {
            let files = edited(dice, &states[own]);
            commit(&[tips[own], tips[other]], files)
        });
    }
    [scenario.ours, scenario.theirs] = tips;
    scenario
}

/// Attributes files of a worktree.
type Furnished = Vec<(&'static str, &'static str)>;

fn furnished(dice: &mut Dice) -> Furnished {
    let paths = [".gitattributes", "d/.gitattributes", "d/e/.gitattributes"];
    let chosen: Vec<&str> = paths.into_iter().filter(|_| dice.chance(40)).collect();
    chosen.into_iter().map(|path| (path, *dice.pick(&RULES))).collect()
}

/// Checks a commit out, and puts these files into the worktree.
fn check_out(top: &Path, commit: Oid, files: &[(&str, &str)]) {
    let commit = commit.to_string();
    assert!(git(top).args(["checkout", "-q", "-f", "--detach", &commit]).status().unwrap().success());
    for (path, rules) in files {
        fs::create_dir_all(top.join(path).parent().unwrap()).unwrap();
        fs::write(top.join(path), rules).unwrap();
    }
}

fn configure(top: &Path, settings: &[&str]) {
    for setting in settings {
        let (key, value) = setting.split_once('=').unwrap();
        assert!(git(top).args(["config", key, value]).status().unwrap().success());
    }
}

fn said(top: &Path, [ours, theirs]: [Oid; 2]) -> Result<MergeOutcome, String> {
    let repository = Repository::discover(top).unwrap();
    let (store, options) =
        (repository.store(), repository.merge_options(false, &repository.merge_site(None)));
    merge_commits(&store, &store, ours, theirs, &options).map_err(|missing| missing.to_string())
}

/// What comes of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Compared {
    /// Git fails.
    Nothing,
    /// It is unknown here, for this reason.
    Unknown(String),
    /// As git says it; whether it is clean.
    Agreed(bool),
    Differs(String),
}

fn compared(laboratory: &Laboratory, heads: [Oid; 2], files: &[(&str, &str)]) -> Compared {
    check_out(&laboratory.path(), heads[0], files);
    // each question a process of its own: git keeps attributes from one to the next
    let truth = laboratory.ask(&[], &[], &[(heads[0], heads[1])]).remove(0);
    let Some(clean) = truth.as_ref().map(|truth| truth.clean) else { return Compared::Nothing };
    let said = said(&laboratory.path(), heads);
    if let Ok(MergeOutcome { undecided, .. }) = &said
        && let [(_, reason), ..] = &undecided[..]
    {
        return Compared::Unknown(reason.to_string());
    }
    difference(&said, &truth).map_or(Compared::Agreed(clean), Compared::Differs)
}

#[test]
fn random_histories_are_renormalized_as_git_does_it() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (first, cases) =
        (number("TRACK_WORK_SEED").unwrap_or(1), number("TRACK_WORK_CASES").unwrap_or(CASES));
    let (mut wrong, mut clean, mut stops, mut unknown) = (Vec::new(), 0, 0, 0);
    let seeds: Vec<u64> = (first..first + cases).collect();
    for batch in seeds.chunks(BATCH as usize) {
        let laboratory = Laboratory::with_worktree();
        let mut dice = Dice::new(batch[0]);
        configure(&laboratory.path(), &["merge.renormalize=true"]);
        if dice.chance(20) {
            configure(&laboratory.path(), &["core.autocrlf=input"]);
        }
        let furnished = furnished(&mut dice);
        let scenarios: Vec<Scenario> = batch.iter().map(|seed| scenario(*seed)).collect();
        let commits = laboratory.import(&scenarios);
        for ((seed, scenario), ids) in batch.iter().zip(&scenarios).zip(&commits) {
            let heads = [ids[scenario.ours], ids[scenario.theirs]];
            match compared(&laboratory, heads, &furnished) {
                Compared::Nothing => {}
                Compared::Agreed(true) => clean += 1,
                Compared::Agreed(false) => stops += 1,
                // only where several merges follow one another, by different attributes
                Compared::Unknown(_) if scenario.commits.len() > 3 => unknown += 1,
                Compared::Unknown(said) | Compared::Differs(said) => {
                    wrong.push(format!("seed {seed}: {said}\n{furnished:?}\n{scenario}"));
                }
            }
        }
    }
    let count = wrong.len();
    assert!(count == 0, "{count} of {cases} differ:\n{}", wrong[..count.min(7)].join("\n"));
    assert!(clean * 10 > cases && stops * 10 > cases, "{clean} clean, {stops} stop");
    assert!(unknown * 5 < cases, "{unknown} unknown of {cases}");
}

/// What comes of `f` text of a scenario in a worktree with these files and settings.
fn asked(text: &str, settings: &[&str], worktree: &[(&str, &str)]) -> Compared {
    let laboratory = Laboratory::with_worktree();
    let top = laboratory.path();
    configure(&top, &["merge.renormalize=true"]);
    configure(&top, settings);
    let scenario = Scenario::parse(text);
    let ids = laboratory.import(std::slice::from_ref(&scenario)).remove(0);
    compared(&laboratory, [ids[scenario.ours], ids[scenario.theirs]], worktree)
}

/// `d/f` is merged cleanly if its line ends are normalized, with these lines in the base.
fn line_ends(base: &str) -> String {
    format!(
        "commit base\n{base}= d/f: \"1\\r\\n2\\r\\n3\\r\\n\"\ncommit ours base\n\
         = d/f: \"1\\r\\ntwo\\r\\n3\\r\\n\"\ncommit theirs base\n= d/f: \"1\\n2\\n3\\n\"\nmerge ours theirs\n"
    )
}

#[test]
fn below_the_top_only_the_worktrees_attributes_count() {
    let (none, said) = ("= .gitattributes: \"# none\\n\"\n", "= d/.gitattributes: \"f text\\n\"\n");
    let merged = line_ends(none);
    assert_eq!(asked(&merged, &[], &[]), Compared::Agreed(false));
    assert_eq!(asked(&merged, &[], &[(".gitattributes", "* text\n")]), Compared::Agreed(false));
    assert_eq!(asked(&merged, &[], &[("d/.gitattributes", "f text\n")]), Compared::Agreed(true));
    let merged = line_ends(&[none, said].concat());
    assert_eq!(asked(&merged, &[], &[]), Compared::Agreed(true));
    assert_eq!(asked(&merged, &[], &[("d/.gitattributes", "# none\n")]), Compared::Agreed(false));
    let merged = line_ends("= .gitattributes: \"d/f text\\n\"\n");
    assert_eq!(asked(&merged, &[], &[("d/.gitattributes", "f -text\n")]), Compared::Agreed(false));
    assert_eq!(asked(&merged, &[], &[]), Compared::Agreed(true));
}

#[test]
fn a_link_in_the_place_of_the_attributes_counts_as_its_text() {
    let merged = line_ends("l .gitattributes: * text\n");
    assert_eq!(asked(&merged, &[], &[]), Compared::Agreed(true));
    let merged = line_ends("l .gitattributes: nowhere\n");
    assert_eq!(asked(&merged, &[], &[(".gitattributes", "* text\n")]), Compared::Agreed(false));
}

#[test]
fn a_tree_that_is_named_comes_before_all() {
    let merged = line_ends("= .gitattributes: \"# none\\n\"\n= named/.gitattributes: \"d/f text\\n\"\n");
    let theirs = line_ends("= .gitattributes: \"* text\\n\"\n= named/x: \"x\"\n");
    for (text, clean) in [(merged, true), (theirs, false)] {
        let laboratory = Laboratory::with_worktree();
        configure(&laboratory.path(), &["merge.renormalize=true"]);
        let scenario = Scenario::parse(&text);
        let ids = laboratory.import(std::slice::from_ref(&scenario)).remove(0);
        configure(&laboratory.path(), &[&format!("attr.tree={}:named", ids[0])]);
        let heads = [ids[scenario.ours], ids[scenario.theirs]];
        assert_eq!(compared(&laboratory, heads, &[]), Compared::Agreed(clean));
    }
}

#[test]
fn what_a_filter_stores_and_whose_attributes_cannot_be_told_is_unknown() {
    let unknown = |compared: Compared, what: &str| match compared {
        Compared::Unknown(reason) => assert!(reason.contains(what), "{reason}"),
        other => panic!("{other:?}"),
    };
    let filtered = line_ends("= .gitattributes: \"* filter=own\\n\"\n");
    let own = ["filter.own.clean=tr -d '\\r'"];
    unknown(asked(&filtered, &own, &[]), "needs a filter");
    assert_eq!(asked(&filtered, &[], &[]), Compared::Agreed(false), "a filter without a command");
    let folder = line_ends("= .gitattributes/x: \"x\"\n");
    unknown(asked(&folder, &[], &[]), "cannot be determined");
    let gone = "commit base\n= .gitattributes: \"* filter=own\\n\"\n+ f: 1 2\n+ g: g\ncommit ours base\n\
                = f: \"1\\r\\n2\\r\\n\"\ncommit theirs base\n- f\nmerge ours theirs\n";
    unknown(asked(gone, &own, &[]), "needs a filter");
}

#[test]
fn nothing_is_written_where_attributes_are_told() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("d/f", "1\r\n2\r\n3\r\n"), ("d/.gitattributes", "# d\n")]);
    repo.git(&["config", "merge.renormalize", "true"]);
    for (name, text) in [("a", "1\r\ntwo\r\n3\r\n"), ("b", "1\n2\n3\n")] {
        repo.worktree(name).commit(name, &[("d/f", text), (".gitattributes", "* text\n")]);
    }
    repo.write("d/.gitattributes", "# of the worktree alone\n");
    let before = objects(&repo);
    let ids = ["a", "b"].map(|name| repo.git(&["rev-parse", name]).parse().unwrap());
    assert!(said(&repo.top, ids).is_ok());
    assert_eq!(objects(&repo), before);
}

/// Every file of the object store, with its time.
fn objects(repo: &Repo<'_>) -> Vec<(std::path::PathBuf, std::time::SystemTime)> {
    let mut folders = vec![repo.path(".git/objects")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => files.push((entry.path(), entry.metadata().unwrap().modified().unwrap())),
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_pair_meets_where_one_changes_the_attributes_that_the_others_merge_goes_by() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", "1\r\n2\r\n3\r\n"), (".gitattributes", "f text\n")]);
    repo.git(&["config", "merge.renormalize", "true"]);
    repo.git(&["config", "core.autocrlf", "false"]);
    let lines = |repo: &Repo<'_>, text: &str| {
        // as they are, not as attributes would have them stored
        repo.write("f.raw", text);
        let blob = repo.git(&["hash-object", "-w", "--no-filters", "f.raw"]);
        repo.remove("f.raw");
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},f")]);
        repo.git(&["commit", "-qm", "lines"]);
        repo.git(&["reset", "-q", "--hard"]);
    };
    lines(&repo, "1\r\n2\r\n3\r\n");
    let (rules, edits) = (repo.worktree("rules"), repo.worktree("edits"));
    rules.commit("rules", &[(".gitattributes", "# nothing\n")]);
    lines(&edits, "1\r\ntwo\r\n3\r\n");
    lines(&repo, "1\n2\n3\n");
    for name in ["rules", "edits"] {
        repo.git(&["worktree", "remove", "--force", name]);
    }
    assert_eq!(pairs(&repo.status()), ["edits rules conflict"]);
    repo.git(&["checkout", "-q", "-B", "trial"]);
    let merge = |name: &str| repo.try_git(&["merge", "-q", "--no-edit", name]).status.success();
    assert!(merge("rules") && !merge("edits"), "git stops at the second because of the first");
    repo.git(&["reset", "-q", "--hard", "main"]);
    assert!(merge("edits"), "and not without");
}
