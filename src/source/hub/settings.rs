//! What the caller's options and the environment say about the hub, in the variables of Python's `huggingface_hub`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::url;
use crate::error::{Error, Result};
use crate::options::Options;

const ENDPOINT: &str = "https://huggingface.co";

/// Where the hub is, who asks, and where its files are kept.
#[derive(Clone)]
pub struct Settings {
    /// Without a slash at the end.
    pub endpoint: String,
    pub token: Option<Token>,
    /// The folder of all repositories' folders.
    pub cache: PathBuf,
    pub offline: bool,
    pub proxies: Proxies,
    /// `SSL_CERT_FILE` and the folders of `SSL_CERT_DIR`; neither: the system's certificates.
    pub certificates: (Option<PathBuf>, Vec<PathBuf>),
    /// How long an answer may take to begin.
    pub answer_timeout: Duration,
    /// How long a body may pause.
    pub read_timeout: Duration,
    /// The first wait before something is tried again; each further one is twice as long.
    pub backoff: Duration,
}

/// A secret, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

#[derive(Clone, Default)]
pub struct Proxies {
    http: Option<String>,
    https: Option<String>,
    /// Hosts, in lower case, that are asked directly.
    except: Vec<String>,
}

impl Settings {
    /// Options come before the environment.
    pub fn new(options: &Options, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned());
        let first = |names: &[&str]| names.iter().find_map(|name| text(name));
        let is_true = |value: Option<String>| {
            value.is_some_and(|v| matches!(v.to_ascii_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE"))
        };
        let seconds =
            |name: &str| Duration::from_secs(text(name).and_then(|v| v.parse().ok()).filter(|n| *n > 0).unwrap_or(10));

        let user = variable("HOME").map(PathBuf::from);
        let path = |name: &str| variable(name).map(|value| expanded(value.into(), user.as_deref()));
        let home = path("HF_HOME")
            .or_else(|| path("XDG_CACHE_HOME").map(|cache| cache.join("huggingface")))
            .or_else(|| user.as_ref().map(|user| user.join(".cache").join("huggingface")));
        let below_home = |name: &str| home.as_ref().map(|home| home.join(name));
        let cache = options
            .cache_dir
            .as_ref()
            .map(|folder| folder.join("hub"))
            .or_else(|| path("HF_HUB_CACHE"))
            .or_else(|| path("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| below_home("hub"))
            .ok_or_else(|| {
                Error::InvalidArgument(
                    "there is no folder for downloads: none of HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME and HOME is set; set one, or the option cache_dir".into(),
                )
            })?;

        let saved = || {
            let path = path("HF_TOKEN_PATH").or_else(|| below_home("token"))?;
            std::fs::read_to_string(path).ok()
        };
        let implicit = || {
            let allowed = !is_true(text("HF_HUB_DISABLE_IMPLICIT_TOKEN"));
            let found = || first(&["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]).or_else(saved);
            allowed.then(found).flatten()
        };
        let token = options.token.clone().or_else(implicit);
        Ok(Settings {
            endpoint: endpoint(first(&["HF_ENDPOINT"]))?,
            token: token.map_or(Ok(None), |token| Token::new(&token))?,
            cache,
            offline: options.offline || is_true(first(&["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])),
            proxies: Proxies {
                http: first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
                https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
                except: first(&["no_proxy", "NO_PROXY"])
                    .unwrap_or_default()
                    .split(',')
                    .map(|host| host.trim().to_ascii_lowercase())
                    .filter(|host| !host.is_empty())
                    .collect(),
            },
            certificates: (
                path("SSL_CERT_FILE"),
                variable("SSL_CERT_DIR").map_or_else(Vec::new, |dirs| std::env::split_paths(&dirs).collect()),
            ),
            answer_timeout: seconds("HF_HUB_ETAG_TIMEOUT"),
            read_timeout: seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
            backoff: Duration::from_millis(500),
        })
    }

    /// The page where a person reads about the repository and accepts its terms.
    pub fn page(&self, repo: &str) -> String {
        format!("{}/{repo}", self.endpoint)
    }
}

impl Token {
    fn new(value: &str) -> Result<Option<Self>> {
        let value = value.trim();
        if !value.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::InvalidArgument(
                "the access token for the hub holds characters that none has: give it as the hub showed it".into(),
            ));
        }
        Ok((!value.is_empty()).then(|| Token(value.into())))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Proxies {
    /// The proxy through which a host is asked.
    pub fn of(&self, scheme: &str, host: &str) -> Option<&str> {
        let host = host.to_ascii_lowercase();
        let direct = self.except.iter().any(|domain| {
            let domain = domain.trim_start_matches("*.").trim_start_matches('.');
            let rest = host.strip_suffix(domain);
            domain == "*" || rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        let proxy = if scheme == "https" { &self.https } else { &self.http };
        proxy.as_deref().filter(|_| !direct)
    }
}

fn endpoint(given: Option<String>) -> Result<String> {
    let endpoint = given.unwrap_or_else(|| ENDPOINT.into());
    let endpoint = endpoint.trim_end_matches('/');
    match url::parts(endpoint) {
        Some(parts) if !parts.authority.contains('@') => Ok(endpoint.into()),
        _ => Err(Error::InvalidArgument(
            "HF_ENDPOINT is not the address of a hub: give one like https://huggingface.co, without a name or password"
                .into(),
        )),
    }
}

/// `~` at the beginning is the user's folder.
fn expanded(path: PathBuf, user: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), user) {
        (Ok(rest), Some(user)) => user.join(rest),
        _ => path,
    }
}
