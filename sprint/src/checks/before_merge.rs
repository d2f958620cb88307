//! What `git merge` does or leaves without a word, and people have to know before: part of the check `merge_conflict`.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::model::{
    Evidence, Facts, Finding, PlaceId, Revert, Severity, Terminal, TerminalPair, Tip, few, shell_word,
    shown_name,
};

use super::merge_conflict::CHECK;
use super::{CheckInput, names_at};

/// All of it.
pub(super) fn findings(input: &CheckInput) -> Vec<Finding> {
    let pairs = input.judgements.pairs.iter().filter_map(|pair| taken_back(input, pair));
    let places = 0..input.facts.places.len();
    let at_places = places.flat_map(|place| at_place(input, place, &names_at(input, place)));
    pairs.chain(at_places).collect()
}

/// What of it concerns a terminal, in a sentence each.
pub fn before_merge(input: &CheckInput, terminal: usize) -> Vec<String> {
    let pairs = input.judgements.pairs.iter().filter(|pair| [pair.a, pair.b].contains(&terminal));
    let checked = &input.facts.terminals[terminal];
    let names = [checked.id.clone()];
    let at_place = checked.place().into_iter().flat_map(|place| at_place(input, place, &names));
    // who works where the target is checked out has the files that others overwrite there
    let at_target = checked.place().filter(|place| input.facts.is_at_target(*place)).into_iter();
    let merged = at_target.flat_map(|_| input.judgements.overwritten_at_target.keys());
    let merged = merged.filter_map(|place| overwritten_at_target(input, *place, names_at(input, *place)));
    let found = pairs.filter_map(|pair| taken_back(input, pair)).chain(at_place).chain(merged);
    found.map(|Finding { message, suggestion, .. }| format!("{message}. {suggestion}")).collect()
}

/// The conflicts of a commit that is about to be made or pushed with what these places have committed, which uncommitted
/// work there takes back: `git merge` takes what is committed.
pub fn hidden_conflicts(input: &CheckInput, terminal: usize, places: &BTreeSet<PlaceId>) -> Vec<Finding> {
    let own = &input.facts.terminals[terminal];
    let others = input.judgements.pairs.iter().flat_map(|pair| {
        let others = [pair.a, pair.b].into_iter().filter(|side| *side != terminal);
        others.map(|other| &input.facts.terminals[other])
    });
    let hidden =
        others.filter_map(|other| Some((other, other.place().filter(|place| places.contains(place))?)));
    let told = hidden.map(|(other, place)| {
        let message = format!(
            "this conflicts with what {} has committed; uncommitted changes of {} take that back",
            other.id, other.id
        );
        let advice = format!(
            "git merge takes what is committed: ask {} to commit them, or expect the conflict.",
            shown_name(&other.id)
        );
        let terminals = vec![own.id.clone(), other.id.clone()];
        warning(input, place, terminals, [message, advice])
    });
    told.collect()
}

/// Whether a finding is one of these.
pub(super) fn is_hidden_conflict(finding: &Finding) -> bool {
    finding.check.code == CHECK.code && finding.severity == Severity::Warning && finding.terminals.len() == 2
}

/// What of it concerns the work in a place, of these terminals.
fn at_place(input: &CheckInput, place: PlaceId, names: &[String]) -> Vec<Finding> {
    let found = [
        taken_back_from_target,
        overwritten_by_update,
        overwritten_at_target,
        without_submodule,
        reverted,
        left_by_completed,
    ];
    match names.is_empty() {
        true => Vec::new(),
        false => found.iter().filter_map(|find| find(input, place, names.to_vec())).collect(),
    }
}

fn warning(
    input: &CheckInput,
    place: PlaceId,
    terminals: Vec<String>,
    [message, suggestion]: [String; 2],
) -> Finding {
    Finding {
        check: &CHECK,
        severity: Severity::Warning,
        path: None,
        message,
        evidence: Evidence::Place(input.facts.places[place].name.clone()),
        suggestion,
        recommendation: None,
        terminals,
    }
}

/// Two whose commits conflict where what is not committed takes that back: `git merge` takes what is committed. Where
/// a merge or the like is in progress, what to do is told with that.
fn taken_back(input: &CheckInput, pair: &TerminalPair) -> Option<Finding> {
    if !pair.conflicts_as_committed() {
        return None;
    }
    let sides = [pair.a, pair.b].map(|side| &input.facts.terminals[side]);
    let [a, b] = sides.map(|terminal| terminal.id.clone());
    let text = format!("{a} and {b} conflict as they are committed");
    let places = [sides[0].place()?, sides[1].place()?];
    taken_back_at(input, &places, vec![a, b], text)
}

/// The same of the work in a place, and the target.
fn taken_back_from_target(input: &CheckInput, place: PlaceId, names: Vec<String>) -> Option<Finding> {
    let text = format!("what {} committed conflicts with {}", few(&names), input.facts.target.name);
    let drift = input.judgements.drift.get(&place)?;
    drift.conflicts_as_committed().then(|| taken_back_at(input, &[place], names, text))?
}

/// What nobody is told of and an update from the target overwrites.
fn overwritten_by_update(input: &CheckInput, place: PlaceId, terminals: Vec<String>) -> Option<Finding> {
    let files = input.judgements.overwritten.get(&place)?;
    let paths: Vec<String> = files.iter().map(ToString::to_string).collect();
    let (files, them) = match paths.len() {
        1 => ("an ignored file", "it"),
        _ => ("ignored files", "them"),
    };
    let (who, target) = (few(&terminals), &input.facts.target.name);
    let text = format!(
        "git merge {target} overwrites {files} in the worktree of {who} without asking: {}",
        few(&paths)
    );
    let advice = format!("Move or copy {them} before {who} is updated from {target}.");
    Some(warning(input, place, terminals, [text, advice]))
}

/// What nobody is told of and the merge into the target overwrites where that is checked out.
pub fn overwritten_at_target(input: &CheckInput, place: PlaceId, terminals: Vec<String>) -> Option<Finding> {
    let files = input.judgements.overwritten_at_target.get(&place).filter(|_| !terminals.is_empty())?;
    let paths: Vec<String> = files.iter().map(ToString::to_string).collect();
    let (files, them) = match paths.len() {
        1 => ("an ignored file", "it"),
        _ => ("ignored files", "them"),
    };
    let (who, target) = (few(&terminals), &input.facts.target.name);
    let text = format!("git merge of {who} overwrites {files} in {target} without asking: {}", few(&paths));
    let advice = format!("Move or copy {them} before {who} is merged.");
    Some(warning(input, place, terminals, [text, advice]))
}

/// Where an update from the target stops, though the merge into the target does not.
fn without_submodule(input: &CheckInput, place: PlaceId, terminals: Vec<String>) -> Option<Finding> {
    let paths = input.judgements.not_checked_out.get(&place)?;
    let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
    let words: Vec<String> =
        paths.iter().map(|path| shell_word(OsStr::from_bytes(path.as_bytes()))).collect();
    let (who, target) = (few(&terminals), &input.facts.target.name);
    let (these, are, them) = match paths.len() {
        1 => ("the submodule", "is", "it"),
        _ => ("the submodules", "are", "them"),
    };
    let text = format!(
        "git merge {target} stops in the worktree of {who} at {these} {}, which {are} not checked out there, though both moved {them} forward",
        few(&names)
    );
    let init = format!("git submodule update --init -- {}", words.join(" "));
    let advice = format!("First run {}.", input.facts.places[place].command(&init));
    Some(warning(input, place, terminals, [text, advice]))
}

/// What the target had of the work and took back: git takes it for merged.
fn reverted(input: &CheckInput, place: PlaceId, terminals: Vec<String>) -> Option<Finding> {
    let facts = input.facts;
    let reverts = facts.reverted.get(&place)?;
    let is_merged = facts.tip_at(place)?.contained;
    let (who, target) = (few(&terminals), &facts.target.name);
    let of = taken_back_commits(reverts);
    let text = match is_merged {
        false => format!(
            "{target} reverted {of}, which is work of {who}: merging {who} does not bring that back, and git merge {target} there takes it away"
        ),
        true => format!(
            "{target} reverted {of}, which is work of {who}: all commits of {who} are in {target}, but what they changed is not, and merging {who} again does not bring that back"
        ),
    };
    Some(warning(input, place, terminals, [text, revert_the_revert(facts, reverts)]))
}

/// The same, told with a merge of that work.
pub fn not_brought_back(facts: &Facts, reverts: &[Revert]) -> Option<String> {
    let (target, of) = (&facts.target.name, taken_back_commits(reverts));
    (!reverts.is_empty()).then(|| {
        let advice = revert_the_revert(facts, reverts);
        format!(
            "{target} reverted {of}, which is part of this work: the merge does not bring that back. {advice}"
        )
    })
}

fn taken_back_commits(reverts: &[Revert]) -> String {
    let mut of: Vec<String> = reverts.iter().map(|revert| revert.of.short()).collect();
    of.sort();
    of.dedup();
    few(&of)
}

/// How the target gets back what it took back.
fn revert_the_revert(facts: &Facts, reverts: &[Revert]) -> String {
    let by: Vec<String> = reverts.iter().map(|revert| revert.by.short()).collect();
    let (git, target, by) = (facts.git_at_target(), &facts.target.name, by.join(" "));
    format!("To have it again, revert the revert where {target} is checked out: {git} revert {by}")
}

/// What whoever completed the work has put aside: it is forgotten once the branch is merged and gone.
fn left_by_completed(input: &CheckInput, place: PlaceId, terminals: Vec<String>) -> Option<Finding> {
    let there = input.facts.terminals.iter().filter(|terminal| terminal.place() == Some(place));
    let mut named = there.filter(|terminal| terminals.contains(&terminal.id)).peekable();
    named.peek()?;
    named.all(Terminal::is_complete).then(|| left_in_stash(input.facts, place, terminals))?
}

/// What was put aside on the branch of a place, where that may be forgotten.
pub fn left_in_stash(facts: &Facts, place: PlaceId, terminals: Vec<String>) -> Option<Finding> {
    let stashes = facts.stashes_at(place);
    let newest = stashes.first()?;
    let said: Vec<String> = stashes.iter().map(|one| format!("{}: {}", one.name(), one.what)).collect();
    let pop = facts.places[place].command(&format!("git stash pop {}", shell_word(newest.name())));
    // what conflicts stays in the stash, and nothing is taken out of that as long as it is being resolved
    let open =
        facts.tip_at(place).map(|tip| tip.unmerged.iter().map(ToString::to_string).collect::<Vec<_>>());
    let pop = match open.filter(|open| !open.is_empty()) {
        Some(open) => format!(
            "If it is what is being resolved in {}, it is there already. Otherwise, once that is resolved: {pop}",
            few(&open)
        ),
        None => format!("To have it: {pop}"),
    };
    Some(Finding {
        check: &CHECK,
        severity: Severity::Warning,
        path: None,
        message: format!(
            "{} left work in the stash, which no merge takes along: {}",
            few(&terminals),
            few(&said)
        ),
        evidence: Evidence::Place(facts.places[place].name.clone()),
        suggestion: format!("{pop}; to throw it away: git stash drop {}", shell_word(newest.name())),
        recommendation: None,
        terminals,
    })
}

fn taken_back_at(
    input: &CheckInput,
    places: &[PlaceId],
    terminals: Vec<String>,
    conflict: String,
) -> Option<Finding> {
    let tips: Option<Vec<&Tip>> = places.iter().map(|place| input.facts.tip_at(*place)).collect();
    let tips = tips.filter(|tips| !terminals.is_empty() && tips.iter().all(|tip| tip.under_way.is_none()))?;
    if tips.iter().all(|tip| tip.is_as_committed()) {
        return None;
    }
    let who: Vec<&str> = match places {
        [_] => Vec::new(),
        _ => {
            let sides = terminals.iter().zip(tips);
            sides.filter(|(_, tip)| !tip.is_as_committed()).map(|(name, _)| name.as_str()).collect()
        }
    };
    let whose = if who.is_empty() { String::new() } else { format!(" of {}", few(&who)) };
    let text = format!("{conflict}; uncommitted changes{whose} take that back");
    let advice = "Commit them before the merge: git merge takes what is committed.".to_string();
    Some(warning(input, *places.last()?, terminals, [text, advice]))
}
