//! What breaks though the two sides touch no file in common: migrations, uses of what the other changed, and
//! merges whose test failed.

use std::mem;

use crate::model::{Facts, Known, MigrationClash, SemanticClash, Work};
use crate::pipeline::migrations::{adds_migrations, migration_clashes};
use crate::pipeline::semantic::{SemanticScope, changes_sources, semantic_clashes};
use crate::pipeline::trials::{kept_failures, known_failures};
use crate::trials::results::KeptFailure;

use super::SourceLook;
use super::look::{Checking, Found};

impl Checking<'_> {
    /// Whether it is looked at more than the files that two have in common.
    pub(super) fn looks_beyond(&self) -> bool {
        let sources = self.options.sources != SourceLook::None && self.workspace.symbols;
        sources && changes_sources(&self.own.judged) || adds_migrations(&self.own.judged)
    }

    /// Adds what breaks without a conflict, between the checked work and any other.
    pub(super) fn look_beyond_shared_files(&self, found: &mut Found, everybody: &mut Option<Facts>) {
        if self.question.work == Work::All {
            self.add_failures(found, everybody);
        }
        let changes_sources = self.workspace.symbols && changes_sources(&self.own.judged);
        let with_sources = changes_sources && self.options.sources == SourceLook::All;
        if with_sources || adds_migrations(&self.own.judged) {
            let mut all = self.everybody(everybody).clone();
            all.tips[self.own.place] = Known::Known(self.own.judged.clone());
            self.add_migrations(found, &all);
            if with_sources {
                self.add_symbols(found, &all);
            }
        }
        if changes_sources && self.options.sources == SourceLook::Near {
            let judged = Known::Known(self.own.judged.clone());
            let standing = mem::replace(&mut found.facts.tips[self.own.place], judged);
            let only = self.own.only.as_ref();
            let scope = SemanticScope { of: Some(self.own.place), only, hurried: true, is_late: None };
            found.judgements.semantic = semantic_clashes(self.workspace, &found.facts, &scope);
            found.facts.tips[self.own.place] = standing;
        }
    }

    fn add_failures(&self, found: &mut Found, everybody: &mut Option<Facts>) {
        let own = &found.facts.terminals[found.checked.terminal];
        let is_own = |kept: &KeptFailure| kept.found.together.contains(&own.id);
        let kept: Vec<KeptFailure> = kept_failures(self.workspace).into_iter().filter(is_own).collect();
        if !kept.is_empty() {
            found.judgements.failures = known_failures(self.workspace, self.everybody(everybody), kept);
        }
    }

    fn add_migrations(&self, found: &mut Found, all: &Facts) {
        let is_asked = |clash: &MigrationClash| {
            self.own.is_asked(self.question, clash.sides.iter().map(|(_, path)| path))
        };
        found.judgements.migrations = migration_clashes(self.workspace, all, Some(self.own.place));
        found.judgements.migrations.retain(|one| one.known().is_none_or(is_asked));
    }

    fn add_symbols(&self, found: &mut Found, all: &Facts) {
        let is_asked = |SemanticClash { found, .. }: &SemanticClash| {
            self.own.is_asked(self.question, [&found.definition.path, &found.uses.path].into_iter())
        };
        let scope = SemanticScope { of: Some(self.own.place), ..SemanticScope::default() };
        found.judgements.semantic = semantic_clashes(self.workspace, all, &scope);
        found.judgements.semantic.clashes.retain(is_asked);
    }
}
