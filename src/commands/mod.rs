//! One file per subcommand: arguments, pipeline, output. No command prints, and none knows the format.
//!
//! To add a command: its arguments in `cli`, a file here and its case in [`run`]'s helper `reply`, and a
//! variant of `render::Output`.

mod archive;
mod asking;
mod check;
mod compare;
mod complete;
pub mod completions;
mod demo;
mod doctor;
pub mod failure;
mod help;
pub mod hints;
mod hooks;
mod init;
mod log;
mod man;
mod mcp;
mod merge;
mod merge_driver;
mod merge_order;
mod moving;
mod onlooker;
mod register;
mod report;
mod resolving;
mod schema;
mod search_line;
mod selected;
mod sessions;
mod share;
mod status;
mod statusline;
mod sync;
mod unregister;
mod update;
mod values;
mod verify;
mod watch;
mod writing;

use std::mem::{self, ManuallyDrop};

use crate::cli::{Cli, Command, Format, Global, HooksCommand};
use crate::commands::failure::Failure;
use crate::context::Context;
pub use crate::git::Pager;
use crate::git::end_all;
use crate::model::{Finding, in_line, shown, shown_path};
use crate::pipeline::{OpenOptions, Workspace};
use crate::render::{self, Output, Printed, Style};

/// What a run prints, and how it ends.
pub struct Printout {
    /// For stderr, first.
    pub notes: String,
    /// For stdout, piece by piece, each to be shown as soon as it is there.
    pub out: Box<dyn Iterator<Item = String>>,
    /// For stderr, last.
    pub err: String,
    /// What shows the answer, where that is longer than the screen.
    pub pager: Option<Pager>,
    /// Whether there are findings at or above `--fail-on`: exit status 1.
    pub found: bool,
}

impl Printout {
    /// An answer of pieces, with nothing found.
    fn of(out: impl Iterator<Item = String> + 'static) -> Printout {
        Printout { notes: String::new(), out: Box::new(out), err: String::new(), pager: None, found: false }
    }
}

/// What a command answers, with warnings and notes.
struct Reply {
    output: Output,
    /// Problems of the settings that the output does not show.
    troubles: Vec<Finding>,
    /// Shown with `-v`.
    notes: Vec<String>,
}

impl From<Output> for Reply {
    fn from(output: Output) -> Reply {
        Reply { output, troubles: Vec::new(), notes: Vec::new() }
    }
}

/// Runs the command.
///
/// # Errors
/// When the run itself failed; the caller exits with status 2.
pub fn run(cli: &Cli, context: &Context) -> Result<Printout, Failure> {
    let global = &cli.global;
    let mut context = context.inside(global.directory.as_deref());
    if answers_hooks(cli) {
        context.git = context.git.without_repository();
    }
    let context = &context;
    if let (Some(directory), false) = (&global.directory, context.working_dir.is_dir() || answers_hooks(cli))
    {
        return Err(Failure::new(format!("cannot start in {}: no such folder", shown_path(directory)))
            .help("choose an existing folder with -C PATH"));
    }
    if let (Some(text), false) = (&context.wrong_now, answers_hooks(cli)) {
        return Err(Failure::new(format!("TRACK_WORK_NOW={} is no time", shown(text)))
            .help("write it like 2025-11-15T10:00:00Z, or unset it"));
    }
    if let Command::Compare(args) = &cli.command
        && args.stdin
    {
        let lines = compare::answers(args, global, context);
        return Ok(Printout::of(lines));
    }
    if let Command::Status(args) = &cli.command
        && args.watch
    {
        return watch::run(args, global, context);
    }
    if let Command::Mcp = &cli.command {
        mcp::serve()?;
        return Ok(Printout::of(std::iter::empty()));
    }
    if let Command::MergeDriver(args) = &cli.command {
        return merge_driver::run(args, context);
    }
    // the process ends with this reply; to take down before what it was made of takes some percent of its time
    let reply = ManuallyDrop::new(reply(cli, context, mem::forget)?);
    Ok(printed(&reply, global, context))
}

/// Removes temporary folders, and ends programs, that a run still has. To be called when everything is written: what a
/// reply was made of is not taken down by then.
pub fn leave_nothing() {
    end_all();
}

/// The one place where the format is chosen.
fn printed(reply: &Reply, global: &Global, context: &Context) -> Printout {
    let Reply { output, troubles, notes } = reply;
    let Printed { out, mut err } = match global.format {
        Format::Human => render::human(output, style(global, context)),
        Format::Json => render::json(output),
    };
    troubles.iter().for_each(|trouble| err.push_str(&format!("warning: {}\n", in_line(&trouble.message))));
    let notes =
        notes.iter().filter(|_| global.verbose).map(|note| format!("note: {}\n", in_line(note))).collect();
    let severities = troubles.iter().map(|trouble| trouble.severity).chain(output.worst());
    let found = output.stops_git() || severities.max().is_some_and(|worst| global.fail_on.includes(worst));
    let pager = pager(&out, global, context);
    Printout { notes, err, pager, found, ..Printout::of(std::iter::once(out)) }
}

/// What shows a text that is longer than the screen.
fn pager(text: &str, global: &Global, context: &Context) -> Option<Pager> {
    let [columns, rows] = context.screen.filter(|_| !global.no_pager)?;
    let rows_of = |line: &str| render::shown_width(line).div_ceil(columns.max(1)).max(1);
    // one row is left for the prompt
    let needed: usize = text.lines().map(rows_of).sum();
    (needed >= rows).then(|| Pager::of(&context.working_dir)).flatten()
}

/// How text for people looks.
fn style(global: &Global, context: &Context) -> Style {
    Style {
        width: context.width,
        shortens: context.at_terminal,
        ascii: global.ascii || context.ascii,
        verbose: global.verbose,
        quiet: global.quiet,
        crowded: false,
    }
}

/// Carries a command out. `close` gets what was opened for it: the memory is only left as it is where the process ends.
fn reply(cli: &Cli, context: &Context, close: fn(Workspace)) -> Result<Reply, Failure> {
    let global = &cli.global;
    let for_people = match global.format {
        Format::Human => true,
        Format::Json => false,
    };
    match &cli.command {
        Command::Init(args) => init::run(args, global, context, for_people && context.interactive),
        Command::Register(args) => register::run(args, global, context),
        Command::Update(args) => update::run(args, global, context),
        Command::Unregister(args) => unregister::run(args, global, context),
        Command::Complete(args) => complete::run(args, global, context),
        Command::Sync(args) => sync::run(args, global, context, for_people && context.interactive),
        Command::Status(args) => status::run(args, global, context, close),
        Command::Statusline(args) => Ok(statusline::run(args, global, context)),
        Command::Check(args) => check::run(args, global, context),
        Command::Compare(args) => compare::run(args, global, context),
        Command::MergeOrder(args) => merge_order::run(args, global, context),
        Command::Verify(args) => verify::run(args, global, context),
        Command::Merge(args) => merge::run(args, global, context, for_people),
        Command::Share(args) => share::run(args, global, context, for_people),
        Command::Hooks(args) => hooks::run(args, global, context),
        Command::Log(args) => log::run(args, global, context),
        Command::Archive(args) => archive::run(args, global, context),
        Command::Doctor => doctor::run(global, context),
        Command::Mcp => Err(Failure::new("mcp answers on stdin and stdout alone")),
        Command::MergeDriver(_) => Err(Failure::new("merge-driver answers with a file alone")),
        Command::Demo(args) if for_people => demo::run(args, global, context),
        Command::Demo(_) => Err(Failure::new("demo has no JSON output")
            .help("keep its repository and use --format json there: track-work demo --keep DIR")),
        Command::Report(args) if for_people => report::run(args, global, context),
        Command::Report(_) => Err(Failure::new("report has no JSON output")
            .help("the same is in status, merge-order and log with --format json")),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args, context),
        Command::Schema(args) => schema::run(args),
        Command::Help(args) => help::run(args),
    }
}

/// Whether a hook is run, which reports its problems in one line and lets git continue.
fn answers_hooks(cli: &Cli) -> bool {
    matches!(&cli.command, Command::Hooks(hooks) if matches!(hooks.command, HooksCommand::Run(_)))
}

/// How the flags and the surroundings say to open a workspace.
fn open_options(global: &Global, context: &Context) -> OpenOptions {
    OpenOptions {
        folder: context.working_dir.clone(),
        surroundings: context.git.clone(),
        tracking_dir: global.tracking_dir.clone().or_else(|| context.tracking_dir.clone()),
        target: global.target.clone(),
        remotes: global.remotes.clone(),
        now: Some(context.now.timestamp()),
        onto: None,
        run_merge_drivers: global.run_merge_drivers,
        without_symbols: global.no_symbols,
        without_filters: false,
        cache_dir: context.cache_dir.clone().filter(|_| !global.no_cache),
        program: context.program.clone(),
    }
}

/// A terminal as it was named, and a worktree that was named by a path from here by its whole path.
fn named(name: &str, context: &Context) -> String {
    let folder = context.working_dir.join(name);
    let is_worktree = (name.contains('/') || name == "." || name == "..") && folder.join(".git").exists();
    match folder.canonicalize() {
        Ok(whole) if is_worktree => whole.to_string_lossy().into_owned(),
        Ok(_) | Err(_) => name.to_string(),
    }
}

/// The reply of a command that shows no findings, with the problems of the settings.
fn with_troubles(output: Output, workspace: &Workspace) -> Reply {
    Reply { troubles: workspace.troubles().collect(), ..Reply::from(output) }
}
