//! The text of `merge`: what was merged, or where a run stands and how it goes on.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::model::{
    FailedCommand, FailedMerge, Known, LastRun, MadeHow, MergeAnswer, MergeRun, Oid, OpenConflict, RunEnd,
    RunPhase, RunStop, StoppedMerge, few, merge_command, shell_folder, shell_word, shown_path,
};

use super::paint::{bold, dim, green, hanging, line, red, wrapped, yellow};
use super::{Style, count};

/// As many lines of a side are shown, and as many regions of a file.
const LINES: usize = 8;
const REGIONS: usize = 3;

/// For people.
pub(super) fn human(answer: &MergeAnswer, style: Style) -> String {
    let mut out = match (answer.end, &answer.run, &answer.last) {
        (RunEnd::Undone, _, Some(last)) => undone(last, style),
        (RunEnd::Finished, Some(run), _) => finished(run, style),
        (RunEnd::Aborted, Some(run), _) => given_up(run, &answer.target_now, style),
        (RunEnd::Nothing, Some(run), _) => {
            let nothing = line(&format!("Nothing was merged into {}.", run.target));
            [nothing, failures(run, style)].concat()
        }
        (RunEnd::TargetFails, Some(run), _) => target_fails(run, style),
        (RunEnd::Status, None, Some(last)) => over(last, style),
        (RunEnd::Status, None, None) => line("No run is in progress."),
        (RunEnd::Stopped | RunEnd::Interrupted | RunEnd::Status, Some(run), _) => stands(answer, run, style),
        (_, _, _) => String::new(),
    };
    if let Some(why) = &answer.unrecorded {
        let text = format!("The tracking files were not brought up to date: {why}. Run track-work sync.");
        out.push_str(&wrapped(&yellow(&text), 0, style.width));
    }
    if !answer.files.is_empty() && !style.quiet {
        out.push_str(&wrapped(&format!("Updated {}.", answer.files.join(", ")), 0, style.width));
    }
    if let (RunEnd::Finished, false) = (answer.end, style.quiet) {
        out.push_str(&line("To take it back: track-work merge --undo"));
    }
    out
}

/// Others may have moved the target while the run stood still.
fn given_up(run: &MergeRun, now: &Known<Option<Oid>>, style: Style) -> String {
    let (target, from) = (&run.target, run.from.short());
    let text = match now {
        Known::Known(Some(now)) if *now == run.from => format!("Given up. {target} is as it was ({from})."),
        Known::Known(Some(now)) => format!(
            "Given up. Nothing was merged into {target}. Others moved it meanwhile: {from} → {}.",
            now.short()
        ),
        Known::Known(None) => {
            format!("Given up. Nothing was merged into {target}, which does not exist any more.")
        }
        Known::Unknown(_) => format!("Given up. Nothing was merged into {target}."),
    };
    style.plain(&wrapped(&text, 0, style.width))
}

fn finished(run: &MergeRun, style: Style) -> String {
    let merges = count(run.made.iter().filter(|made| made.commit.is_some()).count(), "merge");
    let text = format!(
        "{} Made {merges} into {}: {} → {}.",
        green(style.clean_sign()),
        run.target,
        run.from.short(),
        run.at.short()
    );
    let mut out = style.plain(&wrapped(&text, 0, style.width));
    if !style.quiet {
        out.push_str(&made(run));
        out.push_str(&skipped(run, style));
    }
    out.push_str(&failures(run, style));
    out
}

/// What failed on the target, before anything was merged.
fn target_fails(run: &MergeRun, style: Style) -> String {
    let Some(failure) = &run.broken else { return String::new() };
    let text = format!("{} fails by itself, so nothing was merged: {}.", run.target, failure.sentence());
    [wrapped(&red(&text), 0, style.width), last_lines(failure)].concat()
}

/// What was left out because a command failed on it.
fn failures(run: &MergeRun, style: Style) -> String {
    run.failed.iter().map(|failed| failed_merge(failed, run, style)).collect()
}

fn failed_merge(failed: &FailedMerge, run: &MergeRun, style: Style) -> String {
    let sign = red(style.conflict_sign());
    let text = format!("{sign} {} was left out: {}.", failed.terminal, failed.found.failure.sentence());
    let mut out = format!("\n{}", style.plain(&wrapped(&text, 0, style.width)));
    out.push_str(&wrapped(&failed.found.sentence(&run.target), 2, style.width));
    if !failed.without.is_empty() {
        let text = format!("Left out with it, because they need it: {}.", failed.without.join(", "));
        out.push_str(&wrapped(&text, 2, style.width));
    }
    out.push_str(&last_lines(&failed.found.failure));
    out
}

/// A line of a file or of a command's output.
fn code(text: &str) -> String {
    line(&text.replace('\t', "    "))
}

pub(super) fn last_lines(failure: &FailedCommand) -> String {
    failure.said.iter().map(|text| code(&format!("  | {text}"))).collect()
}

/// A line for each merge that was made.
fn made(run: &MergeRun) -> String {
    let digits = (run.made.len() + run.left.len()).to_string().len();
    let widest = run.made.iter().map(|made| made.terminal.chars().count()).max().unwrap_or_default();
    let one = |(at, made): (usize, &crate::model::MadeMerge)| {
        let commit = made.commit.map_or(String::new(), |commit| format!("  {}", commit.short()));
        let how = match made.how {
            MadeHow::Merged => "merged",
            MadeHow::Resolved => "merged, conflicts resolved",
            MadeHow::Remembered => "merged, conflicts resolved as before",
            MadeHow::Accepted => "merged, otherwise than predicted",
            MadeHow::Contained => "nothing to merge",
        };
        let is_checked = !run.is_unchecked() || at + 1 < run.made.len();
        let how = if is_checked { how.to_string() } else { format!("{how}, not checked yet") };
        let how = match &made.also[..] {
            [] => how,
            also => format!("{how}, with {}", few(also)),
        };
        line(&format!("{:>digits$}  {:widest$}{commit}  {}", at + 1, made.terminal, dim(&how)))
    };
    run.made.iter().enumerate().map(one).collect()
}

fn skipped(run: &MergeRun, style: Style) -> String {
    match &run.skipped[..] {
        [] => String::new(),
        names => hanging("Left out: ", &names.join(", "), 2, style.width),
    }
}

fn undone(last: &LastRun, style: Style) -> String {
    let text =
        format!("{} is at {} again, without {}.", last.target, last.from.short(), few(&last.terminals));
    wrapped(&text, 0, style.width)
}

fn over(last: &LastRun, style: Style) -> String {
    let text = format!(
        "No run is in progress. The last one merged {} into {}: {} → {}. To take it back: track-work merge --undo",
        few(&last.terminals),
        last.target,
        last.from.short(),
        last.to.short()
    );
    style.plain(&wrapped(&text, 0, style.width))
}

/// Where a run stands, and how it goes on.
fn stands(answer: &MergeAnswer, run: &MergeRun, style: Style) -> String {
    let mut out = wrapped(&headline(answer, run), 0, style.width);
    if !style.quiet {
        out.push_str(&made(run));
        out.push_str(&skipped(run, style));
    }
    out.push_str(&failures(run, style));
    for conflict in &answer.conflicts {
        out.push_str(&format!("\n{}", open(conflict, run, style)));
    }
    let detail = match &run.phase {
        RunPhase::Stopped(RunStop::Failed(said) | RunStop::Refused(said)) => {
            said.iter().map(|text| line(&format!("  | {text}"))).collect()
        }
        RunPhase::Stopped(RunStop::Differs(paths) | RunStop::Lacks(paths)) => {
            paths.iter().map(|path| line(&format!("  {path}"))).collect()
        }
        RunPhase::Stopped(RunStop::Conflict(_)) | RunPhase::Merging | RunPhase::Finishing => String::new(),
    };
    out.push_str(&detail);
    if answer.running.is_none() {
        out.push_str(&format!("\n{}", next(answer, run, style)));
    }
    out
}

fn headline(answer: &MergeAnswer, run: &MergeRun) -> String {
    let (number, of) = (run.made.len() + 1, run.made.len() + run.left.len());
    if let Some(by) = &answer.running {
        return format!("A run is in progress ({by}): {} of {of} merged.", run.made.len());
    }
    if run.is_unchecked() && run.phase == RunPhase::Merging {
        let on = run.made.last().map_or(&run.target, |made| &made.terminal);
        let commands = run.commands.join(", ");
        return yellow(&format!(
            "Interrupted after {} of {of}, before it was known whether {on} passes: {commands}. {} is not moved yet.",
            run.made.len(),
            run.target
        ));
    }
    let Some(merge) = run.left.first() else {
        let refused = matches!(run.phase, RunPhase::Stopped(_));
        let made = match of {
            1 => "The only merge is made".to_string(),
            of => format!("All {of} merges are made"),
        };
        return match refused {
            true => red(&format!("{made}, but {} could not be moved:", run.target)),
            false => yellow(&format!("{made}, and {} is not moved yet.", run.target)),
        };
    };
    let at = format!("{number} of {of}, {}", merge.terminal);
    if let Some((what, _)) = changed(answer, run) {
        return red(&format!("Stopped at {at}: {what}."));
    }
    match &run.phase {
        RunPhase::Stopped(RunStop::Conflict(paths)) => {
            let foretold = match answer.conflicts.iter().filter(|one| one.foretold).count() {
                all if all > 0 && all == answer.conflicts.len() => ", as predicted",
                0 if !answer.conflicts.is_empty() => ", which was not predicted",
                _ => "",
            };
            red(&format!("Stopped at {at}: conflicts in {}{foretold}.", count(paths.len(), "file")))
        }
        RunPhase::Stopped(RunStop::Differs(paths)) => red(&format!(
            "Stopped at {at}: the merge differs from its prediction in {}:",
            count(paths.len(), "file")
        )),
        RunPhase::Stopped(RunStop::Lacks(paths)) => red(&format!(
            "Stopped at {at}: made again after {} moved, the merge lacks what was changed by hand in {}:",
            run.target,
            count(paths.len(), "file")
        )),
        RunPhase::Stopped(RunStop::Failed(_)) => red(&format!("Stopped at {at}: git made no merge commit.")),
        RunPhase::Stopped(RunStop::Refused(_)) => {
            red(&format!("Stopped at {at}: {} could not be moved:", run.target))
        }
        RunPhase::Merging | RunPhase::Finishing => yellow(&format!("Interrupted before {at} was merged.")),
    }
}

/// A path with the lines of both sides.
fn open(conflict: &OpenConflict, run: &MergeRun, style: Style) -> String {
    let with = match (&conflict.with[..], conflict.target) {
        ([], true) => ", with the target".to_string(),
        ([], false) => String::new(),
        (names, true) => format!(", with the target and {}", few(names)),
        (names, false) => format!(", with {}", few(names)),
    };
    let mut out = line(&format!("{}  {}{with}", bold(&conflict.path.to_string()), conflict.kind));
    if conflict.regions.is_empty()
        && !conflict.is_submodule
        && matches!(&*conflict.kind, "content" | "add/add")
    {
        out.push_str(&line(&dim("  no conflict markers are left in it; `git add` it once it is right")));
    }
    let theirs = run.left.first().map_or("the terminal", |merge| &merge.terminal);
    // of several, it is not known whose each line is
    let ours = match &conflict.with[..] {
        names if !names.is_empty() && !conflict.target => format!("{} ({})", run.target, few(names)),
        _ => run.target.clone(),
    };
    for sides in conflict.regions.iter().take(REGIONS) {
        for (name, lines) in [ours.as_str(), theirs].into_iter().zip(sides) {
            out.push_str(&line(&format!("  {name}:")));
            if lines.is_empty() {
                out.push_str(&line(&dim("    (no lines)")));
            }
            lines.iter().take(LINES).for_each(|text| out.push_str(&code(&format!("    | {text}"))));
            if lines.len() > LINES {
                let more = format!("    … {}", count(lines.len() - LINES, "more line"));
                out.push_str(&line(&dim(&style.plain(&more))));
            }
        }
    }
    if conflict.regions.len() > REGIONS {
        let more = format!("  … {}", count(conflict.regions.len() - REGIONS, "more place"));
        out.push_str(&line(&dim(&style.plain(&more))));
    }
    out
}

/// What became of a merge at which the run stopped, where it is not as the stop left it, and what `--continue` does then, if
/// it goes on.
fn changed(answer: &MergeAnswer, run: &MergeRun) -> Option<(&'static str, Option<String>)> {
    let RunPhase::Stopped(stop) = &run.phase else { return None };
    let is_left = match (stop, answer.found?) {
        (RunStop::Conflict(_), found) => found == StoppedMerge::Conflict,
        (RunStop::Differs(_) | RunStop::Lacks(_), found) => found == StoppedMerge::Committed,
        (RunStop::Failed(_) | RunStop::Refused(_), found) => {
            matches!(found, StoppedMerge::Resolved | StoppedMerge::GivenUp)
        }
    };
    if is_left {
        return None;
    }
    Some(match answer.found? {
        StoppedMerge::Conflict => ("it was made again, with conflicts", Some("To look at them:".to_string())),
        StoppedMerge::Resolved => {
            ("nothing is in conflict any more", Some("To commit the merge and go on:".to_string()))
        }
        StoppedMerge::Committed => {
            ("the merge is committed there", Some("To take that over and go on:".to_string()))
        }
        StoppedMerge::GivenUp => {
            ("nothing of the merge is there any more", Some("To make it again:".to_string()))
        }
        StoppedMerge::Gone => {
            let folder = shown_path(&run.worktree);
            (
                "its folder is gone",
                Some(format!("{folder} does not exist any more. To make the merge again:")),
            )
        }
        StoppedMerge::Other => ("something else was committed there, so it cannot be continued", None),
    })
}

/// What to do.
fn next(answer: &MergeAnswer, run: &MergeRun, style: Style) -> String {
    let folder = shell_folder(&run.worktree);
    let terminal = run.next();
    let mut out = String::new();
    let changed = changed(answer, run);
    let conflicts = &answer.conflicts;
    let first = match &run.phase {
        RunPhase::Stopped(_) if changed.is_some() => match changed {
            Some((_, Some(then))) => then,
            Some((_, None)) | None => {
                out.push_str(&choices(run));
                return out;
            }
        },
        RunPhase::Stopped(RunStop::Conflict(_)) => {
            out.push_str(&line("Resolve the conflicts in this folder, and stage the files:"));
            out.push_str(&line(&format!("  cd {folder}")));
            out.push_str(&line("  git add FILE"));
            for conflict in conflicts.iter().filter(|conflict| conflict.is_submodule) {
                let path = shell_word(OsStr::from_bytes(conflict.path.as_bytes()));
                let choose = "stage the commit of the submodule that you want:";
                out.push_str(&wrapped(&format!("For {}, {choose}", conflict.path), 0, style.width));
                out.push_str(&line(&format!("  git update-index --cacheinfo 160000,COMMIT,{path}")));
            }
            "Then:".to_string()
        }
        RunPhase::Stopped(RunStop::Differs(_)) => {
            format!("Look at it with git -C {folder} show. To keep it as it is:")
        }
        RunPhase::Stopped(RunStop::Lacks(paths)) => {
            out.push_str(&line("To take that over from the earlier merge:"));
            let before = run.before.iter().find(|before| Some(&*before.terminal) == terminal);
            let commit = before.and_then(|before| before.commit).unwrap_or(run.at).short();
            let paths: Vec<String> =
                paths.iter().map(|path| shell_word(OsStr::from_bytes(path.as_bytes()))).collect();
            let restore = format!("restore --source={commit} --staged --worktree -- {}", paths.join(" "));
            out.push_str(&line(&format!("  git -C {folder} {restore}")));
            out.push_str(&line(&format!("  git -C {folder} commit --amend --no-edit")));
            "To go on with what is committed there:".to_string()
        }
        RunPhase::Stopped(RunStop::Failed(_)) => {
            let command = run.left.first().map_or(String::new(), |merge| merge_command(&merge.arguments));
            format!("It was: {command}, in {}. To try again:", shown_path(&run.worktree))
        }
        RunPhase::Stopped(RunStop::Refused(_)) => "Resolve that. Then:".to_string(),
        RunPhase::Merging | RunPhase::Finishing => "To go on:".to_string(),
    };
    out.push_str(&wrapped(&first, 0, style.width));
    out.push_str(&line("  track-work merge --continue"));
    out.push_str(&choices(run));
    out
}

/// What there is instead of going on.
fn choices(run: &MergeRun) -> String {
    let mut out = String::new();
    if let Some(terminal) = run.next() {
        out.push_str(&line(&format!("  track-work merge --skip       leaves {terminal} out")));
    }
    out.push_str(&line(&format!("  track-work merge --abort      leaves {} as it is", run.target)));
    out
}
