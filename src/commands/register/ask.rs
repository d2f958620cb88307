//! The questions that `register` asks.

use inquire::{Select, Text};

use crate::cli::{self, ModeArg};
use crate::commands::failure::Failure;
use crate::context::Context;

/// Asks for missing arguments in an interactive terminal.
pub(super) fn complete(mut args: cli::Register, context: &Context) -> Result<cli::Register, Failure> {
    if args.mode.is_some() && args.story.is_some() {
        return Ok(args);
    }
    if !context.interactive {
        let missing: Vec<&str> =
            [("--mode intra|inter", args.mode.is_none()), ("--story ID", args.story.is_none())]
                .into_iter()
                .filter_map(|(flag, missing)| missing.then_some(flag))
                .collect();
        return Err(Failure::new(format!("{} missing", missing.join(" and ")))
            .help("run it in an interactive terminal to be asked, or see track-work register --help"));
    }
    let stopped = |error: inquire::InquireError| Failure::new(format!("nothing was registered: {error}"));
    if args.mode.is_none() {
        let choices = vec![
            "1. Intra-story (multiple terminals on one story)",
            "2. Inter-story (multiple stories in parallel)",
        ];
        let chosen = Select::new("What type of parallel work?", choices).raw_prompt().map_err(stopped)?;
        args.mode = Some(if chosen.index == 0 { ModeArg::Intra } else { ModeArg::Inter });
    }
    if args.story.is_none() {
        let not_empty = inquire::validator::ValueRequiredValidator::new(
            "a story needs an id, for example 1-2-user-authentication",
        );
        args.story = Some(Text::new("Story ID?").with_validator(not_empty).prompt().map_err(stopped)?);
    }
    if args.focus.is_none() && args.mode == Some(ModeArg::Intra) {
        args.focus = Text::new("Terminal focus?").prompt().map_err(stopped).map(not_blank)?;
    }
    if args.tasks.is_empty() && args.mode == Some(ModeArg::Intra) {
        let help = "separated by commas; leave empty for none";
        let answer = Text::new("Tasks?").with_help_message(help).prompt().map_err(stopped)?;
        args.tasks = listed(&answer);
    }
    Ok(args)
}

fn not_blank(text: String) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_string())
}

/// `[Implement auth service, Create JWT tokens]`, with or without the brackets.
fn listed(answer: &str) -> Vec<String> {
    let answer = answer.trim();
    let inner = answer.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(answer);
    inner.split(',').filter_map(|task| not_blank(task.to_string())).collect()
}
