//! Names that files with secrets have.

use super::RepoPath;

/// Endings of files with keys and passwords.
const ENDINGS: [&str; 13] = [
    ".env",
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
const NAMES: [&str; 17] = [
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
    "local.settings.json",
    "wp-config.php",
    "wallet.dat",
];

/// Words in the names of such files.
const WORDS: [&str; 15] = [
    "secret",
    "credential",
    "password",
    "passwd",
    "private_key",
    "private-key",
    "api_key",
    "api-key",
    "apikey",
    "service-account",
    "service_account",
    "serviceaccount",
    "adminsdk",
    "vault_pass",
    "vault-pass",
];

/// Words of which such a name is made, between dots, dashes and underlines.
const PARTS: [&str; 1] = ["token"];

/// The same of a JSON file: keys of cloud services are such.
const JSON_PARTS: [&str; 2] = ["key", "keyfile"];

/// Words that say that it is a sample.
const SAMPLES: [&str; 5] = ["example", "sample", "template", "dist", "default"];

/// Endings of source text: a file with a word in its name is about it, and does not hold it.
const SOURCES: [&str; 30] = [
    ".rs", ".py", ".js", ".ts", ".jsx", ".tsx", ".go", ".java", ".kt", ".rb", ".c", ".h", ".cpp", ".cs",
    ".md", ".html", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".swift", ".scala", ".hpp", ".cc",
    ".css", ".scss", ".svg", ".erb",
];

/// Folders that hold nothing else.
const FOLDERS: [&str; 7] = [".ssh", ".aws", ".gnupg", ".kube", ".docker", ".azure", ".gcloud"];

/// Whether a path has a name as files with secrets have.
pub fn is_secret_like(path: &RepoPath) -> bool {
    let text = path.to_string().to_ascii_lowercase();
    let (folders, name) = text.rsplit_once('/').unwrap_or(("", &text));
    if folders.split('/').any(|folder| FOLDERS.contains(&folder)) {
        return true;
    }
    let parts = || name.split(['.', '-', '_']);
    let is_sample = parts().any(|word| SAMPLES.contains(&word));
    let is_source = SOURCES.iter().any(|ending| name.ends_with(ending));
    let is_named = NAMES.contains(&name)
        || name.starts_with(".env.")
        || !is_source && name.starts_with("env.")
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || !is_source && WORDS.iter().any(|word| name.contains(word))
        || !is_source && parts().any(|word| PARTS.contains(&word))
        || name.ends_with(".json") && parts().any(|word| JSON_PARTS.contains(&word));
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
            "prod.env",
            "env.prod",
            ".docker/config.json",
            "service-account.json",
            "gcp-key.json",
            "firebase-adminsdk.json",
            ".vault_pass",
            "oauth_token",
            "token.txt",
            "local.settings.json",
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
            "env.d.ts",
            "env.example",
            "docs/token.md",
            "src/tokenizer.json",
            "design-tokens.json",
            "keyboard.json",
            "config.json",
        ] {
            assert!(!is_secret_like(&RepoPath::from(path)), "{path}");
        }
    }
}
