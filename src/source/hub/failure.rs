//! Why the hub did not give what was asked for, in sentences, and whether to ask again.

use std::io;
use std::time::Duration;

use ureq::http::HeaderMap;

use super::settings::Settings;
use super::url;
use crate::error::Error;

/// How asking failed.
pub enum Failure {
    /// The hub said no, or the call was cancelled: asking again gives the same.
    Final(Error),
    /// The network does not reach the hub, and waiting does not help.
    Unreachable(Error),
    /// It may go away, `wait` being what the hub asks for.
    Passing { error: Error, wait: Option<Duration> },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Final(error)
    }
}

impl Failure {
    pub fn into_error(self) -> Error {
        match self {
            Failure::Final(error) | Failure::Unreachable(error) | Failure::Passing { error, .. } => error,
        }
    }
}

fn passing(sentence: String) -> Failure {
    Failure::Passing {
        error: Error::Network(sentence),
        wait: None,
    }
}

/// A connection that did not come about, or ended before there was an answer.
pub fn unreachable(url: &str, proxy: Option<&str>, error: &ureq::Error) -> Failure {
    let host = url::host(url);
    let through = proxy.map_or(String::new(), |proxy| {
        let proxy = if proxy.contains("://") {
            proxy.to_string()
        } else {
            format!("http://{proxy}")
        };
        format!(" through the proxy {}", url::host(&proxy))
    });
    let advice = "check the network (HTTPS_PROXY sets a proxy, HF_ENDPOINT another hub), or load from the cache with the option offline";
    match error {
        ureq::Error::HostNotFound => passing(format!("the host {host} could not be found{through}: {advice}")),
        ureq::Error::Io(e) if is_lookup(e) => {
            passing(format!("the host {host} could not be found{through} ({e}): {advice}"))
        }
        ureq::Error::Io(e) if is_tls(e) => Failure::Unreachable(insecure(host, e)),
        ureq::Error::Rustls(e) => Failure::Unreachable(insecure(host, e)),
        ureq::Error::Tls(e) => Failure::Unreachable(insecure(host, e)),
        ureq::Error::ConnectProxyFailed(e) => Failure::Unreachable(Error::Network(format!(
            "the proxy did not connect to {host}{through} ({e}): check HTTPS_PROXY and HTTP_PROXY, or exempt the host with NO_PROXY"
        ))),
        ureq::Error::Timeout(_) => passing(format!("{host} did not answer in time{through}: {advice}")),
        other => passing(format!("asking {host}{through} failed ({other}): {advice}")),
    }
}

fn is_lookup(error: &io::Error) -> bool {
    error.to_string().contains("lookup address")
}

fn is_tls(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData && error.get_ref().is_some()
}

fn insecure(host: &str, error: &dyn std::fmt::Display) -> Error {
    Error::Network(format!(
        "the connection to {host} is not secure ({error}): behind a proxy that signs by itself, set SSL_CERT_FILE to its certificates; else check the clock and HF_ENDPOINT"
    ))
}

/// A body that ended too early or paused for too long.
pub fn cut(url: &str, error: &dyn std::fmt::Display) -> Failure {
    passing(format!("the connection to {} broke off ({error})", url::host(url)))
}

/// An answer that is an error, by its status and the hub's own code for it.
pub fn refusal(settings: &Settings, url: &str, status: u16, headers: &HeaderMap) -> Failure {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = url::host(url);
    let ours = url::same_origin(url, &settings.endpoint);
    let repo = ours
        .then(|| repo_of(settings, url))
        .flatten()
        .unwrap_or_else(|| "the repository".into());
    let page = settings.page(&repo);
    let how = "give an access token by the option token, the variable HF_TOKEN or `hf auth login`";
    let code = header("x-error-code").unwrap_or_default();
    let token = settings.token.is_some();
    let refused_token = header("x-error-message").is_some_and(|m| m.contains("Invalid credentials"));
    let final_error = match (status, code) {
        (_, "RevisionNotFound") => Error::NotFound(format!(
            "{repo} has no revision {}: {page} lists its branches, tags and commits",
            revision_of(url)
        )),
        (_, "EntryNotFound") => Error::NotFound(format!("{repo} has no file {}", url.rsplit('/').next().unwrap_or_default())),
        (401, "GatedRepo") if !token => {
            Error::NotFound(format!("{repo} is open only to those who accept its terms: accept them at {page}, and {how}"))
        }
        (401, _) if token && (refused_token || code != "RepoNotFound") => Error::InvalidArgument(format!(
            "{host} refuses the access token: make a new one at {}/settings/tokens, and give it by the option token, the variable HF_TOKEN or `hf auth login`",
            settings.endpoint
        )),
        (_, "GatedRepo") => Error::Network(format!(
            "{repo} is open only to those who accept its terms: accept them at {page} with the account that the access token belongs to, which also must be allowed to read gated repositories"
        )),
        (401 | 404, "RepoNotFound") | (401, _) | (404, "") if ours => Error::NotFound(format!(
            "{host} has no repository {repo}, or it is private: check the name{}",
            if token { ", and that the access token may read it".to_string() } else { format!("; if it is private, {how}") }
        )),
        (403, _) if ours => Error::Network(format!(
            "{host} does not let this account read {repo}: {page} says who may, and the access token must allow it"
        )),
        (429, _) => {
            let wait = header("retry-after").and_then(|v| v.trim().parse().ok()).map(Duration::from_secs);
            let later = wait.map_or("later".into(), |w| format!("in {} s", w.as_secs()));
            let error = Error::Network(format!("{host} has had too many requests from here: try again {later}; an access token raises the limit"));
            return Failure::Passing { error, wait };
        }
        (408 | 500 | 502 | 503 | 504, _) => {
            let wait = header("retry-after").and_then(|v| v.trim().parse().ok()).map(Duration::from_secs);
            let error = Error::Network(format!("{host} is out of order at the moment (status {status}): try again later"));
            return Failure::Passing { error, wait };
        }
        // A signed address of a storage has a life of minutes: the hub gives a new one.
        (403, _) => return passing(format!("the storage {host} refuses a file that the hub sent us to (status 403)")),
        (status, _) => Error::Network(format!("{host} answered with status {status}, which is not how a hub answers: check HF_ENDPOINT and the proxy")),
    };
    Failure::Final(final_error)
}

/// The repository that an address of the hub is about.
fn repo_of(settings: &Settings, url: &str) -> Option<String> {
    let path = url.strip_prefix(&settings.endpoint)?.trim_start_matches('/');
    let path = path.strip_prefix("api/models/").unwrap_or(path);
    let end = path.find("/resolve/").or_else(|| path.find("/revision/"))?;
    path.get(..end).map(str::to_string)
}

/// The revision that an address of the hub is about.
fn revision_of(url: &str) -> String {
    let (_, rest) = url
        .split_once("/revision/")
        .or_else(|| url.split_once("/resolve/"))
        .unwrap_or_default();
    rest.split('/').next().unwrap_or_default().replace("%2F", "/")
}
