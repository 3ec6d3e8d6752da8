//! `glyxel doctor`: what is found on this machine, and what to do about what is missing.

mod caches;
mod hub;
mod machine;

use std::fmt::Write;

use clap::Args;
use glyxel::options::Options;
use serde_json::{json, Map, Value};

use crate::failure::{Failure, Outcome};
use crate::output;
use crate::session::Session;
use crate::table;

#[derive(Args)]
pub struct Arguments {
    /// As one JSON object
    #[arg(long)]
    json: bool,

    /// The cache folder to look at, as other commands take it
    #[arg(long, value_name = "FOLDER")]
    cache_dir: Option<String>,
}

/// What was found, in sections, and what follows from it.
#[derive(Default)]
pub struct Report {
    sections: Vec<(&'static str, Vec<Finding>)>,
    /// Without these nothing works.
    problems: Vec<String>,
    /// Worth doing for some.
    hints: Vec<String>,
}

struct Finding {
    name: &'static str,
    value: Value,
    shown: String,
}

impl Report {
    fn section(&mut self, name: &'static str) {
        self.sections.push((name, Vec::new()));
    }

    fn find(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        let shown = match &value {
            Value::Null => "none".into(),
            Value::Bool(true) => "yes".into(),
            Value::Bool(false) => "no".into(),
            Value::String(text) => text.clone(),
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        self.find_shown(name, value, shown);
    }

    /// With words for people that a program does not need.
    fn find_shown(&mut self, name: &'static str, value: impl Into<Value>, shown: String) {
        if let Some((_, findings)) = self.sections.last_mut() {
            findings.push(Finding {
                name,
                value: value.into(),
                shown,
            });
        }
    }

    fn problem(&mut self, sentence: impl Into<String>) {
        self.problems.push(sentence.into());
    }

    fn hint(&mut self, sentence: impl Into<String>) {
        self.hints.push(sentence.into());
    }

    fn json(&self) -> Value {
        let mut report = Map::new();
        report.insert("ok".into(), self.problems.is_empty().into());
        for (section, findings) in &self.sections {
            let findings = findings.iter().map(|f| (f.name.replace(' ', "_"), f.value.clone()));
            report.insert(
                section.replace(' ', "_").to_lowercase(),
                Value::Object(findings.collect()),
            );
        }
        report.insert("problems".into(), json!(self.problems));
        report.insert("hints".into(), json!(self.hints));
        Value::Object(report)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        for (section, findings) in &self.sections {
            let _ = writeln!(text, "{section}");
            for finding in findings {
                let _ = writeln!(text, "  {} {}", table::pad(finding.name, 16), finding.shown);
            }
            text.push('\n');
        }
        for (mark, sentences) in [("✗", &self.problems), ("!", &self.hints)] {
            for sentence in sentences {
                let _ = writeln!(text, "{mark} {sentence}");
            }
        }
        if self.problems.is_empty() {
            text += "✓ All that is needed is here.\n";
        }
        text
    }
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let mut options = Options::default();
    if let Some(folder) = &arguments.cache_dir {
        options.set("cache_dir", folder)?;
    }
    // Quiet: there is no progress to show. Sizing a large cache can be interrupted.
    let session = Session::start(true)?;
    let mut report = Report::default();
    machine::libtorch(&mut report, &session);
    machine::cpu(&mut report);
    machine::cuda(&mut report);
    caches::glyxel(&mut report, &options, &session)?;
    hub::settings(&mut report, &options, &session)?;
    machine::versions(&mut report);
    output::print(&match arguments.json {
        true => format!("{:#}\n", report.json()),
        false => report.text(),
    })?;
    match report.problems.is_empty() {
        true => Ok(()),
        false => Err(Failure::Silent),
    }
}
