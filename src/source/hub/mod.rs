//! Checkpoints of the Hugging Face hub, by id: the files that are needed, in the cache that Python's `huggingface_hub` keeps,
//! so that each finds what the other has downloaded.

mod blob;
mod cache;
mod client;
mod failure;
mod id;
mod needed;
mod settings;
mod url;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;

use super::files;
use crate::control::Call;
use crate::error::{Error, Result};
use crate::log;
use blob::Progress;
use cache::Repo;
use client::Client;
use failure::Failure;
pub use id::{is_repo, Id};
use needed::Needed;
pub use settings::Settings;

/// The files of a repository at a commit, as far as they are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub folder: PathBuf,
    pub commit: String,
}

/// The snapshot that `id` means, downloaded as far as it is not in the cache. A branch or tag is looked up each time, a
/// commit that is in the cache asks nobody.
pub fn fetch(id: &Id, settings: &Settings, call: &Call) -> Result<Snapshot> {
    call.check()?;
    let repo = Repo::new(&settings.cache, id);
    if let Some(commit) = id.commit().filter(|commit| is_complete(&repo, commit)) {
        return Ok(snapshot(&repo, commit));
    }
    if settings.offline {
        return cached(&repo, id).ok_or_else(|| not_cached(&repo, id, settings));
    }
    let client = Client::new(settings, call)?;
    client.watched(|| {
        let mut first = Some(info(&client, id));
        // The first failure is not waited out where the cache has an answer.
        if let Some(Err(Failure::Unreachable(error) | Failure::Passing { error, .. })) = &first {
            if let Some(snapshot) = cached(&repo, id) {
                log::emit(log::Level::Warn, || {
                    format!(
                        "{error}; using {} as it was downloaded before (commit {})",
                        id.repo, snapshot.commit
                    )
                });
                return Ok(snapshot);
            }
        }
        let info = client.patiently(|| first.take().unwrap_or_else(|| info(&client, id)))?;
        download(&client, &repo, id, &info)
    })
}

/// What the hub says of a repository at a revision.
#[derive(Deserialize)]
struct Info {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

fn info(client: &Client, id: &Id) -> std::result::Result<Info, Failure> {
    let revision = url::escaped(&id.revision, "");
    let address = format!(
        "{}/api/models/{}/revision/{revision}",
        client.settings.endpoint, id.repo
    );
    let answer = client.text(&address)?;
    match serde_json::from_slice::<Info>(&answer) {
        Ok(info) if id::is_commit(&info.sha) => Ok(info),
        // A portal that wants a login answers anything with a page.
        _ => Err(Failure::Unreachable(Error::Network(format!(
            "{} does not answer as a hub does: check HF_ENDPOINT, the proxy and whether this network wants a login",
            url::host(&address)
        )))),
    }
}

fn download(client: &Client, repo: &Repo, id: &Id, info: &Info) -> Result<Snapshot> {
    let commit = info.sha.as_str();
    let names: BTreeSet<String> = info.siblings.iter().map(|s| s.rfilename.clone()).collect();
    let address = |name: &str| {
        let name = url::escaped(name, "/");
        format!("{}/{}/resolve/{commit}/{name}", client.settings.endpoint, id.repo)
    };
    let state = |name: &str| client.patiently(|| blob::stated(client, &address(name)));
    let get = |name: &str, stated: &blob::Stated, progress: &mut Progress| {
        blob::fetch(client, repo, &address(name), stated, progress)?;
        repo.link(commit, name, &stated.etag)
    };
    let needed = Needed::of(&names, &mut |name| {
        if !repo.has(commit, name) {
            let stated = state(name)?;
            get(
                name,
                &stated,
                &mut Progress::begin(client.call, stated.size.unwrap_or(0)),
            )?;
        }
        let path = repo.snapshot(commit).join(name);
        files::read(&path)?
            .ok_or_else(|| Error::NotFound(format!("{} was deleted while it was in use", path.display())))
    })?;
    if !needed.whole {
        return Err(needed::nothing(&id.repo, &names));
    }
    let mut missing = Vec::new();
    for name in needed.files.iter().filter(|name| !repo.has(commit, name)) {
        missing.push((name, state(name)?));
    }
    if !missing.is_empty() {
        log::emit(log::Level::Info, || {
            format!("downloading {} (commit {commit}) to {}", id.repo, repo.root().display())
        });
        let sizes = missing.iter().filter_map(|(_, stated)| stated.size);
        let mut progress = Progress::begin(client.call, sizes.fold(0, u64::saturating_add));
        for (name, stated) in &missing {
            get(name, stated, &mut progress)?;
        }
    }
    repo.note_absent(commit, &needed.absent);
    // Last, so that the revision never leads to a snapshot that is not whole.
    repo.note_commit(id, commit);
    Ok(snapshot(repo, commit))
}

/// Whether the cache is known to have all that the hub has of what is needed. Python may have asked for less than we do.
fn is_complete(repo: &Repo, commit: &str) -> bool {
    usable(repo, commit).is_some_and(|needed| needed.absent.iter().all(|name| repo.lacks(commit, name)))
}

/// The snapshot in the cache that has at least a config and weights.
fn cached(repo: &Repo, id: &Id) -> Option<Snapshot> {
    let commit = repo.commit(id)?;
    usable(repo, &commit).map(|_| snapshot(repo, &commit))
}

fn usable(repo: &Repo, commit: &str) -> Option<Needed> {
    let folder = repo.snapshot(commit);
    let mut read = |name: &str| Ok(files::read(&folder.join(name))?.unwrap_or_default());
    Needed::of(&repo.names(commit), &mut read)
        .ok()
        .filter(|needed| needed.whole)
}

fn snapshot(repo: &Repo, commit: &str) -> Snapshot {
    Snapshot {
        folder: repo.snapshot(commit),
        commit: commit.into(),
    }
}

fn not_cached(repo: &Repo, id: &Id, settings: &Settings) -> Error {
    let there = match repo.commit(id) {
        Some(commit) if repo.snapshot(&commit).is_dir() => "is only partly",
        _ => "is not",
    };
    Error::NotFound(format!(
        "{} at the revision {} {there} in the cache of downloads {}, and nothing is downloaded offline (the option offline, HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE): load it once without that, or set HF_HUB_CACHE or the option cache_dir to where it is",
        id.repo, id.revision, settings.cache.display()
    ))
}
