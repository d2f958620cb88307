//! `compare --stdin`: a question a line, each answered at once by one line of JSON.
//!
//! A question is `OURS THEIRS`, or `REPOSITORY OURS THEIRS`: the last two words are the sides, and
//! anything before them is a path.

use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

use crate::cli::{Compare, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::Known;
use crate::pipeline::Workspace;
use crate::render::{self, output::CompareAnswer};

use super::Comparer;
use crate::commands::open_options;

/// After this many questions a repository is opened anew: what was merged in memory is let go.
const QUESTIONS: usize = 1000;

/// After this time too: settings and attributes may have changed.
const TIME: Duration = Duration::from_secs(1);

/// How many repositories are kept open.
const REPOSITORIES: usize = 16;

/// The answers, one for each line of standard input, as long as input comes.
pub(in crate::commands) fn answers(
    args: &Compare,
    global: &Global,
    context: &Context,
) -> impl Iterator<Item = String> + 'static {
    let comparers = Comparers {
        global: global.clone(),
        context: context.clone(),
        args: args.clone(),
        open: HashMap::new(),
    };
    // the process ends with the last answer; to take everything down before takes some percent of its time
    let mut comparers = ManuallyDrop::new(comparers);
    context.questions().map(move |line| match line {
        Ok(line) => render::line(&comparers.answer(&line)),
        Err(reason) => render::line(&unknown(format!("cannot read the line: {reason}"))),
    })
}

/// No answer.
fn unknown(reason: String) -> CompareAnswer {
    CompareAnswer { outcome: Known::unknown(reason), semantic: None }
}

/// The repositories that were asked about, with how many questions each has answered since when.
struct Comparers {
    global: Global,
    context: Context,
    args: Compare,
    open: HashMap<String, (Comparer, usize, Instant)>,
}

impl Comparers {
    fn answer(&mut self, line: &str) -> CompareAnswer {
        let line = line.trim();
        let Some((rest, theirs)) = line.rsplit_once(char::is_whitespace) else {
            return unknown("expected: [REPOSITORY] OURS THEIRS".into());
        };
        let (repository, ours) =
            rest.trim_end().rsplit_once(char::is_whitespace).unwrap_or(("", rest.trim_end()));
        match self.outcome(repository.trim(), ours, theirs) {
            Ok(outcome) => outcome,
            Err(failure) => unknown(failure.message().to_string()),
        }
    }

    fn outcome(&mut self, repository: &str, ours: &str, theirs: &str) -> Result<CompareAnswer, Failure> {
        let context = match repository {
            "" => self.context.clone(),
            path => self.context.inside(Some(path.as_ref())),
        };
        let is_old = |(comparer, asked, since): &(Comparer, usize, Instant)| {
            *asked >= QUESTIONS || since.elapsed() >= TIME || !comparer.workspace.repository.is_current()
        };
        if self.open.get(repository).is_none_or(is_old) {
            if self.open.len() >= REPOSITORIES {
                self.open.clear();
            }
            let workspace = Workspace::open(&open_options(&self.global, &context))?;
            let comparer = Comparer::new(workspace, &self.args);
            self.open.insert(repository.to_string(), (comparer, 0, Instant::now()));
        }
        let Some((comparer, asked, _)) = self.open.get_mut(repository) else {
            return Err(Failure::new("the repository was not opened"));
        };
        *asked += 1;
        comparer.answer(ours, theirs, &context)
    }
}
