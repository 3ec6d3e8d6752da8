//! Hugging Face ids: `org/name`, or one name for the oldest repositories, and behind an `@` a branch, tag or commit.

use crate::error::{Error, Result};
use crate::source::shown;

/// What the hub calls the newest state.
const DEFAULT_REVISION: &str = "main";
/// The hub allows no longer names.
const MAX_PART: usize = 96;
const MAX_REVISION: usize = 255;

/// A repository of models at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id {
    /// `org/name`, or a single name.
    pub repo: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

impl Id {
    /// Reads `repo[@revision]`; `revision` is the one that was asked for beside it.
    pub fn parse(spec: &str, revision: Option<&str>) -> Result<Self> {
        let (repo, inside) = match spec.split_once('@') {
            Some((repo, revision)) => (repo, Some(revision)),
            None => (spec, None),
        };
        if !is_repo(repo) {
            return Err(Error::InvalidArgument(format!(
                "{:?} is no Hugging Face id: one is org/name, of letters, digits, '-', '_' and '.'",
                shown(repo)
            )));
        }
        if let (Some(inside), Some(beside)) = (inside, revision) {
            if inside != beside {
                return Err(Error::InvalidArgument(format!(
                    "the source asks for the revision {:?} and the option revision for {:?}: give one of them",
                    shown(inside),
                    shown(beside)
                )));
            }
        }
        let revision = inside.or(revision).unwrap_or(DEFAULT_REVISION);
        if !is_revision(revision) {
            return Err(Error::InvalidArgument(format!(
                "{:?} is no revision: give a branch, a tag or a commit of {repo}",
                shown(revision)
            )));
        }
        Ok(Id {
            repo: repo.into(),
            revision: revision.into(),
        })
    }

    /// The revision, if it is a whole commit hash: what that names never changes.
    pub fn commit(&self) -> Option<&str> {
        is_commit(&self.revision).then_some(self.revision.as_str())
    }
}

/// Whether the text before the `@` could be a repository's name, as `huggingface_hub` checks it.
pub fn is_repo(repo: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let part = |part: &str| {
        let bytes = part.as_bytes();
        bytes.len() <= MAX_PART
            && bytes.first().is_some_and(|b| word(*b))
            && bytes.last().is_some_and(|b| word(*b))
            && bytes.iter().all(|b| word(*b) || matches!(b, b'-' | b'.'))
    };
    let mut parts = repo.split('/');
    parts.by_ref().take(2).all(part)
        && parts.next().is_none()
        && !repo.contains("--")
        && !repo.contains("..")
        && !repo.ends_with(".git")
}

pub fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What git allows as a name, roughly; above all nothing that is a path out of the folder of references.
fn is_revision(revision: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.');
    let byte = |b: u8| b.is_ascii_graphic() && !br#"\:?*[]~^"'<>|"#.contains(&b);
    revision.len() <= MAX_REVISION && revision.split('/').all(part) && revision.bytes().all(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_with_their_revision() {
        let read = |spec, revision| Id::parse(spec, revision).map(|id| (id.repo, id.revision));
        let is = |repo: &str, revision: &str| Ok((repo.to_string(), revision.to_string()));
        assert_eq!(read("org/name", None), is("org/name", "main"));
        assert_eq!(read("bert-base-uncased", None), is("bert-base-uncased", "main"));
        assert_eq!(read("o/n@v1.0", None), is("o/n", "v1.0"));
        assert_eq!(read("o/n@refs/pr/1", None), is("o/n", "refs/pr/1"));
        assert_eq!(read("o/n", Some("dev")), is("o/n", "dev"));
        assert_eq!(read("o/n@dev", Some("dev")), is("o/n", "dev"));
        assert!(matches!(read("o/n@dev", Some("main")), Err(Error::InvalidArgument(s)) if s.contains("main")));
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(Id::parse("o/n", Some(commit)).unwrap().commit(), Some(commit));
        assert_eq!(Id::parse("o/n", Some(&commit[1..])).unwrap().commit(), None);
    }

    #[test]
    fn what_could_be_a_path_or_worse_is_no_id() {
        let long = "x".repeat(97);
        for repo in [
            "",
            "/",
            "a/",
            "/a",
            "a/b/c",
            ".",
            "..",
            "../a",
            "a/..",
            ".a/b",
            "a/b.",
            "-a/b",
            "a--b/c",
            "a/b..c",
            "a b/c",
            "ä/b",
            "a/b.git",
            "a\\b",
            "a/b\0",
            "~/a",
            "a/%2e",
            long.as_str(),
        ] {
            assert!(!is_repo(repo), "{repo:?}");
            assert!(
                matches!(Id::parse(repo, None), Err(Error::InvalidArgument(_))),
                "{repo:?}"
            );
        }
        for revision in [
            "", "..", "../x", "a/../b", "a//b", "/a", "a/", ".git", "a b", "a\0", "a:b", "a\\b", "\n",
        ] {
            assert!(
                matches!(Id::parse("o/n", Some(revision)), Err(Error::InvalidArgument(_))),
                "{revision:?}"
            );
        }
    }
}
