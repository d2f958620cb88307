//! The merge of three contents: by lines, by a custom driver, or not at all.

use std::rc::Rc;
use std::sync::Arc;

use crate::merge::attributes::{Attributes, Driver, DriverInput, DriverOutput, RunDriver};
use crate::merge::compared::{VersionPair, keep_apart};
use crate::merge::content::{Choice, Region, RenderStyle, Texts, merge_regions, render};
use crate::merge::dependency::MergeDependency;
use crate::merge::file_merge::{FileConflict, FileMerge, FileMerger, FilePlace, conflicting_lines};
use crate::merge::hunks::{bounded_blob, is_binary, line_hunks};
use crate::merge::objects::Missing;
use crate::merge::options::ConflictStyle;
use crate::model::{ConflictKind, Entry, EntryKind, Hunk, Known, Oid, Reason, RepoPath, Side, Sides, Stages};

/// Three contents, and whether their merge is a union.
pub(super) type TextKey = (Stages<Option<Oid>>, bool);

/// A text merge that can be looked up again.
#[derive(Clone, Debug)]
pub(super) enum TextMerge {
    /// The merged blob.
    Clean(Oid),
    /// The same in a dry run, without a blob.
    CleanDryRun,
    /// Changed regions, among them conflicts.
    Conflict(Rc<[Region]>),
    /// At least one version is binary.
    Binary,
    /// Something could not be read.
    Undecided(Reason),
}

impl TextMerge {
    /// How many regions it holds; one where it has none.
    fn weight(&self) -> usize {
        match self {
            TextMerge::Conflict(regions) => regions.len(),
            TextMerge::Clean(_) | TextMerge::CleanDryRun | TextMerge::Binary | TextMerge::Undecided(_) => 1,
        }
    }
}

impl FileMerger<'_> {
    /// What a custom driver makes of three blobs.
    pub(super) fn custom_merge(
        &self,
        (place, attributes): (&FilePlace<'_>, &Attributes),
        (name, run): (&str, Option<&RunDriver>),
        blobs: Stages<Option<Oid>>,
        merged: &mut FileMerge,
    ) -> TextMerge {
        let Some(run) = run else {
            return TextMerge::Undecided(Reason::DriverNotRun { name: name.to_string() });
        };
        let texts = match self.texts(attributes, place.path, blobs) {
            Ok(texts) => texts,
            Err(reason) => return TextMerge::Undecided(reason),
        };
        let marker_size = attributes.marker_size(place.path);
        if place.is_virtual {
            merged.dependencies.push(MergeDependency::MarkerSize(place.path.clone(), marker_size));
        }
        let input = DriverInput {
            name,
            path: place.path,
            texts: texts.each_ref().map(|text| &**text),
            labels: place.names,
            marker_size: marker_size + place.longer,
        };
        let put = |content: &[u8]| self.context.objects.put_blob(content);
        match run(&input) {
            Err(reason) => TextMerge::Undecided(Reason::Said(reason)),
            Ok(DriverOutput { content, clean: true }) => TextMerge::Clean(put(&content)),
            Ok(DriverOutput { content, clean: false }) => {
                merged.conflict = Some(FileConflict::whole(ConflictKind::Content));
                TextMerge::Clean(match (place.mode.favors_theirs(), blobs.theirs) {
                    (true, Some(theirs)) => theirs,
                    _ => put(&content),
                })
            }
        }
    }

    /// The text merge of three blobs, remembered if it does not depend on the path.
    pub(super) fn text_merge(
        &self,
        (place, attributes): (&FilePlace<'_>, &Attributes),
        blobs: Stages<Option<Oid>>,
        driver: &Driver,
    ) -> TextMerge {
        let key = (blobs, *driver == Driver::Union);
        let writes = place.mode.writes();
        match self.known.find(&key).filter(|_| !self.context.options.renormalizes()) {
            Some(TextMerge::CleanDryRun) if writes => {}
            Some(known) => return known,
            None => {}
        }
        let as_stored = attributes.normalize.is_none();
        let merged = match self.known_hunks(&blobs) {
            // neither need be read
            Sides { ours: Some(ours), theirs: Some(theirs) }
                if as_stored && !writes && keep_apart(&ours, &theirs) =>
            {
                TextMerge::CleanDryRun
            }
            _ => match self.texts(attributes, place.path, blobs) {
                Ok(texts) => {
                    let texts = texts.each_ref().map(|text| &**text);
                    self.merge_texts(texts, as_stored.then_some(&blobs), driver, writes)
                }
                Err(reason) => return TextMerge::Undecided(reason),
            },
        };
        self.known.keep(key, merged.clone(), merged.weight());
        merged
    }

    /// The conflicting lines of three blobs as they are stored.
    ///
    /// # Errors
    /// One that cannot be read.
    pub fn conflict(&self, blobs: Stages<Option<Oid>>) -> Result<FileConflict, Missing> {
        if let Sides { ours: Some(ours), theirs: Some(theirs) } = self.known_hunks(&blobs)
            && keep_apart(&ours, &theirs)
        {
            return Ok(conflicting_lines(&[]));
        }
        let read = |oid: Option<Oid>| oid.map_or(Ok(Arc::from([])), |oid| self.context.objects.blob(oid));
        let texts: Stages<Arc<[u8]>> = blobs.try_map(read)?;
        let largest = self.context.options.largest_blob;
        let by_lines = !texts.iter().any(|text| is_binary(text) || text.len() as u64 > largest);
        let texts = Texts::new(texts.each_ref().map(|text| &**text));
        let hunks = self.hunks(&texts, by_lines.then_some(&blobs));
        Ok(conflicting_lines(&merge_regions(&texts, &hunks, self.context.options.conflict_style)))
    }

    /// The hunks between two files; `None` where one is binary, or cannot be read.
    pub fn between(&self, old: Entry, new: Entry) -> Option<Arc<Vec<Hunk>>> {
        let versions = [old, new].map(|entry| Some(entry.oid));
        if let Some(known) = self.found(&versions) {
            return Some(known);
        }
        let read = |entry| bounded_blob(self.context.objects, entry, self.context.options).ok();
        let (old, new) = (read(old)?, read(new)?);
        if is_binary(&old) || is_binary(&new) {
            return None;
        }
        let hunks = Arc::new(line_hunks(&old, &new));
        self.compared.keep(versions, &hunks);
        Some(hunks)
    }

    fn known_hunks(&self, blobs: &Stages<Option<Oid>>) -> Sides<Option<Arc<Vec<Hunk>>>> {
        let of = |version| self.found(&[blobs.base, version]);
        Sides { ours: of(blobs.ours), theirs: of(blobs.theirs) }
    }

    /// The hunks between two versions that are both there, where they are known.
    fn found(&self, versions: &VersionPair) -> Option<Arc<Vec<Hunk>>> {
        let known = self.compared.find(versions)?;
        versions.iter().flatten().all(|oid| self.context.objects.is_whole(*oid)).then_some(known)
    }

    /// The hunks of both sides against the base; those of blobs are kept.
    fn hunks(&self, texts: &Texts<'_>, blobs: Option<&Stages<Option<Oid>>>) -> Sides<Arc<Vec<Hunk>>> {
        let Some(blobs) = blobs else { return texts.hunks(Sides::default()) };
        let known = self.known_hunks(blobs);
        let is_new = [known.ours.is_none(), known.theirs.is_none()];
        let hunks = texts.hunks(known);
        let sides = [(blobs.ours, &hunks.ours), (blobs.theirs, &hunks.theirs)];
        for ((version, hunks), _) in sides.into_iter().zip(is_new).filter(|(_, is_new)| *is_new) {
            self.compared.keep([blobs.base, version], hunks);
        }
        hunks
    }

    /// Merges texts, which are these blobs where they are as they are stored.
    fn merge_texts(
        &self,
        texts: Stages<&[u8]>,
        blobs: Option<&Stages<Option<Oid>>>,
        driver: &Driver,
        write: bool,
    ) -> TextMerge {
        if texts.iter().any(|text| is_binary(text)) {
            return TextMerge::Binary;
        }
        let texts = Texts::new(texts);
        let hunks = self.hunks(&texts, blobs);
        let regions = merge_regions(&texts, &hunks, self.context.options.conflict_style);
        let conflicts = regions.iter().any(|region| region.choice == Choice::Conflict);
        if conflicts && *driver != Driver::Union {
            return TextMerge::Conflict(regions.into());
        }
        if !write {
            return TextMerge::CleanDryRun;
        }
        TextMerge::Clean(self.context.objects.put_blob(&render(&texts, &regions, &RenderStyle::Union)))
    }

    /// A blob that is taken whole, normalized if that is asked for.
    pub(super) fn renormalized(
        &self,
        attributes: &Attributes,
        path: &RepoPath,
        oid: Oid,
    ) -> Result<Known<Oid>, Missing> {
        if attributes.normalize.is_none() {
            return Ok(Known::Known(oid));
        }
        Ok(self.text(attributes, path, Some(oid))?.map(|content| self.context.objects.put_blob(&content)))
    }

    /// The contents of three versions, or why one of them cannot be read. A missing blob leaves only this
    /// path undecided.
    fn texts(
        &self,
        attributes: &Attributes,
        path: &RepoPath,
        blobs: Stages<Option<Oid>>,
    ) -> Result<Stages<Arc<[u8]>>, Reason> {
        blobs.try_map(|oid| match self.text(attributes, path, oid) {
            Ok(text) => text.determined(),
            Err(missing) => Err(missing.into()),
        })
    }

    /// A blob's content, renormalized where that is asked for.
    pub(super) fn text(
        &self,
        attributes: &Attributes,
        path: &RepoPath,
        oid: Option<Oid>,
    ) -> Result<Known<Arc<[u8]>>, Missing> {
        let Some(oid) = oid else { return Ok(Known::Known(Arc::from([]))) };
        let (objects, options) = (self.context.objects, self.context.options);
        if objects.blob_size(oid)? > options.largest_blob {
            let entry = Entry { kind: EntryKind::File, oid };
            return Ok(bounded_blob(objects, entry, options).map_or_else(Known::Unknown, Known::Known));
        }
        let content = objects.blob(oid)?;
        let normalized = attributes.normalize.as_ref().map(|normalize| normalize(path, &content)).transpose();
        Ok(Known::from(normalized).map(|normalized| normalized.flatten().map_or(content, Arc::from)))
    }

    /// The merged content, with the lines of this side where the sides conflict. It is made once where it does not depend
    /// on the path.
    pub(super) fn favoring(
        &self,
        (place, attributes): (&FilePlace<'_>, &Attributes),
        blobs: Stages<Option<Oid>>,
        regions: &[Region],
        side: Side,
    ) -> Result<Oid, Missing> {
        let make = || {
            let texts = self.readable_texts((place, attributes), blobs)?;
            let texts = Texts::new(texts.each_ref().map(|text| &**text));
            Ok(self.context.objects.put_blob(&render(&texts, regions, &RenderStyle::Favor(side))))
        };
        match attributes.normalize {
            None => self.favored.find_or_make((blobs, side), |_| 1, make),
            Some(_) => make(),
        }
    }

    /// The conflicts as they are written down, between markers or settled for their side.
    pub(super) fn with_markers(
        &self,
        (place, attributes): (&FilePlace<'_>, &Attributes),
        blobs: Stages<Option<Oid>>,
        regions: &[Region],
        merged: &mut FileMerge,
    ) -> Result<Oid, Missing> {
        if place.mode.favors_theirs() {
            return self.favoring((place, attributes), blobs, regions, Side::Theirs);
        }
        let size = attributes.marker_size(place.path);
        if place.is_virtual {
            merged.dependencies.push(MergeDependency::MarkerSize(place.path.clone(), size));
        }
        let texts = self.readable_texts((place, attributes), blobs)?;
        let Stages { base, ours, theirs } = place.names;
        let base = (self.context.options.conflict_style != ConflictStyle::Merge).then_some(base);
        let style = RenderStyle::Markers { size: size + place.longer, base, ours, theirs };
        let texts = Texts::new(texts.each_ref().map(|text| &**text));
        Ok(self.context.objects.put_blob(&render(&texts, regions, &style)))
    }

    /// The contents of three versions; nothing of one that is not to be read.
    fn readable_texts(
        &self,
        (place, attributes): (&FilePlace<'_>, &Attributes),
        blobs: Stages<Option<Oid>>,
    ) -> Result<Stages<Arc<[u8]>>, Missing> {
        blobs.try_map(|oid| match self.text(attributes, place.path, oid)? {
            Known::Known(text) => Ok(text),
            Known::Unknown(_) => Ok(Arc::from([])),
        })
    }
}

/// Three texts merged line by line, as git does it where no driver is named.
pub fn merge_lines(input: &DriverInput<'_>, conflict_style: ConflictStyle) -> DriverOutput {
    let Stages { base, ours, theirs } = input.labels;
    if input.texts.iter().any(|text| is_binary(text)) {
        return DriverOutput { content: input.texts.ours.to_vec(), clean: false };
    }
    let texts = Texts::new(input.texts);
    let regions = merge_regions(&texts, &texts.hunks(Sides::default()), conflict_style);
    let base = (conflict_style != ConflictStyle::Merge).then_some(base);
    let style = RenderStyle::Markers { size: input.marker_size, base, ours, theirs };
    let clean = !regions.iter().any(|region| region.choice == Choice::Conflict);
    DriverOutput { content: render(&texts, &regions, &style), clean }
}
