//! `status --watch`: the picture, kept up to date: as a screen for people, as a line for each change for programs.

mod changes;
mod journal;
mod rounds;
mod screen;
mod stream;

use crate::cli::{Format, Global, StatusArgs};
use crate::commands::failure::Failure;
use crate::context::Context;

use super::Printout;
use rounds::Rounds;

pub(super) fn run(args: &StatusArgs, global: &Global, context: &Context) -> Result<Printout, Failure> {
    let is_for_people = match global.format {
        Format::Human => context.interactive,
        Format::Json => false,
    };
    // what cannot be looked at in the beginning is an error, and later a trouble that may end
    let (rounds, first) = Rounds::begin(args, global, context)?;
    if is_for_people {
        screen::show(rounds, first)?;
        return Ok(Printout::of(std::iter::empty()));
    }
    Ok(Printout::of(stream::ChangeLines::begin(rounds, first, args.since)))
}
