//! Names by which files are known to be of a kind.

/// Lock files by name, and what writes them.
pub(super) const LOCKS: [(&str, &str); 20] = [
    ("Cargo.lock", "cargo update --workspace"),
    ("package-lock.json", "npm install"),
    ("npm-shrinkwrap.json", "npm install"),
    ("pnpm-lock.yaml", "pnpm install"),
    ("yarn.lock", "yarn install"),
    ("bun.lock", "bun install"),
    ("bun.lockb", "bun install"),
    ("deno.lock", "deno install"),
    ("poetry.lock", "poetry lock"),
    ("uv.lock", "uv lock"),
    ("pdm.lock", "pdm lock"),
    ("Pipfile.lock", "pipenv lock"),
    ("go.sum", "go mod tidy"),
    ("Gemfile.lock", "bundle install"),
    ("composer.lock", "composer update --lock"),
    ("mix.lock", "mix deps.get"),
    ("pubspec.lock", "dart pub get"),
    ("Podfile.lock", "pod install"),
    ("flake.lock", "nix flake lock"),
    ("packages.lock.json", "dotnet restore"),
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
