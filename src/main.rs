//! The entry point: parses the arguments, runs the command, sets the exit status.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
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
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    let tell = |line: &str| _ = writeln!(std::io::stderr(), "note: {line}");
    let line: fn(&str) = |text| _ = write!(std::io::stderr(), "\r\x1b[K{text}");
    let progress = std::io::stderr().is_terminal().then_some(line);
    match commands::run(&cli, &Context { tell, progress, ..Context::from_environment() }) {
        Ok(run) => {
            let mut stderr = AutoStream::new(std::io::stderr().lock(), choice);
            _ = stderr.write_all(run.notes.as_bytes());
            drop(stderr);
            let mut out = run.out;
            let written = out.try_for_each(|piece| show(&piece, choice));
            let mut stderr = AutoStream::new(std::io::stderr().lock(), choice);
            _ = stderr.write_all(run.err.as_bytes());
            match written {
                // whoever closed the pipe has read enough
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    _ = writeln!(stderr, "error: cannot write the answer: {error}");
                    ExitCode::from(2)
                }
                Ok(()) | Err(_) => ExitCode::from(u8::from(run.found)),
            }
        }
        Err(failure) => {
            let mut stderr = AutoStream::new(std::io::stderr().lock(), choice);
            _ = writeln!(stderr, "error: {failure}");
            ExitCode::from(2)
        }
    }
}

/// Writes a piece of the answer, without colours where they do not belong. A plain piece has none to
/// look for, which takes a while in a megabyte.
fn show(piece: &str, choice: ColorChoice) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match is_plain(piece) {
        true => stdout.write_all(piece.as_bytes())?,
        false => AutoStream::new(&mut stdout, choice).write_all(piece.as_bytes())?,
    }
    stdout.flush()
}

/// Whether it holds no control character but line breaks.
fn is_plain(text: &str) -> bool {
    let controls = |byte: &u8| byte.is_ascii_control() && *byte != b'\n';
    // no way out within a chunk: so its bytes are looked at many at once
    let is_plain = |chunk: &[u8]| !chunk.iter().fold(false, |found, byte| found | controls(byte));
    text.as_bytes().chunks(4096).all(is_plain)
}

/// What is wrong with the arguments, and how they go.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim).map(|line| line.strip_prefix("error: ").unwrap_or(line));
    let what: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let usage = lines.find_map(|line| line.strip_prefix("Usage: "));
    let usage = usage.map_or(String::new(), |usage| format!("; usage: {usage}"));
    format!("{}{usage}", what.join(" "))
}

fn hook_is_called() -> bool {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    words.windows(2).any(|pair| pair[0] == "hooks" && pair[1] == "run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_is_one_that_comes_out_of_the_stream_as_it_is() {
        for sign in '\0'..=char::MAX {
            let text = format!("a{sign}b\n");
            let mut stream = AutoStream::never(Vec::new());
            stream.write_all(text.as_bytes()).unwrap();
            let kept = stream.into_inner() == text.as_bytes();
            assert!(kept || !is_plain(&text), "{sign:?}");
            assert!(!kept || is_plain(&text) || sign.is_ascii_whitespace(), "{sign:?}");
        }
    }

    #[test]
    fn a_control_character_is_found_wherever_it_stands() {
        let long = "x".repeat(10_000);
        assert!(is_plain(&long) && is_plain(""));
        for at in [0, 4095, 4096, 9999] {
            let mut text = long.clone();
            text.replace_range(at..at + 1, "\u{1b}");
            assert!(!is_plain(&text), "{at}");
        }
    }
}
