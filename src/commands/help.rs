//! `help`: the help of a command, the page of a topic, or both where they share a name.

use clap::CommandFactory;

use crate::cli::{self, Cli, topic};
use crate::commands::failure::Failure;
use crate::render::Output;

use super::Reply;

pub(super) fn run(args: &cli::Help) -> Result<Reply, Failure> {
    let mut program = Cli::command();
    program.build();
    let mut words = args.words.iter();
    let command = words.try_fold(&mut program, |command, word| command.find_subcommand_mut(word));
    let help = command.map(|command| command.render_long_help().to_string());
    let page = match &args.words[..] {
        [name] => topic(name).map(|topic| topic.text.to_string()),
        _ => None,
    };
    let parts: Vec<String> = page.into_iter().chain(help).collect();
    match parts.is_empty() {
        true => Err(Failure::new(format!("unknown command or topic: {}", args.words.join(" ")))
            .help("run track-work help for the list of commands and topics")),
        false => Ok(Output::Verbatim(parts.join("\n")).into()),
    }
}
