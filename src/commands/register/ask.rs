//! The questions that `register` asks.

use inquire::validator::ValueRequiredValidator;
use inquire::{Autocomplete, CustomUserError, InquireError, MultiSelect, Select, Text};

use crate::cli::{self, Global, ModeArg};
use crate::commands::asking::ask_person;
use crate::commands::failure::Failure;
use crate::commands::open_options;
use crate::context::Context;
use crate::model::{Declared, StoryId, Terminal, natural_order, shown_path};
use crate::pipeline::{self, Workspace};
use crate::planning::is_carried;

/// Asks for missing arguments in an interactive terminal: offers the stories that are not complete, the
/// places without a session, and the terminals to wait for.
pub(super) fn complete(
    mut args: cli::Register,
    global: &Global,
    context: &Context,
) -> Result<cli::Register, Failure> {
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
    let workspace = Workspace::open(&open_options(global, context))?;
    let declared = pipeline::declare(&workspace, &workspace.tracking());
    let given = ask_person(|| ask(&mut args, &declared));
    given.map_err(|error| Failure::new(format!("nothing was registered: {error}")))?;
    Ok(args)
}

fn ask(args: &mut cli::Register, declared: &Declared) -> Result<(), InquireError> {
    if args.mode.is_none() {
        let choices = vec![
            "1. Intra-story (multiple terminals on one story)",
            "2. Inter-story (multiple stories in parallel)",
        ];
        let chosen = Select::new("What type of parallel work?", choices).raw_prompt()?;
        args.mode = Some(if chosen.index == 0 { ModeArg::Intra } else { ModeArg::Inter });
    }
    if args.story.is_none() {
        let not_empty =
            ValueRequiredValidator::new("a story needs an id, for example 1-2-user-authentication");
        let stories = OpenStories::of(declared);
        args.story =
            Some(Text::new("Story ID?").with_autocomplete(stories).with_validator(not_empty).prompt()?);
    }
    if args.focus.is_none() && args.mode == Some(ModeArg::Intra) {
        args.focus = not_blank(Text::new("Terminal focus?").prompt()?);
    }
    if args.tasks.is_empty() && args.mode == Some(ModeArg::Intra) {
        let help = "separated by commas; leave empty for none";
        args.tasks = listed(&Text::new("Tasks?").with_help_message(help).prompt()?);
    }
    let mut places = free_places(declared);
    if args.branch.is_none() && args.worktree.is_none() && !places.is_empty() {
        let names = places.iter().map(|place| place.shown.clone());
        let story = StoryId::from(args.story.as_deref().unwrap_or_default());
        let by_name = match is_carried(&declared.places, args.terminal.as_deref(), &story) {
            true => BY_NAME.to_string(),
            false => format!("{BY_NAME}: there is none yet"),
        };
        let choices = std::iter::once(by_name).chain(names).collect();
        let chosen = Select::new("Which worktree or branch?", choices).raw_prompt()?;
        if let Some(at) = chosen.index.checked_sub(1) {
            let place = places.swap_remove(at);
            (args.worktree, args.branch) = (place.worktree, place.branch);
        }
    }
    let open: Vec<String> = open_terminals(declared).map(|terminal| terminal.id.clone()).collect();
    if args.blocked_by.is_empty() && !open.is_empty() {
        let help = "space selects, enter continues; none is possible";
        args.blocked_by =
            MultiSelect::new("Wait for which terminals?", open).with_help_message(help).prompt()?;
    }
    Ok(())
}

/// What is chosen to have the place found as without the question.
const BY_NAME: &str = "The one whose name has the terminal's or the story's ID";

/// The stories that can be worked on, in natural order.
#[derive(Clone)]
struct OpenStories(Vec<String>);

impl OpenStories {
    fn of(declared: &Declared) -> OpenStories {
        let book = &declared.book;
        let is_open = |story: &&StoryId| {
            !story.is_epic() && !book.is_complete(story) && !book.set_aside.contains(*story)
        };
        let mut stories: Vec<String> = book.listed.iter().filter(is_open).map(StoryId::to_string).collect();
        stories.sort_by(|a, b| natural_order(a, b));
        OpenStories(stories)
    }
}

impl Autocomplete for OpenStories {
    fn get_suggestions(&mut self, input: &str) -> Result<Vec<String>, CustomUserError> {
        let input = input.to_lowercase();
        Ok(self.0.iter().filter(|story| story.to_lowercase().contains(&input)).cloned().collect())
    }

    fn get_completion(
        &mut self,
        _input: &str,
        chosen: Option<String>,
    ) -> Result<Option<String>, CustomUserError> {
        Ok(chosen)
    }
}

/// A place to choose, with the arguments that mean it.
struct FreePlace {
    shown: String,
    worktree: Option<String>,
    branch: Option<String>,
}

/// The places in which no session works.
fn free_places(declared: &Declared) -> Vec<FreePlace> {
    let is_taken = |at: usize| {
        let mut there = declared.terminals.iter().filter(|terminal| terminal.place() == Some(at));
        there.any(|terminal| !terminal.sessions.is_empty() && !terminal.is_complete())
    };
    let free = declared
        .places
        .iter()
        .enumerate()
        .filter(|(at, place)| !place.main && place.elsewhere.is_none() && !is_taken(*at));
    free.map(|(_, place)| match &place.worktree {
        Some(top) => {
            let worktree = top.to_string_lossy().into_owned();
            let branch = place.branch.as_ref().map_or(String::new(), |branch| format!(" (branch {branch})"));
            FreePlace {
                shown: format!("{}{branch}", shown_path(top)),
                worktree: Some(worktree),
                branch: None,
            }
        }
        None => FreePlace {
            shown: format!("branch {}", place.name),
            worktree: None,
            branch: place.branch.clone(),
        },
    })
    .collect()
}

/// The terminals with sessions that are not completed.
fn open_terminals(declared: &Declared) -> impl Iterator<Item = &Terminal> {
    declared.terminals.iter().filter(|terminal| !terminal.sessions.is_empty() && !terminal.is_complete())
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
