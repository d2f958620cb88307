//! `not_determined`: whatever could not be determined. Unknown is never clean, so each is reported.

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::{
    Change, Check, Evidence, Finding, Hunks, Known, Link, Place, Reason, RepoPath, SemanticClashes, Severity,
    StoryId, Terminal, TerminalPair, UnderWay, UnderWayKind, Verdict, few, natural_order, shell_word,
    shown_path,
};
use crate::planning;

use super::CheckInput;

pub(super) static CHECK: Check = Check {
    code: "not_determined",
    summary: "something could not be determined, so a conflict may be hidden, or a result holds only under a condition that the message names",
    severities: &[Severity::Info, Severity::Warning, Severity::Error],
    blocks_merge: Some(Severity::Error),
    recorded: None,
    by_declaration: false,
};

pub(super) fn run(input: &CheckInput) -> Vec<Finding> {
    let mut findings = Vec::new();
    for terminal in &input.facts.terminals {
        match &terminal.link {
            Link::Place(place) => {
                let found = &input.facts.places[*place];
                findings.extend(place_findings(input, terminal, found, *place));
            }
            Link::Declared(why) => findings.push(not_linked(input, terminal, why)),
            Link::Gone(what) => findings.push(gone(input, terminal, what)),
        }
    }
    // what is being resolved leaves all open who changed it: that is told once
    let mut resolving: BTreeMap<(usize, Reason, Option<RepoPath>), Vec<usize>> = BTreeMap::new();
    for pair in &input.judgements.pairs {
        let (a, b) = (&input.facts.terminals[pair.a], &input.facts.terminals[pair.b]);
        let both_seen = input.facts.tip(a).is_some() && input.facts.tip(b).is_some();
        let (message, path, remedy) = match &pair.verdict {
            Verdict::Unknown(reason) if both_seen => {
                // where both touched nothing else, it can be nowhere else
                let is_known = |path: &&RepoPath| pair.overlaps.iter().all(|overlap| overlap.path == **path);
                let path = reason.path().filter(|path| !pair.overlaps.is_empty() && is_known(path));
                if let Some((own, other)) = resolver(input, pair, reason) {
                    resolving.entry((own, reason.clone(), path.cloned())).or_default().push(other);
                    continue;
                }
                let message = format!("whether {} and {} conflict is unknown: {reason}", a.id, b.id);
                (message, path, reason.remedy())
            }
            Verdict::Conflict => {
                // a file that cannot be read is told of whoever has it
                let is_unread = |path: &RepoPath| {
                    let mut tips = [a, b].into_iter().filter_map(|one| input.facts.tip(one));
                    tips.any(|tip| {
                        matches!(tip.changes.at(path), Some(Change { hunks: Hunks::Unknown(_), .. }))
                    })
                };
                let more = reasons(pair.undecided.iter().filter(|(path, _)| !is_unread(path)));
                if more.is_empty() {
                    continue;
                }
                let more = few(&more);
                let message =
                    format!("whether {} and {} conflict in more files is unknown: {more}", a.id, b.id);
                (message, None, None)
            }
            Verdict::Unknown(_) | Verdict::Disjoint | Verdict::Overlap => continue,
        };
        let suggestion = remedy.unwrap_or("Compare them by hand before merging.").to_string();
        let evidence = Evidence::Place(a.id.clone());
        let found = undetermined(vec![a.id.clone(), b.id.clone()], message, suggestion, evidence);
        findings.push(Finding { path: path.cloned(), ..found });
    }
    findings.extend(resolving.into_iter().map(|((own, reason, path), others)| {
        let mut ids: Vec<String> = others.iter().map(|at| input.facts.terminals[*at].id.clone()).collect();
        let own = &input.facts.terminals[own].id;
        let message = match &ids[..] {
            [other] => {
                let mut pair = [own, other];
                pair.sort_by(|a, b| natural_order(a, b));
                format!("whether {} and {} conflict is unknown: {reason}", pair[0], pair[1])
            }
            several => format!("whether {own} conflicts with {} is unknown: {reason}", few(several)),
        };
        ids.push(own.clone());
        ids.sort_by(|a, b| natural_order(a, b));
        let suggestion = match ids.len() {
            2 => "Compare them by hand before merging.",
            _ => "It is known once that is resolved.",
        };
        let found = undetermined(ids, message, suggestion.to_string(), Evidence::Place(own.clone()));
        Finding { path, ..found }
    }));
    for reason in input.judgements.migrations.iter().filter_map(Known::reason) {
        findings.push(undetermined(
            Vec::new(),
            format!("whether migrations exclude each other is unknown: {reason}"),
            "Look at that folder by hand before merging.".to_string(),
            Evidence::Place(input.facts.target.name.clone()),
        ));
    }
    if let Some(message) = sources_not_looked_at(&input.judgements.semantic) {
        let evidence = Evidence::Place(input.facts.target.name.clone());
        findings.push(Finding {
            severity: Severity::Info,
            ..undetermined(Vec::new(), message, String::new(), evidence)
        });
    }
    findings
}

/// Of two terminals whose conflict is unknown because one is resolving a file: that one, and the other.
fn resolver(input: &CheckInput, pair: &TerminalPair, reason: &Reason) -> Option<(usize, usize)> {
    let path = reason.path().filter(|_| reason.is_of_resolving())?;
    let is_resolving = |at: usize| {
        let change = input.facts.tip(&input.facts.terminals[at]).and_then(|tip| tip.changes.at(path));
        change.is_some_and(|change| change.hunks == Hunks::Unknown(Reason::Resolving))
    };
    match is_resolving(pair.a) {
        true => Some((pair.a, pair.b)),
        false => is_resolving(pair.b).then_some((pair.b, pair.a)),
    }
}

/// Undecided paths, each with its reason.
fn reasons<'u>(undecided: impl Iterator<Item = &'u (RepoPath, Reason)>) -> Vec<String> {
    undecided.map(|(path, reason)| format!("{path}: {reason}")).collect()
}

/// Where it was not looked for what breaks without a conflict.
pub fn sources_not_looked_at(found: &SemanticClashes) -> Option<String> {
    let skipped = &found.not_looked_at;
    let said = || format!("sources were not looked at for what breaks without a conflict: {}", few(skipped));
    (!skipped.is_empty()).then(said)
}

pub(super) fn undetermined(
    terminals: Vec<String>,
    message: String,
    suggestion: String,
    evidence: Evidence,
) -> Finding {
    Finding {
        check: &CHECK,
        severity: Severity::Error,
        terminals,
        path: None,
        message,
        suggestion,
        evidence,
        recommendation: None,
    }
}

fn place_findings(input: &CheckInput, terminal: &Terminal, place: &Place, id: usize) -> Vec<Finding> {
    let evidence = || Evidence::Place(place.name.clone());
    let who = || vec![terminal.id.clone()];
    let mut findings = Vec::new();
    let tip = match &input.facts.tips[id] {
        Known::Known(tip) => tip,
        Known::Unknown(reason) => {
            let message = format!("{}: its work cannot be read: {reason}", terminal.id);
            let suggestion = match (&place.broken, &place.locked) {
                (Some(_), Some(reason)) if !reason.is_empty() => format!("It is locked: {reason}."),
                (Some(_), Some(_)) => "It is locked; git worktree unlock unlocks it.".to_string(),
                (Some(_), None) => "Until it can be read, its conflicts are unknown.".to_string(),
                (None, _) => {
                    let mend = match (reason.remedy(), reason.has_fix()) {
                        (Some(remedy), _) => format!("{remedy} "),
                        (None, true) => String::new(),
                        (None, false) => "Resolve the error above, then rerun. ".to_string(),
                    };
                    format!("{mend}The other terminals were checked without it.")
                }
            };
            return vec![undetermined(who(), message, suggestion, evidence())];
        }
    };
    // what is being resolved is told with what is in progress
    let resolved = tip.under_way.iter().flat_map(|under_way| &under_way.unresolved);
    let resolved: Vec<&RepoPath> = resolved.collect();
    let mut waits = false;
    // what is in the worktree is of those who go on there, not of a story that ended before
    let part = input.facts.part(terminal).and(Some(terminal));
    let unread = tip.changes.iter().filter(|change| part.is_none() || !change.layers.unread);
    for change in unread {
        if let Hunks::Unknown(reason) = &change.hunks {
            if *reason == Reason::Resolving && resolved.contains(&&change.path) {
                waits = true;
                continue;
            }
            let (message, suggestion) = match reason {
                Reason::Resolving => (
                    format!("{}: {} is resolving a conflict in it", change.path, terminal.id),
                    "Resolve it and git add it; until then, this file cannot be checked.",
                ),
                Reason::Changing => (
                    format!("{}: {} keeps changing it", change.path, terminal.id),
                    "Ask again once it is written; if it is no work, have .gitignore name it.",
                ),
                reason => (
                    format!("{}: {} could not be read: {reason}", change.path, terminal.id),
                    reason.advice_on_file(),
                ),
            };
            let mut finding = undetermined(who(), message, suggestion.to_string(), evidence());
            finding.path = Some(change.path.clone());
            findings.push(finding);
        }
    }
    let target = &input.facts.target.name;
    // where there is nothing of the target to take in, nothing of it conflicts; what cannot be read is told of its file
    let is_up_to_date = tip.behind == 0;
    let is_told = |path: &RepoPath| {
        let unread = |change: &Change| matches!(change.hunks, Hunks::Unknown(_));
        is_up_to_date && tip.changes.at(path).is_some_and(unread)
    };
    let question = match input.facts.is_at_target(id) {
        true => format!("whether what is not committed in {target} can be read is unknown"),
        false => format!("whether {} conflicts with {target} is unknown", terminal.id),
    };
    let drift = match input.judgements.drift.get(&id).map(|drift| &drift.work) {
        Some(Known::Unknown(reason)) if !reason.path().is_some_and(is_told) => {
            Some((format!("{question}: {reason}"), reason.remedy()))
        }
        Some(Known::Known(outcome)) if !outcome.undecided.iter().all(|(path, _)| is_told(path)) => {
            let more = few(&reasons(outcome.undecided.iter()));
            let question = question.replace(" is unknown", " in more files is unknown");
            Some((format!("{question}: {more}"), None))
        }
        Some(Known::Unknown(_) | Known::Known(_)) | None => None,
    };
    if let Some((message, remedy)) = drift {
        let suggestion = match (remedy, &place.worktree, &place.branch) {
            (Some(remedy), ..) => remedy.to_string(),
            (None, ..) if is_up_to_date => "Make it readable, then rerun.".to_string(),
            // where nobody works, it takes no checkout
            (None, None, Some(branch)) => format!(
                "Try it by hand before merging: git merge-tree --write-tree {} {} says it and changes nothing",
                shell_word(target),
                shell_word(branch)
            ),
            (None, Some(_), _) | (None, None, None) => {
                let update = tip.update_command(&input.facts.target);
                let update = place.command(&update.replacen("merge", "merge --no-commit", 1));
                format!("Try it by hand before merging: {update}, then {} merge --abort", place.git())
            }
        };
        findings.push(undetermined(who(), message, suggestion, evidence()));
    }
    if let Some(back) = place.bring_back(tip, &place.git()) {
        let branch = place.branch.as_deref().unwrap_or_default();
        let message =
            format!("{}: its branch {branch} has no commits: it was deleted, or is new", terminal.id);
        let found = undetermined(who(), message, format!("{back}."), evidence());
        findings.push(Finding { severity: Severity::Warning, ..found });
    }
    let locked =
        place.locked.iter().filter(|_| place.away().is_none()).map(|reason| match reason.is_empty() {
            true => "its worktree is locked".to_string(),
            false => format!("its worktree is locked: {reason}"),
        });
    let notes = tip.notes.iter().cloned().chain(locked);
    findings.extend(place.deleted.iter().map(|folder| deleted(terminal, place, folder)));
    findings.extend(
        tip.under_way.as_ref().map(|known| under_way(who(), known, &place.git(), evidence())).map(|found| {
            match waits {
                true => Finding { severity: Severity::Error, ..found },
                false => found,
            }
        }),
    );
    findings.extend(notes.map(|note| Finding {
        severity: Severity::Info,
        ..undetermined(who(), format!("{}: {note}", terminal.id), String::new(), evidence())
    }));
    findings
}

/// A worktree that was deleted by hand, though git still lists it.
fn deleted(terminal: &Terminal, place: &Place, folder: &Path) -> Finding {
    let judged = match &place.worktree {
        Some(top) => format!("its work is in {}", shown_path(top)),
        None => "only its commits count".to_string(),
    };
    let message = match (place.away(), &place.locked) {
        (Some(away), None) => format!("{}: {}; {judged}", terminal.id, away.without_fix()),
        (Some(away), Some(why)) => {
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            format!("{}: {}{why}; {judged}", terminal.id, away.without_fix())
        }
        (None, _) => {
            format!("{}: its folder {} does not exist; {judged}", terminal.id, shown_path(folder))
        }
    };
    let suggestion = format!("{}.", place.find_again());
    let evidence = Evidence::Place(place.name.clone());
    let severity = if place.away().is_some() { Severity::Error } else { Severity::Warning };
    Finding { severity, ..undetermined(vec![terminal.id.clone()], message, suggestion, evidence) }
}

/// What is in progress changes files until it has ended; a bisection changes none of the work.
fn under_way(terminals: Vec<String>, under_way: &UnderWay, git: &str, evidence: Evidence) -> Finding {
    let message = format!("{}: {}", terminals[0], under_way.sentence());
    let severity = match under_way.kind {
        UnderWayKind::Bisect => Severity::Info,
        UnderWayKind::Merge
        | UnderWayKind::Rebase
        | UnderWayKind::Am
        | UnderWayKind::CherryPick
        | UnderWayKind::Revert => Severity::Warning,
    };
    Finding { severity, ..undetermined(terminals, message, format!("{}.", under_way.ending(git)), evidence) }
}

/// Its story, where several have its name.
fn story_of_several<'a>(input: &CheckInput, terminal: &'a Terminal) -> Option<&'a StoryId> {
    let several = input.facts.terminals.iter().filter(|other| other.id == terminal.id).count() > 1;
    terminal.story.as_ref().filter(|_| several)
}

/// `terminal-1`; where several have this name, `terminal-1 (story 1-2)`.
fn told_apart(input: &CheckInput, terminal: &Terminal) -> String {
    let story = story_of_several(input, terminal);
    story.map_or_else(|| terminal.id.clone(), |story| format!("{} (story {})", terminal.id, story.short()))
}

/// What gives a terminal its place in git.
fn relink(input: &CheckInput, terminal: &Terminal) -> String {
    let facts = input.facts;
    planning::relink(terminal, &facts.terminals, &facts.places, &facts.target, &facts.repeated).to_string()
}

fn not_linked(input: &CheckInput, terminal: &Terminal, why: &str) -> Finding {
    let who = told_apart(input, terminal);
    let message = format!("{who} is not linked to git ({why}): only its declared current file is checked");
    let suggestion = relink(input, terminal);
    let evidence = session_evidence(terminal);
    Finding {
        severity: Severity::Info,
        ..undetermined(vec![terminal.id.clone()], message, suggestion, evidence)
    }
}

fn gone(input: &CheckInput, terminal: &Terminal, what: &str) -> Finding {
    let is_done = terminal.is_complete() || terminal.is_merged(None);
    let severity = if is_done { Severity::Info } else { Severity::Error };
    let message =
        format!("{}: {what} does not exist, so its work cannot be read", told_apart(input, terminal));
    let story = story_of_several(input, terminal);
    let story = story.map_or_else(String::new, |story| format!(" --story {}", shell_word(story.as_str())));
    let complete = input.facts.command(&format!("complete {}{story}", shell_word(&terminal.id)));
    let suggestion = format!("{complete} if it is merged, or {}", relink(input, terminal));
    let evidence = session_evidence(terminal);
    Finding { severity, ..undetermined(vec![terminal.id.clone()], message, suggestion, evidence) }
}

fn session_evidence(terminal: &Terminal) -> Evidence {
    match terminal.sessions.first() {
        Some(session) => Evidence::Session(session.at.clone()),
        None => Evidence::Place(terminal.id.clone()),
    }
}
