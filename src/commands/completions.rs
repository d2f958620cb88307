//! `completions`: the script that a shell loads, and the answers to what it then asks at each press of Tab.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf, absolute};

use clap::{Arg, Command, CommandFactory, FromArgMatches};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate, complete};
use clap_complete::env::{Bash, CompleteEnv, EnvCompleter, Fish, Shells, Zsh};

use crate::cli::{self, Cli, Global, Shell, TOPICS};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{Declared, is_hidden, shell_word};
use crate::pipeline::{self, Workspace};
use crate::render::Output;

use super::{Reply, open_options};

/// Set by the script: the shell that asks.
const ASKED_BY: &str = "TRACK_WORK_COMPLETE";

pub(super) fn run(args: &cli::Completions) -> Result<Reply, Failure> {
    let shell: &dyn EnvCompleter = match args.shell {
        Shell::Bash => &QuotingBash,
        Shell::Fish => &Fish,
        Shell::Zsh => &Zsh,
    };
    let program = Cli::command().get_name().to_string();
    // as it was called: by its name, so that a newer one answers for itself, or by its path
    let called = env::args_os().next().map(PathBuf::from).filter(|file| file.components().count() > 1);
    let file = called.and_then(|file| absolute(file).ok());
    let file = file.map_or(program.clone(), |file| file.to_string_lossy().into_owned());
    let mut script = Vec::new();
    // a vector takes everything
    _ = shell.write_registration(ASKED_BY, &program, &program, &file, &mut script);
    Ok(Output::Verbatim(String::from_utf8_lossy(&script).trim_start().to_string()).into())
}

/// Answers a shell that asks for completions; whether one did.
pub fn answered() -> bool {
    let asked = CompleteEnv::with_factory(program).var(ASKED_BY).shells(Shells(&[&QuotingBash, &Fish, &Zsh]));
    // a shell that is answered nothing offers nothing
    asked.try_complete(env::args_os(), Some(&Context::from_environment().working_dir)).unwrap_or(true)
}

/// The arguments, with where their values come from.
fn program() -> Command {
    with_candidates(Cli::command())
}

fn with_candidates(command: Command) -> Command {
    command.mut_args(offering).mut_subcommands(with_candidates)
}

fn offering(arg: Arg) -> Arg {
    let names: fn(&Declared) -> Vec<NamedValue> = match arg.get_id().as_str() {
        "terminal" | "terminals" | "merged" | "with" | "only" | "exclude" | "explain" | "blocked_by" => {
            terminals
        }
        "story" | "stories" => stories,
        "branch" | "target" | "ours" | "theirs" => branches,
        "words" => return arg.add(ArgValueCandidates::new(pages)),
        _ => return arg,
    };
    arg.add(ArgValueCandidates::new(move || {
        declared().map_or(Vec::new(), |declared| offered(names(&declared)))
    }))
}

/// A name, and what is known of it.
type NamedValue = (String, Option<String>);

fn terminals(declared: &Declared) -> Vec<NamedValue> {
    let about = |story: String, focus: Option<&str>| match focus {
        Some(focus) => format!("{story}, {focus}"),
        None => story,
    };
    let named = declared.terminals.iter().map(|terminal| {
        let story = terminal.says(|session| session.story.as_ref());
        (terminal.id.clone(), story.map(|story| about(story.to_string(), terminal.focus())))
    });
    named.collect()
}

fn stories(declared: &Declared) -> Vec<NamedValue> {
    let sessions = declared.files.iter().flat_map(|file| &file.sessions);
    let begun = sessions.filter_map(|session| session.story.as_ref());
    begun.chain(&declared.book.listed).map(|story| (story.to_string(), None)).collect()
}

fn branches(declared: &Declared) -> Vec<NamedValue> {
    let target = declared.target.branch().map(|branch| (branch.to_string(), None));
    let places = declared.places.iter().filter_map(|place| Some((place.branch.clone()?, None)));
    target.into_iter().chain(places).collect()
}

/// Commands and topics.
fn pages() -> Vec<CompletionCandidate> {
    let commands = Cli::command();
    let commands = commands
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name().to_string());
    offered(
        commands.chain(TOPICS.iter().map(|topic| topic.name.to_string())).map(|name| (name, None)).collect(),
    )
}

/// Each name once, in their order. A name that cannot be seen as it is would be read as several, or as none.
fn offered(mut names: Vec<NamedValue>) -> Vec<CompletionCandidate> {
    names.retain(|(name, _)| !name.is_empty() && !name.contains(is_hidden));
    names.sort();
    names.dedup_by(|(later, _), (earlier, _)| later == earlier);
    let shown = |text: String| text.replace(is_hidden, "?");
    names
        .into_iter()
        .map(|(name, about)| CompletionCandidate::new(name).help(about.map(|about| shown(about).into())))
        .collect()
}

/// What is declared where the command line that is being typed would run; `None` where it would fail.
fn declared() -> Option<Declared> {
    let words = env::args_os().skip_while(|word| word != "--").skip(1);
    let typed = Cli::command().ignore_errors(true).try_get_matches_from(words).ok()?;
    let global = Global::from_arg_matches(&typed).ok()?;
    let context = Context::from_environment().inside(global.directory.as_deref());
    // the target may be what is being typed
    let workspace = Workspace::open(&open_options(&Global { target: None, ..global }, &context)).ok()?;
    Some(pipeline::declare(&workspace, &workspace.tracking()))
}

/// Bash, which inserts what it is offered as it stands: a name must not become a command.
struct QuotingBash;

impl EnvCompleter for QuotingBash {
    fn name(&self) -> &'static str {
        Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        Bash.is(name)
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        Bash.write_registration(var, name, bin, completer, buf)
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        // the names are those of the script
        let asked = |name: &str| env::var(name).ok();
        let at = asked("_CLAP_COMPLETE_INDEX").and_then(|at| at.parse().ok()).unwrap_or_default();
        let wants_options =
            words.get(at).is_some_and(|word: &OsString| word.to_string_lossy().starts_with('-'));
        let mut offered: Vec<String> = complete(command, words, at, folder)?
            .iter()
            .map(|candidate| candidate.get_value().to_string_lossy().into_owned())
            .collect();
        // options are not among the names; as in git, a dash asks for them
        offered.retain(|candidate| wants_options || !candidate.starts_with('-'));
        let quoted = offered.iter().map(|candidate| in_bash(candidate));
        let separator = asked("_CLAP_IFS").unwrap_or_else(|| "\n".to_string());
        out.write_all(quoted.collect::<Vec<_>>().join(&separator).as_bytes())
    }
}

/// A candidate as a word; the dashes of an option stay as they are.
fn in_bash(candidate: &str) -> String {
    let word = candidate.trim_start_matches('-');
    let dashes = &candidate[..candidate.len() - word.len()];
    match word {
        "" => dashes.to_string(),
        // between two options, `=` is no sign of the shell
        _ if shell_word(word.replace('=', "-")) == word.replace('=', "-") => candidate.to_string(),
        _ => format!("{dashes}{}", shell_word(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_that_means_a_terminal_offers_terminals() {
        fn look(command: &Command) {
            for arg in command.get_arguments() {
                let shown = arg.get_value_names().unwrap_or_default().iter().any(|name| name == "TERMINAL");
                let offers = arg.get::<ArgValueCandidates>().is_some();
                assert!(!shown || offers, "{}: {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(look);
        }
        look(&program());
    }

    #[test]
    fn what_bash_inserts_is_one_word() {
        assert_eq!(in_bash("--only"), "--only");
        assert_eq!(in_bash("--format=json"), "--format=json");
        assert_eq!(in_bash("a;touch b"), "'a;touch b'");
        assert_eq!(in_bash("--only=$(b)"), "--'only=$(b)'");
    }
}
