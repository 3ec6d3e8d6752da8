//! What is set about the Hugging Face hub, and the cache shared with Python's `huggingface_hub`.

use glyxel::options::Options;
use glyxel::source::hub::Settings;

use super::caches::folder_of;
use super::Report;
use crate::failure::Outcome;
use crate::session::Session;

pub fn settings(report: &mut Report, options: &Options, session: &Session) -> Outcome<()> {
    report.section("hugging face");
    let settings = match Settings::new(options, &|name| std::env::var_os(name)) {
        Ok(settings) => settings,
        Err(error) => {
            report.find("usable", false);
            report.hint(format!("models cannot be downloaded: {error}"));
            return Ok(());
        }
    };
    // Whether there is a token; never what it is.
    let token = settings.token.is_some();
    report.find("endpoint", settings.endpoint);
    report.find("offline", settings.offline);
    report.find_shown("token", token, if token { "found" } else { "none" }.into());
    let model = |name: &str| name.starts_with("models--");
    if !folder_of(report, &settings.cache, model, session)? && !settings.offline {
        report.hint(format!(
            "{} cannot be written, so no model can be downloaded; set HF_HUB_CACHE to a folder that can",
            settings.cache.display()
        ));
    }
    Ok(())
}
