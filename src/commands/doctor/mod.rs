//! `doctor`: what is wrong with the setup, and how to fix it.

mod hooks;
mod refused;
mod repository;
mod tracking;

use crate::cli::Global;
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::git::{GitError, Repository};
use crate::model::{Diagnosis, Severity};
use crate::pipeline::Workspace;
use crate::render::Output;

use super::{Reply, open_options};

pub(super) fn run(global: &Global, context: &Context) -> Result<Reply, Failure> {
    let mut found = vec![repository::git()];
    match Repository::discover_in(&context.working_dir, &context.surroundings()) {
        Err(error @ (GitError::NoRepository { .. } | GitError::NoFolder)) => return Err(error.into()),
        Err(error) => found.push(failed("repository", &error.into())),
        Ok(repository) => {
            found.extend(repository::kind(&repository));
            let installed = hooks::git(&repository, &mut found);
            found.push(hooks::program(context, installed));
            found.extend(hooks::agents(&repository, context));
            match Workspace::open(&open_options(global, context)) {
                Err(failure) => found.push(failed("tracking", &failure.into())),
                Ok(workspace) => {
                    repository::work(&workspace, &mut found);
                    found.extend(tracking::files(&workspace));
                }
            }
        }
    }
    Ok(Output::Diagnoses(found).into())
}

/// What stops every other command.
fn failed(subject: &'static str, failure: &Failure) -> Diagnosis {
    let first = failure.message().lines().next().unwrap_or_default();
    let fix = failure.hint().map(str::to_string);
    Diagnosis { fix, ..Diagnosis::of(subject, Severity::Error, first) }
}
