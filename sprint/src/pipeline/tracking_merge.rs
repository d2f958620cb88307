//! Tracking files in merges of branches: what they say is merged, and other texts by lines.

use crate::merge::{ConflictStyle, DriverInput, DriverOutput, merge_lines};
use crate::model::{BothValues, RepoPath, ResolvedFile, Side, Stages};
use crate::tracking::{Contradiction, MarkedText, StrayMarker, United, is_united, parted_by_markers, unite};

/// Merges the versions of a file that is merged by our driver, and tells where the sides contradict each
/// other and it is not decided whose value is taken.
pub fn merge_tracking(
    input: &DriverInput<'_>,
    conflict_style: ConflictStyle,
    decided: &[Option<Side>],
) -> (DriverOutput, Vec<Contradiction>) {
    let name = input.path.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let united = match std::str::from_utf8(name).is_ok_and(is_united) {
        true => unite(input.texts, decided),
        false => United::ByLines,
    };
    match united {
        United::Merged(text) => (DriverOutput { content: text.into_bytes(), clean: true }, Vec::new()),
        United::Contradicting(texts, found) => {
            let texts = texts.each_ref().map(|text| text.as_bytes());
            let output = merge_lines(&DriverInput { texts, ..*input }, conflict_style);
            (DriverOutput { clean: false, ..output }, found)
        }
        United::ByLines => (merge_lines(input, conflict_style), Vec::new()),
    }
}

/// A tracking file whose merge was not concluded: its versions, and how the markers are that stay.
struct UnmergedFile {
    texts: Stages<Vec<u8>>,
    labels: Stages<String>,
    marker_size: usize,
}

/// What becomes of a tracking file whose merge was not concluded, and its new text where it gets one. `versions`: those
/// of git's index, which has the base also where the markers do not show it. What was edited by hand outside of the
/// conflicts is on both sides and stays. `decide` says whose value is taken where both sides changed one; what it leaves open
/// stays between markers. `None` where there is nothing to resolve.
pub fn resolve_tracking(
    name: &str,
    text: &[u8],
    versions: Option<Stages<Option<Vec<u8>>>>,
    style: ConflictStyle,
    decide: &mut dyn FnMut(&BothValues) -> Option<Side>,
) -> Option<(ResolvedFile, Option<Vec<u8>>)> {
    let file = match unmerged(text, versions)? {
        Ok(file) => file,
        Err(why) => {
            let unresolved = Some(why);
            return Some((ResolvedFile { name: name.to_string(), left: Vec::new(), unresolved }, None));
        }
    };
    let path = RepoPath::from(name);
    let input = DriverInput {
        name: "",
        path: &path,
        texts: file.texts.each_ref().map(Vec::as_slice),
        labels: file.labels.each_ref().map(String::as_bytes),
        marker_size: file.marker_size,
    };
    let (mut output, mut contradictions) = merge_tracking(&input, style, &[]);
    let decided: Vec<Option<Side>> =
        contradictions.iter().map(|found| decide(&BothValues::from(found))).collect();
    if decided.iter().any(Option::is_some) {
        (output, contradictions) = merge_tracking(&input, style, &decided);
    }
    let is_merged = output.clean || !contradictions.is_empty();
    let resolved = ResolvedFile {
        name: name.to_string(),
        left: contradictions.iter().map(BothValues::from).collect(),
        unresolved: (!is_merged).then(|| "one of its versions is no YAML that can be merged".to_string()),
    };
    Some((resolved, is_merged.then_some(output.content)))
}

/// What is known of a file whose merge was not concluded, or why not enough is; `None` where it is no such file.
fn unmerged(text: &[u8], versions: Option<Stages<Option<Vec<u8>>>>) -> Option<Result<UnmergedFile, String>> {
    let Ok(marked) = std::str::from_utf8(text) else {
        return versions.map(|_| Err("it is not UTF-8".to_string()));
    };
    let is_noted = versions.is_some();
    let Stages { base, ours, theirs } = versions.unwrap_or_default();
    match parted_by_markers(marked) {
        Err(StrayMarker { line }) => {
            Some(Err(format!("line {line}: a conflict marker that belongs to no conflict")))
        }
        Ok(Some(MarkedText { base: shown, ours, theirs, labels, marker_size })) => {
            // where both sides added it, the index has no base
            let base = base.or(shown.map(String::into_bytes)).or(is_noted.then(Vec::new));
            let of = |base| {
                let texts = Stages { base, ours: ours.into_bytes(), theirs: theirs.into_bytes() };
                UnmergedFile { texts, labels, marker_size }
            };
            let unknown = || "neither its markers nor git's index show what was there before".to_string();
            Some(base.map(of).ok_or_else(unknown))
        }
        // without markers, it is a side's version, or somebody has resolved it
        Ok(None) => match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours == text || theirs == text => {
                let texts = Stages { base: base.unwrap_or_default(), ours, theirs };
                let labels = Stages { base: "base", ours: "here", theirs: "there" }.map(str::to_string);
                Some(Ok(UnmergedFile { texts, labels, marker_size: 7 }))
            }
            (Some(_), Some(_)) | (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                Some(Err("one side removed it: keep it with git add, or remove it with git rm".to_string()))
            }
        },
    }
}
