//! Whether a type of Go has the methods of an interface as which its values are held.

use crate::model::RepoPath;

use super::qualified::package_of;
use super::{Fitness, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Method, Shape};
use crate::symbols::languages::go;

impl Search<'_> {
    /// How a type stands to the interfaces that a name may mean.
    pub(super) fn satisfies(&self, found: &[(&RepoPath, &Definition)], of: &str) -> Fitness {
        let [(_, Definition { shape: Shape::Contract { methods, .. }, .. })] = found else {
            return Fitness::Unknown;
        };
        let Some((folder, name)) = package_of(self.sources, self.path, self.facts, of) else {
            return Fitness::Unknown;
        };
        let is_beside = |path: &RepoPath| path.parent().as_ref() == Some(&folder);
        let mut types = self
            .sources
            .named(name)
            .filter(|(path, one)| one.kind == DefinitionKind::Type && one.owner.is_none() && is_beside(path));
        let (Some((_, own)), None) = (types.next(), types.next()) else { return Fitness::Unknown };
        let has = |method: &Method| {
            self.sources.named(&method.name).any(|(path, one)| {
                one.kind == DefinitionKind::Function
                    && one.owner.as_deref() == Some(name)
                    && is_beside(path)
                    && go::signature(&one.shape)
                        .is_none_or(|own| method.takes.iter().all(|asked| **asked == *own))
            })
        };
        match (methods.iter().all(has), own.bases.is_empty()) {
            (true, _) => Fitness::Fits,
            (false, true) => Fitness::Misfits,
            // what it embeds may have them
            (false, false) => Fitness::Unknown,
        }
    }
}
