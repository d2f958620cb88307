//! The merge of three contents: by lines, by a driver of the user's own, or by nobody.

use std::rc::Rc;
use std::sync::Arc;

use crate::merge::attributes::Rules;
use crate::merge::content::{Choice, Region, Style, Texts, merge_regions, render};
use crate::merge::engine::Engine;
use crate::merge::file_merge::{FileConflict, FileMerge, OTHER_ATTRIBUTES, Place};
use crate::merge::hunks::{bounded_blob, is_binary};
use crate::merge::objects::Missing;
use crate::merge::options::{Assumed, ConflictStyle, Driver, DriverInput, DriverOutput};
use crate::model::{ConflictKind, Entry, EntryKind, Oid, Reason, RepoPath, Stages};

/// A text merge that can be looked up again.
#[derive(Clone, Debug)]
pub(crate) enum TextMerge {
    /// The merged blob.
    Clean(Oid),
    /// The same, when nobody wants the blob.
    CleanUnwritten,
    /// Changed regions, among them conflicts.
    Conflict(Rc<[Region]>),
    /// At least one version is binary.
    Binary,
    /// Something could not be read.
    Undecided(Reason),
}

impl Engine<'_> {
    /// What a custom driver makes of three blobs.
    pub(crate) fn custom_merge(
        &self,
        (place, rules): (&Place<'_>, &Rules),
        name: &str,
        blobs: Stages<Option<Oid>>,
        merged: &mut FileMerge,
    ) -> TextMerge {
        let Some(run) = &self.options.run_driver else {
            let reason = format!("custom merge driver {name} is not run without --run-merge-drivers");
            return TextMerge::Undecided(Reason(reason));
        };
        let texts = match self.texts(rules, place.path, blobs) {
            Ok(texts) => texts,
            Err(reason) => return TextMerge::Undecided(reason),
        };
        let input = DriverInput {
            name,
            path: place.path,
            texts: texts.each_ref().map(|text| &**text),
            labels: place.names,
            marker_size: rules.marker_size(place.path) + place.longer,
        };
        match run(&input) {
            Err(reason) => TextMerge::Undecided(Reason(reason)),
            Ok(DriverOutput { content, clean: true }) => TextMerge::Clean(self.objects.put_blob(&content)),
            Ok(DriverOutput { content, clean: false }) => {
                merged.conflict = Some(FileConflict::whole(ConflictKind::Content));
                TextMerge::Clean(match (place.favours_theirs(), blobs.theirs) {
                    (true, Some(theirs)) => theirs,
                    _ => self.objects.put_blob(&content),
                })
            }
        }
    }

    /// The text merge of three blobs, remembered where the path does not matter.
    pub(crate) fn text_merge(
        &self,
        (place, rules): (&Place<'_>, &Rules),
        blobs: Stages<Option<Oid>>,
        driver: &Driver,
    ) -> TextMerge {
        let key = (blobs, *driver == Driver::Union);
        match self.known_text_merge(&key).filter(|_| self.options.normalize.is_none()) {
            Some(TextMerge::CleanUnwritten) if place.writes() => {}
            Some(known) => return known,
            None => {}
        }
        let texts = match self.texts(rules, place.path, blobs) {
            Ok(texts) => texts,
            Err(reason) => return TextMerge::Undecided(reason),
        };
        let merged = self.merge_texts(texts.each_ref().map(|text| &**text), driver, place.writes());
        self.remember_text_merge(key, &merged);
        merged
    }

    /// Whether two versions are the same once both are stored as `git add` would store them now; or
    /// why that cannot be said.
    pub(crate) fn same_normalized(
        &self,
        rules: Option<&Rules>,
        path: &RepoPath,
        one: Entry,
        other: Entry,
    ) -> Result<Result<bool, Reason>, Missing> {
        if self.options.normalize.is_none() || one.kind != other.kind || !one.kind.is_file() {
            return Ok(Ok(false));
        }
        let Some(rules) = rules else { return Ok(Err(Reason::from(OTHER_ATTRIBUTES))) };
        Ok(match (self.text(rules, path, Some(one.oid))?, self.text(rules, path, Some(other.oid))?) {
            (Ok(one), Ok(other)) => Ok(one == other),
            (Err(reason), _) | (_, Err(reason)) => Err(reason),
        })
    }

    fn merge_texts(&self, texts: Stages<&[u8]>, driver: &Driver, write: bool) -> TextMerge {
        if texts.iter().any(|text| is_binary(text)) {
            return TextMerge::Binary;
        }
        let texts = Texts::new(texts);
        let regions = merge_regions(&texts, self.options.conflict_style);
        let conflicts = regions.iter().any(|region| region.choice == Choice::Conflict);
        if conflicts && *driver != Driver::Union {
            return TextMerge::Conflict(regions.into());
        }
        if !write {
            return TextMerge::CleanUnwritten;
        }
        TextMerge::Clean(self.objects.put_blob(&render(&texts, &regions, &Style::Union)))
    }

    /// A blob that is taken whole, as it would be stored now.
    pub(crate) fn stored_anew(
        &self,
        rules: &Rules,
        path: &RepoPath,
        oid: Oid,
    ) -> Result<Result<Oid, Reason>, Missing> {
        if rules.normalize.is_none() {
            return Ok(Ok(oid));
        }
        Ok(self.text(rules, path, Some(oid))?.map(|content| self.objects.put_blob(&content)))
    }

    /// The contents of three versions, or why one of them is not read: other paths can be decided
    /// without it.
    fn texts(
        &self,
        rules: &Rules,
        path: &RepoPath,
        blobs: Stages<Option<Oid>>,
    ) -> Result<Stages<Arc<[u8]>>, Reason> {
        blobs.try_map(|oid| {
            self.text(rules, path, oid).unwrap_or_else(|missing| Err(Reason(missing.to_string())))
        })
    }

    /// A blob's content, or why it is not read; normalized where that is asked for.
    fn text(
        &self,
        rules: &Rules,
        path: &RepoPath,
        oid: Option<Oid>,
    ) -> Result<Result<Arc<[u8]>, Reason>, Missing> {
        let Some(oid) = oid else { return Ok(Ok(Arc::from([]))) };
        if self.objects.blob_size(oid)? > self.options.largest_blob {
            return Ok(bounded_blob(self.objects, Entry { kind: EntryKind::File, oid }, self.options));
        }
        let content = self.objects.blob(oid)?;
        let normalized = rules.normalize.as_ref().map(|normalize| normalize(path, &content)).transpose();
        Ok(match normalized {
            Ok(normalized) => Ok(normalized.flatten().map_or(content, Arc::from)),
            Err(reason) => Err(Reason(reason)),
        })
    }

    pub(crate) fn with_markers(
        &self,
        (place, rules): (&Place<'_>, &Rules),
        blobs: Stages<Option<Oid>>,
        regions: &[Region],
    ) -> Result<Oid, Missing> {
        let read = |oid| Ok(self.text(rules, place.path, oid)?.unwrap_or_else(|_| Arc::from([])));
        let texts = blobs.try_map(read)?;
        let Stages { base, ours, theirs } = place.names;
        let shows_base = self.options.conflict_style != ConflictStyle::Merge;
        let base = shows_base.then_some(base);
        let size = rules.marker_size(place.path);
        if place.is_virtual {
            self.assume(&[Assumed::MarkerSize(place.path.clone(), size)]);
        }
        let size = size + place.longer;
        let style = match place.favours_theirs() {
            true => Style::Theirs,
            false => Style::Markers { size, base, ours, theirs },
        };
        let texts = Texts::new(texts.each_ref().map(|text| &**text));
        Ok(self.objects.put_blob(&render(&texts, regions, &style)))
    }
}
