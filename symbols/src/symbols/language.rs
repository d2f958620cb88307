//! The languages that are read, and which files are theirs.

use serde::{Deserialize, Serialize};

use crate::model::RepoPath;

/// A language that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Language {
    Rust,
    Go,
    Python,
    /// What lists entry points of Python.
    PythonProject,
    JavaScript,
    TypeScript,
    Tsx,
    Java,
    C,
    Cpp,
    CSharp,
    Php,
    Kotlin,
    Ruby,
}

/// Languages whose files use each other's definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// Rust.
    Rust,
    /// Go.
    Go,
    /// Python.
    Python,
    /// JavaScript and TypeScript.
    Ecma,
    /// Java and Kotlin.
    Java,
    /// C and C++.
    C,
    /// C#.
    CSharp,
    /// PHP.
    Php,
    /// Ruby.
    Ruby,
}

/// How a language tells where a body begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyMarks {
    /// `{` and `}`.
    Braces,
    /// A colon, and less indentation.
    Indentation,
    /// Words: `end`.
    Words,
}

const ENDINGS: [(&str, Language); 29] = [
    (".rs", Language::Rust),
    (".go", Language::Go),
    (".py", Language::Python),
    (".pyi", Language::Python),
    ("pyproject.toml", Language::PythonProject),
    ("setup.cfg", Language::PythonProject),
    (".js", Language::JavaScript),
    (".jsx", Language::JavaScript),
    (".mjs", Language::JavaScript),
    (".cjs", Language::JavaScript),
    (".ts", Language::TypeScript),
    (".mts", Language::TypeScript),
    (".cts", Language::TypeScript),
    (".tsx", Language::Tsx),
    (".java", Language::Java),
    (".c", Language::C),
    (".h", Language::C),
    (".cc", Language::Cpp),
    (".cpp", Language::Cpp),
    (".cxx", Language::Cpp),
    (".hh", Language::Cpp),
    (".hpp", Language::Cpp),
    (".hxx", Language::Cpp),
    (".inl", Language::Cpp),
    (".cs", Language::CSharp),
    (".php", Language::Php),
    (".kt", Language::Kotlin),
    (".rb", Language::Ruby),
    (".rake", Language::Ruby),
];

impl Family {
    /// How it tells where a body begins and ends.
    pub(super) fn body_marks(self) -> BodyMarks {
        match self {
            Family::Rust | Family::Go | Family::Ecma | Family::Java | Family::C => BodyMarks::Braces,
            Family::CSharp | Family::Php => BodyMarks::Braces,
            Family::Python => BodyMarks::Indentation,
            Family::Ruby => BodyMarks::Words,
        }
    }

    /// Whether what stands before a definition tells from where it is seen.
    pub(super) fn narrows(self) -> bool {
        match self {
            Family::Rust | Family::Java | Family::Ecma | Family::CSharp | Family::Php => true,
            Family::Go | Family::Python | Family::C | Family::Ruby => false,
        }
    }
}

impl Language {
    /// The language of a file, by its name.
    pub fn of(path: &RepoPath) -> Option<Language> {
        let name = path.file_name();
        // a template whose code is no PHP
        if name.ends_with(b".blade.php") {
            return None;
        }
        let (_, language) = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending.as_bytes()))?;
        Some(*language)
    }

    pub fn family(self) -> Family {
        match self {
            Language::Rust => Family::Rust,
            Language::Go => Family::Go,
            Language::Python | Language::PythonProject => Family::Python,
            Language::JavaScript | Language::TypeScript | Language::Tsx => Family::Ecma,
            Language::Java | Language::Kotlin => Family::Java,
            Language::C | Language::Cpp => Family::C,
            Language::CSharp => Family::CSharp,
            Language::Php => Family::Php,
            Language::Ruby => Family::Ruby,
        }
    }
}
