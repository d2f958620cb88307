//! `doctor`: what is the matter with the setting, and what mends it.

use crate::cli::Global;
use crate::context::Context;
use crate::error::Failure;
use crate::model::Diagnosis;
use crate::render;

use super::{Answer, is_json, style};

pub(super) fn run(global: &Global, context: &Context) -> Result<Answer, Failure> {
    let found: Vec<Diagnosis> = Vec::new();
    let bad = found.iter().filter_map(|one| one.severity).any(|severity| global.fail_on.includes(severity));
    let answer = match is_json(global) {
        true => Answer::json(&render::doctor::json(&found)),
        false => Answer::clean(render::doctor::diagnoses(&found, style(global, context))),
    };
    Ok(Answer { found: bad, ..answer })
}
