//! What is written of a file's conflicts: which appeared, which are gone, which are still there.

use std::collections::BTreeSet;

use crate::model::{
    Check, Edit, Evidence, Finding, Known, Lines, Reason, RecordedConflict, RepoPath, Report, SemanticClash,
    Step, Terminal, TerminalPair, TrackingFile, Value, Verdict, natural_order,
};

use super::{ConflictKey, EditContext, SyncPlan};

/// Brings `coordination.conflicts` up to date. Entries that are still true keep `detected` and
/// `resolution`; entries of another shape are a person's and stay.
pub(super) fn conflicts(report: &Report, context: &EditContext, file: &TrackingFile, plan: &mut SyncPlan) {
    let list: [Step; 2] = ["coordination".into(), "conflicts".into()];
    // several kinds of conflict in one file are one entry
    let mut wanted: Vec<(ConflictKey, &Finding)> = Vec::new();
    for finding in report.findings.iter().filter(|finding| is_recorded_in(finding, file, context.files)) {
        let key = key_of(finding, report);
        if wanted.iter().all(|(other, _)| *other != key) {
            wanted.push((key, finding));
        }
    }
    let mut known: BTreeSet<ConflictKey> = BTreeSet::new();
    let mut remove: Vec<usize> = Vec::new();
    for entry in &file.conflicts {
        let Some(key) = key_of_entry(entry, report, context.checks) else { continue };
        let first = known.insert(key.clone());
        match wanted.iter().find(|(other, _)| *other == key) {
            Some((_, finding)) if first => {
                for (name, value) in current_facts(finding, key.target.as_ref()) {
                    let at = [list[0].clone(), list[1].clone(), entry.index.into(), name.into()];
                    plan.edits.push(Edit::set(&file.name, &at, value));
                }
                plan.kept.push(key);
            }
            None if is_undetermined(report, &key, context.checks) => plan.kept.push(key),
            _ => {
                remove.push(entry.index);
                // where a session moved to another file, the conflict goes along
                if !report
                    .findings
                    .iter()
                    .any(|finding| finding.is_recorded() && key_of(finding, report) == key)
                {
                    plan.gone.push((key, entry.resolution.clone().filter(|text| !text.is_empty())));
                }
            }
        }
    }
    for index in remove.into_iter().rev() {
        plan.edits.push(Edit::remove(&file.name, &[list[0].clone(), list[1].clone(), index.into()]));
    }
    for (key, finding) in wanted.into_iter().filter(|(key, _)| !known.contains(key)) {
        let mut entry: Vec<(String, Value)> = vec![
            ("type".to_string(), key.kind.as_str().into()),
            ("file".to_string(), key.file.as_str().into()),
            ("terminals".to_string(), Value::texts(&key.terminals)),
        ];
        let mut facts = current_facts(finding, key.target.as_ref())
            .into_iter()
            .map(|(name, value)| (name.to_string(), value));
        entry.extend(facts.next());
        let others = context.files.iter().filter(|other| other.name != file.name);
        let same =
            |other: &&RecordedConflict| key_of_entry(other, report, context.checks).as_ref() == Some(&key);
        let before = others.flat_map(|other| &other.conflicts).filter(same);
        let before =
            before.max_by_key(|other| other.resolution.as_ref().is_some_and(|text| !text.is_empty()));
        let detected = before.and_then(|before| before.detected.as_deref()).unwrap_or(context.now);
        entry.push(("detected".to_string(), detected.into()));
        entry.extend(facts);
        let resolution = before.and_then(|before| before.resolution.as_deref()).unwrap_or_default();
        entry.push(("resolution".to_string(), resolution.into()));
        plan.edits.push(Edit::append(&file.name, &list, Value::Map(entry)));
        match before {
            Some(_) => plan.kept.push(key),
            None => plan.appeared.push(key),
        }
    }
}

/// What is brought up to date in an entry: `lines` first, then the target where they conflict with that, `action` and
/// `suggestion`.
fn current_facts(finding: &Finding, target: Option<&String>) -> Vec<(&'static str, Value)> {
    let lines: Vec<(&String, &[Lines])> = match &finding.evidence {
        Evidence::Conflict { lines_a, lines_b, drift: true, .. } => {
            let own = finding.terminals.iter().map(|id| (id, &lines_a[..]));
            own.chain(target.map(|target| (target, &lines_b[..]))).collect()
        }
        Evidence::Conflict { lines_a, lines_b, .. } | Evidence::Overlap { lines_a, lines_b, .. } => {
            finding.terminals.iter().zip([&lines_a[..], lines_b]).collect()
        }
        Evidence::Semantic(SemanticClash { sides: [_, users], found, .. }) => {
            users.iter().map(|user| (user, found.uses.lines.as_slice())).collect()
        }
        Evidence::Dependency { .. }
        | Evidence::File { .. }
        | Evidence::Session(_)
        | Evidence::Place(_)
        | Evidence::Failure { .. }
        | Evidence::Migrations(_) => Vec::new(),
    };
    let lines = lines.into_iter().filter(|(_, lines)| !lines.is_empty());
    let lines = lines.map(|(terminal, lines)| (terminal.clone(), Lines::list(lines).into()));
    let action = finding.recommendation.as_ref().map_or("coordinate", |known| known.action.name());
    let target = target.map(|target| ("target", target.as_str().into()));
    let advice = [("action", action.into()), ("suggestion", finding.suggestion.as_str().into())];
    std::iter::once(("lines", Value::Map(lines.collect()))).chain(target).chain(advice).collect()
}

fn key_of(finding: &Finding, report: &Report) -> ConflictKey {
    let drift = matches!(finding.evidence, Evidence::Conflict { drift: true, .. });
    let mut terminals = finding.terminals.clone();
    terminals.sort_by(|a, b| natural_order(a, b));
    let file = finding.path.as_ref().map_or(String::new(), ToString::to_string);
    let target = drift.then(|| report.facts.target.name.clone());
    ConflictKey { kind: finding.check.code.to_string(), file, terminals, target }
}

/// The key of an entry that this tool wrote; `None` for anything else. Earlier versions did not write the target.
fn key_of_entry(entry: &RecordedConflict, report: &Report, checks: &[&Check]) -> Option<ConflictKey> {
    let kind = entry.kind.clone()?;
    checks.iter().find(|check| check.code == kind && check.recorded.is_some())?;
    entry.detected.as_ref()?;
    let mut terminals = entry.terminals.clone();
    terminals.sort_by(|a, b| natural_order(a, b));
    let target = &report.facts.target.name;
    let mut called = report.facts.terminals.iter().filter(|terminal| terminals.contains(&terminal.id));
    let place = called.next().and_then(Terminal::place);
    let is_one_place = terminals.len() == 1 || place.is_some() && called.all(|one| one.place() == place);
    let is_drift = is_one_place && kind == "merge_conflict";
    let target = entry.target.clone().or_else(|| is_drift.then(|| target.clone()));
    Some(ConflictKey { kind, file: entry.file.clone()?, terminals, target })
}

/// A finding is recorded in the file that holds all its terminals; where there is none, in the first
/// file of each.
fn is_recorded_in(finding: &Finding, file: &TrackingFile, files: &[TrackingFile]) -> bool {
    let holds =
        |file: &TrackingFile, id: &String| file.sessions.iter().any(|session| session.at.terminal == *id);
    let mut by_mode: Vec<&TrackingFile> = files.iter().collect();
    by_mode.sort_by_key(|file| (file.mode, &file.name));
    let is_this = |found: Option<&&TrackingFile>| found.is_some_and(|found| found.name == file.name);
    let all = by_mode.iter().find(|file| finding.terminals.iter().all(|id| holds(file, id)));
    finding.is_recorded()
        && match all {
            Some(_) => is_this(all),
            None => finding.terminals.iter().any(|id| is_this(by_mode.iter().find(|file| holds(file, id)))),
        }
}

/// Whether it is unknown now if a recorded conflict is gone. A terminal that is complete and no longer
/// in git cannot conflict any more.
fn is_undetermined(report: &Report, key: &ConflictKey, checks: &[&Check]) -> bool {
    let terminals = &report.facts.terminals;
    let finished = |terminal: &Terminal| terminal.is_complete() && terminal.place().is_none();
    if terminals.iter().any(|terminal| key.terminals.contains(&terminal.id) && finished(terminal)) {
        return false;
    }
    let by_declaration = checks.iter().any(|check| check.code == key.kind && check.by_declaration);
    let is_open_at = |undecided: &[(RepoPath, Reason)]| {
        let mut undecided = undecided.iter();
        undecided.any(|(path, reason)| path.to_string() == key.file || reason.reaches_other_paths())
    };
    let drift_unknown = key.target.is_some()
        && terminals.iter().filter(|one| key.terminals.contains(&one.id)).any(|one| {
            let drift = one.place().and_then(|place| report.judgements.drift.get(&place));
            drift.is_some_and(|drift| match &drift.work {
                Known::Unknown(_) => true,
                Known::Known(outcome) => is_open_at(&outcome.undecided),
            })
        });
    let unknown_pair = report.judgements.pairs.iter().any(|pair| {
        let both =
            key.terminals.contains(&terminals[pair.a].id) && key.terminals.contains(&terminals[pair.b].id);
        let unlinked = terminals[pair.a].place().is_none() || terminals[pair.b].place().is_none();
        let is_open = matches!(pair.verdict, Verdict::Unknown(_)) || is_open_at(&pair.undecided);
        both && is_open && !(by_declaration && unlinked)
    });
    let drifts = |pair: &TerminalPair| {
        let mut unknown = pair.overlaps.iter().filter(|overlap| overlap.both_drift);
        unknown.any(|overlap| overlap.path.to_string() == key.file)
    };
    let both_drift = report.judgements.pairs.iter().any(|pair| {
        let ids = [pair.a, pair.b].map(|at| &terminals[at].id);
        !by_declaration && ids.iter().all(|id| key.terminals.contains(id)) && drifts(pair)
    });
    let unseen = |id: &String| {
        terminals.iter().any(|terminal| {
            terminal.id == *id && terminal.place().is_some() && report.facts.tip(terminal).is_none()
        })
    };
    unknown_pair || drift_unknown || both_drift || key.terminals.iter().any(unseen)
}
