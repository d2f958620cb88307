//! `statusline`: one line for a prompt, for tmux, or for an agent's status line. It never fails: whoever shows a
//! prompt has no use for an error.

use std::cell::Cell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::cli::{Format, Global, StatusLineArgs};
use crate::context::Context;
use crate::files;
use crate::hooks::run::Fault;
use crate::model::{Evidence, Finding, Report, Severity, StatusLine, Terminal, UnderWay, Verdict};
use crate::pipeline::{self, Workspace};
use crate::planning::precedence;
use crate::render::Output;

use super::hooks::{no_longer_than, while_in_time};
use super::{Reply, open_options};

/// An agent's event is no longer than this.
const LONGEST_EVENT: u64 = 1 << 20;

/// So long an event is waited for, where something else than a terminal is the input.
const WAIT: Duration = Duration::from_millis(200);

/// Older lines are of no use to anybody.
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A line that takes longer is not made.
const LIMIT: Duration = Duration::from_secs(1);

/// After that, so long none is tried to be made.
const PAUSE: Duration = Duration::from_secs(600);

/// A kept line is no longer than this.
const LONGEST_LINE: u64 = 1 << 16;

pub(super) fn run(args: &StatusLineArgs, global: &Global, context: &Context) -> Reply {
    let folder = match context.has_input {
        true => event().and_then(|event| named_folder(&event)),
        false => None,
    };
    let context = &context.inside(folder.filter(|folder| folder.is_absolute()).as_deref());
    // of a repository that a variable names it is not known which files change with its work
    let is_named = context.git.git_dir.is_some();
    let found = if is_named { Some(context.working_dir.clone()) } else { worktree(&context.working_dir) };
    let Some(top) = found else { return Output::Verbatim(String::new()).into() };
    // nothing is kept inside of a repository
    let may_keep = !global.no_cache && !is_named;
    let caches = context.cache_dir.as_ref().filter(|caches| may_keep && !caches.starts_with(&top));
    let kept = caches.map(|caches| kept_at(caches, &top, global));
    let most = Duration::from_secs_f64(args.max_age.unwrap_or(5.0));
    let known = kept.as_deref().and_then(|path| KeptStatusLine::read(path, &top));
    if let Some(known) = known.as_ref().filter(|known| known.is_young(context.now.into(), most)) {
        return shown(known.line.clone(), known.late, global, context);
    }
    let (options, at) = (open_options(global, context), context.clone());
    let cut = known.as_ref().and_then(|known| known.cut);
    let (tell, told) = mpsc::channel();
    let so_far = while_in_time(LIMIT, tell);
    let made = no_longer_than(LIMIT, move || {
        Workspace::open(&options).map(|workspace| status_line(&workspace, &at, cut, &so_far))
    });
    let now = Some(SystemTime::from(context.now));
    let (line, late, cut) = match (made, told.try_iter().last()) {
        (Ok(Ok(Some(made))), _) => (Some(made), false, None),
        (Ok(Ok(None)), so_far) => (so_far, false, cut),
        (Ok(Err(_)) | Err(Fault::Panicked), _) => return Output::Verbatim(String::new()).into(),
        (Err(Fault::TimedOut(_)), Some(so_far)) => (Some(so_far), false, now),
        (Err(Fault::TimedOut(_)), None) => (known.and_then(|known| known.line), true, None),
    };
    if let Some(path) = kept {
        keep(&path, &KeptStatusLine { top, line: line.clone(), late, cut, written: None });
    }
    shown(line, late, global, context)
}

/// The line; where it would take too long to make one, that of earlier, or what to do.
fn shown(line: Option<StatusLine>, late: bool, global: &Global, context: &Context) -> Reply {
    match line {
        Some(line) => {
            let age = late.then(|| context.now.timestamp() - line.as_of);
            Output::StatusLine(StatusLine { age, ..line }).into()
        }
        None if late && global.format == Format::Human => {
            let text = "there is too much to look at for one line: run track-work status\n";
            Output::Verbatim(text.to_string()).into()
        }
        None => Output::Verbatim(String::new()).into(),
    }
}

/// A line with the worktree that it is of.
#[derive(Serialize, Deserialize)]
struct KeptStatusLine {
    top: PathBuf,
    line: Option<StatusLine>,
    /// Whether the last attempt took too long; the line is that of an earlier one.
    late: bool,
    /// When it was last tried in vain to find out all that it could say; the line has the rest.
    cut: Option<SystemTime>,
    /// When it was kept, where it was read.
    #[serde(skip)]
    written: Option<SystemTime>,
}

impl KeptStatusLine {
    /// That of a worktree; `None` where there is none, or it is too old for anybody.
    fn read(path: &Path, top: &Path) -> Option<KeptStatusLine> {
        let written = std::fs::symlink_metadata(path).ok()?.modified().ok()?;
        let kept: KeptStatusLine = serde_json::from_slice(&files::read(path, LONGEST_LINE).ok()?).ok()?;
        (kept.top == top).then_some(KeptStatusLine { written: Some(written), ..kept })
    }

    /// Whether it is young enough, and older than no change of the worktree's head or index. After an attempt that took
    /// too long, the next one is made later.
    fn is_young(&self, now: SystemTime, most: Duration) -> bool {
        let Some((written, age)) = self.written.and_then(|at| Some((at, now.duration_since(at).ok()?)))
        else {
            return false;
        };
        if self.late {
            return age < PAUSE;
        }
        let is_newer = |name: &str| {
            let changed = std::fs::metadata(self.git_dir().join(name)).and_then(|found| found.modified());
            changed.is_ok_and(|changed| changed >= written)
        };
        age <= most && !["HEAD", "index", "logs/HEAD"].into_iter().any(is_newer)
    }

    fn git_dir(&self) -> PathBuf {
        match self.top.join(".git") {
            folder if folder.is_dir() => folder,
            link => match files::read_text(&link, LONGEST_LINE) {
                Ok(text) => self.top.join(text.trim().strip_prefix("gitdir: ").unwrap_or_default()),
                Err(_) => self.top.clone(),
            },
        }
    }
}

/// Keeps a line, and no other that is older than a day. If that fails, the next run takes longer.
fn keep(path: &Path, record: &KeptStatusLine) {
    let folder = files::folder_of(path);
    _ = std::fs::create_dir_all(folder);
    for known in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let written = known.metadata().and_then(|found| found.modified());
        if written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age > OLDEST)) {
            _ = std::fs::remove_file(known.path());
        }
    }
    _ = serde_json::to_vec(record).map(|text| files::put_private(path, &text));
}

/// The event of an agent on stdin; nothing if it does not come.
fn event() -> Option<serde_json::Value> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let read = std::io::stdin().lock().take(LONGEST_EVENT).read_to_end(&mut text);
        _ = sender.send(read.map(|_| text));
    });
    serde_json::from_slice(&receiver.recv_timeout(WAIT).ok()?.ok()?).ok()
}

/// The folder that an agent works in, as Claude Code names it.
fn named_folder(event: &serde_json::Value) -> Option<PathBuf> {
    let named = event["workspace"]["current_dir"].as_str().or_else(|| event["cwd"].as_str())?;
    Some(PathBuf::from(named)).filter(|folder| folder.is_dir())
}

/// The top of the worktree that a folder is in, or a bare repository.
fn worktree(folder: &Path) -> Option<PathBuf> {
    let is_top = |folder: &&Path| folder.join(".git").exists() || folder.join("HEAD").is_file();
    folder.ancestors().find(is_top).map(Path::to_path_buf)
}

/// Where the line of a worktree is kept.
fn kept_at(caches: &Path, top: &Path, global: &Global) -> PathBuf {
    let asked = format!("{top:?} {:?} {:?} {:?}", global.target, global.tracking_dir, global.remotes);
    caches.join("statusline").join(format!("{:016x}", xxhash_rust::xxh3::xxh3_64(asked.as_bytes())))
}

/// The line; `so_far` gets it as far as it is known, before it is looked for what takes longer. That is not done again soon
/// after it was `cut`, unless more is known by now.
fn status_line(
    workspace: &Workspace,
    context: &Context,
    cut: Option<SystemTime>,
    so_far: &dyn Fn(StatusLine),
) -> Option<StatusLine> {
    let is_soon = |at: SystemTime| {
        let age = SystemTime::from(context.now).duration_since(at).unwrap_or_default();
        age < PAUSE && workspace.answers_kept().is_none_or(|kept| kept <= at + LIMIT)
    };
    let stops = cut.is_some_and(is_soon);
    let steps = Cell::new(0);
    let told = |report: Report| {
        so_far(StatusLine { ready: None, breaks: None, ..line_of(workspace, context, &report) });
        steps.set(steps.get() + 1);
        // the first one does not say who goes first
        !stops || steps.get() < 2
    };
    let report = pipeline::report_in_steps(workspace, &workspace.tracking(), &told)?;
    Some(line_of(workspace, context, &report))
}

fn line_of(workspace: &Workspace, context: &Context, report: &Report) -> StatusLine {
    let facts = &report.facts;
    let current = workspace.repository.current_worktree();
    let place =
        facts.places.iter().position(|place| current.is_some() && place.worktree.as_deref() == current);
    let there = place.map_or_else(Vec::new, |place| facts.at_work(place));
    let own = there.first().copied();
    // what is still to be merged of those who ended there before is in the branch, too
    let all_there = facts.terminals.iter().filter(|terminal| own.is_some() && terminal.place() == place);
    let all_there: Vec<&Terminal> = all_there.collect();
    let mut line = StatusLine {
        terminal: own.map(|_| joined(&there)),
        target: facts.target.name.clone(),
        terminals: facts.terminals.len(),
        ready: Some(report.ready_merges()),
        as_of: context.now.timestamp(),
        ..StatusLine::default()
    };
    match own {
        Some(_) => add_own(&mut line, report, &all_there),
        None => add_all(&mut line, report),
    }
    line.breaks = Some(breaks(report, &all_there));
    for names in [&mut line.conflicts, &mut line.first] {
        names.sort();
        names.dedup();
    }
    line.unknown += usize::from(workspace.repository.hides_main_worktree());
    let tip = own.and_then(|own| own.place()).and_then(|place| facts.tip_at(place));
    line.behind = tip.map_or(0, |tip| tip.behind);
    line.in_progress = tip.and_then(|tip| tip.under_way.as_ref()).map(UnderWay::progress);
    line
}

/// The names of those who work in one place.
fn joined(there: &[&Terminal]) -> String {
    let mut names: Vec<&str> = there.iter().map(|terminal| terminal.id.as_str()).collect();
    names.dedup();
    names.join(", ")
}

/// With whom the work in one place conflicts, and who of them goes first.
fn add_own(line: &mut StatusLine, report: &Report, there: &[&Terminal]) {
    let is_own = |one: &Terminal| there.iter().any(|own| own.id == one.id);
    let (facts, judgements) = (&report.facts, &report.judgements);
    line.goes_first = true;
    let going_on =
        there.first().and_then(|one| one.place()).map_or_else(Vec::new, |place| facts.at_work(place));
    for pair in &judgements.pairs {
        let [a, b] = [pair.a, pair.b].map(|at| &facts.terminals[at]);
        let (own, other) = match (is_own(a), is_own(b)) {
            (true, false) => (a, b),
            (false, true) => (b, a),
            (true, true) | (false, false) => continue,
        };
        match &pair.verdict {
            Verdict::Conflict => {
                line.unknown += usize::from(!pair.undecided.is_empty());
                line.conflicts.push(other.id.clone());
                match precedence(own, other, facts, &judgements.turns) {
                    Some(turn) if turn.first.id == other.id => line.first.push(other.id.clone()),
                    // that who ended there goes first is nothing that who goes on does
                    Some(_) => line.goes_first &= going_on.iter().any(|one| std::ptr::eq(*one, own)),
                    None => line.goes_first = false,
                }
            }
            Verdict::Unknown(_) => line.unknown += 1,
            Verdict::Disjoint | Verdict::Overlap => {}
        }
    }
    line.goes_first &= line.first.is_empty() && !line.conflicts.is_empty();
    if let Some(at) = there.first().and_then(|own| own.place()) {
        match judgements.drift.get(&at).and_then(|drift| drift.work.known()) {
            Some(work) => {
                line.with_target = !work.conflicts.is_empty();
                let is_open = !work.undecided.is_empty() || !line.with_target && !work.is_clean();
                line.unknown += usize::from(is_open);
            }
            None => line.unknown += 1,
        }
    }
    if line.unknown == 0 {
        let concerns = |finding: &&Finding| {
            finding.terminals.is_empty() || there.iter().any(|own| finding.terminals.contains(&own.id))
        };
        line.unknown =
            report.findings.iter().filter(concerns).filter(|one| one.severity == Severity::Error).count();
    }
}

/// How much breaks without a conflict, of the work of those who work in one place; of all work where nobody does.
fn breaks(report: &Report, there: &[&Terminal]) -> usize {
    let concerns =
        |finding: &&Finding| there.is_empty() || there.iter().any(|own| finding.terminals.contains(&own.id));
    let found = report.findings.iter().filter(|one| one.is_counted_break());
    found.filter(concerns).count()
}

/// Who conflicts with anybody, and how much is not determined, as `status` counts it.
fn add_all(line: &mut StatusLine, report: &Report) {
    for finding in &report.findings {
        match finding.severity {
            Severity::Conflict => {
                line.conflicts.extend(finding.terminals.iter().cloned());
                line.with_target |= matches!(finding.evidence, Evidence::Conflict { drift: true, .. });
            }
            Severity::Error => line.unknown += 1,
            Severity::Warning | Severity::Info => {}
        }
    }
}
