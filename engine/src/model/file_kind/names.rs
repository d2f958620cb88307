//! Names by which files are known to be of a kind.

/// A lock file that is known by its name.
pub(super) struct KnownLock {
    pub name: &'static str,
    /// What writes it; it keeps the versions that are in it, where nothing asks for others.
    pub command: &'static str,
    pub asked: AskedBy,
    /// What changes one version in it.
    pub again: Option<&'static str>,
}

/// Where the versions in a lock file come from.
pub(super) enum AskedBy {
    /// These files beside it or below, as globs of names, or a change of the lock file alone.
    Names(&'static [&'static str]),
    /// Any file, or a change of the lock file alone.
    Anything,
    /// Another file has all of them: the lock file has but sums.
    Sums,
}

/// Lock files by name.
pub(super) const LOCKS: [KnownLock; 20] = [
    KnownLock {
        name: "Cargo.lock",
        command: "cargo update --workspace",
        asked: AskedBy::Names(&["Cargo.toml"]),
        again: Some("cargo update --package NAME"),
    },
    KnownLock {
        name: "package-lock.json",
        command: "npm install",
        asked: AskedBy::Names(&["package.json"]),
        again: Some("npm update NAME"),
    },
    KnownLock {
        name: "npm-shrinkwrap.json",
        command: "npm install",
        asked: AskedBy::Names(&["package.json"]),
        again: Some("npm update NAME"),
    },
    KnownLock {
        name: "pnpm-lock.yaml",
        command: "pnpm install",
        asked: AskedBy::Names(&["package.json", "pnpm-workspace.yaml", ".pnpmfile.cjs"]),
        again: Some("pnpm update NAME"),
    },
    KnownLock {
        name: "yarn.lock",
        command: "yarn install",
        asked: AskedBy::Names(&["package.json"]),
        again: Some("yarn upgrade NAME"),
    },
    KnownLock {
        name: "bun.lock",
        command: "bun install",
        asked: AskedBy::Names(&["package.json"]),
        again: Some("bun update NAME"),
    },
    KnownLock {
        name: "bun.lockb",
        command: "bun install",
        asked: AskedBy::Names(&["package.json"]),
        again: Some("bun update NAME"),
    },
    KnownLock { name: "deno.lock", command: "deno install", asked: AskedBy::Anything, again: None },
    KnownLock {
        name: "poetry.lock",
        command: "poetry lock",
        asked: AskedBy::Names(&["pyproject.toml"]),
        again: Some("poetry update NAME"),
    },
    KnownLock {
        name: "uv.lock",
        command: "uv lock",
        asked: AskedBy::Names(&["pyproject.toml", "uv.toml"]),
        again: Some("uv lock --upgrade-package NAME"),
    },
    KnownLock {
        name: "pdm.lock",
        command: "pdm lock",
        asked: AskedBy::Names(&["pyproject.toml"]),
        again: Some("pdm update NAME"),
    },
    KnownLock {
        name: "Pipfile.lock",
        command: "pipenv lock",
        asked: AskedBy::Names(&["Pipfile"]),
        again: Some("pipenv update NAME"),
    },
    KnownLock { name: "go.sum", command: "go mod tidy", asked: AskedBy::Sums, again: None },
    KnownLock {
        name: "Gemfile.lock",
        command: "bundle install",
        asked: AskedBy::Names(&["Gemfile", "*.gemspec"]),
        again: Some("bundle update --conservative NAME"),
    },
    KnownLock {
        name: "composer.lock",
        command: "composer update --lock",
        asked: AskedBy::Names(&["composer.json"]),
        again: Some("composer update NAME"),
    },
    KnownLock {
        name: "mix.lock",
        command: "mix deps.get",
        asked: AskedBy::Names(&["mix.exs"]),
        again: Some("mix deps.update NAME"),
    },
    KnownLock {
        name: "pubspec.lock",
        command: "dart pub get",
        asked: AskedBy::Names(&["pubspec.yaml"]),
        again: Some("dart pub upgrade NAME"),
    },
    KnownLock {
        name: "Podfile.lock",
        command: "pod install",
        asked: AskedBy::Names(&["Podfile", "*.podspec"]),
        again: Some("pod update NAME"),
    },
    KnownLock {
        name: "flake.lock",
        command: "nix flake lock",
        asked: AskedBy::Names(&["flake.nix"]),
        again: Some("nix flake update NAME"),
    },
    KnownLock {
        name: "packages.lock.json",
        command: "dotnet restore",
        asked: AskedBy::Names(&["*.csproj", "*.fsproj", "*.vbproj", "*.props", "*.targets"]),
        again: Some("dotnet restore --force-evaluate"),
    },
];

/// Names of generated files.
pub(super) const GENERATED: [&str; 12] = [
    "*.pb.go",
    "*_pb2.py",
    "*_pb2_grpc.py",
    "*.pb.cc",
    "*.pb.h",
    "*.g.dart",
    "*.freezed.dart",
    "*.min.js",
    "*.min.css",
    "*.generated.*",
    "*_generated.*",
    "*.snap",
];

/// Names of files to which everybody adds: what was done, and translations.
pub(super) const APPENDED: [&str; 33] = [
    "CHANGELOG",
    "CHANGELOG.*",
    "CHANGES",
    "CHANGES.*",
    "HISTORY.*",
    "NEWS",
    "NEWS.*",
    "RELEASE_NOTES.*",
    // translations
    "*.po",
    "*.pot",
    "*.arb",
    "*.ftl",
    "*.xlf",
    "*.xliff",
    "*.resx",
    "*.strings",
    "messages_*.properties",
    "messages.properties",
    "values/strings.xml",
    "values-*/strings.xml",
    "locale/**/*.json",
    "locales/**/*.json",
    "locale/**/*.yml",
    "locales/**/*.yml",
    "i18n/**/*.json",
    "i18n/**/*.yml",
    "lang/**/*.json",
    "langs/**/*.json",
    "translations/**/*.json",
    "translations/**/*.yml",
    "translations/**/*.yaml",
    "_locales/**/*.json",
    "l10n/**/*.json",
];

/// Names of notebooks.
pub(super) const NOTEBOOKS: [&str; 1] = ["*.ipynb"];
