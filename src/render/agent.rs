//! What a coding agent is told: whom the file that it writes meets, the nearest first.

use crate::model::{CheckReport, DriftPath, Encounter, Excerpt, Lines, Meeting, Nearness, shown_name};

use super::human::check::{advice, described, did, layer_words};

/// As many lines of the others' text are shown of one file of one terminal.
const LINES: usize = 24;

/// What others did to the files, in at most `most` characters; empty where nobody did anything.
/// `from`: the worktree that the agent works in, where the files are in another one.
pub fn writing(report: &CheckReport, from: Option<&str>, most: usize) -> String {
    let drift = report.drift.known().into_iter().flatten().map(|one| drift_block(report, one));
    let blocks: Vec<String> = report.encounters.iter().map(|one| block(report, one)).chain(drift).collect();
    if blocks.is_empty() {
        return String::new();
    }
    let mut head = format!("track-work: {}This is what others do with the same file:\n", who(report, from));
    for (party, reason) in &report.undecided {
        head.push_str(&format!("What {} does is unknown: {reason}\n", party.id));
    }
    joined(&head, &blocks, most)
}

/// As whom the agent writes: what stands in a worktree is the work of that worktree's terminal, from
/// wherever it is written.
fn who(report: &CheckReport, from: Option<&str>) -> String {
    let own = &report.own.id;
    match from {
        None => format!("you are {own}. "),
        Some(from) => format!(
            "you work in {from}, but this file is in the worktree of {own}, so what you write there becomes the \
             work of {own}; below, \"you\" is {own}. "
        ),
    }
}

/// Why the write is stopped.
pub fn denied(report: &CheckReport, from: Option<&str>, reasons: &[&Encounter], most: usize) -> String {
    let mind = from.map_or(String::new(), |_| format!(" Mind: {}", who(report, from).trim_end()));
    let head = format!(
        "Stopped by track-work: this write would certainly conflict when {} is merged, and it is your turn to wait.{mind}\n",
        report.own.id
    );
    let blocks: Vec<String> = reasons.iter().map(|one| block(report, one)).collect();
    joined(&head, &blocks, most)
}

/// The conflicts that are new at the end of a turn.
pub fn new_conflicts(report: &CheckReport, found: &[&Encounter], most: usize) -> String {
    let head = format!(
        "track-work: while you worked, the work of {} came into conflict with others'. Tell whoever gave you \
         the task, and do what is said below as far as it is yours to do.\n",
        report.own.id
    );
    let blocks: Vec<String> = found.iter().map(|one| block(report, one)).collect();
    joined(&head, &blocks, most)
}

/// One line that is the same as long as a conflict is the same.
pub fn key(conflict: &Encounter) -> String {
    let kind = match conflict.meeting {
        Meeting::Conflict(kind) => kind.name(),
        Meeting::Unknown(_) | Meeting::Claim | Meeting::Overlap(_) | Meeting::TheirsAlone => "",
    };
    format!("{}\t{}\t{kind}", conflict.path, conflict.other.id)
}

/// As many whole blocks as fit, and how many do not.
fn joined(head: &str, blocks: &[String], most: usize) -> String {
    let length = |text: &str| text.encode_utf16().count().max(text.chars().count());
    let rest = |left: usize| format!("\n{left} more: track-work check shows all.\n");
    let room = most.saturating_sub(rest(blocks.len()).len());
    let mut out = head.to_string();
    for (at, block) in blocks.iter().enumerate() {
        if length(&out) + length(block) > room {
            out.push_str(&rest(blocks.len() - at));
            break;
        }
        out.push_str(block);
    }
    out
}

fn block(report: &CheckReport, one: &Encounter) -> String {
    let lines: Vec<Lines> =
        one.other_lines.iter().chain(one.excerpts.iter().map(|one| &one.lines)).copied().collect();
    let theirs = did(one.other_change, &lines);
    let mut out = format!("\n{}: {} {theirs}{}.", one.path, one.other.id, layer_words(one.layers));
    for name in &one.also {
        out.push_str(&format!(" Also called {name}."));
    }
    out.push_str(&format!(" {}.\n", described(&one.other)));
    out.push_str(&quoted(&one.excerpts));
    let says = match &one.meeting {
        Meeting::Conflict(kind) => {
            let sides = [("your", &one.own_lines), ("its", &one.other_lines)];
            let shown = sides.into_iter().filter(|(_, lines)| !lines.is_empty());
            let lines: Vec<String> =
                shown.map(|(whose, lines)| format!("{whose} {}", Lines::phrase(lines))).collect();
            let lines =
                if lines.is_empty() { String::new() } else { format!(": {}", lines.join(" against ")) };
            format!("git merge of the two would stop here ({}{lines}).", kind.name())
        }
        Meeting::Unknown(reason) => format!("Whether it merges is unknown: {reason}."),
        Meeting::Claim => "Git cannot say whether the two merge.".to_string(),
        Meeting::Overlap(Nearness::Touching) => "It still merges cleanly, with adjacent lines.".to_string(),
        Meeting::Overlap(Nearness::Near(_) | Nearness::Apart | Nearness::Unknown) => {
            "It merges cleanly.".to_string()
        }
        Meeting::TheirsAlone => "You have not changed it so far.".to_string(),
    };
    out.push_str(&says);
    if !matches!(one.meeting, Meeting::Overlap(_)) {
        out.push_str(&format!(" {}", advice(one, report)));
    }
    out.push('\n');
    out
}

fn drift_block(report: &CheckReport, one: &DriftPath) -> String {
    let target = &report.target;
    let lines = Lines::phrase(&one.target_lines);
    let lines = if lines.is_empty() { lines } else { format!(" ({lines})") };
    format!(
        "\n{}: {target} itself has changed the same{lines} since you began.\n{}git merge of {} into {target} would stop here. Take {target} in first: {}.\n",
        one.path,
        quoted(&one.excerpts),
        shown_name(&report.own.id),
        report.update,
    )
}

fn quoted(excerpts: &[Excerpt]) -> String {
    let mut out = String::new();
    let mut shown = 0;
    for (at, excerpt) in excerpts.iter().enumerate() {
        if shown >= LINES {
            out.push_str(&format!("  … and {} more places\n", excerpts.len() - at));
            break;
        }
        if excerpt.text.is_empty() {
            out.push_str(&format!("  {} | (lines removed behind this one)\n", excerpt.lines.start));
            shown += 1;
        }
        for (number, text) in (excerpt.lines.start..).zip(&excerpt.text) {
            out.push_str(&format!("  {number} | {text}\n"));
            shown += 1;
        }
        let last = excerpt.lines.start + excerpt.text.len() as u32;
        if !excerpt.text.is_empty() && last <= excerpt.lines.end {
            out.push_str(&format!("  … to line {}\n", excerpt.lines.end));
        }
    }
    out
}
