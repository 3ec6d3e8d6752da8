//! Settings by name and value: those of one model ([`Options`]) and those of the whole process ([`ProcessSetting`]).
//! Values are checked when they are set, so that a typing error is told where it was made.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `values` | which text a setting takes |
//! | `wrong` | what is said of a name or a value that is not possible |

mod values;
mod wrong;

use std::path::PathBuf;

pub use self::values::LARGEST_SIDE;
use self::values::{boolean, device, number, precision, size, text};
use self::wrong::unknown_name;
use crate::error::Result;

/// How a model is found and run.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// `cpu`, `cuda`, `cuda:N` or `auto`.
    pub device: String,
    /// `f32`, `bf16`, `f16`, `int8` or `auto`.
    pub precision: String,
    /// Branch, tag or commit of a hub repository; `None`: what the source says behind its `@`, else `main`.
    pub revision: Option<String>,
    /// Access token for the hub; `None`: `HF_TOKEN`, or the one that `hf auth login` has saved.
    pub token: Option<String>,
    /// Where downloads (in `hub`) and converted bundles (in `bundles`) are kept. `None`: downloads where Python's
    /// `huggingface_hub` keeps them (`HF_HUB_CACHE`, `HF_HOME`), bundles in `GLYXEL_CACHE` or the user's cache folder.
    pub cache_dir: Option<PathBuf>,
    /// Whether a converted checkpoint is kept for the next time.
    pub cache: bool,
    /// Never use the network, as with `HF_HUB_OFFLINE`.
    pub offline: bool,
    /// Texts are cut after this many tokens; `None`: as the model says.
    pub max_length: Option<usize>,
    /// Height and width of the pictures that the model is made for; `None`: as the model says.
    pub image_size: Option<(u32, u32)>,
    /// The most pixels that a picture may have; `None`: as many as Pillow takes without a warning.
    pub max_image_pixels: Option<u64>,
}

/// Every name that [`Options::set`] takes.
const NAMES: [&str; 10] = [
    "device",
    "precision",
    "revision",
    "token",
    "cache_dir",
    "cache",
    "offline",
    "max_length",
    "image_size",
    "max_image_pixels",
];
/// Every name that [`configure`] takes.
const PROCESS_NAMES: [&str; 1] = ["threads"];

/// A setting of the whole process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessSetting {
    /// How many threads compute, at least 1.
    Threads(usize),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            device: "cpu".into(),
            precision: "f32".into(),
            revision: None,
            token: None,
            cache_dir: None,
            cache: true,
            offline: false,
            max_length: None,
            image_size: None,
            max_image_pixels: None,
        }
    }
}

/// The token is a secret: it is never shown.
impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("device", &self.device)
            .field("precision", &self.precision)
            .field("revision", &self.revision)
            .field("token", &self.token.as_ref().map(|_| "(set)"))
            .field("cache_dir", &self.cache_dir)
            .field("cache", &self.cache)
            .field("offline", &self.offline)
            .field("max_length", &self.max_length)
            .field("image_size", &self.image_size)
            .field("max_image_pixels", &self.max_image_pixels)
            .finish()
    }
}

impl Options {
    /// Sets one setting. An empty `revision`, `token` or `cache_dir` takes the setting back.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "device" => self.device = device(name, value)?,
            "precision" => self.precision = precision(name, value)?,
            "revision" => self.revision = text(name, value)?,
            "token" => self.token = text(name, value)?,
            "cache_dir" => self.cache_dir = text(name, value)?.map(PathBuf::from),
            "cache" => self.cache = boolean(name, value)?,
            "offline" => self.offline = boolean(name, value)?,
            "max_length" => self.max_length = Some(number(name, value)?),
            "image_size" => self.image_size = Some(size(name, value)?),
            "max_image_pixels" => self.max_image_pixels = Some(number(name, value)? as u64),
            _ => return Err(unknown_name("model option", name, &NAMES)),
        }
        Ok(())
    }
}

/// Reads a setting of the whole process; whoever asked applies it.
pub fn configure(name: &str, value: &str) -> Result<ProcessSetting> {
    match name {
        "threads" => Ok(ProcessSetting::Threads(number(name, value)?)),
        _ => Err(unknown_name("process setting", name, &PROCESS_NAMES)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn refused(name: &str, value: &str) -> String {
        match Options::default().set(name, value) {
            Err(Error::InvalidArgument(sentence)) => sentence,
            other => panic!("{name} = {value:?} gave {other:?}"),
        }
    }

    #[test]
    fn every_name_can_be_set() {
        let mut options = Options::default();
        for (name, value) in NAMES.iter().zip([
            "cuda:1", "bf16", "v2", "hf_x", "/tmp/x", "false", "true", "128", "384x512", "1000",
        ]) {
            options.set(name, value).unwrap();
        }
        assert_eq!(
            (options.device.as_str(), options.precision.as_str()),
            ("cuda:1", "bf16")
        );
        assert_eq!(
            (options.revision.as_deref(), options.token.as_deref()),
            (Some("v2"), Some("hf_x"))
        );
        assert_eq!(options.cache_dir, Some(PathBuf::from("/tmp/x")));
        assert_eq!(
            (options.cache, options.offline, options.max_length),
            (false, true, Some(128))
        );
        assert_eq!(
            (options.image_size, options.max_image_pixels),
            (Some((384, 512)), Some(1000))
        );
        options.set("image_size", "4096").unwrap();
        options.set("image_size", "224").unwrap();
        assert_eq!(options.image_size, Some((224, 224)));
        options.set("cache_dir", "").unwrap();
        assert_eq!(options.cache_dir, None);
    }

    #[test]
    fn wrong_values_are_refused_with_what_is_allowed() {
        for value in [
            "",
            "gpu",
            "cuda:",
            "cuda:-1",
            "cuda:+1",
            "cuda:x",
            "cuda:99999999999",
            "CPU",
            "cpu\0",
        ] {
            assert!(refused("device", value).contains("cpu, cuda, cuda:N or auto"));
        }
        for value in ["", "fp32", "F32", "int4"] {
            assert!(refused("precision", value).contains("f32, bf16, f16, int8 or auto"));
        }
        for value in ["", "yes", "1", "True"] {
            assert!(refused("offline", value).contains("true or false"));
            assert!(refused("cache", value).contains("true or false"));
        }
        for value in ["", "0", "-1", "+5", "1e3", " 5", "99999999999999999999999"] {
            assert!(refused("max_length", value).contains("greater than 0"));
        }
        for value in [
            "",
            "x",
            "0",
            "224x",
            "x224",
            "0x224",
            "224x224x3",
            "224 x 224",
            "4097",
            "224x99999",
            "-1",
        ] {
            assert!(refused("image_size", value).contains("such as 384x512"));
        }
        for name in ["revision", "token", "cache_dir"] {
            assert!(refused(name, "a\0b").contains("NUL"));
        }
    }

    #[test]
    fn unknown_names_list_the_near_ones_or_all() {
        assert!(refused("devise", "cpu").contains("did you mean device?"));
        assert!(refused("max_lenght", "5").contains("did you mean max_length?"));
        assert!(refused("length", "5").contains("did you mean max_length?"));
        assert!(refused("Offline", "true").contains("did you mean offline?"));
        let all = refused("colour", "red");
        assert!(NAMES.iter().all(|name| all.contains(name)), "{all}");
        assert!(refused("", "").contains("there are: device"));
        assert!(refused(&"x".repeat(1 << 20), "").len() < 400);
        assert!(configure("thread", "4")
            .unwrap_err()
            .to_string()
            .contains("did you mean threads?"));
    }

    #[test]
    fn threads_are_a_whole_number() {
        assert_eq!(configure("threads", "4"), Ok(ProcessSetting::Threads(4)));
        for value in ["", "0", "-1", "four"] {
            assert!(configure("threads", value)
                .unwrap_err()
                .to_string()
                .contains("greater than 0"));
        }
    }

    #[test]
    fn a_token_is_not_shown() {
        let mut options = Options::default();
        options.set("token", "hf_secret").unwrap();
        assert!(!format!("{options:?}").contains("secret"));
        // Nor in the error about it.
        assert!(!refused("token", "hf_secret\0").contains("secret"));
    }
}
