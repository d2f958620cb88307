//! The text of `check` and of git's hooks: where the work overlaps others', how sure that is, and what
//! to do.
//!
//! It fits a screen of 24 lines; with `-v` all is shown.

use std::collections::BTreeSet;

use crate::model::{
    CheckReport, ConflictRegion, DriftPath, Encounter, Excerpt, Finding, Known, Lines, Meeting, NeededWork,
    Party, RepoPath, Severity, TargetChange, shown_name,
};

use crate::render::encounters::{described, did, layer_words, named, names_a_file, own_did};
use crate::render::output::Subject;

use super::paint::{dim, green, hanging, line, red, wrapped, yellow};
use super::screen_page::Page;
use super::sync::{findings_list, possible_breaks};
use super::{Style, count, table::shortened};

/// What is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What was checked.
    pub subject: Subject,
    /// Whether overlaps that merge cleanly are shown.
    pub overlaps: bool,
    /// A closing sentence.
    pub closing: Option<String>,
}

/// For people.
pub fn human(report: &CheckReport, shown: &Shown, style: Style) -> String {
    let closing = shown
        .closing
        .as_ref()
        .map_or_else(String::new, |text| format!("\n{}", wrapped(text, 0, style.width)));
    let kept = kept(report, style);
    let mut page = Page::new(headline(report, shown.subject, style), kept, closing, style);
    if let Known::Unknown(reason) = &report.drift {
        let text = format!("whether it conflicts with {} is unknown: {reason}", report.target);
        page.add("note", &hanging(&format!("{} ", yellow("?")), &text, 2, style.width), None);
    }
    if !report.selection.filter().is_empty() {
        let flags = report.selection.filter().flags_of("--with");
        let hidden = match report.hidden {
            0 => String::new(),
            hidden => format!("; {} not shown", count(hidden, "result")),
        };
        let text = format!("Shown for {flags} alone{hidden}.");
        page.add("note", &dim(&wrapped(&text, 2, style.width)), None);
    }
    for (party, reason) in &report.undecided {
        let text = format!("{}: {reason}", named(party));
        page.add(
            "unknown result",
            &hanging(&format!("{} unknown  ", yellow("?")), &text, 4, style.width),
            None,
        );
    }
    let mut drifting: BTreeSet<&RepoPath> = BTreeSet::new();
    for drift in report.drift.known().into_iter().flatten().filter(|drift| drifting.insert(&drift.path)) {
        let line = drift_line(report, drift, style);
        page.add("conflict", &drift_block(report, drift, style), Some(&line));
    }
    let mut told: BTreeSet<(&RepoPath, &str, Option<&Party>)> = BTreeSet::new();
    for encounter in &report.encounters {
        if matches!(encounter.meeting, Meeting::Overlap(_)) && !shown.overlaps {
            continue;
        }
        let line = encounter_line(report, encounter, style);
        match encounter.meeting {
            Meeting::Conflict(_)
                if !told.insert((&encounter.path, &encounter.other.id, encounter.of.as_ref())) => {}
            Meeting::Conflict(_) => {
                page.add("conflict", &conflict_block(report, encounter, style), Some(&line));
            }
            Meeting::TheirsAlone => page.add("file", &theirs_block(&line, encounter, style), Some(&line)),
            Meeting::Unknown(_) => page.add("unknown result", &line, None),
            Meeting::Claim => page.add("file", &line, None),
            Meeting::Overlap(_) => page.add("file", &line, None),
        }
    }
    for change in report.target_alone() {
        let line = target_line(report, change, style);
        page.add("file", &format!("{line}{}", quoted(&change.excerpts, style)), Some(&line));
    }
    for finding in report.findings.iter().filter(|finding| style.verbose && !is_kept(finding)) {
        page.add("note", &findings_list([finding], style), None);
    }
    let possible = possible_breaks(report.findings.iter(), style);
    if !possible.is_empty() {
        page.add("note", &dim(&possible), None);
    }
    for note in report.notes.iter().filter(|_| !style.quiet) {
        page.add("note", &dim(&wrapped(note, 2, style.width)), None);
    }
    page.finish()
}

/// Whether a finding is shown however little room there is.
fn is_kept(finding: &Finding) -> bool {
    finding.severity > Severity::Info
}

/// What there is always room for: warnings and worse, and what to do in files of a kind.
fn kept(report: &CheckReport, style: Style) -> String {
    let findings = report.findings.iter().filter(|finding| is_kept(finding));
    let mends = report.mends.iter().filter(|_| !style.quiet);
    let mends = mends.map(|mend| hanging("  → ", mend, 4, style.width));
    let takes_back = report.takes_back.as_ref().map(|takes_back| {
        let told = hanging(&format!("{} ", yellow("!")), &takes_back.message(), 2, style.width);
        format!("\n{told}{}", hanging("    → ", &takes_back.advice(), 6, style.width))
    });
    takes_back.unwrap_or_default() + &findings_list(findings, style) + &mends.collect::<String>()
}

/// All kinds of the conflict with one terminal at one path: `rename/rename, directory rename`.
fn kinds(report: &CheckReport, encounter: &Encounter) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    let place = |one: &Encounter| (one.path.clone(), one.other.id.clone(), one.of.clone());
    for one in report.encounters.iter().filter(|one| place(one) == place(encounter)) {
        if let Meeting::Conflict(kind) = one.meeting
            && !kinds.contains(&kind.name())
        {
            kinds.push(kind.name());
        }
    }
    kinds.join(", ")
}

/// What to do now about an encounter, in the words of the checked terminal's reader.
pub fn advice(encounter: &Encounter, report: &CheckReport) -> String {
    let target = &report.target;
    let other = shown_name(&encounter.other.id);
    let is_whole = encounter.own_lines.is_empty() && encounter.other_lines.is_empty();
    let there = if is_whole { "this file" } else { "these lines" };
    match (&encounter.meeting, &encounter.turn) {
        (Meeting::Conflict(_), Some(turn)) => {
            let of_you = turn.own_first && encounter.of.is_none();
            let reason = if of_you { turn.reason.of_you() } else { turn.reason.of_it() };
            if let Some(of) = &encounter.of {
                let of = shown_name(&of.id);
                return match turn.own_first {
                    true => format!(
                        "{of} goes first: {reason}. {other} updates from {target} after that is merged."
                    ),
                    false => format!(
                        "{other} goes first: {reason}. After it is merged into {target}, run {} and resolve the conflict.",
                        report.update
                    ),
                };
            }
            match (turn.own_first, encounter.certain) {
                (true, true) => format!(
                    "You go first: {reason}. Continue; {other} updates from {target} after your merge."
                ),
                (true, false) => format!(
                    "You go first: {reason}. Ask {other} to avoid {there}, or to resolve the conflict later."
                ),
                (false, _) if !turn.lasts => format!(
                    "{other} goes first as long as this is not committed: {reason}. Then the merge order decides anew."
                ),
                (false, false) if encounter.needed.theirs => format!(
                    "{other} goes first: {reason}. The conflict may disappear, because its change is uncommitted: ask {other} first, or avoid {there}."
                ),
                (false, _) => format!(
                    "{other} goes first: {reason}. Avoid {there} until it is merged into {target}; then run {} and resolve the conflict.",
                    report.update
                ),
            }
        }
        (Meeting::Unknown(reason), _) => reason.advice_on_file().to_string(),
        (Meeting::Claim, _) => format!("Agree with {other} on who edits which part."),
        (Meeting::Overlap(_), _) => "Nothing to do: it merges cleanly.".to_string(),
        (Meeting::Conflict(_) | Meeting::TheirsAlone, _) => {
            format!("Avoid {there}, or agree with {other} first.")
        }
    }
}

fn headline(report: &CheckReport, subject: Subject, style: Style) -> String {
    let what = match subject {
        Subject::Work => format!("{} of {}", count(report.paths, "changed file"), report.own.id),
        Subject::Commit => format!("this commit of {}, {}", report.own.id, count(report.paths, "file")),
        Subject::Push => format!("this push of {}, {}", report.own.id, count(report.paths, "file")),
    };
    let (conflicts, files) = report.number_of_conflicts();
    let unknown = report.severities().filter(|severity| *severity == Severity::Error).count();
    let filter = report.selection.filter();
    let others = if filter.is_empty() { "the other terminals" } else { "the terminals that are shown" };
    let against = match report.own.id == report.target {
        true => format!("{what}, against {others}"),
        false => format!("{what}, against {others} and {}", report.target),
    };
    let text = match (conflicts, unknown) {
        (0, 0) if report.paths == 0 && report.encounters.is_empty() && !report.missing.is_empty() => {
            return missing(report, style);
        }
        (0, 0) => {
            let text = match nothing_changed(report, subject) {
                Some(nothing) => format!("no conflict: {nothing}"),
                None => format!("no conflict: {against}"),
            };
            let told = hanging(&format!("{} ", green(style.clean_sign())), &text, 2, style.width);
            return told + &missing(report, style);
        }
        (0, _) => {
            let text = format!("some results could not be determined: {against}");
            let told = hanging(&format!("{} ", yellow("?")), &text, 2, style.width);
            return told + &missing(report, style);
        }
        (_, _) if conflicts == files => format!("{}: {against}", count(conflicts, "conflict")),
        (_, _) => {
            format!("{} in {}: {against}", count(conflicts, "conflict"), count(files, "file"))
        }
    };
    hanging(&format!("{} ", red(style.conflict_sign())), &text, 2, style.width) + &missing(report, style)
}

/// That there is nothing to hold against the others, where that is so.
fn nothing_changed(report: &CheckReport, subject: Subject) -> Option<String> {
    let own = &report.own.id;
    if report.paths > 0 || subject != Subject::Work {
        return None;
    }
    Some(match (report.is_of_some_paths, *own == report.target) {
        (true, _) => format!("{own} has changed nothing there"),
        (false, true) => format!("{own} has no changes of its own; track-work status tells of all terminals"),
        (false, false) => format!("{own} has changed nothing that {} lacks", report.target),
    })
}

/// What was asked for and is not there.
fn missing(report: &CheckReport, style: Style) -> String {
    let line = |path: &RepoPath| {
        let places = match report.own.id == report.target {
            true => report.target.clone(),
            false => format!("{} or {}", report.own.id, report.target),
        };
        let text = format!(
            "nothing at {path}: it is not in {places}, and no other terminal is known to have changed it"
        );
        hanging(&format!("{} ", yellow("?")), &text, 2, style.width)
    };
    report.missing.iter().map(line).collect()
}

fn conflict_block(report: &CheckReport, encounter: &Encounter, style: Style) -> String {
    let sure = match (encounter.certain, encounter.needed) {
        (true, _) if encounter.pre_existing => "certain; already in earlier commits".to_string(),
        (true, _) if encounter.regions.iter().any(|region| !region.certain) => {
            "certain: commits alone conflict; more depends on uncommitted work".to_string()
        }
        (true, _) => "certain: commits alone conflict".to_string(),
        (false, NeededWork { ours: false, theirs: true }) => {
            format!("depends on uncommitted work of {}; may disappear", encounter.other.id)
        }
        (false, NeededWork { ours: true, theirs: true }) => {
            format!("depends on uncommitted work of {} and you; may disappear", encounter.other.id)
        }
        (false, NeededWork { ours: true, theirs: false }) => "depends on your uncommitted work".to_string(),
        (false, NeededWork { ours: false, theirs: false }) => {
            format!("your uncommitted work or that of {} is enough to cause it", encounter.other.id)
        }
    };
    let kind = kinds(report, encounter);
    let sign = red(style.conflict_sign());
    let mut out = path_with(&sign, &encounter.path, &format!("{kind}; {sure}"), style);
    out.push_str(&also(&encounter.also));
    let own = encounter.of.as_ref().map_or("you", |of| &of.id);
    let width = encounter.other.id.chars().count().max(own.chars().count());
    out.push_str(&line(&format!("    {own:width$}  {}", own_did(encounter))));
    let where_ = layer_words(encounter);
    let theirs = did(&encounter.meeting, encounter.other_change, &encounter.other_lines);
    out.push_str(&line(&format!("    {:width$}  {theirs}{where_}", encounter.other.id)));
    if style.verbose {
        out.push_str(&regions(&encounter.regions, [own, &encounter.other.id]));
    }
    out.push_str(&quoted(&encounter.excerpts, style));
    if let Some(of) = &encounter.of {
        out.push_str(&wrapped(
            &format!("{}, which ended in this worktree before", named(of)),
            4,
            style.width,
        ));
    }
    out.push_str(&wrapped(&described(&encounter.other), 4, style.width));
    out.push_str(&hanging("    → ", &advice(encounter, report), 6, style.width));
    out
}

/// All kinds of the conflict with the target at one path.
fn drift_kinds(report: &CheckReport, path: &RepoPath) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for one in report.drift.known().into_iter().flatten().filter(|one| one.path == *path) {
        if !kinds.contains(&one.kind.name()) {
            kinds.push(one.kind.name());
        }
    }
    kinds.join(", ")
}

fn drift_block(report: &CheckReport, drift: &DriftPath, style: Style) -> String {
    let target = &report.target;
    let sure = if drift.certain { "certain" } else { "depends on uncommitted work" };
    let kind = format!("{} with {target}; {sure}", drift_kinds(report, &drift.path));
    let mut out = path_with(&yellow(style.drift_sign()), &drift.path, &kind, style);
    out.push_str(&also(&drift.also));
    let width = target.chars().count().max(3);
    for (who, lines) in [("you", &drift.own_lines), (target.as_str(), &drift.target_lines)] {
        if !lines.is_empty() {
            out.push_str(&line(&format!("    {who:width$}  {}", Lines::phrase(lines))));
        }
    }
    out.push_str(&quoted(&drift.excerpts, style));
    let what = if names_a_file(drift.kind) { "also changed this" } else { "changes that conflict with it" };
    let now = format!("{target} has {what} {}. {}", report.since(), report.update_advice);
    out.push_str(&hanging("    → ", &now, 6, style.width));
    out
}

fn theirs_block(line: &str, encounter: &Encounter, style: Style) -> String {
    format!("{line}{}", quoted(&encounter.excerpts, style))
}

fn drift_line(report: &CheckReport, drift: &DriftPath, style: Style) -> String {
    let text = format!("{}: {} with {}", drift.path, drift_kinds(report, &drift.path), report.target);
    hanging(&format!("{} ", yellow(style.drift_sign())), &text, 4, style.width)
}

/// What the target did to a file that was asked for, in a line.
fn target_line(report: &CheckReport, change: &TargetChange, style: Style) -> String {
    let own = match (report.away(), change.own) {
        (Some(away), _) => format!("whether you change it is not known: {away}"),
        (None, true) => "you have changed it, too".to_string(),
        (None, false) => "you have not changed it".to_string(),
    };
    let (target, told, since) = (&report.target, change.told(), report.since());
    let text = format!("{}: {target} {told} {since}; {own}", change.path);
    hanging("  ", &text, 4, style.width)
}

/// An encounter in a line.
fn encounter_line(report: &CheckReport, encounter: &Encounter, style: Style) -> String {
    let other = &encounter.other.id;
    let theirs = did(&encounter.meeting, encounter.other_change, &encounter.other_lines);
    let own = own_did(encounter);
    let (sign, text) = match &encounter.meeting {
        Meeting::Conflict(_) => (
            red(style.conflict_sign()),
            match &encounter.of {
                Some(of) => {
                    let (of, kinds) = (named(of), kinds(report, encounter));
                    format!(
                        "{}: {kinds} of {of}, which ended here before, with {other}, {theirs}",
                        encounter.path
                    )
                }
                None => format!("{}: {} with {other}, {theirs}", encounter.path, kinds(report, encounter)),
            },
        ),
        Meeting::Unknown(reason) => (
            yellow("?"),
            format!("{}: {other} changed it; whether it conflicts is unknown: {reason}", encounter.path),
        ),
        Meeting::Claim => (
            yellow("!"),
            format!(
                "{}: {other} works on it too; whether your changes merge is not known; agree on who edits which part",
                encounter.path
            ),
        ),
        Meeting::Overlap(nearness) => {
            let near = nearness.told([&encounter.own_lines, &encounter.other_lines]);
            let near = near.map_or(String::new(), |near| format!("{near}, "));
            (
                " ".to_string(),
                format!("{}: you {own}, {other} {theirs}: {near}merges cleanly", encounter.path),
            )
        }
        Meeting::TheirsAlone => {
            let where_ = layer_words(encounter);
            let own = match report.away() {
                None => "you have not changed it".to_string(),
                Some(away) => format!("whether you change it is not known: {away}"),
            };
            let other = named(&encounter.other);
            (" ".to_string(), format!("{}: {other} {theirs}{where_}; {own}", encounter.path))
        }
    };
    hanging(&format!("{sign} "), &text, 4, style.width)
}

/// The regions of a conflict, a line each: `region: you 10-11, terminal-2 10-12`.
pub(super) fn regions(regions: &[ConflictRegion], names: [&str; 2]) -> String {
    let said = |region: &ConflictRegion| {
        let lines = region.sides?.map(|side| match side.is_deletion() {
            true => "nothing".to_string(),
            false => side.to_string(),
        });
        Some(line(&format!("    region: {} {}, {} {}", names[0], lines[0], names[1], lines[1])))
    };
    regions.iter().filter_map(said).collect()
}

fn also(paths: &[RepoPath]) -> String {
    paths.iter().map(|path| line(&format!("    also {path}"))).collect()
}

/// A blank line, then a path and what is said of it: beside it or, where that is too long, below.
fn path_with(sign: &str, path: &RepoPath, what: &str, style: Style) -> String {
    let beside = format!("{sign} {path}  {}", dim(what));
    match super::paint::shown_width(&beside) <= style.width {
        true => format!("\n{}", line(&beside)),
        false => {
            format!("\n{}{}", line(&format!("{sign} {path}")), line(&format!("    {}", dim(what))))
        }
    }
}

/// At most three lines of the excerpts; all with `-v`.
fn quoted(excerpts: &[Excerpt], style: Style) -> String {
    let most = if style.verbose { usize::MAX } else { 3 };
    let mut lines = Vec::new();
    for excerpt in excerpts {
        if excerpt.text.is_empty() {
            lines.push((excerpt.lines.end, "(lines removed after this one)".to_string()));
        }
        lines.extend((excerpt.lines.start..).zip(excerpt.text.iter().cloned()));
    }
    let more = lines.len() > most;
    let mut out = String::new();
    for (number, text) in lines.into_iter().take(most) {
        let label = format!("{number:>9} | ");
        let room = style.width.saturating_sub(label.len());
        out.push_str(&line(&dim(&format!("{label}{}", shortened(&text, room)))));
    }
    if more {
        out.push_str(&line(&dim("          | …")));
    }
    out
}
