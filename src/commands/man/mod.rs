//! `man`: the pages for man(1), made of the same texts as `--help` and `help TOPIC`.

mod roff;

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::{self, Cli, TOPICS, topic};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::files::put_public;
use crate::model::shown_path;
use crate::render::Output;

use super::Reply;

pub(super) fn run(args: &cli::ManArgs, context: &Context) -> Result<Reply, Failure> {
    let mut program = Cli::command();
    program.build();
    let text = match &args.dir {
        Some(dir) => all_pages(program, &context.working_dir.join(dir))?,
        None => {
            let mut words = args.command.iter();
            let command = words.try_fold(&program, |command, word| command.find_subcommand(word));
            let topic = match &args.command[..] {
                [name] => topic(name),
                _ => None,
            };
            match (command, topic) {
                (Some(command), topic) => {
                    page(command.clone()) + &topic.map_or(String::new(), |topic| roff::sections(topic.text))
                }
                (None, Some(topic)) => roff::topic_page(topic.name, topic.text),
                (None, None) => {
                    return Err(Failure::new(format!(
                        "unknown command or topic: {}",
                        args.command.join(" ")
                    ))
                    .help("run track-work help for the list of commands and topics"));
                }
            }
        }
    };
    Ok(Output::Verbatim(text).into())
}

fn page(command: Command) -> String {
    let mut page = Vec::new();
    // a vector takes everything
    _ = Man::new(command).render(&mut page);
    String::from_utf8_lossy(&page).into_owned()
}

/// Writes the page of each command, and says where.
fn all_pages(program: Command, dir: &Path) -> Result<String, Failure> {
    let shown = shown_path(dir);
    clap_mangen::generate_to(program, dir).map_err(|error| {
        Failure::new(format!("cannot write the pages to {shown}: {error}"))
            .help("choose an existing folder that is writable")
    })?;
    for topic in TOPICS {
        let page = roff::topic_page(topic.name, topic.text);
        put_public(&dir.join(format!("track-work-{}.7", topic.name)), page.as_bytes())?;
    }
    Ok(format!("Wrote the pages to {shown}.\n"))
}
