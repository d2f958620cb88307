//! Names that files with secrets have.

use super::RepoPath;

/// Endings of files with keys and passwords.
const ENDINGS: [&str; 12] = [
    ".pem",
    ".key",
    ".p12",
    ".pfx",
    ".jks",
    ".keystore",
    ".kdbx",
    ".ppk",
    ".asc",
    ".gpg",
    ".tfvars",
    ".tfstate",
];

/// Files with keys and passwords.
const NAMES: [&str; 15] = [
    ".env",
    ".envrc",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    ".pgpass",
    ".git-credentials",
    ".dockercfg",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "kubeconfig",
];

/// Words in the names of such files.
const WORDS: [&str; 5] = ["secret", "credential", "password", "private_key", "private-key"];

/// Words that say that it is a sample.
const SAMPLES: [&str; 5] = ["example", "sample", "template", "dist", "default"];

/// Endings of source text: a file with a word in its name is about it, and does not hold it.
const SOURCES: [&str; 16] = [
    ".rs", ".py", ".js", ".ts", ".jsx", ".tsx", ".go", ".java", ".kt", ".rb", ".c", ".h", ".cpp", ".cs",
    ".md", ".html",
];

/// Folders that hold nothing else.
const FOLDERS: [&str; 4] = [".ssh", ".aws", ".gnupg", ".kube"];

/// Whether a path has a name as files with secrets have.
pub fn is_secret_like(path: &RepoPath) -> bool {
    let text = path.to_string().to_ascii_lowercase();
    let (folders, name) = text.rsplit_once('/').unwrap_or(("", &text));
    if folders.split('/').any(|folder| FOLDERS.contains(&folder)) {
        return true;
    }
    let is_sample = name.split(['.', '-', '_']).any(|word| SAMPLES.contains(&word));
    let is_source = SOURCES.iter().any(|ending| name.ends_with(ending));
    let is_named = NAMES.contains(&name)
        || name.starts_with(".env.")
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || !is_source && WORDS.iter().any(|word| name.contains(word));
    is_named && !is_sample
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_and_samples_are_none() {
        for path in [
            ".env",
            "app/.env.production",
            "certs/server.PEM",
            "id_rsa",
            "config/secrets.yml",
            "my-credentials.json",
            "home/.ssh/config",
            "prod.tfvars",
        ] {
            assert!(is_secret_like(&RepoPath::from(path)), "{path}");
        }
        for path in [
            ".env.example",
            "src/secrets.rs",
            "id_rsa.pub",
            "environment.ts",
            "docs/passwords.md",
            "keys.txt",
        ] {
            assert!(!is_secret_like(&RepoPath::from(path)), "{path}");
        }
    }
}
