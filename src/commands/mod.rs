//! A file a subcommand: arguments, pipeline, answer. No command prints.

mod archive;
mod check;
mod compare;
mod complete;
mod demo;
mod doctor;
mod help;
mod hooks;
mod init;
mod log;
mod merge_order;
mod register;
mod sessions;
mod status;
mod sync;
mod update;
mod values;
mod writing;

use serde::Serialize;

use crate::cli::{Cli, Command, Format, Global, HooksCommand};
use crate::context::Context;
use crate::error::Failure;
use crate::model::Report;
use crate::pipeline::{OpenOptions, Workspace};
use crate::render::Style;

/// What a command answers.
pub struct Answer {
    /// For stdout.
    pub text: String,
    /// More for stdout, piece by piece, each to be shown as soon as it is there.
    pub stream: Box<dyn Iterator<Item = String>>,
    /// For stderr.
    pub aside: String,
    /// Whether there are findings at or above `--fail-on`: exit status 1.
    pub found: bool,
    /// For stderr, where more is asked for with `-v`.
    pub notes: Vec<String>,
}

impl Answer {
    /// An answer without findings.
    fn clean(text: impl Into<String>) -> Answer {
        Answer {
            text: text.into(),
            stream: Box::new(std::iter::empty()),
            aside: String::new(),
            found: false,
            notes: Vec::new(),
        }
    }

    /// Answers that come piece by piece.
    fn stream(pieces: impl Iterator<Item = String> + 'static) -> Answer {
        Answer { stream: Box::new(pieces), ..Answer::clean("") }
    }

    /// A JSON answer without findings.
    fn json(value: &impl Serialize) -> Answer {
        Answer::clean(json_text(value))
    }
}

/// Runs the command.
///
/// # Errors
/// When the run itself failed; the caller exits with status 2.
pub fn run(cli: &Cli, context: &Context) -> Result<Answer, Failure> {
    let global = &cli.global;
    let mut context = context.inside(global.directory.as_deref());
    if answers_hooks(cli) {
        context.git = context.git.without_repository();
    }
    let context = &context;
    if let (Some(directory), false) = (&global.directory, context.working_dir.is_dir() || answers_hooks(cli))
    {
        return Err(Failure::new(format!("cannot start in {}: no such folder", directory.display()))
            .help("choose an existing folder with -C PATH"));
    }
    match &cli.command {
        Command::Init(args) => init::run(args, global, context),
        Command::Register(args) => register::run(args, global, context),
        Command::Update(args) => update::run(args, global, context),
        Command::Complete(args) => complete::run(args, global, context),
        Command::Sync(args) => sync::run(args, global, context),
        Command::Status => status::run(global, context),
        Command::Check(args) => check::run(args, global, context),
        Command::Compare(args) => compare::run(args, global, context),
        Command::MergeOrder(args) => merge_order::run(args, global, context),
        Command::Hooks(args) => hooks::run(args, global, context),
        Command::Log(args) => log::run(args, global, context),
        Command::Archive(args) => archive::run(args, global, context),
        Command::Doctor => doctor::run(global, context),
        Command::Demo(args) => demo::run(args, global, context),
        Command::Help(args) => help::run(args),
    }
}

/// Whether a hook is answered, which says in a line what it cannot do and lets go on.
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
        run_merge_drivers: global.run_merge_drivers,
        cache_dir: context.cache_dir.clone().filter(|_| !global.no_cache),
        program: context.program.clone(),
    }
}

fn style(global: &Global, context: &Context) -> Style {
    Style {
        width: context.width,
        ascii: global.ascii || context.ascii,
        verbose: global.verbose,
        quiet: global.quiet,
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

/// The answer of a command that shows no findings, with what is the matter with the settings.
fn with_troubles(answer: Answer, workspace: &Workspace, global: &Global) -> Answer {
    let mut answer = answer;
    for trouble in workspace.troubles() {
        answer.aside.push_str(&format!("warning: {}\n", trouble.message));
        answer.found |= global.fail_on.includes(trouble.severity);
    }
    answer
}

fn is_json(global: &Global) -> bool {
    global.format == Format::Json
}

fn json_text(value: &impl Serialize) -> String {
    json_lines(serde_json::to_string_pretty(value))
}

fn json_line(value: &impl Serialize) -> String {
    json_lines(serde_json::to_string(value))
}

fn json_lines(written: serde_json::Result<String>) -> String {
    // what holds strings, numbers, lists and maps by strings can always be written
    let mut text = written.unwrap_or_default();
    // the one control character that JSON has as it is; it would go where colours are taken out
    if text.contains('\x7f') {
        text = text.replace('\x7f', "\\u007f");
    }
    text.push('\n');
    text
}

/// Whether the report has a finding that `--fail-on` asks for.
fn found(report: &Report, global: &Global) -> bool {
    report.findings.iter().any(|finding| global.fail_on.includes(finding.severity))
}
