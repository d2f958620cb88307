//! The entry point: parses the arguments, runs the command, sets the exit status.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::mem;
use std::process::ExitCode;

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use clap::Parser;
use track_work::cli::{Cli, Color};
use track_work::commands::{self, Pager, Printout};
use track_work::context::Context;
use track_work::model::{is_hidden, on_screen};

fn main() -> ExitCode {
    let code = answered();
    commands::leave_nothing();
    code
}

/// Answers, and tells the exit status.
fn answered() -> ExitCode {
    if commands::completions::answered() {
        return ExitCode::SUCCESS;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // whoever calls a hook in a way that is not known is not to be stopped by that
        Err(error) if error.use_stderr() && hook_is_called() => {
            tell(&format!("track-work: {}\n", in_one_line(&error)), ColorChoice::Never);
            return ExitCode::SUCCESS;
        }
        Err(error) if error.use_stderr() && odd_words() => {
            tell(&format!("error: {}\n", in_one_line(&error)), ColorChoice::Never);
            return ExitCode::from(2);
        }
        Err(error) => error.exit(),
    };
    let choice = match cli.global.color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    let note = |line: &str| tell(&format!("note: {line}\n"), ColorChoice::Auto);
    let at_once = |text: &str| tell(text, ColorChoice::Auto);
    let line: fn(&str) = |text| _ = write!(io::stderr(), "\r\x1b[K{text}");
    let progress = io::stderr().is_terminal().then_some(line);
    match commands::run(&cli, &Context { tell: note, show: at_once, progress, ..Context::from_environment() })
    {
        Ok(mut run) => {
            let written = match run.pager.take() {
                Some(pager) => page(&pager, &mut run, choice),
                None => show_all(&mut run, choice),
            };
            match written {
                // whoever closed the pipe has read enough
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    tell(&format!("error: cannot write the answer: {error}\n"), choice);
                    ExitCode::from(2)
                }
                Ok(()) | Err(_) => ExitCode::from(u8::from(run.found)),
            }
        }
        Err(failure) => {
            tell(&format!("error: {failure}\n"), choice);
            ExitCode::from(2)
        }
    }
}

/// Writes the answer, and what goes to stderr before and behind it.
fn show_all(run: &mut Printout, choice: ColorChoice) -> io::Result<()> {
    tell(&run.notes, choice);
    let written = run.out.try_for_each(|piece| show(&piece, io::stdout().lock(), choice));
    tell(&run.err, choice);
    written
}

/// The same in a pager, with the colours that the screen would get. Without the pager, it goes to the screen.
fn page(pager: &Pager, run: &mut Printout, choice: ColorChoice) -> io::Result<()> {
    let of_screen = match choice {
        ColorChoice::Auto => AutoStream::choice(&io::stdout()),
        ColorChoice::Always | ColorChoice::AlwaysAnsi | ColorChoice::Never => choice,
    };
    let mut text: Vec<u8> = Vec::new();
    let is_seen = io::stderr().is_terminal();
    let before = if is_seen { mem::take(&mut run.notes) } else { String::new() };
    let behind = if is_seen { mem::take(&mut run.err) } else { String::new() };
    tell(&run.notes, choice);
    for piece in [before].into_iter().chain(run.out.by_ref()).chain([behind]) {
        show(&piece, &mut text, of_screen)?;
    }
    tell(&run.err, choice);
    match pager.show(&text) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => io::stdout().lock().write_all(&text),
    }
}

/// Writes to stderr; if that is closed, there is nobody to tell.
fn tell(text: &str, choice: ColorChoice) {
    _ = show(text, io::stderr().lock(), choice);
}

/// Writes a piece of text, the one way to a screen: nothing of another's acts on it, and colours are
/// left out where they do not belong.
fn show<S: RawStream + AsLockedWrite>(piece: &str, mut stream: S, choice: ColorChoice) -> io::Result<()> {
    // to look at each character takes a while in a megabyte
    let text = if is_plain(piece) { Cow::Borrowed(piece) } else { on_screen(piece) };
    match text.contains('\x1b') {
        true => AutoStream::new(&mut stream, choice).write_all(text.as_bytes())?,
        false => stream.write_all(text.as_bytes())?,
    }
    stream.flush()
}

/// Whether it is ASCII without a control character but line breaks.
fn is_plain(text: &str) -> bool {
    let other = |byte: &u8| !(0x20..0x7f).contains(byte) && *byte != b'\n';
    // no way out within a chunk: so its bytes are looked at many at once
    let is_plain = |chunk: &[u8]| !chunk.iter().fold(false, |found, byte| found | other(byte));
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

/// Whether a word of the command line would act on the screen.
fn odd_words() -> bool {
    std::env::args_os().any(|word| word.to_string_lossy().contains(is_hidden))
}

fn hook_is_called() -> bool {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    words.windows(2).any(|pair| pair[0] == "hooks" && pair[1] == "run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_is_one_that_stays_as_it_is() {
        for sign in '\0'..=char::MAX {
            let text = format!("a{sign}b\n");
            let kept = on_screen(&text) == text;
            assert!(kept || !is_plain(&text), "{sign:?}");
            assert!(!kept || is_plain(&text) || !sign.is_ascii() || sign == '\t', "{sign:?}");
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
