//! `compare A B`: what plain `git merge` of two revisions or worktrees would do.

mod stdin;

use std::borrow::Cow;

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::git::{Resolved, Store};
use crate::interaction::Judge;
use crate::merge::{self, Commits};
use crate::model::{Declared, Known, MergeOutcome, Oid, Place, Reason, Terminal, Tip};
use crate::pipeline::{self, Workspace};
use crate::render::Output;
use crate::render::output::Compared;

use super::{Reply, open_options};

pub(super) use stdin::answers;

pub(super) fn run(args: &cli::Compare, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let (Some(ours), Some(theirs)) = (args.ours.clone(), args.theirs.clone()) else {
        return Err(Failure::new("compare needs two sides"));
    };
    let comparer =
        Comparer::new(Workspace::open(&open_options(global, context))?, args.allow_unrelated_histories);
    let outcome = comparer.outcome(&ours, &theirs, context)?;
    Ok(Output::Compared(Box::new(Compared { ours, theirs, outcome })).into())
}

/// Answers questions about one repository.
struct Comparer {
    workspace: Workspace,
    store: Store,
    allow_unrelated: bool,
}

/// One side of a question.
enum ComparedSide {
    /// A commit alone.
    Commit(Oid),
    /// A worktree, with its uncommitted work.
    Worktree(Box<Known<Tip>>),
}

impl Comparer {
    fn new(workspace: Workspace, allow_unrelated: bool) -> Comparer {
        let store = workspace.repository.store();
        Comparer { workspace, store, allow_unrelated }
    }

    fn outcome(&self, ours: &str, theirs: &str, context: &Context) -> Result<Known<MergeOutcome>, Failure> {
        let options = &*self.options(ours);
        let (ours, theirs) = (self.side(ours, context)?, self.side(theirs, context)?);
        if let (ComparedSide::Commit(ours), ComparedSide::Commit(theirs)) = (&ours, &theirs) {
            let outcome = merge::merge_commits(&self.store, &self.store, *ours, *theirs, options).into();
            return Ok(self.unless_refused([Some(*ours), Some(*theirs)], outcome));
        }
        Ok(match (self.tip(ours), self.tip(theirs)) {
            (Known::Known(ours), Known::Known(theirs)) => {
                let target = self.workspace.target.head;
                let unresolved = ours.unresolved().chain(theirs.unresolved()).next();
                let judge = Judge::new(&self.store, &self.store, target, options);
                match (judge.plain(&ours, &theirs), unresolved) {
                    (Known::Known(outcome), Some(reason)) if outcome.is_clean() => Known::Unknown(reason),
                    (outcome, _) => self.unless_refused([ours.head, theirs.head], outcome),
                }
            }
            (Known::Unknown(reason), _) | (_, Known::Unknown(reason)) => Known::Unknown(reason),
        })
    }

    /// The options of a merge into what is named: where it is a branch, its own arguments count.
    fn options(&self, ours: &str) -> Cow<'_, merge::Options> {
        let Workspace { repository, target, options, .. } = &self.workspace;
        if !repository.has_merge_arguments() {
            return Cow::Borrowed(options);
        }
        let named = repository.target(Some(ours)).ok().and_then(|named| named.branch().map(str::to_string));
        let place = || {
            let places = repository.places(target, &[]);
            let Ok(Resolved::Place(id)) = repository.resolve(ours, &places) else { return None };
            places[id].branch.clone()
        };
        let branch = named.or_else(place);
        Cow::Owned(repository.merge_options(options.run_driver.is_some(), branch.as_deref()))
    }

    /// The outcome, unless git refuses to merge: the two have no commit in common. In a history that is cut
    /// off, the outcome is unknown already.
    fn unless_refused(&self, heads: [Option<Oid>; 2], outcome: Known<MergeOutcome>) -> Known<MergeOutcome> {
        let ([Some(ours), Some(theirs)], Known::Known(_), false) = (heads, &outcome, self.allow_unrelated)
        else {
            return outcome;
        };
        match self.store.merge_bases(ours, &[theirs]) {
            Ok(bases) if bases.is_empty() => Known::Unknown(Reason::UnrelatedHistories),
            Ok(_) => outcome,
            Err(missing) => Known::Unknown(missing.into()),
        }
    }

    /// What was named: a commit's full id; a path, which is a worktree; a revision; or else the name
    /// of a place or of a registered terminal.
    fn side(&self, text: &str, context: &Context) -> Result<ComparedSide, Failure> {
        if let Ok(commit) = text.parse() {
            return Ok(ComparedSide::Commit(commit));
        }
        let revision = || self.workspace.repository.target(Some(text)).ok().and_then(|target| target.head);
        let path = context.working_dir.join(text).canonicalize().ok();
        if path.is_none()
            && let Some(commit) = revision()
        {
            return Ok(ComparedSide::Commit(commit));
        }
        let places = self.workspace.repository.places(&self.workspace.target, &[]);
        let is_path = |place: &Place| path.is_some() && place.worktree == path;
        if let Some(id) = places.iter().position(is_path) {
            return Ok(self.worktree(&places[id]));
        }
        if let Some(commit) = revision() {
            return Ok(ComparedSide::Commit(commit));
        }
        match self.workspace.repository.resolve(text, &places) {
            Ok(Resolved::Place(id)) => Ok(self.worktree(&places[id])),
            Ok(Resolved::Commit(commit)) => Ok(ComparedSide::Commit(commit)),
            Err(error) => self.terminal(text)?.ok_or_else(|| error.into()),
        }
    }

    /// The place of a registered terminal.
    fn terminal(&self, text: &str) -> Result<Option<ComparedSide>, Failure> {
        let Declared { terminals, places, .. } =
            pipeline::declare(&self.workspace, &self.workspace.tracking());
        let ids = pipeline::ids_called(text, &terminals, &places)?;
        let terminals = terminals.iter().filter(|terminal| ids.contains(&terminal.id));
        let place = terminals.filter_map(Terminal::place).next();
        Ok(place.map(|place| self.worktree(&places[place])))
    }

    fn worktree(&self, place: &Place) -> ComparedSide {
        let mut tips = pipeline::tips(&self.workspace, std::slice::from_ref(place));
        let tip = tips.pop().unwrap_or_else(|| Known::unknown(format!("{} was not observed", place.name)));
        ComparedSide::Worktree(Box::new(tip))
    }

    fn tip(&self, side: ComparedSide) -> Known<Tip> {
        match side {
            ComparedSide::Commit(commit) => pipeline::commit_tip(&self.workspace, commit),
            ComparedSide::Worktree(tip) => *tip,
        }
    }
}
