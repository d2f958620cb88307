//! Judges all pairs of commits given as arguments after a repository and its target commit, and
//! tells the verdicts and the time of each stage.

use std::path::Path;
use std::time::Instant;

use git_objects::GitObjects;
use track_work::merge::{Commits, Judge, Options, changes};
use track_work::model::{Oid, Tip, Uncommitted, Verdict};

#[path = "../tests/it/merge_engine/git_objects.rs"]
#[allow(dead_code)]
mod git_objects;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, target, heads @ ..] = &arguments[..] else {
        return Err("usage: merge_pairs REPOSITORY TARGET COMMIT…".into());
    };
    let begin = Instant::now();
    let objects = GitObjects::open(Path::new(path))?;
    let options = Options::default();
    let target: Oid = target.parse()?;
    let tips: Vec<Tip> = heads
        .iter()
        .map(|head| tip(&objects, head.parse()?, target, &options))
        .collect::<Result<_, Box<dyn std::error::Error>>>()?;
    let changed = begin.elapsed();
    let judge = Judge::new(&objects, &objects, Some(target), &options);
    let drifts = tips
        .iter()
        .filter(|tip| judge.against_target(tip).committed.known().is_some_and(|outcome| !outcome.is_clean()))
        .count();
    let alone = begin.elapsed();
    let mut counts = [0; 4];
    let mut lines = Vec::new();
    for (at, a) in tips.iter().enumerate() {
        for (other, b) in tips.iter().enumerate().skip(at + 1) {
            let judgement = judge.pair(a, b);
            let index = match judgement.verdict {
                Verdict::Disjoint => 0,
                Verdict::Overlap => 1,
                Verdict::Conflict => 2,
                Verdict::Unknown(_) => 3,
            };
            counts[index] += 1;
            if index >= 2 {
                let paths: Vec<String> =
                    judgement.conflicts.iter().map(|conflict| conflict.path.to_string()).collect();
                lines.push(format!("{at} {other} {} {}", judgement.verdict.name(), paths.join(" ")));
            }
        }
    }
    let paired = begin.elapsed();
    let told = format!(
        "changes {changed:?}, alone {:?}, pairs {:?}; drift {drifts}, disjoint {}, overlap {}, conflict {}, unknown {}",
        alone - changed,
        paired - alone,
        counts[0],
        counts[1],
        counts[2],
        counts[3]
    );
    use std::io::Write;
    writeln!(std::io::stdout(), "{told}\n{}", lines.join("\n"))?;
    Ok(())
}

fn tip(
    objects: &GitObjects,
    head: Oid,
    target: Oid,
    options: &Options,
) -> Result<Tip, Box<dyn std::error::Error>> {
    let base = objects.merge_bases(head, &[target])?.first().copied();
    let tree = |id: Oid| objects.commit(id).map(|commit| commit.tree);
    let base_tree = base.map_or(Ok(Oid::EMPTY_TREE), tree)?;
    let changes = changes(objects, base_tree, tree(head)?, options)?;
    Ok(Tip {
        head: Some(head),
        base,
        ahead: 1,
        behind: 0,
        merged: false,
        tree: tree(head)?,
        work_tree: tree(head)?,
        committed: changes.clone(),
        changes,
        uncommitted: Uncommitted::default(),
        operation: None,
        notes: Vec::new(),
    })
}
