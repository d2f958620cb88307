//! `merge-driver`: merges the versions of a tracking file for git, which reads the result and the exit status.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::cli::MergeDriverArgs;
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::files::{self, FileError};
use crate::git::{MergeSite, Repository};
use crate::merge::{ConflictStyle, DriverInput};
use crate::model::{RepoPath, Stages, in_line};
use crate::pipeline::merge_tracking;

use super::Printout;

/// What the versions are called where git does not say: before 2.44 it leaves the placeholders as they are.
const LABELS: [(&str, &str); 3] = [("%S", "base"), ("%X", "ours"), ("%Y", "theirs")];

/// Merges, and tells of what contradicts itself.
pub(super) fn run(args: &MergeDriverArgs, context: &Context) -> Result<Printout, Failure> {
    let read = |path: &Path| files::read(path, u64::MAX).map_err(FileError::of("read", path));
    let texts = Stages { base: read(&args.base)?, ours: read(&args.ours)?, theirs: read(&args.theirs)? };
    let label = |at: usize| {
        let (placeholder, own) = LABELS[at];
        let given = args.labels.get(at).map(|label| label.as_bytes());
        given.filter(|label| *label != placeholder.as_bytes()).unwrap_or(own.as_bytes())
    };
    let input = DriverInput {
        name: "",
        path: &RepoPath::new(args.path.as_bytes().to_vec()),
        texts: texts.each_ref().map(Vec::as_slice),
        labels: Stages { base: label(0), ours: label(1), theirs: label(2) },
        marker_size: args.marker_size,
    };
    let (output, contradictions) = merge_tracking(&input, conflict_style(context), &[]);
    if output.content != texts.ours {
        files::put_public(&args.ours, &output.content)?;
    }
    let tell = |contradiction| in_line(&format!("{}: {contradiction}", input.path)).into_owned() + "\n";
    let err = contradictions.iter().map(tell).collect();
    Ok(Printout { err, found: !output.clean, ..Printout::of(std::iter::empty()) })
}

/// `merge.conflictStyle` where git merges.
fn conflict_style(context: &Context) -> ConflictStyle {
    let found = Repository::discover_in(&context.working_dir, &context.surroundings());
    let site = |top: Option<&Path>| MergeSite { top: top.map(Path::to_path_buf), ..MergeSite::default() };
    let style =
        |found: Repository| found.merge_options(false, &site(found.current_worktree())).conflict_style;
    found.map(style).unwrap_or_default()
}
