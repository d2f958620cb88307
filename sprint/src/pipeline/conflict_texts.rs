//! What the sides of each conflict wrote, and what was there before.

use crate::checks;
use crate::git::Store;
use crate::model::{
    Change, ConflictRegion, ConflictTexts, Entry, Evidence, Excerpt, Finding, Hunk, Known, Lines, Oid,
    PlaceTexts, Report, Unmerged,
};

use super::Workspace;
use super::check::lines_of;

/// As many places are shown of one conflict.
const MOST_PLACES: usize = 8;

const UNREADABLE: &str = "the file cannot be read";

const UNPLACED: &str = "which lines these are is not known";

/// The texts of each finding that is a conflict; `None` for all others.
pub fn conflict_texts(workspace: &Workspace, report: &Report) -> Vec<Option<ConflictTexts>> {
    let store = workspace.repository.store();
    report.findings.iter().map(|finding| texts(&store, report, finding)).collect()
}

/// The texts of one finding, if it is a conflict.
pub fn texts_of(workspace: &Workspace, report: &Report, finding: &Finding) -> Option<ConflictTexts> {
    texts(&workspace.repository.store(), report, finding)
}

fn texts(store: &Store, report: &Report, finding: &Finding) -> Option<ConflictTexts> {
    match &finding.evidence {
        Evidence::Conflict { regions, drift, stages, .. } => {
            let places = regions.iter().take(MOST_PLACES);
            let places = places.map(|region| match drift {
                true => against_target(store, finding, region, stages),
                false => of_pair(store, report, finding, region),
            });
            let places = places.collect();
            Some(ConflictTexts { places, more: regions.len().saturating_sub(MOST_PLACES) })
        }
        Evidence::Overlap { .. }
        | Evidence::Dependency { .. }
        | Evidence::File { .. }
        | Evidence::Session(_)
        | Evidence::Place(_)
        | Evidence::Migrations(_)
        | Evidence::Semantic(_)
        | Evidence::Failure { .. } => None,
    }
}

/// A terminal and the target: git's stages hold the three versions.
fn against_target(
    store: &Store,
    finding: &Finding,
    region: &ConflictRegion,
    stages: &[Unmerged],
) -> PlaceTexts {
    let unmerged = stages.iter().find(|unmerged| Some(&unmerged.path) == finding.path.as_ref());
    let entry = |stage: usize| {
        let mut stages = unmerged?.numbered();
        stages.find(|(number, _)| *number == stage).map(|(_, entry)| entry)
    };
    let text = |stage: usize, lines: Lines| excerpt(store, entry(stage)?.oid, lines);
    let sides = region.sides.map_or([None, None], |[own, target]| [text(3, own), text(2, target)]);
    let base = match unmerged {
        Some(_) => before(store, entry(1), region.base),
        None => Known::unknown(UNREADABLE.to_string()),
    };
    PlaceTexts { base, sides }
}

/// Two terminals: each has its own version, and says which lines of its base that replaces.
fn of_pair(store: &Store, report: &Report, finding: &Finding, region: &ConflictRegion) -> PlaceTexts {
    let nothing = |why: &str| PlaceTexts { base: Known::unknown(why.to_string()), sides: [None, None] };
    let (Some(lines), Some(path), [a, b]) = (region.sides, &finding.path, &finding.terminals[..]) else {
        return nothing(UNPLACED);
    };
    let change = |id: &String| {
        let mut tips = report.facts.terminals.iter().filter(|terminal| terminal.id == *id);
        tips.find_map(|terminal| checks::change_of(report.facts.own_tip(terminal)?, &[path]))
    };
    let [Some(a), Some(b)] = [change(a), change(b)] else { return nothing(UNREADABLE) };
    let own = |change: &Change, lines| excerpt(store, change.new?.oid, lines);
    let sides = [own(a, lines[0]), own(b, lines[1])];
    // one text can only be shown where both began with it
    let base = match a.old == b.old {
        true => {
            let [one, other] = [replaced(a.hunks.lines(), lines[0]), replaced(b.hunks.lines(), lines[1])];
            before(store, a.old, Lines::of(&(one.start.min(other.start)..one.end.max(other.end))))
        }
        false => Known::unknown("the two began with different versions of the file".to_string()),
    };
    PlaceTexts { base, sides }
}

/// The lines of the base that some lines of a version replace.
fn replaced(hunks: &[Hunk], lines: Lines) -> std::ops::Range<u32> {
    let own = lines.start.saturating_sub(1)..lines.end;
    // before the hunks that begin later, all is shifted by what the last one before it made longer or shorter
    let start = match hunks.iter().rev().find(|hunk| hunk.own.start <= own.start) {
        Some(hunk) if own.start < hunk.own.end || hunk.own.start == own.start => hunk.base.start,
        Some(hunk) => hunk.base.end + (own.start - hunk.own.end),
        None => own.start,
    };
    let end = match hunks.iter().rev().find(|hunk| hunk.own.start < own.end || hunk.own.end <= own.end) {
        Some(hunk) if own.end <= hunk.own.end => hunk.base.end,
        Some(hunk) => hunk.base.end + (own.end - hunk.own.end),
        None => own.end,
    };
    start..end.max(start)
}

fn before(store: &Store, old: Option<Entry>, lines: Lines) -> Known<Option<Excerpt>> {
    let Some(old) = old else { return Known::Known(None) };
    match excerpt(store, old.oid, lines) {
        Some(excerpt) => Known::Known(Some(excerpt)),
        None => Known::unknown(UNREADABLE.to_string()),
    }
}

fn excerpt(store: &Store, blob: Oid, lines: Lines) -> Option<Excerpt> {
    lines_of(store, blob, &[lines]).pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_version_lead_to_what_they_replace() {
        // line 3 became three lines, and line 9 was removed
        let hunks = [Hunk { base: 2..3, own: 2..5 }, Hunk { base: 8..9, own: 10..10 }];
        let of = |start, end| replaced(&hunks, Lines { start, end });
        assert_eq!(of(3, 5), 2..3);
        assert_eq!(of(1, 2), 0..2);
        assert_eq!(of(2, 6), 1..4);
        assert_eq!(of(11, 10), 8..9);
        assert_eq!(of(12, 12), 10..11);
    }
}
