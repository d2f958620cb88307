//! The last step of a merge: what stays at each path, and which paths stop it.

use std::collections::BTreeMap;

use crate::merge::file_merge::{FileConflict, same_type};
use crate::merge::objects::Missing;
use crate::merge::three_way::path_entry::{Entries, Matched, Note, Slot};
use crate::merge::three_way::{Favor, MergeMode, ThreeWay};
use crate::merge::trees::Edits;
use crate::model::{ConflictKind, ConflictPath, Entry, EntryKind, Reason, RepoPath, Side, Stages, Unmerged};

/// What a merge of three trees comes to.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// What to change in our tree.
    pub edits: Edits,
    /// Why it stops, by path.
    pub conflicts: Vec<ConflictPath>,
    /// Paths that stay unmerged.
    pub unmerged: Vec<Unmerged>,
    /// What becomes of unmerged paths where conflicts are settled for their side: after all else is
    /// decided, for a file that goes this way still was in the way of others.
    favoured: Edits,
    /// Paths that cannot be decided here.
    pub undecided: Vec<(RepoPath, Reason)>,
}

/// What becomes of one slot.
struct Decision {
    entry: Option<Entry>,
    clean: bool,
    /// The conflict within the file, where there is one.
    within: Option<FileConflict>,
}

impl Decision {
    fn clean(entry: Option<Entry>) -> Decision {
        Decision { entry, clean: true, within: None }
    }

    fn stop(entry: Option<Entry>, kind: ConflictKind) -> Decision {
        let within = FileConflict { kind, ours: Vec::new(), theirs: Vec::new() };
        Decision { entry, clean: false, within: Some(within) }
    }
}

impl ThreeWay<'_> {
    /// Decides every path, those in a folder before the folder's own.
    pub(crate) fn resolve(mut self) -> Result<Merged, Missing> {
        let slots = std::mem::take(&mut self.slots);
        let mut merged = Merged::default();
        for (path, slot) in slots.iter().rev() {
            let stays = !slot.carried_away && slot.stages.iter().any(Option::is_some);
            if stays {
                self.resolve_slot(path, slot, &mut merged)?;
            } else {
                merged.edits.insert(path.clone(), None);
            }
        }
        for change in &self.sides.theirs.changes {
            if !slots.contains_key(&change.path) {
                merged.edits.insert(change.path.clone(), change.new);
            }
        }
        merged.edits.append(&mut merged.favoured);
        merged.conflicts.append(&mut self.loose);
        merged.conflicts.sort();
        merged.unmerged.sort();
        merged.undecided.append(&mut self.undecided);
        merged.undecided.sort();
        merged.undecided.dedup();
        Ok(merged)
    }

    fn resolve_slot(&mut self, path: &RepoPath, slot: &Slot, merged: &mut Merged) -> Result<(), Missing> {
        let mut at = path.clone();
        let mut folder_stays = self.folder_stays(path, &merged.edits);
        let mut beside = Side::Ours;
        if folder_stays && !self.was_folder(path)? {
            // only a moved folder brought something below, which git does not notice: what was
            // settled before gives way, and otherwise the file wins
            if slot.matched != Matched::Nothing && slot.stages.iter().all(Option::is_some) {
                merged.edits.insert(path.clone(), None);
                return Ok(());
            }
            let prefix = path.join(b"");
            let below = merged.edits.range_mut(prefix.clone()..);
            for (_, entry) in below.take_while(|(below, _)| below.as_bytes().starts_with(prefix.as_bytes())) {
                *entry = None;
            }
            folder_stays = false;
        }
        if folder_stays {
            merged.edits.insert(path.clone(), None);
            if slot.is_deleted() {
                return Ok(());
            }
            beside = if self.has_folder(self.question.trees.ours, path)? { Side::Theirs } else { Side::Ours };
            at = self.aside(path, beside, &merged.edits)?;
        }
        if let (Some(ours), Some(theirs), Matched::Nothing, 0) =
            (slot.stages.ours, slot.stages.theirs, slot.matched, self.question.depth)
            && !same_type(ours.kind, theirs.kind)
        {
            return self.part(&at, slot, (ours, theirs), merged);
        }
        let decision = self.decide((path, &at), slot, folder_stays)?;
        let settled = !folder_stays && !slot.in_question;
        merged.edits.insert(at.clone(), decision.entry);
        if self.favours_theirs() && !decision.clean && !(settled && is_settled_by_hunks(slot)) {
            merged.favoured.insert(at.clone(), slot.stages.theirs);
        }
        if !decision.clean {
            let moved_aside = folder_stays.then(|| path.clone());
            let mut stages = slot.stages;
            let both = slot.stages.ours.is_some() && slot.stages.theirs.is_some();
            let met = both && slot.matched == Matched::Nothing;
            if folder_stays && met && decision.within.is_none() {
                // its content is merged, and only its place is taken: it is that side's file now
                stages = Entries::default();
                stages[beside] = decision.entry;
            }
            merged.conflicts.extend(conflicts(&at, slot, moved_aside, decision.within));
            merged.unmerged.push(Unmerged { path: at, stages });
        }
        Ok(())
    }

    fn favours_theirs(&self) -> bool {
        self.question.mode == MergeMode::Write(Favor::Theirs)
    }

    /// Whether anything is left below a path after the merge.
    fn folder_stays(&self, path: &RepoPath, edits: &Edits) -> bool {
        let prefix = path.join(b"");
        let decided = edits
            .range(prefix.clone()..)
            .take_while(|(below, _)| below.as_bytes().starts_with(prefix.as_bytes()))
            .any(|(_, entry)| entry.is_some());
        let untouched = |side: Side| {
            self.sides[side].below(path).any(|below| below.new.is_some() && !edits.contains_key(&below.path))
        };
        decided || Side::BOTH.into_iter().any(untouched)
    }

    /// Whether any of the three trees had a folder at this path.
    fn was_folder(&self, path: &RepoPath) -> Result<bool, Missing> {
        let Stages { base, ours, theirs } = self.question.trees;
        Ok(self.has_folder(base, path)? || self.has_folder(ours, path)? || self.has_folder(theirs, path)?)
    }

    /// The name under which a side's file is kept when its own is taken.
    fn aside(&self, path: &RepoPath, side: Side, edits: &Edits) -> Result<RepoPath, Missing> {
        let label = &self.question.labels[side];
        let name = [path.as_bytes(), b"~", label.replace('/', "_").as_bytes()].concat();
        let mut aside = RepoPath::new(name.clone());
        let mut suffix = 0;
        while edits.contains_key(&aside) || self.is_used(&aside)? {
            aside = RepoPath::new([&name, format!("_{suffix}").as_bytes()].concat());
            suffix += 1;
        }
        Ok(aside)
    }

    /// Two types of one path: files step aside, and where there is none, both do.
    fn part(
        &mut self,
        path: &RepoPath,
        slot: &Slot,
        (ours, theirs): (Entry, Entry),
        merged: &mut Merged,
    ) -> Result<(), Missing> {
        let our_path = if ours.kind.is_file() || !theirs.kind.is_file() {
            self.aside(path, Side::Ours, &merged.edits)?
        } else {
            path.clone()
        };
        let their_path =
            if !ours.kind.is_file() { self.aside(path, Side::Theirs, &merged.edits)? } else { path.clone() };
        merged.edits.insert(path.clone(), None);
        if self.favours_theirs() {
            merged.favoured.insert(our_path.clone(), None);
        }
        for (side, own, entry, other) in
            [(Side::Ours, &our_path, ours, &their_path), (Side::Theirs, &their_path, theirs, &our_path)]
        {
            merged.edits.insert(own.clone(), Some(entry));
            let mut stages = Entries::default();
            // the base goes with the side that has kept its type
            stages.base = slot.stages.base.filter(|base| same_type(base.kind, entry.kind));
            stages[side] = Some(entry);
            merged.unmerged.push(Unmerged { path: own.clone(), stages });
            let within = FileConflict { kind: ConflictKind::DistinctTypes, ours: vec![], theirs: vec![] };
            let also = Some(other.clone());
            merged.conflicts.extend(conflicts(own, slot, also, Some(within)));
        }
        Ok(())
    }

    /// What stays at a path, by the versions that meet there; it may have stepped aside from its own.
    fn decide(
        &mut self,
        (own, path): (&RepoPath, &RepoPath),
        slot: &Slot,
        folder_stays: bool,
    ) -> Result<Decision, Missing> {
        let is_virtual = self.question.depth > 0;
        let settled = !folder_stays && !slot.in_question;
        let Stages { base, ours, theirs } = slot.stages;
        let taken =
            |entry: Option<Entry>| Decision { entry, clean: settled || entry.is_none(), within: None };
        Ok(match (slot.matched, ours, theirs) {
            (Matched::Sides, _, _) => Decision { entry: ours, clean: settled, within: None },
            (Matched::OursIsBase, _, _) => taken(theirs),
            (Matched::TheirsIsBase, _, _) => taken(ours),
            (Matched::Nothing, Some(ours), Some(theirs)) if !same_type(ours.kind, theirs.kind) => {
                Decision::stop(base, ConflictKind::DistinctTypes)
            }
            (Matched::Nothing, Some(ours), Some(theirs)) => {
                self.merge_slot((own, path), slot, (ours, theirs), settled)?
            }
            (Matched::Nothing, Some(side), None) | (Matched::Nothing, None, Some(side)) => match base {
                None => Decision { entry: Some(side), clean: settled, within: None },
                Some(base) if slot.in_question && base.oid == side.oid => {
                    let entry = if is_virtual { base } else { side };
                    Decision { entry: Some(entry), clean: false, within: None }
                }
                Some(base) => self.changed_or_deleted(path, slot, (base, side))?,
            },
            (Matched::Nothing, None, None) if slot.in_question => {
                Decision { entry: None, clean: false, within: None }
            }
            (Matched::Nothing, None, None) => Decision::clean(None),
        })
    }

    /// One side deleted what the other changed, unless it only changed how it is stored.
    fn changed_or_deleted(
        &mut self,
        path: &RepoPath,
        slot: &Slot,
        (base, side): (Entry, Entry),
    ) -> Result<Decision, Missing> {
        if !slot.in_question {
            match self.engine.same_normalized(self.rules.as_ref(), path, base, side)? {
                Ok(true) => return Ok(Decision::clean(None)),
                Ok(false) => {}
                Err(reason) => {
                    self.undecided.push((path.clone(), reason));
                    return Ok(Decision::clean(Some(side)));
                }
            }
        }
        let entry = if self.question.depth > 0 { base } else { side };
        Ok(Decision::stop(Some(entry), ConflictKind::ModifyDelete))
    }

    fn merge_slot(
        &mut self,
        (own, path): (&RepoPath, &RepoPath),
        slot: &Slot,
        (ours, theirs): (Entry, Entry),
        settled: bool,
    ) -> Result<Decision, Missing> {
        let names = self.marker_names(slot.sources(own));
        let place = self.place(path, &names);
        let mut merged = self.engine.merge_files(&place, &slot.stages, ours, theirs)?;
        if let Some(reason) = merged.undecided {
            self.undecided.push((path.clone(), reason));
        }
        if let Some(conflict) = merged.conflict.as_mut().filter(|_| slot.stages.base.is_none()) {
            let plain =
                matches!(conflict.kind, ConflictKind::Content | ConflictKind::Binary | ConflictKind::Mode);
            let noted = slot.notes.iter().map(|note| note.kind).next_back();
            conflict.kind = if plain { noted.unwrap_or(ConflictKind::AddAdd) } else { conflict.kind };
        }
        let clean = settled && merged.conflict.is_none();
        Ok(Decision { entry: merged.entry, clean, within: merged.conflict })
    }
}

/// Whether `-X theirs` settles the conflict within a file, hunk by hunk: not where the modes differ
/// in three ways, and never for submodules.
fn is_settled_by_hunks(slot: &Slot) -> bool {
    let Stages { base, ours: Some(ours), theirs: Some(theirs) } = slot.stages else { return false };
    let base = base.map(|base| base.kind);
    let one_mode = ours.kind == theirs.kind || Some(ours.kind) == base || Some(theirs.kind) == base;
    one_mode && same_type(ours.kind, theirs.kind) && ours.kind != EntryKind::Submodule
}

/// The conflicts of one unmerged path: of the path itself, and within its content.
fn conflicts(
    path: &RepoPath,
    slot: &Slot,
    other: Option<RepoPath>,
    within: Option<FileConflict>,
) -> Vec<ConflictPath> {
    let mut found: BTreeMap<ConflictKind, ConflictPath> = BTreeMap::new();
    let mut add = |kind: ConflictKind, also: Vec<RepoPath>, within: FileConflict| {
        let entry = found.entry(kind).or_insert_with(|| ConflictPath {
            path: path.clone(),
            kind,
            also: Vec::new(),
            ours: Vec::new(),
            theirs: Vec::new(),
        });
        entry.also.extend(also);
        entry.also.sort();
        entry.also.dedup();
        entry.ours.extend(within.ours);
        entry.theirs.extend(within.theirs);
    };
    let nothing = |kind| FileConflict { kind, ours: Vec::new(), theirs: Vec::new() };
    for Note { kind, also } in &slot.notes {
        let in_question = slot.in_question || within.as_ref().is_some_and(|within| within.kind == *kind);
        if in_question {
            add(*kind, also.clone(), nothing(*kind));
        }
    }
    let origins: Vec<RepoPath> =
        slot.origins.iter().flatten().filter(|origin| *origin != path).cloned().collect();
    let parted = within.as_ref().is_some_and(|within| within.kind == ConflictKind::DistinctTypes);
    if let Some(within) = within {
        add(within.kind, if parted { other.iter().cloned().collect() } else { origins }, within);
    }
    if let (Some(other), false) = (other, parted) {
        add(ConflictKind::FileDirectory, vec![other], nothing(ConflictKind::FileDirectory));
    }
    found.into_values().collect()
}
