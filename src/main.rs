//! A doorway: parse, run, exit status.

use std::io::Write;
use std::process::ExitCode;

use anstream::AutoStream;
use clap::Parser;
use track_work::cli::{Cli, Color};
use track_work::commands;
use track_work::context::Context;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // whoever calls a hook in a way that is not known is not to be stopped by that
        Err(error) if error.use_stderr() && hook_is_called() => {
            _ = writeln!(std::io::stderr(), "track-work: {}", in_one_line(&error));
            return ExitCode::SUCCESS;
        }
        Err(error) => error.exit(),
    };
    let choice = match cli.global.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    match commands::run(&cli, &Context::from_environment()) {
        Ok(answer) => {
            if cli.global.verbose {
                let mut stderr = AutoStream::new(std::io::stderr().lock(), choice);
                answer.notes.iter().for_each(|note| _ = writeln!(stderr, "note: {note}"));
            }
            let mut stdout = AutoStream::new(std::io::stdout().lock(), choice);
            let mut pieces = std::iter::once(answer.text).chain(answer.stream);
            let written =
                pieces.try_for_each(|piece| stdout.write_all(piece.as_bytes()).and_then(|()| stdout.flush()));
            let mut stderr = AutoStream::new(std::io::stderr().lock(), choice);
            _ = stderr.write_all(answer.aside.as_bytes());
            match written {
                // whoever closed the pipe has read enough
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    _ = writeln!(stderr, "error: cannot write the answer: {error}");
                    ExitCode::from(2)
                }
                Ok(()) | Err(_) => ExitCode::from(u8::from(answer.found)),
            }
        }
        Err(failure) => {
            let mut stderr = AutoStream::new(std::io::stderr().lock(), choice);
            _ = writeln!(stderr, "error: {failure}");
            ExitCode::from(2)
        }
    }
}

/// What is wrong with the arguments, and how they go.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim).map(|line| line.strip_prefix("error: ").unwrap_or(line));
    let what: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let usage = lines.find_map(|line| line.strip_prefix("Usage: "));
    let usage = usage.map_or(String::new(), |usage| format!("; it goes: {usage}"));
    format!("{}{usage}", what.join(" "))
}

fn hook_is_called() -> bool {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    words.windows(2).any(|pair| pair[0] == "hooks" && pair[1] == "run")
}
