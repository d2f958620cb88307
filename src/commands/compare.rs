//! `compare A B`: what plain `git merge` of two revisions or worktrees would do.

use crate::cli::{self, Global};
use crate::context::Context;
use crate::error::Failure;
use crate::git::Resolved;
use crate::merge::Judge;
use crate::model::{Known, Place, Severity, Target, Tip};
use crate::pipeline::Workspace;
use crate::render::compare::{Sides, human, value};

use super::{Answer, is_json, json_text, style};

pub(super) fn run(args: &cli::Compare, global: &Global, context: &Context) -> Result<Answer, Failure> {
    let workspace = Workspace::open(global, context)?;
    let places = workspace.repository.places(&workspace.target, &[]);
    let ours = tip(&workspace, &places, &args.ours, context)?;
    let theirs = tip(&workspace, &places, &args.theirs, context)?;
    let outcome = match (ours, theirs) {
        (Known::Known(ours), Known::Known(theirs)) => {
            let store = workspace.repository.store();
            Judge::new(&store, &store, workspace.target.head, &workspace.options).plain(&ours, &theirs)
        }
        (Known::Unknown(reason), _) | (_, Known::Unknown(reason)) => Known::Unknown(reason),
    };
    let clean = outcome.known().is_some_and(|outcome| outcome.is_clean());
    let sides = Sides { ours: &args.ours, theirs: &args.theirs };
    let text = match is_json(global) {
        true => json_text(&value(&outcome)),
        false => human(&outcome, &sides, style(global, context)),
    };
    Ok(Answer { text, found: !clean && global.fail_on.includes(Severity::Conflict) })
}

/// A path is a worktree, with its uncommitted work; anything else is a revision, or else the name
/// of a place.
fn tip(
    workspace: &Workspace,
    places: &[Place],
    text: &str,
    context: &Context,
) -> Result<Known<Tip>, Failure> {
    let observed = |id: usize| {
        let mut tips = workspace.tips(&places[id..=id]);
        tips.pop().unwrap_or_else(|| Known::unknown(format!("{text} was not observed")))
    };
    let path = context.working_dir.join(text).canonicalize().ok();
    let is_path = |place: &Place| path.is_some() && place.worktree == path;
    if let Some(id) = places.iter().position(is_path) {
        return Ok(observed(id));
    }
    match workspace.repository.target(Some(text)) {
        Ok(Target { head: Some(commit), .. }) => Ok(workspace.commit_tip(commit)),
        _ => Ok(match workspace.repository.resolve(text, places)? {
            Resolved::Place(id) => observed(id),
            Resolved::Commit(commit) => workspace.commit_tip(commit),
        }),
    }
}
