//! `status`, `check` and the hooks say the same of what breaks without a conflict: on random work.
//! `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one again.

use track_work::model::{CheckQuestion, Evidence, Finding, SemanticClash, Work};
use track_work::pipeline::{CheckOptions, OpenOptions, SourceLook, Workspace, check, report};

use crate::support::{Repo, Sandbox, Whims, seeds};

/// How a language writes a function, a call of it and what makes it known.
struct Written {
    end: &'static str,
    function: fn(&str, &str) -> String,
    call: fn(&str, &str) -> String,
    import: fn(&str, &str) -> String,
}

const LANGUAGES: [Written; 3] = [
    Written {
        end: "py",
        function: |name, parameters| format!("def {name}({parameters}):\n    return a\n\n\n"),
        call: |name, values| format!("{name}({values})\n"),
        import: |file, name| format!("from {file} import {name}\n"),
    },
    Written {
        end: "ts",
        function: |name, parameters| format!("export function {name}({parameters}) {{\n  return a;\n}}\n\n"),
        call: |name, values| format!("{name}({values});\n"),
        import: |file, name| format!("import {{ {name} }} from './{file}';\n"),
    },
    Written {
        end: "rs",
        function: |name, parameters| {
            let typed: Vec<String> = parameters.split(", ").map(|one| format!("{one}: u8")).collect();
            format!("pub fn {name}({}) {{\n    drop(a);\n}}\n\n", typed.join(", "))
        },
        call: |name, values| format!("fn of_{name}() {{\n    {name}({values});\n}}\n\n"),
        import: |file, name| format!("use crate::{file}::{name};\n"),
    },
];

/// A library of a language: its functions, each with its parameters.
type Functions = Vec<(String, usize)>;

const PARAMETERS: [&str; 4] = ["a", "a, b", "a, b, c", "a, b, c, d"];
const VALUES: [&str; 4] = ["1", "1, 2", "1, 2, 3", "1, 2, 3, 4"];

fn text(written: &Written, functions: &Functions) -> String {
    functions.iter().map(|(name, count)| (written.function)(name, PARAMETERS[*count])).collect()
}

/// Somebody works on one library: changes what is defined there, or uses it anew.
fn work(repo: &Repo, whims: &mut Whims, who: &str, library: &Functions) {
    let written = &LANGUAGES[whims.below(LANGUAGES.len())];
    let (file, end) = (format!("lib{}", whims.below(2)), written.end);
    for _ in 0..=whims.below(2) {
        let at = whims.below(library.len());
        let (name, count) = &library[at];
        if whims.below(2) == 0 {
            let place = if whims.below(3) == 0 { "shared".to_string() } else { format!("{who}{at}") };
            let path = repo.path(format!("src/{place}.{end}"));
            let before = std::fs::read_to_string(path).unwrap_or_default();
            let new = [(written.import)(&file, name), before, (written.call)(name, VALUES[*count])];
            repo.write(format!("src/{place}.{end}"), new.concat());
        } else {
            let mut changed = library.clone();
            match whims.below(4) {
                0 => changed[at].0 = format!("{name}_{who}"),
                1 => changed[at].1 = (count + 1) % PARAMETERS.len(),
                2 => _ = changed.remove(at),
                _ => changed.insert(at, ("more".to_string(), 0)),
            }
            repo.write(format!("src/{file}.{end}"), text(written, &changed));
        }
    }
}

fn clashes(findings: &[Finding]) -> Vec<SemanticClash> {
    let clash = |finding: &Finding| match &finding.evidence {
        Evidence::Semantic(clash) => Some(SemanticClash { uncommitted: false, ..clash.clone() }),
        _ => None,
    };
    findings.iter().filter_map(clash).collect()
}

/// How many breaks were told.
fn one(seed: u64) -> usize {
    let whims = &mut Whims(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let sandbox = Sandbox::new();
    let repo = sandbox.init("main");
    let library: Functions = (0..5).map(|at| (format!("do_{at}"), at % 3)).collect();
    for written in &LANGUAGES {
        for file in ["lib0", "lib1"] {
            repo.write(format!("src/{file}.{}", written.end), text(written, &library));
        }
    }
    let commit = |repo: &Repo| {
        repo.git(&["add", "-A"]);
        repo.git(&["commit", "-q", "--allow-empty", "-m", "work"]);
    };
    commit(&repo);
    let others: Vec<Repo> = (0..4).map(|number| repo.worktree(&format!("t{number}"))).collect();
    for (number, other) in others.iter().enumerate() {
        for _ in 0..=whims.below(3) {
            work(other, whims, &format!("t{number}"), &library);
        }
        commit(other);
    }
    if whims.below(2) == 0 {
        work(&repo, whims, "main", &library);
        commit(&repo);
    }
    let open = |repo: &Repo| Workspace::open(&OpenOptions::at(&repo.top)).unwrap();
    let mut told = 0;
    for (number, other) in others.iter().enumerate() {
        let id = format!("t{number}");
        work(other, whims, &id, &library);
        other.git(&["add", "-A"]);
        let mut asked = vec![(Work::All, SourceLook::All)];
        let staged = Work::Staged { index: None, merging: Vec::new() };
        asked.extend([(staged, SourceLook::Near), (Work::All, SourceLook::Near)]);
        let workspace = open(&repo);
        let status = clashes(&report(&workspace, &workspace.tracking()).findings);
        let of_other = |clash: &SemanticClash| clash.sides.iter().flatten().any(|side| *side == id);
        let status: Vec<SemanticClash> = status.into_iter().filter(of_other).collect();
        told += status.len();
        // with what an earlier run knows, and without
        let findings = |more: &[&str]| {
            repo.tw(&[&["status", "--format", "json"], more].concat()).json()["findings"].take()
        };
        assert_eq!(findings(&[]), findings(&["--no-cache"]), "TRACK_WORK_SEED={seed} {id}");
        let staged = other.git(&["diff", "--cached", "--name-only"]);
        // its own part in it
        let is_staged = |clash: &SemanticClash| {
            let paths = [&clash.found.definition.path, &clash.found.uses.path];
            let own = paths.into_iter().zip(&clash.sides).filter(|(_, side)| side.contains(&id));
            own.into_iter().any(|(path, _)| staged.lines().any(|line| line == path.to_string()))
        };
        for (work, sources) in asked {
            let (workspace, options) = (open(other), CheckOptions { sources, ..CheckOptions::default() });
            let about = format!("TRACK_WORK_SEED={seed} {id} {work:?} {sources:?}");
            let question = CheckQuestion { terminal: None, work, paths: Vec::new() };
            let found = check(&workspace, &workspace.tracking(), &question, options).unwrap();
            assert_eq!(found.not_looked_at, None, "{about}");
            let mut expected = status.clone();
            if matches!(question.work, Work::Staged { .. }) {
                expected.retain(is_staged);
            }
            assert_eq!(clashes(&found.findings), expected, "{about}");
        }
        // what is not committed by the next one is not seen by a hook
        commit(other);
    }
    told
}

#[test]
fn status_check_and_hooks_say_the_same() {
    let seeds = seeds(3);
    let (all, told) = (seeds.end - seeds.start, seeds.map(one).sum::<usize>());
    assert!(all < 3 || told > 3, "{told}");
}
