//! What the nodes of the syntax trees of each language mean.

mod c;
pub(super) mod csharp;
pub(super) mod ecma;
pub(super) mod go;
mod java;
pub(super) mod kotlin;
pub(super) mod php;
pub(super) mod python;
pub(super) mod ruby;
pub(super) mod rust;
mod waiting;

use super::facts::SourceFacts;
use super::language::Language;
use super::reader::{self, Grammar};

/// What a source file says, or why it was not looked at. A header is read as C++ where it is no C.
pub(super) fn read(language: Language, content: &[u8]) -> Result<SourceFacts, &'static str> {
    if language == Language::PythonProject {
        let text = std::str::from_utf8(content).map_err(|_| "not UTF-8")?;
        return Ok(python::entry_points(text));
    }
    let read_as = |language| {
        let Some(syntax) = syntax(language, content) else {
            return Err("built without the grammar of its language");
        };
        let content = match language {
            Language::Cpp => c::without_marks(content),
            _ => content.into(),
        };
        reader::read(language, grammar(language), &syntax, &content)
    };
    let found = read_as(language)?;
    if language == Language::C && found.is_broken {
        let as_cpp = read_as(Language::Cpp).ok();
        if let Some(as_cpp) = as_cpp.filter(|as_cpp| !as_cpp.is_broken || c::is_cpp(content)) {
            return Ok(as_cpp);
        }
    }
    Ok(found)
}

fn grammar(language: Language) -> &'static Grammar {
    match language {
        Language::Rust => &rust::GRAMMAR,
        Language::CSharp => &csharp::GRAMMAR,
        Language::Go => &go::GRAMMAR,
        Language::Python | Language::PythonProject => &python::GRAMMAR,
        Language::JavaScript | Language::TypeScript | Language::Tsx => &ecma::GRAMMAR,
        Language::Java => &java::GRAMMAR,
        Language::Kotlin => &kotlin::GRAMMAR,
        Language::C | Language::Cpp => &c::GRAMMAR,
        Language::Php => &php::GRAMMAR,
        Language::Ruby => &ruby::GRAMMAR,
    }
}

/// The rules of a language's syntax; `None` where the program was built without them.
#[cfg(feature = "grammars")]
fn syntax(language: Language, content: &[u8]) -> Option<tree_sitter::Language> {
    Some(match language {
        Language::Rust => tree_sitter_rust::LANGUAGE.into(),
        Language::CSharp => tree_sitter_c_sharp::LANGUAGE.into(),
        Language::Go => tree_sitter_go::LANGUAGE.into(),
        Language::Python | Language::PythonProject => tree_sitter_python::LANGUAGE.into(),
        Language::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        Language::Java => tree_sitter_java::LANGUAGE.into(),
        Language::Kotlin => tree_sitter_kotlin_ng::LANGUAGE.into(),
        Language::C => tree_sitter_c::LANGUAGE.into(),
        Language::Cpp => tree_sitter_cpp::LANGUAGE.into(),
        Language::Php => php::syntax(content),
        Language::Ruby => tree_sitter_ruby::LANGUAGE.into(),
    })
}

/// The rules of a language's syntax; `None` where the program was built without them.
#[cfg(not(feature = "grammars"))]
fn syntax(_: Language, _: &[u8]) -> Option<tree_sitter::Language> {
    None
}
